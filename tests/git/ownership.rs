//! Which files are dockmill's, and which are overwritten.

use super::*;

#[test]
fn a_dropped_output_without_a_header_is_told_and_removed() {
    let project = headless();
    assert_eq!(project.0.read("dockmill.outputs").lines().count(), 4);
    project.is_clean();
    project.0.edit("dockmill.toml", ", \"b\"", "");
    let checked = project.0.dockmill(&["check"]).ended(1);
    let beside = "dockerfiles/app/b/run.sh";
    for path in [B, beside] {
        assert!(checked.stdout.contains(&format!("{path} is made by no target any more\n")), "{}", checked.stdout);
    }
    let rendered = project.render();
    assert_eq!(rendered.stdout, format!("removed {B}\nremoved {beside}\nupdated dockmill.outputs\n"));
    assert!(!project.0.file("dockerfiles/app/b").exists());
    project.commit("dropped");
    project.is_clean();
    // Who wants headers has no list.
    project.0.edit("dockmill.toml", "header = false\n", "");
    project.0.edit("dockmill.toml", "files = [\"run.sh\"]\n", "");
    let rendered = project.render();
    assert!(rendered.stdout.contains("removed dockmill.outputs\n"), "{}", rendered.stdout);
    project.commit("headers");
    project.is_clean();
}

#[test]
fn a_hand_edit_that_was_only_staged_is_never_lost() {
    for project in [small(), headless()] {
        let edited = project.0.read(A) + "RUN by hand\n";
        project.0.write(A, &edited);
        project.git("add -A");
        let refused = project.0.dockmill(&["render"]).ended(2);
        assert!(refused.stderr.contains("dockmill render --force app/a`"), "{}", refused.stderr);
        let checked = project.0.dockmill(&["check"]).ended(1);
        assert_eq!(checked.stdout, format!("{A} was edited by hand\n"));
        assert_eq!(project.0.read(A), edited);
        let forced = project.0.dockmill(&["render", "--force", "app/a"]).ended(0);
        assert!(forced.stderr.contains("1 saved in `.dockmill/saved`"), "{}", forced.stderr);
        assert_eq!(project.0.read(&format!(".dockmill/saved/{A}")), edited);
        project.git("add -A");
        project.is_clean();
    }
}

/// A stash, a roll-back or a branch brings an older output back.
#[test]
fn what_render_wrote_earlier_is_no_edit() {
    let project = small();
    project.0.edit("app/Dockerfile.dockmill", "RUN one", "RUN 1");
    project.render();
    project.git("stash -q");
    project.0.edit("app/Dockerfile.dockmill", "RUN two", "RUN 2");
    project.render();
    project.git("checkout -q -- . && git stash pop -q");
    assert!(project.0.read(A).contains("RUN 1\n"));
    project.0.edit("app/Dockerfile.dockmill", "RUN three", "RUN 3");
    project.render();
    assert!(project.0.read(A).contains("RUN 3\n"));
}

/// As a run leaves them that was killed between an output and the file beside it.
#[test]
fn an_output_and_its_files_are_known_half_written() {
    let project = headless();
    let beside = "dockerfiles/app/a/run.sh";
    let step = |text: &str| {
        project.0.write("app/run.sh", text);
        project.0.edit("app/Dockerfile.dockmill", "RUN five\n", &format!("RUN five\nRUN {text}"));
    };
    step("B\n");
    project.render();
    let (output, file) = (project.0.read(A), project.0.read(beside));
    step("C\n");
    project.render();
    for (name, text) in [(A, output), (beside, file)] {
        let now = project.0.read(name);
        project.0.write(name, &text);
        step("D\n");
        project.render();
        project.0.write(name, &now);
        project.render();
    }
}

#[test]
fn a_committed_edit_is_told_with_its_lines() {
    let project = small();
    project.0.edit(A, "RUN two\nRUN three\n", "RUN 2\nRUN 3\n");
    project.commit("edit");
    let checked = project.0.dockmill(&["check"]).ended(1);
    let told = format!("{A} is committed, and HEAD's templates do not make lines 4-5; `render` reverts that\n");
    assert_eq!(checked.stdout, told);
    // A change of the templates that is not rendered yet is another thing.
    project.render();
    project.commit("reverted");
    project.0.edit("app/Dockerfile.dockmill", "RUN one", "RUN 1");
    let checked = project.0.dockmill(&["check"]).ended(1);
    assert_eq!(checked.stdout, format!("{A} is out of date\n{B} is out of date\n"));
}

/// A checkout of someone else has no record, and git does not look into it.
#[test]
fn where_git_refuses_it_is_said_and_files_are_saved() {
    let project = small();
    project.0.shell("rm -r .dockmill").ended(0);
    project.0.edit("app/Dockerfile.dockmill", "RUN one", "RUN 1");
    let others = "GIT_TEST_ASSUME_DIFFERENT_OWNER=1 dockmill";
    let checked = project.0.shell(&format!("{others} check")).ended(1);
    let told = format!("{A} is out of date; whether edited cannot be told: detected dubious ownership");
    assert!(checked.stdout.starts_with(&told), "{}", checked.stdout);
    let rendered = project.0.shell(&format!("{others} render")).ended(0);
    assert!(rendered.stderr.contains("2 outputs, 2 written, 2 saved in `.dockmill/saved`"), "{}", rendered.stderr);
    assert!(project.0.read(&format!(".dockmill/saved/{A}")).contains("RUN one"));
}

/// The hook of a linked work tree is given `GIT_DIR` alone; the project is in a folder of its own, and nothing is noted.
#[test]
fn a_hook_of_a_linked_work_tree_asks_its_own_repository() {
    let project = small();
    project.0.shell("mkdir sub && git mv dockmill.toml app dockerfiles sub").ended(0);
    project.commit("moved");
    project.0.write(".git/hooks/pre-commit", "#!/bin/sh\nunset GIT_WORK_TREE; exec dockmill -C sub render\n");
    project.0.shell("chmod +x .git/hooks/pre-commit; git worktree add -q -b other linked").ended(0);
    project.0.edit("linked/sub/app/Dockerfile.dockmill", "RUN one", "RUN 1");
    project.0.shell("cd linked && git commit -qam changed").ended(0);
    assert!(project.0.read(&format!("linked/sub/{A}")).contains("RUN 1\n"));
    assert!(project.0.read(&format!("sub/{A}")).contains("RUN one\n"));
    // An edit there is an edit.
    project.0.edit(&format!("linked/sub/{A}"), "RUN two", "RUN by hand");
    project.0.shell("cd linked && git commit -qam edited").ended(1);
}

/// A hook's variables lead to the repository of the commit, the project is in a submodule.
#[test]
fn a_project_in_a_submodule_is_looked_up_there() {
    let project = small();
    let outer = Folder::new();
    let inner = project.0.path().to_str().unwrap();
    let commands = format!(
        "git init -q . && git config user.name t && git config user.email t@example.org && \
         git -c protocol.file.allow=always submodule add -q {inner} sub && git commit -qm start"
    );
    outer.shell(&commands).ended(0);
    outer.write(".git/hooks/pre-commit", "#!/bin/sh\nexec dockmill -C sub render\n");
    outer.shell("chmod +x .git/hooks/pre-commit").ended(0);
    outer.edit("sub/app/Dockerfile.dockmill", "RUN one", "RUN 1");
    outer.shell("git commit -q --allow-empty -m x").ended(0);
    assert!(outer.read(&format!("sub/{A}")).contains("RUN 1\n"));
}

#[test]
fn a_family_whose_outputs_are_committed_is_taken_over() {
    let releases: Vec<String> = (0..70).map(|number| format!("r{number}")).collect();
    let manifest = MANIFEST.replace("\"a\", \"b\"", &format!("'{}'", releases.join("', '")));
    let project = Repository::new(&[("dockmill.toml", &manifest), ("app/Dockerfile.dockmill", TEMPLATE)]);
    project.0.shell("rm -r .dockmill; find dockerfiles -type f | xargs sed -i '/^# Generated/d'").ended(0);
    project.commit("foreign");
    let checked = project.0.dockmill(&["check"]).ended(1);
    assert_eq!(checked.stdout, "70 files lack dockmill's header: app/*\n");
    let rendered = project.render();
    assert_eq!((rendered.stdout.as_str(), rendered.stderr.as_str()), ("", "70 outputs, 70 taken over\n"));
    project.commit("ours");
    project.is_clean();
    // Edits of many are told as one.
    project.0.shell("find dockerfiles -type f | xargs sed -i 's/RUN two/RUN 2/'").ended(0);
    let refused = project.0.dockmill(&["render"]).ended(2);
    assert!(refused.stderr.contains("error[edited-output]: 70 files were edited by hand"), "{}", refused.stderr);
    assert!(refused.stderr.contains("app/*") && refused.stderr.contains("1 error\n"), "{}", refused.stderr);
}

/// Two projects of one folder have lists of their own.
#[test]
fn each_manifest_has_its_list() {
    let project = headless();
    let other =
        MANIFEST.replace("shop", "other").replace("[axis]", "header = false\noutput = \"other/@{release}\"\n[axis]");
    project.0.write("other.toml", &other);
    project.0.dockmill(&["render", "--file", "other.toml"]).ended(0);
    assert_eq!(project.0.read("other.outputs"), "other/a\nother/b\n");
    project.commit("other");
    project.is_clean();
    project.0.dockmill(&["check", "--file", "other.toml"]).ended(0);
    // Order, doubles and paths that are not there are no fault.
    project.0.write("other.outputs", "other/b\nother/gone\n\nother/a\nother/b\n");
    project.git("add -A");
    for arguments in [&["check", "--file", "other.toml"][..], &["check", "--staged", "--file", "other.toml"]] {
        assert_eq!(project.0.dockmill(arguments).ended(0).stdout, "");
    }
}

/// A file beside outputs that an image has no more in `files`.
#[test]
fn a_file_that_is_copied_no_more_is_removed() {
    for header in ["", "header = false\n"] {
        let project = headless();
        project.0.edit("dockmill.toml", "header = false\n", header);
        project.render();
        project.commit("headers");
        project.0.edit("dockmill.toml", "files = [\"run.sh\"]\n", "");
        let gone = ["a", "b"].map(|release| format!("dockerfiles/app/{release}/run.sh"));
        let told = project.0.dockmill(&["check"]).ended(1).stdout;
        assert_eq!(told, gone.each_ref().map(|path| format!("{path} is made by no target any more\n")).concat());
        let rendered = project.render().stdout;
        assert!(gone.iter().all(|path| rendered.contains(&format!("removed {path}\n"))), "{rendered}");
        assert!(gone.iter().all(|path| !project.0.file(path).exists()) && project.0.file(A).exists());
        project.commit("dropped");
        project.is_clean();
    }
}

/// Its header still says whose it is, so that it is told until the header is out.
#[test]
fn an_edited_left_over_with_a_header_is_told_until_that_is_taken_out() {
    let project = small();
    let edited = project.0.read(B) + "RUN by hand\n";
    project.0.write(B, &edited);
    project.0.edit("dockmill.toml", ", \"b\"", "");
    for _ in 0..2 {
        let refused = project.0.dockmill(&["render"]).ended(2).stderr;
        assert!(
            refused.contains("error[edited-output]") && refused.contains("take the header out to keep the file"),
            "{refused}"
        );
        assert_eq!(project.0.read(B), edited);
    }
    project.0.shell(&format!("sed -i '/^# Generated/d' {B}")).ended(0);
    assert_eq!(project.render().stderr, "1 output, all up to date\n");
}

/// git was told to skip a file, without a sparse checkout.
#[test]
fn what_git_was_told_to_skip_is_not_written() {
    let project = small();
    project.git(&format!("update-index --skip-worktree {A} && rm -r dockerfiles"));
    let checked = project.0.dockmill(&["check"]).ended(1).stdout;
    assert_eq!(checked, format!("{B} is missing\n"));
    assert_eq!(project.render().stdout, format!("created {B}\n"));
    assert!(!project.0.file(A).exists());
    project.is_clean();
}

#[test]
fn an_edited_left_over_is_kept_and_told_once() {
    let project = headless();
    project.0.write(B, "by hand\n");
    project.0.edit("dockmill.toml", ", \"b\"", "");
    let checked = project.0.dockmill(&["check"]).ended(1);
    assert!(checked.stdout.contains("is made by no target any more and was edited by hand"), "{}", checked.stdout);
    let rendered = project.render();
    assert!(rendered.stderr.contains("it is kept, and is dockmill's no more"), "{}", rendered.stderr);
    assert_eq!(project.0.read(B), "by hand\n");
    assert_eq!(project.render().stderr, "1 output, all up to date\n");
    project.0.dockmill(&["check"]).ended(0);
}

/// `git checkout` puts the list of outputs back, and leaves the files that it named.
#[test]
fn what_a_checkout_leaves_without_a_header_is_removed() {
    let project = headless();
    let (output, beside) = ("dockerfiles/app/c/Dockerfile", "dockerfiles/app/c/run.sh");
    let add_and_undo = || {
        project.0.edit("dockmill.toml", ", \"b\"", ", \"b\", \"c\"");
        project.render();
        project.git("checkout -q .");
        assert!(!project.0.read("dockmill.outputs").contains("/c/"));
    };
    add_and_undo();
    // Who has no record cannot know.
    project.0.shell("mv .dockmill ..").ended(0);
    project.0.dockmill(&["check"]).ended(0);
    project.0.shell("mv ../.dockmill .").ended(0);
    let gone = |path: &str| format!("{path} is made by no target any more");
    let checked = project.0.dockmill(&["check"]).ended(1);
    assert_eq!(checked.stdout, format!("{}\n{}\n", gone(output), gone(beside)));
    assert_eq!(project.render().stdout, format!("removed {output}\nremoved {beside}\n"));
    assert!(!project.0.file("dockerfiles/app/c").exists());
    project.is_clean();
    // What is there later is somebody's.
    project.0.write(beside, "mine\n");
    project.0.dockmill(&["check"]).ended(0);
    project.0.shell("rm -r dockerfiles/app/c").ended(0);
    // One that was edited is, too, and that is told once.
    add_and_undo();
    project.0.write(beside, "by hand\n");
    let checked = project.0.dockmill(&["check"]).ended(1);
    assert_eq!(checked.stdout, format!("{}\n{} and was edited by hand\n", gone(output), gone(beside)));
    let rendered = project.render();
    assert_eq!(rendered.stdout, format!("removed {output}\n"));
    let told = format!("no target makes `{beside}` any more, but it was edited by hand");
    assert!(rendered.stderr.contains(&told), "{}", rendered.stderr);
    assert!(rendered.stderr.contains("it is kept, and is dockmill's no more\n"), "{}", rendered.stderr);
    assert_eq!(project.0.read(beside), "by hand\n");
    assert_eq!(project.render().stderr, "2 outputs, all up to date\n");
    project.0.dockmill(&["check"]).ended(0);
}

/// Files that were made here once and have been taken over stay, though they hold what was made.
#[test]
fn what_was_made_here_and_is_somebodys_now_stays() {
    let project = headless();
    let beside = "dockerfiles/app/b/run.sh";
    let drop = || project.0.edit("dockmill.toml", ", \"b\"", "");
    let stays = || {
        project.0.dockmill(&["check"]).ended(0);
        project.render();
        assert!(project.0.file(beside).exists());
    };
    // The list was told, and the commit has the file.
    drop();
    project.0.shell("sed -i '/app.b/d' dockmill.outputs && git rm -q dockerfiles/app/b/Dockerfile").ended(0);
    project.commit("taken");
    stays();
    project.git("reset -q --hard HEAD~");
    // Another project has it.
    drop();
    project.0.shell("sed -i '/app.b/d' dockmill.outputs && rm dockerfiles/app/b/Dockerfile").ended(0);
    project.0.write("dockerfiles/app/b/dockmill.toml", &MANIFEST.replace("shop", "other"));
    stays();
    project.0.shell("rm dockerfiles/app/b/dockmill.toml").ended(0);
    // It is a source now.
    project.0.edit(
        "dockmill.toml",
        "files = [\"run.sh\"]",
        "files = [{ from = \"../dockerfiles/app/b/run.sh\", to = \"run.sh\" }]",
    );
    stays();
}

/// A list can name what the project itself is made of.
#[test]
fn a_list_does_not_make_dockmill_remove_what_it_reads() {
    let project = small();
    project.0.write("dockmill.outputs", "app/Dockerfile.dockmill\ndockmill.toml\ndockmill.outputs\n");
    project.commit("hostile");
    for command in ["render", "clean"] {
        let ran = project.0.dockmill(&[command]).ended(2);
        assert!(
            ran.stderr.contains("cannot remove `app/Dockerfile.dockmill`: templates are read from it"),
            "{}",
            ran.stderr
        );
        assert!(project.0.file("dockmill.toml").exists() && project.0.file("app/Dockerfile.dockmill").exists());
    }
}

#[test]
fn many_that_clean_keeps_are_told_as_one() {
    let releases: Vec<String> = (0..20).map(|number| format!("'r{number}'")).collect();
    let manifest = MANIFEST.replace("\"a\", \"b\"", &releases.join(", "));
    let project = Repository::new(&[("dockmill.toml", &manifest), ("app/Dockerfile.dockmill", TEMPLATE)]);
    project.0.shell("find dockerfiles -type f | xargs sed -i 's/RUN two/RUN 2/'").ended(0);
    let ran = project.0.dockmill(&["clean"]).ended(0);
    assert!(
        ran.stderr.starts_with("kept: 20 files were edited by hand: dockerfiles/app/r0/Dockerfile, "),
        "{}",
        ran.stderr
    );
}

/// What stands where a file is to be copied to is somebody's, though git has it, until it is said that it may go.
#[test]
fn a_file_in_the_place_of_a_copy_is_not_taken_for_ours() {
    let project = small();
    let beside = ["a", "b"].map(|release| format!("dockerfiles/app/{release}/run.sh"));
    project.0.write(&beside[0], "by hand\n");
    project.0.write(&beside[1], "echo\n");
    project.0.write("app/run.sh", "echo\n");
    project.commit("foreign");
    project.0.write("dockmill.toml", &(MANIFEST.to_owned() + "files = [\"run.sh\"]\n"));
    let refused = project.0.dockmill(&["render"]).ended(2);
    assert!(refused.stderr.contains(&format!("`{}` was not written by dockmill", beside[0])), "{}", refused.stderr);
    assert_eq!(project.0.read(&beside[0]), "by hand\n");
    // The other has the very bytes that it is to have.
    assert_eq!(project.0.read("dockmill.outputs"), format!("{}\n", beside[1]));
    project.0.dockmill(&["render", "--force", "app/a"]).ended(0);
    assert_eq!(project.0.read("dockmill.outputs"), format!("{}\n{}\n", beside[0], beside[1]));
    project.commit("ours");
    project.is_clean();
}

/// Version 0.1 named the files beside an output in its header, and had no list.
#[test]
fn files_beside_outputs_of_the_version_before_are_ours() {
    let project = headless();
    let owner = "printf 'shop\\0dockerfiles/app/a/Dockerfile' | sha256sum | cut -c1-8";
    let owner = project.0.shell(owner).ended(0).stdout;
    let mark = format!("<<{}0123456789abcdef run.sh=0123456789abcdef>>", owner.trim());
    let header = "# Generated by dockmill from app/Dockerfile.dockmill (release=a). Do not edit.";
    project.0.write(A, &format!("{header} {mark}\n{}", project.0.read(A)));
    project.0.shell("rm -r .dockmill dockmill.outputs").ended(0);
    project.0.edit("dockmill.toml", "header = false\n", "");
    project.commit("before");
    project.0.write("app/run.sh", "changed\n");
    let refused = project.0.dockmill(&["render"]).ended(2);
    // That of `b` is named by no header.
    assert!(refused.stderr.contains("`dockerfiles/app/b/run.sh` was not written by dockmill"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("`dockerfiles/app/a/run.sh`"), "{}", refused.stderr);
    assert_eq!(project.0.read("dockerfiles/app/a/run.sh"), "changed\n");
}

/// A release's tarball, as git and GitHub make it: outputs without a repository to ask about them.
#[test]
fn in_a_tarball_what_is_replaced_is_saved() {
    let project = small();
    let unpacked = Folder::new();
    let tarball = unpacked.file("shop.tar.gz");
    project.git(&format!("archive --format=tar.gz --prefix=shop-1.0/ -o '{}' HEAD", tarball.display()));
    let within = |command: &str| unpacked.shell(&format!("cd shop-1.0 && {command}"));
    unpacked.shell("tar -xzf shop.tar.gz && ! ls -d shop-1.0/.git shop-1.0/.dockmill 2>&1 >/dev/null").ended(0);
    assert_eq!(within("dockmill check").ended(0).stdout, "");
    unpacked.edit("shop-1.0/app/Dockerfile.dockmill", "RUN one", "RUN 1");
    let checked = within("dockmill check").ended(1).stdout;
    let told = format!("{A} is out of date; whether edited cannot be told: not a git repository");
    assert!(checked.starts_with(&told), "{checked}");
    let staged = within("dockmill check --staged").ended(2).stderr;
    assert!(staged.contains("git does not read its index: not a git repository"), "{staged}");
    let old = unpacked.read(&format!("shop-1.0/{A}"));
    let rendered = within("dockmill render").ended(0).stdout;
    assert!(rendered.contains(&format!("saved .dockmill/saved/{A}\nupdated {A}\n")), "{rendered}");
    assert_eq!(unpacked.read(&format!("shop-1.0/.dockmill/saved/{A}")), old);
    within("dockmill check").ended(0);
    // What was written here is known from now on.
    unpacked.edit("shop-1.0/app/Dockerfile.dockmill", "RUN 1", "RUN 2");
    assert_eq!(within("dockmill render").ended(0).stdout, format!("updated {A}\nupdated {B}\n"));
}

/// As a distribution unpacks it in the repository of its packages: git knows none of the files.
#[test]
fn a_tarball_in_another_repository_is_no_edit() {
    let project = small();
    let unpacked = Folder::new();
    let tarball = unpacked.file("shop.tar");
    project.git(&format!("archive --prefix=shop/ -o '{}' HEAD", tarball.display()));
    unpacked.shell("git init -q . && tar -xf shop.tar").ended(0);
    unpacked.edit("shop/app/Dockerfile.dockmill", "RUN one", "RUN 1");
    let checked = unpacked.dockmill(&["-C", "shop", "check"]).ended(1).stdout;
    let told = "is out of date; whether edited cannot be told: git has no file of this project\n";
    assert_eq!(checked, format!("shop/{A} {told}shop/{B} {told}"));
    let old = unpacked.read(&format!("shop/{A}"));
    unpacked.dockmill(&["-C", "shop", "render"]).ended(0);
    assert_eq!(unpacked.read(&format!("shop/.dockmill/saved/{A}")), old);
    // What was written here is known from now on, and an edit of it is one.
    unpacked.edit(&format!("shop/{A}"), "RUN two", "RUN 2");
    unpacked.dockmill(&["-C", "shop", "render"]).ended(2);
}
