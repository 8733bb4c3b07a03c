//! A child that runs in a process group of its own, so that all that it starts can be stopped with it.
#![allow(clippy::disallowed_methods, reason = "it waits for another process")]

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use crate::run::Command;
use crate::source::reason;

/// A line that is longer is handed on in pieces.
const LONGEST: u64 = 1 << 16;
/// After its end, a program's output counts as read when nothing new has come for so long,
const QUIET: Duration = Duration::from_millis(500);
/// or at the latest after so long: programs that it left in the background may print for ever.
const LATEST: Duration = Duration::from_secs(5);

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

    /// Hands on each line and waits for the program to end, but not for what it left in the background, which may hold the
    /// pipe open. With `wait_for_all`, when all are being stopped, it waits for these, too.
    pub(super) fn wait(
        mut self,
        line: impl FnMut(String) + Send + 'static,
        wait_for_all: impl Fn() -> bool,
    ) -> io::Result<ExitStatus> {
        let pipe = self.pipe;
        let (sender, news) = mpsc::sync_channel(1);
        std::thread::Builder::new().spawn(move || read(pipe, line, &sender))?;
        let status = self.child.wait();
        let latest = Instant::now() + LATEST;
        loop {
            match news.recv_timeout(QUIET) {
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if !wait_for_all() => break,
                Ok(()) if Instant::now() > latest && !wait_for_all() => break,
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            }
        }
        status
    }
}

/// Hands on each line, and tells that there was one.
fn read(pipe: io::PipeReader, mut line: impl FnMut(String), news: &SyncSender<()>) {
    let mut pipe = BufReader::new(pipe);
    let mut bytes = Vec::new();
    loop {
        match pipe.by_ref().take(LONGEST).read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => {
                let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
                line(String::from_utf8_lossy(text).into_owned());
                bytes.clear();
            }
            // The status of the program is wanted all the same.
            Err(error) => return line(format!("the rest of the log cannot be read: {}", reason(&error))),
        }
        // One waiting message is enough.
        let _ = news.try_send(());
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
