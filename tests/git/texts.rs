//! Texts that are made from all targets: whole files, and regions of files that people edit.

use super::*;

const TAGS: &str = "@foreach(t, targets)\n- @{t.id}: @{t.tags|join(\", \")}\n@end\n";
const README: &str =
    "# Shop\n\nAbout\n\n<!-- dockmill:begin tags -->\n<!-- dockmill:end tags -->\n\none\ntwo\nthree\nfour\nLast\n";

/// A project whose README has a region, and which has a list as a file of its own.
fn with_texts() -> Repository {
    let manifest = MANIFEST.to_owned()
        + "tags = [\"acme/app:@{release}\"]\n[text.tags]\ntemplate = \"tags.dockmill\"\ninto = \"README.md\"\n\
           [text.list]\ntemplate = \"tags.dockmill\"\noutput = \"list.md\"\n";
    Repository::new(&[
        ("dockmill.toml", &manifest),
        ("app/Dockerfile.dockmill", TEMPLATE),
        ("tags.dockmill", TAGS),
        ("README.md", README),
    ])
}

#[test]
fn people_and_dockmill_edit_one_file() {
    let project = with_texts();
    project.diverge(
        "words",
        |folder| folder.edit("README.md", "About", "About us"),
        |folder| folder.edit("dockmill.toml", "acme/app", "shop/app"),
    );
    project.git("merge -q --no-edit words");
    project.is_clean();
    let readme = project.0.read("README.md");
    assert!(readme.contains("About us\n") && readme.contains("- app/a: shop/app:a\n"), "{readme}");
    // What people write is nothing that `render` asks about.
    project.0.edit("README.md", "Last", "The last");
    assert!(project.0.dockmill(&["check"]).ended(0).stderr.contains("4 outputs, all up to date"));
    project.render();
    assert!(project.0.read("README.md").ends_with("The last\n"));
}

#[test]
fn a_conflict_within_a_region_is_written_anew() {
    let project = with_texts();
    project.diverge(
        "corp",
        |folder| folder.edit("dockmill.toml", "acme/app", "corp/app"),
        |folder| folder.edit("dockmill.toml", "acme/app", "shop/app"),
    );
    project.0.shell("git merge -q --no-edit corp").ended(1);
    project.git("checkout -q --ours dockmill.toml");
    let checked = project.0.dockmill(&["check", "text"]).ended(1);
    assert!(checked.stdout.contains("README.md has an unresolved conflict of git at line 6\n"), "{}", checked.stdout);
    project.render();
    let readme = project.0.read("README.md");
    assert!(!readme.contains("<<<<<<<") && readme.contains("- app/a: shop/app:a\n"), "{readme}");
    project.commit("merged");
    project.is_clean();
}

#[test]
fn what_git_has_of_a_region_is_replaced() {
    let project = with_texts();
    // A clone knows nothing of what was written elsewhere.
    project.git("clone -q . clone");
    let clone = |command: &str| project.0.shell(&format!("cd clone && {command}"));
    clone("sed -i 's/acme/shop/' dockmill.toml && sed -i 's/About/My words/' README.md && dockmill render").ended(0);
    assert!(
        project.0.read("clone/README.md").contains("My words\n\n<!-- dockmill:begin tags -->\n- app/a: shop/app:a\n")
    );
    // What someone wrote into the region is theirs until it is committed.
    clone("sed -i 's/shop.app:a/mine/' README.md && dockmill render").ended(2);
    clone("git add -A && git -c user.name=t -c user.email=t@e commit -q -m mine && dockmill render").ended(0);
    assert!(project.0.read("clone/README.md").contains("- app/a: shop/app:a\n"));
}

#[test]
fn only_the_staged_region_counts() {
    let project = with_texts();
    let staged = |status: i32| project.0.dockmill(&["check", "--staged"]).ended(status);
    staged(0);
    project.0.edit("README.md", "About", "Not staged");
    staged(0);
    project.0.edit("dockmill.toml", "acme/app", "shop/app");
    project.render();
    project.git("add dockmill.toml dockerfiles list.md");
    let checked = staged(1);
    assert_eq!(checked.stdout, "README.md is not what the staged templates make\n");
    assert!(checked.stderr.ends_with(": `git add -- README.md`\n"), "{}", checked.stderr);
    project.git("add README.md");
    staged(0);
    project.0.write("tags.dockmill", "@{targets|length}\n");
    project.git("add tags.dockmill");
    let checked = staged(1);
    let words = "is not what the staged templates make";
    assert_eq!(checked.stdout, format!("README.md {words}\nlist.md {words}\n"));
}

#[test]
fn a_revision_is_compared_region_by_region() {
    let project = with_texts();
    project.0.edit("README.md", "About", "Other words");
    project.0.edit("dockmill.toml", "acme/app", "shop/app");
    let shown = project.0.dockmill(&["diff", "--against", "HEAD", "text"]).ended(1).stdout;
    assert!(shown.contains("text/list") && shown.contains("text/tags"), "{shown}");
    assert!(shown.contains("   + - app/a: shop/app:a\n"), "{shown}");
    assert!(!shown.contains("+Other words"), "{shown}");
}
