//! The project as it was at a git revision.

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostics;
use crate::git::GitTree;
use crate::graph::Tags;
use crate::manifest::Project;
use crate::render::Renderer;
use crate::source::SourceMap;

use super::{Location, Session, Values};

/// A project of a revision that has errors: what it renders to is not known.
pub(crate) struct Broken {
    pub(crate) found: Diagnostics,
    pub(crate) sources: SourceMap,
}

/// Does something with the project of a revision, with the same profile and the same `-D`s.
pub(crate) fn at_revision<R>(
    session: &Session<'_>,
    values: &Values<'_>,
    revision: &str,
    work: impl FnOnce(&Project, &Renderer<'_>) -> R,
) -> Result<Result<R, Broken>> {
    let tree = GitTree::open(&session.project.root, revision)?;
    // As git writes the files of a revision from the current folder: `HEAD:./app/Dockerfile.dockmill`.
    let sources = SourceMap::seen_from(Utf8PathBuf::from(format!("{revision}:.")).join(&session.prefix));
    let mut found = Diagnostics::default();
    let manifest = session.project.root.join(&session.project.manifest_path);
    let location = Location { manifest, prefix: session.prefix.clone() };
    let done = {
        let project = location.load(values, &tree, &sources, &mut found);
        let load = |project| Renderer::load(project, Tags::of(project), &tree, &sources, &mut found);
        let renderer = project.as_ref().map(load);
        match (&project, &renderer, found.errors()) {
            (Some(project), Some(renderer), 0) => Some(work(project, renderer)),
            _ => None,
        }
    };
    Ok(done.ok_or(Broken { found, sources }))
}
