//! The JSON Schema of the manifest, for editors.

/// The JSON Schema (draft 2020-12) of `dockmill.toml`.
#[must_use]
pub fn schema() -> &'static str {
    include_str!("schema.json")
}
