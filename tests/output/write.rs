//! Writing.

use super::*;

#[test]
fn what_is_current_is_not_touched() {
    let project = Project::new();
    let file = project.file("a/b/Dockerfile", "FROM a\n", &[("a/b/run.sh", "echo\n", 0o755)]);
    project.write(&file, false).unwrap();
    let stamp = |path: &str| {
        let meta = fs::metadata(project.path(path)).unwrap();
        (
            meta.modified().unwrap(),
            std::os::unix::fs::MetadataExt::ino(&meta),
            std::os::unix::fs::MetadataExt::ctime_nsec(&meta),
        )
    };
    let before = (stamp("a/b/Dockerfile"), stamp("a/b/run.sh"), stamp("a/b"));
    assert_eq!(project.write(&file, false), Ok(vec![]));
    assert_eq!(project.write(&file, true), Ok(vec![]));
    assert_eq!((stamp("a/b/Dockerfile"), stamp("a/b/run.sh"), stamp("a/b")), before);
}

#[test]
fn modes_are_kept_and_new_files_have_the_usual_one() {
    let project = Project::new();
    let file = |text: &str, mode| project.file("Dockerfile", text, &[("run.sh", text, mode)]);
    project.write(&file("1\n", 0o755), false).unwrap();
    project.put("usual", "");
    assert_eq!(mode(&project.path("Dockerfile")), mode(&project.path("usual")));
    set_mode(&project.path("Dockerfile"), 0o600);
    set_mode(&project.path("run.sh"), 0o700);
    project.write(&file("2\n", 0o755), false).unwrap();
    assert_eq!(mode(&project.path("Dockerfile")), 0o600);
    assert_eq!(mode(&project.path("run.sh")), 0o700);
    // `x` alone, and together with new bytes.
    assert_eq!(project.write(&file("2\n", 0o644), false), Ok(vec!["x run.sh".into()]));
    assert_eq!(mode(&project.path("run.sh")), 0o600);
    set_mode(&project.path("run.sh"), 0o640);
    project.write(&file("3\n", 0o755), false).unwrap();
    assert_eq!(mode(&project.path("run.sh")), 0o750);
}

#[test]
fn one_run_writes_many_files_into_new_and_old_folders() {
    let project = Project::new();
    project.put("old/mine", "");
    let mut outputs = project.outputs();
    for folder in ["new/a", "new/a/b", "new", "old", "old/c"] {
        for name in ["Dockerfile", "Containerfile"] {
            let shared = format!("{folder}/shared.sh");
            let file = project.file(&format!("{folder}/{name}"), "FROM a\n", &[(&shared, "echo\n", 0o755)]);
            let changes = outputs.write(&file, false).unwrap();
            assert_eq!(changes.len(), if name == "Dockerfile" { 2 } else { 1 }, "{folder}/{name}");
            assert!(outputs.look(&file).unwrap().iter().all(|found| found.state == CURRENT));
        }
    }
    assert_eq!(project.tree().iter().filter(|path| !path.ends_with('/')).count(), 16);
}

#[test]
fn failures_name_the_path_and_the_reason() {
    let project = Project::new();
    let long = format!("{}/Dockerfile", "x".repeat(300));
    assert_eq!(
        project.write(&project.file(&long, "FROM a\n", &[]), false),
        Err(vec![format!("cannot read `{long}`: the name is too long or not allowed here")])
    );
    fs::create_dir(project.path("locked")).unwrap();
    set_mode(&project.path("locked"), 0o555);
    // Root may write everywhere.
    if fs::write(project.path("locked/probe"), "").is_err() {
        assert_eq!(
            project.write(&project.file("locked/Dockerfile", "FROM a\n", &[]), false),
            Err(vec!["cannot write `locked/Dockerfile`: permission denied".into()])
        );
    }
    set_mode(&project.path("locked"), 0o755);
    let missing = Outputs::open(&project.path("missing"), "p", Utf8Path::new("dockmill.toml")).unwrap_err();
    assert!(missing.message.starts_with("cannot open `"), "{}", missing.message);
}

/// `/dev/full` cannot be the project's disk, a read-only mount may not be made here; `/proc` takes no files.
#[test]
fn a_file_system_that_takes_no_files() {
    let project = Project { root: tempfile::tempdir().unwrap(), name: "p" };
    let file = project.file("sys/Dockerfile", "FROM a\n", &[]);
    let mut outputs = Outputs::open(Utf8Path::new("/proc"), "p", Utf8Path::new("dockmill.toml")).unwrap();
    let Err(NotWritten::Failed(refusals)) = outputs.write(&file, false) else { panic!("it was written") };
    assert_eq!(refusals.len(), 1);
    assert!(refusals[0].message.starts_with("cannot write `.dockmill`: "), "{}", refusals[0].message);
}

/// make, a hook and `watch` may all render at one time.
#[test]
fn runs_at_one_time_write_the_same_files() {
    let project = Project::new();
    let file = |n| project.file(&format!("{n}/Dockerfile"), "FROM a\n", &[(&format!("{n}/run.sh"), "x", 0o755)]);
    let files: Vec<OutputFile> = (0..300).map(file).collect();
    let runs: Vec<Outputs> = (0..4).map(|_| project.outputs()).collect();
    let refusals = std::thread::scope(|scope| {
        let run = |mut outputs: Outputs| files.iter().filter_map(|file| outputs.write(file, false).err()).collect();
        let threads: Vec<_> = runs.into_iter().map(|outputs| scope.spawn(move || run(outputs))).collect();
        threads.into_iter().flat_map(|thread| -> Vec<NotWritten> { thread.join().unwrap() }).collect::<Vec<_>>()
    });
    assert_eq!(refusals, []);
}

/// Each run has outputs of its own, and all of them are on the list.
#[test]
fn runs_at_one_time_list_all_of_their_files() {
    let project = Project::new();
    let path = |run: usize, at: usize| Utf8PathBuf::from(format!("{run}/{at}"));
    let runs: Vec<Outputs> = (0..4).map(|_| project.outputs()).collect();
    std::thread::scope(|scope| {
        for (run, mut outputs) in runs.into_iter().enumerate() {
            scope.spawn(move || {
                for at in 0..25 {
                    outputs.list(&[path(run, at)].into_iter().collect()).unwrap();
                }
            });
        }
    });
    let all = (0..4).flat_map(|run| (0..25).map(move |at| path(run, at))).collect();
    assert!(project.outputs().are_listed(&all).unwrap());
    assert_eq!(project.read("dockmill.outputs").lines().count(), 100);
}
