//! `kill -9` in the middle of a render leaves whole files only.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dockmill::output::{Made, Names};

use super::*;

const FILES: usize = 2000;
const ROOT: &str = "DOCKMILL_TEST_KILL_ROOT";

fn files(project: &str, round: &str) -> impl Iterator<Item = OutputFile> {
    let text = format!("FROM debian:{round}\n{}", "RUN true && echo something or other\n".repeat(200));
    let header = Header { project, template: "Dockerfile.dockmill".into(), point: "" };
    (0..FILES).map(move |n| {
        let path = Utf8PathBuf::from(format!("out/{}/{n}/Dockerfile", n % 7));
        let bytes = header.add(&path, text.as_bytes(), &[]).bytes;
        OutputFile { path, bytes, companions: vec![], marked: true }
    })
}

/// Not a test of its own: the process that is killed.
#[test]
#[ignore = "run by the test below"]
fn child() {
    let Ok(root) = std::env::var(ROOT) else { return };
    let mut outputs = Outputs::open(Utf8Path::new(&root), "kill").unwrap();
    for round in 0.. {
        for file in files("kill", &round.to_string()) {
            outputs.write(&file, false, &|_| true).unwrap();
        }
    }
}

#[test]
fn a_killed_render_leaves_whole_files_only() {
    let project = Project { root: tempfile::tempdir().unwrap(), name: "kill" };
    let mut outputs = project.outputs();
    let (mut whole, mut strays) = (0, 0);
    for run in 0..24_u64 {
        // The first runs are killed while files are new, the later ones while they are replaced.
        if run % 3 == 0 {
            let _ = fs::remove_dir_all(project.path("out"));
        }
        let exe = std::env::current_exe().unwrap();
        let mut child = Command::new(exe)
            .args(["--exact", "output::kill::child", "--ignored"])
            .env(ROOT, project.root())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while !project.path("out").exists() && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(1500 * (run + 1)));
        child.kill().unwrap();
        child.wait().unwrap();

        // None of the files is another's copy, foreign or edited: each holds some round from the first byte to the last.
        for file in files("kill", "none") {
            match outputs.look(&file).unwrap().remove(0).state {
                State::OutOfDate => whole += 1,
                State::Missing => {}
                other => panic!("{}: {other:?}", file.path),
            }
        }
        let mut found = outputs.leftovers(&Names::default(), &Made::default());
        assert!(found.files.iter().all(|file| file.edited.is_empty()));
        strays += found.strays.len();
        found.strays.drain(..).for_each(|stray| outputs.remove_stray(&stray));
        assert!(project.tree().iter().all(|path| path.ends_with('/') || path.ends_with("/Dockerfile")));
    }
    assert!(whole > 0);
    assert!(strays <= 24, "at most one for a run, {strays} found");
}
