//! All targets of a project, rendered once: what is built on what, and what each reads of its context.

use std::collections::HashSet;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use crate::diagnostic::Diagnostics;
use crate::dockerfile::{self, Ignore, LocalSource, Reference};
use crate::graph::{Graph, Node};
use crate::manifest::{Selection, Target};
use crate::project::Session;
use crate::render::Rendered;
use crate::source::FileId;

use super::ignored;
use super::onbuild::{self, Left};

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
        sources.extend(onbuild::by_images(references, tags, left));
    }
}

/// What the output of a target says, and what it leaves to whoever builds on it.
fn look(target: &Target, rendered: Rendered) -> (Surveyed, Left) {
    let dockerfile = dockerfile::parse(&rendered.text.bytes);
    let outline = dockerfile.outline();
    let of_onbuild = dockerfile::onbuild_sources(&dockerfile);
    let names = std::iter::once(None).chain(target.stages.iter().map(|stage| Some(&*stage.name)));
    let needed = names.map(|stage| (stage.map(str::to_owned), outline.needed_stages(stage))).collect();
    let mut sources = dockerfile::local_sources(&dockerfile);
    sources.extend(onbuild::by_own_stages(&outline.references, &of_onbuild));
    let left = onbuild::left(target, &outline, &of_onbuild);
    let references = outline.references;
    let own_ignore = ignored::made(target, &rendered.companions).map(<[u8]>::to_vec);
    let surveyed = Surveyed { target: target.clone(), files: rendered.files, own_ignore, sources, references, needed };
    (surveyed, left)
}

impl Survey {
    /// The target of a node.
    pub(crate) fn target(&self, node: &Node) -> &Surveyed {
        &self.targets[&*node.target]
    }
}
