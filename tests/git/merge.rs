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
    for way in ["merge -q --no-edit other", "rebase -q other", "cherry-pick other", "merge -q --squash other"] {
        let project = small();
        project.diverge(
            "other",
            |folder| folder.edit("app/Dockerfile.dockmill", "RUN one", "RUN other"),
            |folder| folder.edit("app/Dockerfile.dockmill", "RUN one", "RUN mine"),
        );
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
