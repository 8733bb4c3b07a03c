//! Outputs that were edited by hand or by a bot, taken back into what they are made from: `dockmill adopt --edit`.
//!
//! An edited output is taken apart into small edits ([`atom`]), each of one part of a line ([`part`]). The places that the edited
//! words come from suggest changes ([`words`]) of templates ([`text`]), of the manifest and of data ([`value`], [`list`]), and lines
//! under conditions ([`only`]). Each is tried in memory ([`trial`]) and kept if it gives edits and changes nothing else of the
//! edited outputs, or only what is known to hold the same value. Changes that together give all edits are a meaning ([`search`]);
//! of those with the same effect on other outputs, one is.

mod atom;
mod elsewhere;
mod list;
mod only;
mod output;
mod part;
mod patch;
mod search;
mod text;
mod trial;
mod value;
mod words;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::Places;
use crate::project::Session;
use crate::source::Span;
use crate::template::Budget;

use atom::AtomKind;
use output::Output;
use search::{Lost, Refusal, Search};
use trial::Trial;

pub(crate) use atom::pairs;
pub(crate) use elsewhere::{is_adoptable, of_text};

/// An output with what someone made of it.
pub(crate) struct Edited {
    /// In the project.
    pub(crate) path: Utf8PathBuf,
    /// What stands on disk.
    pub(crate) bytes: Vec<u8>,
}

/// What edits may mean: a change of sources that gives them.
pub(crate) struct Meaning {
    /// The sources, by their paths in the project, as they are then.
    pub(crate) sources: BTreeMap<Utf8PathBuf, Vec<u8>>,
    /// The other files that change, with the targets or texts that make them.
    pub(crate) follow: BTreeMap<Utf8PathBuf, String>,
    /// The lines of edited outputs that change as well, though nobody edited them.
    pub(crate) also: BTreeMap<Utf8PathBuf, BTreeSet<usize>>,
    /// What dockmill warns of then, and does not yet.
    pub(crate) warnings: Vec<String>,
    /// It is made without a question where it is the only one.
    pub(crate) is_certain: bool,
}

/// No more edits are taken back at once.
const EDITS: usize = 500;
/// Bytes of sources that take as long as a step of an expansion does.
const BYTES_A_STEP: usize = 2;
/// Each output adds so many steps to those that trials may take: large families are no attack.
const EACH: u64 = 8 * Budget::EACH;

/// What the edits of outputs may mean, the widest reach first. Errors say at which line there is no meaning, and why; then there is none.
pub(crate) fn meanings(session: &Session<'_>, edited: Vec<Edited>, found: &mut Diagnostics) -> Vec<Meaning> {
    let mut outputs = Vec::new();
    for Edited { path, bytes } in edited {
        let Some(output) = Output::new(session.renderer, session.sources, path, bytes) else { continue };
        found.extend(refused(session, &output));
        outputs.push(output);
    }
    let count: usize = outputs.iter().map(|output| output.atoms.len()).sum();
    if count > EDITS
        && let Some(first) = outputs.first()
    {
        let message = format!("there are {count} edits; no more than {EDITS} are taken back at once");
        let place = Span::new(first.file, 0, 0);
        found.push(Diagnostic::error(Code::EditNotAdopted, place, message).help("name fewer outputs"));
    }
    if found.errors() > 0 {
        return Vec::new();
    }
    let all = trial::all(session, found);
    if found.errors() > 0 {
        return Vec::new();
    }
    let read: usize = session.sources.files().iter().map(|(_, source)| source.bytes().len()).sum();
    let compared: usize = outputs.iter().map(|output| output.found.len()).sum();
    let work = session.manifest.limits.work.unwrap_or(Budget::USUAL);
    let outputs_made = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let trial = Trial {
        location: session.location,
        files: session.renderer.file_system(),
        reading: u64::try_from((read + compared) / BYTES_A_STEP).unwrap_or(u64::MAX) + 1,
        most: work.saturating_add(outputs_made.saturating_mul(EACH)),
        spent: Cell::new(0),
    };
    let mut search = Search::new(session.manifest, session.sources, trial, &outputs, &all);
    match search.ways() {
        Ok(ways) => {
            let meaning = |way: search::Way| Meaning {
                sources: way.files,
                follow: way.follow.into_iter().map(|(path, (_, id))| (path, id)).collect(),
                also: way.also,
                warnings: way.warnings,
                is_certain: way.is_certain,
            };
            ways.into_iter().map(meaning).collect()
        }
        Err(lost) => {
            found.extend(lost.into_iter().map(|lost| none(session, &outputs, lost)));
            Vec::new()
        }
    }
}

/// The place of an edit in the edited file.
fn place(session: &Session<'_>, output: &Output, atom: usize) -> Span {
    let edited = &output.atoms[atom];
    let source = session.sources.get(output.file);
    let line = memchr::memchr_iter(b'\n', &output.found[..edited.found.start]).count();
    let range = u32::try_from(line + 1).ok().and_then(|line| source.line_range(line)).unwrap_or(0..0);
    Span::new(output.file, range.start, range.end)
}

/// An edit that is none of what a template, the manifest or data gives.
fn refused(session: &Session<'_>, output: &Output) -> Option<Diagnostic> {
    let first = place(session, output, 0);
    if let Some(file) = output.beside.as_ref().filter(|file| file.expand.is_none()) {
        let from = session.location.seen(&file.from);
        let message = format!("`{}` is a copy of `{from}`", session.location.seen(&output.path));
        let error = Diagnostic::error(Code::EditNotAdopted, first, message).label("this differs from what is copied");
        return Some(error.help(format!("make the edit in `{from}`")));
    }
    if output.target.frozen.is_some() {
        let message = format!("`{}` is frozen: no template makes it", session.location.seen(&output.path));
        return Some(Diagnostic::error(Code::EditNotAdopted, first, message));
    }
    let at = output.atoms.iter().position(|atom| output.is_header(atom))?;
    let is_own = session.manifest.header;
    let message =
        if is_own { "the header is dockmill's, and no template makes it" } else { "the header is the manifest's" };
    let error = Diagnostic::error(Code::EditNotAdopted, place(session, output, at), message);
    Some(match session.manifest.images[output.target.image].header_span() {
        Some(span) if !is_own => error.also(span, "it is given here").help("edit it there"),
        _ => error.help("put the line back as it was: other edits can be adopted then"),
    })
}

/// Why no change of a source gives an edit.
fn none(session: &Session<'_>, outputs: &[Output], ((output, atom), why): Lost) -> Diagnostic {
    let output = &outputs[output];
    let what = match output.atoms[atom].kind {
        _ if matches!(why, Some((_, Refusal::Contradicts(_)))) => "edits of two outputs contradict each other",
        _ if matches!(why, Some((_, Refusal::Together(_)))) => "the edits cannot be adopted together",
        _ if matches!(why, Some((_, Refusal::Spent(_)))) => "it takes too much work to find what the edits mean",
        AtomKind::Words => "no change of a source gives this edit",
        AtomKind::Added => "no change of a source gives these lines",
        AtomKind::Deleted => "no change of a source takes the line away that stood before this one",
    };
    let mut error = Diagnostic::error(Code::EditNotAdopted, place(session, output, atom), what);
    let line = output.template_line(output.atoms[atom].line);
    let provenance = output.provenance(session.sources);
    if let Some(line) = line.and_then(|line| provenance.line(line)) {
        let source = session.sources.get(line.origin.file);
        if let Some(range) = source.line_range(line.origin.line) {
            error = error.also(Span::new(line.origin.file, range.start, range.end), "the line comes from here");
        }
        if source.project_path().is_none() {
            error = error.note(format!("`{}` is none of the project's files", source.name()));
        }
        let places = Places::new(session.manifest, session.sources);
        let births = line.values.iter().flat_map(|computed| computed.births.places());
        let mut seen = Vec::new();
        for place in births.filter(|birth| !birth.is_choice).map(|birth| places.place(&birth)).take(3) {
            if !seen.contains(&place.span) {
                error = error.also(place.span, "a value on it comes from here");
                seen.push(place.span);
            }
        }
    }
    let Some((edit, refusal)) = why else { return error };
    let file = session.location.seen(&edit.file);
    let line = session.sources.files().into_iter().find_map(|(_, source)| {
        let is_it = source.project_path() == Some(&*edit.file);
        is_it.then(|| source.line(u32::try_from(edit.start).unwrap_or(u32::MAX)))
    });
    let there = line.map_or_else(|| format!("`{file}`"), |line| format!("{file}:{line}"));
    match refusal {
        Refusal::Fails(message) => error.note(format!("with the edit at {there}, the project has an error: {message}")),
        Refusal::Elsewhere(path, line) if path == output.path => {
            error.note(format!("the edit at {there} would change line {line} as well, which is not edited that way"))
        }
        Refusal::Elsewhere(path, line) => error.note(format!(
            "the edit at {there} would give {}:{line} another text than the one it was edited to have",
            session.location.seen(&path)
        )),
        Refusal::Moves(path) => error.note(format!(
            "with the edit at {there}, other outputs are made: `{}` comes or goes",
            session.location.seen(&path)
        )),
        Refusal::Contradicts((other, atom)) => {
            let other = place(session, &outputs[other], atom);
            error
                .also(other, "this edit wants another value there")
                .note(format!("both lines take a value from {there}"))
        }
        Refusal::Together(message) if message.is_empty() => {
            error.note("each is given by a change of a source; all these changes give other outputs")
        }
        Refusal::Together(message) => error.note(format!("with all edits, the project has an error: {message}")),
        Refusal::Spent(most) => error
            .note(format!("all changes of sources that are tried may take {most} steps together"))
            .help("name fewer outputs, or give `--limit work=NUMBER`"),
        Refusal::Nothing => error,
    }
}
