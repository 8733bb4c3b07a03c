//! What is seen while builders run: on a terminal a line that tells what runs, elsewhere plain lines.
#![allow(clippy::disallowed_methods, reason = "how long a step has been running is shown")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::run::{BuildStep, BuildStepKind, Event, Outcome};

use super::super::report::Report;
use super::status::seconds;

/// Shows events of a run.
pub(super) struct View<'a> {
    steps: &'a [BuildStep],
    quiet: bool,
    /// Standard error is a terminal, and wide so many columns.
    terminal: Option<usize>,
    logs: Option<Logs<'a>>,
    running: Vec<(usize, Instant)>,
    done: usize,
    drawn: bool,
    width: usize,
    /// The first error of a file or a pipe.
    error: Option<anyhow::Error>,
}

struct Logs<'a> {
    folder: &'a Path,
    files: HashMap<usize, File>,
}

/// The file of a step's log; no two steps have the same.
pub(super) fn log_file(folder: &Path, step: &BuildStep) -> PathBuf {
    let mut name = String::new();
    for character in step.name.chars() {
        match character {
            // Some systems have no colons in names of files.
            ':' => name.push('='),
            _ if character.is_alphanumeric() || "._-/@".contains(character) => name.push(character),
            _ => name.extend(character.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02x}"))),
        }
    }
    let prefix = match step.kind {
        BuildStepKind::Build => "",
        BuildStepKind::Pull => "pull+",
        BuildStepKind::Push => "push+",
    };
    folder.join(format!("{prefix}{name}.log"))
}

impl<'a> View<'a> {
    pub(super) fn new(report: &Report, steps: &'a [BuildStep], log_dir: Option<&'a Path>) -> Result<Self> {
        if let Some(folder) = log_dir {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        }
        let columns = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
        let terminal = io::stderr().is_terminal() && !report.quiet;
        Ok(Self {
            steps,
            quiet: report.quiet,
            terminal: terminal.then_some(columns),
            logs: log_dir.map(|folder| Logs { folder, files: HashMap::new() }),
            running: Vec::new(),
            done: 0,
            drawn: false,
            width: steps.iter().map(|step| step.name.chars().count()).max().unwrap_or(0),
            error: None,
        })
    }

    pub(super) fn observe(&mut self, event: &Event<'_>) {
        let seen = match event {
            Event::Started(step) => self.started(*step),
            Event::Line(step, line) => self.line(*step, line),
            Event::Ended(step, outcome) => self.ended(*step, outcome),
            Event::Stopping => self.say("stopping …"),
            Event::Tick => Ok(()),
        };
        let seen = seen.and_then(|()| self.draw().map_err(anyhow::Error::from));
        if let Err(error) = seen {
            self.error.get_or_insert(error);
        }
    }

    fn started(&mut self, step: usize) -> Result<()> {
        self.running.push((step, Instant::now()));
        let BuildStep { name, kind, .. } = &self.steps[step];
        if let Some(logs) = &mut self.logs {
            let path = log_file(logs.folder, &self.steps[step]);
            let parent = path.parent().unwrap_or(logs.folder);
            let file = std::fs::create_dir_all(parent).and_then(|()| File::create(&path));
            logs.files.insert(step, file.with_context(|| format!("cannot write `{}`", path.display()))?);
        }
        if self.terminal.is_some() { Ok(()) } else { self.say(&format!("{} {name}", kind.doing())) }
    }

    fn line(&mut self, step: usize, line: &str) -> Result<()> {
        if let Some(logs) = &mut self.logs {
            if let Some(file) = logs.files.get_mut(&step) {
                writeln!(file, "{line}")?;
            }
            return Ok(());
        }
        let width = self.width;
        self.say(&format!("{:width$} | {line}", self.steps[step].name))
    }

    fn ended(&mut self, step: usize, outcome: &Outcome) -> Result<()> {
        self.running.retain(|(running, _)| *running != step);
        self.done += 1;
        if let Some(logs) = &mut self.logs {
            logs.files.remove(&step);
        }
        let BuildStep { name, kind, .. } = &self.steps[step];
        match outcome {
            Outcome::Done(_) => {
                self.erase()?;
                // A result: it goes to standard output.
                writeln!(io::stdout(), "{} {name}", kind.done())?;
                Ok(())
            }
            Outcome::Failed { time, .. } => {
                self.say(&format!("{} {name} failed after {}", kind.doing(), seconds(*time)))
            }
            Outcome::Stopped(_) | Outcome::NotStarted(_) | Outcome::NotRun(_) => Ok(()),
        }
    }

    /// A line on standard error.
    fn say(&mut self, line: &str) -> Result<()> {
        if self.quiet {
            return Ok(());
        }
        self.erase()?;
        writeln!(io::stderr(), "{line}")?;
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let Some(columns) = self.terminal else { return Ok(()) };
        if self.running.is_empty() {
            return self.erase();
        }
        let running = self.running.iter().map(|(step, since)| {
            let BuildStep { name, kind, .. } = &self.steps[*step];
            let doing = if *kind == BuildStepKind::Build { "" } else { kind.doing() };
            format!("{doing}{}{name} {}", if doing.is_empty() { "" } else { " " }, seconds(since.elapsed()))
        });
        let line = format!("[{}/{}] {}", self.done, self.steps.len(), running.collect::<Vec<_>>().join(", "));
        let line: String = line.chars().take(columns.saturating_sub(1)).collect();
        self.drawn = true;
        write!(io::stderr(), "\r\x1b[K{line}")
    }

    fn erase(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.drawn) { write!(io::stderr(), "\r\x1b[K") } else { Ok(()) }
    }

    /// The run is over. An error is the first that showing it met.
    pub(super) fn finish(mut self) -> Result<()> {
        self.erase()?;
        self.error.map_or(Ok(()), Err)
    }
}
