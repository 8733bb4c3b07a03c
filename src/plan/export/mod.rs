//! The plan of a build as other tools read it: `docker buildx bake`, GitHub Actions, GNU make.

pub(crate) mod bake;
pub(crate) mod github;
pub(crate) mod make_rules;
pub(crate) mod makefile;
pub(crate) mod rule_names;
pub(crate) mod seen;

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use crate::diagnostic::Diagnostics;
use crate::graph::{Graph, Node};
use crate::project::Session;

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

/// What a target is built from.
struct BuildFiles {
    output: Utf8PathBuf,
    context: Utf8PathBuf,
}

impl ExportPlan {
    /// `None`: errors are in `found`.
    pub(crate) fn of(session: &Session<'_>, found: &mut Diagnostics) -> Option<Self> {
        let files = |target: &crate::manifest::Target, _: &_| BuildFiles {
            output: target.output.clone(),
            context: target.context.clone(),
        };
        let (graph, files) = graph_with(session, found, files);
        let chosen = session.chosen_ids(found);
        (found.errors() == 0).then_some(Self { graph, files, chosen, deps: session.manifest.build.deps })
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

/// A path of the project, where the empty one is the project's folder.
fn shown(path: &Utf8Path) -> &str {
    if path.as_str().is_empty() { "." } else { path.as_str() }
}
