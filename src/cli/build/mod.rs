//! `dockmill build`: renders, then runs the user's builder on each image, what it is built on first.

mod status;
mod view;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::manifest::Manifest;
use crate::plan::build::{BuildPlan, BuildSteps, BuildWishes};
use crate::project::Session;
use crate::run::{BuildStep, BuildStepKind, Built, Mask, Outcome, Ran, RunOptions, diagnose, given_secrets};
use crate::source::reason;

use super::Status;
use super::arguments::{Scope, Which};
use super::printed::Printed;
use super::render::word;
use super::report::Report;
use super::session;
use view::View;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 everything is built; 1 a build failed; 2 the build could not start; 130 or 143 interrupted by Ctrl-C or SIGTERM."
)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of the command line.
pub(crate) struct Build {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    which: Which,
    /// Build up to this many images at the same time; by default, the manifest's `jobs` of `[builder]`, else 1
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// After a failure, still build the images that do not depend on the failed one
    #[arg(short, long)]
    keep_going: bool,
    /// Do not build the images that the chosen ones are built on
    #[arg(long)]
    no_deps: bool,
    /// First pull the base images that this run does not build
    #[arg(long)]
    pull: bool,
    /// Push the tags of each chosen image as soon as it is built
    #[arg(long)]
    push: bool,
    /// Build each image for all its `platforms`, not only for the builder's own
    #[arg(long)]
    platforms: bool,
    /// Print the commands that would run; nothing is written or built
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Pass a secret to every build, in docker's syntax; its value is neither stored nor shown
    #[arg(long, value_name = "id=ID[,src=FILE|,env=NAME]")]
    secret: Vec<String>,
    /// Where the chosen image goes instead of the builder's store, in docker's syntax: `type=local,dest=DIR`
    #[arg(short, long, value_name = "DESTINATION")]
    output: Vec<String>,
    /// Write the log of each build to a file in this folder instead of standard error
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    log_dir: Option<PathBuf>,
    /// Overwrite outputs that were edited by hand, and files that dockmill did not write, and keep these in .dockmill/saved
    #[arg(long)]
    force: bool,
    /// Treat warnings as errors
    #[arg(long)]
    deny_warnings: bool,
    /// Further arguments for the builder
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<String>,
}

/// What is no to docker. Source: `strconv.ParseBool` of Go.
const FALSE: &[&str] = &["0", "f", "F", "false", "FALSE", "False"];

pub(crate) fn run(arguments: &Build, report: &Report) -> Result<Status> {
    session::run(&arguments.which, &arguments.scope, report, arguments.deny_warnings, |session, found| {
        build(session, arguments, report, found)
    })
}

fn build(session: &Session<'_>, arguments: &Build, report: &Report, found: &mut Diagnostics) -> Result<Status> {
    let manifest = session.manifest;
    let wishes = BuildWishes {
        deps: manifest.build.deps && !arguments.no_deps,
        pull: manifest.build.pull || arguments.pull,
        push: arguments.push,
        platforms: arguments.platforms,
        legacy: std::env::var("DOCKER_BUILDKIT").is_ok_and(|value| FALSE.contains(&value.as_str())),
        secrets: &arguments.secret,
        outputs: &arguments.output,
        arguments: &arguments.arguments,
    };
    let Some(plan) = BuildPlan::make(session, &wishes, found) else { return Ok(Status::Failed) };
    if arguments.dry_run {
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        let mut written = Ok(());
        plan.each_step(session, |step| {
            if written.is_ok() {
                written = writeln!(stdout, "{}", step.command);
            }
        });
        written?;
        stdout.flush()?;
        return Ok(Status::Done);
    }
    let secrets = [&arguments.secret[..], &given_secrets(&arguments.arguments)].concat();
    let (mask, problems) = Mask::of_secrets(&secrets);
    found.extend(problems);
    if found.errors() > 0 {
        return Ok(Status::Failed);
    }
    let mut stdout = Printed(std::io::stdout().lock());
    for change in plan.write(session, arguments.force, found) {
        writeln!(stdout, "{} {}", word(change.action), session.location.seen(&change.path))?;
    }
    drop(stdout);
    if found.errors() > 0 {
        return Ok(Status::Failed);
    }
    // What is to be said of the templates is said before the builders' logs hide it.
    if report.show_of(Some(manifest), std::mem::take(found), session.sources, arguments.deny_warnings) {
        return Ok(Status::Failed);
    }
    let steps = plan.steps(session);
    let options =
        RunOptions { jobs: arguments.jobs.map_or(manifest.jobs, usize::from), keep_going: arguments.keep_going, mask };
    let mut view = View::new(report, &steps.list, arguments.log_dir.as_deref())?;
    let ran = crate::run::run_steps(&steps.list, &options, &mut |event| view.observe(&event))?;
    let shown = view.finish();
    let mut failures = Diagnostics::default();
    failures.extend(steps.list.iter().zip(&ran.outcomes).enumerate().filter_map(|(index, (step, outcome))| {
        failure(session, (&plan, &steps), index, step, outcome).map(|diagnostic| match &arguments.log_dir {
            Some(folder) => diagnostic.note(format!("the whole log is {}", view::log_file(folder, step).display())),
            None => diagnostic,
        })
    }));
    report.show(failures, session.sources, false);
    status::summarize(report, &steps.list, &ran);
    // A reader of standard output that is gone must not turn a failure into a success.
    match (status(&ran), shown) {
        (Status::Done, Err(error)) => Err(error),
        (status, _) => Ok(status),
    }
}

fn status(ran: &Ran) -> Status {
    if let Some(signal) = ran.stopped {
        return Status::Stopped(signal);
    }
    if ran.outcomes.iter().any(|outcome| matches!(outcome, Outcome::NotStarted(_))) {
        return Status::Failed;
    }
    let done = ran.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done(_)));
    if done { Status::Done } else { Status::No }
}

/// The error of a step that failed.
fn failure(
    session: &Session<'_>,
    (plan, steps): (&BuildPlan<'_>, &BuildSteps),
    index: usize,
    step: &BuildStep,
    outcome: &Outcome,
) -> Option<Diagnostic> {
    let bare = |message| Diagnostic::bare(Severity::Error, Code::BuildFailed, message);
    match outcome {
        Outcome::Failed { log, status, .. } => {
            let text = log.text();
            let diagnosed = (step.kind == BuildStepKind::Build).then(|| {
                plan.with_file(steps, index, session, |file, rendered| {
                    diagnose(Built { id: &step.name, file, text: rendered }, &text, session.sources)
                })
            });
            let diagnostic = diagnosed.flatten();
            let diagnostic =
                diagnostic.unwrap_or_else(|| plan.place(steps, index, session, &crate::run::why(step, &text)));
            // A place speaks for itself.
            let ended = || format!("`{}` ended with {status}", step.command.program);
            Some(if diagnostic.primary.is_none() { diagnostic.note(ended()) } else { diagnostic })
        }
        Outcome::NotStarted(error) => {
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            let reason = if missing { "there is no such program".to_owned() } else { reason(error) };
            let diagnostic = bare(format!("cannot run `{}`: {reason}", step.command.program));
            Some(if missing { diagnostic.help(not_found(session.manifest)) } else { diagnostic })
        }
        Outcome::Done(_) | Outcome::Stopped(_) | Outcome::NotRun(_) => None,
    }
}

fn not_found(manifest: &Manifest) -> String {
    match &manifest.builder {
        crate::run::Builder::Own(_) => "`use` of `[builder]` names the program".to_owned(),
        _ => "install it, or name another builder: `use` of `[builder]` in the manifest".to_owned(),
    }
}
