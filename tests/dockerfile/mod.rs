//! Plain Dockerfiles: the checks, and properties. `tests/oracle/buildkit` holds the parser against BuildKit's own.

mod bounds;
mod buildkit;
mod findings;
mod inspection;
mod properties;
