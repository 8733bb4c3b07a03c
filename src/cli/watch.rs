//! `dockmill watch`: renders whenever a file of the project changes, and prints what that does to the outputs.
#![allow(clippy::disallowed_methods, reason = "it waits until the files have settled")]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use notify::{Event, EventKind, RecursiveMode, Watcher};

use crate::diagnostic::Format;
use crate::manifest::{Selection, list_of_outputs};
use crate::project::{Location, define, kept_files};
use crate::source::{Memory, SourceMap};

use super::arguments::{Choice, Scope, Which};
use super::depfile::ForMake;
use super::diff::OnDisk;
use super::render::Render;
use super::report::Report;
use super::{Status, render, session};

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    which: Which,
    /// Overwrite outputs that were edited by hand, and files that dockmill did not write, and keep these in .dockmill/saved
    #[arg(long)]
    force: bool,
    /// Treat warnings as errors
    #[arg(long)]
    deny_warnings: bool,
}

/// Editors write a file in several steps; what comes within this time is one change.
const SETTLE: Duration = Duration::from_millis(80);
/// A file that is written all the time puts a round off no longer.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn run(arguments: Watch, report: &Report) -> Result<Status> {
    if report.format == Format::Sarif {
        bail!("`watch` never comes to the end that a SARIF log is written at; `check` and `render` write one");
    }
    let Watch { choice, which, force, deny_warnings } = arguments;
    let (scope, for_make) = (Scope { choice, since: None }, ForMake::default());
    let render = Render { scope, which, force, exit_code: false, staged: false, deny_warnings, for_make };
    let sources = SourceMap::default();
    if let Some(error) = define::wrong(&render.which.values(), &sources) {
        // No edit of a file would mend it.
        return Ok(report.end(error, &sources));
    }
    let root = Location::find(render.which.file.as_deref())?.root().to_owned();
    let (sender, events) = channel();
    let mut watcher = notify::recommended_watcher(move |event| {
        // The other end is gone only when the program ends.
        let _ = sender.send(event);
    })
    .context("changes of files cannot be watched")?;
    // Folders are watched, not files: an editor that replaces a file is seen, and so are new ones.
    watcher.watch(root.as_std_path(), RecursiveMode::Recursive).with_context(|| format!("cannot watch `{root}`"))?;
    let (mut made_of, mut known, mut is_told) = (None, None, false);
    loop {
        report.hold();
        let round = round(&render, &root, report, &mut made_of);
        let held = report.released();
        // An edit that has nothing to do with outputs, or one of an output that was told of before, is no news.
        if round.has_changes || known.as_ref() != Some(&held.findings) {
            report.tell(&held.text);
            is_told = true;
        }
        known = Some(held.findings);
        if !round.is_edited {
            if std::mem::take(&mut is_told) {
                report.say(&format!("watching {root}; Ctrl-C ends"));
            }
            wait(&events, &root, &round)?;
        }
    }
}

/// The outputs, as they are when a round has ended: what made them so was the round, and no reason for another one.
type Outputs = BTreeMap<Utf8PathBuf, Option<Stamp>>;

/// What tells whether a file was written again; `None` where there is none.
type Stamp = (u64, Option<SystemTime>);

fn stamp(path: &Utf8Path) -> Option<Stamp> {
    let found = std::fs::symlink_metadata(path).ok()?;
    Some((found.len(), found.modified().ok()))
}

/// What a round leaves.
struct Round {
    outputs: Outputs,
    /// The files that it removed, and the folders that were empty then.
    removed: BTreeSet<Utf8PathBuf>,
    /// It wrote or removed something.
    has_changes: bool,
    /// While it was under way, somebody else wrote an output that it had written, so there is more to tell.
    is_edited: bool,
}

/// Renders once; an error is shown and forgotten. `made_of`: the files that outputs were made of when all went well, so that the
/// causes of the next round are the edits since then.
fn round(arguments: &Render, root: &Utf8Path, report: &Report, made_of: &mut Option<Arc<Memory>>) -> Round {
    let (mut outputs, mut written, mut changed) = (Vec::new(), Outputs::new(), Vec::new());
    let done = session::run_with_texts(
        &arguments.which,
        &arguments.scope,
        report,
        arguments.deny_warnings,
        |session, found| {
            let all = Selection::all();
            for target in session.manifest.targets(&all).flatten() {
                outputs.extend(target.files.into_iter().map(|file| file.to));
                outputs.push(target.output);
            }
            // A file with regions is somebody's: their changes count from when it was written, and not from the round's end.
            let texts = session.manifest.text_targets(&all).flatten();
            let whole = texts.filter(|made| !session.manifest.texts[made.text].is_region);
            outputs.extend(whole.map(|made| made.target.output));
            outputs.push(list_of_outputs(&session.manifest.path));
            let shown = OnDisk::made_of(made_of.clone());
            let mut note = |path: &Utf8Path| _ = written.insert(path.to_owned(), stamp(&root.join(path)));
            let status = render::render(session, arguments, report, found, &mut changed, Some((shown, &mut note)))?;
            if found.errors() == 0 {
                *made_of = kept_files(session).map(Arc::new);
            }
            Ok(status)
        },
    );
    if let Err(error) = done {
        report.fail(&format!("{error:#}"));
    }
    let mut outputs: Outputs = outputs
        .into_iter()
        .map(|output| (root.join(&output), output))
        .map(|(path, output)| (output, stamp(&path)))
        .collect();
    let is_edited = written.iter().any(|(path, stamp)| outputs.get(path).is_some_and(|now| now != stamp));
    let mut removed = BTreeSet::new();
    for (path, stamp) in written {
        if stamp.is_some() {
            outputs.entry(path).or_insert(stamp);
        } else if !outputs.contains_key(&path) {
            let is_gone = |path: &&Utf8Path| !path.as_str().is_empty() && self::stamp(&root.join(path)).is_none();
            removed.extend(path.ancestors().take_while(is_gone).map(Utf8Path::to_owned));
        }
    }
    Round { outputs, removed, has_changes: !changed.is_empty(), is_edited }
}

/// Waits for a change that is not our own, and until no other one follows.
fn wait(events: &Receiver<notify::Result<Event>>, root: &Utf8Path, round: &Round) -> Result<()> {
    let mut first: Option<Instant> = None;
    let mut settled: Option<Instant> = None;
    loop {
        let event = match settled {
            None => events.recv().context("the watch has ended")?,
            Some(settled) => match events.recv_timeout(settled.saturating_duration_since(Instant::now())) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => anyhow::bail!("the watch has ended"),
            },
        };
        let event = event.context("the watch has failed")?;
        // Who only reads, an editor or a builder, may do so all the time: that must not put off the next round.
        let is_change = !matches!(event.kind, EventKind::Access(_));
        let concerns_us = is_change && event.paths.iter().any(|path| matters(path, root, round));
        // More happened than the system could tell: anything may have changed.
        if concerns_us || event.need_rescan() {
            let first = *first.get_or_insert_with(Instant::now);
            settled = Some((Instant::now() + SETTLE).min(first + PATIENCE));
        }
    }
}

/// Is a change at a path more than what a round did? An output counts that somebody edited or removed.
fn matters(path: &std::path::Path, root: &Utf8Path, round: &Round) -> bool {
    let Round { outputs, removed, .. } = round;
    let Some(path) = Utf8Path::from_path(path).and_then(|path| path.strip_prefix(root).ok()) else { return false };
    let hidden = path.components().next().is_some_and(|part| matches!(part.as_str(), ".git" | ".dockmill"));
    // Linux calls a file `#NUMBER` that has no name yet.
    let has_no_name = |name: &str| {
        name.strip_prefix('#').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            && stamp(&root.join(path)).is_none()
    };
    let is_ours = |name: &str| name.starts_with('.') && name.contains(".dockmill-") || has_no_name(name);
    let temporary = path.file_name().is_some_and(is_ours);
    // What `dockmill watch > log` prints is no reason to print more.
    if is_own_stream(&root.join(path)) {
        return false;
    }
    if hidden || temporary {
        return false;
    }
    if removed.contains(path) {
        return stamp(&root.join(path)).is_some();
    }
    if let Some(written) = outputs.get(path) {
        // One that was gone when the round had ended may have been removed just before.
        return written.is_none() || stamp(&root.join(path)) != *written;
    }
    // Paths are sorted part by part: what is in a folder stands behind it.
    let behind = (Bound::Included(path), Bound::Unbounded);
    let is_folder = outputs.range::<Utf8Path, _>(behind).next().is_some_and(|(output, _)| output.starts_with(path));
    !is_folder || stamp(&root.join(path)).is_none()
}

/// Is it the file that standard output or standard error goes to?
#[cfg(unix)]
fn is_own_stream(path: &Utf8Path) -> bool {
    let Ok(file) = rustix::fs::stat(path.as_std_path()) else { return false };
    let streams = [rustix::fs::fstat(std::io::stdout()), rustix::fs::fstat(std::io::stderr())];
    streams.iter().flatten().any(|stream| (stream.st_dev, stream.st_ino) == (file.st_dev, file.st_ino))
}

#[cfg(not(unix))]
fn is_own_stream(_: &Utf8Path) -> bool {
    false
}
