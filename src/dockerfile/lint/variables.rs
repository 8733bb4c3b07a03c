//! Variables that a stage does not have.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use crate::diagnostic::Code;

use super::super::check::{Checks, Inherited};
use super::super::finding::Finding;
use super::super::heredoc;
use super::super::keyword::Keyword;
use super::super::model::{Instruction, flag_value};
use super::super::scope::PREDEFINED;
use super::super::shell::{Lexer, has_variable};
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
    /// that the stage has or that BuildKit gives, a name that BuildKit gives and no ARG of the stage asks for, and one that
    /// an ARG elsewhere declares, before the first FROM, further down or in another stage, but for versions, which images
    /// bring themselves. With `also = ["UndefinedVar"]` in the manifest every name that the Dockerfile does not set is.
    UNDEFINED_VAR = UndefinedVar, On;
}

/// The names that a stage has.
type Known = Inherited<()>;

/// The names that are near to another one, sorted.
fn near<'k>(known: &'k Known, name: &str) -> Vec<&'k str> {
    let all = known.names().chain(PREDEFINED.iter().copied());
    let mut near: Vec<&str> = all.filter(|other| is_near(name, other)).collect();
    near.sort_unstable();
    near
}

/// ARGs that the builder reads itself: BuildKit does not miss them.
const FOR_BUILDER: &[&str] = &["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"];

/// For each name the lines of the ARGs within stages that declare it.
type Declared = HashMap<String, Vec<u32>>;

fn declared(checks: &Checks<'_, '_>) -> Declared {
    let mut declared = Declared::new();
    let first = checks.stages.first().map_or(usize::MAX, |stage| stage.instructions.start);
    for instruction in checks.dockerfile.instructions.iter().skip(first) {
        if instruction.keyword == Some(Keyword::Arg) {
            for word in instruction.args() {
                let name = word.split('=').next().unwrap_or_default();
                declared.entry(name.to_owned()).or_default().push(instruction.start_line);
            }
        }
    }
    declared
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
    let declared = &declared(checks);
    let mut known = Known::default();
    for (index, stage) in checks.stages.iter().enumerate().take_while(|(_, stage)| stage.instructions.start <= last) {
        known.begin(checks, index);
        known.set("PATH", ());
        // An ONBUILD of the image may set more.
        for instruction in &dockerfile.instructions[stage.instructions.start..stage.instructions.end.min(last + 1)] {
            let expands = is_expanded(instruction);
            // Others, such as RUN, are not read word by word: they are most of the text.
            if !expands && !matches!(instruction.keyword, Some(Keyword::Arg | Keyword::Env)) {
                continue;
            }
            let args = instruction.args();
            let mut told = HashSet::new();
            let names: Vec<&Cow<'_, str>> = match instruction.keyword {
                Some(Keyword::Arg) => {
                    // Each one sees those before it.
                    for word in &args {
                        let (name, value) = word.split_once('=').unwrap_or((word, ""));
                        let used = Used { names: missing(&known, value, instruction.escape), heredoc: None };
                        report(checks, index, instruction, &known, declared, used, &mut told);
                        known.set(name, ());
                    }
                    continue;
                }
                Some(Keyword::Env) => args.iter().step_by(2).collect(),
                _ => Vec::new(),
            };
            let texts = if expands { expanded(instruction, &args) } else { Vec::new() };
            for (text, heredoc) in texts {
                let used = Used { names: missing(&known, &text, instruction.escape), heredoc };
                report(checks, index, instruction, &known, declared, used, &mut told);
            }
            for name in names {
                known.set(name, ());
            }
        }
    }
}

/// Does BuildKit expand variables in an instruction that has any?
fn is_expanded(instruction: &Instruction<'_>) -> bool {
    let keywords = [
        Keyword::Add,
        Keyword::Copy,
        Keyword::Env,
        Keyword::Expose,
        Keyword::Label,
        Keyword::Stopsignal,
        Keyword::User,
        Keyword::Volume,
        Keyword::Workdir,
    ];
    instruction.keyword.is_some_and(|keyword| keywords.contains(&keyword))
        && (has_variable(instruction.text()) || expanded_heredocs(instruction).next().is_some())
        || has_expanded_mount(instruction)
}

/// Does it use variables in a mount? A shell expands those of the command itself.
pub(in super::super) fn has_expanded_mount(instruction: &Instruction<'_>) -> bool {
    instruction.keyword == Some(Keyword::Run)
        && instruction.written_flags().iter().any(|flag| mount_values(flag).next().is_some())
}

/// The values of a mount that have variables.
fn mount_values(flag: &str) -> impl Iterator<Item = &str> {
    let fields = flag_value(flag, "mount").unwrap_or_default().split(',').filter_map(|field| field.split_once('='));
    // That a stage's name has none is told elsewhere.
    let expanded = fields.filter(|(key, value)| value.contains('$') && !key.eq_ignore_ascii_case("from"));
    expanded.map(|(_, value)| value)
}

fn expanded_heredocs<'i>(instruction: &'i Instruction<'_>) -> impl Iterator<Item = (u32, &'i [u8])> {
    let expanded = instruction.heredocs_at().filter(|(_, heredoc)| heredoc.expand);
    expanded.map(|(line, heredoc)| (line, &*heredoc.content)).filter(|(_, content)| has_variable(content))
}

/// The text of a heredoc, and its first line.
type Body<'i> = (u32, &'i [u8]);

/// The texts of an instruction in which BuildKit expands variables, each with the heredoc that it is.
fn expanded<'i>(instruction: &'i Instruction<'_>, args: &[Cow<'_, str>]) -> Vec<(String, Option<Body<'i>>)> {
    if instruction.keyword == Some(Keyword::Run) {
        let flags = instruction.written_flags();
        return flags.iter().flat_map(|flag| mount_values(flag)).map(|value| (value.to_owned(), None)).collect();
    }
    let words = args.iter().filter(|word| !heredoc::is_heredoc(word));
    let mut texts: Vec<(String, Option<Body<'_>>)> = words.map(|word| (word.clone().into_owned(), None)).collect();
    if matches!(instruction.keyword, Some(Keyword::Add | Keyword::Copy)) {
        let names = ["chown", "chmod", "checksum"];
        let flags = instruction.written_flags();
        let value = |name: &&str| flags.iter().find_map(|flag| flag_value(flag, name)).map(str::to_owned);
        texts.extend(names.iter().filter_map(value).map(|value| (value, None)));
        // Quotes mean nothing there.
        texts.extend(expanded_heredocs(instruction).map(|(line, content)| {
            let plain = String::from_utf8_lossy(content).replace(['"', '\''], " ");
            (plain, Some((line, content)))
        }));
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
        if known.get(name).is_some() {
            return Some(String::new());
        }
        missing.borrow_mut().push(name.to_owned());
        None
    };
    // What cannot be read is told elsewhere.
    _ = Lexer::new(char::from(escape), &values).lex(text.as_bytes());
    missing.into_inner()
}

/// Names that a text uses and its stage does not have.
struct Used<'i> {
    names: Vec<String>,
    /// The text is that of a heredoc.
    heredoc: Option<Body<'i>>,
}

fn report(
    checks: &mut Checks<'_, '_>,
    stage: usize,
    instruction: &Instruction<'_>,
    known: &Known,
    declared: &Declared,
    used: Used<'_>,
    told: &mut HashSet<String>,
) {
    // BuildKit looks for no variables in ports, but puts nothing there either.
    let is_looked_at = instruction.keyword != Some(Keyword::Expose);
    for name in used.names {
        // `$1` and the like are nobody's.
        if !told.insert(name.clone())
            || !name.starts_with(|first: char| first.is_alphabetic() || first == '_')
            || FOR_BUILDER.contains(&&*name)
        {
            continue;
        }
        // Not even walked over where no more are compared.
        let may_guess = checks.may_guess(known.len() + PREDEFINED.len());
        let near = if may_guess { near(known, &name) } else { Vec::new() };
        let is_global = checks.scope.global(&name).is_some();
        let is_given = PREDEFINED.contains(&&*name);
        let elsewhere = declared.get(&name).map(Vec::as_slice).unwrap_or_default();
        let is_declared = is_given || (is_global || !elsewhere.is_empty()) && !name.ends_with("VERSION");
        let is_told = !near.is_empty() || is_declared;
        if !is_told && !(is_looked_at && (known.is_whole || checks.rules.asks_for(Code::UndefinedVar))) {
            continue;
        }
        let place = match used.heredoc {
            Some((first, text)) => checks.dockerfile.locate_in_heredoc(first, text, &name),
            None => checks.locate_variable(instruction, &name),
        };
        let finding = Finding::warning(Code::UndefinedVar, place, format!("this stage has no variable `{name}`"));
        let below = checks.stages[stage].start_line..=checks.stages[stage].end_line;
        let finding = if let Some(line) = elsewhere.iter().find(|line| below.contains(line)) {
            finding.related(*line, "it is declared further down").help("move the ARG up")
        } else if is_global {
            finding
                .note("an ARG before the first FROM is for FROM only")
                .help(format!("declare it in the stage, too: `ARG {name}`"))
        } else if let Some(line) = elsewhere.first() {
            finding
                .related(*line, "this ARG belongs to another stage")
                .help(format!("declare it in this stage, too: `ARG {name}`"))
        } else if let Some(near) = near.first().filter(|_| !is_given) {
            finding.replace(format!("did you mean `{near}`?"), *near)
        } else {
            finding.help(format!("declare it in the stage: `ARG {name}`"))
        };
        let before = checks.so_far();
        checks.lint(&Scope::Stage(instruction, stage), finding);
        // The image may have it.
        if !(checks.rules.all_errors() || known.is_whole && is_looked_at) {
            checks.soften(before, None);
        }
    }
}

/// One letter more, less or other, or two that changed places; or another case.
fn is_near(name: &str, other: &str) -> bool {
    // Most are told apart by their lengths.
    let is_comparable = name.len() > 2 && name.chars().count().abs_diff(other.chars().count()) <= 1;
    is_comparable && (strsim::damerau_levenshtein(name, other) == 1 || name.eq_ignore_ascii_case(other))
}
