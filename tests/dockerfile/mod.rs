//! Plain Dockerfiles: the parser against BuildKit's own, the checks as snapshots, properties.

mod buildkit;
mod findings;
mod fuzz;
mod inspection;
mod oracle;
mod properties;
