//! A session's outputs, reviewed: against those of another revision, or against what stands on disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use foldhash::{HashSet, HashSetExt};

use super::blame::Judge;
use super::collect::{Collector, World};
use super::compare::{Comparer, Pending, Share};
use super::leaves::{ChangedLeaves, Data};
use super::model::{Detail, Review};
use super::pairing::{Entry, Pairing, entries};
use super::renaming::renamed;
use super::sources::{File, Side, Sources};
use crate::diagnostic::Diagnostics;
use crate::graph::{Dependency, Graph, Node};
use crate::manifest::{Limits, Manifest};
use crate::output::diff::{Change, ChangeKind};
use crate::output::fold::Fold;
use crate::project::Session;
use crate::render::{Renderer, headed, in_order};
use crate::source::SourceFile;
use crate::template::Budget;

/// What is built on what, of the targets that were rendered.
#[derive(Default)]
pub(crate) struct BuiltOn {
    nodes: Vec<Node>,
}

impl BuiltOn {
    /// Notes what has the target built anew: a pinned tag stays what it is. What is built on a target is only told where all
    /// targets are rendered, as any of them may be.
    pub(crate) fn add(&mut self, session: &Session<'_>, id: &str, mut dependencies: Vec<Dependency>) {
        dependencies.retain(|dependency| session.all && !dependency.pinned && !dependency.onbuild);
        self.nodes.extend((!dependencies.is_empty()).then(|| Node::whole(id, dependencies)));
    }
}

/// The files of a project that lines of outputs may come from.
fn sources(renderer: &Renderer<'_>) -> Vec<Arc<SourceFile>> {
    let manifest = renderer.manifest();
    let is_template = |file: &Arc<SourceFile>| {
        let path = file.project_path();
        path.is_some_and(|path| *path != manifest.path && !manifest.data_files.iter().any(|data| data == path))
    };
    let mut seen = HashSet::new();
    let mut files: Vec<Arc<SourceFile>> = renderer.sources().files().into_iter().map(|(_, file)| file).collect();
    files.retain(|file| is_template(file) && seen.insert(file.name().to_owned()));
    files
}

fn compared(files: &[Arc<SourceFile>]) -> Vec<File<'_>> {
    let file = |file: &'_ Arc<SourceFile>| file.project_path().map(|path| path.as_str().into());
    files.iter().filter_map(|source| Some((file(source)?, source.bytes()))).collect()
}

/// The manifest and the data files of a project. Manifests are one file, whatever their names; the name is that of `now`.
fn data(renderer: &Renderer<'_>, now: &Renderer<'_>) -> Vec<Data> {
    let manifest = renderer.manifest();
    let files = renderer.sources().files().into_iter();
    let named = files.filter_map(|(id, file)| {
        let path = file.project_path()?.to_owned();
        let name = if path == manifest.path { &now.manifest().path } else { &path };
        let is_ours = path == manifest.path || manifest.data_files.contains(&path);
        is_ours.then(|| (name.as_str().into(), id, file))
    });
    named.collect()
}

/// Pairs the targets of both projects.
fn pairing(session: &Session<'_>, old: &Renderer<'_>) -> Pairing {
    let ids = |manifest: &Manifest| manifest.places().map(|(_, id, _)| id).collect::<HashSet<String>>();
    let then = old.manifest();
    let differ = if session.all {
        ids(session.manifest) != ids(then)
    } else {
        session.manifest.targets(session.selection).flatten().any(|target| then.target(&target.id).is_none())
    };
    if !differ {
        return Pairing::default();
    }
    let [was, is]: [Vec<Entry>; 2] = [then, session.manifest].map(|manifest| entries(manifest).collect());
    Pairing::new(&was, &is, &|before, now, names| likeness(session, old, before, now, names))
}

/// How many lines of two targets are the same, in per cent: with the name replaced, or as they stand.
fn likeness(session: &Session<'_>, old: &Renderer<'_>, before: &str, now: &str, names: &[(String, String)]) -> usize {
    let text = |renderer: &Renderer<'_>, id: &str| {
        let target = renderer.manifest().target(id)?;
        let rendered = renderer.render(&target);
        Some(headed(renderer.manifest(), &target, &rendered).bytes)
    };
    let (Some(before), Some(now)) = (text(old, before), text(session.renderer, now)) else { return 0 };
    let lines = |text: &'_ [u8]| text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (mut before, now) = (lines(&before), lines(&now));
    let known: HashSet<&[u8]> = now.iter().map(Vec::as_slice).collect();
    for line in before.iter_mut().filter(|line| !known.contains(line.as_slice())) {
        *line = renamed(line, names);
    }
    let ops = super::sources::differences(&before, &now);
    let same: usize = ops.iter().filter(|op| op.equal).map(|op| op.old.len()).sum();
    200 * same / (before.len() + now.len()).max(1)
}

/// An expansion makes so many steps while a line is led back in one.
const STEPS: u64 = 24;

/// What each output has at least, unless the run's bound is set: large families are no attack.
const LEAST: usize = 1_000;

/// Edits of all outputs that are told line by line, and of each of very many outputs.
const EDITS: (usize, usize) = (250_000, 5_000);

/// Lines of all outputs, before and now, that are compared one by one, and of each of very many outputs.
const LINES: (usize, usize) = (300_000, 16_000);

/// What each of so many outputs has: the same share for each, so that it is no matter which is compared first.
fn share(limits: &Limits, outputs: usize) -> Share {
    let work = limits.work.unwrap_or(Budget::USUAL);
    let among = |all: u64| usize::try_from(all).unwrap_or(usize::MAX) / outputs.max(1);
    let steps = among(work / STEPS);
    let times = usize::try_from(work / Budget::USUAL).unwrap_or(usize::MAX).max(1);
    let each = |(all, least): (usize, usize)| (all.saturating_mul(times) / outputs.max(1)).max(least);
    Share {
        steps: if limits.work.is_some() { steps } else { steps.max(LEAST) },
        edits: each(EDITS),
        lines: each(LINES),
    }
}

/// The templates of images that were renamed, before and now: of each rename, those of one target.
fn templates(session: &Session<'_>, old: &Renderer<'_>, pairing: &Pairing) -> Vec<(String, String)> {
    let mut renamed: BTreeMap<u32, (&str, &str)> = BTreeMap::new();
    for (now, (like, group)) in &pairing.renamed {
        let first = renamed.entry(*group).or_insert((now, &like.id));
        *first = (*first).min((now, &like.id));
    }
    let templates = renamed.into_values().filter_map(|(now, before)| {
        let [before, now] = [(old.manifest(), before), (session.manifest, now)]
            .map(|(manifest, id)| manifest.target(id).map(|target| target.template.into_string()));
        Some((before?, now?))
    });
    templates.collect()
}

/// Runs `work` with all that it takes to compare the session's outputs with those of `old`; then puts together what it collected.
fn with_comparer(
    session: &Session<'_>,
    old: Option<&Renderer<'_>>,
    pairing: &Pairing,
    detail: Detail,
    count: usize,
    work: impl FnOnce(&Comparer<'_>, &mut Collector, &mut BuiltOn),
) -> Review {
    let files = [old.map(sources).unwrap_or_default(), sources(session.renderer)];
    let renderers = [old, Some(session.renderer)];
    let read = |side: Side, path: &str| {
        let renderer = renderers[side as usize]?;
        renderer.file_system().read(&renderer.manifest().root.join(path)).ok()
    };
    let templates = old.map(|old| templates(session, old, pairing)).unwrap_or_default();
    let known = Sources::new(&compared(&files[0]), &compared(&files[1]), &templates, &read);
    let leaves = old.map(|old| {
        let names: Vec<(String, String)> = pairing.renamed_names();
        ChangedLeaves::new(&data(old, session.renderer), &data(session.renderer, session.renderer), &names)
    });
    let leaves = leaves.unwrap_or_default();
    let (mut collector, mut built_on) = (Collector::new(detail), BuiltOn::default());
    {
        let judge = Judge::new(old.map(Renderer::sources), session.sources, &known, &leaves);
        let share = share(&session.manifest.limits, count);
        let comparer = Comparer::new(session.renderer, old, pairing, judge, (detail, share));
        work(&comparer, &mut collector, &mut built_on);
    }
    let graph = Graph::of_edges(built_on.nodes);
    let on_graph: Vec<&str> = graph.nodes().map(|node| &*node.id).collect();
    let dependents = |ids: &[&str]| {
        let own: HashSet<&str> = ids.iter().copied().collect();
        let known: Vec<&str> = ids.iter().copied().filter(|id| graph.node(id).is_some()).collect();
        let above = graph.dependents(&known).into_iter().map(|node| &*node.id);
        above.filter(|id| !own.contains(id)).collect::<Vec<&str>>()
    };
    let comparison = known.into_comparison();
    let groups: Vec<_> = pairing.groups.iter().cloned().collect();
    let fold = Fold::of(session.manifest, collector.targets().chain(on_graph.iter().copied()));
    let old_fold = Fold::of(old.map_or(session.manifest, Renderer::manifest), collector.targets());
    let world = World {
        comparison: &comparison,
        leaves: &leaves,
        groups: &groups,
        fold: &fold,
        old_fold: &old_fold,
        manifest: session.manifest.path.as_str(),
        dependents: &dependents,
    };
    collector.finish(&world)
}

/// What a revision's templates render to, against what the work tree's do. `changes` are those of texts.
pub(crate) fn against_rendered(
    session: &Session<'_>,
    old: &Renderer<'_>,
    detail: Detail,
    found: &mut Diagnostics,
    texts: impl FnOnce(bool, &mut Diagnostics) -> Vec<Change>,
) -> Review {
    let mut pairing = pairing(session, old);
    pairing.add_of_disk();
    let count = session.manifest.targets(session.selection).count() + pairing.gone.len() + session.manifest.texts.len();
    with_comparer(session, Some(old), &pairing, detail, count, |comparer, collector, built_on| {
        let mut failed = false;
        let make = |target: &_, rendered: &crate::render::Rendered| {
            (comparer.rendered(target, rendered), rendered.dependencies.clone())
        };
        session.each(found, make, |made, _| {
            let Some((target, (differences, dependencies))) = made else {
                failed = true;
                return;
            };
            built_on.add(session, &target.id, dependencies);
            for difference in differences {
                collector.add(difference);
            }
        });
        for change in texts(failed, found) {
            collector.add(comparer.change(Pending::whole(change)));
        }
        if session.all {
            for (id, group) in &pairing.gone {
                let Some(target) = old.manifest().target(id) else { continue };
                for difference in comparer.gone_target(old, &target, super::why::Why::Group(*group)) {
                    collector.add(difference);
                }
            }
        }
    })
}

/// Changes of files on disk; `old` is the project that they are held to be made by, where it is known.
pub(crate) fn of_changes(
    session: &Session<'_>,
    old: Option<&Renderer<'_>>,
    detail: Detail,
    changes: Vec<Pending>,
    remarks: Vec<String>,
    built_on: BuiltOn,
) -> Review {
    let mut pairing = old.map(|old| pairing(session, old)).unwrap_or_default();
    pairing.add_of_disk();
    // A file that is gone belongs to a target that is gone, or to one that stands elsewhere now.
    let mut elsewhere: HashSet<Utf8PathBuf> = HashSet::new();
    let mut changes = changes;
    if let Some(old) = old {
        let made: HashSet<&str> = changes
            .iter()
            .filter(|pending| pending.change.kind == ChangeKind::New)
            .map(|pending| &*pending.change.target)
            .collect();
        for id in made {
            let was = pairing.renamed.get(id).map_or(id, |(like, _)| &like.id);
            let now = session.manifest.target(id).map(|target| target.output);
            if let Some(target) = old.manifest().target(was).filter(|target| now.as_ref() != Some(&target.output)) {
                elsewhere.extend(target.files.into_iter().map(|file| file.to));
                elsewhere.insert(target.output);
            }
        }
        changes.retain(|pending| !pending.is_gone() || !elsewhere.contains(&pending.change.path));
        for Pending { change, .. } in changes.iter_mut().filter(|pending| pending.is_gone()) {
            if let Some((target, _)) = old.manifest().made_by(&change.path) {
                change.target = target.id;
            }
        }
    }
    let count = changes.len();
    with_comparer(session, old, &pairing, detail, count, |comparer, collector, graph| {
        *graph = built_on;
        collector.remarks = remarks;
        in_order(changes.into_iter(), |change| comparer.change(change), |difference| collector.add(difference));
    })
}
