//! All targets of a project, rendered once: what is built on what, and what each reads of its context.

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use crate::diagnostic::Diagnostics;
use crate::dockerfile::{self, Ignore, LocalSource, Outline, Reference, ReferenceKind};
use crate::graph::{Graph, Node};
use crate::manifest::{Selection, Target, stage_id};
use crate::render::Rendered;
use crate::source::FileId;

use super::ignored;
use super::session::Session;

/// All targets of a project.
pub(crate) struct Survey {
    pub(crate) graph: Graph,
    /// By the id of the target.
    pub(crate) targets: IndexMap<String, Surveyed>,
}

/// A target, with what its output says.
pub(crate) struct Surveyed {
    pub(crate) target: Target,
    /// The files that its templates were made of.
    pub(crate) files: Vec<FileId>,
    /// The `.dockerignore` that stands beside its output, where the project makes it.
    own_ignore: Option<Vec<u8>>,
    /// What it reads of its context, by `ONBUILD`s of its bases too.
    sources: Vec<LocalSource>,
    references: Vec<Reference>,
    /// The stages that each node builds: the target itself, then its stages.
    needed: Vec<(Option<String>, HashSet<usize>)>,
}

impl Surveyed {
    /// The file that says what of the context is not taken, whether it is there or not.
    pub(crate) fn ignore_file(&self, root: &Utf8Path) -> Utf8PathBuf {
        ignored::file(root, &self.target, self.own_ignore.as_deref())
    }

    /// Where that file may stand.
    pub(crate) fn ignore_files(&self) -> [Utf8PathBuf; 2] {
        ignored::files(&self.target)
    }

    /// What that file says.
    pub(crate) fn ignore(&self, root: &Utf8Path, file: &Utf8Path) -> Ignore {
        ignored::read(root, file, self.own_ignore.as_deref())
    }

    fn needed(&self, stage: Option<&str>) -> Option<&HashSet<usize>> {
        self.needed.iter().find(|(of, _)| of.as_deref() == stage).map(|(_, needed)| needed)
    }

    /// The images that the target, or a stage of it, reads; each once.
    pub(crate) fn images(&self, stage: Option<&str>) -> Vec<&str> {
        let mut images: Vec<&str> = Vec::new();
        for reference in &self.references {
            if let dockerfile::Target::Image(image) = &reference.target
                && self.needed(stage).is_some_and(|needed| needed.contains(&reference.stage))
                && !images.contains(&image.as_str())
            {
                images.push(image);
            }
        }
        images
    }

    /// What the target, or a stage of it, reads of the context.
    pub(crate) fn sources(&self, stage: Option<&str>) -> impl Iterator<Item = &LocalSource> {
        let needed = self.needed(stage);
        self.sources.iter().filter(move |source| needed.is_some_and(|needed| needed.contains(&source.stage)))
    }
}

/// What the `ONBUILD`s of each node will read, of another target's context, by the id of the node.
type Left = HashMap<String, Vec<LocalSource>>;

/// Renders all targets, chosen or not. `None`: errors are in `found`, a cycle among them.
pub(crate) fn survey(session: &Session<'_>, found: &mut Diagnostics) -> Option<Survey> {
    survey_with(session, found, |_, _| ()).map(|(survey, _)| survey)
}

/// As [`survey`], and asks something of each target while it is at hand: the answers are in the order of the manifest.
pub(crate) fn survey_with<T: Send>(
    session: &Session<'_>,
    found: &mut Diagnostics,
    ask: impl Fn(&Target, &Rendered) -> T + Sync,
) -> Option<(Survey, Vec<T>)> {
    let mut nodes = Vec::new();
    let mut targets = IndexMap::new();
    let mut left = Left::new();
    let mut answers = Vec::new();
    let make = |target: &Target, rendered: Rendered| {
        let answer = ask(target, &rendered);
        let nodes = Node::of(target, &rendered.text.bytes, &rendered.dependencies);
        let (surveyed, left) = look(target, rendered);
        (nodes, surveyed, left, answer)
    };
    let mut ignore_files = HashSet::new();
    session.over(&Selection::all()).each_owned(found, make, |made, found| {
        if let Some((target, (of, surveyed, of_left, answer))) = made {
            let root = &session.project.root;
            let ignore_file = surveyed.ignore_file(root);
            if !ignore_files.contains(&ignore_file) {
                found.extend(ignored::unread(root, &ignore_file, surveyed.own_ignore.as_deref()));
                ignore_files.insert(ignore_file);
            }
            nodes.extend(of);
            left.extend(of_left);
            targets.insert(target.id, surveyed);
            answers.push(answer);
        }
    });
    hand_on(session, &left, &mut targets);
    (found.errors() == 0).then(|| (Survey { graph: Graph::new(nodes), targets }, answers))
}

/// Gives what an `ONBUILD` reads to the stages that are built on it: they read it, each of its own context.
fn hand_on(session: &Session<'_>, left: &Left, targets: &mut IndexMap<String, Surveyed>) {
    if left.is_empty() {
        return;
    }
    let tags = session.renderer.tags();
    for surveyed in targets.values_mut() {
        let Surveyed { sources, references, .. } = surveyed;
        for reference in references.iter().filter(|reference| reference.kind == ReferenceKind::From) {
            let dockerfile::Target::Image(image) = &reference.target else { continue };
            let of_base = tags.find(image).and_then(|tagged| left.get(&tagged.id));
            sources.extend(of_base.into_iter().flatten().map(|source| read_at(source, reference)));
        }
    }
}

/// What an `ONBUILD` reads, read where a FROM names its stage.
pub(super) fn read_at(source: &LocalSource, from: &Reference) -> LocalSource {
    LocalSource { stage: from.stage, line: from.place.line, ..source.clone() }
}

/// What the output of a target says, and what it leaves to whoever builds on it.
fn look(target: &Target, rendered: Rendered) -> (Surveyed, Left) {
    let dockerfile = dockerfile::parse(&rendered.text.bytes);
    let outline = dockerfile.outline();
    let onbuild = dockerfile::onbuild_sources(&dockerfile);
    let names = std::iter::once(None).chain(target.stages.iter().map(|stage| Some(&*stage.name)));
    let needed = names.map(|stage| (stage.map(str::to_owned), outline.needed_stages(stage))).collect();
    let mut sources = dockerfile::local_sources(&dockerfile);
    for reference in outline.references.iter().filter(|reference| reference.kind == ReferenceKind::From) {
        let dockerfile::Target::Stage(base) = reference.target else { continue };
        let of_base = onbuild.iter().filter(|source| source.stage == base);
        sources.extend(of_base.map(|source| read_at(source, reference)));
    }
    let left = left(target, &outline, &onbuild);
    let references = outline.references;
    let own_ignore = ignored::made(target, &rendered.companions).map(<[u8]>::to_vec);
    let surveyed = Surveyed { target: target.clone(), files: rendered.files, own_ignore, sources, references, needed };
    (surveyed, left)
}

/// What each node leaves to whoever builds on it; nodes that leave nothing are left out.
fn left(target: &Target, outline: &Outline<'_>, onbuild: &[LocalSource]) -> Left {
    if onbuild.is_empty() {
        return Left::new();
    }
    let of_stages = target.stages.iter().map(|stage| (stage_id(&target.id, &stage.name), Some(&*stage.name)));
    let nodes = std::iter::once((target.id.clone(), None)).chain(of_stages);
    let mut left = Left::new();
    for (id, name) in nodes {
        let at = outline.built_stage(name);
        let sources: Vec<_> = onbuild.iter().filter(|source| Some(source.stage) == at).cloned().collect();
        if !sources.is_empty() {
            left.insert(id, sources);
        }
    }
    left
}

impl Survey {
    /// The target of a node.
    pub(crate) fn target(&self, node: &Node) -> &Surveyed {
        &self.targets[&node.target]
    }
}
