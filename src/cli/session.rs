//! What the commands that need outputs have in common: read the project, check it, do the work, say what was found.

use std::cell::OnceCell;

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostics;
use crate::graph::{Graph, Node, Tags};
use crate::manifest::{Project, Selection, Target, stage_id};
use crate::output::Outputs;
use crate::output::fold::Fold;
use crate::render::{Rendered, Renderer, cycles, in_order};
use crate::source::{Disk, SourceMap};

use super::Status;
use super::arguments::{Choice, Which};
use super::project::{Place, select};
use super::report::Report;

/// A project that is ready to be rendered, and what the user wants of it.
pub(crate) struct Session<'a> {
    pub(crate) project: &'a Project,
    pub(crate) selection: &'a Selection,
    pub(crate) renderer: &'a Renderer<'a>,
    pub(crate) report: &'a Report,
    pub(crate) sources: &'a SourceMap,
    /// The way from the current folder to the project's.
    pub(crate) prefix: Utf8PathBuf,
    /// No selector was given.
    pub(crate) all: bool,
}

/// As [`run`], for a command that writes nothing. With targets named it makes no others, so what is wrong with several
/// targets together, such as two with one output, is told only where all are chosen.
pub(crate) fn run_narrow(
    which: &Which,
    choice: &Choice,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    run_over(choice.is_all(), which, choice, report, deny_warnings, work)
}

/// Runs `work` on the project. Where manifest or templates have errors, nothing is done but to show them all.
pub(crate) fn run(
    which: &Which,
    choice: &Choice,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    run_over(true, which, choice, report, deny_warnings, work)
}

fn run_over(
    verify: bool,
    which: &Which,
    choice: &Choice,
    report: &Report,
    deny_warnings: bool,
    work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<Status>,
) -> Result<Status> {
    let place = Place::find(which)?;
    let sources = place.sources();
    let mut found = Diagnostics::default();
    let Some(project) = place.load(which, &sources, &mut found) else {
        report.show(found, &sources, deny_warnings);
        return Ok(Status::Failed);
    };
    let mut tags = if verify { Tags::default() } else { Tags::as_asked(&project) };
    if verify {
        project.verify(&mut found, |target| tags.add_target(target));
    }
    let selection = select(&project, choice, &sources, &mut found);
    let renderer = Renderer::load(&project, tags, &Disk, &sources, &mut found);
    let mut status = Status::Failed;
    if let (Some(selection), 0) = (&selection, found.errors()) {
        let all = choice.is_all();
        let (sources, prefix) = (&sources, place.prefix.clone());
        let session = Session { project: &project, selection, renderer: &renderer, report, sources, prefix, all };
        status = work(&session, &mut found)?;
        found.extend(renderer.unused_defines());
    }
    let all = OnceCell::new();
    let prepared = OnceCell::new();
    let fold = |ids: &[String]| {
        let all = all.get_or_init(|| project.all_ids());
        let prepared = prepared.get_or_init(|| Fold::new(all.iter().map(String::as_str)));
        prepared.fold(ids.iter().map(String::as_str)).short(TERMS)
    };
    let failed = report.show_folded(found, &sources, deny_warnings, &fold);
    Ok(if failed { Status::Failed } else { status })
}

/// A list of targets in a message has at most so many terms.
const TERMS: usize = 8;

impl Session<'_> {
    /// The same project with other targets.
    pub(crate) fn over<'b>(&'b self, selection: &'b Selection) -> Session<'b> {
        let Self { project, renderer, report, sources, prefix, all, .. } = self;
        Session { project, selection, renderer, report, sources, prefix: prefix.clone(), all: *all }
    }

    /// The folder that outputs are in; where it cannot be opened, `found` gets the error.
    pub(crate) fn outputs(&self, found: &mut Diagnostics) -> Option<Outputs> {
        let outputs = Outputs::open(&self.project.root, &self.project.name);
        let mut outputs = outputs.map_err(|error| found.push(error)).ok()?;
        outputs.keep(self.renderer.read_files());
        Some(outputs)
    }

    /// Warns of what the manifest declares and nothing uses, where all targets were rendered without errors.
    pub(crate) fn unused(&self, found: &mut Diagnostics) {
        if self.all && found.errors() == 0 {
            found.extend(self.renderer.unused());
        }
    }

    /// The ids of the chosen targets and stages.
    pub(crate) fn chosen_ids(&self, found: &mut Diagnostics) -> Vec<String> {
        let mut ids = Vec::new();
        for target in self.project.targets(self.selection) {
            match target {
                Ok(target) => {
                    let chosen = self.selection.chosen(&target);
                    ids.extend(chosen.itself.then(|| target.id.clone()));
                    ids.extend(chosen.stages.iter().map(|stage| stage_id(&target.id, &stage.name)));
                }
                Err(errors) => found.extend(errors),
            }
        }
        ids
    }

    /// What is built on what, of all targets, selected or not.
    pub(crate) fn graph(&self, found: &mut Diagnostics) -> Graph {
        let mut nodes = Vec::new();
        let make = |target: &Target, rendered: Rendered| Node::of(target, &rendered.text.bytes, &rendered.dependencies);
        self.over(&Selection::all())
            .each_owned(found, make, |made, _| nodes.extend(made.into_iter().flat_map(|(_, of)| of)));
        Graph::new(nodes)
    }

    /// Renders the selected targets on all processors and hands them on in order. What a target has to say goes to
    /// `found`; a target with an error is handed on as `None`.
    pub(crate) fn each<R: Send>(
        &self,
        found: &mut Diagnostics,
        make: impl Fn(&Target, &Rendered) -> R + Sync,
        take: impl FnMut(Option<(Target, R)>, &mut Diagnostics),
    ) {
        self.each_owned(found, |target, rendered| make(target, &rendered), take);
    }

    /// As [`Self::each`], for those who keep what was rendered.
    pub(crate) fn each_owned<R: Send>(
        &self,
        found: &mut Diagnostics,
        make: impl Fn(&Target, Rendered) -> R + Sync,
        mut take: impl FnMut(Option<(Target, R)>, &mut Diagnostics),
    ) {
        let mut progress = self.report.progress();
        let mut edges: Vec<Node> = Vec::new();
        let render = |target| match target {
            Ok(target) => {
                let mut rendered = self.renderer.render(&target);
                let failed = rendered.failed();
                let said = std::mem::take(&mut rendered.diagnostics);
                let needs = rendered.dependencies.clone();
                let made = if failed { None } else { Some(make(&target, rendered)) };
                Ok((target, said, needs, made))
            }
            Err(errors) => Err(errors),
        };
        in_order(self.project.targets(self.selection), render, |result| {
            progress.step();
            match result {
                Ok((target, said, needs, made)) => {
                    found.extend_for(&target.id, said);
                    edges.extend((!needs.is_empty()).then(|| Node::whole(&target.id, needs)));
                    take(made.map(|made| (target, made)), found);
                }
                Err(errors) => {
                    found.extend(errors);
                    take(None, found);
                }
            }
        });
        found.extend(cycles(self.renderer, edges));
    }

    /// Is it a path that some target makes, selected or not?
    pub(crate) fn is_made(&self, path: &camino::Utf8Path) -> bool {
        self.project.made_by(path).is_some()
    }
}
