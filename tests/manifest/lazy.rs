//! Many targets: made one by one, and not held.

use std::fmt::Write as _;

use dockmill::diagnostic::Diagnostics;
use dockmill::manifest::{Manifest, Request, Selection};
use dockmill::source::{Memory, SourceMap};

/// A project of 102,400 targets.
fn large() -> Manifest {
    let mut manifest = "[project]\nname = 'large'\n[vars]\nowner = 'ops'\n[axis]\n".to_owned();
    let values = |name: &str| (0..32).map(|at| format!("'{name}{at}'")).collect::<Vec<_>>().join(", ");
    _ = writeln!(manifest, "a = [{}]\nb = [{}]", values("a"), values("b"));
    manifest.push_str("c = 'range(100)'\n[image.base]\nmatrix = ['a']\ntags = ['acme/base:@{a}']\n");
    manifest.push_str(
        "[image.many]\nmatrix = ['a', 'b', 'c']\ntags = ['acme/many:@{a}-@{b}-@{c}', 'other/@{a}:@{b}.@{c}']\n",
    );
    manifest.push_str("vars = { both = '@{a}@{b}' }\nstages = { wheels = { tags = ['acme/wheels:@{both}-@{c}'] } }\n");
    let files = Memory::default()
        .with("/p/dockmill.toml", manifest)
        .with("/p/many/Dockerfile.dockmill", "")
        .with("/p/base/Dockerfile.dockmill", "");
    let mut out = Diagnostics::default();
    let sources = SourceMap::default();
    let manifest = Manifest::load(&sources, &files, "/p/dockmill.toml".into(), &Request::default(), &mut out).unwrap();
    assert!(out.is_empty(), "{:?}", out.into_vec());
    manifest
}

#[test]
fn targets_come_one_by_one() {
    let manifest = large();
    let all = Selection::all();
    let ids: Vec<String> = manifest.targets(&all).skip(32).take(3).map(|target| target.unwrap().id).collect();
    assert_eq!(ids, ["many/a0/b0/0", "many/a0/b0/1", "many/a0/b0/2"]);
    assert_eq!(manifest.targets(&all).count(), 32 + 32 * 32 * 100);
}
