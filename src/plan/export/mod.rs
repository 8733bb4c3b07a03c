//! The plan of a build as other tools read it: `docker buildx bake`, GitHub Actions, GitLab CI, GNU make.

pub(crate) mod bake;
pub(crate) mod copied;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod make_rules;
pub(crate) mod makefile;
pub(crate) mod rule_names;

use std::sync::Arc;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use indexmap::{IndexMap, IndexSet};
use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::graph::{Graph, Node};
use crate::manifest::{Manifest, Selection, Target, TextExport};
use crate::project::{Session, argument};
use crate::render::{Renderer, in_order};
use crate::source::FileId;

use super::graph_with;

/// The chosen targets and stages with all that they are built on.
pub(crate) struct ExportPlan {
    graph: Graph,
    /// By the id of the target.
    files: IndexMap<Arc<str>, BuildFiles>,
    /// The ids of what was chosen.
    chosen: Vec<String>,
    /// Is what they are built on part of the plan? A profile may say that it is not.
    deps: bool,
}

/// What a target is built from, and what a workflow may want to know of it.
struct BuildFiles {
    output: Utf8PathBuf,
    context: Utf8PathBuf,
    /// By its place in the manifest.
    image: usize,
    platforms: Vec<String>,
    /// Each axis with its value.
    point: Vec<(Arc<str>, Arc<str>)>,
    /// The variables that were asked for; none where the target has none of that name.
    vars: Vec<(String, Value)>,
}

impl ExportPlan {
    /// `with` names variables that the plan tells of each target. `None`: errors are in `found`.
    pub(crate) fn of(session: &Session<'_>, with: &[String], found: &mut Diagnostics) -> Option<Self> {
        let told = session.manifest.plans_tell(with);
        let (graph, files) = graph_with(session, found, |target, _| BuildFiles::of(target, &told));
        if !with.is_empty() {
            find_all(session, with, found);
        }
        let chosen = session.chosen_ids(found);
        (found.errors() == 0).then_some(Self { graph, files, chosen, deps: session.manifest.build.deps })
    }

    /// The plan of all targets, which were verified, and the files that they are made of.
    pub(crate) fn of_all(renderer: &Renderer<'_>, targets: &[Target]) -> (Self, Vec<FileId>) {
        let manifest = renderer.manifest();
        let told = manifest.plans_tell(&[]);
        let make = |target: &Target| {
            let mut rendered = renderer.render(target);
            let nodes = Node::of(target, &rendered.dependencies, || rendered.outline());
            (nodes, BuildFiles::of(target, &told), std::mem::take(&mut rendered.files))
        };
        let (mut nodes, mut files, mut read) = (Vec::new(), IndexMap::new(), IndexSet::new());
        in_order(targets.iter(), make, |(of, built, made_of)| {
            files.extend(of.first().map(|itself| (Arc::clone(&itself.id), built)));
            nodes.extend(of);
            read.extend(made_of);
        });
        let chosen = nodes.iter().map(|node| node.id.to_string()).collect();
        let plan = Self { graph: Graph::new(nodes), files, chosen, deps: manifest.build.deps };
        (plan, read.into_iter().collect())
    }

    /// Writes it as a text of the manifest.
    pub(crate) fn write_text(&self, manifest: &Manifest, form: TextExport) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        match form {
            TextExport::Bake => bake::write(manifest, self, &mut text)?,
            TextExport::Github => _ = github::write(manifest, self, &mut text)?,
        }
        Ok(text)
    }

    /// A node of the project.
    fn node(&self, id: &str) -> Option<&Node> {
        self.graph.node(id)
    }

    /// The nodes of the plan, level by level; within a level and among levels what is needed comes first.
    fn levels(&self) -> Vec<Vec<&Node>> {
        let chosen: Vec<&str> = self.chosen.iter().map(String::as_str).collect();
        if self.deps {
            return self.graph.levels(&chosen);
        }
        vec![chosen.into_iter().filter_map(|id| self.graph.node(id)).collect()]
    }
}

impl BuildFiles {
    /// `told` names the variables that are asked for.
    fn of(target: &Target, told: &[String]) -> Self {
        let value = |name: &String| {
            let value = target.globals.get(name).filter(|value| !value.is_undefined());
            (name.clone(), value.unwrap_or(Value::from(())))
        };
        Self {
            output: target.output.clone(),
            context: target.context.clone(),
            image: target.image,
            platforms: target.platforms.clone(),
            point: target.point.clone(),
            vars: told.iter().map(value).collect(),
        }
    }
}

/// An error for each variable that no target has.
fn find_all(session: &Session<'_>, with: &[String], found: &mut Diagnostics) {
    let all = Selection::all();
    let mut known = IndexSet::new();
    for target in session.manifest.targets(&all).flatten() {
        known.extend(target.globals.to_vec().into_iter().map(|(name, _)| name));
    }
    for name in with.iter().filter(|name| !known.contains(name.as_str())) {
        let span = argument(session.sources, "--with ", name);
        let error = Diagnostic::error(Code::UnknownName, span, format!("no target has a variable `{name}`"));
        found.push(error.suggest(span, name, known.iter().map(|known| &**known)));
    }
}

/// A path of the project, where the empty one is the project's folder.
fn shown(path: &Utf8Path) -> &str {
    if path.as_str().is_empty() { "." } else { path.as_str() }
}
