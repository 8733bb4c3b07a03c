//! What goes to standard error: diagnostics, a summary, what was done.
#![allow(clippy::disallowed_methods, reason = "the progress is drawn a few times a second")]

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anstream::AutoStream;
use camino::Utf8PathBuf;
use clap::ColorChoice;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Format, SarifLog, Severity, Style, plural, printable, summary};
use crate::dockerfile::RULES;
use crate::manifest::{Manifest, Places};
use crate::output::fold::Fold;
use crate::project::{Progress, in_github_actions, names_begin};
use crate::render::unknown_tags_once;
use crate::source::{Disk, FileSystem, SourceMap, reason};

use super::Status;
use super::arguments::Global;
use super::printed::Printed;

/// A list of targets in a message has at most so many terms.
const TERMS: usize = 8;

/// How this run talks to the user.
pub(crate) struct Report {
    pub(crate) format: Format,
    /// What is kept for a log of the whole run, where the format is one.
    log: RefCell<Option<SarifLog>>,
    color: ColorChoice,
    pub(crate) quiet: bool,
    /// What would be told meanwhile, where it is held back.
    held: RefCell<Option<Held>>,
}

/// What was held back until it is known whether it is news.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) text: String,
    /// Those of it that are diagnostics and failures.
    pub(crate) findings: String,
}

impl Report {
    pub(crate) fn new(global: &Global) -> Self {
        let format =
            global.message_format.unwrap_or_else(|| if in_github_actions() { Format::Github } else { Format::Full });
        let (log, held) = (RefCell::default(), RefCell::default());
        Self { format, log, color: global.color, quiet: global.quiet, held }
    }

    /// Does colour go to this stream?
    pub(crate) fn colour<S: anstream::stream::RawStream>(&self, stream: &S) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => AutoStream::choice(stream) != anstream::ColorChoice::Never,
        }
    }

    /// Shows diagnostics and their number. Is there an error, or a warning where they are denied?
    pub(crate) fn show(&self, diagnostics: Diagnostics, sources: &SourceMap, deny_warnings: bool) -> bool {
        self.show_of(None, diagnostics, sources, deny_warnings)
    }

    /// As [`Self::show`]; lists of targets are written as short as the project allows.
    pub(crate) fn show_of(
        &self,
        manifest: Option<&Manifest>,
        diagnostics: Diagnostics,
        sources: &SourceMap,
        deny_warnings: bool,
    ) -> bool {
        let (errors, mut warnings) = (diagnostics.errors(), diagnostics.warnings());
        let denied = deny_warnings && warnings > 0;
        let mut list = diagnostics.into_vec();
        if let Some(profile) = manifest.and_then(|manifest| manifest.profile.as_deref()) {
            let count = list.len();
            list = unknown_tags_once(list, profile);
            warnings -= count - list.len();
        }
        if let Some(manifest) = manifest {
            Places::new(manifest, sources).show_elements(&mut list);
        }
        if self.quiet && !deny_warnings {
            list.retain(|diagnostic| diagnostic.severity == Severity::Error);
        }
        if self.logs(|log| list.iter().for_each(|diagnostic| log.add(diagnostic, sources))) {
            return errors > 0 || denied;
        }
        let stderr = std::io::stderr();
        // Many diagnostics are of the same targets, and share the list of them.
        let mut lists: Vec<&[String]> = list.iter().map(|diagnostic| &*diagnostic.targets).collect();
        lists.sort_by_key(|ids| ids.as_ptr());
        lists.dedup_by_key(|ids| ids.as_ptr());
        let folded = RefCell::new(HashMap::new());
        let prepared = OnceCell::new();
        let fold = |ids: &[String]| {
            let Some(manifest) = manifest else { return fold_few(ids) };
            if let Some(known) = folded.borrow().get(&ids.as_ptr()) {
                return String::clone(known);
            }
            let all = || lists.iter().copied().flatten().map(String::as_str);
            let fold = prepared.get_or_init(|| Fold::of(manifest, all()));
            let text = fold.fold(ids.iter().map(String::as_str)).short(TERMS);
            folded.borrow_mut().insert(ids.as_ptr(), text.clone());
            text
        };
        let style = Style { colour: self.colour(&stderr), width: width(), fold: &fold };
        let mut text = self.format.render(&list, sources, &style);
        if self.format == Format::Full && !list.is_empty() {
            let warned = if self.quiet && !deny_warnings { 0 } else { warnings };
            text.push_str(&summary(errors, warned));
            text.push_str(if denied && errors == 0 { " (warnings are denied)\n" } else { "\n" });
        }
        self.find(&text);
        errors > 0 || denied
    }

    /// Shows one diagnostic that ends the run.
    pub(crate) fn end(&self, diagnostic: Diagnostic, sources: &SourceMap) -> Status {
        let mut list = Diagnostics::default();
        list.push(diagnostic);
        self.show(list, sources, false);
        Status::Failed
    }

    /// An error that has no place in a file.
    pub(crate) fn fail(&self, message: &str) -> Status {
        if !self.logs(|log| log.plain(message)) {
            self.find(&self.format.plain(message));
        }
        Status::Failed
    }

    /// Holds back what is told until it is [`Self::released`].
    pub(crate) fn hold(&self) {
        *self.held.borrow_mut() = Some(Held::default());
    }

    /// What was held back.
    pub(crate) fn released(&self) -> Held {
        self.held.borrow_mut().take().unwrap_or_default()
    }

    /// Tells what was found.
    fn find(&self, text: &str) {
        if let Some(held) = &mut *self.held.borrow_mut() {
            held.findings.push_str(text);
        }
        self.tell(text);
    }

    /// Writes to standard error.
    pub(crate) fn tell(&self, text: &str) {
        match &mut *self.held.borrow_mut() {
            Some(held) => held.text.push_str(text),
            None => _ = std::io::stderr().lock().write_all(text.as_bytes()),
        }
    }

    /// Tells of files that something is wrong with as a whole: each with its target, if it has one.
    pub(crate) fn files<'f>(
        &self,
        out: impl Write,
        files: impl IntoIterator<Item = (Utf8PathBuf, Option<&'f str>, String)>,
    ) -> std::io::Result<()> {
        let mut out = std::io::BufWriter::new(out);
        for (path, target, message) in files {
            if !self.logs(|log| log.file(&path, target, &message)) {
                out.write_all(self.format.file(path.as_str(), target, &message).as_bytes())?;
            }
        }
        out.flush()
    }

    /// Where the files are listed that were written or removed: standard output; nowhere under `--quiet`.
    pub(crate) fn list(&self) -> Box<dyn Write> {
        if self.quiet {
            return Box::new(std::io::sink());
        }
        Box::new(Printed(std::io::BufWriter::new(std::io::stdout().lock())))
    }

    /// What was done, for people; silent under `--quiet`.
    pub(crate) fn say(&self, message: &str) {
        if !self.quiet && !self.logs(|log| log.note(message)) {
            self.tell(&self.format.note(message));
        }
    }

    /// Adds to the log of the whole run. `false`: the format has none.
    fn logs(&self, add: impl FnOnce(&mut SarifLog)) -> bool {
        if self.format != Format::Sarif {
            return false;
        }
        add(self.log.borrow_mut().get_or_insert_with(new_log));
        true
    }

    /// Writes the log of the whole run, if the format has one. The findings of `check` are its output; the log of others stands
    /// where their messages would.
    pub(crate) fn finish(&self, status: Status, is_output: bool) -> Status {
        // There is a log, though it may be empty.
        self.logs(|_| {});
        let Some(log) = self.log.borrow_mut().take() else { return status };
        let text = log.finish(Some(status.code()));
        let mut stdout = std::io::stdout().lock();
        let written = if is_output {
            stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
        } else {
            std::io::stderr().write_all(text.as_bytes())
        };
        match written {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                complain(&format!("cannot write the log: {}", reason(&error)));
                Status::Failed
            }
            _ => status,
        }
    }
}

/// A log whose paths begin at the folder of the repository.
pub(crate) fn new_log() -> SarifLog {
    let from = names_begin();
    let root = from.ancestors().find(|folder| Disk.is_there(&folder.join(".git"))).unwrap_or(&from).to_owned();
    SarifLog::new(from, root, page)
}

/// What there is to say of a kind beyond a sentence: of BuildKit's checks, their pages in the manual.
fn page(code: Code) -> Option<String> {
    let rule = RULES.iter().find(|rule| rule.code == code)?;
    let lines = rule.page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

impl Report {
    /// Counts long work on a terminal.
    pub(crate) fn progress(&self) -> Counter {
        let shown = !self.quiet && std::io::stderr().is_terminal();
        Counter { shown, last: Cell::new(Instant::now()), drawn: Cell::new(false) }
    }
}

/// A line on the terminal that counts; it is gone when the work is done.
pub(crate) struct Counter {
    shown: bool,
    last: Cell<Instant>,
    drawn: Cell<bool>,
}

impl Progress for Counter {
    fn outputs(&self, count: usize) {
        // Work that is done at once shows nothing.
        if self.shown && self.last.get().elapsed() > Duration::from_millis(200) {
            self.last.set(Instant::now());
            self.drawn.set(true);
            let _ = write!(std::io::stderr(), "\r{}", plural(count, "output"));
        }
    }

    fn done(&self) {
        if self.drawn.replace(false) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// An error before there is a [`Report`].
pub(crate) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "error: {}", printable(message));
}

/// Columns of the terminal: as `COLUMNS` says, else wide enough for lines of 120.
fn width() -> usize {
    let given = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    if std::io::stderr().is_terminal() { given.unwrap_or(120) } else { 140 }
}

/// The first ids of a list.
fn fold_few(ids: &[String]) -> String {
    let shown = ids.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    if ids.len() > 5 { format!("{shown} and {} more", ids.len() - 5) } else { shown }
}
