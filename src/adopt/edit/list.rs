//! Lines that the elements of a list made: one more element, or one less.

use std::ops::Range;

use camino::Utf8PathBuf;

use crate::expression::{Births, Key};
use crate::manifest::Places;
use crate::review::differences;
use crate::source::SourceMap;

use super::output::{Output, piece_range};
use super::patch::SourceEdit;
use super::value::{read, written_as};

/// So many births of one value are looked at.
const BIRTHS: usize = 16;

/// An element of a list, as it is written.
struct Element {
    path: Utf8PathBuf,
    bytes: Vec<u8>,
    range: Range<usize>,
}

/// The word of a line's value: without what joins lines of an instruction.
fn word(part: &[u8]) -> Option<&str> {
    let part = std::str::from_utf8(part).ok()?.trim();
    Some(part.strip_suffix(['\\', '`']).unwrap_or(part).trim_end())
}

/// The elements of lists that hold a word, where a value was born.
fn elements(sources: &SourceMap, places: &Places<'_>, births: &Births, word: &str) -> Vec<Element> {
    let all = lists(sources, places, births).into_iter().flatten();
    all.filter(|(_, text)| text == word).map(|(element, _)| element).collect()
}

/// The lists where a value was born, with what each element is.
fn lists(sources: &SourceMap, places: &Places<'_>, births: &Births) -> Vec<Vec<(Element, String)>> {
    let mut lists: Vec<Vec<(Element, String)>> = Vec::new();
    // The list of the last element: a file, and the place of what holds it.
    let mut last = None;
    for birth in births.places().iter().filter(|birth| !birth.is_choice).take(BIRTHS) {
        let place = places.place(birth);
        let file = sources.get(place.span.file);
        let Some(path) = file.project_path() else { continue };
        let around = place.span.start as usize..place.span.end as usize;
        let ranges: Vec<(Option<usize>, Range<usize>)> = match places.leaves(place.span.file) {
            Some(leaves) => {
                let elements = leaves.all().iter().filter(|leaf| matches!(leaf.key, Key::Index(_)) && !leaf.is_parent);
                let ranges = elements.map(|leaf| (leaf.parent, leaf.value.start as usize..leaf.value.end as usize));
                ranges.filter(|(_, range)| around.start <= range.start && range.end <= around.end).collect()
            }
            // In a template, elements of lists and arguments of calls are written alike.
            None => vec![(None, around)],
        };
        for (parent, range) in ranges {
            let is_new = lists.iter().flatten().all(|(known, _)| (&*known.path, &known.range) != (path, &range));
            let written = file.bytes().get(range.clone()).and_then(|bytes| std::str::from_utf8(bytes).ok());
            let Some(text) = written.and_then(read).filter(|_| is_new) else { continue };
            let element = Element { path: path.to_owned(), bytes: file.bytes().to_vec(), range };
            let list = Some((place.span.file, parent));
            match lists.last_mut().filter(|_| last == list) {
                Some(known) => known.push((element, text)),
                None => lists.push(vec![(element, text)]),
            }
            last = list;
        }
    }
    lists
}

/// What stands between the elements of a list of which a value was made. `None`: the value is something else.
fn separator<'v>(texts: &[&str], value: &'v str, new: &'v str) -> Option<&'v str> {
    let [first, second, ..] = texts else {
        // A list of one element shows nothing of it: what is usual between several is tried.
        let is_one = texts == [value];
        let between = |separator: &&str| new.split(*separator).any(|text| text == value);
        return [", ", " ", ","]
            .into_iter()
            .filter(|_| is_one)
            .find(|separator| new.contains(separator) && between(separator));
    };
    let rest = value.strip_prefix(first)?;
    let separator = &rest[..rest.find(second)?];
    (!separator.is_empty() && texts.join(separator) == value).then_some(separator)
}

/// More elements of a list, fewer or others, where a value has all of them in one line.
pub(super) fn within(
    sources: &SourceMap,
    places: &Places<'_>,
    births: &Births,
    old: &[u8],
    new: &[u8],
) -> Vec<SourceEdit> {
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else { return Vec::new() };
    let mut edits = Vec::new();
    for list in lists(sources, places, births) {
        // In a template what joins the elements is written as they are.
        let elements: Vec<&(Element, String)> = list.iter().filter(|(_, text)| !text.trim().is_empty()).collect();
        let texts: Vec<&str> = elements.iter().map(|(_, text)| &**text).collect();
        let Some(separator) = separator(&texts, old, new) else { continue };
        let wanted: Vec<&str> = new.split(separator).collect();
        let changes: Vec<_> = differences(&texts, &wanted).into_iter().filter(|op| !op.equal).collect();
        let [op] = &*changes else { continue };
        // An element that became another one is an edit of a value.
        if op.old.len() == op.new.len() || wanted.iter().any(|text| text.is_empty()) {
            continue;
        }
        let element = |at: usize| elements.get(at).map(|(element, _)| element);
        let come = &wanted[op.new.clone()];
        let (before, behind) = (op.old.start.checked_sub(1).and_then(element), element(op.old.end));
        let edit = match (element(op.old.start), op.old.len()) {
            (_, 0) => match before {
                Some(before) => before.joined(come, true),
                None => behind.and_then(|behind| behind.joined(come, false)),
            },
            (Some(gone), 1) if come.is_empty() => Some(gone.removed()),
            (Some(first), count) => {
                element(op.old.start + count - 1).and_then(|last| first.replaced(last, come, before, behind))
            }
            (None, _) => None,
        };
        edits.extend(edit);
    }
    edits
}

impl Element {
    /// What stands before it on its line.
    fn before(&self) -> &[u8] {
        let start = memchr::memrchr(b'\n', &self.bytes[..self.range.start]).map_or(0, |at| at + 1);
        &self.bytes[start..self.range.start]
    }

    /// Is it an element of a list of YAML that has a line for each?
    fn is_item(&self) -> bool {
        self.before().trim_ascii() == b"-"
    }

    /// Does nothing stand before it on its line?
    fn begins_line(&self) -> bool {
        self.before().trim_ascii().is_empty()
    }

    /// Where the line ends, behind its line break.
    fn line_end(&self, from: usize) -> usize {
        memchr::memchr(b'\n', &self.bytes[from..]).map_or(self.bytes.len(), |at| from + at + 1)
    }

    /// The place of the comma behind it.
    fn comma(&self) -> Option<usize> {
        let blank = self.bytes[self.range.end..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let at = self.range.end + blank;
        (self.bytes.get(at) == Some(&b',')).then_some(at)
    }

    /// Takes it away.
    fn removed(&self) -> SourceEdit {
        let line = self.range.start - self.before().len();
        let range = if self.is_item() {
            line..self.line_end(self.range.end)
        } else if let Some(comma) = self.comma() {
            let end = self.line_end(comma);
            let rest = &self.bytes[comma + 1..end];
            let rest_of_line = rest.trim_ascii_start();
            // A comment beside an element is about it.
            if self.begins_line() && (rest_of_line.is_empty() || rest_of_line.starts_with(b"#")) {
                line..end
            } else {
                let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                self.range.start..comma + 1 + blank
            }
        } else {
            let above = self.bytes[..self.range.start].trim_ascii_end();
            let start = if above.ends_with(b",") { above.len() - 1 } else { self.range.start };
            start..self.range.end
        };
        SourceEdit::bytes(&self.path, range, Vec::new())
    }

    /// Writes others in place of all from here to `last`.
    fn replaced(
        &self,
        last: &Self,
        texts: &[&str],
        before: Option<&Self>,
        behind: Option<&Self>,
    ) -> Option<SourceEdit> {
        let (start, end) = match (texts.is_empty(), before, behind) {
            (true, _, Some(behind)) => (self.range.start, behind.range.start),
            (true, Some(before), None) => (before.range.end, last.range.end),
            _ => (self.range.start, last.range.end),
        };
        let like = std::str::from_utf8(self.bytes.get(self.range.clone())?).ok()?;
        let texts: Vec<String> = texts.iter().map(|text| written_as(like, text)).collect::<Option<_>>()?;
        let lead = std::str::from_utf8(self.before()).ok()?;
        let joint = match (self.is_item(), self.begins_line()) {
            (true, _) => format!("\n{lead}"),
            (_, true) => format!(",\n{lead}"),
            _ => ", ".to_owned(),
        };
        Some(SourceEdit::bytes(&self.path, start..end, texts.join(&joint)))
    }

    /// Writes others behind it or before it.
    fn joined(&self, texts: &[&str], is_behind: bool) -> Option<SourceEdit> {
        let like = std::str::from_utf8(self.bytes.get(self.range.clone())?).ok()?;
        let texts: Vec<String> = texts.iter().map(|text| written_as(like, text)).collect::<Option<_>>()?;
        let before = String::from_utf8(self.before().to_vec()).ok()?;
        if self.is_item() {
            let lines = texts.iter().map(|text| format!("{before}{text}\n")).collect::<Vec<_>>().concat();
            let at = if is_behind { self.line_end(self.range.end) } else { self.range.start - before.len() };
            let is_open = at > 0 && self.bytes[at - 1] != b'\n';
            let lines = if is_open { format!("\n{}", lines.trim_end_matches('\n')) } else { lines };
            return Some(SourceEdit::bytes(&self.path, at..at, lines));
        }
        let joint = if self.begins_line() { format!(",\n{before}") } else { ", ".to_owned() };
        let joined = texts.join(&joint);
        let (at, text) = match self.comma() {
            _ if !is_behind => (self.range.start, format!("{joined}{joint}")),
            Some(comma) if self.begins_line() => (comma + 1, format!("\n{before}{joined},")),
            _ => (self.range.end, format!("{joint}{joined}")),
        };
        Some(SourceEdit::bytes(&self.path, at..at, text))
    }
}

/// A part of a line (from 0) that a value gave: its bytes in the line, and the elements that it may come from.
fn valued(
    sources: &SourceMap,
    places: &Places<'_>,
    output: &Output,
    line: usize,
) -> Vec<(Range<usize>, String, Vec<Element>)> {
    let Some(number) = output.template_line(line) else { return Vec::new() };
    let provenance = output.provenance(sources);
    let Some(known) = provenance.line(number) else { return Vec::new() };
    let bytes = &output.headed.bytes[output.line(line)];
    let part = |at: usize| {
        let computed = output.rendered.computed.get(known.pieces[at].computed?)?;
        let range = piece_range(&known, at, bytes.len());
        let text = word(&bytes[range.clone()])?;
        let lead = bytes[range.clone()].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let start = range.start + lead;
        let found = elements(sources, places, &computed.births, text);
        (!text.is_empty() && !found.is_empty()).then(|| (start..start + text.len(), text.to_owned(), found))
    };
    (0..known.pieces.len()).filter_map(part).collect()
}

/// Takes the elements away that may have made a line.
pub(super) fn deleted(sources: &SourceMap, places: &Places<'_>, output: &Output, line: usize) -> Vec<SourceEdit> {
    let parts = valued(sources, places, output, line);
    parts.iter().flat_map(|(.., elements)| elements.iter().map(Element::removed)).collect()
}

/// Adds elements beside those that made the lines around, where the added lines are as theirs but for a word.
pub(super) fn added(
    sources: &SourceMap,
    places: &Places<'_>,
    output: &Output,
    before: usize,
    lines: &[u8],
) -> Vec<SourceEdit> {
    let mut edits = Vec::new();
    for (line, is_behind) in [(before.checked_sub(1), true), (Some(before), false)] {
        let Some(line) = line else { continue };
        let like = &output.headed.bytes[output.line(line)];
        for (range, _, elements) in valued(sources, places, output, line) {
            let (open, close) = (&like[..range.start], like[range.end..].trim_ascii_end());
            let close_word = word(close);
            let text = |line: &'_ [u8]| -> Option<String> {
                let inner = line.strip_prefix(open)?.trim_ascii_end();
                let inner = match inner.strip_suffix(close) {
                    Some(inner) if !close.is_empty() => inner,
                    // The last line of a list is joined to none.
                    _ if close_word == Some("") => inner,
                    _ => return None,
                };
                word(inner).filter(|text| !text.is_empty()).map(str::to_owned)
            };
            let texts: Option<Vec<String>> = lines.split_inclusive(|byte| *byte == b'\n').map(text).collect();
            let Some(texts) = texts else { continue };
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            edits.extend(elements.iter().filter_map(|element| element.joined(&texts, is_behind)));
        }
    }
    edits
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The text without `x`, with `y` behind it, and with `y` before it.
    fn made(text: &str, element: &str) -> [String; 3] {
        let start = text.find(element).unwrap();
        let element = Element { path: "f".into(), bytes: text.into(), range: start..start + element.len() };
        let apply = |edit: SourceEdit| {
            let super::super::patch::New::Bytes(new) = edit.new else { unreachable!() };
            [&text[..edit.start], std::str::from_utf8(&new).unwrap(), &text[edit.end..]].concat()
        };
        [element.removed(), element.joined(&["y"], true).unwrap(), element.joined(&["y"], false).unwrap()].map(apply)
    }

    #[test]
    fn what_joins_a_list_is_known_from_its_value() {
        assert_eq!(separator(&["80", "81"], "80 81", "80 81 82"), Some(" "));
        assert_eq!(separator(&["80", "81"], "80/tcp 81/tcp", "80"), None);
        assert_eq!(separator(&["80"], "80", "80, 81"), Some(", "));
        assert_eq!(separator(&["80"], "80", "8080"), None);
    }

    #[test]
    fn lists_stay_as_they_are_laid_out() {
        assert_eq!(made("l = ['x', 'z']", "'x'"), ["l = ['z']", "l = ['x', 'y', 'z']", "l = ['y', 'x', 'z']"]);
        assert_eq!(made("[\"a\", \"x\"]", "\"x\""), ["[\"a\"]", "[\"a\", \"x\", \"y\"]", "[\"a\", \"y\", \"x\"]"]);
        assert_eq!(made("[1]", "1"), ["[]", "[1, y]", "[y, 1]"]);
        assert_eq!(
            made("l = [\n  \"x\",\n  \"z\",\n]\n", "\"x\""),
            [
                "l = [\n  \"z\",\n]\n",
                "l = [\n  \"x\",\n  \"y\",\n  \"z\",\n]\n",
                "l = [\n  \"y\",\n  \"x\",\n  \"z\",\n]\n"
            ]
        );
        assert_eq!(
            made("[\n  \"a\",\n  \"x\"\n]", "\"x\""),
            ["[\n  \"a\"\n]", "[\n  \"a\",\n  \"x\",\n  \"y\"\n]", "[\n  \"a\",\n  \"y\",\n  \"x\"\n]"]
        );
        assert_eq!(made("l:\n- x\n- z\n", "x"), ["l:\n- z\n", "l:\n- x\n- y\n- z\n", "l:\n- y\n- x\n- z\n"]);
        assert_eq!(made("l:\n- x", "x"), ["l:\n", "l:\n- x\n- y", "l:\n- y\n- x"]);
    }
}
