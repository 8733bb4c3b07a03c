//! A project whose builder is a small script: it notes when it begins and ends and what it was called with.
#![allow(clippy::disallowed_methods, reason = "it waits for another process")]

use std::fmt::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Folder;

/// Notes its calls in `calls`. `slow-ID` makes it wait, `fail-ID` makes it fail, `meet-ID` makes it wait for so many others.
const SCRIPT: &str = r#"#!/bin/sh
id=$(echo "$1" | tr / _)
trap 'echo "stopped $1" >> calls; exit 1' INT TERM
echo "begin $1" >> calls
touch "here-$id"
echo "log of $1"
if [ -e "meet-$id" ]; then
    i=0
    while [ "$(ls here-* | wc -l)" -lt "$(cat "meet-$id")" ]; do
        i=$((i + 1)); [ $i -lt 200 ] || { echo "alone"; exit 9; }
        sleep 0.05
    done
fi
if [ -e "slow-$id" ]; then sleep 30 & echo $! > child; wait; fi
if [ -e "fail-$id" ]; then echo "fail $1" >> calls; exit 3; fi
echo "end $1" >> calls
"#;

/// A folder with images `name: what it is built on`.
pub(crate) fn project(images: &[(&str, &[&str])], more: &str) -> Folder {
    let folder = Folder::new();
    let mut manifest = String::from("[project]\nname = \"acme\"\n");
    for (name, bases) in images {
        writeln!(manifest, "[image.{name}]\ntags = [\"acme/{name}:1\"]").unwrap();
        let mut template = String::from("FROM debian:bookworm\n");
        for base in *bases {
            writeln!(template, "COPY --from=@{{image(\"{base}\")}} / /").unwrap();
        }
        folder.write(&format!("{name}/Dockerfile.dockmill"), &template);
    }
    let builder = "[builder]\nuse = [\"./builder\", \"{target}\", \"{file}\", [\"-t\", \"{tag}\"], \"{args}\", \
                   [\"--secret\", \"{secret}\"], [\"-o\", \"{output}\"], [\"--target\", \"{stage}\"]]\n\
                   pull = [\"./builder\", \"pull-{image}\"]\npush = [\"./builder\", \"push-{tag}\"]\n";
    folder.write("dockmill.toml", &format!("{manifest}{builder}{more}"));
    folder.write("builder", SCRIPT);
    make_executable(&folder.file("builder"));
    folder
}

pub(crate) fn make_executable(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What the builder noted.
pub(crate) fn calls(folder: &Folder) -> Vec<String> {
    let text = std::fs::read_to_string(folder.file("calls")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// dockmill, running.
pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Child {
    // Whoever runs the tests may ignore signals, and what is ignored stays so.
    let mut command = Command::new("env");
    command.args(["--default-signal", env!("CARGO_BIN_EXE_dockmill")]);
    command.args(arguments).current_dir(folder.path()).env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until `is` says so.
#[track_caller]
pub(crate) fn until(what: &str, mut is: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is() {
        assert!(since.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
