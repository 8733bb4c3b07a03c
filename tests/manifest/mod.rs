//! `dockmill.toml`: bounds, properties, the schema, the reference; its cases are files in `tests/cases/manifest`.

mod bounds;
mod docs;
mod lazy;
mod narrow;
mod properties;
mod schema;
