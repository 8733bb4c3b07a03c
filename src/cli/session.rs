//! What the commands that need outputs have in common: open the project, do the work, say what was found.

use anyhow::Result;

use crate::diagnostic::Diagnostics;
use crate::project::{Location, Opened, Session, Values};
use crate::source::{Disk, FileSystem};

use super::Status;
use super::arguments::{Choice, Which};
use super::report::Report;

/// As [`run`], for a command that writes nothing. With targets named it makes no others, so what is wrong with several
/// targets together, such as two with one output, is told only where all are chosen.
pub(crate) fn run_narrow(
    which: &Which,
    choice: &Choice,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    run_over(true, which, choice, report, deny_warnings, work)
}

/// Runs `work` on the project. Where manifest or templates have errors, nothing is done but to show them all.
pub(crate) fn run(
    which: &Which,
    choice: &Choice,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    run_over(false, which, choice, report, deny_warnings, work)
}

fn run_over(
    narrowly: bool,
    which: &Which,
    choice: &Choice,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    with_project(which, &which.values(), report, deny_warnings, |opened, found| {
        let status = opened.run((&choice.targets, &choice.narrow), narrowly, &report.progress(), found, work)?;
        Ok(status.unwrap_or(Status::Failed))
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
