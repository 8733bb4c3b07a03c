//! `dockmill render`: writes what changed.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::io::Write;

use anyhow::{Result, bail};
use camino::Utf8PathBuf;
use clap::Args;

use crate::diagnostic::{Diagnostics, plural};
use crate::graph::Graph;
use crate::manifest::Target;
use crate::output::{Action, Change, Expected, Refusals};
use crate::project::Session;
use crate::render::{Rendered, into_output_file};
use crate::source::FileId;

use super::Status;
use super::arguments::{Choice, Which};
use super::check::staged;
use super::depfile::{ForMake, Stamp};
use super::diff::Shown;
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of the command line.
pub(crate) struct Render {
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Overwrite outputs that were edited by hand, and files that dockmill did not write, and keep these in .dockmill/saved
    #[arg(long)]
    pub(crate) force: bool,
    /// Exit with 1 if something was written or removed
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Then check, as `check --staged` does, that git has staged what belongs to a commit
    #[arg(long, conflicts_with_all = ["define", "profile"])]
    pub(crate) staged: bool,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    #[command(flatten)]
    pub(crate) for_make: ForMake,
}

pub(crate) fn run(arguments: &Render, report: &Report) -> Result<Status> {
    let Render { which, choice, deny_warnings, for_make, .. } = arguments;
    if for_make.depfile.is_some() && for_make.stamp.is_none() {
        bail!("`--depfile` wants `--stamp`: the rule names that file, as outputs that do not change stay old");
    }
    let stamp = for_make.begin()?;
    let status = session::run(which, choice, report, *deny_warnings, |session, found| {
        render(session, arguments, report, found, None)
    })?;
    let status = if !arguments.staged || matches!(status, Status::Failed) {
        status
    } else {
        match staged::run(which, choice, report, *deny_warnings, true)? {
            Status::Done => status,
            other => other,
        }
    };
    if status == Status::Done {
        stamp.map_or(Ok(()), Stamp::set)?;
    }
    Ok(status)
}

/// What a run did.
#[derive(Default)]
struct Tally {
    outputs: usize,
    written: usize,
    removed: usize,
    taken_over: usize,
    saved: usize,
    refused: usize,
}

/// Writes the outputs. With `shown` it is printed first what that does to them.
pub(crate) fn render(
    session: &Session<'_>,
    arguments: &Render,
    report: &Report,
    found: &mut Diagnostics,
    mut shown: Option<&mut Shown<'_>>,
) -> Result<Status> {
    let Some((mut outputs, listed)) = session.outputs_to_write(found) else { return Ok(Status::Failed) };
    let mut expected = Expected::default();
    let (mut tally, mut refusals) = (Tally::default(), Refusals::default());
    let (mut stdout, mut later) = (report.list(), Vec::new());
    let list: &mut dyn Write = if shown.is_some() { &mut later } else { &mut *stdout };
    let mut printed = say(list, listed.as_slice(), &mut tally);
    let mut used = Used::of(session);
    let make = |target: &_, mut rendered: Rendered| {
        let files = std::mem::take(&mut rendered.files);
        (files, into_output_file(session.manifest, target, rendered))
    };
    session.each_owned(found, make, |output, found| {
        tally.outputs += 1;
        let Some((target, (files, file))) = output else {
            tally.refused += 1;
            return;
        };
        expected.add(&file);
        if arguments.for_make.depfile.is_some() {
            used.add(&target, &files);
        }
        // What cannot be looked at cannot be written either, which tells the error.
        if let Some(shown) = &mut shown
            && let Ok(states) = outputs.look(&file)
        {
            shown.add_states(&target, &file, states);
        }
        match outputs.write(&file, arguments.force) {
            Ok(changes) => {
                if let Err(error) = say(list, &changes, &mut tally) {
                    printed = Err(error);
                }
            }
            Err(why) => {
                tally.refused += 1;
                found.extend(refusals.add(&target.id, why));
            }
        }
    });
    printed?;
    refusals.tell(found);
    session.unused(found);
    let left = session.left_over(&expected, &mut outputs, found);
    if let Some(shown) = &mut shown {
        left.files.iter().for_each(|leftover| shown.removed(session, leftover));
    }
    let looked = left.looked;
    let mut kept = BTreeSet::new();
    for leftover in left.files {
        match outputs.remove(&leftover, arguments.force) {
            Ok(changes) if changes.is_empty() => found.push(leftover.kept()),
            Ok(changes) => say(list, &changes, &mut tally)?,
            Err(error) => {
                found.push(error);
                kept.insert(leftover.path);
            }
        }
    }
    if looked {
        match outputs.unlist(|path| expected.listed.contains(path) || kept.contains(path)) {
            Ok(change) => say(list, change.as_slice(), &mut tally)?,
            Err(error) => found.push(error),
        }
    }
    for stray in left.strays {
        outputs.remove_stray(&stray);
    }
    if let Some(shown) = shown.filter(|shown| !shown.is_empty()) {
        shown.print(session, &Graph::default())?;
    }
    stdout.write_all(&later)?;
    stdout.flush()?;
    if found.errors() == 0 {
        used.write(&arguments.for_make, session)?;
    }
    report.say(&summary(&tally));
    let changed = tally.written + tally.taken_over + tally.removed > 0;
    Ok(if arguments.exit_code && changed { Status::No } else { Status::Done })
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
        Self { templates: HashSet::new(), others: general.cloned().collect() }
    }

    fn add(&mut self, target: &Target, files: &[FileId]) {
        self.templates.extend(files);
        self.others.extend(target.files.iter().map(|file| file.from.clone()));
    }

    fn write(self, for_make: &ForMake, session: &Session<'_>) -> Result<()> {
        let Self { templates, mut others } = self;
        let templates = templates.into_iter().map(|file| session.sources.get(file));
        others.extend(templates.filter_map(|file| Some(file.project_path()?.to_owned())));
        let files: Vec<Utf8PathBuf> = others.iter().map(|file| session.prefix.join(file)).collect();
        for_make.write(None, files.iter().map(Utf8PathBuf::as_path))
    }
}

fn say(out: &mut dyn Write, changes: &[Change], tally: &mut Tally) -> std::io::Result<()> {
    for change in changes {
        match change.action {
            Action::Removed => tally.removed += 1,
            Action::Saved => tally.saved += 1,
            // Nothing but the header is new: how many is all there is to tell.
            Action::TakenOver => {
                tally.taken_over += 1;
                continue;
            }
            _ => tally.written += 1,
        }
        writeln!(out, "{} {}", word(change.action), change.path)?;
    }
    Ok(())
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

fn summary(tally: &Tally) -> String {
    let mut text = plural(tally.outputs, "output");
    if tally.written + tally.taken_over + tally.removed + tally.refused == 0 {
        text.push_str(", all up to date");
    }
    // There may be files beside the outputs.
    let written = if tally.written > tally.outputs { "files written" } else { "written" };
    let counts = [
        (tally.written, written),
        (tally.taken_over, "taken over"),
        (tally.removed, "removed"),
        (tally.refused, "not written"),
        (tally.saved, "saved in `.dockmill/saved`"),
    ];
    for (count, what) in counts {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    text
}
