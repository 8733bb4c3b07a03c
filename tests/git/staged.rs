//! `check --staged`: what a commit would have.

use super::*;

impl Repository {
    /// `check --staged`, which changes nothing; what it prints, and its last line.
    #[track_caller]
    fn staged(&self, status: i32) -> (String, String) {
        let files = "find . -path ./.git -prune -o -type f -print | sort | xargs cksum";
        let state = || self.0.shell(&format!("{files}; test ! -d .git || git ls-files -s"));
        let before = state().stdout;
        let ran = self.0.dockmill(&["check", "--staged"]).ended(status);
        assert_eq!(state().stdout, before);
        (ran.stdout, ran.stderr)
    }
}

const TEMPLATE_FILE: &str = "app/Dockerfile.dockmill";

#[test]
fn what_is_not_staged_is_not_committed() {
    let project = small();
    assert_eq!(project.staged(0).1, "2 outputs, all staged as the staged templates say\n");
    // `commit -a` takes what git knows; two outputs are new.
    project.0.edit("dockmill.toml", "\"b\"]", "\"b\", \"c\", \"d\"]");
    project.render();
    project.git("add -u");
    let (told, remedy) = project.staged(1);
    let [c, d] = ["c", "d"].map(|release| format!("dockerfiles/app/{release}/Dockerfile"));
    assert_eq!(told, format!("{c} is not staged\n{d} is not staged\n"));
    let line = format!("git add -- {c} {d}");
    assert_eq!(remedy, format!("4 outputs, 2 files to be staged: `{line}`\n"));
    // An announced file is not staged.
    project.git(&format!("add -N {c} {d}"));
    assert_eq!(project.staged(1).0, told);
    project.0.shell(&line).ended(0);
    project.staged(0);
}

#[test]
fn an_include_that_git_does_not_know_is_told() {
    let project = small();
    project.0.write("app/part.dockmill", "RUN part\n");
    project.0.edit(TEMPLATE_FILE, "RUN five\n", "RUN five\n@include(\"part.dockmill\")\n");
    project.render();
    project.git("add -u");
    let (told, remedy) = project.staged(1);
    assert_eq!(told, "app/part.dockmill is read, and is not in git's index\n");
    assert!(remedy.contains("it is in the work tree, and not in git's index"), "{remedy}");
    assert!(remedy.ends_with("what is read is not staged: `git add -- app/part.dockmill`\n"), "{remedy}");
    project.git("add -- app/part.dockmill");
    project.staged(0);
    // From another folder the line is that of there.
    project.git("rm -q --cached app/part.dockmill");
    let ran = project.0.shell("cd app; dockmill check --staged").ended(1);
    assert!(ran.stderr.ends_with("`git add -- ../app/part.dockmill`\n"), "{}", ran.stderr);
}

#[test]
fn a_template_staged_in_part_makes_other_outputs() {
    let project = small();
    project.0.edit(TEMPLATE_FILE, "RUN one", "RUN 1");
    project.git("add -u");
    project.0.edit(TEMPLATE_FILE, "RUN two", "RUN 2");
    project.render();
    project.git("add dockerfiles");
    let (told, remedy) = project.staged(1);
    let differs = "is not what the staged templates make";
    assert_eq!(told, format!("{A} {differs}\n{B} {differs}\n"));
    assert!(remedy.contains(&format!("`{TEMPLATE_FILE}` has changes that are not staged")), "{remedy}");
    project.git(&format!("add {TEMPLATE_FILE}"));
    project.staged(0);
    // Only the template, rendered but not staged: the outputs need only be staged.
    project.0.edit(TEMPLATE_FILE, "RUN three", "RUN 3");
    project.render();
    project.git(&format!("add {TEMPLATE_FILE}"));
    assert!(project.staged(1).1.ends_with(&format!(": `git add -- {A} {B}`\n")));
}

#[test]
fn an_ignored_output_is_told_where_others_are_committed() {
    let project = small();
    project.0.write(".gitignore", "/dockerfiles/app/c/\n");
    project.0.edit("dockmill.toml", "\"b\"]", "\"b\", \"c\"]");
    project.render();
    project.git("add -A");
    let (told, remedy) = project.staged(1);
    assert_eq!(told, "dockerfiles/app/c/Dockerfile is ignored by git, unlike others\n");
    assert!(remedy.ends_with(": `git add -f -- dockerfiles/app/c/Dockerfile`\n"), "{remedy}");
    // Who commits none of them wants it so.
    project.0.write(".gitignore", "/dockerfiles/\n");
    project.git("rm -rq --cached dockerfiles && git add -A");
    let note = "3 outputs, all ignored by git: a commit has none of them\n";
    assert_eq!(project.staged(0), (String::new(), note.to_owned()));
}

#[test]
fn what_no_target_makes_is_told_until_its_removal_is_staged() {
    for project in [small(), headless()] {
        project.0.edit("dockmill.toml", ", \"b\"", "");
        project.render();
        project.git("add dockmill.toml");
        let (told, remedy) = project.staged(1);
        assert!(told.contains(&format!("{B} is made by no target any more\n")), "{told}");
        let line = remedy.split('`').nth(1).unwrap();
        assert!(line.starts_with("git add -- "), "{remedy}");
        project.0.shell(line).ended(0);
        project.staged(0);
    }
}

#[test]
fn a_file_beside_an_output_has_its_mode_and_the_list_is_staged() {
    let project = headless();
    project.staged(0);
    project.git("update-index --chmod=+x app/run.sh");
    let beside = "dockerfiles/app/a/run.sh is not what the staged templates make\n";
    assert!(project.staged(1).0.contains(beside));
    project.git("update-index --chmod=-x app/run.sh && git rm -q --cached dockmill.outputs");
    let (told, remedy) = project.staged(1);
    assert_eq!(told, "dockmill.outputs does not list all outputs\n");
    assert!(remedy.ends_with(": `git add -- dockmill.outputs`\n"), "{remedy}");
}

#[test]
fn conflicts_are_told_and_no_repository_is_an_error() {
    let project = small();
    project.diverge(
        "other",
        |folder| folder.edit(TEMPLATE_FILE, "RUN one", "RUN other"),
        |folder| folder.edit(TEMPLATE_FILE, "RUN one", "RUN main"),
    );
    project.0.shell("git merge other").ended(1);
    let (told, _) = project.staged(1);
    let unresolved = "has a conflict that is not resolved";
    assert_eq!(told, format!("{TEMPLATE_FILE} {unresolved}\n{A} {unresolved}\n{B} {unresolved}\n"));
    project.0.write(TEMPLATE_FILE, &TEMPLATE.replace("RUN one", "RUN both"));
    project.render();
    project.git("add -A");
    project.staged(0);
    project.0.shell("rm -rf .git").ended(0);
    let ran = project.0.dockmill(&["check", "--staged"]).ended(2);
    assert!(ran.stderr.contains("git does not read its index: not a git repository"), "{}", ran.stderr);
}

/// git has LF, the work tree CR LF, or a filter stores something else.
#[test]
fn what_git_stores_otherwise_is_staged() {
    let project = small();
    project.git("config core.autocrlf true && rm -r dockerfiles && git checkout -q -- dockerfiles");
    project.staged(0);
    project.git("config core.autocrlf false && git config filter.up.clean 'tr a-z A-Z'");
    project.0.write(".gitattributes", "dockerfiles/** filter=up\n");
    project.0.shell("rm -r dockerfiles && dockmill render && git add -A").ended(0);
    assert!(project.git(&format!("show :{A}")).stdout.contains("RUN ONE"));
    project.staged(0);
}

/// Templates of a submodule are those of the commit that is staged, not those that its work tree has.
#[test]
fn a_submodule_is_read_at_the_staged_commit() {
    let library = small();
    library.0.write("part.dockmill", "RUN part\n");
    library.commit("part");
    let project = small();
    let path = library.0.path().to_str().unwrap();
    project.git(&format!("-c protocol.file.allow=always submodule add -q {path} lib"));
    project.0.edit(TEMPLATE_FILE, "RUN five\n", "RUN five\n@include(\"../lib/part.dockmill\")\n");
    project.render();
    project.git("add -A");
    project.staged(0);
    project.commit("module");
    project.0.write("lib/part.dockmill", "RUN other\n");
    project.staged(0);
    project.render();
    project.git("-C lib -c user.name=t -c user.email=t@example.org commit -qam other");
    project.staged(0);
    project.git("add lib");
    let differs = "is not what the staged templates make";
    assert_eq!(project.staged(1).0, format!("{A} {differs}\n{B} {differs}\n"));
    project.git("add -A");
    project.staged(0);
    // The revision before has the submodule's commit before.
    let compared = project.0.dockmill(&["diff", "--against", "HEAD"]).ended(1);
    assert!(
        compared.stdout.contains(" - RUN part\n") && compared.stdout.contains(" + RUN other\n"),
        "{}",
        compared.stdout
    );
}

/// `git commit PATH` has an index of its own, and the hook is started with it.
#[test]
fn the_index_of_the_commit_is_the_one_that_is_judged() {
    let project = small();
    project.0.write(".git/hooks/pre-commit", "#!/bin/sh\nexec dockmill check --staged\n");
    project.0.shell("chmod +x .git/hooks/pre-commit").ended(0);
    project.0.edit(TEMPLATE_FILE, "RUN one", "RUN 1");
    project.render();
    project.git("add -A");
    let failed = project.0.shell(&format!("git commit -qm part {TEMPLATE_FILE}")).ended(1);
    assert!(failed.stderr.contains("is not what the staged templates make"), "{}", failed.stderr);
    project.git("commit -qm all");
    // A commit of the templates and the outputs by name, with another change staged.
    project.0.edit(TEMPLATE_FILE, "RUN two", "RUN 2");
    project.render();
    project.0.write("other", "x");
    project.git("add other");
    project.git(&format!("commit -qm named {TEMPLATE_FILE} dockerfiles"));
    assert_eq!(project.git("status --porcelain").stdout, "A  other\n");
}

/// As [`parted`], with the hook.
fn parted_and_hooked() -> Repository {
    let project = parted();
    project.0.write(".git/hooks/pre-commit", "#!/bin/sh\nexec dockmill render --exit-code --staged\n");
    project.0.shell("chmod +x .git/hooks/pre-commit").ended(0);
    project
}

#[test]
fn conflicts_of_outputs_alone_are_rendered_and_staged() {
    let ways = [
        ("merge -q other", "commit -qm merged"),
        ("merge -q --squash other", "commit -qm squashed"),
        ("cherry-pick other", "-c core.editor=true cherry-pick --continue"),
        ("rebase other", "-c core.editor=true rebase --continue"),
    ];
    for (begin, end) in ways {
        let project = parted_and_hooked();
        project.0.shell(&format!("git {begin}")).ended(1);
        let unresolved = "has a conflict that is not resolved";
        assert_eq!(project.staged(1).0, format!("{A} {unresolved}\n{B} {unresolved}\n"), "{begin}");
        // Conflict markers that are added as they stand are no outputs.
        project.git("add -A");
        assert_eq!(project.staged(1).0.lines().count(), 2, "{begin}");
        project.render();
        let line = format!("git add -- {A} {B}");
        assert!(project.staged(1).1.contains(&format!(": `{line}`")), "{begin}");
        project.0.shell(&line).ended(0);
        project.git(end);
        assert!(project.0.read(A).ends_with("RUN 1\nRUN 2\n"), "{begin}");
        project.is_clean();
        project.staged(0);
    }
}

#[test]
fn a_renamed_image_is_staged_with_both_of_its_names() {
    let project = parted_and_hooked();
    project.git("mv app web");
    project.0.edit("dockmill.toml", "[image.app]", "[image.web]");
    let failed = project.0.shell("git commit -qam renamed").ended(1);
    assert!(failed.stderr.contains(&format!("removed {A}\n")), "{}", failed.stderr);
    let line = failed.stderr.split('`').find(|words| words.starts_with("git add ")).unwrap();
    project.0.shell(&format!("git add -u dockmill.toml && {line}")).ended(0);
    project.git("commit -qm renamed");
    assert_eq!(project.git("ls-files dockerfiles | cut -d/ -f2 | uniq").stdout, "web\n");
    project.is_clean();
}

/// One side changes an output that the other's manifest drops.
#[test]
fn an_output_that_one_side_drops_is_dropped() {
    let project = parted_and_hooked();
    project.git("switch -q other");
    project.0.edit("dockmill.toml", ", \"b\"", "");
    project.0.write("app/two.dockmill", "RUN two\n");
    project.render();
    project.git("add -A && git commit -qm dropped");
    project.0.shell("git merge -q main").ended(1);
    assert_eq!(project.staged(1).0, format!("{B} has a conflict that is not resolved\n"));
    project.git("add -A");
    assert_eq!(project.staged(1).0, format!("{B} is made by no target any more\n"));
    project.render();
    project.git("add -A && git commit -qm merged");
    project.is_clean();
    assert!(!project.0.file(B).exists());
}

/// Many files are named by their folder, where all that changed in it is meant.
#[test]
fn many_files_are_staged_by_their_folders() {
    let releases: Vec<String> = (0..40).map(|number| format!("\"r{number}\"")).collect();
    let project = small();
    project.0.edit("dockmill.toml", "\"b\"]", &format!("\"b\", {}]", releases.join(", ")));
    project.render();
    project.git("add -u");
    let (told, remedy) = project.staged(1);
    assert!(told.starts_with("40 files are not staged: app/{r0,r1,") && told.lines().count() == 1, "{told}");
    assert_eq!(remedy, "42 outputs, 40 files to be staged: `git add -- dockerfiles`\n");
    // From a folder of the project the way to it is another.
    let ran = project.0.shell("cd app; dockmill check --staged").ended(1);
    assert!(ran.stderr.ends_with("`git add -- ../dockerfiles`\n"), "{}", ran.stderr);
    // What somebody else is at is not staged along.
    project.0.write("dockerfiles/app/r7/notes", "");
    let line = project.staged(1).1;
    let line = line.split('`').nth(1).unwrap();
    assert!(
        line.starts_with("git add -- dockerfiles/app/r0 ") && line.contains(" dockerfiles/app/r7/Dockerfile "),
        "{line}"
    );
    project.0.shell(line).ended(0);
    project.staged(0);
    project.git("commit -qm many");
    assert_eq!(project.git("status --porcelain").stdout, "?? dockerfiles/app/r7/notes\n");
    // So are files that are gone, and left-overs are folded as others are.
    project.git("checkout -q HEAD~ -- dockmill.toml");
    let checked = project.0.dockmill(&["check"]).ended(1).stdout;
    let gone = "40 files are made by no target any more: dockerfiles/app/r0/Dockerfile, ";
    assert!(
        checked.starts_with(gone) && checked.ends_with(" and 32 more\n") && checked.lines().count() == 1,
        "{checked}"
    );
    project.render();
    let (told, remedy) = project.staged(1);
    assert!(told.starts_with(gone) && told.lines().count() == 1, "{told}");
    project.0.shell(remedy.split('`').nth(1).unwrap()).ended(0);
    project.staged(0);
}
