//! `dockmill list`: targets with their outputs and tags.

mod row_format;

use std::collections::HashMap;
use std::io::Write;

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use indexmap::IndexMap;
use serde::Serialize;

use crate::diagnostic::{Diagnostics, write_json_line};
use crate::graph::Node;
use crate::manifest::{Manifest, Selection, Stage, Target, TextTarget, names_texts, stage_id};
use crate::plan::{Seen, external_images, survey};
use crate::project::Session;
use crate::render::{Rendered, Renderer, headed};
use crate::source::SourceMap;

use super::Status;
use super::arguments::{Asked as _, Scope, Which};
use super::report::Report;
use super::session;
use super::shard::Shard;
use row_format::RowFormat;
pub(super) use row_format::row_fields;

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) scope: Scope,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Print one JSON object per line for each target, with all that is known of it; `bases` and `header` are null where the
    /// template has errors
    #[arg(long)]
    pub(crate) json: bool,
    /// Print a line like this for each target and stage: `{id} {tags}`. Placeholders are `{id}`, `{image}`, `{stage}`,
    /// `{template}`, `{output}`, `{context}`, `{tags}`, `{shared_tags}`, `{platforms}`, `{files}`, `{bases}`, `{vars.NAME}` and
    /// `{point.AXIS}`
    #[arg(long, value_name = "FORMAT", conflicts_with = "json", add = ArgValueCompleter::new(super::complete::placeholders))]
    pub(crate) format: Option<String>,
    /// List the texts as well, behind the targets
    #[arg(long, conflicts_with_all = ["shard", "format"])]
    pub(crate) texts: bool,
    /// Only share I of N equal shares, and the images that it needs: one line for each target and stage, dependencies first
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<super::shard::Shard>,
}

/// A target or a stage of it, for a line of its own.
struct Listed<'t> {
    target: &'t Target,
    image: &'t str,
    stage: Option<&'t Stage>,
    /// What it is built on from outside of the project, where that is asked for.
    bases: &'t [String],
}

impl Listed<'_> {
    fn id(&self) -> String {
        self.stage.map_or_else(|| self.target.id.clone(), |stage| stage_id(&self.target.id, &stage.name))
    }

    fn tags(&self) -> &[String] {
        self.stage.map_or(&self.target.tags, |stage| &stage.tags)
    }

    fn context(&self) -> &str {
        self.target.shown_context()
    }
}

/// A target for programs.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    image: &'a str,
    point: IndexMap<&'a str, &'a str>,
    template: &'a str,
    output: &'a str,
    tags: &'a [String],
    shared_tags: &'a [String],
    platforms: &'a [String],
    context: &'a str,
    stages: Vec<StageRow<'a>>,
    /// Variables as the templates see them, without the axes.
    vars: IndexMap<String, minijinja::Value>,
    /// The files beside the output.
    files: Vec<&'a str>,
    /// The images from outside of the project that it is built on; `None` where the template has errors.
    bases: Option<&'a [String]>,
    /// The lines of the output's header; likewise.
    header: Option<&'a [String]>,
}

/// A text for programs.
#[derive(Serialize)]
struct TextRow<'a> {
    id: &'a str,
    text: &'a str,
    point: IndexMap<&'a str, &'a str>,
    template: &'a str,
    /// The file that it is, or the one that it has a region of.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    into: Option<&'a str>,
}

#[derive(Serialize)]
struct StageRow<'a> {
    id: String,
    stage: &'a str,
    tags: &'a [String],
    bases: Option<&'a [String]>,
}

/// What only the rendered output tells of a target.
#[derive(Default)]
struct Told {
    bases: Vec<String>,
    /// Stage by stage.
    of_stages: Vec<Vec<String>>,
    header: Vec<String>,
}

impl Told {
    fn of(renderer: &Renderer<'_>, target: &Target, rendered: &Rendered) -> Self {
        let of = |stage| external_images(rendered, stage, renderer.tags()).into_iter().collect();
        let made = headed(renderer.manifest(), target, rendered);
        let lines = made.bytes.split(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line.trim_ascii_end()));
        let (start, count) = (made.header.start.max(1) as usize - 1, made.header.len());
        let header = lines.skip(start).take(count).map(std::borrow::Cow::into_owned).collect();
        Self { bases: of(None), of_stages: target.stages.iter().map(|stage| of(Some(&*stage.name))).collect(), header }
    }

    fn of_stage(&self, target: &Target, stage: &Stage) -> &[String] {
        let at = target.stages.iter().position(|known| known.name == stage.name);
        at.and_then(|at| self.of_stages.get(at)).map_or(&[], Vec::as_slice)
    }
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
fn share(arguments: &List, shard: Shard, format: Option<&RowFormat>, report: &Report) -> Result<Status> {
    session::run(&arguments.which, &arguments.scope, report, false, |session, found| {
        let (renderer, with_bases) = (session.renderer, format.is_some_and(RowFormat::asks_for_bases));
        let ask = |seen: &Seen<'_>| {
            let told = if with_bases { Told::of(renderer, seen.target, seen.rendered) } else { Told::default() };
            (seen.target.output.clone(), seen.target.weight, told)
        };
        let Some(survey) = survey(session, found, ask) else { return Ok(Status::Failed) };
        let wanted = session.chosen_ids(found);
        let mut out = Vec::new();
        let weight = |node: &Node| survey.answer(node).map_or(1, |(_, weight, _)| *weight);
        for (id, parent) in shard.of(&survey.graph, &wanted, weight) {
            let Some(node) = survey.graph.node(id) else { continue };
            let Some((output, _, told)) = survey.answer(node) else { continue };
            let output = output.as_str();
            let (target, stage) = (&*node.target, node.stage.as_deref());
            if let Some(format) = format {
                let Some(target) = session.manifest.target(target) else { continue };
                let image = &*session.manifest.images[target.image].name;
                let stage = target.stages.iter().find(|known| Some(&*known.name) == stage);
                let bases = stage.map_or(&told.bases[..], |stage| told.of_stage(&target, stage));
                format.write(&mut out, &Listed { target: &target, image, stage, bases })?;
            } else if arguments.json {
                let row = ShardRow { id, target, stage, output, tags: &node.tags, parent };
                write_json_line(&mut out, &row)?;
            } else {
                let parent = if parent { "\tparent" } else { "" };
                writeln!(out, "{id}\t{output}\t{}{parent}", node.tags.join(" "))?;
            }
        }
        // A line lacks nothing that was asked for.
        if format.and_then(RowFormat::missing).is_none() {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&out)?;
            stdout.flush()?;
        }
        Ok(Status::Done)
    })
}

pub(crate) fn run(arguments: &List, report: &Report) -> Result<Status> {
    let sources = SourceMap::default();
    let format = match arguments.format.as_deref().map(|text| RowFormat::read(text, &sources)).transpose() {
        Ok(format) => format,
        Err(errors) => {
            report.show(errors, &sources, false);
            return Ok(Status::Failed);
        }
    };
    let missing = |format: Option<&RowFormat>, status: Status| {
        let missing = format.filter(|_| matches!(status, Status::Done)).and_then(RowFormat::missing);
        missing.map_or(status, |error| report.end(error, &sources))
    };
    if let Some(shard) = arguments.shard {
        let status = share(arguments, shard, format.as_ref(), report)?;
        return Ok(missing(format.as_ref(), status));
    }
    let (which, scope) = (&arguments.which, &arguments.scope);
    let form = match &format {
        Some(format) => Form::Lines(format),
        None if arguments.json => Form::Json,
        None => Form::Columns,
    };
    // Who names texts asks for them.
    let with_texts =
        arguments.texts || format.is_none() && scope.choice.targets.iter().any(|target| names_texts(target));
    let status = if scope.since().is_some() {
        session::run_narrow(with_texts, which, scope, report, false, |session, found| {
            let told = if form.is_rendered() { Some(told(session, found)) } else { None };
            let rows = Rows { form, manifest: session.manifest, selection: session.selection, told, text: Vec::new() };
            rows.print(with_texts, found)
        })?
    } else {
        let wanted = scope.choice.wanted(report)?;
        session::with_project(which, &which.values(), report, false, |opened, found| {
            let manifest = opened.manifest;
            // Of a manifest with errors, images may be missing.
            let (told, selection) = if form.is_rendered() && found.errors() == 0 {
                let work = |session: &Session<'_>, found: &mut Diagnostics| Ok(told(session, found));
                // Where the templates have errors, the rest of a row is known all the same.
                let told = opened.run(wanted, true, true, &report.progress(), found, work)?.unwrap_or_default();
                (Some(told), wanted.select(manifest, true, opened.sources, &mut Diagnostics::default()))
            } else {
                (None, opened.choose(wanted, found))
            };
            let Some(selection) = selection else {
                session::advise_of_revisions(found, opened, scope);
                return Ok(Status::Failed);
            };
            let rows = Rows { form, manifest, selection: &selection, told, text: Vec::new() };
            // Who names targets waits for them alone.
            if wanted.is_all() && !form.is_rendered() {
                manifest.verify(found, |_| {});
            }
            rows.print(with_texts, found)
        })?
    };
    Ok(missing(format.as_ref(), status))
}

/// What the outputs tell, by the id of the target; without those that have errors.
fn told(session: &Session<'_>, found: &mut Diagnostics) -> HashMap<String, Told> {
    let mut all = HashMap::new();
    let of = |target: &Target, rendered: &Rendered| Told::of(session.renderer, target, rendered);
    session.each(found, of, |made, _| all.extend(made.map(|(target, told)| (target.id, told))));
    all
}

/// How targets are listed.
#[derive(Clone, Copy)]
enum Form<'f> {
    Columns,
    Lines(&'f RowFormat),
    Json,
}

impl Form<'_> {
    /// Does it tell what only the rendered output tells?
    fn is_rendered(self) -> bool {
        match self {
            Self::Columns => false,
            Self::Lines(format) => format.asks_for_bases(),
            Self::Json => true,
        }
    }
}

/// The lines of targets.
struct Rows<'r> {
    form: Form<'r>,
    manifest: &'r Manifest,
    selection: &'r Selection,
    /// What outputs tell, where it is asked for.
    told: Option<HashMap<String, Told>>,
    text: Vec<u8>,
}

impl Rows<'_> {
    fn add_targets(&mut self, found: &mut Diagnostics) -> Result<()> {
        let (manifest, selection) = (self.manifest, self.selection);
        for target in manifest.targets(selection) {
            match target {
                Ok(target) => self.add(&target)?,
                Err(errors) => found.extend(errors),
            }
        }
        Ok(())
    }

    fn add(&mut self, target: &Target) -> Result<()> {
        let chosen = self.selection.chosen(target);
        let image = &*self.manifest.images[target.image].name;
        let told = self.told.as_ref().and_then(|told| told.get(&target.id));
        let out = &mut self.text;
        if matches!(self.form, Form::Json) {
            write_json_line(out, &row(target, &chosen.stages, image, told))?;
            return Ok(());
        }
        // A line lacks nothing that was asked for.
        if self.told.is_some() && told.is_none() {
            return Ok(());
        }
        let bases = told.map_or(&[][..], |told| &told.bases);
        let itself = chosen.itself.then_some(Listed { target, image, stage: None, bases });
        let stages = chosen.stages.iter().map(|stage| {
            let bases = told.map_or(&[][..], |told| told.of_stage(target, stage));
            Listed { target, image, stage: Some(stage), bases }
        });
        for listed in itself.into_iter().chain(stages) {
            match self.form {
                Form::Lines(format) => format.write(out, &listed)?,
                _ => writeln!(out, "{}\t{}\t{}", listed.id(), target.output, listed.tags().join(" "))?,
            }
        }
        Ok(())
    }

    fn add_texts(&mut self, found: &mut Diagnostics) -> Result<()> {
        let Self { manifest, selection, form, text: out, .. } = self;
        for text in manifest.text_targets(selection) {
            match text {
                Ok(made) if matches!(form, Form::Json) => {
                    write_json_line(out, &text_row(manifest, &made))?;
                }
                Ok(TextTarget { target, .. }) => writeln!(out, "{}\t{}\t", target.id, target.output)?,
                Err(errors) => found.extend(errors),
            }
        }
        Ok(())
    }

    /// Prints them, unless they lack what no target has.
    fn print(mut self, with_texts: bool, found: &mut Diagnostics) -> Result<Status> {
        self.add_targets(found)?;
        if with_texts {
            self.add_texts(found)?;
        }
        if matches!(self.form, Form::Lines(format) if format.missing().is_some()) {
            return Ok(Status::Done);
        }
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&self.text)?;
        stdout.flush()?;
        Ok(Status::Done)
    }
}

fn text_row<'a>(manifest: &'a Manifest, made: &'a TextTarget) -> TextRow<'a> {
    let (TextTarget { target, .. }, text) = (made, &manifest.texts[made.text]);
    let (file, point) = (Some(target.output.as_str()), target.point.iter());
    TextRow {
        id: &target.id,
        text: &text.name,
        point: point.map(|(axis, at)| (&**axis, &**at)).collect(),
        template: target.template.as_str(),
        output: file.filter(|_| !text.is_region),
        into: file.filter(|_| text.is_region),
    }
}

/// A row has the target, and of its stages the chosen ones.
fn row<'a>(target: &'a Target, stages: &[&'a Stage], image: &'a str, told: Option<&'a Told>) -> Row<'a> {
    let is_axis = |name: &str| target.point.iter().any(|(axis, _)| **axis == *name);
    let vars = target.globals.to_vec().into_iter().filter(|(name, _)| &**name != "target" && !is_axis(name));
    Row {
        id: &target.id,
        image,
        point: target.point.iter().map(|(axis, at)| (&**axis, &**at)).collect(),
        template: target.template.as_str(),
        output: target.output.as_str(),
        tags: &target.tags,
        shared_tags: &target.shared_tags,
        platforms: &target.platforms,
        context: target.shown_context(),
        stages: stages
            .iter()
            .map(|stage| StageRow {
                id: stage_id(&target.id, &stage.name),
                stage: &stage.name,
                tags: &stage.tags,
                bases: told.map(|told| told.of_stage(target, stage)),
            })
            .collect(),
        vars: vars.map(|(name, value)| (name.to_string(), value)).collect(),
        files: target.files.iter().map(|file| file.to.as_str()).collect(),
        bases: told.map(|told| &*told.bases),
        header: told.map(|told| &*told.header),
    }
}
