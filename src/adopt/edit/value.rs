//! Changes of values: where one was born, another is written.

use camino::Utf8Path;

use crate::expression::Births;
use crate::manifest::Places;
use crate::source::SourceMap;

use super::atom::shared;
use super::patch::SourceEdit;

/// So many births of one value are tried.
const BIRTHS: usize = 16;
/// So many places of one birth are tried.
const PLACES: usize = 3;

/// The words in which two texts differ; `joints` are letters of words, too.
fn differing<'t>(old: &'t [u8], new: &'t [u8], joints: &[u8]) -> (&'t [u8], &'t [u8]) {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || joints.contains(&byte) || !byte.is_ascii();
    let (mut start, mut end) = shared(old, new);
    while start > 0 && is_word(old[start - 1]) {
        start -= 1;
    }
    while end > 0 && is_word(old[old.len() - end]) {
        end -= 1;
    }
    (&old[start..old.len() - end], &new[start..new.len() - end])
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Double,
    Single,
    Bare,
}

impl Style {
    fn of(written: &[u8]) -> Self {
        match written.first() {
            Some(b'"') => Self::Double,
            Some(b'\'') => Self::Single,
            _ => Self::Bare,
        }
    }

    /// What the text is, as far as it is written on one line.
    fn read(self, written: &str) -> Option<String> {
        match self {
            Self::Double => serde_json::from_str(written).ok(),
            Self::Single => Some(written.strip_prefix('\'')?.strip_suffix('\'')?.to_owned()),
            Self::Bare => Some(written.to_owned()),
        }
    }

    /// A part of a text, as it is written within it.
    fn inner(self, text: &str) -> Option<String> {
        match self {
            Self::Double => Some(inner_of(text)),
            Self::Single => (!text.contains(['\'', '\n'])).then(|| text.to_owned()),
            Self::Bare => Some(text.to_owned()),
        }
    }

    /// A whole text. The first way is the one that the old text has.
    fn whole(self, text: &str) -> Vec<String> {
        let quoted = format!("\"{}\"", inner_of(text));
        match (self, self.inner(text)) {
            (Self::Single, Some(inner)) => vec![format!("'{inner}'")],
            (Self::Bare, Some(inner)) => vec![inner, quoted],
            _ => vec![quoted],
        }
    }
}

/// JSON's escapes are those of TOML, of YAML and of expressions.
fn inner_of(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The same text written as another is.
pub(super) fn written_as(like: &str, text: &str) -> Option<String> {
    Style::of(like.as_bytes()).whole(text).into_iter().next()
}

/// What a text is, as far as it is written on one line.
pub(super) fn read(written: &str) -> Option<String> {
    Style::of(written.as_bytes()).read(written)
}

/// The changes in place of `written`, each alone, that may make `new` of the value `old`.
fn ways(written: &str, old: &str, new: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let style = Style::of(written.as_bytes());
    if style.read(written).is_some_and(|read| read == old) {
        let all = 0..written.len();
        return style.whole(new).into_iter().map(|whole| (all.clone(), whole)).collect();
    }
    let mut found = Vec::new();
    // A sum or a difference changes by as much as a number in it.
    if let (Ok(number), Ok(old), Ok(new)) = (written.parse::<i64>(), old.parse::<i64>(), new.parse::<i64>())
        && let Some(number) = new.checked_sub(old).and_then(|more| number.checked_add(more))
    {
        found.push((0..written.len(), number.to_string()));
    }
    // The longest words say best what is meant.
    let words = [&b"._+-~"[..], b"._", b""].into_iter().filter_map(|joints| {
        let (was, is) = differing(old.as_bytes(), new.as_bytes(), joints);
        Some((std::str::from_utf8(was).ok()?, std::str::from_utf8(is).ok()?))
    });
    for (was, is) in std::iter::once((old, new)).chain(words) {
        let Some(is) = style.inner(is).filter(|_| !was.is_empty()) else { continue };
        let Some(was) = style.inner(was) else { continue };
        let before = found.len();
        let places = written.match_indices(&was).take(PLACES);
        found.extend(places.map(|(at, _)| (at..at + was.len(), is.clone())));
        if found.len() > before {
            break;
        }
    }
    found
}

/// The changes of sources that may make one value of another.
pub(super) fn changes(
    sources: &SourceMap,
    places: &Places<'_>,
    births: &Births,
    old: &[u8],
    new: &[u8],
) -> Vec<SourceEdit> {
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else { return Vec::new() };
    // A value is used in other lines as well, which do not go on where this one does.
    let goes_on = |text: &str| text.contains('\n') || text.trim_end().ends_with(['\\', '`']);
    if goes_on(new) && !goes_on(old) {
        return Vec::new();
    }
    let mut edits: Vec<SourceEdit> = Vec::new();
    for birth in births.places().iter().filter(|birth| !birth.is_choice).take(BIRTHS) {
        let span = places.place(birth).span;
        let file = sources.get(span.file);
        let Some(path) = file.project_path() else { continue };
        let range = span.start as usize..span.end as usize;
        let Some(written) = file.bytes().get(range.clone()).and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
            continue;
        };
        for (within, text) in ways(written, old, new) {
            edits.push(minimal(path, range.start + within.start, &written[within], &text));
        }
    }
    edits.dedup();
    edits
}

/// The change of only those words that differ, so that others can be changed beside them.
fn minimal(path: &Utf8Path, at: usize, old: &str, new: &str) -> SourceEdit {
    let (start, end) = shared(old.as_bytes(), new.as_bytes());
    SourceEdit::bytes(path, at + start..at + old.len() - end, &new.as_bytes()[start..new.len() - end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(written: &str, old: &str, new: &str) -> Vec<String> {
        let made = |(range, text): (std::ops::Range<usize>, String)| {
            [&written[..range.start], &text, &written[range.end..]].concat()
        };
        ways(written, old, new).into_iter().map(made).collect()
    }

    #[test]
    fn values_are_written_as_they_were() {
        assert_eq!(made("\"18.1\"", "18.1", "18.2"), ["\"18.2\""]);
        assert_eq!(made("'18.1'", "18.1", "it's"), ["\"it's\""]);
        assert_eq!(made("18", "18", "19rc1"), ["19rc1", "\"19rc1\""]);
        assert_eq!(made("8080", "8081", "9081"), ["9080"]);
        assert_eq!(made("\"a \\\"b\\\" 1\"", "a \"b\" 1", "a \"b\" 2"), ["\"a \\\"b\\\" 2\""]);
    }

    #[test]
    fn of_a_longer_text_the_words_are_replaced_that_differ() {
        assert_eq!(made("\"@{os}-3.22\"", "alpine-3.22", "alpine-3.23"), ["\"@{os}-3.23\""]);
        assert_eq!(made("\"v3.22 of @{os}\"", "v3.22 of alpine", "v3.23 of alpine"), ["\"v3.23 of @{os}\""]);
        assert_eq!(made("\"18.1.2\"", "18.1", "18.3"), ["\"18.3.2\""]);
    }
}
