//! `dockmill export`: the plan of a build, for those who run the builder themselves.

mod make;

use std::io::Write;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;

use crate::diagnostic::Diagnostics;
use crate::plan::export::{ExportPlan, bake, github, gitlab};
use crate::project::Session;

use super::arguments::{Scope, Which};
use super::report::Report;
use super::session;
use super::{Status, complete, write};

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(subcommand)]
    form: Form,
}

#[derive(Debug, Subcommand)]
enum Form {
    Bake(Bake),
    Github(Github),
    Gitlab(Gitlab),
    Make(make::Make),
}

/// Write a file for `docker buildx bake`
///
/// Every chosen image is a target of the file, and so are the images that it is built on: `contexts` passes them on without a
/// registry in between. An image with several targets is a group. Paths are relative to the project's folder: run bake there, after
/// `dockmill render`.
#[derive(Debug, Args)]
struct Bake {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    which: Which,
    /// Write to this file, but only if it differs
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<Utf8PathBuf>,
}

/// Write matrices for GitHub Actions, one for each level of the graph
///
/// Prints lines `level0={"include":[…]}` for `$GITHUB_OUTPUT`. The images of a level need only images of the levels before it; all
/// images that are needed are included. A matrix entry has `id`, `file`, `context`, `target`, `tags`, separated by spaces,
/// `platforms`, separated by commas, and `point`, the values of the axes. GitHub runs at most 256 jobs of a matrix: `level0_2` and so on have the rest. Where nothing is to be built, `level0` is empty.
#[derive(Debug, Args)]
struct Github {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    with: With,
    /// Add a line `texts={"include":[…]}` with `id` and `file` of each text file that is chosen
    #[arg(long)]
    texts: bool,
}

/// Write a child pipeline for GitLab CI
///
/// A job for each image, which waits for those of the images that it is built on; all images that are needed are included. The script
/// and whatever else runners need is in the hidden job `.dockmill`, for a file that is included later to change.
#[derive(Debug, Args)]
struct Gitlab {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    with: With,
    /// Write to this file, but only if it differs
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<Utf8PathBuf>,
}

// What a plan tells beside what a build needs.
#[derive(Debug, Args)]
struct With {
    /// Tell this variable of each target, too, such as the runner that it needs
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(complete::variables))]
    with: Vec<String>,
}

/// A plan that is asked for.
struct Wish<'a> {
    scope: &'a Scope,
    which: &'a Which,
    with: &'a [String],
    /// Are texts told of as well?
    with_texts: bool,
    /// The file that it is written to, and how one begins that was written before.
    output: Option<&'a Utf8Path>,
    mark: &'a str,
}

impl<'a> Wish<'a> {
    /// One that goes to standard output.
    fn of(scope: &'a Scope, which: &'a Which) -> Self {
        Self { scope, which, with: &[], with_texts: false, output: None, mark: "" }
    }
}

pub(crate) fn run(arguments: &Export, report: &Report) -> Result<Status> {
    match &arguments.form {
        Form::Bake(Bake { scope, which, output }) => {
            let wish = Wish { output: output.as_deref(), mark: bake::MARK, ..Wish::of(scope, which) };
            planned(&wish, report, |session, plan, out| bake::write(session.manifest, plan, out))
        }
        Form::Github(Github { scope, which, with, texts }) => {
            let wish = Wish { with: &with.with, with_texts: *texts, ..Wish::of(scope, which) };
            planned(&wish, report, |session, plan, out| {
                let split = github::write(session.manifest, plan, out)?;
                if !split.is_empty() {
                    let names: Vec<String> = split.iter().map(|name| format!("`{name}`")).collect();
                    report.say(&format!(
                        "note: GitHub takes no more than 256 jobs in a matrix: the rest is in {}, each for a job of its own that \
                         later levels need, too",
                        names.join(", ")
                    ));
                }
                if *texts { github::write_texts(session.manifest, session.selection, out) } else { Ok(()) }
            })
        }
        Form::Gitlab(Gitlab { scope, which, with, output }) => {
            let (output, mark) = (output.as_deref(), gitlab::MARK);
            let wish = Wish { with: &with.with, output, mark, ..Wish::of(scope, which) };
            let profile = which.profile.iter().flat_map(|profile| ["--profile".to_owned(), profile.clone()]);
            let values: Vec<String> = which.project().into_iter().chain(profile).collect();
            planned(&wish, report, |session, plan, out| gitlab::write(session.manifest, plan, &values, out))
        }
        Form::Make(make) => make::run(make, report),
    }
}

/// Writes what `write` makes of the plan.
fn planned(
    wish: &Wish<'_>,
    report: &Report,
    write: impl FnOnce(&Session<'_>, &ExportPlan, &mut dyn Write) -> Result<()>,
) -> Result<Status> {
    let work = |session: &Session<'_>, found: &mut Diagnostics| {
        let Some(plan) = ExportPlan::of(session, wish.with, found) else { return Ok(Status::Failed) };
        if let Some(file) = wish.output {
            let mut text = Vec::new();
            write(session, &plan, &mut text)?;
            write::unless_foreign(file, &text, wish.mark)?;
            return Ok(Status::Done);
        }
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        write(session, &plan, &mut stdout)?;
        stdout.flush()?;
        Ok(Status::Done)
    };
    if wish.with_texts {
        session::run_with_texts(wish.which, wish.scope, report, false, work)
    } else {
        session::run(wish.which, wish.scope, report, false, work)
    }
}
