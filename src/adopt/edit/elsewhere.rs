//! Edits of files that are not taken back, as no template makes their lines one by one.

use std::ops::Range;

use camino::Utf8Path;

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Manifest, Places};
use crate::project::Session;
use crate::source::Span;

use super::atom::{AtomKind, atoms};
use super::value::read;

/// May the edits of an output be taken back? Those of copies and of frozen outputs are made elsewhere.
pub(crate) fn is_adoptable(manifest: &Manifest, path: &Utf8Path) -> bool {
    let made = manifest.made_by(path);
    made.is_some_and(|(target, beside)| target.frozen.is_none() && beside.is_none_or(|file| file.expand.is_some()))
}

/// Why the edit of a text is not taken back, and where its words are written. `found` is on disk, `made` what is rendered.
pub(crate) fn of_text(session: &Session<'_>, path: &Utf8Path, found: &[u8], made: &[u8]) -> Diagnostic {
    let seen = session.location.seen(path);
    let file = session.sources.add(path, found.to_vec());
    let edits = atoms(made, found, |_, _, _| false);
    let first = edits.first();
    let line = first.map_or(0, |edit| memchr::memchr_iter(b'\n', &found[..edit.found.start]).count());
    let line = u32::try_from(line + 1).ok().and_then(|line| session.sources.get(file).line_range(line));
    let line = line.unwrap_or(0..0);
    let message = format!("`{seen}` is made from all targets together, or parts of it are");
    let error = Diagnostic::error(Code::EditNotAdopted, Span::new(file, line.start, line.end), message);
    // A tag may have a version and a release in one word.
    let found = first.filter(|edit| edit.kind == AtomKind::Words).and_then(|edit| {
        let words = [&b"._-+~"[..], b"._"].into_iter().filter_map(|joints| word(made, &edit.old, joints));
        words.map(|word| (word, written(session, word))).find(|(_, places)| !places.is_empty())
    });
    let Some((word, places)) = found else {
        let text = session.manifest.texts_of(path);
        let template = text.first().map(|text| session.location.seen(&text.target.template));
        let from = template.map_or_else(|| "its template".to_owned(), |template| format!("`{template}`"));
        return error.help(format!("make the edit in {from}"));
    };
    let all = places.iter().take(PLACES);
    let error = all.fold(error, |error, place| error.also(*place, format!("`{word}` is written here")));
    match &*places {
        [place] => {
            let source = session.sources.get(place.file);
            error.help(format!("make the edit at {}:{}", source.name(), source.line(place.start)))
        }
        _ => error.help("make the edit where the value is written"),
    }
}

/// So many places are shown where a value is written.
const PLACES: usize = 3;

/// The whole word of which a part was edited; `joints` are letters of words, too.
fn word<'t>(text: &'t [u8], part: &Range<usize>, joints: &[u8]) -> Option<&'t str> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || joints.contains(byte) || !byte.is_ascii();
    let before = text[..part.start].iter().rev().take_while(|byte| is_word(byte)).count();
    let behind = text[part.end..].iter().take_while(|byte| is_word(byte)).count();
    let word = std::str::from_utf8(&text[part.start - before..part.end + behind]).ok()?;
    (!word.is_empty()).then_some(word)
}

/// Where the manifest and data have a value.
fn written(session: &Session<'_>, value: &str) -> Vec<Span> {
    let places = Places::new(session.manifest, session.sources);
    let mut found = Vec::new();
    for (file, source) in session.sources.files() {
        let is_read = source.project_path().is_some_and(|path| !super::only::is_template(session.manifest, path));
        let Some(leaves) = places.leaves(file).filter(|_| is_read) else { continue };
        for leaf in leaves.all().iter().filter(|leaf| !leaf.is_parent) {
            let bytes = source.bytes().get(leaf.value.start as usize..leaf.value.end as usize);
            let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(read);
            if text.is_some_and(|text| text == value) {
                found.push(Span::new(file, leaf.value.start, leaf.value.end));
            }
        }
    }
    found
}
