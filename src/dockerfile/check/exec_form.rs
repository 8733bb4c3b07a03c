//! Brackets that are no JSON: the exec form was meant, the shell gets it.

use std::ops::Range;

use crate::diagnostic::{Code, Severity};

use super::super::finding::Finding;
use super::super::json::{self, Array};
use super::super::keyword::Keyword;
use super::super::model::{Dockerfile, Instruction};
use super::super::stage::Place;
use super::instruction::LATE;
use super::{Checks, comment, name_place, quoted};

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    for (index, whole) in dockerfile.instructions.iter().enumerate() {
        let trigger = whole.trigger();
        let instruction = trigger.as_ref().unwrap_or(whole);
        let Some(keyword) = instruction.keyword else { continue };
        let relevant =
            matches!(keyword, Keyword::Cmd | Keyword::Entrypoint | Keyword::Run | Keyword::Shell | Keyword::Volume);
        if !relevant {
            continue;
        }
        let rest = instruction.rest();
        if keyword != Keyword::Shell && (rest.first() != Some(&b'[') || !whole.heredocs.is_empty()) {
            continue;
        }
        if rest.is_empty() || json::array(rest) != Array::Invalid || !is_meant(keyword, rest) {
            continue;
        }
        if broken_off(dockerfile, index).is_some() {
            continue;
        }
        let before = checks.so_far();
        checks.add(finding(checks, instruction, keyword, rest));
        if trigger.is_some() {
            checks.soften(before, Some(LATE));
        }
    }
}

/// A longer array is none that somebody wrote.
const LINES: usize = 100;

/// The lines behind an instruction that close its array: BuildKit reads them as instructions, for no `\` joins them to it.
pub(super) fn broken_off(dockerfile: &Dockerfile<'_>, index: usize) -> Option<Range<usize>> {
    let (instruction, further) = dockerfile.instructions.get(index..)?.split_first()?;
    let rest = instruction.rest();
    let is_open = rest.starts_with(b"[") && instruction.heredocs.is_empty();
    if !is_open || further.first()?.keyword.is_some() || json::array(rest) != Array::Invalid {
        return None;
    }
    let mut array = rest.to_vec();
    for (count, next) in further.iter().take(LINES).take_while(|next| next.keyword.is_none()).enumerate() {
        array.push(b' ');
        array.extend_from_slice(next.text().trim_ascii());
        if array.ends_with(b"]") && matches!(json::array(&array), Array::Strings(_)) {
            return Some(index + 1..index + count + 2);
        }
    }
    None
}

/// The error of an array that goes on in these instructions.
pub(super) fn goes_on(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    keyword: Keyword,
    rest: &Range<usize>,
) -> Finding {
    let next = &checks.dockerfile.instructions[rest.start];
    let place = Place { line: instruction.end_line, columns: None };
    Finding::error(Code::InvalidExecForm, place, format!("the array of `{keyword}` is not closed on its line"))
        .label(format!("this line must end with {}", quoted(instruction.escape)))
        .related(next.start_line, "this is read as an instruction of its own")
}

fn finding(checks: &Checks<'_, '_>, instruction: &Instruction<'_>, keyword: Keyword, rest: &[u8]) -> Finding {
    let text = String::from_utf8_lossy(rest);
    let place = checks.locate(instruction, &text);
    let place = if place.columns.is_some() { place } else { name_place(checks.dockerfile, instruction) };
    let (severity, message, note) = match keyword {
        Keyword::Shell if array_end(rest).is_some() => {
            (Severity::Error, "`SHELL` must be a JSON array with nothing after it".to_owned(), "")
        }
        Keyword::Shell => (Severity::Error, "`SHELL` must be a JSON array".to_owned(), ""),
        Keyword::Volume => (
            Severity::Warning,
            "the brackets of `VOLUME` are no JSON array".to_owned(),
            "BuildKit takes them for parts of the paths",
        ),
        _ => (
            Severity::Warning,
            format!("the brackets of `{keyword}` are no JSON array"),
            "the shell runs it, brackets and all",
        ),
    };
    let finding = Finding::new(severity, Code::InvalidExecForm, place, message);
    let finding = if note.is_empty() { finding } else { finding.note(note) };
    if let Some(end) = array_end(rest)
        && let Some(word) = String::from_utf8_lossy(&rest[end..]).split_whitespace().next()
    {
        let is_comment = comment::begins_comment(word);
        return finding.help(if is_comment {
            comment::OWN_LINE
        } else {
            "put each string into the array: `[\"a\", \"b\"]`"
        });
    }
    let array = if rest.starts_with(b"[") {
        repaired(&text)
    } else {
        Some(json_array(&text.split_whitespace().collect::<Vec<_>>()))
    };
    match array {
        Some(array) if finding.columns.is_some() && instruction.text_end == instruction.start_line => {
            finding.replace(format!("write `{array}`"), array)
        }
        Some(array) => finding.help(format!("write `{array}`")),
        None => finding.help("a JSON array has strings in double quotes, with a comma between: `[\"a\", \"b\"]`"),
    }
}

/// Where an array of strings ends that the text begins with.
fn array_end(rest: &[u8]) -> Option<usize> {
    let mut ends = memchr::memchr_iter(b']', rest).map(|at| at + 1);
    ends.find(|end| matches!(json::array(&rest[..*end]), Array::Strings(_)))
}

/// Was the exec form meant? `RUN [ -f x ] && y` is a test of the shell.
fn is_meant(keyword: Keyword, rest: &[u8]) -> bool {
    if matches!(keyword, Keyword::Shell | Keyword::Volume) {
        return true;
    }
    // A test has blanks within its brackets; `[[` is bash's.
    let inner = &rest[1..];
    if inner.starts_with(b"[") {
        return false;
    }
    let text = String::from_utf8_lossy(inner);
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_test = inner.first().is_some_and(u8::is_ascii_whitespace)
        && words.iter().any(|word| {
            word.starts_with('-') || matches!(*word, "=" | "==" | "!=" | "!" | "]" | "];") || word.starts_with('$')
        })
        && !quoted_then_comma(&text);
    if is_test {
        // A single quoted word is nothing to test.
        let lone = matches!(words.as_slice(), [word, "]"] if word.starts_with('\''));
        return keyword != Keyword::Run && lone;
    }
    let first = text.trim_start().chars().next().unwrap_or(']');
    let quoted = matches!(first, '\'' | '"' | '‘' | '’' | '“' | '”');
    match keyword {
        Keyword::Run => quoted && (quoted_then_comma(&text) || text.trim_end().ends_with(']')),
        _ => quoted || text.trim_end().ends_with(']'),
    }
}

/// `'a',` or `"a",`: no shell writes that in a test.
fn quoted_then_comma(text: &str) -> bool {
    let text = text.trim_start();
    let Some(quote) = text.chars().next().filter(|quote| matches!(quote, '\'' | '"')) else { return false };
    text[1..].split_once(quote).is_some_and(|(_, after)| after.trim_start().starts_with(','))
}

/// The array that was probably meant; `None` where that is a guess.
fn repaired(text: &str) -> Option<String> {
    let inner = text.strip_prefix('[')?.trim_end().strip_suffix(']')?;
    let mut items = Vec::new();
    let mut rest = inner.trim();
    while !rest.is_empty() {
        let quote = rest.chars().next()?;
        let close = match quote {
            '\'' | '"' => Some(quote),
            '‘' | '’' => Some('’'),
            '“' | '”' => Some('”'),
            _ => None,
        };
        let (item, after) = match close {
            Some(close) => rest[quote.len_utf8()..].split_once(close)?,
            None => rest.split_once(',').map_or((rest, ""), |(item, _)| (item, &rest[item.len()..])),
        };
        // A quote within a word, or two words: who knows what was meant.
        if item.contains(['"', '\'']) || close.is_none() && item.trim().contains(char::is_whitespace) {
            return None;
        }
        items.push(item.trim_end());
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => "",
            None => return None,
        };
    }
    (!items.is_empty()).then(|| json_array(&items))
}

fn json_array(items: &[&str]) -> String {
    let strings: Vec<String> = items.iter().map(|item| serde_json::Value::from(*item).to_string()).collect();
    format!("[{}]", strings.join(", "))
}
