//! `dockmill list`: targets with their outputs and tags.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::manifest::{Chosen, Target, stage_id};
use crate::plan::{Seen, survey};

use super::Status;
use super::arguments::{Choice, Which};
use super::report::Report;
use super::session;
use super::shard::Shard;

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Print one JSON object per line for each target
    #[arg(long)]
    pub(crate) json: bool,
    /// Only share I of N equal shares, and the images that it needs: one line for each target and stage, dependencies first
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<super::shard::Shard>,
}

/// A target for programs.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    image: &'a str,
    point: indexmap::IndexMap<&'a str, &'a str>,
    template: &'a str,
    output: &'a str,
    tags: &'a [String],
    shared_tags: &'a [String],
    platforms: &'a [String],
    context: &'a str,
    stages: Vec<StageRow<'a>>,
}

#[derive(Serialize)]
struct StageRow<'a> {
    id: String,
    stage: &'a str,
    tags: &'a [String],
}

/// A target or stage of a share.
#[derive(Serialize)]
struct ShardRow<'a> {
    id: &'a str,
    target: &'a str,
    stage: Option<&'a str>,
    output: &'a str,
    tags: &'a [String],
    /// Another share has it as its own; this one needs it.
    parent: bool,
}

/// The targets and stages of a share, parents first.
fn share(arguments: &List, shard: Shard, report: &Report) -> Result<Status> {
    session::run(&arguments.which, &arguments.choice, report, false, |session, found| {
        let output = |seen: &Seen<'_>| seen.target.output.clone();
        let Some(survey) = survey(session, found, output) else { return Ok(Status::Failed) };
        let wanted = session.chosen_ids(found);
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        for (id, parent) in shard.of(&survey.graph, &wanted) {
            let Some(node) = survey.graph.node(id) else { continue };
            let Some(output) = survey.answer(node) else { continue };
            let output = output.as_str();
            let (target, stage) = (&*node.target, node.stage.as_deref());
            if arguments.json {
                let row = ShardRow { id, target, stage, output, tags: &node.tags, parent };
                serde_json::to_writer(&mut stdout, &row)?;
                writeln!(stdout)?;
            } else {
                let parent = if parent { "\tparent" } else { "" };
                writeln!(stdout, "{id}\t{output}\t{}{parent}", node.tags.join(" "))?;
            }
        }
        stdout.flush()?;
        Ok(Status::Done)
    })
}

pub(crate) fn run(arguments: &List, report: &Report) -> Result<Status> {
    if let Some(shard) = arguments.shard {
        return share(arguments, shard, report);
    }
    let (which, choice) = (&arguments.which, &arguments.choice);
    session::with_project(which, &which.values(), report, false, |opened, found| {
        let manifest = opened.manifest;
        let Some(selection) = opened.choose(&choice.targets, &choice.narrow, found) else { return Ok(Status::Failed) };
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        for target in manifest.targets(&selection) {
            match target {
                Ok(target) if arguments.json => {
                    let chosen = selection.chosen(&target);
                    serde_json::to_writer(&mut stdout, &row(&target, &chosen, &manifest.images[target.image].name))?;
                    writeln!(stdout)?;
                }
                Ok(target) => text(&mut stdout, &target, &selection.chosen(&target))?,
                Err(errors) => found.extend(errors),
            }
        }
        // Who names targets waits for them alone.
        if choice.is_all() {
            manifest.verify(found, |_| {});
        }
        stdout.flush()?;
        Ok(Status::Done)
    })
}

fn text(out: &mut impl Write, target: &Target, chosen: &Chosen<'_>) -> Result<()> {
    if chosen.itself {
        writeln!(out, "{}\t{}\t{}", target.id, target.output, target.tags.join(" "))?;
    }
    for stage in &chosen.stages {
        writeln!(out, "{}:{}\t{}\t{}", target.id, stage.name, target.output, stage.tags.join(" "))?;
    }
    Ok(())
}

/// A row has the target, and of its stages the chosen ones.
fn row<'a>(target: &'a Target, chosen: &Chosen<'a>, image: &'a str) -> Row<'a> {
    Row {
        id: &target.id,
        image,
        point: target.point.iter().map(|(axis, at)| (&**axis, &**at)).collect(),
        template: target.template.as_str(),
        output: target.output.as_str(),
        tags: &target.tags,
        shared_tags: &target.shared_tags,
        platforms: &target.platforms,
        context: if target.context.as_str().is_empty() { "." } else { target.context.as_str() },
        stages: chosen
            .stages
            .iter()
            .map(|stage| StageRow { id: stage_id(&target.id, &stage.name), stage: &stage.name, tags: &stage.tags })
            .collect(),
    }
}
