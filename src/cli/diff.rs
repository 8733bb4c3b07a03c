//! `dockmill diff`: what `render` would change, or what a change of the templates does to the outputs.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use camino::Utf8Path;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use indexmap::IndexMap;

use crate::diagnostic::{Diagnostics, plural};
use crate::graph::{Dependency, Graph, Node};
use crate::manifest::{Manifest, Selection, Target};
use crate::output::diff::{Change, Differences, FileRole, Form, Paint, between, from_disk, removal};
use crate::output::fold::Fold;
use crate::output::{Expected, Found, Leftover, OutputFile, Region, RegionText, is_header, splice};
use crate::plan::Counterparts;
use crate::project::{Session, at_revision};
use crate::render::{Rendered, Renderer, output_file};
use crate::text;

use super::Status;
use super::arguments::{Choice, Which};
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Compare with the rendered outputs of this git revision instead of the files on disk; `A...B` is where the two parted
    #[arg(long, value_name = "REV", add = ArgValueCompleter::new(super::complete::revisions))]
    pub(crate) against: Option<String>,
    /// Print the whole patch of every output, for `git apply` in the project's folder
    #[arg(long)]
    pub(crate) patch: bool,
    /// Only count changed lines; with --patch, count them for each output first
    #[arg(long)]
    pub(crate) stat: bool,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

impl Diff {
    fn form(&self) -> Form {
        match (self.patch, self.stat) {
            (false, false) => Form::Grouped,
            (false, true) => Form::GroupedStat,
            (true, false) => Form::Patch,
            (true, true) => Form::PatchStat,
        }
    }
}

pub(crate) fn run(arguments: &Diff, report: &Report) -> Result<Status> {
    session::run_narrow(&arguments.which, &arguments.choice, report, arguments.deny_warnings, |session, found| {
        let mut shown = Shown::new(report, arguments.form());
        match &arguments.against {
            None => against_disk(session, &mut shown, found),
            Some(revision) => against_revision(session, revision, &arguments.which, &mut shown, found)?,
        }
        // What cannot be rendered is no answer; the errors follow.
        if shown.is_empty() && found.errors() > 0 {
            return Ok(Status::Failed);
        }
        let graph = shown.graph();
        shown.print(session, &graph)
    })
}

/// What differs, as far as it is known, and how it is to be shown.
pub(crate) struct Shown<'r> {
    report: &'r Report,
    is_patch: bool,
    differences: Differences<'static>,
    /// What no patch can say, a line each.
    remarks: Vec<String>,
    /// What is built on what, of the targets that were rendered.
    nodes: Vec<Node>,
}

impl<'r> Shown<'r> {
    pub(crate) fn new(report: &'r Report, form: Form) -> Self {
        let stdout = std::io::stdout();
        let paint = Paint { colour: report.colour(&stdout), screen: stdout.is_terminal() };
        let differences = Differences::new(form, paint, &is_header);
        let is_patch = matches!(form, Form::Patch | Form::PatchStat);
        Self { report, is_patch, differences, remarks: Vec::new(), nodes: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.differences.count() == 0 && self.remarks.is_empty()
    }

    fn add(&mut self, session: &Session<'_>, changes: Vec<Change>) {
        for mut change in changes {
            // A patch is applied in the project's folder.
            if !self.is_patch {
                change.path = session.location.seen(&change.path);
            }
            self.differences.add(change);
        }
    }

    /// Adds what differs of a target from what stands on disk.
    pub(crate) fn add_states(&mut self, session: &Session<'_>, id: &str, file: &OutputFile, states: Vec<Found>) {
        let changes = from_disk(id, file, states, &session.location.seen_from, &mut self.remarks);
        self.add(session, changes);
    }

    /// As [`Self::add_states`], for a target or a text.
    pub(crate) fn add_made(
        &mut self,
        session: &Session<'_>,
        (id, is_text): (&str, bool),
        file: &OutputFile,
        states: Vec<Found>,
    ) {
        if is_text { self.add_text(session, id, file, states) } else { self.add_states(session, id, file, states) }
    }

    /// As [`Self::add_states`], for a text.
    pub(crate) fn add_text(&mut self, session: &Session<'_>, id: &str, file: &OutputFile, states: Vec<Found>) {
        let changes = from_disk(id, file, states, &session.location.seen_from, &mut self.remarks);
        self.add(session, of_text(changes));
    }

    /// Adds what no target makes any more.
    pub(crate) fn removed(&mut self, session: &Session<'_>, leftover: &Leftover) {
        self.add(session, vec![removal(&session.manifest.root, leftover)]);
    }

    /// Notes what has the target built anew: a pinned tag stays what it is. What is built on a target is only told where all
    /// targets are rendered, as any of them may be.
    fn depends(&mut self, session: &Session<'_>, id: &str, mut dependencies: Vec<Dependency>) {
        dependencies.retain(|dependency| session.all && !dependency.pinned && !dependency.onbuild);
        self.nodes.extend((!dependencies.is_empty()).then(|| Node::whole(id, dependencies)));
    }

    /// What is built on what, if it is to be told.
    fn graph(&mut self) -> Graph {
        let nodes = std::mem::take(&mut self.nodes);
        if self.differences.tells_dependents() { Graph::of_edges(nodes) } else { Graph::default() }
    }

    pub(crate) fn print(&self, session: &Session<'_>, graph: &Graph) -> Result<Status> {
        let (count, remarks) = (self.differences.count(), &self.remarks);
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for remark in remarks {
            writeln!(out, "# {}", crate::diagnostic::printable(remark))?;
        }
        let built_on = graph.nodes().map(|node| &*node.id);
        let fold = Fold::of(session.manifest, self.differences.targets().chain(built_on));
        let dependents = |target: &str| {
            let above = graph.dependents(&[target]).into_iter().map(|node| &*node.id);
            above.filter(|id| *id != target).collect()
        };
        self.differences.write(&fold, &dependents, &mut out)?;
        out.flush()?;
        let blocked = plural(remarks.len(), "file");
        let said = match (count, remarks.len()) {
            (0, 0) => "no differences".to_owned(),
            (0, _) => format!("{blocked} cannot be written"),
            (_, 0) => format!("{} would change", plural(count, "file")),
            _ => format!("{} would change, {blocked} cannot be written", plural(count, "file")),
        };
        self.report.say(&said);
        Ok(if self.is_empty() { Status::Done } else { Status::No })
    }
}

/// Changes of a text.
fn of_text(changes: Vec<Change>) -> Vec<Change> {
    changes.into_iter().map(|change| Change { role: FileRole::Text, ..change }).collect()
}

/// What `render` would change on disk.
fn against_disk(session: &Session<'_>, shown: &mut Shown<'_>, found: &mut Diagnostics) {
    let Some(mut outputs) = session.outputs(found) else { return };
    let mut expected = Expected::default();
    let make = |target: &_, rendered: &Rendered| {
        (output_file(session.manifest, target, rendered), rendered.dependencies.clone())
    };
    let mut failed = false;
    session.each(found, make, |output, found| {
        let Some((target, (file, dependencies))) = output else {
            failed = true;
            return;
        };
        shown.depends(session, &target.id, dependencies);
        expected.add(&file);
        match outputs.look(&file) {
            Ok(states) => shown.add_states(session, &target.id, &file, states),
            Err(error) => found.push(error),
        }
    });
    let texts = session.texts(failed, found);
    for (id, file) in &texts.files {
        expected.add_text(file);
        match outputs.look(file) {
            Ok(states) => shown.add_text(session, id, file, states),
            Err(error) => found.push(error),
        }
    }
    if let Some(left_out) = texts.left_out {
        shown.report.say(&left_out);
    }
    for leftover in session.left_over(&expected, &mut outputs, found).files {
        shown.removed(session, &leftover);
    }
}

/// What a revision's templates render to, against what the work tree's do.
fn against_revision(
    session: &Session<'_>,
    revision: &str,
    which: &Which,
    shown: &mut Shown<'_>,
    found: &mut Diagnostics,
) -> Result<()> {
    let compared = at_revision(session, &which.values(), revision, |old, renderer| {
        compare(session, old, renderer, shown, found);
    })?;
    compared.map_err(|broken| {
        shown.report.show(broken.found, &broken.sources, false);
        anyhow::anyhow!("what `{revision}` renders to is not known, for the errors above")
    })
}

/// What the revision's texts were, against what they are. Of a file with regions only these are compared.
fn compare_texts(
    session: &Session<'_>,
    renderer: &Renderer<'_>,
    failed: bool,
    shown: &mut Shown<'_>,
    found: &mut Diagnostics,
) {
    let (old, everything) = (renderer.manifest(), Selection::all());
    let texts = session.texts(failed, found);
    if let Some(left_out) = texts.left_out {
        shown.report.say(&left_out);
        return;
    }
    // What cannot be made of a revision is told as if it had not been there.
    let then = old.text_targets(&everything).flatten().collect();
    let then = text::render(renderer, then, false, &mut Diagnostics::default());
    let (mut whole, mut regions) = (IndexMap::new(), HashMap::new());
    for (made, rendered) in then.iter().filter_map(|(made, rendered)| Some((made, rendered.as_ref()?))) {
        let old_text = &old.texts[made.text];
        if old_text.is_region {
            regions.insert((made.target.output.clone(), Arc::clone(&old_text.name)), &rendered.text.bytes);
        } else {
            whole.insert(made.target.output.clone(), (&made.target.id, text::output_file(old, made, rendered)));
        }
    }
    for (id, file) in texts.files {
        if file.regions.is_empty() {
            let then = whole.shift_remove(&file.path).map(|(_, file)| file);
            shown.add(session, of_text(between(&id, then, Some(file))));
            continue;
        }
        let text = |region: &Region| {
            let bytes = regions.get(&(file.path.clone(), Arc::clone(&region.name)));
            RegionText {
                name: Arc::clone(&region.name),
                bytes: bytes.map(|bytes| (*bytes).clone()).unwrap_or_default(),
            }
        };
        let then: Vec<RegionText> = file.regions.iter().map(text).collect();
        let then = splice(&file.bytes, &then).map(|(bytes, regions)| OutputFile { bytes, regions, ..file.clone() });
        shown.add(session, of_text(between(&id, then.ok(), Some(file))));
    }
    if session.all {
        for (id, file) in whole.into_values() {
            shown.add(session, of_text(between(id, Some(file), None)));
        }
    }
}

fn compare(
    session: &Session<'_>,
    old: &Manifest,
    renderer: &Renderer<'_>,
    shown: &mut Shown<'_>,
    found: &mut Diagnostics,
) {
    let manifest = session.manifest;
    let everything = Selection::all();
    let now = (manifest, session.selection);
    let all = || Counterparts::new(old, &everything, now, |target| target.output.as_str(), true);
    let then = session.all.then(|| Mutex::new(all()));
    let take = |output: &Utf8Path| match &then {
        Some(then) => then.lock().unwrap_or_else(PoisonError::into_inner).take(output.as_str()),
        None => old.made_by(output).filter(|(_, beside)| beside.is_none()).map(|(target, _)| target),
    };
    let render_old = |target: &Target| output_file(old, target, &renderer.render(target));
    let make = |target: &Target, rendered: &Rendered| {
        let new = output_file(manifest, target, rendered);
        let old = take(&target.output).as_ref().map(&render_old);
        (between(&target.id, old, Some(new)), rendered.dependencies.clone())
    };
    let mut failed = false;
    session.each(found, make, |output, _| {
        let Some((target, (changes, dependencies))) = output else {
            failed = true;
            return;
        };
        shown.depends(session, &target.id, dependencies);
        shown.add(session, changes);
    });
    compare_texts(session, renderer, failed, shown, found);
    if let Some(then) = then {
        let mut gone = then.into_inner().unwrap_or_else(PoisonError::into_inner).gone();
        gone.sort_by(|left, right| left.output.cmp(&right.output));
        for target in gone {
            shown.add(session, between(&target.id, Some(render_old(&target)), None));
        }
    }
}
