//! What may be overwritten: what git has, or what `render` wrote.

use super::*;

fn files(project: &Project) -> (OutputFile, OutputFile) {
    (project.file("a/Dockerfile", "FROM a\n", &[]), project.file("a/Dockerfile", "FROM b\n", &[]))
}

/// A project whose output was written elsewhere, and holds what this machine has not made.
fn committed() -> (Project, OutputFile) {
    let project = Project::new();
    let (old, new) = files(&project);
    project.put("a/Dockerfile", &old.bytes);
    project.commit();
    (project, new)
}

#[test]
fn what_head_has_is_overwritten_and_what_is_staged_only_is_not() {
    let (project, new) = committed();
    assert_eq!(project.state(&new), State::OutOfDate);
    let text = project.read("a/Dockerfile");
    project.put("a/Dockerfile", text.clone() + "RUN more\n");
    assert_eq!(project.state(&new), EDITED);
    project.shell("git add -A");
    assert_eq!(project.state(&new), EDITED);
    // `git status` does not see it.
    project.shell("git update-index --assume-unchanged a/Dockerfile");
    project.put("a/Dockerfile", text.clone() + "RUN and more\n");
    assert_eq!(project.state(&new), EDITED);
    project.put("a/Dockerfile", text);
    assert_eq!(project.state(&new), State::OutOfDate);
}

#[test]
fn a_checkout_with_other_line_breaks_is_what_head_has() {
    let (project, new) = committed();
    project.shell("git config core.autocrlf true; rm a/Dockerfile; git checkout -q a/Dockerfile");
    assert!(project.read("a/Dockerfile").contains("\r\n"));
    assert_eq!(project.state(&new), State::OutOfDate);
    // The other way: the commit has CR LF, the file LF.
    let text = project.read("a/Dockerfile");
    project.shell("git config core.autocrlf false");
    project.commit();
    project.put("a/Dockerfile", text.replace("\r\n", "\n"));
    assert_eq!(project.state(&new), State::OutOfDate);
    // And where git would convert it: of what is on disk it would make another blob than HEAD's.
    project.shell("git config core.autocrlf true");
    for text in [text.clone(), text.replace("\r\n", "\n")] {
        project.put("a/Dockerfile", text);
        assert_eq!(project.state(&new), State::OutOfDate);
    }
    project.put("a/Dockerfile", text + "RUN more\r\n");
    assert_eq!(project.state(&new), EDITED);
}

#[test]
fn a_filter_of_git_is_followed() {
    let (project, new) = committed();
    project.shell("git config filter.up.clean 'tr b-y B-Y'; git config filter.up.smudge 'tr B-Y b-y'");
    project.put(".gitattributes", "*.file filter=up\n");
    project.put("x.file", "text\n");
    project.put("dockmill.outputs", "x.file\n");
    project.commit();
    let file = OutputFile {
        path: "x.file".into(),
        bytes: b"other\n".to_vec(),
        companions: vec![],
        marked: false,
        regions: vec![],
    };
    assert_eq!(project.state(&file), State::OutOfDate);
    project.put("x.file", "edited\n");
    assert_eq!(project.state(&file), EDITED);
    assert_eq!(project.state(&new), State::OutOfDate);
}

#[test]
fn every_content_that_was_written_can_be_made_again() {
    let project = Project::new();
    project.put("dockmill.toml", "");
    project.commit();
    let (old, new) = files(&project);
    for file in [&old, &new] {
        project.write(file, false).unwrap();
    }
    project.put("a/Dockerfile", &old.bytes);
    assert_eq!(project.state(&new), State::OutOfDate);
    // At another path it was never written.
    project.put("b/Dockerfile", &old.bytes);
    assert_eq!(project.state(&project.file("b/Dockerfile", "FROM b\n", &[])), EDITED);
    assert_eq!(project.read(".dockmill/.gitignore"), "*\n");
}

#[test]
fn where_git_cannot_be_asked_the_file_is_saved() {
    let (project, new) = committed();
    project.shell("rm -rf .git");
    let text = project.read("a/Dockerfile");
    let State::Unknown { reason } = project.state(&new) else { panic!("{:?}", project.state(&new)) };
    assert!(reason.starts_with("not a git repository"), "{reason}");
    let changes = ["s .dockmill/saved/a/Dockerfile".to_owned(), "~ a/Dockerfile".to_owned()];
    assert_eq!(project.write(&new, false), Ok(changes.to_vec()));
    assert_eq!(project.read(".dockmill/saved/a/Dockerfile"), text);
    // From now on the record knows the path.
    project.put("a/Dockerfile", text + "RUN more\n");
    assert_eq!(project.state(&project.file("a/Dockerfile", "FROM c\n", &[])), EDITED);
}

#[test]
fn an_equal_file_is_taken_over() {
    let project = Project::new();
    let (file, other) = files(&project);
    project.put("a/Dockerfile", "FROM a\n");
    assert_eq!(project.state(&other), State::Foreign);
    assert_eq!(project.state(&file), State::Unclaimed);
    assert_eq!(project.write(&file, false), Ok(vec!["= a/Dockerfile".into()]));
    assert_eq!(project.state(&file), CURRENT);
    // A comment of the user's is no header.
    project.put("a/Dockerfile", "# A licence.\nFROM a\n");
    assert_eq!(project.state(&file), State::Foreign);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_written() {
    let (project, new) = committed();
    project.put("b/x", "");
    project.commit();
    project.shell("git sparse-checkout set b");
    assert_eq!(project.state(&new), State::NotCheckedOut);
    assert_eq!(project.write(&new, true), Ok(vec![]));
    assert!(!project.path("a").exists());
    assert_eq!(project.write(&project.file("c/Dockerfile", "FROM a\n", &[]), false), Ok(vec!["+ c/Dockerfile".into()]));
}

#[test]
fn a_merge_that_is_under_way() {
    let (project, new) = committed();
    let text = project.read("a/Dockerfile");
    project.put("b/Dockerfile", text.clone());
    project.commit();
    project.shell("git config user.name t; git config user.email t@example.org; git checkout -qb other");
    project.put("a/Dockerfile", text.replace("FROM a", "FROM c"));
    project.put("b/Dockerfile", text.replace("FROM a", "FROM c"));
    project.commit();
    project.shell("git checkout -q -; git rm -q b/Dockerfile");
    project.put("a/Dockerfile", text.replace("FROM a", "FROM d"));
    project.commit();
    project.shell("! git merge -q other");
    assert_eq!(project.state(&new), State::Unmerged { conflict: Some(2) });
    // One side removed it, the other changed it.
    assert_eq!(project.state(&project.file("b/Dockerfile", "FROM b\n", &[])), State::OutOfDate);
    let conflict = project.read("a/Dockerfile");
    let changes = ["s .dockmill/saved/a/Dockerfile".to_owned(), "~ a/Dockerfile".to_owned()];
    assert_eq!(project.write(&new, false), Ok(changes.to_vec()));
    assert_eq!(project.read(".dockmill/saved/a/Dockerfile"), conflict);
}

#[test]
fn an_unmerged_list_is_merged_as_a_set() {
    let project = Project::new();
    let list = |paths: &str| project.put("dockmill.outputs", paths.replace(' ', "\n") + "\n");
    list("a b c d");
    project.commit();
    project.shell("git config user.name t; git config user.email t@example.org; git checkout -qb other");
    list("a c d x");
    project.commit();
    project.shell("git checkout -q -");
    list("a b d y");
    project.commit();
    project.shell("! git merge -q other");
    assert!(project.read("dockmill.outputs").contains("<<<<<<<"));
    let mut outputs = project.outputs();
    let paths = |text: &str| text.split(' ').map(Utf8PathBuf::from).collect();
    assert!(!outputs.are_listed(&paths("a")).unwrap(), "it has a conflict");
    outputs.list(&paths("a new")).unwrap();
    assert_eq!(project.read("dockmill.outputs"), "a\nd\nnew\nx\ny\n");
    assert!(project.outputs().are_listed(&paths("a new x")).unwrap());
}
