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
        check_fails_and_writes_nothing,
        a_second_commit_of_all_does_not_pass_without_new_outputs,
        an_include_that_was_never_added_is_told,
        an_output_in_an_ignored_folder_is_told,
        a_template_staged_in_part_is_judged_as_staged,
        a_hook_of_a_linked_work_tree_judges_its_own_index,
        two_projects_of_one_repository_are_judged_apart,
        a_range_of_commits_is_judged_at_its_end
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
    assert!(failed.stdout.contains("is not what the staged templates make"), "{}", failed.stdout);
    assert!(folder.read("dockerfiles/app/trixie/Dockerfile").ends_with("RUN a\n"));
}

/// A repository whose commits run the hook.
pub(super) fn installed(hook: &str) -> Folder {
    let folder = repository(hook);
    folder.shell("export PRE_COMMIT_HOME=$PWD/cache; pre-commit install").ended(0);
    folder
}

/// A commit, with what the hook prints.
pub(super) fn commit(folder: &Folder, arguments: &str) -> Ran {
    folder.shell(&format!("export PRE_COMMIT_HOME=$PWD/cache; git commit {arguments} 2>&1"))
}

/// The line for a shell that the hook names.
pub(super) fn remedy(failed: &Ran) -> String {
    let text = failed.stdout.replace('\n', " ");
    let line = text
        .split('`')
        .find(|words| words.starts_with("git ") && words.contains(" add "))
        .unwrap_or_else(|| panic!("{text}"));
    line.to_owned()
}

fn a_second_commit_of_all_does_not_pass_without_new_outputs() {
    Tool::PreCommit.wanted();
    let folder = installed("dockmill-render");
    let releases: Vec<String> = (1..=15).map(|release| format!("\"r{release}\"")).collect();
    folder.edit("dockmill.toml", "\"trixie\"", &format!("\"trixie\", {}", releases.join(", ")));
    let first = commit(&folder, "-am more").ended(1);
    assert!(first.stdout.contains("created dockerfiles/app/r15/Dockerfile"), "{}", first.stdout);
    let second = commit(&folder, "-am more").ended(1);
    assert!(second.stdout.contains("15 files are not staged: "), "{}", second.stdout);
    folder.shell(&remedy(&second)).ended(0);
    commit(&folder, "-am more").ended(0);
    assert_eq!(folder.shell("git ls-files dockerfiles | wc -l").ended(0).stdout.trim(), "17");
    folder.shell("test -z \"$(git status --porcelain)\"").ended(0);
}

fn an_include_that_was_never_added_is_told() {
    Tool::PreCommit.wanted();
    for hook in ["dockmill-render", "dockmill-check"] {
        let folder = installed(hook);
        folder.write("app/new.dockmill", "RUN new\n");
        folder.edit("app/Dockerfile.dockmill", "@include(\"part.dockmill\")\n", "@include(\"new.dockmill\")\n");
        folder.dockmill(&["render"]).ended(0);
        let failed = commit(&folder, "-am include").ended(1);
        assert!(failed.stdout.contains("app/new.dockmill is read, and is not in git's index"), "{}", failed.stdout);
        folder.shell(&remedy(&failed)).ended(0);
        commit(&folder, "-am include").ended(0);
    }
}

fn an_output_in_an_ignored_folder_is_told() {
    Tool::PreCommit.wanted();
    let folder = installed("dockmill-render");
    folder.edit(".gitignore", "/cache/\n", "/cache/\n/dockerfiles/app/sid/\n");
    folder.edit("dockmill.toml", "\"trixie\"", "\"trixie\", \"sid\"");
    commit(&folder, "-am sid").ended(1);
    let failed = commit(&folder, "-am sid").ended(1);
    assert!(failed.stdout.contains("dockerfiles/app/sid/Dockerfile is ignored by git"), "{}", failed.stdout);
    folder.shell(&remedy(&failed)).ended(0);
    commit(&folder, "-am sid").ended(0);
}

/// pre-commit puts aside what is not staged, and brings it back.
fn a_template_staged_in_part_is_judged_as_staged() {
    Tool::PreCommit.wanted();
    let folder = installed("dockmill-render");
    folder.write("app/part.dockmill", "RUN b\n");
    folder.dockmill(&["render"]).ended(0);
    folder.shell("git add -A").ended(0);
    folder.write("app/part.dockmill", "RUN c\n");
    folder.dockmill(&["render"]).ended(0);
    commit(&folder, "-m b").ended(0);
    assert_eq!(folder.shell("git show HEAD:app/part.dockmill").ended(0).stdout, "RUN b\n");
    assert_eq!(folder.read("app/part.dockmill"), "RUN c\n");
    assert!(folder.read("dockerfiles/app/trixie/Dockerfile").ends_with("RUN c\n"));
    // The template alone is staged.
    folder.shell("git add app").ended(0);
    commit(&folder, "-m c").ended(1);
    folder.shell("git add -A").ended(0);
    commit(&folder, "-m c").ended(0);
}

fn a_hook_of_a_linked_work_tree_judges_its_own_index() {
    Tool::PreCommit.wanted();
    let folder = installed("dockmill-check");
    folder
        .shell("git worktree add -q -b other ../linked.$$ && mv ../linked.$$ linked && git worktree repair linked")
        .ended(0);
    folder.write("linked/app/part.dockmill", "RUN b\n");
    let linked = |line: &str| {
        folder.shell(&format!("export PRE_COMMIT_HOME=$PWD/cache; cp -r hooks linked; cd linked; {line} 2>&1"))
    };
    let failed = linked("git commit -qam b").ended(1);
    assert!(failed.stdout.contains("is not what the staged templates make"), "{}", failed.stdout);
    linked("dockmill render && git commit -qam b").ended(0);
    commit(&folder, "--allow-empty -m same").ended(0);
}

fn two_projects_of_one_repository_are_judged_apart() {
    Tool::PreCommit.wanted();
    let folder = installed("dockmill-check");
    folder.write("other/dockmill.toml", "[project]\nname = \"y\"\n[image.app]\n");
    folder.write("other/app/Dockerfile.dockmill", "FROM debian:trixie\n");
    folder.write("two.toml", "[project]\nname = \"two\"\noutput = \"two/@{target.image}/Dockerfile\"\n[image.app]\ntemplate = \"app/part.dockmill\"\n");
    folder.write("app/part.dockmill", "FROM debian:sid\n");
    folder.shell("dockmill render && dockmill -C other render && dockmill render -f two.toml && git add -A").ended(0);
    commit(&folder, "-m more").ended(0);
    let judged = |status: [i32; 3]| {
        folder.dockmill(&["check", "--staged"]).ended(status[0]);
        folder.dockmill(&["-C", "other", "check", "--staged"]).ended(status[1]);
        folder.dockmill(&["check", "--staged", "-f", "two.toml"]).ended(status[2]);
    };
    judged([0, 0, 0]);
    folder.edit("other/app/Dockerfile.dockmill", "trixie", "sid");
    folder.shell("git add -A").ended(0);
    judged([0, 1, 0]);
    folder.shell("git rm -q --cached $(dockmill list -f two.toml | cut -f2)").ended(0);
    judged([0, 1, 1]);
    // Each has a hook of its own, also the two of one folder.
    let of = |arguments: &str| format!("      - id: dockmill-check-system\n        args: [{arguments}]\n");
    let hooks = ["", "--file, two.toml", "-C, other"].map(of).concat();
    folder.edit(".pre-commit-config.yaml", "      - id: dockmill-check-system\n", &hooks);
    let failed = commit(&folder, "-am hooks").ended(1).stdout;
    assert_eq!(failed.matches("Passed").count(), 1, "{failed}");
    assert!(
        failed.contains("two/app/Dockerfile is not staged") && failed.contains("`git add -- two/app/Dockerfile`"),
        "{failed}"
    );
    folder.shell("git add two && dockmill -C other render && git add other").ended(0);
    commit(&folder, "-am hooks").ended(0);
}

/// As a server runs it for a pull request.
fn a_range_of_commits_is_judged_at_its_end() {
    Tool::PreCommit.wanted();
    let folder = repository("dockmill-check");
    let range = "export PRE_COMMIT_HOME=$PWD/cache; pre-commit run --from-ref HEAD~1 --to-ref HEAD 2>&1";
    folder.write("app/part.dockmill", "RUN b\n");
    folder.shell("git commit -qam template").ended(0);
    let failed = folder.shell(range).ended(1);
    assert!(failed.stdout.contains("is not what the staged templates make"), "{}", failed.stdout);
    folder.shell("dockmill render && git commit -qam outputs").ended(0);
    folder.shell(range).ended(0);
}

/// The form that README.md shows: pre-commit builds dockmill from this checkout. It takes minutes.
fn pre_commit_builds_it_from_source() {
    Tool::PreCommit.wanted();
    let folder = repository("dockmill-render");
    folder.write("app/part.dockmill", "RUN b\n");
    folder.shell("git add -A").ended(0);
    // A clone holds what is committed; try-repo takes the work tree along. Whether it builds is asked, not how fast it is then.
    let line = format!(
        "export CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 PRE_COMMIT_HOME=$PWD/cache; pre-commit try-repo {} dockmill-render --all-files 2>&1",
        env!("CARGO_MANIFEST_DIR")
    );
    let failed = folder.shell(&line).ended(1);
    assert!(failed.stdout.contains("updated dockerfiles/app/trixie/Dockerfile"), "{}", failed.stdout);
}
