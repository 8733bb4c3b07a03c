//! Outputs on disk: header and hash, atomic writes, drift, the grouped diff.
