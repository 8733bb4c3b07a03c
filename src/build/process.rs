//! A child that runs in a process group of its own, so that all that it starts can be stopped with it.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ExitStatus, Stdio};

use super::Command;

/// A line that is longer is handed on in pieces.
const LONGEST: u64 = 1 << 16;

/// A program that runs.
pub(super) struct Process {
    child: Child,
    pipe: io::PipeReader,
}

/// The handle that stops a [`Process`] with all that it started.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group(u32);

impl Process {
    /// Starts a program without input. What it prints comes in order, standard error among the rest.
    pub(super) fn start(command: &Command) -> io::Result<Self> {
        let (pipe, writer) = io::pipe()?;
        let mut process = std::process::Command::new(&command.program);
        process.args(&command.arguments).stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        Ok(Self { child: process.spawn()?, pipe })
    }

    pub(super) fn group(&self) -> Group {
        Group(self.child.id())
    }

    /// Hands on each line and waits for the end.
    pub(super) fn wait(mut self, mut line: impl FnMut(String)) -> io::Result<ExitStatus> {
        let mut pipe = BufReader::new(self.pipe);
        let mut bytes = Vec::new();
        while pipe.by_ref().take(LONGEST).read_until(b'\n', &mut bytes)? > 0 {
            let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            line(String::from_utf8_lossy(text).into_owned());
            bytes.clear();
        }
        self.child.wait()
    }
}

impl Group {
    /// Sends a signal to all processes of the group; one that is gone is no error.
    #[cfg(unix)]
    pub(super) fn signal(self, signal: i32) {
        let pid = i32::try_from(self.0).ok().and_then(rustix::process::Pid::from_raw);
        let signal = rustix::process::Signal::from_named_raw(signal);
        if let (Some(pid), Some(signal)) = (pid, signal) {
            let _ = rustix::process::kill_process_group(pid, signal);
        }
    }

    /// Without signals a console stops its programs itself.
    #[cfg(not(unix))]
    pub(super) fn signal(self, _: i32) {
        let _ = self.0;
    }
}
