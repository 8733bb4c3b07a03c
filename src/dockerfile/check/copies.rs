//! What is wrong in the flags of COPY and ADD, and in words that were meant to be flags.
//!
//! The rules are those of BuildKit's `convert_copy.go` and of what it calls; what they refuse was tried on a real engine.

use std::borrow::Cow;
use std::ops::Range;

use crate::diagnostic::{Code, Severity};

use super::super::finding::Finding;
use super::super::heredoc;
use super::super::keyword::Keyword;
use super::super::model::{Instruction, flag_value};
use super::super::shell::{LexError, Lexer};
use super::comment::{OWN_LINE, begins_comment};
use super::flags;
use super::mounts::part;
use super::word::{Source, Word};
use super::{Checks, Place};

/// Checks the COPY or ADD with this index.
pub(super) fn check(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>, keyword: Keyword) {
    let flags = instruction.written_flags();
    // What is read when the stage is built.
    let severity = checks.stage_of(index).map_or(Severity::Error, |stage| checks.severity_in(stage));
    for flag in &flags {
        let problem = flag_value(flag, "chmod").and_then(|value| mode(checks, instruction, severity, flag, value));
        let problem =
            problem.or_else(|| flag_value(flag, "chown").and_then(|value| owner(checks, instruction, flag, value)));
        if let Some(finding) = problem {
            checks.add(finding);
        }
        if flag_value(flag, "from") == Some("") {
            let place = checks.locate(instruction, "--from");
            let finding = Finding::warning(Code::InvalidInstruction, place, "`--from` has no value");
            checks.add(finding.note("the files come from the context"));
        }
    }
    let Ok(arguments) = instruction.arguments() else { return };
    let Some((_, sources)) = arguments.list.split_last() else { return };
    let checksum = instruction.flag("checksum").filter(|_| keyword == Keyword::Add);
    if let Some(finding) = checksum.and_then(|checksum| self::checksum(checks, index, instruction, &checksum, sources))
    {
        checks.add(finding);
    }
    if keyword == Keyword::Copy
        && let Some(url) = sources.iter().find(|source| is_url(source))
    {
        let place = checks.locate(instruction, url);
        let finding = Finding::new(severity, Code::InvalidInstruction, place, "`COPY` cannot read from a URL");
        checks.add(finding.help("`ADD` can"));
    }
    // Who ends the flags by `--` means files.
    if memchr::memmem::find(instruction.text(), b" -- ").is_none() {
        for word in sources {
            let finding =
                meant_as_flag(checks, instruction, keyword, word).or_else(|| no_file(checks, instruction, word));
            if let Some(finding) = finding {
                checks.add(finding);
            }
        }
        if let Some(word) = arguments.list.iter().skip(1).find(|word| begins_comment(word)) {
            let place = checks.locate(instruction, word);
            let finding =
                Finding::warning(Code::InvalidInstruction, place, format!("`{word}` is read as the name of a file"));
            checks.add(finding.help(OWN_LINE));
        }
    }
}

/// An octal number up to 7777, or changes such as `u=rwX,go=rX`.
fn mode(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    severity: Severity,
    flag: &str,
    value: &str,
) -> Option<Finding> {
    let is_octal = !value.starts_with('+') && u32::from_str_radix(value, 8).is_ok_and(|mode| mode <= 0o7777);
    if value.is_empty() || is_octal || is_expanded(value) || value.split(',').all(is_change) {
        return None;
    }
    let place = part(checks, instruction, flag, "--chmod=".len(), value);
    let message = format!("`--chmod` cannot be `{value}`");
    let finding = Finding::new(severity, Code::InvalidInstruction, place, message);
    Some(finding.help("write an octal number up to `7777`, such as `755`, or changes such as `u=rwX,go=rX`"))
}

/// `u+x`, `go=`, `a=rX`, `+x-w`: as the package `dchapes-mode` reads them.
fn is_change(clause: &str) -> bool {
    let what = clause.trim_start_matches(['a', 'u', 'g', 'o']);
    what.starts_with(['+', '-', '=']) && what.chars().all(|letter| "+-=rstwXxugo".contains(letter))
}

/// A user, or a user and a group. A name that the image does not have is no error to BuildKit, so other texts pass it too.
fn owner(checks: &Checks<'_, '_>, instruction: &Instruction<'_>, flag: &str, value: &str) -> Option<Finding> {
    let is_odd = value.matches(':').count() > 1 || value.contains(char::is_whitespace);
    if !is_odd || is_expanded(value) {
        return None;
    }
    let place = part(checks, instruction, flag, "--chown=".len(), value);
    let finding = Finding::warning(Code::InvalidInstruction, place, format!("`--chown` cannot be `{value}`"));
    Some(finding.note("a user that is not found is root to BuildKit").help("write `user` or `user:group`"))
}

/// A digest, of one file that is fetched.
fn checksum(
    checks: &Checks<'_, '_>,
    index: usize,
    instruction: &Instruction<'_>,
    value: &str,
    sources: &[Cow<'_, str>],
) -> Option<Finding> {
    let stage = checks.stage_of(index)?;
    if value.is_empty() || is_expanded(value) {
        return None;
    }
    let severity = checks.severity_in(stage);
    let whole = || checks.locate(instruction, "--checksum");
    let wrong =
        |severity, place: Place, message: String| Finding::new(severity, Code::InvalidInstruction, place, message);
    let mut files = sources.iter().filter(|source| !heredoc::is_heredoc(source));
    let (Some(source), None) = (files.next(), files.next()) else {
        let message = "`--checksum` is for one source".to_owned();
        return Some(wrong(severity, whole(), message).help("write an `ADD` for each file"));
    };
    if is_expanded(source) || source.contains(".git") {
        return None;
    }
    if !is_url(source) {
        // `github.com/…`, `git@host:…` and the like may be repositories.
        let is_local = !source.contains(':') && !source.starts_with("github.com/");
        let message = format!("`--checksum` is for what is fetched, and `{source}` is a file of the context");
        return is_local.then(|| wrong(severity, whole(), message));
    }
    digest(checks, stage, instruction, Word { written: value, text: value, source: Source::Written })
}

/// Checks the digest of `--checksum`, which BuildKit reads when it builds the stage.
pub(super) fn digest(
    checks: &Checks<'_, '_>,
    stage: usize,
    instruction: &Instruction<'_>,
    word: Word<'_>,
) -> Option<Finding> {
    let (algorithm, digits) = word.text.split_once(':').unwrap_or(("", word.text));
    let length = match algorithm {
        "sha256" | "" => 64,
        "sha384" => 96,
        "sha512" => 128,
        // A newer version may know it.
        _ => 0,
    };
    let is_hex = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if !algorithm.is_empty() && is_hex && digits.len() == length {
        return None;
    }
    let mut finding = word.finding(checks, stage, instruction, format!("`--checksum` cannot be `{}`", word.text));
    if length == 0 {
        finding.severity = Severity::Warning;
    }
    let finding = if !algorithm.is_empty() && length > 0 && is_hex {
        finding.label(format!("{length} digits must follow `{algorithm}:`, not {}", digits.len()))
    } else {
        finding
    };
    Some(finding.help("write `sha256:` and 64 digits of `0` to `9` and `a` to `f`"))
}

/// A word among the sources that is spelt like a flag: one dash, a dash of a word processor, or a flag that comes late.
fn meant_as_flag(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    keyword: Keyword,
    word: &str,
) -> Option<Finding> {
    let bare = word.trim_start_matches(['-', '–', '—']);
    let name = bare.split('=').next().unwrap_or_default();
    if bare.len() == word.len() || !flags::known(keyword).iter().any(|(known, _)| *known == name) {
        return None;
    }
    let place = checks.locate(instruction, word);
    let finding = Finding::warning(Code::InvalidInstruction, place, format!("`{word}` is read as the name of a file"));
    Some(if word.starts_with("--") {
        finding.help("flags stand before the files")
    } else {
        finding.replace(format!("write `--{bare}`"), format!("--{bare}"))
    })
}

/// A word that is no file's name: the `<<` of a heredoc without its word.
fn no_file(checks: &Checks<'_, '_>, instruction: &Instruction<'_>, word: &str) -> Option<Finding> {
    let help = match word {
        "<<" | "<<-" => "write the word of a heredoc without a blank before it: `<<EOF`",
        _ => return None,
    };
    let place = checks.locate(instruction, word);
    let message = format!("`{word}` is read as the name of a file");
    Some(Finding::warning(Code::InvalidInstruction, place, message).help(help))
}

/// Variables in the heredocs of the COPY or ADD with this index that BuildKit cannot read.
pub(super) fn heredocs(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>) {
    for (first, heredoc) in instruction.heredocs_at() {
        let lines = heredoc.content.split_inclusive(|byte| *byte == b'\n');
        for (line, text) in (first..).zip(lines).filter(|(_, text)| heredoc.expand && text.contains(&b'$')) {
            for (columns, error) in unreadable(text) {
                let severity = checks.stage_of(index).map_or(Severity::Error, |stage| checks.severity_in(stage));
                let place = Place { line, columns: Some(columns) };
                let finding =
                    Finding::new(severity, Code::InvalidInstruction, place, format!("in this heredoc {error}"));
                checks.add(
                    finding.help(format!("quote its word where nothing is to be expanded: `<<'{}'`", heredoc.name)),
                );
            }
        }
    }
}

/// Each `${…}` in a line of a heredoc that BuildKit cannot read.
fn unreadable(line: &[u8]) -> Vec<(Range<u32>, LexError)> {
    // Quotes mean nothing there.
    let plain: Vec<u8> = line.iter().map(|byte| if matches!(byte, b'"' | b'\'') { b' ' } else { *byte }).collect();
    let column = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = memchr::memmem::find(&plain[at..], b"${").map(|start| at + start) {
        let end = closed(&plain, start);
        at = end.unwrap_or(plain.len());
        let is_escaped = plain[..start].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        let lexer = Lexer::new('\\', &|_| None);
        // What is left open may be closed on another line, and what is required may be set in the base image.
        if let Err(error @ (LexError::Modifier(_) | LexError::BadSubstitution)) = lexer.lex(&plain[start..at])
            && !is_escaped
        {
            let end = start + plain[start..at].trim_ascii_end().len();
            found.push((column(start)..column(end), error));
        }
    }
    found
}

/// Behind the brace that closes the one of the `${` that begins there.
fn closed(text: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut bytes = (start..).zip(&text[start..]);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'$' if text.get(at + 1) == Some(&b'{') => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

pub(super) fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

/// BuildKit makes something else of it: variables, quotes, escapes.
fn is_expanded(text: &str) -> bool {
    text.contains(['$', '"', '\'', '\\', '`'])
}
