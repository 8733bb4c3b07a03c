//! The project as it was at a git revision.

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostics;
use crate::git::{GitTree, base_of};
use crate::graph::Tags;
use crate::manifest::Manifest;
use crate::render::Renderer;
use crate::source::SourceMap;

use super::{Session, Values};

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
    work: impl FnOnce(&Manifest, &Renderer<'_>) -> R,
) -> Result<Result<R, Broken>> {
    let revision = &base_of(&session.manifest.root, revision)?;
    let tree = GitTree::open(&session.manifest.root, revision)?;
    // As git writes the files of a revision from the current folder: `HEAD:./app/Dockerfile.dockmill`.
    let sources = SourceMap::seen_from(Utf8PathBuf::from(format!("{revision}:.")).join(&session.location.seen_from));
    let mut found = Diagnostics::default();
    let done = {
        let manifest = session.location.load(values, &tree, &sources, &mut found);
        let load = |manifest| {
            let tags = if session.all { Tags::of(manifest) } else { Tags::as_asked(manifest) };
            Renderer::load(manifest, tags, &tree, &sources, &mut found)
        };
        let renderer = manifest.as_ref().map(load);
        match (&manifest, &renderer, found.errors()) {
            (Some(manifest), Some(renderer), 0) => Some(work(manifest, renderer)),
            _ => None,
        }
    };
    Ok(done.ok_or(Broken { found, sources }))
}
