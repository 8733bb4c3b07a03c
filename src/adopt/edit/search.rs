//! What may have been meant: changes of sources that give edits, tried one by one and then together.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use crate::adopt::overlay::Files;
use crate::diagnostic::Diagnostic;
use crate::manifest::{Dialect, Manifest, Places};
use crate::source::SourceMap;

use super::atom::{Atom, AtomKind, applied, atoms};
use super::output::{Output, body, piece_range};
use super::patch::{New, Patch, SourceEdit, patched, without_empty_blocks};
use super::trial::{All, Changed, Trial};
use super::{list, only, text, value};

/// No more changes of sources are tried.
const TRIALS: usize = 2_000;
/// No more ways to put changes together are tried.
const WAYS: usize = 64;

/// An edit of an output: the output, and the edit's place in it.
pub(super) type AtomId = (usize, usize);

/// How near a change is to what was edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// What the edited words come from.
    Source,
    /// A line is written as it was edited, whatever it was made of.
    Line,
}

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
}

/// Changes that together give all edits.
pub(super) struct Way {
    pub(super) files: Files,
    /// The other files that they change, with what they hold then and the target that makes them.
    pub(super) follow: All,
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
}

impl<'s> Search<'s> {
    pub(super) fn new(
        manifest: &'s Manifest,
        sources: &'s SourceMap,
        trial: Trial<'s>,
        outputs: &'s [Output],
        all: &'s All,
    ) -> Self {
        Self { manifest, sources, trial, outputs, all, tried: IndexMap::new(), refusals: BTreeMap::new() }
    }

    fn read(&self, path: &Utf8Path) -> Option<Vec<u8>> {
        self.trial.files.read(&self.trial.location.root().join(path)).ok()
    }

    /// The changes that an edit suggests.
    fn suggested(&self, (output, atom): AtomId, places: &Places<'_>) -> Vec<(Rank, SourceEdit)> {
        let output = &self.outputs[output];
        let atom = &output.atoms[atom];
        let edits: Vec<SourceEdit> = match atom.kind {
            AtomKind::Words => return self.of_words(output, atom, places),
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
        edits.into_iter().map(|edit| (Rank::Source, edit)).collect()
    }

    /// The changes that edited words of a line suggest.
    fn of_words(&self, output: &Output, atom: &Atom, places: &Places<'_>) -> Vec<(Rank, SourceEdit)> {
        let of = |rank: Rank| move |edit: SourceEdit| (rank, edit);
        let Some(number) = output.template_line(atom.line) else { return Vec::new() };
        let provenance = output.provenance(self.sources);
        let Some(line) = provenance.line(number) else { return Vec::new() };
        let place = output.line(atom.line);
        let bytes = &output.headed.bytes[place.clone()];
        let old = atom.old.start - place.start..atom.old.end - place.start;
        let body = body(bytes).len();
        let mut found: Vec<(Rank, SourceEdit)> = Vec::new();
        if old.start >= body && atom.new.contains(&b'\n') != bytes[old.clone()].contains(&b'\n') {
            // The last line gets a line break, or has one no more.
            found.extend(text::end(self.sources, line.origin, &atom.new).map(of(Rank::Source)));
            return found;
        }
        // What is written in one word with a piece is a part of it.
        let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'.');
        let (joins_left, joins_right) = (
            is_word(atom.new.first()) && is_word(old.start.checked_sub(1).and_then(|at| bytes.get(at))),
            is_word(atom.new.last()) && is_word(bytes.get(old.end)),
        );
        for (at, piece) in line.pieces.iter().enumerate() {
            let is_value = piece.computed.is_some();
            let range = piece_range(&line, at, if is_value { body } else { bytes.len() });
            let is_beside = old.is_empty() && range.end == old.start && joins_right && !joins_left
                || old.is_empty() && range.start == old.start && joins_left && !joins_right;
            if old.start < range.start || range.end < old.end || is_beside {
                continue;
            }
            let part = &bytes[range.clone()];
            let within = old.start - range.start..old.end - range.start;
            let edits = if let Some(computed) = piece.computed.and_then(|at| output.rendered.computed.get(at)) {
                let new = [&part[..within.start], &atom.new, &part[within.end..]].concat();
                value::changes(self.sources, places, &computed.births, part, &new)
            } else {
                text::part(self.sources, piece.origin, part, &within, &atom.new, output.dialect)
            };
            found.extend(edits.into_iter().map(of(Rank::Source)));
        }
        if line.pieces.is_empty() {
            // m4 does not tell which words of a line are values.
            let new = output.edited_line(atom.line);
            for computed in &line.values {
                let edits = value::changes(self.sources, places, &computed.births, bytes, &new);
                found.extend(edits.into_iter().map(of(Rank::Source)));
            }
            let edits = text::part(self.sources, line.origin, bytes, &old, &atom.new, output.dialect);
            found.extend(edits.into_iter().map(of(Rank::Source)));
        }
        found.extend(text::whole(self.sources, output, atom.line, line.origin).map(of(Rank::Line)));
        found
    }

    /// Tries a change, once.
    fn effect(&mut self, patch: &Patch) -> Result<Effect, Refusal> {
        if let Some(known) = self.tried.get(patch) {
            return known.clone();
        }
        let effect = if self.tried.len() < TRIALS { self.find_effect(patch) } else { Err(Refusal::Nothing) };
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
        for (number, (output, text)) in self.outputs.iter().zip(texts).enumerate() {
            let Some(text) = text else { return Err(Refusal::Moves(output.path.clone())) };
            let rendered = &output.headed.bytes;
            let Some(done) = applied(rendered, &output.atoms, &text) else {
                let others = atoms(rendered, &text, |_, _, _| false);
                let other = others
                    .iter()
                    .find(|other| !output.atoms.iter().any(|own| (&own.old, &own.new) == (&other.old, &other.new)));
                return Err(Refusal::Elsewhere(output.path.clone(), other.map_or(0, |other| other.line) + 1));
            };
            claims.extend(done.iter().enumerate().filter(|(_, done)| **done).map(|(atom, _)| (number, atom)));
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
        Ok(Effect { claims, follow })
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
    fn candidates(&mut self) -> BTreeMap<AtomId, Vec<(Patch, Effect)>> {
        let places = Places::new(self.manifest, self.sources);
        // Each change with the edits that suggest it.
        let mut suggested: IndexMap<SourceEdit, (Rank, Vec<AtomId>)> = IndexMap::new();
        for id in self.ids() {
            for (rank, edit) in self.suggested(id, &places) {
                let known = suggested.entry(edit).or_insert_with(|| (rank, Vec::new()));
                known.0 = known.0.min(rank);
                known.1.push(id);
            }
        }
        suggested.sort_by(|_, (one, _), _, (other, _)| one.cmp(other));
        let mut found: BTreeMap<AtomId, Vec<(Patch, Effect)>> = BTreeMap::new();
        let mut narrow: Vec<(Patch, Effect)> = Vec::new();
        let first_line = suggested.values().position(|(rank, _)| *rank == Rank::Line).unwrap_or(suggested.len());
        for (number, (edit, (rank, from))) in suggested.iter().enumerate() {
            if number == first_line {
                self.find_contradictions(&suggested);
            }
            let has_better = |id: &AtomId| found.contains_key(id) || self.is_contradicted(id);
            if *rank == Rank::Line && from.iter().all(has_better) {
                continue;
            }
            let effect = self.effect(&vec![edit.clone()]);
            let wants_only = match &effect {
                Ok(effect) => !effect.follow.is_empty(),
                Err(_) => !from.iter().any(|id| found.contains_key(id)),
            };
            match effect {
                Ok(effect) => add(&mut found, &vec![edit.clone()], &effect),
                Err(refusal) => {
                    for id in from {
                        self.refusals.entry(*id).or_insert_with(|| (edit.clone(), refusal.clone()));
                    }
                }
            }
            if wants_only {
                narrow.extend(self.only(edit, from));
            }
        }
        for (patch, effect) in narrow {
            add(&mut found, &patch, &effect);
        }
        found
    }

    fn is_contradicted(&self, id: &AtomId) -> bool {
        matches!(self.refusals.get(id), Some((_, Refusal::Contradicts(_))))
    }

    /// Finds values that edits of several outputs want in one place, of which each was refused.
    fn find_contradictions(&mut self, suggested: &IndexMap<SourceEdit, (Rank, Vec<AtomId>)>) {
        let mut wanted: BTreeMap<(&Utf8Path, usize), AtomId> = BTreeMap::new();
        for (edit, (_, from)) in suggested.iter().filter(|(_, (rank, _))| *rank == Rank::Source) {
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

    /// The change for fewer outputs: for those that are like the edited ones on an axis, and for the edited ones alone.
    fn only(&mut self, edit: &SourceEdit, from: &[AtomId]) -> Vec<(Patch, Effect)> {
        let numbers: BTreeSet<usize> = from.iter().map(|(output, _)| *output).collect();
        let outputs: Vec<&Output> = numbers.iter().map(|number| &self.outputs[*number]).collect();
        let is_dialect = outputs.iter().all(|output| output.dialect == Dialect::Dockmill);
        if !is_dialect || !only::is_template(self.manifest, &edit.file) || !matches!(edit.new, New::Bytes(_)) {
            return Vec::new();
        }
        let targets: Vec<_> = outputs.iter().map(|output| &output.target).collect();
        let Some(bytes) = self.read(&edit.file) else { return Vec::new() };
        let conditions = only::conditions(self.manifest, &targets);
        let mut under = |condition: &String| {
            let patch = vec![only::under(edit, condition, &bytes)?];
            let effect = self.effect(&patch).ok()?;
            Some((patch, effect))
        };
        let mut found: Vec<(Patch, Effect)> = conditions.wider.iter().filter_map(&mut under).collect();
        found.retain(|(_, effect)| !effect.follow.is_empty());
        found.extend(conditions.exact.iter().filter_map(under).find(|(_, effect)| effect.follow.is_empty()));
        found
    }

    /// The ways to give all edits, each with other effects. `Err`: an edit that no change gives, with why one was refused.
    pub(super) fn ways(&mut self) -> Result<Vec<Way>, Vec<Lost>> {
        let candidates = self.candidates();
        let all = self.ids();
        let lost: Vec<AtomId> = all.iter().copied().filter(|id| !candidates.contains_key(id)).collect();
        if !lost.is_empty() {
            return Err(lost.into_iter().map(|id| (id, self.refusals.get(&id).cloned())).collect());
        }
        let mut covers = Vec::new();
        cover(&candidates, &all, &mut Vec::new(), &mut covers);
        let mut ways: Vec<Way> = Vec::new();
        let mut refusal = None;
        for patches in covers {
            let edits: Patch = patches.iter().flat_map(|patch| patch.iter().cloned()).collect();
            match self.together(edits.clone()) {
                Ok(way) if ways.iter().any(|known| known.follow == way.follow) => {}
                Ok(way) => ways.push(way),
                Err(why) => {
                    let why = if let Refusal::Fails(message) = why { message } else { String::new() };
                    refusal = refusal.or_else(|| Some((edits.first()?.clone(), Refusal::Together(why))));
                }
            }
        }
        if ways.is_empty() { Err(all.first().map(|id| (*id, refusal)).into_iter().collect()) } else { Ok(ways) }
    }

    /// Tries changes together, without the blocks that they leave empty, or else with them.
    fn together(&self, edits: Patch) -> Result<Way, Refusal> {
        let files = patched(edits, |path| self.read(path)).ok_or(Refusal::Nothing)?;
        let mut tidy = files.clone();
        let mut is_tidy = false;
        for (path, text) in tidy.iter_mut().filter(|(path, _)| only::is_template(self.manifest, path)) {
            if let Some(made) = self.read(path).and_then(|old| without_empty_blocks(&old, text)) {
                (*text, is_tidy) = (made, true);
            }
        }
        if is_tidy && let Ok(way) = self.way(tidy) { Ok(way) } else { self.way(files) }
    }

    /// What files give: each edited output must be as it was edited, and nothing may fail.
    fn way(&self, files: Files) -> Result<Way, Refusal> {
        let texts = self.trial.with(&files, |project| project.some(self.paths())).map_err(Refusal::of)?;
        for (output, text) in self.outputs.iter().zip(texts) {
            if text.as_ref() != Some(&output.found) {
                return Err(Refusal::Elsewhere(output.path.clone(), 1));
            }
        }
        let made = self.trial.all(&files).map_err(Refusal::of)?;
        if let Some(gone) = self.all.keys().find(|path| !made.contains_key(*path)) {
            return Err(Refusal::Moves(gone.clone()));
        }
        let is_other = |path: &Utf8PathBuf, hash: u64| self.all.get(path).is_none_or(|(was, _)| *was != hash);
        let follow = made.into_iter().filter(|(path, (hash, _))| is_other(path, *hash) && !self.is_edited(path));
        let follow = follow.collect();
        Ok(Way { files, follow })
    }
}

/// Adds a change to the edits that it gives, unless another does the same.
fn add(found: &mut BTreeMap<AtomId, Vec<(Patch, Effect)>>, patch: &Patch, effect: &Effect) {
    for id in &effect.claims {
        let known = found.entry(*id).or_default();
        if !known.iter().any(|(_, other)| other == effect) {
            known.push((patch.clone(), effect.clone()));
        }
    }
}

/// Which candidate was chosen for edits that have the same reach to choose from.
type Choice<'c> = (Vec<Vec<&'c Utf8PathBuf>>, usize);

/// Finds the sets of changes that give each edit once. Edits with the same reach to choose from take the same.
fn cover<'c>(
    candidates: &'c BTreeMap<AtomId, Vec<(Patch, Effect)>>,
    left: &[AtomId],
    chosen: &mut Vec<(&'c Patch, Choice<'c>)>,
    covers: &mut Vec<Vec<&'c Patch>>,
) {
    if covers.len() >= WAYS {
        return;
    }
    let Some(first) = left.first() else {
        covers.push(chosen.iter().map(|(patch, _)| *patch).collect());
        return;
    };
    let options = candidates.get(first).map(Vec::as_slice).unwrap_or_default();
    let reach: Vec<Vec<&Utf8PathBuf>> = options.iter().map(|(_, effect)| effect.follow.keys().collect()).collect();
    let fixed = chosen.iter().find(|(_, (known, _))| *known == reach).map(|(_, (_, at))| *at);
    for (at, (patch, effect)) in options.iter().enumerate() {
        if fixed.is_some_and(|fixed| fixed != at) || !effect.claims.iter().all(|id| left.contains(id)) {
            continue;
        }
        let rest: Vec<AtomId> = left.iter().copied().filter(|id| !effect.claims.contains(id)).collect();
        chosen.push((patch, (reach.clone(), at)));
        cover(candidates, &rest, chosen, covers);
        chosen.pop();
    }
}
