//! Building without a builder: logs of real ones, and scripts that pretend.

mod failures;
