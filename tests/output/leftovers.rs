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
    for elsewhere in [".git/x/Dockerfile", ".dockmill/x/Dockerfile", "nested/Dockerfile", "nested/sub/Dockerfile"] {
        project.put(elsewhere, &text);
    }
    project.put("mine/Dockerfile", "FROM a\n");
    project.put("theirs/Dockerfile", text.replace("project debbase", "project other"));
    project.put("nested/dockmill.toml", "");
    project.put("dockmill.toml", "");
    std::os::unix::fs::symlink("a", project.path("link")).unwrap();
    assert_eq!(
        paths(&project, &["made/Dockerfile"]),
        ["Containerfile.y", "a/Dockerfile", "b/x.Dockerfile", "b/x.docker"]
    );
}

#[test]
fn files_without_a_header_are_left_over_by_the_list() {
    let project = Project::new();
    let companions = [("a/b/run.sh", "echo\n", 0o755), ("a/b/etc/x", "", 0o644), ("a/b/shared", "", 0o644)];
    project.write(&project.file("a/b/Dockerfile", "FROM a\n", &companions), false).unwrap();
    project.put("mine", "");
    project.put("dockmill.outputs", "mine\na/b/shared\na/b/run.sh\na/b/etc/x\na/b/run.sh\nnot/there\n");
    let found = find(&project, &["a/b/shared", "mine"]);
    let paths: Vec<&str> = found.files.iter().map(|leftover| leftover.path.as_str()).collect();
    assert_eq!(paths, ["a/b/Dockerfile", "a/b/etc/x", "a/b/run.sh"]);
    for leftover in &found.files {
        assert_eq!(project.outputs().remove(leftover, false).unwrap().len(), 1);
    }
    assert_eq!(project.tree(), ["a/", "a/b/", "a/b/shared", "dockmill.outputs", "mine"]);
}

/// Anyone can write a list: it must not make dockmill remove what it never made.
#[test]
fn a_forged_list_reaches_nothing_else() {
    let project = Project::new();
    project.put("precious", "mine\n");
    project.commit();
    let outside = tempfile::NamedTempFile::new_in(project.root().parent().unwrap()).unwrap();
    let name = outside.path().file_name().unwrap().to_str().unwrap();
    let absolute = outside.path().to_str().unwrap();
    project.put("dockmill.outputs", format!(".git/HEAD\n.GIT/HEAD\n{absolute}\n../{name}\na/../../{name}\nprecious\n"));
    assert_eq!(paths(&project, &[]), ["precious"]);
    project.put("precious", "more\n");
    assert!(find(&project, &[]).files[0].is_edited());
}

#[test]
fn an_edited_leftover_is_kept() {
    let project = Project::new();
    let file = project.file("a/Dockerfile", "FROM a\n", &[("a/run.sh", "1\n", 0o644)]);
    project.write(&file, false).unwrap();
    project.put("dockmill.outputs", "a/run.sh\n");
    project.put("a/Dockerfile", project.read("a/Dockerfile") + "RUN more\n");
    project.put("a/run.sh", "2\n");
    let found = find(&project, &[]);
    assert_eq!(found.files.iter().map(|found| found.state.clone()).collect::<Vec<_>>(), [EDITED, EDITED]);
    let tree = project.tree();
    for leftover in &found.files {
        assert_eq!(project.outputs().remove(leftover, false).unwrap(), []);
    }
    assert_eq!(project.tree(), tree);
    for leftover in &found.files {
        let changes = project.outputs().remove(leftover, true).unwrap();
        let path = &leftover.path;
        let expected = [format!("s .dockmill/saved/{path}"), format!("- {path}")];
        assert_eq!(changes.iter().map(told).collect::<Vec<_>>(), expected);
    }
    assert_eq!(project.read(".dockmill/saved/a/run.sh"), "2\n");
    assert_eq!(project.tree(), ["dockmill.outputs"]);
}

#[test]
fn line_breaks_of_a_checkout_are_no_edit() {
    let project = Project::new();
    let file = project.file("a/Dockerfile", "FROM a\n", &[]);
    project.write(&file, false).unwrap();
    project.put("a/Dockerfile", to_crlf(std::str::from_utf8(&file.bytes).unwrap()));
    assert!(!find(&project, &[]).files[0].is_edited());
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
