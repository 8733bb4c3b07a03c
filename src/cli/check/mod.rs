//! `dockmill check`: are the outputs what their templates say? Nothing is written.

mod committed;
pub(super) mod staged;

use std::fmt::Write as _;
use std::io::stdout;

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::Args;

use crate::adopt::edit::is_adoptable;
use crate::diagnostic::{Diagnostics, plural};
use crate::output::{Expected, Found, OutputFile, State};
use crate::project::{Session, Values};
use crate::render::into_output_file;
use crate::source::{again, named};

use super::Status;
use super::arguments::{Scope, Which};
use super::drift::{self, Drift};
use super::report::Report;
use super::session;
use super::tally::Tally;

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Check what git has staged instead of the files on disk: would a commit be whole?
    #[arg(long, conflicts_with_all = ["define", "profile", "since"])]
    pub(crate) staged: bool,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

pub(crate) fn run(arguments: &Check, report: &Report) -> Result<Status> {
    if arguments.staged {
        return staged::run(&arguments.which, &arguments.scope.choice, report, arguments.deny_warnings, false);
    }
    session::run_narrow(true, &arguments.which, &arguments.scope, report, arguments.deny_warnings, |session, found| {
        check(session, &arguments.which.values(), report, found)
    })
}

fn check(session: &Session<'_>, values: &Values<'_>, report: &Report, found: &mut Diagnostics) -> Result<Status> {
    let Some(mut outputs) = session.outputs(found) else { return Ok(Status::Failed) };
    let mut expected = Expected::default();
    let (mut wrong, mut kept, mut blocked) = (Vec::new(), 0, 0);
    // Outputs with edits that `adopt --edit` may take back.
    let mut edited: Vec<Utf8PathBuf> = Vec::new();
    let mut tally = Tally::default();
    let make = |target: &_, rendered| into_output_file(session.manifest, target, rendered);
    let mut unread = 0;
    let mut look = |id: &str, file: &OutputFile, found: &mut Diagnostics| match outputs.look(file) {
        Ok(states) => {
            let differing = states.iter().filter(|found| !found.state.is_current());
            kept += differing.clone().filter(|found| found.state.is_protected()).count();
            blocked += differing.clone().filter(|found| found.state.is_blocked()).count();
            let is_edited = |found: &&Found| found.state == State::Edited { conflict: None };
            edited.extend(differing.clone().filter(is_edited).map(|found| found.path.clone()));
            wrong.extend(differing.map(|found| Drift::of(id, found.path.clone(), &found.state)));
        }
        Err(error) => {
            unread += 1;
            found.push(error);
        }
    };
    session.each_with_context(found, make, |output, found| {
        let Some((target, file)) = tally.output(output) else { return };
        expected.add(&file);
        look(&target.id, &file, found);
    });
    let texts = session.texts(tally.has_failed(), found);
    tally.texts(&texts);
    for (id, file) in &texts.files {
        expected.add_text(file);
        look(id, file, found);
    }
    tally.unread += unread;
    if let Some(left_out) = texts.left_out {
        report.say(&left_out);
    }
    session.unused(found);
    let left = session.left_over(&expected, &mut outputs, found);
    wrong.extend(left.strays.into_iter().map(Drift::stray));
    for leftover in left.files {
        kept += usize::from(leftover.is_edited());
        wrong.push(Drift::left_over(leftover.path, leftover.state.is_protected()));
    }
    if session.manifest.standard() {
        // Those that are missing are told by themselves.
        for drift in &wrong {
            expected.listed.remove(&drift.path);
        }
        match outputs.are_listed(&expected.listed) {
            Ok(true) => {}
            Ok(false) => wrong.push(Drift::of_list(outputs.list_path().to_owned())),
            Err(error) => {
                tally.unread += 1;
                found.push(error);
            }
        }
        edited.extend(committed::tell(&mut wrong, session, values, &outputs));
    }
    // A text shows all targets, and what was edited in it has no one source; neither has a copy.
    edited.retain(|path| is_adoptable(session.manifest, path));
    drift::tell(stdout().lock(), &wrong, Some(session.manifest), report, session.location)?;
    let others =
        if wrong.is_empty() { "; the others are up to date" } else { "; not all of the others are up to date" };
    if let Some(failure) = tally.failure(others) {
        report.say(&failure);
        return Ok(Status::Failed);
    }
    let count = tally.outputs();
    if wrong.is_empty() {
        report.say(&format!("{count}, all up to date"));
        return Ok(Status::Done);
    }
    let differ = plural(wrong.len(), "file");
    let writable = wrong.len() - blocked;
    let (diff, render) = (again("diff"), again("render"));
    let them = if wrong.len() == 1 { "it" } else { "them" };
    let mut remedy = match kept {
        _ if writable == 0 => format!("`{render}` cannot write {them}"),
        0 => format!("`{render}` writes {them}"),
        _ if kept == writable => format!("`{render}` writes {them} only with `--force`"),
        _ => format!("`{render}` writes {them}, {kept} of them only with `--force`"),
    };
    if blocked > 0 && writable > 0 {
        remedy.push_str(", but for those that something is in the way of");
    }
    if session.manifest.standard() {
        let one = if let [one] = &*edited { named(&session.manifest.root, &[one]) } else { String::new() };
        let adopt = again(&format!("adopt --edit{one}"));
        match edited.len() {
            0 => {}
            1 => _ = write!(remedy, "; `{adopt}` takes the edit back into what it is made from"),
            _ => _ = write!(remedy, "; `{adopt}` takes edits back into what they are made from"),
        }
    }
    report.say(&format!("{differ} of {count} not as the templates say; `{diff}` shows how, {remedy}"));
    Ok(Status::No)
}
