//! Branches that are merged.

use std::fmt::Write as _;

use super::*;

/// 42 services on 12 releases: one branch changes a line of the macro that all use, the other adds a line to each service.
#[test]
fn branches_that_change_504_outputs_merge() {
    let mut manifest = "[project]\nname = \"fleet\"\n[axis]\nrelease = 'range(12)'\n".to_owned();
    let mut files =
        vec![("lib/base.dockmill".to_owned(), "@define(base)\nRUN base one\nRUN base two\n@end\n".to_owned())];
    let service = |number: usize| format!("s{number}/Dockerfile.dockmill");
    for number in 0..42 {
        let _ = write!(manifest, "[image.s{number}]\nmatrix = [\"release\"]\n");
        let text =
            "@import(\"../lib/base.dockmill\")\nFROM debian:@{release}\n@base()\nENV A=1\nENV B=2\nENV C=3\nCMD run\n";
        files.push((service(number), text.to_owned()));
    }
    files.push(("dockmill.toml".to_owned(), manifest));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let fleet = Repository::new(&files);

    fleet.git("checkout -q -b lines");
    for number in 0..42 {
        fleet.0.edit(&service(number), "ENV C=3\n", "ENV C=3\nENV D=4\n");
    }
    fleet.render();
    fleet.commit("lines");
    fleet.git("checkout -q main");
    fleet.0.edit("lib/base.dockmill", "RUN base one", "RUN base zero");
    let rendered = fleet.render();
    assert!(rendered.stderr.contains("504 outputs, 504 written"), "{}", rendered.stderr);
    fleet.commit("macro");
    // Each line of the change is one of the text's.
    let changed = fleet.git("show --numstat --format= HEAD -- dockerfiles").stdout;
    assert!(changed.lines().count() == 504 && changed.lines().all(|line| line.starts_with("1\t1\t")), "{changed}");

    fleet.git("merge -q --no-edit lines");
    let checked = fleet.0.dockmill(&["check"]).ended(0);
    assert!(checked.stderr.contains("504 outputs, all up to date"), "{}", checked.stderr);
    fleet.is_clean();
}

/// One side drops a release, the other changes a line of all outputs: git leaves the file that one removed and the other
/// changed, and no target makes it.
fn one_side_drops_what_the_other_changes(project: &Repository) {
    project.diverge(
        "drop",
        |folder| folder.edit("dockmill.toml", ", \"b\"", ""),
        |folder| folder.edit("app/Dockerfile.dockmill", "RUN five", "RUN 5"),
    );
    project.0.shell("git merge -q --no-edit drop").ended(1);
    assert!(project.0.file(B).exists(), "git leaves it");
    let checked = project.0.dockmill(&["check"]).ended(1);
    assert!(checked.stdout.contains(&format!("{B} is made by no target any more\n")), "{}", checked.stdout);
    let rendered = project.render();
    assert!(rendered.stdout.contains(&format!("removed {B}\n")), "{}", rendered.stdout);
    project.commit("merged");
    project.is_clean();
}

#[test]
fn a_dropped_output_does_not_outlive_a_merge() {
    one_side_drops_what_the_other_changes(&small());
}

#[test]
fn a_dropped_output_without_a_header_does_not_outlive_a_merge() {
    one_side_drops_what_the_other_changes(&headless());
}

/// Both sides change the same line of the template: the outputs have the same conflicts. When the template's is resolved, the
/// outputs are written, and what git had made of them is kept.
#[test]
fn conflicts_in_outputs_are_resolved_by_rendering() {
    for way in [
        "merge -q --no-edit other",
        "rebase -q other",
        "cherry-pick other",
        "merge -q --squash other",
        "revert --no-edit HEAD~",
    ] {
        let project = small();
        project.diverge(
            "other",
            |folder| folder.edit("app/Dockerfile.dockmill", "RUN one", "RUN other"),
            |folder| folder.edit("app/Dockerfile.dockmill", "RUN one", "RUN mine"),
        );
        if way.starts_with("revert") {
            project.0.edit("app/Dockerfile.dockmill", "RUN mine", "RUN later");
            project.render();
            project.commit("later");
        }
        project.0.shell(&format!("git {way}")).ended(1);
        assert!(project.0.read(A).contains("<<<<<<<"), "{way}");
        // A template with conflict markers is no template.
        project.0.dockmill(&["render"]).ended(2);
        project.0.write("app/Dockerfile.dockmill", &TEMPLATE.replace("RUN one", "RUN both"));
        let rendered = project.render();
        assert!(rendered.stdout.contains(&format!("saved .dockmill/saved/{A}\nupdated {A}\n")), "{}", rendered.stdout);
        assert!(project.0.read(&format!(".dockmill/saved/{A}")).contains("<<<<<<<"));
        let go_on = match way.split(' ').next() {
            Some("rebase") => "git add -A && GIT_EDITOR=true git rebase --continue",
            Some("cherry-pick") => "git add -A && GIT_EDITOR=true git cherry-pick --continue",
            Some("revert") => "git add -A && GIT_EDITOR=true git revert --continue",
            _ => "git add -A && git commit -q -m merged",
        };
        project.0.shell(go_on).ended(0);
        project.is_clean();
    }
}

/// Conflicts in outputs only, as each side has another line from another file next to the other's.
#[test]
fn outputs_conflict_where_templates_do_not() {
    let project = parted();
    project.0.shell("git merge -q --no-edit other").ended(1);
    project.render();
    assert!(project.0.read(A).ends_with("RUN 1\nRUN 2\n"));
    project.commit("merged");
    project.is_clean();
}

/// Two branches add outputs without a header: the lists conflict, and are merged as a set.
#[test]
fn lists_of_outputs_merge() {
    let project = headless();
    let before = project.0.read("dockmill.outputs");
    project.diverge(
        "other",
        |folder| folder.edit("dockmill.toml", "\"b\"", "\"b\", \"c\""),
        |folder| folder.edit("dockmill.toml", "\"b\"", "\"b\", \"d\""),
    );
    project.0.shell("git merge -q --no-edit other").ended(1);
    project.0.edit("dockmill.toml", "<<<<<<< HEAD\n", "");
    let text = project.0.read("dockmill.toml");
    let release = text.lines().find(|line| line.starts_with("release")).unwrap();
    let resolved = MANIFEST.replace("[axis]", "header = false\n[axis]").replace("\"b\"]", "\"b\", \"c\", \"d\"]");
    assert!(release.contains("\"d\""), "{release}");
    project.0.write("dockmill.toml", &(resolved + "files = [\"run.sh\"]\n"));
    project.render();
    let list = project.0.read("dockmill.outputs");
    let (more, less) = (list.lines().count(), before.lines().count());
    assert_eq!((more, less), (8, 4), "{list}");
    project.commit("merged");
    project.is_clean();
}

/// A header of one's own is no mark, so its outputs are on the list: what one side drops does not outlive a merge.
#[test]
fn a_dropped_output_with_a_header_of_ones_own_does_not_outlive_a_merge() {
    let manifest = MANIFEST.replace("[axis]", "header = \"# Ours: @{target.id}\\n\\n\"\n[axis]");
    let project = Repository::new(&[("dockmill.toml", &manifest), ("app/Dockerfile.dockmill", TEMPLATE)]);
    assert!(project.0.read(A).starts_with("# Ours: app/a\n\nFROM debian:a\n"));
    assert_eq!(project.0.read("dockmill.outputs"), format!("{A}\n{B}\n"));
    one_side_drops_what_the_other_changes(&project);
    assert_eq!(project.0.read("dockmill.outputs"), format!("{A}\n"));
}

/// One branch drops a release, the other changes a line of all outputs, and somebody adds what the meeting of both leaves, in a
/// clone that knows nothing of what was written. `ours`: the branch that is there already; `way` brings the other to it.
fn met(ours: &str, way: &str) -> Repository {
    let project = headless();
    project.diverge(
        "drop",
        |folder| folder.edit("dockmill.toml", ", \"b\"", ""),
        |folder| folder.edit("app/Dockerfile.dockmill", "RUN five", "RUN 5"),
    );
    project.git("branch change");
    let theirs = if ours == "drop" { "change" } else { "drop" };
    project.git(&format!("checkout -q {ours}"));
    project.0.shell("rm -r .dockmill").ended(0);
    project.0.shell(&format!("git {way} {theirs}")).ended(1);
    assert!(project.0.file(B).exists(), "git leaves it: {way} {theirs}");
    project
}

const WAYS: [(&str, &str); 4] = [
    ("merge -q --no-edit", "commit -qm merged"),
    ("merge -q --squash", "commit -qm squashed"),
    ("cherry-pick", "-c core.editor=true cherry-pick --continue"),
    ("rebase -q", "-c core.editor=true rebase --continue"),
];

/// `check` tells what is left as soon as git has it, and `render` removes it, wherever both branches meet.
#[test]
fn a_dropped_output_without_a_header_that_was_added_is_told() {
    let gone = format!("{B} is made by no target any more\n");
    for (way, end) in WAYS {
        for ours in ["drop", "change"] {
            let project = met(ours, way);
            assert!(project.0.dockmill(&["check"]).ended(1).stdout.contains(&gone), "{way} on {ours}");
            project.git("add -A");
            for arguments in [&["check"][..], &["check", "--staged"]] {
                let checked = project.0.dockmill(arguments).ended(1);
                assert!(checked.stdout.contains(&gone), "{way} on {ours}: {arguments:?}\n{}", checked.stdout);
            }
            project.render();
            assert!(!project.0.file("dockerfiles/app/b").exists(), "{way} on {ours}");
            project.git(&format!("add -A && git {end}"));
            project.is_clean();
        }
    }
}

/// Committed as it stands it is told, too. A commit of two parents says whose it is, and what a rebase or the like leaves may be
/// meant so: that is a warning, and stays.
#[test]
fn a_dropped_output_without_a_header_that_was_committed_is_told() {
    for (way, end) in WAYS {
        for ours in ["drop", "change"] {
            let project = met(ours, way);
            project.git(&format!("add -A && git {end}"));
            project.commit("more");
            let seen = format!("{way} on {ours}");
            if way.starts_with("merge") && !way.contains("squash") {
                let checked = project.0.dockmill(&["check"]).ended(1);
                assert!(checked.stdout.contains(&format!("{B} is made by no target any more\n")), "{seen}");
                assert!(project.render().stdout.contains(&format!("removed {B}\n")), "{seen}");
            } else {
                for arguments in [&["check"][..], &["check", "--staged"], &["render"]] {
                    let told = project.0.dockmill(arguments).ended(0).stderr;
                    assert!(told.contains("[dropped-output]") && told.contains(B), "{seen}: {arguments:?}\n{told}");
                }
                assert!(project.0.file(B).exists(), "{seen}");
                // Who changes it keeps it.
                project.0.write(B, &(project.0.read(B) + "RUN mine\n"));
                project.commit("kept");
                let told = project.0.dockmill(&["check"]).ended(0).stderr;
                assert!(!told.contains("dropped-output"), "{seen}: {told}");
                continue;
            }
            project.commit("removed");
            project.is_clean();
        }
    }
}

/// A commit that is reverted changed what is dropped by now.
#[test]
fn a_dropped_output_without_a_header_does_not_come_back_by_a_revert() {
    let project = headless();
    project.0.edit("app/Dockerfile.dockmill", "RUN five", "RUN 5");
    project.render();
    project.commit("change");
    project.0.edit("dockmill.toml", ", \"b\"", "");
    project.render();
    project.commit("drop");
    project.0.shell("rm -r .dockmill && git revert --no-edit HEAD~").ended(1);
    project.git("add -A");
    let checked = project.0.dockmill(&["check"]).ended(1);
    assert_eq!(checked.stdout, format!("{B} is made by no target any more\n"));
    project.render();
    project.git("add -A && git -c core.editor=true revert --continue");
    project.is_clean();
}

/// What was taken from the project and written anew is somebody's, and so is what another project in this folder lists.
#[test]
fn what_was_an_output_once_may_be_somebodys() {
    let project = headless();
    project.0.edit("dockmill.toml", ", \"b\"", "");
    project.render();
    project.commit("dropped");
    project.0.write(B, "FROM scratch\nCOPY mine /\n");
    project.commit("mine");
    project.is_clean();
    project.git("checkout -q HEAD~2 -- dockerfiles/app/b");
    project.0.write("other.outputs", &format!("{B}\ndockerfiles/app/b/run.sh\n"));
    project.commit("others");
    assert_eq!(project.0.dockmill(&["check"]).ended(0).stderr, "1 output, all up to date\n");
}
