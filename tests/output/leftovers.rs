//! Outputs that no target makes any more.

use dockmill::output::{Made, Names};

use super::*;

fn find(project: &Project, made: &[&str]) -> dockmill::output::Leftovers {
    let mut set = Made::default();
    for path in made {
        set.insert(Utf8Path::new(path));
    }
    let mut names = Names::default();
    names.add(Utf8Path::new("elsewhere/X.Docker"));
    project.outputs().leftovers(&names, &set)
}

fn paths(project: &Project, made: &[&str]) -> Vec<String> {
    find(project, made).files.into_iter().map(|leftover| leftover.path.into_string()).collect()
}

#[test]
fn only_own_outputs_at_their_own_place_are_left_over() {
    let project = Project::new();
    let files =
        ["a/Dockerfile", "b/x.Dockerfile", "b/x.docker", "Containerfile.y", "made/Dockerfile", "named/otherwise"];
    for path in files {
        project.write(&project.file(path, "# escape=`\nFROM a\n", &[]), false).unwrap();
    }
    let text = project.read("a/Dockerfile");
    for copy in ["copy/Dockerfile", ".git/Dockerfile", ".dockmill/Dockerfile", "nested/Dockerfile"] {
        project.put(copy, &text);
    }
    project.put("mine/Dockerfile", "FROM a\n");
    for elsewhere in [".git/x/Dockerfile", ".dockmill/x/Dockerfile", "nested/sub/Dockerfile"] {
        project.put(elsewhere, project.file(elsewhere, "FROM a\n", &[]).bytes);
    }
    project.put("nested/dockmill.toml", "");
    project.put("dockmill.toml", "");
    std::os::unix::fs::symlink("a", project.path("link")).unwrap();
    assert_eq!(
        paths(&project, &["made/Dockerfile"]),
        ["Containerfile.y", "a/Dockerfile", "b/x.Dockerfile", "b/x.docker"]
    );
}

#[test]
fn a_leftover_goes_with_its_companions_and_folders() {
    let project = Project::new();
    let companions = [("a/b/run.sh", "echo\n", 0o755), ("a/b/etc/x", "", 0o644), ("a/b/shared", "", 0o644)];
    project.write(&project.file("a/b/Dockerfile", "FROM a\n", &companions), false).unwrap();
    let found = find(&project, &["a/b/shared"]);
    assert_eq!(found.files[0].companions, ["a/b/run.sh", "a/b/etc/x"]);
    assert_eq!(found.files[0].edited, [""; 0]);
    assert_eq!(project.outputs().remove(&found.files[0], false).unwrap().len(), 3);
    assert_eq!(project.tree(), ["a/", "a/b/", "a/b/shared"]);
}

/// Anyone can write a mark that fits: it must not make dockmill remove what it never made.
#[test]
fn a_forged_mark_reaches_nothing_else() {
    let project = Project::new();
    project.put(".git/HEAD", "ref: refs/heads/main\n");
    project.put("precious", "mine\n");
    for (output, companion, text) in [
        ("Dockerfile", ".git/HEAD", "ref: refs/heads/main\n"),
        ("a.Dockerfile", ".GIT/HEAD", "ref: refs/heads/main\n"),
        ("a/Dockerfile", "/precious", "mine\n"),
        ("b/Dockerfile", "../precious", "mine\n"),
    ] {
        project.put(output, project.file(output, "FROM a\n", &[(companion, text, 0o644)]).bytes);
    }
    assert_eq!(find(&project, &[]).files, []);
}

#[test]
fn an_edited_leftover_is_kept() {
    let project = Project::new();
    for folder in ["a", "b"] {
        let run = format!("{folder}/run.sh");
        project
            .write(&project.file(&format!("{folder}/Dockerfile"), "FROM a\n", &[(&run, "1\n", 0o644)]), false)
            .unwrap();
    }
    project.put("a/Dockerfile", project.read("a/Dockerfile") + "RUN more\n");
    project.put("b/run.sh", "2\n");
    let found = find(&project, &[]);
    assert_eq!(found.files[0].edited, ["a/Dockerfile"]);
    assert_eq!(found.files[1].edited, ["b/run.sh"]);
    let tree = project.tree();
    for leftover in &found.files {
        assert_eq!(project.outputs().remove(leftover, false).unwrap(), []);
    }
    assert_eq!(project.tree(), tree);
    for leftover in &found.files {
        assert_eq!(project.outputs().remove(leftover, true).unwrap().len(), 2);
    }
    assert_eq!(project.tree(), [""; 0]);
}

#[test]
fn line_breaks_of_a_checkout_are_no_edit() {
    let project = Project::new();
    let file = project.file("a/Dockerfile", "FROM a\n", &[("a/run.sh", "1\n", 0o644)]);
    project.put("a/Dockerfile", to_crlf(std::str::from_utf8(&file.bytes).unwrap()));
    project.put("a/run.sh", "1\r\n");
    assert_eq!(find(&project, &[]).files[0].edited, [""; 0]);
}

#[test]
fn folders_that_cannot_be_read_are_told() {
    let project = Project::new();
    fs::create_dir(project.path("locked")).unwrap();
    set_mode(&project.path("locked"), 0o000);
    // Root may read everything.
    if fs::read_dir(project.path("locked")).is_err() {
        assert_eq!(find(&project, &[]).unread[0].message, "cannot read `locked`: permission denied");
    }
    set_mode(&project.path("locked"), 0o755);
}
