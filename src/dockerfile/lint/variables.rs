//! Variables that a stage does not have.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;

use crate::diagnostic::Code;

use super::super::check::Checks;
use super::super::finding::Finding;
use super::super::heredoc;
use super::super::keyword::Keyword;
use super::super::model::{Instruction, flag_value};
use super::super::shell::{Lexer, has_variable};
use super::super::stage::Target;
use super::{Scope, rule};

rule! {
    /// An instruction uses a variable that its stage does not have; BuildKit puts nothing in its place. An ARG before the
    /// first FROM is for FROM only.
    ///
    /// ```dockerfile
    /// ARG VERSION=1
    /// FROM scratch
    /// COPY app-$VERSION /app
    /// ```
    ///
    /// Declare it in the stage: `ARG VERSION`.
    ///
    /// An image may bring variables of its own, so on an image only this is told: a name that is one letter away from one
    /// that the stage has, and one that an ARG before the first FROM declares, but for versions, which images bring
    /// themselves. With `also = ["UndefinedVar"]` in the manifest every name that the Dockerfile does not set is.
    UNDEFINED_VAR = UndefinedVar, On;
}

/// What a stage has.
#[derive(Clone, Default)]
struct Known {
    names: HashSet<String>,
    /// The stage begins with nothing: there are no other names.
    is_whole: bool,
}

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    // Nearly all files have variables in few instructions, if in any.
    if !has_variable(dockerfile.source) {
        return;
    }
    // What is set behind the last use is no matter.
    let uses = |found: &Instruction<'_>| {
        is_expanded(found) || found.keyword == Some(Keyword::Arg) && has_variable(found.text())
    };
    let Some(last) = dockerfile.instructions.iter().rposition(uses) else { return };
    let mut all: Vec<Known> = Vec::new();
    for (index, stage) in checks.stages.iter().enumerate().take_while(|(_, stage)| stage.instructions.start <= last) {
        let mut known = match checks.base(index) {
            Some(Target::Stage(base)) => all.get(*base).cloned().unwrap_or_default(),
            Some(Target::Scratch) => Known { is_whole: true, ..Known::default() },
            _ => Known::default(),
        };
        known.names.insert("PATH".to_owned());
        // An ONBUILD of the image may set more.
        for instruction in &dockerfile.instructions[stage.instructions.start..stage.instructions.end.min(last + 1)] {
            let expands = is_expanded(instruction);
            // Others, such as RUN, are not read word by word: they are most of the text.
            if !expands && !matches!(instruction.keyword, Some(Keyword::Arg | Keyword::Env)) {
                continue;
            }
            let args = instruction.args();
            let mut told = HashSet::new();
            let names: Vec<String> = match instruction.keyword {
                Some(Keyword::Arg) => {
                    // Each one sees those before it.
                    for word in &args {
                        let (name, value) = word.split_once('=').unwrap_or((word, ""));
                        report(
                            checks,
                            index,
                            instruction,
                            &known,
                            missing(&known, value, instruction.escape),
                            &mut told,
                        );
                        known.names.insert(name.to_owned());
                    }
                    continue;
                }
                Some(Keyword::Env) => args.iter().step_by(2).map(|name| name.clone().into_owned()).collect(),
                _ => Vec::new(),
            };
            let texts = if expands { expanded(instruction, &args) } else { Vec::new() };
            for text in texts {
                report(checks, index, instruction, &known, missing(&known, &text, instruction.escape), &mut told);
            }
            known.names.extend(names);
        }
        all.push(known);
    }
}

/// Does BuildKit expand variables in an instruction that has any?
fn is_expanded(instruction: &Instruction<'_>) -> bool {
    let keywords = [
        Keyword::Add,
        Keyword::Copy,
        Keyword::Env,
        Keyword::Label,
        Keyword::Stopsignal,
        Keyword::User,
        Keyword::Volume,
        Keyword::Workdir,
    ];
    instruction.keyword.is_some_and(|keyword| keywords.contains(&keyword))
        && (has_variable(instruction.text()) || expanded_heredocs(instruction).next().is_some())
}

fn expanded_heredocs<'i>(instruction: &'i Instruction<'_>) -> impl Iterator<Item = &'i [u8]> {
    let contents = instruction.heredocs.iter().filter(|heredoc| heredoc.expand).map(|heredoc| &*heredoc.content);
    contents.filter(|content| has_variable(content))
}

/// The texts of an instruction in which BuildKit expands variables.
fn expanded(instruction: &Instruction<'_>, args: &[Cow<'_, str>]) -> Vec<String> {
    let mut texts: Vec<String> =
        args.iter().filter(|word| !heredoc::is_heredoc(word)).map(|word| word.clone().into_owned()).collect();
    if matches!(instruction.keyword, Some(Keyword::Add | Keyword::Copy)) {
        let names = ["chown", "chmod", "checksum"];
        let flags = instruction.flags();
        let value = |name: &&str| flags.iter().find_map(|flag| flag_value(flag, name)).map(str::to_owned);
        texts.extend(names.iter().filter_map(value));
        // Quotes mean nothing there.
        let contents = expanded_heredocs(instruction).map(String::from_utf8_lossy);
        texts.extend(contents.map(|content| content.replace(['"', '\''], " ")));
    }
    texts
}

/// The names in a text that the stage does not have, each once.
fn missing(known: &Known, text: &str, escape: u8) -> Vec<String> {
    if !text.contains('$') {
        return Vec::new();
    }
    let missing = RefCell::new(Vec::new());
    let values = |name: &str| {
        if known.names.contains(name) {
            return Some(String::new());
        }
        missing.borrow_mut().push(name.to_owned());
        None
    };
    // What cannot be read is told elsewhere.
    _ = Lexer::new(char::from(escape), &values).lex(text.as_bytes());
    missing.into_inner()
}

fn report(
    checks: &mut Checks<'_, '_>,
    stage: usize,
    instruction: &Instruction<'_>,
    known: &Known,
    names: Vec<String>,
    told: &mut HashSet<String>,
) {
    for name in names {
        // `$1` and the like are nobody's.
        if !told.insert(name.clone()) || !name.starts_with(|first: char| first.is_alphabetic() || first == '_') {
            continue;
        }
        let guesses = checks.may_guess(known.names.len());
        let mut near: Vec<&String> = known.names.iter().filter(|other| guesses && is_near(&name, other)).collect();
        near.sort_unstable();
        let global = checks.scope.global(&name).is_some();
        let is_likely = !near.is_empty() || global && !name.ends_with("VERSION");
        if !(known.is_whole || is_likely || checks.rules.asks_for(Code::UndefinedVar)) {
            continue;
        }
        let place = checks.locate(instruction, &name);
        let finding = Finding::warning(Code::UndefinedVar, place, format!("this stage has no variable `{name}`"));
        let finding = match near.first() {
            Some(near) if !global => finding.replace(format!("did you mean `{near}`?"), near.as_str()),
            _ if global => finding
                .note("an ARG before the first FROM is for FROM only")
                .help(format!("declare it in the stage, too: `ARG {name}`")),
            _ => finding.help(format!("declare it in the stage: `ARG {name}`")),
        };
        let before = checks.so_far();
        checks.lint(&Scope::Stage(instruction, stage), finding);
        // The image may have it.
        if !known.is_whole && !checks.rules.all_errors() {
            checks.soften(before, None);
        }
    }
}

/// One letter more, less or other, or two that changed places; or another case.
fn is_near(name: &str, other: &str) -> bool {
    name.len() > 2 && (strsim::damerau_levenshtein(name, other) == 1 || name.eq_ignore_ascii_case(other))
}
