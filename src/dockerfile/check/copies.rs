//! What is wrong in the flags of COPY and ADD, and in words that were meant to be flags.
//!
//! The rules are those of BuildKit's `convert_copy.go` and of what it calls; what they refuse was tried on a real engine.

use std::borrow::Cow;

use crate::diagnostic::{Code, Severity};

use super::super::finding::Finding;
use super::super::heredoc;
use super::super::keyword::Keyword;
use super::super::model::{Instruction, flag_value};
use super::super::shell::{LexError, Lexer};
use super::comment::{OWN_LINE, begins_comment};
use super::flags;
use super::mounts::part;
use super::{Checks, Place};

/// Checks the COPY or ADD with this index.
pub(super) fn check(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>, keyword: Keyword) {
    let flags = instruction.flags();
    for flag in &flags {
        let problem = flag_value(flag, "chmod").and_then(|value| mode(checks, instruction, flag, value));
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
    // What is read when the stage is built.
    let severity = checks.stage_of(index).map_or(Severity::Error, |stage| checks.severity_in(stage));
    let checksum = instruction.flag("checksum").filter(|_| keyword == Keyword::Add);
    if let Some(finding) =
        checksum.and_then(|checksum| self::checksum(checks, instruction, severity, &checksum, sources))
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

/// An octal number up to 7777, or changes such as `u=rwX,go=rX`. Older versions of BuildKit take anything, and do nothing
/// where it is no number: so it is no error.
fn mode(checks: &Checks<'_, '_>, instruction: &Instruction<'_>, flag: &str, value: &str) -> Option<Finding> {
    let is_octal = !value.starts_with('+') && u32::from_str_radix(value, 8).is_ok_and(|mode| mode <= 0o7777);
    if value.is_empty() || is_octal || is_expanded(value) || value.split(',').all(is_change) {
        return None;
    }
    let place = part(checks, instruction, flag, "--chmod=".len(), value);
    let message = format!("`--chmod` cannot be `{value}`");
    let finding = Finding::warning(Code::InvalidInstruction, place, message);
    let finding = finding.note("BuildKit refuses it, and older versions leave the mode as it is");
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
    instruction: &Instruction<'_>,
    severity: Severity,
    value: &str,
    sources: &[Cow<'_, str>],
) -> Option<Finding> {
    if value.is_empty() || is_expanded(value) {
        return None;
    }
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
    let (algorithm, digits) = value.split_once(':').unwrap_or(("", value));
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
    let place = part(checks, instruction, &format!("--checksum={value}"), "--checksum=".len(), value);
    let severity = if length == 0 { Severity::Warning } else { severity };
    let finding = wrong(severity, place, format!("`--checksum` cannot be `{value}`"));
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
    let mut line = instruction.text_end + 1;
    for heredoc in &instruction.heredocs {
        for text in heredoc.content.split_inclusive(|byte| *byte == b'\n') {
            if heredoc.expand && text.contains(&b'$') {
                // Quotes mean nothing there.
                let plain = String::from_utf8_lossy(text).replace(['"', '\''], " ");
                let lexer = Lexer::new('\\', &|_| None);
                // What is left open may be closed on another line, and what is required may be set in the base image.
                if let Err(error @ (LexError::Modifier(_) | LexError::BadSubstitution)) = lexer.lex(plain.as_bytes()) {
                    let severity = checks.stage_of(index).map_or(Severity::Error, |stage| checks.severity_in(stage));
                    let place = Place { line, columns: None };
                    let finding =
                        Finding::new(severity, Code::InvalidInstruction, place, format!("in this heredoc {error}"));
                    checks.add(
                        finding.help(format!("quote its word where nothing is to be expanded: `<<'{}'`", heredoc.name)),
                    );
                }
            }
            line += 1;
        }
        line += 1;
    }
}

fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

/// BuildKit makes something else of it: variables, quotes, escapes.
fn is_expanded(text: &str) -> bool {
    text.contains(['$', '"', '\'', '\\', '`'])
}
