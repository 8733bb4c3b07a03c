//! What becomes of outputs under the hooks, from the branch to the commit, with the real pre-commit and the real git.

use libtest_mimic::Trial;

use super::pre_commit::{commit, installed, remedy};
use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, Ran};

pub(super) fn trials() -> Vec<Trial> {
    trials![
        conflicts_of_outputs_alone_are_rendered,
        conflicts_of_templates_alone_are_resolved_by_hand,
        conflicts_of_templates_and_outputs_are_resolved_in_the_templates,
        an_output_that_one_side_drops_and_the_other_changes_goes,
        what_a_rebase_leaves_is_found_by_the_next_commit,
        a_renamed_image_leaves_no_output,
        each_project_has_a_hook_as_the_manual_shows,
        hadolint_reads_outputs_and_no_templates,
        a_checkout_with_other_line_breaks_is_whole,
        a_shallow_clone_is_whole,
        a_sparse_checkout_is_whole,
        a_template_in_a_submodule_is_that_of_the_commit
    ]
}

const TEMPLATE: &str = "app/Dockerfile.dockmill";
const PART: &str = "app/part.dockmill";
const OUTPUTS: [&str; 2] = ["dockerfiles/app/bookworm/Dockerfile", "dockerfiles/app/trixie/Dockerfile"];

/// How a branch comes in, and how that ends when its conflicts are resolved and staged; the hook runs then.
const WAYS: [(&str, &str); 3] = [
    ("merge --no-edit other", "commit -m merged"),
    ("merge --squash other", "commit -m squashed"),
    ("cherry-pick other", "-c core.editor=true cherry-pick --continue"),
];

/// As [`WAYS`], but for this git runs no hook.
const REBASE: (&str, &str) = ("rebase other", "-c core.editor=true rebase --continue");

fn git(folder: &Folder, arguments: &str) -> Ran {
    folder.shell(&format!("export PRE_COMMIT_HOME=$PWD/cache; git {arguments} 2>&1"))
}

/// Two branches, each with a commit that its hook lets pass; `mine` is on main, which is checked out.
fn branches(theirs: impl Fn(&Folder), mine: impl Fn(&Folder)) -> Folder {
    let folder = installed("dockmill-render");
    folder.shell("git branch -q -M main && git checkout -q -b other").ended(0);
    for (change, and_then) in [(&theirs as &dyn Fn(&Folder), "git checkout -q main"), (&mine, "true")] {
        change(&folder);
        folder.shell("dockmill render && git add -A").ended(0);
        commit(&folder, "-m change").ended(0);
        folder.shell(and_then).ended(0);
    }
    folder
}

/// Nothing is left to be committed, and what is committed is whole.
#[track_caller]
fn is_whole(folder: &Folder) {
    folder.shell("test -z \"$(git status --porcelain)\" && dockmill check --staged && dockmill check").ended(0);
}

/// Both sides change lines that are next to each other in the outputs, and in files of their own among the templates.
fn conflicts_of_outputs_alone_are_rendered() {
    Tool::PreCommit.wanted();
    for (begin, end) in WAYS {
        let folder = branches(
            |folder| folder.write(TEMPLATE, &(folder.read(TEMPLATE) + "RUN more\n")),
            |folder| folder.write(PART, "RUN b\n"),
        );
        git(&folder, begin).ended(1);
        assert!(!folder.read(TEMPLATE).contains("<<<<<<<"), "{begin}");
        // Who adds the conflicts as they are is told: the hook has rendered.
        folder.shell("git add -A").ended(0);
        let failed = git(&folder, end).ended(1);
        for output in OUTPUTS {
            assert!(failed.stdout.contains(&format!("updated {output}\n")), "{begin}: {}", failed.stdout);
            assert!(folder.read(output).ends_with("RUN b\nRUN more\n"), "{begin}");
        }
        folder.shell("git add -A").ended(0);
        git(&folder, end).ended(0);
        is_whole(&folder);
    }
}

/// A comment of a template is in no output.
fn conflicts_of_templates_alone_are_resolved_by_hand() {
    Tool::PreCommit.wanted();
    for (begin, end) in WAYS.into_iter().chain([REBASE]) {
        let comment = |word: &'static str| move |folder: &Folder| folder.write(PART, &format!("@# {word}\nRUN a\n"));
        let folder = branches(comment("theirs"), comment("mine"));
        git(&folder, begin).ended(1);
        assert!(folder.read(PART).contains("<<<<<<<"), "{begin}");
        folder.write(PART, "@# both\nRUN a\n");
        folder.shell("git add -A").ended(0);
        git(&folder, end).ended(0);
        is_whole(&folder);
    }
}

fn conflicts_of_templates_and_outputs_are_resolved_in_the_templates() {
    Tool::PreCommit.wanted();
    for (begin, end) in WAYS {
        let run = |word: &'static str| move |folder: &Folder| folder.write(PART, &format!("RUN {word}\n"));
        let folder = branches(run("theirs"), run("mine"));
        git(&folder, begin).ended(1);
        // A template with conflict markers is no template: nothing is written.
        let before = folder.read(OUTPUTS[0]);
        assert!(before.contains("<<<<<<<"), "{begin}");
        folder.shell("git add -A").ended(0);
        git(&folder, end).ended(1);
        assert_eq!(folder.read(OUTPUTS[0]), before, "{begin}");
        folder.write(PART, "RUN both\n");
        folder.shell("git add -A").ended(0);
        let failed = git(&folder, end).ended(1);
        assert!(failed.stdout.contains(&format!("updated {}\n", OUTPUTS[0])), "{begin}: {}", failed.stdout);
        folder.shell("git add -A").ended(0);
        git(&folder, end).ended(0);
        assert!(folder.read(OUTPUTS[0]).ends_with("RUN both\n"), "{begin}");
        is_whole(&folder);
    }
}

/// git leaves an output that one side removed and the other changed.
fn an_output_that_one_side_drops_and_the_other_changes_goes() {
    Tool::PreCommit.wanted();
    for (begin, end) in WAYS {
        let folder =
            branches(|folder| folder.edit("dockmill.toml", ", \"trixie\"", ""), |folder| folder.write(PART, "RUN b\n"));
        let conflict = git(&folder, begin).ended(1);
        assert!(conflict.stdout.contains("CONFLICT (modify/delete)"), "{begin}: {}", conflict.stdout);
        folder.shell("git add -A").ended(0);
        let failed = git(&folder, end).ended(1);
        assert!(failed.stdout.contains(&format!("removed {}\n", OUTPUTS[1])), "{begin}: {}", failed.stdout);
        folder.shell("git add -A").ended(0);
        git(&folder, end).ended(0);
        assert!(!folder.file(OUTPUTS[1]).exists(), "{begin}");
        is_whole(&folder);
    }
}

/// `git rebase` asks no hook, so conflicts that are added as they are come into a commit.
fn what_a_rebase_leaves_is_found_by_the_next_commit() {
    Tool::PreCommit.wanted();
    let folder = branches(
        |folder| folder.write(TEMPLATE, &(folder.read(TEMPLATE) + "RUN more\n")),
        |folder| folder.write(PART, "RUN b\n"),
    );
    git(&folder, REBASE.0).ended(1);
    folder.shell("git add -A").ended(0);
    git(&folder, REBASE.1).ended(0);
    let told = folder.dockmill(&["check"]).ended(1).stdout;
    let committed = "is committed, and HEAD's templates do not make lines 3-4, 6-8; `render` reverts that\n";
    assert_eq!(told, OUTPUTS.map(|output| format!("{output} {committed}")).concat());
    commit(&folder, "--amend --no-edit").ended(1);
    folder.shell("git add -A").ended(0);
    commit(&folder, "--amend --no-edit").ended(0);
    is_whole(&folder);
}

fn a_renamed_image_leaves_no_output() {
    Tool::PreCommit.wanted();
    let folder = installed("dockmill-render");
    folder.shell("git mv app web").ended(0);
    folder.edit("dockmill.toml", "[image.app]", "[image.web]");
    let failed = commit(&folder, "-am renamed").ended(1);
    assert!(failed.stdout.contains(&format!("removed {}\n", OUTPUTS[0])), "{}", failed.stdout);
    folder.shell(&format!("git add -u dockmill.toml && {}", remedy(&failed))).ended(0);
    commit(&folder, "-m renamed").ended(0);
    assert_eq!(folder.shell("git ls-files dockerfiles | cut -d/ -f2 | uniq").ended(0).stdout, "web\n");
    is_whole(&folder);
}

/// The configuration of docs/outputs.md, with the hooks that the tests have.
fn each_project_has_a_hook_as_the_manual_shows() {
    Tool::PreCommit.wanted();
    let folder = installed("dockmill-render");
    folder.shell("git rm -rq --cached dockmill.toml app dockerfiles && mkdir -p services tools").ended(0);
    folder.shell("cp -r app dockmill.toml services && mv app tools && mv dockmill.toml tools/tools.toml").ended(0);
    folder.edit("tools/tools.toml", "name = \"x\"", "name = \"tools\"");
    folder
        .shell("rm -r dockerfiles && dockmill -C services render && dockmill -C tools render --file tools.toml")
        .ended(0);
    let manual = include_str!("../../docs/outputs.md");
    let section = manual.split("## Several projects in one repository\n").nth(1).unwrap();
    let example = section.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let config = example
        .replace("https://github.com/dockmill/dockmill", "hooks")
        .replace("rev: v0.2.0", "rev: HEAD")
        .replace("id: dockmill-render", "id: dockmill-render-system");
    folder.write(".pre-commit-config.yaml", &config);
    folder.shell("git add -A").ended(0);
    commit(&folder, "-m two").ended(0);
    for (project, other) in [("services", "tools"), ("tools", "services")] {
        folder.write(&format!("{project}/{PART}"), "RUN b\n");
        let failed = commit(&folder, "-am changed").ended(1);
        // Paths are from the folder in which git was called.
        assert!(failed.stdout.contains(&format!("updated {project}/{}\n", OUTPUTS[0])), "{}", failed.stdout);
        let mut lines = failed.stdout.lines();
        let passed = lines.find(|line| line.starts_with(&format!("dockmill render ({other})")));
        assert!(passed.is_some_and(|line| line.ends_with("Passed")), "{}", failed.stdout);
        folder.shell(&remedy(&failed)).ended(0);
        commit(&folder, "-am changed").ended(0);
        folder.shell("test -z \"$(git status --porcelain)\"").ended(0);
    }
}

/// pre-commit takes `Dockerfile.dockmill` for a Dockerfile.
fn hadolint_reads_outputs_and_no_templates() {
    Tool::PreCommit.wanted();
    Tool::Hadolint.wanted();
    let folder = installed("dockmill-render");
    let hook = |exclude: &str| {
        let hooks =
            "  - repo: local\n    hooks:\n      - id: hadolint\n        name: hadolint\n        language: system\n";
        format!("{hooks}        entry: hadolint\n        types: [dockerfile]\n{exclude}")
    };
    let config = folder.read(".pre-commit-config.yaml");
    folder.write(".pre-commit-config.yaml", &(config.clone() + &hook("")));
    let run = "export PRE_COMMIT_HOME=$PWD/cache; git add -A; pre-commit run --all-files 2>&1";
    let failed = folder.shell(run).ended(1);
    assert!(failed.stdout.contains(&format!("{TEMPLATE}:")), "{}", failed.stdout);
    let readme = include_str!("../../README.md");
    let exclude = "exclude: \\.dockmill$";
    assert!(readme.contains(exclude));
    folder.write(".pre-commit-config.yaml", &(config + &hook(&format!("        {exclude}\n"))));
    folder.shell(run).ended(0);
}

fn a_checkout_with_other_line_breaks_is_whole() {
    Tool::PreCommit.wanted();
    let folder = installed("dockmill-render");
    folder
        .shell("git config core.autocrlf true && rm -r app dockerfiles && git checkout -q -- app dockerfiles")
        .ended(0);
    assert!(folder.read(OUTPUTS[0]).contains("\r\n"));
    commit(&folder, "--allow-empty -m same").ended(0);
    folder.write(PART, "RUN b\r\n");
    commit(&folder, "-am changed").ended(1);
    commit(&folder, "-am changed").ended(0);
    assert!(folder.shell(&format!("git show HEAD:{}", OUTPUTS[0])).ended(0).stdout.ends_with("RUN b\n"));
    is_whole(&folder);
}

/// A clone that has no history, and nothing that `render` noted.
fn a_shallow_clone_is_whole() {
    Tool::PreCommit.wanted();
    let origin = installed("dockmill-render");
    origin.write("README", "x\n");
    commit(&origin, "-m more --allow-empty").ended(0);
    let folder = Folder::new();
    let source = origin.path().to_str().unwrap();
    folder.shell(&format!("git clone -q --depth 1 file://{source} . && cp -r {source}/hooks .")).ended(0);
    folder.shell("git config user.name t && git config user.email t@example.org").ended(0);
    folder.shell("export PRE_COMMIT_HOME=$PWD/cache; pre-commit install").ended(0);
    assert_eq!(folder.shell("git rev-list --count HEAD").ended(0).stdout, "1\n");
    commit(&folder, "--allow-empty -m same").ended(0);
    folder.write(PART, "RUN b\n");
    // HEAD has what is overwritten.
    let failed = commit(&folder, "-am changed").ended(1);
    assert!(failed.stdout.contains("2 outputs, 2 written\n"), "{}", failed.stdout);
    commit(&folder, "-am changed").ended(0);
    is_whole(&folder);
}

fn a_sparse_checkout_is_whole() {
    Tool::PreCommit.wanted();
    let folder = installed("dockmill-render");
    folder.shell("git sparse-checkout set app dockerfiles/app/trixie").ended(0);
    assert!(!folder.file(OUTPUTS[0]).exists());
    commit(&folder, "--allow-empty -m same").ended(0);
    assert!(!folder.file(OUTPUTS[0]).exists());
    is_whole(&folder);
    // What is left out and would change is told: nobody can stage it here.
    folder.write(PART, "RUN b\n");
    commit(&folder, "-am changed").ended(1);
    let failed = commit(&folder, "-am changed").ended(1);
    assert!(
        failed.stdout.contains(&format!("{} is not what the staged templates make\n", OUTPUTS[0])),
        "{}",
        failed.stdout
    );
    assert!(!failed.stdout.contains(&format!("{} is not what", OUTPUTS[1])), "{}", failed.stdout);
    folder.shell("git sparse-checkout disable && dockmill render").ended(0);
    commit(&folder, "-am changed").ended(0);
    is_whole(&folder);
}

fn a_template_in_a_submodule_is_that_of_the_commit() {
    Tool::PreCommit.wanted();
    let library = Folder::new();
    library.write("shared.dockmill", "RUN one\n");
    let identity = "git config user.name t && git config user.email t@example.org";
    library.shell(&format!("git init -q . && {identity} && git add -A && git commit -qm one")).ended(0);
    let folder = installed("dockmill-check");
    let add = format!("git -c protocol.file.allow=always submodule add -q {} lib", library.path().display());
    folder.shell(&format!("{add} && cd lib && {identity}")).ended(0);
    folder.edit(TEMPLATE, "part.dockmill", "../lib/shared.dockmill");
    folder.shell("dockmill render && git add -A").ended(0);
    commit(&folder, "-m library").ended(0);
    // What the submodule's work tree has is in no commit.
    folder.write("lib/shared.dockmill", "RUN two\n");
    commit(&folder, "--allow-empty -m same").ended(0);
    folder.shell("cd lib && git commit -qam two && cd .. && git add lib").ended(0);
    let failed = commit(&folder, "-m two").ended(1);
    assert!(
        failed.stdout.contains(&format!("{} is not what the staged templates make", OUTPUTS[0])),
        "{}",
        failed.stdout
    );
    folder.shell("dockmill render && git add -A").ended(0);
    commit(&folder, "-m two").ended(0);
    is_whole(&folder);
}
