//! The state of what is on disk.

use super::*;

#[test]
fn from_missing_to_current_to_out_of_date() {
    let project = Project::new();
    let (old, new) = (project.file("a/Dockerfile", "FROM a\n", &[]), project.file("a/Dockerfile", "FROM b\n", &[]));
    assert_eq!(project.state(&old), State::Missing);
    project.write(&old, false).unwrap();
    assert_eq!(project.state(&old), CURRENT);
    assert_eq!(project.state(&new), State::OutOfDate);
    project.put("a/Dockerfile", "");
    assert_eq!(project.state(&new), State::OutOfDate);
}

#[test]
fn a_checkout_with_other_line_breaks_is_current() {
    let project = Project::new();
    let file = project.file("Dockerfile", "FROM a\n", &[("run.sh", "#!/bin/sh\n", 0o644)]);
    project.put("Dockerfile", to_crlf(std::str::from_utf8(&file.bytes).unwrap()));
    project.put("run.sh", "#!/bin/sh\r\n");
    assert_eq!(project.states(&file), [State::Current { exact: false }, State::Current { exact: false }]);
    assert_eq!(project.write(&file, false), Ok(vec![]));
    assert!(project.read("Dockerfile").contains("\r\n"));
    assert_eq!(project.write(&file, true), Ok(vec!["~ run.sh".into(), "~ Dockerfile".into()]));
    assert_eq!(project.states(&file), [CURRENT, CURRENT]);
}

#[test]
fn hand_work_is_told_from_generated_work() {
    let project = Project::new();
    let (old, new) = (project.file("Dockerfile", "FROM a\n", &[]), project.file("Dockerfile", "FROM b\n", &[]));
    project.write(&old, false).unwrap();
    let text = String::from_utf8(old.bytes).unwrap();
    let conflict = format!("<<<<<<< HEAD\n{text}=======\n{}>>>>>>> next\n", String::from_utf8_lossy(&new.bytes));
    let cases = [
        (text.clone() + "RUN b\n", EDITED),
        (format!("# A license.\n\n{text}"), EDITED),
        (text.replace("FROM a", "FROM c"), EDITED),
        ("FROM c\n".to_owned(), State::Foreign),
        (format!("FROM a\n{text}"), State::Foreign),
        (conflict, State::Edited { conflict: Some(1) }),
    ];
    for (text, state) in cases {
        project.put("Dockerfile", &text);
        assert_eq!(project.state(&new), state, "{text}");
        assert!(project.write(&new, false).is_err());
        assert_eq!(project.read("Dockerfile"), text);
        let changes = project.write(&new, true).unwrap();
        assert_eq!((changes.len(), &*changes[1]), (2, "~ Dockerfile"));
        assert_eq!(project.read(changes[0].strip_prefix("s ").unwrap()), text);
        assert_eq!(project.state(&new), CURRENT);
    }
    assert_eq!(fs::read_dir(project.path(".dockmill/saved")).unwrap().count(), 6);
}

#[test]
fn outputs_without_a_header_are_known_by_the_list() {
    let project = Project::new();
    let bare = |text: &str| OutputFile {
        path: "x".into(),
        bytes: text.into(),
        companions: vec![],
        marked: false,
        regions: vec![],
    };
    project.put("x", "by hand");
    assert_eq!(project.state(&bare("FROM a\n")), State::Foreign);
    project.put("dockmill.outputs", "x\n");
    assert!(matches!(project.state(&bare("FROM a\n")), State::Unknown { .. }), "there is no git");
    project.commit();
    assert_eq!(project.write(&bare("FROM a\n"), false), Ok(vec!["~ x".into()]));
    assert_eq!(project.write(&bare(""), false), Ok(vec!["~ x".into()]));
    assert_eq!(project.state(&bare("")), CURRENT);
    project.put("x", "by hand again");
    assert_eq!(project.state(&bare("FROM a\n")), EDITED);
}

#[test]
fn companions_have_states_of_their_own() {
    let project = Project::new();
    let with = |text, mode| project.file("a/Dockerfile", "FROM a\n", &[("a/run.sh", text, mode)]);
    let old = with("echo 1\n", 0o755);
    assert_eq!(project.states(&old), [State::Missing, State::Missing]);
    assert_eq!(project.write(&old, false), Ok(vec!["+ a/run.sh".into(), "+ a/Dockerfile".into()]));
    assert_eq!(mode(&project.path("a/run.sh")) & 0o111, 0o111);
    assert_eq!(project.states(&with("echo 2\n", 0o755)), [CURRENT, State::OutOfDate]);
    assert_eq!(project.states(&with("echo 1\n", 0o644)), [CURRENT, State::WrongMode]);
    assert_eq!(project.states(&with("echo 1\n", 0o700)), [CURRENT, CURRENT]);

    // The edit is laid at the door of the companion, not of the Dockerfile.
    project.put("dockmill.outputs", "a/run.sh\n");
    project.put("a/run.sh", "echo 3\n");
    assert_eq!(project.states(&old), [CURRENT, EDITED]);
    assert_eq!(project.write(&with("echo 2\n", 0o755), false), Err(vec!["`a/run.sh` was edited by hand".into()]));
    let saved = "s .dockmill/saved/a/run.sh".to_owned();
    assert_eq!(project.write(&with("echo 2\n", 0o755), true), Ok(vec![saved, "~ a/run.sh".into()]));

    // A file that dockmill did not write stands where a companion is to be.
    let project = Project::new();
    project.put("a/run.sh", "mine\n");
    let file = project.file("a/Dockerfile", "FROM a\n", &[("a/run.sh", "echo\n", 0o755)]);
    assert_eq!(project.states(&file), [State::Missing, State::Foreign]);
    assert_eq!(project.write(&file, false), Err(vec!["`a/run.sh` was not written by dockmill".into()]));
    assert_eq!(project.tree(), ["a/", "a/run.sh"]);
}

#[test]
fn what_is_no_file_of_the_project_is_never_written() {
    use std::os::unix::fs::symlink;
    let project = Project::new();
    let outside = tempfile::tempdir().unwrap();
    let file = |path: &str| project.file(path, "FROM a\n", &[]);
    fs::create_dir(project.path("folder")).unwrap();
    fs::write(outside.path().join("file"), "").unwrap();
    symlink("nowhere", project.path("dangling")).unwrap();
    symlink("circle", project.path("circle")).unwrap();
    symlink(outside.path(), project.path("out")).unwrap();
    symlink(outside.path().join("file"), project.path("out-file")).unwrap();
    symlink("../..", project.path("up")).unwrap();
    project.put("plain", "");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        project.path("pipe").as_std_path(),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    let cases = [
        ("folder", Irregular::Folder, "is a folder"),
        ("dangling", Irregular::DanglingLink, "is a symbolic link that leads nowhere"),
        ("circle", Irregular::DanglingLink, "is a symbolic link that leads nowhere"),
        ("out-file", Irregular::OutsideProject, "leads out of the project by a symbolic link"),
        ("out/file", Irregular::OutsideProject, "leads out of the project by a symbolic link"),
        ("out/new", Irregular::OutsideProject, "leads out of the project by a symbolic link"),
        ("out/new/new", Irregular::OutsideProject, "leads out of the project by a symbolic link"),
        ("up/new", Irregular::OutsideProject, "leads out of the project by a symbolic link"),
        ("plain/a/b", Irregular::BehindFile("plain".into()), "cannot be there: `plain` is a file, not a folder"),
        ("pipe", Irregular::Special, "is no regular file"),
    ];
    for (path, reason, message) in cases {
        assert_eq!(project.state(&file(path)), irregular(reason), "{path}");
        for force in [false, true] {
            assert_eq!(project.write(&file(path), force), Err(vec![format!("`{path}` {message}")]));
        }
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn links_within_the_project_are_followed() {
    use std::os::unix::fs::symlink;
    let project = Project::new();
    let file = |path: &str, text: &str| project.file(path, text, &[]);
    fs::create_dir(project.path("real")).unwrap();
    project.put("real/Dockerfile", "");
    symlink("real/Dockerfile", project.path("link")).unwrap();
    assert_eq!(project.write(&file("link", "FROM a\n"), false), Ok(vec!["~ link".into()]));
    symlink(project.path("real"), project.path("absolute")).unwrap();
    assert_eq!(project.write(&file("link", "FROM b\n"), false), Ok(vec!["~ link".into()]));
    assert!(project.path("link").symlink_metadata().unwrap().is_symlink());
    assert_eq!(project.read("real/Dockerfile").as_bytes(), file("link", "FROM b\n").bytes);
    assert_eq!(project.write(&file("absolute/New", "FROM b\n"), false), Ok(vec!["+ absolute/New".into()]));
    assert_eq!(project.write(&file("absolute/New", "FROM c\n"), false), Ok(vec!["~ absolute/New".into()]));
    assert_eq!(project.tree(), ["absolute", "link", "real/", "real/Dockerfile", "real/New"]);
}
