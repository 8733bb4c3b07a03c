//! Files that are committed and that HEAD's templates do not make: someone edited them and committed that, or another version
//! of dockmill made them.

use camino::Utf8PathBuf;

use crate::git::Nearby;
use crate::output::diff::differing_lines;
use crate::output::{OutputFile, Outputs};
use crate::project::{Session, Values, at_commit};
use crate::render::output_file;
use crate::source::{Disk, FileSystem};

use super::super::drift::Drift;

/// Tells of the files that are out of date which of their lines HEAD's templates do not make, and gives these files. Where HEAD's
/// templates cannot be rendered, nothing is known.
pub(super) fn tell(
    all: &mut [Drift],
    session: &Session<'_>,
    values: &Values<'_>,
    outputs: &Outputs,
) -> Vec<Utf8PathBuf> {
    let mut edited = Vec::new();
    let root = &session.manifest.root;
    let mut stale = all.iter_mut().filter(|drift| drift.is_out_of_date).filter_map(|drift| {
        let bytes = Disk.read(&root.join(&drift.path)).ok()?;
        outputs.is_committed(&drift.path, &bytes).then_some((drift, bytes))
    });
    let Some(first) = stale.next() else { return edited };
    // Of a merge that is under way git has what is to be committed.
    let is_merging = Nearby::look(root).is_merging;
    let (kept, whose) = if is_merging { ("staged", "the staged") } else { ("committed", "HEAD's") };
    // Errors of that project are no matter of this one.
    let _ = at_commit(session, values, |manifest, renderer| {
        for (drift, bytes) in std::iter::once(first).chain(stale) {
            let Some((target, _)) = manifest.made_by(&drift.path) else { continue };
            let rendered = renderer.render(&target);
            if rendered.failed() {
                continue;
            }
            let OutputFile { path, bytes: made, companions, .. } = output_file(manifest, &target, &rendered);
            let beside = companions.into_iter().map(|companion| (companion.path, companion.bytes));
            let made = std::iter::once((path, made)).chain(beside).find(|(path, _)| *path == drift.path);
            let lines = made.and_then(|(_, made)| differing_lines(&bytes, &made));
            if let Some(lines) = lines {
                edited.push(drift.path.clone());
                drift.words = format!("is {kept}, and {whose} templates do not make {lines}; `render` reverts that");
                drift.of_many =
                    format!("are {kept}, and {whose} templates do not make all of them; `render` reverts that");
            }
        }
    });
    edited
}
