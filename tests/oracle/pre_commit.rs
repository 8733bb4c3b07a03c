//! The hooks, with the real pre-commit in a real repository.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::{long, trials};
use crate::support::{Folder, Ran};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = trials![
        a_changed_include_regenerates_and_fails_once,
        an_output_edited_by_hand_is_refused_and_kept,
        a_deleted_target_takes_its_output_along,
        check_fails_and_writes_nothing
    ];
    trials.extend(trials![pre_commit_builds_it_from_source].into_iter().map(long));
    trials
}

const TEMPLATE: &str = "FROM debian:@{release}\n@include(\"part.dockmill\")\n";
const MANIFEST: &str =
    "[project]\nname = \"x\"\n[axis]\nrelease = [\"bookworm\", \"trixie\"]\n[image.app]\nmatrix = [\"release\"]\n";

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

fn a_changed_include_regenerates_and_fails_once() {
    Tool::PreCommit.wanted();
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

fn an_output_edited_by_hand_is_refused_and_kept() {
    Tool::PreCommit.wanted();
    let folder = repository("dockmill-render");
    folder.edit("dockerfiles/app/trixie/Dockerfile", "RUN a", "RUN by hand");
    folder.shell("git add -A").ended(0);
    let failed = pre_commit(&folder).ended(1);
    assert!(failed.stdout.contains("dockerfiles/app/trixie/Dockerfile` was edited by hand"), "{}", failed.stdout);
    assert!(folder.read("dockerfiles/app/trixie/Dockerfile").contains("RUN by hand"));
}

fn a_deleted_target_takes_its_output_along() {
    Tool::PreCommit.wanted();
    let folder = repository("dockmill-render");
    folder.edit("dockmill.toml", ", \"trixie\"", "");
    folder.shell("git add -A").ended(0);
    let failed = pre_commit(&folder).ended(1);
    assert!(failed.stdout.contains("removed dockerfiles/app/trixie/Dockerfile"), "{}", failed.stdout);
    assert!(!folder.file("dockerfiles/app/trixie").exists());
    folder.shell("git add -A").ended(0);
    pre_commit(&folder).ended(0);
}

fn check_fails_and_writes_nothing() {
    Tool::PreCommit.wanted();
    let folder = repository("dockmill-check");
    pre_commit(&folder).ended(0);
    folder.write("app/part.dockmill", "RUN b\n");
    folder.shell("git add -A").ended(0);
    let failed = pre_commit(&folder).ended(1);
    assert!(failed.stdout.contains("is out of date"), "{}", failed.stdout);
    assert!(folder.read("dockerfiles/app/trixie/Dockerfile").ends_with("RUN a\n"));
}

/// The form that README.md shows: pre-commit builds dockmill from this checkout. It takes minutes.
fn pre_commit_builds_it_from_source() {
    Tool::PreCommit.wanted();
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
