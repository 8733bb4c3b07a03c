//! `dockmill m4` beside the installed GNU m4: same output, same exit status, same messages.

mod cases;
mod fuzz;
mod idioms;
mod suite;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    [cases::trials(), fuzz::trials(), idioms::trials(), suite::trials()].into_iter().flatten().collect()
}

/// What an m4 did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: Option<i32>,
    pub(crate) output: Vec<u8>,
    pub(crate) error: Vec<u8>,
}

impl Answer {
    fn show(&self) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(4000).collect::<String>();
        format!("status {:?}\n--- stdout\n{}\n--- stderr\n{}", self.status, text(&self.output), text(&self.error))
    }
}

/// Runs a command in a folder, with bounds on time and memory: a random program may be one without an end.
fn answer(program: &str, first: &[&str], arguments: &[&str], folder: &Path, input: &[u8]) -> Answer {
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v 4000000; exec timeout 10 \"$@\"", "sh", program])
        .args(first)
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env_remove("M4PATH")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that ends before it has read all breaks the pipe.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Answer { status: out.status.code(), output: out.stdout, error: out.stderr }
}

/// Runs GNU m4.
pub(crate) fn gnu(arguments: &[&str], folder: &Path, input: &[u8]) -> Answer {
    answer("m4", &[], arguments, folder, input)
}

/// Runs `dockmill m4`.
pub(super) fn ours(arguments: &[&str], folder: &Path, input: &[u8]) -> Answer {
    answer(env!("CARGO_BIN_EXE_dockmill"), &["m4"], arguments, folder, input)
}
