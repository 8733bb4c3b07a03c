//! The pattern that docs/bots.md gives to Renovate finds what the manifest beside it has. `tests/oracle/bots.rs` holds the
//! configurations against their schemas.

use serde_json::Value;

use crate::support::markdown::of_kind;

const PAGE: &str = include_str!("../../docs/bots.md");

#[test]
fn renovate_finds_the_versions_of_the_manifest() {
    let settings: Value = serde_json::from_str(&of_kind(PAGE, "json renovate.json")[0]).unwrap();
    assert_eq!(settings["dockerfile"]["enabled"], false);
    let manager = &settings["customManagers"][0];
    // Between slashes Renovate reads a regular expression.
    let files = manager["managerFilePatterns"][0].as_str().unwrap().trim_matches('/');
    let files = regex::Regex::new(files).unwrap();
    assert!(files.is_match("dockmill.toml") && files.is_match("images/dockmill.toml"));
    assert!(!files.is_match("dockmill.toml.bak") && !files.is_match("dockerfiles/jq/Dockerfile"));

    let pattern = regex::Regex::new(manager["matchStrings"][0].as_str().unwrap()).unwrap();
    let manifest = &of_kind(PAGE, "toml dockmill.toml")[0];
    let found: Vec<[Option<&str>; 6]> = pattern
        .captures_iter(manifest)
        .map(|found| {
            ["datasource", "depName", "versioning", "extractVersion", "currentValue", "currentDigest"]
                .map(|group| found.name(group).map(|value| value.as_str()))
        })
        .collect();
    let digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    assert_eq!(
        found,
        [
            [Some("docker"), Some("debian"), Some("debian"), None, Some("trixie-20260112-slim"), Some(digest)],
            [Some("github-releases"), Some("jqlang/jq"), None, Some("^jq-(?<version>.+)$"), Some("1.7.1"), None],
        ]
    );
}
