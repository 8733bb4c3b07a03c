//! `dockmill export`: the plan of a build, for those who run the builder themselves.

mod bake;
mod github;
mod make;
mod makefile;
mod names;
mod seen;

use std::collections::HashMap;
use std::io::Write;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::diagnostic::Diagnostics;
use crate::graph::{Graph, Node};
use crate::manifest::{Selection, Target};
use crate::project::Session;

use super::Status;
use super::arguments::{Choice, Which};
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

/// A file for `docker buildx bake`
///
/// Every chosen image is a target of the file, and so is what it is built on, handed over by `contexts` without a registry
/// in between. Paths are relative to the project's folder: run bake there, after `dockmill render`.
#[derive(Debug, Args)]
struct Bake {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    which: Which,
}

/// Matrices for GitHub Actions, one for each level of the graph
///
/// Prints lines `level0={"include":[…]}` for `$GITHUB_OUTPUT`. What is in a level needs only what is in those before it, which is
/// included. A matrix entry has `id`, `file`, `context`, `target` and `tags`, with spaces between.
#[derive(Debug, Args)]
struct Github {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    which: Which,
}

pub(crate) fn run(arguments: &Export, report: &Report) -> Result<Status> {
    match &arguments.form {
        Form::Bake(bake) => planned(&bake.choice, &bake.which, report, bake::text),
        Form::Github(github) => planned(&github.choice, &github.which, report, github::text),
        Form::Make(make) => make::run(make, report),
    }
}

/// Prints what `text` makes of the plan.
fn planned(
    choice: &Choice,
    which: &Which,
    report: &Report,
    text: impl FnOnce(&Session<'_>, &Plan) -> Result<String>,
) -> Result<Status> {
    session::run(which, choice, report, false, |session, found| {
        let Some(plan) = Plan::of(session, found) else { return Ok(Status::Failed) };
        std::io::stdout().lock().write_all(text(session, &plan)?.as_bytes())?;
        Ok(Status::Done)
    })
}

/// The chosen targets and stages with all that they are built on.
struct Plan {
    graph: Graph,
    /// By id.
    targets: HashMap<String, Target>,
    /// The ids of what was chosen.
    chosen: Vec<String>,
    /// Is what they are built on part of the plan? A profile may say that it is not.
    deps: bool,
}

impl Plan {
    /// `None`: errors are in `found`.
    fn of(session: &Session<'_>, found: &mut Diagnostics) -> Option<Self> {
        let graph = session.graph(found);
        let chosen = session.chosen_ids(found);
        let all = Selection::all();
        let targets = session.project.targets(&all).flatten().map(|target| (target.id.clone(), target)).collect();
        (found.errors() == 0).then_some(Self { graph, targets, chosen, deps: session.project.build.deps })
    }

    /// The nodes of the plan, level by level; within a level and among levels what is needed comes first.
    fn levels(&self) -> Vec<Vec<&Node>> {
        let chosen: Vec<&str> = self.chosen.iter().map(String::as_str).collect();
        if self.deps {
            return self.graph.levels(&chosen);
        }
        vec![chosen.into_iter().filter_map(|id| self.graph.node(id)).collect()]
    }

    /// The target of a node.
    fn target(&self, node: &Node) -> Option<&Target> {
        self.targets.get(&*node.target)
    }
}

/// A path of the project, where the empty one is the project's folder.
fn shown(path: &camino::Utf8Path) -> &str {
    if path.as_str().is_empty() { "." } else { path.as_str() }
}
