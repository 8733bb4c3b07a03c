//! What a change since a revision reaches.

use std::sync::{Mutex, PoisonError};

use anyhow::Result;

use crate::diagnostic::Diagnostics;
use crate::git::changed_since;
use crate::manifest::{Selection, Target};
use crate::project::{Session, Values, at_revision};
use crate::render::{Renderer, output_file};

use super::{ChangedPaths, Counterparts, Reach, Seen, TargetReach, survey};

/// What the difference from a revision reaches: what renders to something else than it did, is built in another way, or whose
/// output differs. `None`:
/// errors are in `found`. Where the project of the revision has errors, everything is reached. `then` gets that project while it is
/// open, or the number of its errors.
pub(crate) fn reached_since<'s>(
    session: &'s Session<'s>,
    values: &Values<'_>,
    revision: &str,
    found: &mut Diagnostics,
    then: impl FnOnce(Result<&Renderer<'_>, usize>),
) -> Result<Option<(ChangedPaths<'s>, Reach)>> {
    let manifest = session.manifest;
    let changed = ChangedPaths::since(session, changed_since(&manifest.root, revision)?);
    let reach = |seen: &Seen<'_>, why: Option<&'static str>| {
        let mut reach = TargetReach::default();
        match why {
            Some(why) => reach.because(why),
            // Whoever edited an output changed none of what it is made from.
            None => changed.by_outputs(seen.target, &mut reach),
        }
        changed.by_context(seen, &mut reach);
        reach
    };
    let (everything, mut then) = (Selection::all(), Some(then));
    let compared = at_revision(session, values, revision, |old, renderer| {
        let same_builder = (&old.name, &old.builder, old.build) == (&manifest.name, &manifest.builder, manifest.build);
        let before = Counterparts::new(old, &everything, (manifest, &everything), |target| &target.id, false);
        let before = Mutex::new(before);
        let why = |seen: &Seen<'_>| {
            let target = seen.target;
            if !same_builder {
                return Some("the builder's settings differ");
            }
            let then = before.lock().unwrap_or_else(PoisonError::into_inner).take(&target.id);
            let Some(then) = then else { return Some("it is new") };
            let built = |target: &Target| {
                (target.tags.clone(), target.platforms.clone(), target.stages.clone(), target.context.clone())
            };
            if built(target) != built(&then) {
                return Some("its tags, platforms, stages or build context differ");
            }
            let old = output_file(old, &then, &renderer.render(&then));
            let new = output_file(manifest, target, seen.rendered);
            let same = old.bytes == new.bytes
                && old.companions.len() == new.companions.len()
                && old.companions.iter().zip(&new.companions).all(|(old, new)| old.is_same(new));
            (!same).then_some("it renders to something else")
        };
        let surveyed = survey(session, found, |seen| reach(seen, why(seen)));
        if let Some(then) = then.take() {
            then(Ok(renderer));
        }
        surveyed
    })?;
    let surveyed = match compared {
        Ok(surveyed) => surveyed,
        Err(errors) => {
            if let Some(then) = then.take() {
                then(Err(errors.found.errors()));
            }
            survey(session, found, |seen| reach(seen, Some("what it rendered to is not known")))
        }
    };
    Ok(surveyed.map(|survey| {
        let reach = changed.finish(survey);
        (changed, reach)
    }))
}
