//! Commands that other tests do not come by, through the real program.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Folder;

const MANIFEST: &str = "[project]\nname = \"x\"\n[axis]\nrelease = [\"bookworm\", \"trixie\"]\n\
    [image.base]\nmatrix = [\"release\"]\ntags = [\"base:@{release}\"]\n[image.app]\nmatrix = [\"release\"]\n";

fn project() -> Folder {
    let folder = Folder::new();
    folder.write("dockmill.toml", MANIFEST);
    folder.write("base/Dockerfile.mill", "FROM debian:@{release}\n@include(\"part.mill\")\nRUN later\n");
    folder.write("base/part.mill", "RUN a\n");
    folder.write("app/Dockerfile.mill", "FROM @{image(\"base\")}\nRUN b\n");
    folder.dockmill(&["render"]).ended(0);
    folder.shell("git init -q . && git config user.name t && git config user.email t@example.org && git add -A && git commit -qm start").ended(0);
    folder
}

#[test]
fn a_patch_makes_what_render_writes() {
    let folder = project();
    folder.dockmill(&["diff"]).ended(0);
    folder.write("base/part.mill", "RUN a changed\n");
    let shown = folder.dockmill(&["diff"]).ended(1).stdout;
    assert!(shown.starts_with("# changed: base/* (2 outputs)\n"), "{shown}");
    assert_eq!(shown.matches("+RUN a changed").count(), 1, "the same change is shown once:\n{shown}");
    assert!(shown.contains("1 layer after it loses its cache; 1 image built on it too (app/trixie)"), "{shown}");
    folder.shell("dockmill diff --patch > p || true; git apply p; rm p; dockmill check").ended(0);
}

#[test]
fn a_revision_is_compared_by_what_it_renders_to() {
    let folder = project();
    folder.write("base/part.mill", "RUN a changed\n");
    folder.dockmill(&["render"]).ended(0);
    folder.dockmill(&["diff"]).ended(0);
    let shown = folder.dockmill(&["diff", "--against", "HEAD"]).ended(1).stdout;
    assert!(shown.contains("-RUN a\n+RUN a changed\n"), "{shown}");
    let failed = folder.dockmill(&["diff", "--against", "nosuch"]).ended(2);
    assert!(failed.stderr.contains("nosuch"), "{}", failed.stderr);
    folder.dockmill(&["diff", "--against", "--output=x"]).ended(2);
    assert!(!folder.file("x").exists());
}

#[test]
fn a_line_is_explained_and_other_tools_output_is_mapped() {
    let folder = project();
    let explained = folder.dockmill(&["explain", "dockerfiles/base/trixie/Dockerfile:3"]).ended(0).stdout;
    assert!(
        explained.contains("comes from base/part.mill:1\n") && explained.contains("base/Dockerfile.mill:2:1"),
        "{explained}"
    );
    let first = folder.dockmill(&["explain", "dockerfiles/base/trixie/Dockerfile:2"]).ended(0).stdout;
    assert!(first.contains("release = trixie"), "{first}");
    folder.dockmill(&["explain", "dockerfiles/base/trixie/Dockerfile:99"]).ended(2);
    let mapped = folder.shell("echo 'dockerfiles/base/trixie/Dockerfile:3 DL3008 pin' | dockmill map").ended(0).stdout;
    assert_eq!(mapped, "dockerfiles/base/trixie/Dockerfile:3 (base/part.mill:1) DL3008 pin\n");
    // From a folder within, names are as they are reached from there.
    let within = folder.shell("cd base && dockmill explain ../dockerfiles/base/trixie/Dockerfile:3").ended(0).stdout;
    assert!(within.contains("comes from ../base/part.mill:1\n"), "{within}");
}

#[test]
fn what_programs_read_is_json() {
    let folder = project();
    let listed = folder.dockmill(&["list", "--json", "app/trixie"]).ended(0).stdout;
    let row: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(row["output"], "dockerfiles/app/trixie/Dockerfile");
    let inspected = folder.dockmill(&["inspect", "--json", "dockerfiles/app/trixie/Dockerfile"]).ended(0).stdout;
    let file: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(file["instructions"][0]["name"], "FROM");
    let schema = folder.dockmill(&["schema"]).ended(0).stdout;
    assert!(serde_json::from_str::<serde_json::Value>(&schema).is_ok());
    for shell in ["bash", "zsh", "fish"] {
        assert!(folder.dockmill(&["completions", shell]).ended(0).stdout.contains("dockmill"));
    }
    assert!(folder.dockmill(&["man"]).ended(0).stdout.contains(".TH dockmill"));
}

/// A reader that has seen enough is no error.
#[test]
fn a_broken_pipe_is_no_error() {
    let folder = project();
    folder.write("big.mill", &"# a line of some length that fills a pipe\n".repeat(10_000));
    let ran = folder.shell("{ dockmill expand --no-check big.mill; echo status $? >&2; } | head -n 1").ended(0);
    assert!(ran.stderr.contains("status 0"), "{}", ran.stderr);
}

#[test]
fn an_output_is_written_whole_and_only_if_it_differs() {
    let folder = project();
    folder.write("a.mill", "FROM x\n");
    folder.dockmill(&["expand", "a.mill", "-o", "out"]).ended(0);
    let first = std::fs::metadata(folder.file("out")).unwrap().modified().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    folder.dockmill(&["expand", "a.mill", "-o", "out"]).ended(0);
    assert_eq!(std::fs::metadata(folder.file("out")).unwrap().modified().unwrap(), first);
    folder.write("a.mill", "FRM x\n");
    folder.dockmill(&["expand", "a.mill", "-o", "out"]).ended(2);
    assert_eq!(folder.read("out"), "FROM x\n", "an error loses nothing");
}

#[test]
fn watch_renders_on_change_and_survives_errors() {
    let folder = project();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dockmill"))
        .arg("watch")
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = "dockerfiles/base/trixie/Dockerfile";
    // On a busy machine the watch may begin after an edit: it is made again, as an impatient author would.
    let until = |wanted: &str, edit: &dyn Fn()| {
        let start = Instant::now();
        let mut edited = Instant::now();
        edit();
        while !folder.read(output).contains(wanted) {
            assert!(start.elapsed() < Duration::from_secs(90), "watch did not render {wanted}");
            std::thread::sleep(Duration::from_millis(50));
            if edited.elapsed() > Duration::from_secs(3) {
                edit();
                edited = Instant::now();
            }
        }
    };
    until("RUN first", &|| folder.write("base/part.mill", "RUN first\n"));
    folder.write("base/part.mill", "@{typo}\n");
    std::thread::sleep(Duration::from_millis(700));
    // An editor that replaces the file.
    until("RUN second", &|| {
        folder.write("base/part.new", "RUN second\n");
        std::fs::rename(folder.file("base/part.new"), folder.file("base/part.mill")).unwrap();
    });
    child.kill().unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    assert!(said.contains("+RUN first"), "the diff is printed:\n{said}");
}
