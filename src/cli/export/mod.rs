//! `dockmill export`: the plan of a build, for those who run the builder themselves.

mod make;

use std::io::Write;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::manifest::Manifest;
use crate::plan::export::{ExportPlan, bake, github};

use super::Status;
use super::arguments::{Scope, Which};
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(subcommand)]
    form: Form,
}

#[derive(Debug, Subcommand)]
enum Form {
    Bake(Bake),
    Github(Github),
    Make(make::Make),
}

/// Write a file for `docker buildx bake`
///
/// Every chosen image is a target of the file, and so are the images that it is built on: `contexts` passes them on without a
/// registry in between. Paths are relative to the project's folder: run bake there, after `dockmill render`.
#[derive(Debug, Args)]
struct Bake {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    which: Which,
}

/// Write matrices for GitHub Actions, one for each level of the graph
///
/// Prints lines `level0={"include":[…]}` for `$GITHUB_OUTPUT`. The images of a level need only images of the levels before it; all
/// images that are needed are included. A matrix entry has `id`, `file`, `context`, `target` and `tags`, separated by spaces.
#[derive(Debug, Args)]
struct Github {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(arguments: &Export, report: &Report) -> Result<Status> {
    match &arguments.form {
        Form::Bake(bake) => planned(&bake.scope, &bake.which, report, bake::write),
        Form::Github(github) => planned(&github.scope, &github.which, report, github::write),
        Form::Make(make) => make::run(make, report),
    }
}

/// Prints what `write` makes of the plan.
fn planned(
    scope: &Scope,
    which: &Which,
    report: &Report,
    write: impl FnOnce(&Manifest, &ExportPlan, &mut dyn Write) -> Result<()>,
) -> Result<Status> {
    session::run(which, scope, report, false, |session, found| {
        let Some(plan) = ExportPlan::of(session, found) else { return Ok(Status::Failed) };
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        write(session.manifest, &plan, &mut stdout)?;
        stdout.flush()?;
        Ok(Status::Done)
    })
}
