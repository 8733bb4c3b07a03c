//! What may have been meant: changes of sources that give edits, tried one by one and then together.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use crate::adopt::overlay::Files;
use crate::diagnostic::Diagnostic;
use crate::manifest::{Dialect, Manifest, Places};
use crate::source::SourceMap;

use super::atom::{Atom, AtomKind, applied};
use super::output::Output;
use super::patch::{New, Patch, SourceEdit, patched, with_shorter_end, without_empty_blocks};
use super::trial::{All, Changed, Trial, Warnings};
use super::words::{Rank, Suggestion};
use super::{list, only, text, words};

/// No more changes of sources are tried.
const TRIALS: usize = 2_000;
/// No more ways to put changes together are tried.
const WAYS: usize = 64;

/// An edit of an output: the output, and the edit's place in it.
pub(super) type AtomId = (usize, usize);

/// Why a change is none that was meant.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// The project has an error then.
    Fails(String),
    /// A line that nobody edited is otherwise as well, or is not as it was edited.
    Elsewhere(Utf8PathBuf, usize),
    /// An output is made no more, or another one is.
    Moves(Utf8PathBuf),
    /// Each edit has a change of its own, and together they do not give a project without errors.
    Together(String),
    /// The trials have taken what work there is.
    Spent(u64),
    /// Another edit wants something else in the same place.
    Contradicts(AtomId),
    /// The output stays as it is.
    Nothing,
}

impl Refusal {
    /// The changed project cannot be read.
    fn of(error: Option<Diagnostic>) -> Self {
        Self::Fails(error.map_or_else(String::new, |error| error.message))
    }
}

/// An edit that no change gives, with one that was refused and why.
pub(super) type Lost = (AtomId, Option<(SourceEdit, Refusal)>);

/// What a change does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Effect {
    /// The edits that it gives.
    claims: BTreeSet<AtomId>,
    /// The other outputs that it changes, with what they hold then.
    follow: BTreeMap<Utf8PathBuf, u64>,
    /// What it changes in the edited outputs that nobody edited there, such as other lines in which a value stands: by the
    /// numbers of the outputs.
    also: Vec<(usize, Atom)>,
}

/// A change that gives edits.
#[derive(Debug, Clone)]
struct Candidate {
    patch: Patch,
    effect: Effect,
    /// It is made without a question where it is the only one.
    is_certain: bool,
}

/// Changes that together give all edits.
pub(super) struct Way {
    pub(super) files: Files,
    /// The other files that they change, with what they hold then and the target that makes them.
    pub(super) follow: All,
    /// The lines of edited outputs that they change, and that nobody edited.
    pub(super) also: BTreeMap<Utf8PathBuf, BTreeSet<usize>>,
    /// What dockmill warns of then, and now does not.
    pub(super) warnings: Vec<String>,
    pub(super) is_certain: bool,
}

pub(super) struct Search<'s> {
    pub(super) manifest: &'s Manifest,
    pub(super) sources: &'s SourceMap,
    pub(super) trial: Trial<'s>,
    pub(super) outputs: &'s [Output],
    /// What the project makes now.
    pub(super) all: &'s All,
    tried: IndexMap<Patch, Result<Effect, Refusal>>,
    /// Why the changes for an edit were refused.
    refusals: BTreeMap<AtomId, (SourceEdit, Refusal)>,
    /// What dockmill warns of now, once it was asked.
    warnings: OnceCell<Warnings>,
}

/// Changes, each with the edits that suggest it.
type Suggested = IndexMap<SourceEdit, (Suggestion, Vec<AtomId>)>;

impl<'s> Search<'s> {
    pub(super) fn new(
        manifest: &'s Manifest,
        sources: &'s SourceMap,
        trial: Trial<'s>,
        outputs: &'s [Output],
        all: &'s All,
    ) -> Self {
        Self {
            manifest,
            sources,
            trial,
            outputs,
            all,
            tried: IndexMap::new(),
            refusals: BTreeMap::new(),
            warnings: OnceCell::new(),
        }
    }

    fn read(&self, path: &Utf8Path) -> Option<Vec<u8>> {
        self.trial.files.read(&self.trial.location.root().join(path)).ok()
    }

    /// The changes that an edit suggests.
    fn suggested(&self, (output, atom): AtomId, places: &Places<'_>) -> Vec<Suggestion> {
        let output = &self.outputs[output];
        let atom = &output.atoms[atom];
        let edits: Vec<SourceEdit> = match atom.kind {
            AtomKind::Words => return words::suggested(self.sources, output, atom, places),
            AtomKind::Added => {
                let mut edits = list::added(self.sources, places, output, atom.line, &atom.new);
                edits.extend(text::places(self.sources, output, atom));
                edits
            }
            AtomKind::Deleted => {
                let mut edits = list::deleted(self.sources, places, output, atom.line);
                edits.extend(text::deleted(self.sources, output, atom.line));
                edits
            }
        };
        edits.into_iter().map(|edit| Suggestion::new(Rank::Source, edit)).collect()
    }

    /// Tries a change, once.
    fn effect(&mut self, patch: &Patch) -> Result<Effect, Refusal> {
        if let Some(known) = self.tried.get(patch) {
            return known.clone();
        }
        let effect = if self.trial.is_spent() {
            Err(Refusal::Spent(self.trial.most))
        } else if self.tried.len() < TRIALS {
            self.find_effect(patch)
        } else {
            Err(Refusal::Nothing)
        };
        self.tried.insert(patch.clone(), effect.clone());
        effect
    }

    fn find_effect(&self, patch: &Patch) -> Result<Effect, Refusal> {
        let files = patched(patch.clone(), |path| self.read(path)).ok_or(Refusal::Nothing)?;
        self.trial.with(&files, |project| self.effect_in(project)).map_err(Refusal::of)?
    }

    /// What the changed project is like.
    fn effect_in(&self, project: &Changed<'_>) -> Result<Effect, Refusal> {
        let texts = project.some(self.paths());
        let mut claims = BTreeSet::new();
        let mut also = Vec::new();
        for (number, (output, text)) in self.outputs.iter().zip(texts).enumerate() {
            let Some(text) = text else { return Err(Refusal::Moves(output.path.clone())) };
            if let Some(done) = applied(&output.headed.bytes, &output.atoms, &text) {
                claims.extend(done.iter().enumerate().filter(|(_, done)| **done).map(|(atom, _)| (number, atom)));
                continue;
            }
            for other in output.edits(self.sources, &text) {
                let is_same = |own: &&Atom| (&own.old, &own.new) == (&other.old, &other.new);
                let is_apart = |own: &Atom| own.old.end < other.old.start || other.old.end < own.old.start;
                match output.atoms.iter().position(|own| is_same(&own)) {
                    Some(own) => _ = claims.insert((number, own)),
                    None if output.atoms.iter().all(is_apart) => also.push((number, other)),
                    None => return Err(Refusal::Elsewhere(output.path.clone(), other.line + 1)),
                }
            }
        }
        if claims.is_empty() {
            return Err(Refusal::Nothing);
        }
        let made = project.outputs();
        let mut follow = BTreeMap::new();
        for (path, (hash, _)) in &made {
            match self.all.get(path) {
                None => return Err(Refusal::Moves(path.clone())),
                Some((was, _)) if was != hash && !self.is_edited(path) => _ = follow.insert(path.clone(), *hash),
                Some(_) => {}
            }
        }
        Ok(Effect { claims, follow, also })
    }

    fn is_edited(&self, path: &Utf8Path) -> bool {
        self.paths().any(|edited| edited == path)
    }

    /// The edited outputs.
    fn paths(&self) -> impl Iterator<Item = &'s Utf8Path> {
        self.outputs.iter().map(|output| &*output.path)
    }

    /// All edits, in the order of the outputs.
    fn ids(&self) -> Vec<AtomId> {
        let of = |(number, output): (usize, &Output)| (0..output.atoms.len()).map(move |atom| (number, atom));
        self.outputs.iter().enumerate().flat_map(of).collect()
    }

    /// The changes that give each edit, the nearest first: of those that do the same, one.
    fn candidates(&mut self) -> BTreeMap<AtomId, Vec<Candidate>> {
        let places = Places::new(self.manifest, self.sources);
        let mut suggested = Suggested::new();
        for id in self.ids() {
            for suggestion in self.suggested(id, &places) {
                let edit = suggestion.edit.clone();
                let (known, from) = suggested.entry(edit).or_insert_with(|| (suggestion.clone(), Vec::new()));
                known.rank = known.rank.min(suggestion.rank);
                known.is_value |= suggestion.is_value;
                from.push(id);
            }
        }
        suggested.sort_by(|_, (one, _), _, (other, _)| one.rank.cmp(&other.rank));
        let mut found: BTreeMap<AtomId, Vec<Candidate>> = BTreeMap::new();
        // Edits that what they come from gives, and nothing else with them.
        let mut given: BTreeSet<AtomId> = BTreeSet::new();
        let (mut narrow, mut literal): (Vec<Candidate>, Vec<Candidate>) = (Vec::new(), Vec::new());
        let first_other =
            suggested.values().position(|(known, _)| known.rank != Rank::Source).unwrap_or(suggested.len());
        for (number, (edit, (Suggestion { rank, is_value, now, .. }, from))) in suggested.iter().enumerate() {
            if number == first_other {
                self.find_contradictions(&suggested);
            }
            let has_better = |id: &AtomId| given.contains(id) || self.is_contradicted(id);
            if *rank != Rank::Source && from.iter().all(has_better) {
                continue;
            }
            let effect = match self.effect(&vec![edit.clone()]) {
                // Text that is found in several lines is not one thing.
                Ok(Effect { also, .. }) if !is_value && !also.is_empty() => {
                    let (output, other) = &also[0];
                    Err(Refusal::Elsewhere(self.outputs[*output].path.clone(), other.line + 1))
                }
                effect => effect,
            };
            let is_certain = *rank != Rank::Literal && effect.as_ref().is_ok_and(|effect| effect.also.is_empty());
            let wants_only = match &effect {
                Ok(effect) => !effect.follow.is_empty() || *rank == Rank::Literal && self.is_shared(edit),
                Err(_) => !from.iter().any(|id| given.contains(id)),
            };
            match effect {
                Ok(effect) => {
                    if is_certain {
                        given.extend(&effect.claims);
                    }
                    let candidate = Candidate { patch: vec![edit.clone()], effect, is_certain };
                    if *rank != Rank::Literal {
                        add(&mut found, &candidate);
                    } else if !now.as_ref().is_some_and(|now| self.changes_others(now)) {
                        literal.push(candidate);
                    }
                }
                Err(refusal) => {
                    for id in from {
                        self.refusals.entry(*id).or_insert_with(|| (edit.clone(), refusal.clone()));
                    }
                }
            }
            if wants_only {
                let is_certain = *rank == Rank::Source;
                let only = self.only(edit, now.as_ref(), from).into_iter();
                narrow.extend(only.map(|(patch, effect)| Candidate { patch, effect, is_certain }));
            }
        }
        // That a value is used no more for anyone is the last that may be meant.
        for candidate in narrow.iter().chain(&literal) {
            add(&mut found, candidate);
        }
        found
    }

    /// Do other outputs have what is changed? They may have the same as an edited one has now.
    fn is_shared(&self, edit: &SourceEdit) -> bool {
        self.changes_others(&SourceEdit { new: New::Bytes(Vec::new()), ..edit.clone() })
    }

    /// Does a change reach outputs that nobody edited?
    fn changes_others(&self, edit: &SourceEdit) -> bool {
        let Some(files) = patched(vec![edit.clone()], |path| self.read(path)) else { return true };
        let is_other = |(path, (hash, _)): (&Utf8PathBuf, &(u64, String))| {
            !self.is_edited(path) && self.all.get(path).is_none_or(|(was, _)| was != hash)
        };
        self.trial.with(&files, |project| project.outputs().iter().any(is_other)).unwrap_or(true)
    }

    fn is_contradicted(&self, id: &AtomId) -> bool {
        matches!(self.refusals.get(id), Some((_, Refusal::Contradicts(_))))
    }

    /// Finds values that edits of several outputs want in one place, of which each was refused.
    fn find_contradictions(&mut self, suggested: &Suggested) {
        let mut wanted: BTreeMap<(&Utf8Path, usize), AtomId> = BTreeMap::new();
        for (edit, (_, from)) in suggested.iter().filter(|(_, (known, _))| known.rank == Rank::Source) {
            let is_refused = matches!(self.tried.get(&vec![edit.clone()]), Some(Err(Refusal::Elsewhere(..))));
            let Some(id) = from.first().filter(|_| is_refused && !only::is_template(self.manifest, &edit.file)) else {
                continue;
            };
            match wanted.get(&(&*edit.file, edit.start)) {
                Some(other) if other.0 != id.0 => {
                    let refusals = [(*id, Refusal::Contradicts(*other)), (*other, Refusal::Contradicts(*id))];
                    self.refusals.extend(refusals.map(|(id, refusal)| (id, (edit.clone(), refusal))));
                }
                Some(_) => {}
                None => _ = wanted.insert((&*edit.file, edit.start), *id),
            }
        }
    }

    /// The change for fewer outputs: for those that are like the edited ones on an axis, and for the edited ones alone. `now`
    /// stands for it where nobody may have lost a value of his own.
    fn only(&mut self, edit: &SourceEdit, now: Option<&SourceEdit>, from: &[AtomId]) -> Vec<(Patch, Effect)> {
        let numbers: BTreeSet<usize> = from.iter().map(|(output, _)| *output).collect();
        let outputs: Vec<&Output> = numbers.iter().map(|number| &self.outputs[*number]).collect();
        let is_dialect = outputs.iter().all(|output| output.dialect == Dialect::Dockmill);
        if !is_dialect || !only::is_template(self.manifest, &edit.file) || !matches!(edit.new, New::Bytes(_)) {
            return Vec::new();
        }
        let targets: Vec<_> = outputs.iter().map(|output| &output.target).collect();
        let Some(bytes) = self.read(&edit.file) else { return Vec::new() };
        let conditions = only::conditions(self.manifest, &targets);
        let mut found = Vec::new();
        for condition in &conditions.wider {
            let Some((patch, effect)) = self.under(edit, condition, &bytes) else { continue };
            let now = now.and_then(|now| only::under(now, condition, &bytes));
            if !effect.follow.is_empty() && !now.is_some_and(|now| self.changes_others(&now)) {
                found.push((patch, effect));
            }
        }
        let mut exact = conditions.exact.iter().filter_map(|condition| self.under(edit, condition, &bytes));
        found.extend(exact.find(|(_, effect)| effect.follow.is_empty()));
        found
    }

    /// The change under a condition.
    fn under(&mut self, edit: &SourceEdit, condition: &str, bytes: &[u8]) -> Option<(Patch, Effect)> {
        let patch = vec![only::under(edit, condition, bytes)?];
        let effect = self.effect(&patch).ok().filter(|effect| effect.also.is_empty())?;
        Some((patch, effect))
    }

    /// The ways to give all edits, each with other effects. `Err`: an edit that no change gives, with why one was refused.
    pub(super) fn ways(&mut self) -> Result<Vec<Way>, Vec<Lost>> {
        let candidates = self.candidates();
        let all = self.ids();
        if let Some(lost) = self.spent() {
            return Err(vec![lost]);
        }
        let lost: Vec<AtomId> = all.iter().copied().filter(|id| !candidates.contains_key(id)).collect();
        if !lost.is_empty() {
            return Err(lost.into_iter().map(|id| (id, self.refusals.get(&id).cloned())).collect());
        }
        let mut covers = Vec::new();
        cover(&candidates, &all, &mut Vec::new(), &mut covers);
        let mut ways: Vec<Way> = Vec::new();
        let mut refusal = None;
        for chosen in covers {
            // One meaning of several would be taken for the only one.
            if self.trial.is_spent() {
                let edit = chosen.first().and_then(|candidate| candidate.patch.first()).cloned();
                let why = edit.map(|edit| (edit, Refusal::Spent(self.trial.most)));
                return Err(all.first().map(|id| (*id, why)).into_iter().collect());
            }
            match self.together(&chosen) {
                Ok(way) => match ways.iter_mut().find(|known| (&known.follow, &known.also) == (&way.follow, &way.also))
                {
                    Some(known) if way.is_certain && !known.is_certain => *known = way,
                    Some(_) => {}
                    None => ways.push(way),
                },
                Err(why) => {
                    let why = if let Refusal::Fails(message) = why { message } else { String::new() };
                    let first = || chosen.first()?.patch.first().cloned();
                    refusal = refusal.or_else(|| Some((first()?, Refusal::Together(why))));
                }
            }
        }
        if ways.is_empty() { Err(all.first().map(|id| (*id, refusal)).into_iter().collect()) } else { Ok(ways) }
    }

    /// An edit that was not tried, as no work was left for it.
    fn spent(&self) -> Option<Lost> {
        let is_spent = |(_, effect): &(&Patch, &Result<Effect, Refusal>)| matches!(effect, Err(Refusal::Spent(_)));
        let (patch, _) = self.tried.iter().find(is_spent)?;
        let edit = patch.first()?.clone();
        Some((*self.ids().first()?, Some((edit, Refusal::Spent(self.trial.most)))))
    }

    /// Tries changes together. Conditions that tell nothing and blocks that are left empty go, where nothing else depends on them.
    fn together(&self, chosen: &[&Candidate]) -> Result<Way, Refusal> {
        let edits: Patch = chosen.iter().flat_map(|candidate| candidate.patch.iter().cloned()).collect();
        let way = self.tidied(edits.clone(), chosen)?;
        let shorter = with_shorter_end(edits).and_then(|edits| self.tidied(edits, chosen).ok());
        Ok(shorter.filter(|shorter| shorter.follow == way.follow).unwrap_or(way))
    }

    /// Tries changes without the blocks that they leave empty, or else with them.
    fn tidied(&self, edits: Patch, chosen: &[&Candidate]) -> Result<Way, Refusal> {
        let files = patched(edits, |path| self.read(path)).ok_or(Refusal::Nothing)?;
        let mut tidy = files.clone();
        let mut is_tidy = false;
        for (path, text) in tidy.iter_mut().filter(|(path, _)| only::is_template(self.manifest, path)) {
            if let Some(made) = self.read(path).and_then(|old| without_empty_blocks(&old, text)) {
                (*text, is_tidy) = (made, true);
            }
        }
        if is_tidy && let Ok(way) = self.way(tidy, chosen) { Ok(way) } else { self.way(files, chosen) }
    }

    /// What files give: each edited output must be as it was edited but for what the changes are known to change as well, and
    /// nothing may fail.
    fn way(&self, files: Files, chosen: &[&Candidate]) -> Result<Way, Refusal> {
        let texts = self.trial.with(&files, |project| project.some(self.paths())).map_err(Refusal::of)?;
        let all_also = || chosen.iter().flat_map(|candidate| &candidate.effect.also);
        let mut also: BTreeMap<Utf8PathBuf, BTreeSet<usize>> = BTreeMap::new();
        for (number, (output, text)) in self.outputs.iter().zip(texts).enumerate() {
            let others: BTreeSet<(usize, usize, &[u8])> = all_also()
                .filter(|(of, _)| *of == number)
                .map(|(_, atom)| (atom.old.start, atom.old.end, &*atom.new))
                .collect();
            if text != output.with(&others) {
                return Err(Refusal::Elsewhere(output.path.clone(), 1));
            }
            let lines = all_also().filter(|(of, _)| *of == number).map(|(_, atom)| atom.line + 1);
            let lines: BTreeSet<usize> = lines.collect();
            if !lines.is_empty() {
                also.insert(output.path.clone(), lines);
            }
        }
        let (made, warnings) = self.trial.all(&files).map_err(Refusal::of)?;
        if let Some(gone) = self.all.keys().find(|path| !made.contains_key(*path)) {
            return Err(Refusal::Moves(gone.clone()));
        }
        let is_other = |path: &Utf8PathBuf, hash: u64| self.all.get(path).is_none_or(|(was, _)| *was != hash);
        let follow = made.into_iter().filter(|(path, (hash, _))| is_other(path, *hash) && !self.is_edited(path));
        let follow = follow.collect();
        let warnings = self.new_warnings(&warnings);
        let is_certain = warnings.is_empty() && chosen.iter().all(|candidate| candidate.is_certain);
        Ok(Way { files, follow, also, warnings, is_certain })
    }

    /// What dockmill warns of more often than now.
    fn new_warnings(&self, then: &Warnings) -> Vec<String> {
        if then.is_empty() {
            return Vec::new();
        }
        let now = self.warnings.get_or_init(|| {
            let all = self.trial.all(&Files::new());
            all.map(|(_, warnings)| warnings).unwrap_or_default()
        });
        let is_new = |(code, (count, _)): &(&&'static str, &(usize, String))| {
            now.get(**code).is_none_or(|(before, _)| before < count)
        };
        then.iter().filter(is_new).map(|(_, (_, message))| message.clone()).collect()
    }
}

/// Adds a change to the edits that it gives, unless another does the same.
fn add(found: &mut BTreeMap<AtomId, Vec<Candidate>>, candidate: &Candidate) {
    for id in &candidate.effect.claims {
        let known = found.entry(*id).or_default();
        if !known.iter().any(|other| other.effect == candidate.effect) {
            known.push(candidate.clone());
        }
    }
}

/// The other outputs that each of some candidates reaches.
type Reaches<'c> = Vec<Vec<&'c Utf8PathBuf>>;

/// Finds the sets of changes that give each edit once. Edits that have a reach in common to choose from take the same: nobody
/// means one line for all and the next one for a single output.
fn cover<'c>(
    candidates: &'c BTreeMap<AtomId, Vec<Candidate>>,
    left: &[AtomId],
    chosen: &mut Vec<(&'c Candidate, Reaches<'c>)>,
    covers: &mut Vec<Vec<&'c Candidate>>,
) {
    if covers.len() >= WAYS {
        return;
    }
    let Some(first) = left.first() else {
        covers.push(chosen.iter().map(|(candidate, _)| *candidate).collect());
        return;
    };
    let reach = |candidate: &'c Candidate| candidate.effect.follow.keys().collect::<Vec<_>>();
    let options = candidates.get(first).map(Vec::as_slice).unwrap_or_default();
    let reaches: Reaches<'c> = options.iter().map(reach).collect();
    for (candidate, own) in options.iter().zip(&reaches) {
        let is_unlike = chosen.iter().any(|(other, others)| {
            let other = reach(other);
            other != *own && others.contains(own) && reaches.contains(&other)
        });
        let claims = &candidate.effect.claims;
        if is_unlike || !claims.iter().all(|id| left.contains(id)) {
            continue;
        }
        let rest: Vec<AtomId> = left.iter().copied().filter(|id| !claims.contains(id)).collect();
        chosen.push((candidate, reaches.clone()));
        cover(candidates, &rest, chosen, covers);
        chosen.pop();
    }
}
