//! The plan of a build as other tools read it: `docker buildx bake`, GitHub Actions, GitLab CI, GNU make.

pub(crate) mod bake;
pub(crate) mod copied;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod make_rules;
pub(crate) mod makefile;
pub(crate) mod rule_names;

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::{IndexMap, IndexSet};
use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::graph::{Graph, Node};
use crate::manifest::{Selection, Target};
use crate::project::{Session, argument};

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
        let value = |target: &Target, name: &String| {
            let value = target.globals.get(name).filter(|value| !value.is_undefined());
            (name.clone(), value.unwrap_or(Value::from(())))
        };
        let files = |target: &Target, _: &_| BuildFiles {
            output: target.output.clone(),
            context: target.context.clone(),
            image: target.image,
            platforms: target.platforms.clone(),
            point: target.point.clone(),
            vars: with.iter().map(|name| value(target, name)).collect(),
        };
        let (graph, files) = graph_with(session, found, files);
        if !with.is_empty() {
            find_all(session, with, found);
        }
        let chosen = session.chosen_ids(found);
        (found.errors() == 0).then_some(Self { graph, files, chosen, deps: session.manifest.build.deps })
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
