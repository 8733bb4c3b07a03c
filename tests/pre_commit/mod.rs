//! The hooks, with the real pre-commit in a real repository.

use crate::support::{Folder, Ran};

const TEMPLATE: &str = "FROM debian:@{release}\n@include(\"part.dockmill\")\n";
const MANIFEST: &str =
    "[project]\nname = \"x\"\n[axis]\nrelease = [\"bookworm\", \"trixie\"]\n[image.app]\nmatrix = [\"release\"]\n";

/// Is pre-commit there? Where CI promised it, it must be.
fn missing() -> bool {
    let there =
        std::process::Command::new("pre-commit").arg("--version").output().is_ok_and(|out| out.status.success());
    if !there {
        assert!(std::env::var_os("CI").is_none(), "pre-commit is not on the PATH, though CI promises it");
        eprintln!("left out: pre-commit is not on the PATH (`pip install pre-commit`)");
    }
    !there
}

/// A repository with a rendered project and a hook; everything is committed.
fn repository(hook: &str) -> Folder {
    let folder = Folder::new();
    folder.write("dockmill.toml", MANIFEST);
    folder.write("app/Dockerfile.dockmill", TEMPLATE);
    folder.write("app/part.dockmill", "RUN a\n");
    let hooks = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml")).unwrap();
    assert!(hooks.contains(&format!("- id: {hook}-system\n")));
    // The hook as the project ships it, run from the dockmill that the tests have built.
    folder.write("hooks/.pre-commit-hooks.yaml", &hooks);
    folder.dockmill(&["render"]).ended(0);
    folder.shell("git init -q . && git config user.name t && git config user.email t@example.org").ended(0);
    folder.shell("cd hooks && git init -q . && git config user.name t && git config user.email t@example.org && git add -A && git commit -qm hooks").ended(0);
    let config = format!("repos:\n  - repo: hooks\n    rev: HEAD\n    hooks:\n      - id: {hook}-system\n");
    folder.write(".pre-commit-config.yaml", &config);
    folder.write(".gitignore", "/hooks/\n/cache/\n");
    folder.shell("git add -A && git commit -qm start").ended(0);
    folder
}

fn pre_commit(folder: &Folder) -> Ran {
    folder.shell("export PRE_COMMIT_HOME=$PWD/cache; pre-commit run --all-files 2>&1")
}

#[test]
fn a_changed_include_regenerates_and_fails_once() {
    if missing() {
        return;
    }
    let folder = repository("dockmill-render");
    pre_commit(&folder).ended(0);
    folder.write("app/part.dockmill", "RUN b\n");
    folder.shell("git add -A").ended(0);
    let failed = pre_commit(&folder).ended(1);
    assert!(failed.stdout.contains("updated dockerfiles/app/trixie/Dockerfile"), "{}", failed.stdout);
    assert!(folder.read("dockerfiles/app/trixie/Dockerfile").ends_with("RUN b\n"));
    folder.shell("git add -A").ended(0);
    pre_commit(&folder).ended(0);
}

#[test]
fn an_output_edited_by_hand_is_refused_and_kept() {
    if missing() {
        return;
    }
    let folder = repository("dockmill-render");
    folder.edit("dockerfiles/app/trixie/Dockerfile", "RUN a", "RUN by hand");
    folder.shell("git add -A").ended(0);
    let failed = pre_commit(&folder).ended(1);
    assert!(failed.stdout.contains("dockerfiles/app/trixie/Dockerfile` was edited by hand"), "{}", failed.stdout);
    assert!(folder.read("dockerfiles/app/trixie/Dockerfile").contains("RUN by hand"));
}

#[test]
fn a_deleted_target_takes_its_output_along() {
    if missing() {
        return;
    }
    let folder = repository("dockmill-render");
    folder.edit("dockmill.toml", ", \"trixie\"", "");
    folder.shell("git add -A").ended(0);
    let failed = pre_commit(&folder).ended(1);
    assert!(failed.stdout.contains("removed dockerfiles/app/trixie/Dockerfile"), "{}", failed.stdout);
    assert!(!folder.file("dockerfiles/app/trixie").exists());
    folder.shell("git add -A").ended(0);
    pre_commit(&folder).ended(0);
}

#[test]
fn check_fails_and_writes_nothing() {
    if missing() {
        return;
    }
    let folder = repository("dockmill-check");
    pre_commit(&folder).ended(0);
    folder.write("app/part.dockmill", "RUN b\n");
    folder.shell("git add -A").ended(0);
    let failed = pre_commit(&folder).ended(1);
    assert!(failed.stdout.contains("is out of date"), "{}", failed.stdout);
    assert!(folder.read("dockerfiles/app/trixie/Dockerfile").ends_with("RUN a\n"));
}

/// The form that README.md shows: pre-commit builds dockmill from this checkout. It takes minutes.
#[test]
fn pre_commit_builds_it_from_source() {
    if missing() {
        return;
    }
    if ["CI", "DOCKMILL_SLOW_TESTS"].iter().all(|name| std::env::var_os(name).is_none()) {
        eprintln!("left out: a build by pre-commit, which takes minutes (DOCKMILL_SLOW_TESTS=1 runs it)");
        return;
    }
    let folder = repository("dockmill-render");
    folder.write("app/part.dockmill", "RUN b\n");
    folder.shell("git add -A").ended(0);
    // A clone holds what is committed; try-repo takes the work tree along.
    let line = format!(
        "export PRE_COMMIT_HOME=$PWD/cache; pre-commit try-repo {} dockmill-render --all-files 2>&1",
        env!("CARGO_MANIFEST_DIR")
    );
    let failed = folder.shell(&line).ended(1);
    assert!(failed.stdout.contains("updated dockerfiles/app/trixie/Dockerfile"), "{}", failed.stdout);
}
