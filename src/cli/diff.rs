//! `dockmill diff`: what `render` would change, or what a change of the templates does to the outputs.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, bail};
use camino::Utf8Path;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use indexmap::IndexMap;

use crate::diagnostic::{Diagnostics, plural, printable};
use crate::manifest::{Manifest, Selection, Target};
use crate::output::diff::{Change, FileRole, Paint, Patches, between, from_disk, removal};
use crate::output::{Expected, Found, Leftover, OutputFile, Region, RegionText, splice};
use crate::plan::Counterparts;
use crate::project::{Session, Values, argument, at_files, at_revision};
use crate::render::{Rendered, Renderer, output_file};
use crate::review::{self, BuiltOn, Detail, Pending, Review, Terminal, against_rendered, of_changes};
use crate::source::{Memory, again};
use crate::text;

use super::Status;
use super::arguments::{Choice, Which};
use super::page::Page;
use super::report::Report;
use super::{pager, session};

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
    #[command(flatten)]
    pub(crate) view: View,
    #[command(flatten)]
    pub(crate) page: Page,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// What is printed of the causes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct View {
    /// Only count changed lines, of each cause; with --patch, count them for each output first
    #[arg(long)]
    pub(crate) stat: bool,
    /// Show only the cause of this number, and all of it
    #[arg(long, value_name = "N", conflicts_with_all = ["patch", "stat", "target"])]
    pub(crate) cause: Option<usize>,
    /// Show every changed line of this target, each with its cause
    #[arg(long, value_name = "ID", conflicts_with_all = ["patch", "stat", "full"], add = ArgValueCompleter::new(super::complete::whole_targets))]
    pub(crate) target: Option<String>,
    /// Name every output, and show every kind of changed line
    #[arg(long, conflicts_with_all = ["patch", "stat"])]
    pub(crate) full: bool,
    /// Print all at once, where `DOCKMILL_PAGER`, `PAGER` or `less` would show it page by page
    #[arg(long)]
    pub(crate) no_pager: bool,
}

impl View {
    /// How much is to be kept of each output.
    fn detail(&self) -> Detail {
        if self.target.is_some() || self.stat { Detail::Edits } else { Detail::Causes }
    }
}

pub(crate) fn run(arguments: &Diff, report: &Report) -> Result<Status> {
    session::run_narrow(true, &arguments.which, &arguments.choice, report, arguments.deny_warnings, |session, found| {
        if arguments.patch {
            return patch(session, arguments, report, found);
        }
        let (values, detail) = (arguments.which.values(), arguments.page.detail().unwrap_or(arguments.view.detail()));
        let review = match &arguments.against {
            None => on_disk(session, report, Some(KEPT), found).review(session, &values, detail),
            Some(revision) => against_revision(session, revision, &values, report, |old, renderer| {
                let texts = |failed, found: &mut Diagnostics| texts(session, old, renderer, failed, report, found);
                against_rendered(session, renderer, detail, found, texts)
            })?,
        };
        // What cannot be rendered is no answer; the errors follow.
        if review.is_empty() && found.errors() > 0 {
            return Ok(Status::Failed);
        }
        if arguments.page.print(session, &review, arguments.against.as_deref())? {
            return Ok(told(&review, report));
        }
        if let Some(id) = &arguments.view.target
            && !review.outputs.iter().any(|output| output.target == *id)
        {
            return unchanged(session, &review, id, report, found);
        }
        print(&review.seen_from(&session.location.seen_from), &arguments.view, report)
    })
}

/// Says that nothing changes in a target, where there is one of this id.
fn unchanged(
    session: &Session<'_>,
    review: &Review,
    id: &str,
    report: &Report,
    found: &mut Diagnostics,
) -> Result<Status> {
    let named = [(id.to_owned(), argument(session.sources, "diff --target ", id))];
    let selection = match session.manifest.select_of(&named, &[], true) {
        Ok(selection) => selection,
        Err(errors) => {
            found.extend(errors);
            return Ok(Status::Failed);
        }
    };
    let mut several = session.manifest.targets(&selection).flatten().filter(|target| target.id != id);
    let changes = |target: &Target| review.outputs.iter().any(|output| output.target == target.id);
    if let Some(one) = several.find(changes) {
        let (all, one) = (again(&format!("diff {id}")), again(&format!("diff --target {}", one.id)));
        bail!("`{id}` is not one target: `{all}` shows what changes in all of them, `{one}` every line of one");
    }
    report.say(&format!("nothing changes in `{id}`"));
    Ok(Status::Done)
}

/// Prints the causes, and says what they come to.
fn print(review: &Review, view: &View, report: &Report) -> Result<Status> {
    let stdout = std::io::stdout();
    let columns = terminal_size::terminal_size_of(&stdout).map_or(80, |(width, _)| usize::from(width.0));
    let full = view.full || view.cause.is_some();
    let terminal = Terminal { colour: report.colour(&stdout), width: columns, full };
    let mut out = Vec::new();
    match (view.cause, &view.target) {
        (Some(number), _) => {
            if number == 0 || number > review.causes.len() {
                bail!("there is no cause {number}: {} found", plural(review.causes.len(), "cause"));
            }
            review::write_cause(review, number - 1, terminal, &mut out)?;
        }
        (None, Some(id)) => review::write_target(review, id, terminal, &mut out)?,
        (None, None) if view.stat => review::write_stat(review, terminal, &mut out)?,
        (None, None) => review::write(review, terminal, &mut out)?,
    }
    pager::show(&out, !view.no_pager)?;
    Ok(told(review, report))
}

/// Says what a review that was printed comes to.
fn told(review: &Review, report: &Report) -> Status {
    tell(review.outputs.len(), review.remarks.len(), report);
    if review.is_empty() { Status::Done } else { Status::No }
}

/// Says how many files would change.
fn tell(count: usize, remarks: usize, report: &Report) {
    let blocked = plural(remarks, "file");
    let said = match (count, remarks) {
        (0, 0) => "no differences".to_owned(),
        (0, _) => format!("{blocked} cannot be written"),
        (_, 0) => format!("{} would change", plural(count, "file")),
        _ => format!("{} would change, {blocked} cannot be written", plural(count, "file")),
    };
    report.say(&said);
}

/// So many bytes of outputs that differ from the disk are kept; what is beyond is read and rendered again.
const KEPT: usize = 32 << 20;

/// What `render` would change on disk.
#[derive(Default)]
pub(crate) struct OnDisk {
    changes: Vec<Pending>,
    /// So many bytes of them are kept, if there is a bound.
    most: Option<usize>,
    /// What no patch can say, a line each.
    remarks: Vec<String>,
    built_on: BuiltOn,
    /// The files that outputs were last made of, where they are known; else they are taken to be those that git has.
    made_of: Option<Arc<Memory>>,
}

impl OnDisk {
    /// Nothing yet, of outputs that were last made of these files.
    pub(crate) fn made_of(files: Option<Arc<Memory>>) -> Self {
        Self { made_of: files, ..Self::default() }
    }

    /// Adds what differs of a target or a text from what stands on disk.
    pub(crate) fn add(
        &mut self,
        session: &Session<'_>,
        (id, is_text): (&str, bool),
        file: &OutputFile,
        states: Vec<Found>,
    ) {
        let changes = from_disk(id, file, states, &session.location.seen_from, &mut self.remarks);
        if is_text {
            return self.changes.extend(of_text(changes).into_iter().map(Pending::whole));
        }
        for change in changes {
            let size = change.old.as_ref().map_or(0, Vec::len) + change.new.as_ref().map_or(0, Vec::len);
            let left = self.most.map(|most| most.checked_sub(size));
            self.most = left.map(Option::unwrap_or_default);
            self.changes.push(if left == Some(None) { Pending::without_bytes(change) } else { Pending::whole(change) });
        }
    }

    /// Adds what no target makes any more.
    pub(crate) fn removed(&mut self, session: &Session<'_>, leftover: &Leftover) {
        self.changes.push(Pending::whole(removal(&session.manifest.root, leftover)));
    }

    /// The causes. What stands on disk was mostly made of what git has: its templates tell where lines came from.
    fn review(self, session: &Session<'_>, values: &Values<'_>, detail: Detail) -> Review {
        let Self { changes, remarks, built_on, made_of, .. } = self;
        let mut made = Some((changes, remarks, built_on));
        let mut of = |old: Option<&Renderer<'_>>| {
            let (changes, remarks, built_on) = made.take()?;
            Some(of_changes(session, old, detail, changes, remarks, built_on))
        };
        // Without git, or where its project has errors, the bytes alone are compared.
        let reviewed = match made_of {
            Some(files) => at_files(session, values, &files, |_, renderer| of(Some(renderer))).ok().flatten(),
            None => at_revision(session, values, "HEAD", |_, renderer| of(Some(renderer)))
                .ok()
                .and_then(|reviewed| reviewed.ok().flatten()),
        };
        reviewed.or_else(|| of(None)).unwrap_or_default()
    }

    /// Prints the causes, if anything differs.
    pub(crate) fn print(self, session: &Session<'_>, values: &Values<'_>, report: &Report) -> Result<()> {
        let review = self.review(session, values, Detail::Causes).seen_from(&session.location.seen_from);
        if !review.is_empty() {
            print(&review, &View { no_pager: true, ..View::default() }, report)?;
        }
        Ok(())
    }
}

/// Every change in full, for `git apply`.
fn patch(session: &Session<'_>, arguments: &Diff, report: &Report, found: &mut Diagnostics) -> Result<Status> {
    let stdout = std::io::stdout();
    let paint = Paint { colour: report.colour(&stdout), screen: stdout.is_terminal() };
    let mut patches = Patches::new(arguments.view.stat, paint);
    let remarks = match &arguments.against {
        None => {
            let OnDisk { changes, remarks, .. } = on_disk(session, report, None, found);
            for pending in changes {
                patches.add_all([&pending.change]);
            }
            remarks
        }
        Some(revision) => {
            let values = arguments.which.values();
            against_revision(session, revision, &values, report, |old, renderer| {
                compare(session, old, renderer, &mut patches, report, found);
            })?;
            Vec::new()
        }
    };
    if patches.count() == 0 && remarks.is_empty() && found.errors() > 0 {
        return Ok(Status::Failed);
    }
    let mut out = std::io::BufWriter::new(stdout.lock());
    for remark in &remarks {
        writeln!(out, "# {}", printable(remark))?;
    }
    patches.write(&mut out)?;
    out.flush()?;
    tell(patches.count(), remarks.len(), report);
    Ok(if patches.count() == 0 && remarks.is_empty() { Status::Done } else { Status::No })
}

/// Changes of a text.
fn of_text(changes: Vec<Change>) -> Vec<Change> {
    changes.into_iter().map(|change| Change { role: FileRole::Text, ..change }).collect()
}

/// What `render` would change on disk.
fn on_disk(session: &Session<'_>, report: &Report, most: Option<usize>, found: &mut Diagnostics) -> OnDisk {
    let mut shown = OnDisk { most, ..OnDisk::default() };
    let Some(mut outputs) = session.outputs(found) else { return shown };
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
        shown.built_on.add(session, &target.id, dependencies);
        expected.add(&file);
        match outputs.look(&file) {
            Ok(states) => shown.add(session, (&target.id, false), &file, states),
            Err(error) => found.push(error),
        }
    });
    let texts = session.texts(failed, found);
    for (id, file) in &texts.files {
        expected.add_text(file);
        match outputs.look(file) {
            Ok(states) => shown.add(session, (id, true), file, states),
            Err(error) => found.push(error),
        }
    }
    if let Some(left_out) = texts.left_out {
        report.say(&left_out);
    }
    for leftover in session.left_over(&expected, &mut outputs, found).files {
        shown.removed(session, &leftover);
    }
    shown
}

/// Runs `work` on the project of a revision.
fn against_revision<R>(
    session: &Session<'_>,
    revision: &str,
    values: &Values<'_>,
    report: &Report,
    work: impl FnOnce(&Manifest, &Renderer<'_>) -> R,
) -> Result<R> {
    at_revision(session, values, revision, work)?.map_err(|broken| {
        report.show(broken.found, &broken.sources, false);
        anyhow::anyhow!("what `{revision}` renders to is not known, for the errors above")
    })
}

/// What the revision's texts were, against what they are. Of a file with regions only these are compared.
fn texts(
    session: &Session<'_>,
    old: &Manifest,
    renderer: &Renderer<'_>,
    failed: bool,
    report: &Report,
    found: &mut Diagnostics,
) -> Vec<Change> {
    let everything = Selection::all();
    let texts = session.texts(failed, found);
    let mut changes = Vec::new();
    if let Some(left_out) = texts.left_out {
        report.say(&left_out);
        return changes;
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
            changes.extend(of_text(between(&id, then, Some(file))));
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
        changes.extend(of_text(between(&id, then.ok(), Some(file))));
    }
    if session.all {
        for (id, file) in whole.into_values() {
            changes.extend(of_text(between(id, Some(file), None)));
        }
    }
    changes
}

/// The changes of a revision's outputs, by their paths, as git has them.
fn compare(
    session: &Session<'_>,
    old: &Manifest,
    renderer: &Renderer<'_>,
    patches: &mut Patches,
    report: &Report,
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
        between(&target.id, old, Some(new))
    };
    let mut failed = false;
    session.each(found, make, |output, _| match output {
        Some((_, changes)) => patches.add_all(&changes),
        None => failed = true,
    });
    patches.add_all(&texts(session, old, renderer, failed, report, found));
    if let Some(then) = then {
        let mut gone = then.into_inner().unwrap_or_else(PoisonError::into_inner).gone();
        gone.sort_by(|left, right| left.output.cmp(&right.output));
        for target in gone {
            patches.add_all(&between(&target.id, Some(render_old(&target)), None));
        }
    }
}
