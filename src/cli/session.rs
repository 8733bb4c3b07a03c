//! What the commands that need outputs have in common: open the project, do the work, say what was found.

use std::sync::Arc;

use anyhow::Result;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, plural};
use crate::git::is_revision;
use crate::plan::{ChangedPaths, Reach, ReachedTexts, reached_since};
use crate::project::{Location, Opened, Session, Values};
use crate::render::Renderer;
use crate::source::{Disk, FileSystem, again};

use super::Status;
use super::arguments::{Asked, Which};
use super::report::Report;

/// As [`run_with_texts`] or [`run`], for a command that writes nothing. With targets named it makes no others, so what is wrong
/// with several targets together, such as two with one output, is told only where all are chosen.
pub(crate) fn run_narrow(
    with_texts: bool,
    which: &Which,
    asked: &dyn Asked,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    run_over((with_texts, true), which, asked, report, deny_warnings, work)
}

/// Runs `work` on the project. Where manifest or templates have errors, nothing is done but to show them all.
pub(crate) fn run(
    which: &Which,
    asked: &dyn Asked,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    run_over((false, false), which, asked, report, deny_warnings, work)
}

/// As [`run`], for a command that takes texts as well.
pub(crate) fn run_with_texts(
    which: &Which,
    asked: &dyn Asked,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    run_over((true, false), which, asked, report, deny_warnings, work)
}

fn run_over(
    (with_texts, narrowly): (bool, bool),
    which: &Which,
    asked: &dyn Asked,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    let wanted = asked.choice().wanted(report)?;
    with_project(which, &which.values(), report, deny_warnings, |opened, found| {
        let work = |session: &Session<'_>, found: &mut Diagnostics| {
            let Some(revision) = asked.since() else { return work(session, found) };
            // What is wrong with a text is told where it is made.
            let aside = &mut Diagnostics::default();
            let mut texts = if with_texts { ReachedTexts::of(session, aside) } else { ReachedTexts::default() };
            let compare = |old: Option<&Renderer<'_>>| texts.since(old);
            // What is warned of is told of the targets that work is done on.
            let mut of_all = Diagnostics::default();
            let Some((changed, reach)) = since(session, which, revision, report, &mut of_all, compare)? else {
                found.extend(of_all.into_vec());
                return Ok(Status::Failed);
            };
            texts.by_outputs(&changed);
            let targets = reach.nodes().map(|node| (Arc::clone(&node.target), node.stage.clone()));
            let mut reached = targets.chain(texts.reached().map(|(id, _)| (Arc::from(id), None))).peekable();
            if reached.peek().is_none() {
                report.say(&format!("no target differs from `{revision}`"));
            }
            let selection = session.selection.only(reached);
            work(&Session { all: false, ..session.over(&selection) }, found)
        };
        // What differs is only known of targets that are made.
        let narrowly = narrowly && asked.since().is_none();
        let status = opened.run(wanted, with_texts, narrowly, &report.progress(), found, work)?;
        if status.is_none() {
            advise_of_revisions(found, opened, asked);
        }
        Ok(status.unwrap_or(Status::Failed))
    })
}

/// What differs from a revision, and what that reaches. `None`: errors are in `found`. `then` gets the project of the revision, if
/// it has no errors.
pub(crate) fn since<'s>(
    session: &'s Session<'s>,
    which: &Which,
    revision: &str,
    report: &Report,
    found: &mut Diagnostics,
    then: impl FnOnce(Option<&Renderer<'_>>),
) -> Result<Option<(ChangedPaths<'s>, Reach)>> {
    reached_since(session, &which.values(), revision, found, |old| {
        then(old.ok());
        let Err(errors) = old else { return };
        let errors = plural(errors, "error");
        report.say(&format!(
            "the project of `{revision}` has {errors}, which `{}` shows: every target counts as reached",
            again("diff --against")
        ));
    })
}

/// Adds to the errors of unknown targets what to do where one is a revision: git's own commands take one in its place.
pub(crate) fn advise_of_revisions(found: &mut Diagnostics, opened: &Opened<'_>, asked: &dyn Asked) {
    let told = std::mem::take(found).into_vec();
    found.extend(told.into_iter().map(|diagnostic| with_revision(diagnostic, opened, asked)));
}

fn with_revision(diagnostic: Diagnostic, opened: &Opened<'_>, asked: &dyn Asked) -> Diagnostic {
    let label = diagnostic.primary.as_ref().filter(|_| diagnostic.code == Code::UnknownTarget);
    let Some(span) = label.map(|label| label.span) else { return diagnostic };
    let argument = opened.sources.get(span.file);
    let Ok(text) = std::str::from_utf8(&argument.bytes()[span.start as usize..span.end as usize]) else {
        return diagnostic;
    };
    // Of two revisions, the one where both parted is what an option takes.
    let text = if text.contains("...") { text.to_owned() } else { text.replacen("..", "...", 1) };
    let is_head = text.strip_prefix("HEAD").is_some_and(|rest| rest.is_empty() || rest.starts_with(['~', '^']));
    if !is_head && !is_revision(&opened.manifest.root, &text) {
        return diagnostic;
    }
    diagnostic.help(if asked.takes_since() {
        format!("a revision of git is given by an option: `--since {text}` takes the targets that differ from it")
    } else {
        format!("a revision of git is given by an option: `diff --against {text}`, `affected --since {text}`")
    })
}

/// Runs `work` on a project whose targets are neither verified nor rendered, and shows what was found. Where nothing sensible
/// is left of the manifest, it only shows why.
pub(crate) fn with_project(
    which: &Which,
    values: &Values<'_>,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Opened<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    which.note();
    with_files(&Location::find(which.file.as_deref())?, &Disk, values, report, deny_warnings, work)
}

/// As [`with_project`], with the files of the project read from `files`.
pub(crate) fn with_files(
    location: &Location,
    files: &dyn FileSystem,
    values: &Values<'_>,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Opened<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    let sources = location.sources();
    let mut found = Diagnostics::default();
    let Some(manifest) = location.load(values, files, &sources, &mut found) else {
        report.show(found, &sources, deny_warnings);
        return Ok(Status::Failed);
    };
    let opened = Opened { manifest: &manifest, sources: &sources, location, files };
    let status = work(&opened, &mut found)?;
    let failed = report.show_of(Some(&manifest), found, &sources, deny_warnings);
    Ok(if failed { Status::Failed } else { status })
}
