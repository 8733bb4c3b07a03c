//! `dockmill render`: writes what changed.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use foldhash::HashSet;

use crate::diagnostic::{Diagnostics, Format};
use crate::manifest::Target;
use crate::output::{Action, Change, Expected, OutputFile, Refusals};
use crate::project::{Location, Session};
use crate::render::{Rendered, into_output_file};
use crate::source::FileId;

use super::Status;
use super::arguments::{Scope, Which};
use super::check::staged;
use super::depfile::{ForMake, Stamp};
use super::diff::OnDisk;
use super::drift::{self, Drift};
use super::report::Report;
use super::session;
use super::tally::Tally;

#[derive(Debug, Default, Args)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of the command line.
pub(crate) struct Render {
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Overwrite outputs that were edited by hand, and files that dockmill did not write, and keep these in .dockmill/saved
    #[arg(long)]
    pub(crate) force: bool,
    /// Exit with 1 if something was written or removed
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Then check, as `check --staged` does, that git has staged what belongs to a commit
    #[arg(long, conflicts_with_all = ["define", "profile", "since"])]
    pub(crate) staged: bool,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    #[command(flatten)]
    pub(crate) for_make: ForMake,
}

pub(crate) fn run(arguments: &Render, report: &Report) -> Result<Status> {
    let Render { which, scope, deny_warnings, for_make, .. } = arguments;
    if for_make.depfile.is_some() && for_make.stamp.is_none() {
        bail!("`--depfile` wants `--stamp`: the rule names that file, as outputs that do not change stay old");
    }
    if for_make.depfile.is_some() && scope.since.is_some() {
        bail!("`--depfile` is for all targets that a rule makes: leave out `--since`");
    }
    let stamp = for_make.begin()?;
    let mut written = Vec::new();
    let status = session::run_with_texts(which, scope, report, *deny_warnings, |session, found| {
        render(session, arguments, report, found, &mut written, None)
    })?;
    let status = if !arguments.staged || matches!(status, Status::Failed) {
        status
    } else {
        match staged::run(which, &scope.choice, report, *deny_warnings, true)? {
            Status::Done => status,
            // It tells of the same files.
            other => return Ok(other),
        }
    };
    // People see it in the list of what was written.
    if status == Status::No && report.format != Format::Full {
        let location = Location::find(which.file.as_deref())?;
        drift::tell(std::io::stderr().lock(), &written, None, report, &location)?;
    }
    if status == Status::Done {
        stamp.map_or(Ok(()), Stamp::set)?;
    }
    Ok(status)
}

/// What is to be printed of the changes before they are written, and who is told each path that was written or removed.
type Shown<'s> = (OnDisk, &'s mut dyn FnMut(&Utf8Path));

fn note_written(file: &OutputFile, shown: &mut Option<Shown<'_>>) {
    let Some((_, note)) = shown else { return };
    note(&file.path);
    file.companions.iter().for_each(|companion| note(&companion.path));
}

/// Writes the outputs; `written` gets those of them that count for `--exit-code`. With `shown` it is printed first what that does to them.
pub(crate) fn render(
    session: &Session<'_>,
    arguments: &Render,
    report: &Report,
    found: &mut Diagnostics,
    written: &mut Vec<Drift>,
    mut shown: Option<Shown<'_>>,
) -> Result<Status> {
    let Some((mut outputs, listed)) = session.outputs_to_write(found) else { return Ok(Status::Failed) };
    let mut expected = Expected::default();
    let (mut refusals, mut refused) = (Refusals::default(), HashSet::default());
    let (mut stdout, mut later) = (report.list(), Vec::new());
    let out: &mut dyn Write = if shown.is_some() { &mut later } else { &mut *stdout };
    let mut told = Told { out, location: session.location, tally: Tally::default(), written };
    let mut printed = told.add(listed.as_slice());
    let mut used = Used::of(session);
    let make = |target: &_, mut rendered: Rendered| {
        let files = std::mem::take(&mut rendered.files);
        (files, into_output_file(session.manifest, target, rendered))
    };
    let mut tally = Tally::default();
    let mut write = |id: &str, file: &OutputFile, is_text: bool, found: &mut Diagnostics| {
        // What cannot be looked at cannot be written either, which tells the error.
        let states = if shown.is_some() { outputs.look(file).ok() } else { None };
        match outputs.write(file, arguments.force) {
            Ok(changes) => {
                // What is refused is told by the error.
                if let (Some((shown, _)), Some(states)) = (&mut shown, states) {
                    shown.add(session, (id, is_text), file, states);
                }
                if let Err(error) = told.add(&changes) {
                    printed = Err(error);
                }
            }
            Err(why) => {
                told.tally.refused += 1;
                refused.extend(file.listed().cloned());
                found.extend(refusals.add(id, why));
            }
        }
        note_written(file, &mut shown);
    };
    session.each_with_context(found, make, |output, found| {
        let Some((target, (files, file))) = tally.output(output) else { return };
        expected.add(&file);
        if arguments.for_make.depfile.is_some() {
            used.add(&target, &files);
        }
        write(&target.id, &file, false, found);
    });
    let texts = session.texts(tally.has_failed(), found);
    tally.texts(&texts);
    used.templates.extend(&texts.read);
    for (id, file) in &texts.files {
        expected.add_text(file);
        write(id, file, true, found);
    }
    printed?;
    told.tally.add_made(&tally);
    if let Some(left_out) = texts.left_out {
        report.say(&left_out);
    }
    refusals.tell(&session.location.seen_from, found);
    session.unused(found);
    let left = session.left_over(&expected, &mut outputs, found);
    if let Some((shown, _)) = &mut shown {
        let removed = left.files.iter().filter(|leftover| arguments.force || !leftover.is_edited());
        removed.for_each(|leftover| shown.removed(session, leftover));
    }
    let (looked, mut kept) = (left.looked, left.frozen);
    for leftover in left.files {
        match outputs.remove(&leftover, arguments.force) {
            Ok(changes) => {
                if changes.is_empty() {
                    found.push(leftover.kept(&session.location.seen(&leftover.path)));
                } else if let Some((_, note)) = &mut shown {
                    note(&leftover.path);
                }
                told.add(&changes)?;
            }
            Err(error) => {
                found.push(error);
                kept.insert(leftover.path);
            }
        }
    }
    let new = &expected.listed - &refused;
    let is_kept = |path: &Utf8Path| expected.listed.contains(path) || kept.contains(path);
    let added = if session.manifest.standard() { outputs.list(&new) } else { Ok(None) };
    let removed = if looked { outputs.unlist(is_kept) } else { Ok(None) };
    let mut is_told = listed.is_some();
    for change in [added, removed] {
        match change {
            // It is told once that the list has changed.
            Ok(Some(change)) if !std::mem::replace(&mut is_told, true) => told.add(&[change])?,
            Ok(_) => {}
            Err(error) => found.push(error),
        }
    }
    for stray in left.strays {
        told.add(outputs.remove_stray(stray).as_slice())?;
    }
    let tally = told.tally;
    shown.map_or(Ok(()), |(shown, _)| shown.print(session, &arguments.which.values(), report))?;
    stdout.write_all(&later)?;
    stdout.flush()?;
    if found.errors() == 0 {
        used.write(&arguments.for_make, session)?;
    }
    report.say(&tally.summary());
    Ok(if arguments.exit_code && tally.has_changes() { Status::No } else { Status::Done })
}

/// The files that outputs were made from.
struct Used {
    templates: HashSet<FileId>,
    others: BTreeSet<Utf8PathBuf>,
}

impl Used {
    /// What each target is made from: the manifest with its data.
    fn of(session: &Session<'_>) -> Self {
        let general = std::iter::once(&session.manifest.path).chain(&session.manifest.data_files);
        Self { templates: HashSet::default(), others: general.cloned().collect() }
    }

    fn add(&mut self, target: &Target, files: &[FileId]) {
        self.templates.extend(files);
        self.others.extend(target.files.iter().map(|file| file.from.clone()));
    }

    fn write(self, for_make: &ForMake, session: &Session<'_>) -> Result<()> {
        let Self { templates, mut others } = self;
        let templates = templates.into_iter().map(|file| session.sources.get(file));
        others.extend(templates.filter_map(|file| Some(file.project_path()?.to_owned())));
        let files: Vec<Utf8PathBuf> = others.iter().map(|file| session.location.prefix.join(file)).collect();
        for_make.write(None, files.iter().map(Utf8PathBuf::as_path))
    }
}

/// Where it is told what was done to files.
struct Told<'a> {
    out: &'a mut dyn Write,
    location: &'a Location,
    tally: Tally,
    written: &'a mut Vec<Drift>,
}

impl Told<'_> {
    fn add(&mut self, changes: &[Change]) -> std::io::Result<()> {
        for change in changes {
            self.tally.add(change.action);
            if change.action != Action::Saved {
                self.written.push(Drift::written(change.path.clone(), change.action));
            }
            // Nothing but the header is new: how many is all there is to tell.
            if change.action != Action::TakenOver {
                writeln!(self.out, "{} {}", word(change.action), self.location.seen(&change.path))?;
            }
        }
        Ok(())
    }
}

/// The word for what was done to a file.
pub(super) fn word(action: Action) -> &'static str {
    match action {
        Action::Created => "created",
        Action::Updated => "updated",
        Action::ModeSet => "mode set",
        Action::TakenOver => "took over",
        Action::Saved => "saved",
        Action::Removed => "removed",
    }
}
