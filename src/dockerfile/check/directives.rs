//! What the parser met beside the instructions: directives that do not count, heredocs without an end, long lines.

use crate::diagnostic::Code;

use super::super::directive;
use super::super::finding::Finding;
use super::super::model::{DirectiveKind, ProblemKind};
use super::super::space;
use super::super::stage::Place;
use super::Checks;

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    for problem in &checks.dockerfile.problems {
        let line = problem.line;
        let place = whole(checks, line);
        let finding = match &problem.kind {
            ProblemKind::Displaced(kind) => displaced(checks, *kind, place),
            ProblemKind::Misspelt { kind, name } => misspelt(checks, *kind, name, place),
            ProblemKind::Repeated(kind) => {
                let name = kind.name();
                let first = checks.dockerfile.directives.iter().find(|directive| directive.kind == *kind);
                let message = format!("the directive `{name}` stands here for the second time");
                let finding = Finding::error(Code::InvalidInstruction, place, message);
                match first {
                    Some(first) => finding.related(first.line, "the first one is here"),
                    None => finding,
                }
            }
            ProblemKind::InvalidEscape => {
                let message = "the escape character must be `\\` or `` ` ``";
                Finding::error(Code::InvalidInstruction, place, message)
            }
            ProblemKind::UnterminatedHeredoc { name, chomp } => unterminated(checks, line, name, *chomp),
            ProblemKind::MalformedHeredoc { word } => {
                let instruction = checks.dockerfile.instruction_at(line);
                let place = instruction.map_or(place, |found| checks.locate(found, word));
                Finding::error(Code::InvalidInstruction, place, format!("`{word}` is no word for a heredoc"))
                    .help("the word ends at the first blank: quote it, `<<\"two words\"`, or take a plain one")
            }
            ProblemKind::TooLong => {
                let place = Place { line, columns: None };
                Finding::error(
                    Code::InvalidInstruction,
                    place,
                    "the line is longer than the 65,535 bytes that BuildKit reads",
                )
            }
            ProblemKind::TooMany { most: (instructions, stages) } => {
                let message = format!("the Dockerfile has more than {instructions} instructions or {stages} stages");
                Finding::error(Code::LimitExceeded, place, message)
                    .label("from here on it is not read")
                    .note("the checks compare stages with each other, so their number is bounded")
            }
            ProblemKind::EmptyContinuation { .. } | ProblemKind::EndOfFile { .. } => continue,
        };
        checks.found.push(finding);
    }
}

/// The line without blanks around it.
fn whole(checks: &Checks<'_, '_>, line: u32) -> Place {
    let text = checks.dockerfile.line(line);
    let at = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
    let start = text.len() - space::trim_start(text).len();
    Place { line, columns: Some(at(start)..at(space::trim_end(text).len().max(start))) }
}

fn misspelt(checks: &Checks<'_, '_>, kind: DirectiveKind, written: &str, place: Place) -> Finding {
    let name = kind.name();
    if written.eq_ignore_ascii_case(name) {
        let message = format!("the directive `{name}` has no `=` behind its name");
        let finding = Finding::warning(Code::DisplacedDirective, place, message).label("only a comment to BuildKit");
        return finding.help(format!("write `# {name}=…`"));
    }
    let text = checks.dockerfile.line(place.line);
    let at = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
    let columns = memchr::memmem::find(text, written.as_bytes()).map(|start| at(start)..at(start + written.len()));
    let finding =
        Finding::warning(Code::DisplacedDirective, Place { columns, ..place }, format!("`{written}` is no directive"));
    finding.label("only a comment to BuildKit").replace(format!("did you mean `{name}`?"), name)
}

fn displaced(checks: &Checks<'_, '_>, kind: DirectiveKind, place: Place) -> Finding {
    let name = kind.name();
    let effect = match kind {
        DirectiveKind::Syntax => "the file is read by the builder's own frontend",
        DirectiveKind::Escape => "the escape character is still `\\`",
        DirectiveKind::Check => "no check is skipped",
    };
    // The first line that is no directive is what took the directive its force.
    let before = (1..place.line).find(|line| {
        let text = checks.dockerfile.line(*line);
        let text = if *line == 1 { text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text) } else { text };
        directive::parse(space::trim_start(text)).is_none()
    });
    let message = format!("the directive `{name}` has no effect, for something stands before it");
    let finding = Finding::warning(Code::DisplacedDirective, place, message)
        .label("only a comment to BuildKit")
        .note(effect)
        .help(match kind {
            DirectiveKind::Check => {
                "move it to the first line, or to the line above one instruction, with nothing before its `#`"
            }
            _ => "move it to the first line: only other directives may stand before it",
        });
    match before {
        Some(line) => finding.related(line, "this ends the part where directives count"),
        None => finding,
    }
}

fn unterminated(checks: &Checks<'_, '_>, line: u32, name: &str, chomp: bool) -> Finding {
    let instruction = checks.dockerfile.instruction_at(line);
    let place = instruction.map_or(Place { line, columns: None }, |found| checks.locate(found, name));
    let finding = Finding::error(Code::UnterminatedHeredoc, place, format!("the heredoc `{name}` has no end"))
        .label(format!("a line that is just `{name}` must follow"));
    let finding = if name.ends_with("))") {
        finding.help("if this is arithmetic, write `<<` without blanks around it: `$((a<<b))`")
    } else {
        finding
    };
    let last = instruction.map_or(line, |found| found.end_line);
    // A sign behind the word is a part of it.
    let length = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len());
    let bare = &name.as_bytes()[..length];
    let ends = |line: &u32| !bare.is_empty() && space::trim(checks.dockerfile.line(*line)) == bare;
    if length < name.len()
        && let Some(end) = (line + 1..=last).find(ends)
    {
        let (word, rest) = name.split_at(length);
        return finding
            .label(format!("`{rest}` is taken for a part of the word"))
            .related(end, format!("only `{name}` would end it"))
            .help(format!("put a blank between: `<<{word} {rest}`"));
    }
    // The word may stand there with blanks around it: that is no end to BuildKit.
    let near = (line + 1..=last).find(|line| space::trim(checks.dockerfile.line(*line)) == name.as_bytes());
    match near {
        Some(near) if !chomp => finding.related(near, format!("blanks around `{name}`: no end")).help(format!(
            "let `{name}` stand at the start of its line with nothing after it, or indent it by tabs and write `<<-{name}`"
        )),
        Some(near) => finding
            .related(near, format!("blanks around `{name}`: no end"))
            .help(format!("only tabs may stand before `{name}`, and nothing after it")),
        None => finding,
    }
}
