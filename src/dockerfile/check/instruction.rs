//! What BuildKit refuses in one instruction.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Severity, did_you_mean};

use super::super::finding::Finding;
use super::super::heredoc;
use super::super::keyword::Keyword;
use super::super::lint;
use super::super::model::{Arguments, DirectiveKind, Dockerfile, Instruction, ProblemKind, flag_value};
use super::super::shell::{LexError, Lexer, has_variable};
use super::super::stage::Place;
use super::super::words::Malformed;
use super::cut::Cut;
use super::{
    Checks, Seen, carriage_return, comment, copies, devices, exec_form, flags, mounts, name_place, quoted, signal,
};

pub(super) fn check(checks: &mut Checks<'_, '_>, seen: &Seen) {
    let dockerfile = checks.dockerfile;
    no_from(checks);
    // Under the other escape character the same text is another instruction, and `# check=` decides what is found in it.
    let usual =
        dockerfile.escape == b'\\' && !dockerfile.directives.iter().any(|found| found.kind == DirectiveKind::Check);
    let first = checks.stages.first().map_or(usize::MAX, |stage| stage.instructions.start);
    for (index, instruction) in dockerfile.instructions.iter().enumerate() {
        // What was told of the lines as a whole is not told of each.
        if checks.quoted.contains(&index) {
            continue;
        }
        if let Some((finding, lines)) = spaced_heredoc(checks, index) {
            checks.add(finding);
            checks.quoted = lines;
        }
        // Columns are those of the line itself.
        let is_one_line = instruction.start_line == instruction.end_line;
        let text = if is_one_line { dockerfile.line_at(instruction.offset) } else { instruction.text() };
        // Before the first FROM, some rules are not looked for.
        let alone = usual && index >= first && instruction.above.check.is_none() && is_known_by_text(instruction);
        // The same text on several lines has its findings at other places.
        let is_here = |found: &Arc<[Finding]>| is_one_line || found.is_empty();
        if alone && let Some(found) = seen.0.get(text).filter(is_here) {
            for found in found.iter() {
                checks.add(found.clone().moved(|line| line + instruction.start_line));
            }
            continue;
        }
        let before = checks.found.len();
        one(checks, index, instruction);
        let found = &checks.found[before..];
        // Where a stage is not needed, a warning may stand for what is an error elsewhere.
        let is_same_elsewhere = is_one_line
            && found.iter().all(|finding| !finding.is_error())
            && checks.stage_of(index).is_some_and(|stage| checks.severity_in(stage) == Severity::Error);
        if alone && !checks.is_full() && (found.is_empty() || is_same_elsewhere) {
            let relative = |found: &Finding| found.clone().moved(|line| line.saturating_sub(instruction.start_line));
            let found: Arc<[Finding]> = found.iter().map(relative).collect();
            let size = size_of_val(&*found);
            seen.0.insert(text, found, size);
        }
    }
}

/// Does its text alone decide what is wrong with it? What holds variables depends on the ARGs and ENVs around it, but in
/// an ENV and a LABEL only their form is looked at here.
fn is_known_by_text(instruction: &Instruction<'_>) -> bool {
    let has_text = instruction.keyword != Some(Keyword::Run) && !instruction.heredocs.is_empty();
    // Where such a mount stands is decided by the WORKDIR.
    if mounts::lacks_target(instruction) {
        return false;
    }
    let has_form = matches!(instruction.keyword, Some(Keyword::Env | Keyword::Label));
    !has_text && (has_form || !has_variable(instruction.text()))
}

fn one(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>) {
    let Some(keyword) = instruction.keyword else {
        let finding = match not_continued(checks, index) {
            NotContinued::No => Some(unknown(checks, instruction)),
            NotContinued::First(finding) => Some(*finding),
            NotContinued::Told => None,
        };
        return finding.into_iter().for_each(|finding| checks.add(finding));
    };
    if let Some(rest) = exec_form::broken_off(checks.dockerfile, index) {
        checks.add(exec_form::goes_on(checks, instruction, keyword, &rest));
        checks.quoted = rest;
        return;
    }
    flags_of(checks, index, instruction, keyword);
    texts_of(checks, index, instruction, keyword);
    match instruction.arguments() {
        Err(malformed) => checks.add(refused(checks, instruction, keyword, &malformed)),
        Ok(arguments) => arguments_of(checks, index, instruction, keyword, &arguments),
    }
    if keyword == Keyword::Onbuild {
        trigger(checks, index, instruction);
    }
}

fn arguments_of(
    checks: &mut Checks<'_, '_>,
    index: usize,
    instruction: &Instruction<'_>,
    keyword: Keyword,
    arguments: &Arguments<'_>,
) {
    if let Some((message, place)) = counted(checks, instruction, keyword, arguments) {
        let finding = Finding::error(Code::InvalidInstruction, place, message);
        let has_comment = keyword == Keyword::From && arguments.list.iter().any(|word| comment::begins_comment(word));
        checks.add(if has_comment { finding.help(comment::OWN_LINE) } else { help_for(keyword, finding) });
    } else {
        expansion(checks, index, instruction, keyword, arguments);
        lint::instruction(checks, index, instruction, keyword, arguments);
    }
}

fn flags_of(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>, keyword: Keyword) {
    flags::check(checks, instruction, keyword);
    comment::check(checks, instruction, keyword);
    match keyword {
        Keyword::Run => {
            mounts::check(checks, index, instruction);
            devices::check(checks, instruction);
        }
        Keyword::Add | Keyword::Copy => {
            copies::check(checks, index, instruction, keyword);
        }
        Keyword::Stopsignal => signal::check(checks, index, instruction),
        _ => {}
    }
}

fn texts_of(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>, keyword: Keyword) {
    carriage_return::check(checks, instruction, keyword);
    if matches!(keyword, Keyword::Add | Keyword::Copy) {
        copies::heredocs(checks, index, instruction);
    }
}

/// Only ARG may stand before the first FROM, and there must be one.
fn no_from(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    let instructions = &dockerfile.instructions;
    if lost_from(dockerfile) {
        return;
    }
    if !instructions.iter().any(|found| found.keyword == Some(Keyword::From)) {
        // One may follow where it is not read any more.
        if dockerfile.problems.iter().any(|problem| matches!(problem.kind, ProblemKind::TooMany { .. })) {
            return;
        }
        let line = instructions.first().map_or(1, |found| found.start_line);
        let message =
            if instructions.is_empty() { "the Dockerfile has no instructions" } else { "the Dockerfile has no FROM" };
        let finding = Finding::error(Code::NoFrom, Place { line, columns: None }, message);
        checks.add(finding.help("begin with `FROM image`, or `FROM scratch` for an empty one"));
        return;
    }
    let mut before = instructions.iter().take_while(|found| found.keyword != Some(Keyword::From));
    let first = before.find(|found| found.keyword.is_some_and(|keyword| keyword != Keyword::Arg));
    if let Some(found) = first {
        let message = format!("`{}` stands before the first FROM", found.name());
        let finding = Finding::error(Code::NoFrom, name_place(dockerfile, found), message);
        checks.add(finding.note("only ARG may stand there"));
    }
}

/// The instruction that the name of an unknown one is near.
fn near(name: &str) -> Option<&'static str> {
    did_you_mean(&name.to_uppercase(), Keyword::ALL.iter().map(|keyword| keyword.name()))
}

/// Is a FROM misspelt?
pub(super) fn lost_from(dockerfile: &Dockerfile<'_>) -> bool {
    let unknown = dockerfile.instructions.iter().filter(|found| found.keyword.is_none());
    // A text that is no Dockerfile has very many.
    unknown.take(64).any(|found| near(&found.name()) == Some("FROM"))
}

fn unknown(checks: &Checks<'_, '_>, instruction: &Instruction<'_>) -> Finding {
    let place = name_place(checks.dockerfile, instruction);
    let name = instruction.name();
    if name.is_empty() {
        let message = "a continuation with nothing before and after it is no instruction";
        return Finding::error(Code::UnknownInstruction, place, message);
    }
    let finding = Finding::error(Code::UnknownInstruction, place, format!("`{name}` is no Dockerfile instruction"));
    let near = near(&name);
    let finding = match near {
        Some(near) => {
            let near = if name.chars().any(char::is_uppercase) { near.to_owned() } else { near.to_lowercase() };
            finding.replace(format!("did you mean `{near}`?"), near)
        }
        None => finding,
    };
    // The usual cause of shell words at the start of a line.
    let previous = checks.dockerfile.instructions.iter().rev().find(|found| found.end_line < instruction.start_line);
    match previous {
        Some(previous) if near.is_none() && previous.keyword == Some(Keyword::Run) && previous.heredocs.is_empty() => {
            let escape = quoted(instruction.escape);
            finding.related(previous.end_line, format!("if it belongs to this `RUN`, this line must end with {escape}"))
        }
        _ => finding,
    }
}

/// `<<- END`, which is no heredoc, before lines of which one is its word: the instructions that these lines seem to be.
fn spaced_heredoc(checks: &Checks<'_, '_>, index: usize) -> Option<(Finding, Range<usize>)> {
    /// So many instructions the lines of a text may well be.
    const MOST_LINES: usize = 1_000;
    let dockerfile = checks.dockerfile;
    let instruction = &dockerfile.instructions[index];
    if !instruction.keyword.is_some_and(Keyword::takes_heredoc) {
        return None;
    }
    let text = instruction.text();
    let start = memchr::memmem::find(text, b"<<- ").or_else(|| memchr::memmem::find(text, b"<<-\t"))?;
    let after = text[start + 3..].trim_ascii_start();
    let length = after.iter().position(u8::is_ascii_whitespace).unwrap_or(after.len());
    let written = std::str::from_utf8(&after[..length]).ok()?;
    let word = written.trim_matches(['"', '\'']);
    let mut below = dockerfile.instructions.iter().enumerate().skip(index + 1).take(MOST_LINES);
    let (last, _) = below.find(|(_, found)| found.keyword.is_none() && found.text().trim_ascii() == word.as_bytes())?;
    let place = checks.locate(instruction, "<<-");
    let finding = Finding::error(Code::InvalidInstruction, place, "a blank behind `<<-` makes no heredoc")
        .related(dockerfile.instructions[last].start_line, "so this does not end one")
        .help(format!("write `<<-{written}`"));
    Some((finding, index + 1..last + 1))
}

/// What is said of a `\` that does not continue its line.
pub(crate) const NOT_CONTINUED: &str = "the `\\` at the end of this line does not continue it";

/// Is an unknown instruction the rest of one that ends in `\`, where `# escape=` makes another character continue lines?
enum NotContinued {
    No,
    First(Box<Finding>),
    /// It was told of a line above.
    Told,
}

fn not_continued(checks: &Checks<'_, '_>, index: usize) -> NotContinued {
    let dockerfile = checks.dockerfile;
    let ends = |of: usize| {
        let instruction = index.checked_sub(of).and_then(|index| dockerfile.instructions.get(index))?;
        let is_meant = matches!(instruction.keyword, Some(Keyword::Run) | None);
        (is_meant && instruction.text().trim_ascii_end().ends_with(b"\\")).then_some(instruction)
    };
    let directive = dockerfile.directives.iter().find(|directive| directive.kind == DirectiveKind::Escape);
    let (Some(directive), Some(above), b'`') = (directive, ends(1), dockerfile.escape) else { return NotContinued::No };
    // A misspelt instruction behind a path that ends in `\` is one of its own.
    if near(&dockerfile.instructions[index].name()).is_some() {
        return NotContinued::No;
    }
    if above.keyword.is_none() && ends(2).is_some() {
        return NotContinued::Told;
    }
    let place = Place { line: above.end_line, columns: None };
    let finding = Finding::error(Code::UnknownInstruction, place, NOT_CONTINUED)
        .label("what follows would be read as a new instruction")
        .related(directive.line, "this makes `` ` `` the character that continues lines")
        .note("`cont` and the macros of `std/` follow `# escape=` where it stands in the first lines of the template itself")
        .help("leave `# escape=` out, or write `` ` `` at the ends of such lines");
    NotContinued::First(Box::new(finding))
}

/// What BuildKit's parser refuses.
fn refused(checks: &Checks<'_, '_>, instruction: &Instruction<'_>, keyword: Keyword, malformed: &Malformed) -> Finding {
    let trigger = instruction.trigger();
    let keyword = trigger.as_ref().and_then(|trigger| trigger.keyword).unwrap_or(keyword);
    let place = match &trigger {
        Some(trigger) => checks.locate(instruction, &trigger.name()),
        None => name_place(checks.dockerfile, instruction),
    };
    match malformed {
        Malformed::NotStrings => {
            let message = format!("the JSON array of `{keyword}` may hold strings only");
            Finding::error(Code::InvalidInstruction, place, message).help("put each element in double quotes")
        }
        Malformed::NoValue => {
            let message = format!("`{keyword}` needs a name and a value");
            Finding::error(Code::InvalidInstruction, place, message).help(format!("write `{keyword} name=value`"))
        }
        Malformed::NoEquals(word) => {
            let place = checks.locate(instruction, word);
            let message = format!("`{word}` has no `=`");
            let help = if comment::begins_comment(word) {
                comment::OWN_LINE
            } else {
                "a value with blanks must be quoted: `name=\"two words\"`"
            };
            Finding::error(Code::InvalidInstruction, place, message).help(help)
        }
    }
}

/// Too few arguments, too many, or blank ones.
fn counted(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    keyword: Keyword,
    arguments: &Arguments<'_>,
) -> Option<(String, Place)> {
    let list = &arguments.list;
    let here = || name_place(checks.dockerfile, instruction);
    let at = |word: &str| checks.locate(instruction, word);
    let fail = |message: String| Some((message, here()));
    match keyword {
        Keyword::Env | Keyword::Label if list.is_empty() => fail(format!("`{keyword}` needs a name and a value")),
        Keyword::Env | Keyword::Label => {
            let blank = list.iter().step_by(2).any(|name| name.is_empty());
            blank.then(|| (format!("a name in `{keyword}` is blank"), here()))
        }
        Keyword::Arg if list.is_empty() => fail("`ARG` needs a name".to_owned()),
        Keyword::Arg => {
            list.iter().find(|word| word.starts_with('=')).map(|word| ("a name in `ARG` is blank".to_owned(), at(word)))
        }
        Keyword::Maintainer
        | Keyword::Stopsignal
        | Keyword::User
        | Keyword::Workdir
        | Keyword::Expose
        | Keyword::Onbuild
            if list.is_empty() && instruction.rest().is_empty() =>
        {
            fail(format!("`{keyword}` needs an argument"))
        }
        Keyword::Volume if list.is_empty() => fail("`VOLUME` needs a path".to_owned()),
        Keyword::Volume if list.iter().any(|path| path.trim().is_empty()) => {
            fail("a path in `VOLUME` is blank".to_owned())
        }
        Keyword::Add | Keyword::Copy if list.len() < 2 => fail(format!("`{keyword}` needs a source and a destination")),
        Keyword::Add | Keyword::Copy => {
            let destination = list.last().filter(|word| heredoc::is_heredoc(word))?;
            Some((format!("`{keyword}` cannot write to a heredoc"), at(destination)))
        }
        // `${{ name }}` is several words: what is wrong with it is told of the first.
        Keyword::From if list.first().is_some_and(|word| word.contains("${{")) => None,
        Keyword::From => cut_image(instruction, list, &at)
            .or_else(|| from(list, instruction.written_flags().iter().any(|flag| *flag == "--platform"), &at))
            .or_else(|| list.is_empty().then(|| ("`FROM` needs an image".to_owned(), here()))),
        Keyword::Shell if list.is_empty() => fail("`SHELL` needs a command".to_owned()),
        Keyword::Healthcheck => healthcheck(checks, instruction, arguments),
        _ => None,
    }
}

/// An image with a blank in quotes or braces, which do not hold it together.
fn cut_image(
    instruction: &Instruction<'_>,
    list: &[Cow<'_, str>],
    at: &dyn Fn(&str) -> Place,
) -> Option<(String, Place)> {
    let first = list.first().filter(|_| list.len() > 1)?;
    let error = Lexer::new(char::from(instruction.escape), &|_| None).lex(first.as_bytes()).err()?;
    let is_cut = matches!(error, LexError::Brace | LexError::SingleQuote | LexError::DoubleQuote);
    is_cut.then(|| (format!("in `{first}` {error}"), at(first)))
}

/// One argument, or `image AS name` with a valid name.
fn from(list: &[Cow<'_, str>], has_bare_flag: bool, at: &dyn Fn(&str) -> Place) -> Option<(String, Place)> {
    let valid = |name: &str| {
        let lower = name.to_lowercase();
        lower.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
            && lower.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte))
    };
    match list {
        [] | [_] => None,
        [_, word, name] if word.eq_ignore_ascii_case("as") => {
            (!valid(name)).then(|| (format!("`{name}` cannot be the name of a stage"), at(name)))
        }
        [_, word] if word.eq_ignore_ascii_case("as") => Some(("`AS` needs the name of the stage".to_owned(), at(word))),
        // A value behind a blank is told at its flag.
        _ if has_bare_flag => None,
        [_, word, ..] => Some(("`FROM` takes one image, or `image AS name`".to_owned(), at(word))),
    }
}

fn help_for(keyword: Keyword, finding: Finding) -> Finding {
    let text = match keyword {
        Keyword::From if finding.message.contains("the name of a stage") && finding.message.starts_with("`AS`") => {
            "write `FROM image AS name`"
        }
        Keyword::From if finding.message.contains("the name of a stage") => {
            "a name begins with a letter and holds letters, digits, `-`, `_` and `.` only"
        }
        Keyword::From if finding.message.starts_with("in `") => "the word ends at the first blank: leave the blank out",
        Keyword::From => "write `FROM image` or `FROM image AS name`",
        Keyword::Add | Keyword::Copy if finding.message.contains("needs") => {
            "the last argument is the destination in the image"
        }
        Keyword::Shell => "write `SHELL [\"executable\", \"parameter\"]`",
        Keyword::Healthcheck if finding.message.contains("command") => {
            "write `HEALTHCHECK CMD command` or `HEALTHCHECK NONE`"
        }
        _ => return finding,
    };
    finding.help(text)
}

fn healthcheck(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    arguments: &Arguments<'_>,
) -> Option<(String, Place)> {
    let here = || name_place(checks.dockerfile, instruction);
    let Some((kind, rest)) = arguments.list.split_first() else {
        return Some(("`HEALTHCHECK` needs a command".to_owned(), here()));
    };
    if kind.eq_ignore_ascii_case("none") {
        return (!rest.is_empty()).then(|| ("`HEALTHCHECK NONE` takes no command".to_owned(), here()));
    }
    let at = |word: &str| checks.locate(instruction, word);
    if !kind.eq_ignore_ascii_case("cmd") {
        return Some((format!("`{kind}` is no command of `HEALTHCHECK`"), at(kind)));
    }
    if rest.is_empty() {
        return Some(("`HEALTHCHECK CMD` needs a command".to_owned(), at(kind)));
    }
    let flags = instruction.written_flags();
    flags.iter().find_map(|flag| {
        let (name, value) = flag.split_once('=')?;
        let valid = match name {
            "--interval" | "--timeout" | "--start-period" | "--start-interval" => is_duration(value),
            "--retries" => value.is_empty() || value.parse::<i32>().is_ok_and(|retries| retries >= 0),
            _ => true,
        };
        let kind = if name == "--retries" { "a number" } else { "a duration such as `30s`" };
        (!valid).then(|| (format!("`{name}` needs {kind}, not `{value}`"), at(value)))
    })
}

/// As Go's `time.ParseDuration` has it; empty counts as not given.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if text.is_empty() || rest == "0" {
        return true;
    }
    if rest.is_empty() || text.starts_with('-') {
        return false;
    }
    while !rest.is_empty() {
        let digits = rest.len()
            - rest.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.').len();
        let number = &rest[..digits];
        if number.matches('.').count() > 1 || !number.bytes().any(|byte| byte.is_ascii_digit()) {
            return false;
        }
        rest = &rest[digits..];
        let unit = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"].into_iter().find(|unit| {
            let after = rest.strip_prefix(unit);
            after.is_some_and(|after| !after.starts_with(|character: char| character.is_alphabetic()))
        });
        match unit {
            Some(unit) => rest = &rest[unit.len()..],
            None => return false,
        }
    }
    true
}

/// Quotes and `${…}` that cannot be read. BuildKit looks only when it builds the stage.
fn expansion(
    checks: &mut Checks<'_, '_>,
    index: usize,
    instruction: &Instruction<'_>,
    keyword: Keyword,
    arguments: &Arguments<'_>,
) {
    let expands = !matches!(
        keyword,
        Keyword::Cmd
            | Keyword::Entrypoint
            | Keyword::From
            | Keyword::Healthcheck
            | Keyword::Maintainer
            | Keyword::Onbuild
            | Keyword::Run
            | Keyword::Shell
    );
    if !expands || memchr::memchr3(b'\'', b'"', b'$', instruction.text()).is_none() {
        return;
    }
    // What stands before the first FROM is read at once.
    let severity = checks.stage_of(index).map_or(Severity::Error, |stage| checks.severity_in(stage));
    let escape = char::from(instruction.escape);
    let lexer = Lexer::new(escape, &|_| None);
    let cut = Cut::find(keyword, arguments, lexer);
    if let Some(cut) = &cut {
        checks.add(cut.finding(checks, instruction, severity, keyword));
    }
    let is_told = |index: usize| cut.as_ref().is_some_and(|cut| cut.holds(index));
    let words =
        arguments.list.iter().enumerate().filter(|(index, word)| !is_told(*index) && !heredoc::is_heredoc(word));
    let words = words.filter_map(|(_, word)| match keyword {
        // The name is taken as it is.
        Keyword::Arg => word.split_once('=').map(|(_, value)| value),
        _ => Some(&**word),
    });
    let flags = instruction.written_flags();
    // Of the flags older versions expand these two only.
    let values = flags.iter().filter_map(|flag| flag_value(flag, "chown").or_else(|| flag_value(flag, "checksum")));
    for word in words.chain(values) {
        // What is required may be set in the base image.
        let error = match lexer.lex(word.as_bytes()) {
            Ok(_) | Err(LexError::Required { .. } | LexError::TooDeep) => continue,
            Err(error) => error,
        };
        let place = checks.locate(instruction, word);
        let finding = Finding::new(severity, Code::InvalidInstruction, place, format!("in `{word}` {error}"));
        let finding = match error {
            LexError::SingleQuote | LexError::DoubleQuote => {
                let quote = if matches!(error, LexError::SingleQuote) { b'\'' } else { b'"' };
                let escape = quoted(instruction.escape);
                match closed_below(checks, index, quote) {
                    Some((line, told)) => {
                        checks.quoted = told;
                        finding
                            .related(line, "it is closed here, but an instruction ends with its line")
                            .help(format!("{escape} at the end of a line joins it with the next one"))
                    }
                    None => finding.help(format!("write {escape} before a quote that is meant as such")),
                }
            }
            _ => finding,
        };
        checks.add(finding);
    }
}

/// Where a quote is closed in the lines below an instruction, and the unknown instructions that these lines seem to be.
fn closed_below(checks: &Checks<'_, '_>, index: usize, quote: u8) -> Option<(u32, Range<usize>)> {
    /// So many lines a value may well have.
    const MOST_LINES: usize = 64;
    let below = checks.dockerfile.instructions.get(index + 1..)?;
    let mut unknown = (index + 1..).zip(below.iter().take_while(|found| found.keyword.is_none()).take(MOST_LINES));
    let (last, closing) = unknown.find(|(_, found)| memchr::memchr(quote, found.text()).is_some())?;
    Some((closing.start_line, index + 1..last + 1))
}

/// Said of what is wrong in an ONBUILD.
pub(super) const LATE: &str = "BuildKit tells only when an image is built on this one";

/// What ONBUILD holds is read when an image is built on this one; some of it is refused at once.
fn trigger(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>) {
    let Some(trigger) = instruction.trigger() else { return };
    let name = trigger.name();
    let place = checks.locate(instruction, &name);
    let finding = match trigger.keyword {
        Some(keyword @ (Keyword::Onbuild | Keyword::From | Keyword::Maintainer)) => {
            Finding::error(Code::InvalidInstruction, place, format!("`{keyword}` cannot be a trigger of `ONBUILD`"))
        }
        Some(keyword) => {
            let before = checks.so_far();
            checks.in_trigger = true;
            flags_of(checks, index, &trigger, keyword);
            // Its heredocs stay with the ONBUILD.
            texts_of(checks, index, instruction, keyword);
            // What cannot be read is told of the ONBUILD.
            if let Ok(arguments) = trigger.arguments() {
                arguments_of(checks, index, &trigger, keyword, &arguments);
            }
            checks.in_trigger = false;
            return checks.soften(before, Some(LATE));
        }
        None => {
            let message = format!("`{name}` is no Dockerfile instruction");
            let finding = Finding::new(Severity::Warning, Code::UnknownInstruction, place, message).note(LATE);
            match near(&name) {
                Some(near) => finding.replace(format!("did you mean `{near}`?"), near),
                None => finding,
            }
        }
    };
    checks.add(finding);
}
