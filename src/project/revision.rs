//! The project as it was: at a git revision, or when it was rendered before.

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostics;
use crate::git::{GitTree, Nearby, base_of};
use crate::graph::Tags;
use crate::manifest::Manifest;
use crate::render::Renderer;
use crate::source::{FileSystem, Memory, SourceMap};

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
    Ok(of_files(session, values, &tree, sources, work))
}

/// As [`at_revision`], with what the last commit has, or what the next one is to have while a merge is under way.
pub(crate) fn at_commit<R>(
    session: &Session<'_>,
    values: &Values<'_>,
    work: impl FnOnce(&Manifest, &Renderer<'_>) -> R,
) -> Result<Result<R, Broken>> {
    if !Nearby::look(&session.manifest.root).is_merging {
        return at_revision(session, values, "HEAD", work);
    }
    let tree = GitTree::staged(&session.manifest.root)?;
    Ok(of_files(session, values, &tree, session.location.sources(), work))
}

/// As [`at_revision`], with files that were [kept](kept_files).
pub(crate) fn at_files<R>(
    session: &Session<'_>,
    values: &Values<'_>,
    files: &Memory,
    work: impl FnOnce(&Manifest, &Renderer<'_>) -> R,
) -> Result<R, Broken> {
    of_files(session, values, files, session.location.sources(), work)
}

/// So many bytes of files are kept.
const KEPT: usize = 64 << 20;

/// The files that a session has read, for when they have changed; none where they are too large.
pub(crate) fn kept_files(session: &Session<'_>) -> Option<Memory> {
    let (root, disk) = (&session.manifest.root, session.renderer.file_system());
    let (mut files, mut left) = (Memory::default(), KEPT);
    for (_, file) in session.sources.files() {
        let Some(path) = file.project_path().map(|path| root.join(path)) else { continue };
        left = left.checked_sub(file.bytes().len())?;
        let mode = disk.metadata(&path).map_or(0o644, |found| found.mode);
        files = files.with_mode(path, file.bytes(), mode);
    }
    Some(files)
}

fn of_files<R>(
    session: &Session<'_>,
    values: &Values<'_>,
    files: &dyn FileSystem,
    sources: SourceMap,
    work: impl FnOnce(&Manifest, &Renderer<'_>) -> R,
) -> Result<R, Broken> {
    let mut found = Diagnostics::default();
    let done = {
        let manifest = session.location.load(values, files, &sources, &mut found);
        let load = |manifest| {
            let tags = if session.all { Tags::of(manifest) } else { Tags::as_asked(manifest) };
            Renderer::load(manifest, tags, files, &sources, &mut found)
        };
        let renderer = manifest.as_ref().map(load);
        match (&manifest, &renderer, found.errors()) {
            (Some(manifest), Some(renderer), 0) => Some(work(manifest, renderer)),
            _ => None,
        }
    };
    done.ok_or(Broken { found, sources })
}
