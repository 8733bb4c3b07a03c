//! A matrix has no more targets than `[limits]` allows, and what is wrong with `[[discover]]` is told once.

use crate::support::Folder;

fn project(body: &str) -> Folder {
    let folder = Folder::new();
    folder.write("a/Dockerfile.dockmill", "FROM scratch\n");
    folder.write("dockmill.toml", &format!("[project]\nname = \"p\"\n{body}"));
    folder
}

#[test]
fn too_many_targets_are_an_error_before_they_are_walked() {
    let axes = "[axis]\nx = \"range(2000)\"\ny = \"range(2000)\"\n[image.a]\nmatrix = [\"x\", \"y\"]\n";
    let folder = project(axes);
    for command in ["list", "graph", "check"] {
        let ran = folder.dockmill(&[command]);
        assert!(ran.status != 0 && ran.stdout.is_empty(), "{command}");
        assert!(ran.stderr.contains("image `a` has more than 120000 targets"), "{}", ran.stderr);
        assert!(ran.stderr.contains("1 error\n"), "{}", ran.stderr);
    }
}

#[test]
fn targets_that_are_excluded_do_not_count() {
    let limits = "[limits]\ntargets = 4\n";
    let axes = "[axis]\nx = \"range(3)\"\ny = \"range(3)\"\n[image.a]\nmatrix = [\"x\", \"y\"]\n";
    let ran = project(&format!("{limits}{axes}")).dockmill(&["list"]);
    assert!(ran.stderr.contains("image `a` has more than 4 targets"), "{}", ran.stderr);
    let ran = project(&format!("{limits}{axes}exclude = [{{ x = \"2\" }}, {{ y = \"2\" }}]\n")).dockmill(&["list"]);
    assert_eq!((ran.status, ran.stdout.lines().count()), (0, 4), "{}", ran.stderr);
    let ran = project(&format!("{limits}{axes}exclude = [{{ x = \"2\" }}]\n")).dockmill(&["list"]);
    assert!(ran.stderr.contains("image `a` has more than 4 targets"), "{}", ran.stderr);
}

#[test]
fn axes_that_depend_on_each_other_are_counted_as_they_are_walked() {
    let ran = project(
        "[limits]\ntargets = 5\n[axis]\nx = \"range(3)\"\ny = \"range(x + 1)\"\n[image.a]\nmatrix = [\"x\", \"y\"]\n",
    )
    .dockmill(&["list"]);
    assert!(ran.status != 0 && ran.stderr.contains("this matrix has more than 5 targets"), "{}", ran.stderr);
}

#[test]
fn a_discover_that_finds_nothing_is_one_error() {
    for pattern in ["nothing/*/Dockerfile.dockmill", "../*/Dockerfile.dockmill"] {
        let ran = project(&format!("[[discover]]\ntemplates = \"{pattern}\"\n")).dockmill(&["list"]);
        assert!(ran.status != 0 && ran.stderr.ends_with("\n1 error\n"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("must be a table"), "{}", ran.stderr);
    }
}
