//! Variables that a stage does not have.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::diagnostic::{Code, Severity};

use super::super::check::Checks;
use super::super::finding::Finding;
use super::super::heredoc;
use super::super::keyword::Keyword;
use super::super::model::{Instruction, flag_value};
use super::super::shell::Lexer;
use super::super::stage::{ReferenceKind, Target};
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
    if memchr::memchr(b'$', dockerfile.source).is_none() {
        return;
    }
    let mut all: Vec<Known> = Vec::new();
    for (index, stage) in checks.stages.iter().enumerate() {
        let base = checks.references.iter().find(|found| found.kind == ReferenceKind::From && found.stage == index);
        let mut known = match base.map(|base| &base.target) {
            Some(Target::Stage(base)) => all.get(*base).cloned().unwrap_or_default(),
            Some(Target::Scratch) => Known { is_whole: true, ..Known::default() },
            _ => Known::default(),
        };
        known.names.insert("PATH".to_owned());
        // An ONBUILD of the image may set more.
        for instruction in &dockerfile.instructions[stage.instructions.clone()] {
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
            for text in expanded(instruction, &args) {
                report(checks, index, instruction, &known, missing(&known, &text, instruction.escape), &mut told);
            }
            known.names.extend(names);
        }
        all.push(known);
    }
}

/// The texts of an instruction in which BuildKit expands variables.
fn expanded(instruction: &Instruction<'_>, args: &[std::borrow::Cow<'_, str>]) -> Vec<String> {
    let has = |bytes: &[u8]| memchr::memchr(b'$', bytes).is_some();
    let heredocs = || instruction.heredocs.iter().filter(|heredoc| heredoc.expand && has(&heredoc.content));
    match instruction.keyword {
        Some(
            keyword @ (Keyword::Add
            | Keyword::Copy
            | Keyword::Env
            | Keyword::Label
            | Keyword::Stopsignal
            | Keyword::User
            | Keyword::Volume
            | Keyword::Workdir),
        ) if has(instruction.text()) || heredocs().next().is_some() => {
            let mut texts: Vec<String> =
                args.iter().filter(|word| !heredoc::is_heredoc(word)).map(|word| word.clone().into_owned()).collect();
            if matches!(keyword, Keyword::Add | Keyword::Copy) {
                let names = ["chown", "chmod", "checksum"];
                let flags = instruction.flags();
                texts.extend(
                    names
                        .iter()
                        .filter_map(|name| flags.iter().find_map(|flag| flag_value(flag, name)).map(str::to_owned)),
                );
                // Quotes mean nothing there.
                texts.extend(
                    heredocs().map(|heredoc| String::from_utf8_lossy(&heredoc.content).replace(['"', '\''], " ")),
                );
            }
            texts
        }
        _ => Vec::new(),
    }
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
    let lexer =
        Lexer { escape: char::from(escape), raw_quotes: false, raw_escapes: false, skip_unset: false, values: &values };
    // What cannot be read is told elsewhere.
    _ = lexer.lex(text.as_bytes());
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
        let mut near: Vec<&String> = known.names.iter().filter(|other| is_near(&name, other)).collect();
        near.sort_unstable();
        let global = checks.scope.globals.iter().any(|global| global.name == name);
        let is_likely = !near.is_empty() || global && !name.ends_with("VERSION");
        if !(known.is_whole || is_likely || checks.rules.asks_for(Code::UndefinedVar)) {
            continue;
        }
        let place = checks.dockerfile.locate(instruction, &name);
        let finding = Finding::warning(Code::UndefinedVar, place, format!("this stage has no variable `{name}`"));
        let finding = match near.first() {
            Some(near) if !global => finding.replace(format!("did you mean `{near}`?"), near.as_str()),
            _ if global => finding
                .note("an ARG before the first FROM is for FROM only")
                .help(format!("declare it in the stage, too: `ARG {name}`")),
            _ => finding.help(format!("declare it in the stage: `ARG {name}`")),
        };
        let before = checks.found.len();
        checks.lint(&Scope::Stage(instruction, stage), finding);
        // The image may have it.
        if !known.is_whole && !checks.rules.all_errors() {
            checks.found[before..].iter_mut().for_each(|finding| finding.severity = Severity::Warning);
        }
    }
}

/// One letter more, less or other, or two that changed places; or another case.
fn is_near(name: &str, other: &str) -> bool {
    name.len() > 2 && (strsim::damerau_levenshtein(name, other) == 1 || name.eq_ignore_ascii_case(other))
}
