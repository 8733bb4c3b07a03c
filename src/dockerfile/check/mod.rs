//! What BuildKit would refuse (errors), and what is probably not meant (warnings).
//!
//! The law of the errors: never one on a Dockerfile that BuildKit accepts. What it refuses was tried on a real engine;
//! what it refuses only in a stage that is built is an error in the stages that the last one needs.

mod carriage_return;
mod comment;
mod continuation;
mod copies;
mod cut;
mod devices;
mod directives;
mod exec_form;
mod flags;
mod image;
mod inherited;
pub(super) mod instruction;
mod mounts;
mod seen;
mod signal;
mod stages;
mod values;
mod word;

use std::cell::Cell;
use std::ops::Range;

use camino::Utf8Path;

use crate::diagnostic::{Code, Severity, plural};

use super::finding::Finding;
use super::ignore::Ignore;
use super::lint::{self, FileRules, Rules};
use super::model::{DirectiveKind, Dockerfile, Instruction};
use super::outline::Outline;
use super::parse::parse;
use super::scope::Scope;
use super::sources::LocalSource;
use super::stage::{Place, Reference, ReferenceKind, Stage, Target};

pub(super) use inherited::Inherited;
pub(super) use mounts::lacks_target;
pub use seen::Seen;
pub(super) use values::{Expanded, Values, depends as depends_on_values};
pub(super) use word::{Source, Word};

/// Checks a Dockerfile. The findings are in the order of their lines.
#[must_use]
pub fn check(dockerfile: &Dockerfile<'_>) -> Vec<Finding> {
    check_by(dockerfile, &Rules::default())
}

/// As [`check`], with these of [BuildKit's own checks](Rules).
#[must_use]
pub fn check_by(dockerfile: &Dockerfile<'_>, rules: &Rules) -> Vec<Finding> {
    // Each file for itself: what others took for guesses changes nothing of what is found here.
    crate::diagnostic::guess_anew();
    check_with(dockerfile, &dockerfile.outline(), &Seen::default(), rules, &|_| false)
}

/// As [`check_by`], with the outline that the caller has made already, and where `is_image` knows of images that a bare name
/// may mean: it is asked for a name that is also that of a later stage, or near that of an earlier one. Checks of many
/// Dockerfiles share one `seen`.
#[must_use]
pub fn check_with(
    dockerfile: &Dockerfile<'_>,
    outline: &Outline<'_>,
    seen: &Seen,
    rules: &Rules,
    is_image: &dyn Fn(&str) -> bool,
) -> Vec<Finding> {
    // Nothing else can be said of its lines.
    if let Some(finding) = wide(dockerfile.source) {
        return vec![finding];
    }
    let rules = &FileRules::of(rules, dockerfile);
    let mut checks = Checks::new(dockerfile, outline, rules, is_image);
    lint::check_options(&mut checks);
    directives::check(&mut checks);
    image::syntax(&mut checks);
    instruction::check(&mut checks, seen);
    continuation::check(&mut checks);
    exec_form::check(&mut checks);
    devices::check_frontend(&mut checks);
    stages::check(&mut checks);
    values::check(&mut checks);
    lint::outline(&mut checks);
    checks.finish()
}

/// The error of a file in UTF-16, as PowerShell's `>` writes it.
fn wide(source: &[u8]) -> Option<Finding> {
    let is_wide = source.starts_with(b"\xFF\xFE") || source.starts_with(b"\xFE\xFF");
    let place = Place { line: 1, columns: None };
    let finding =
        Finding::error(Code::InvalidInstruction, place, "the file is in UTF-16, which BuildKit does not read");
    is_wide.then(|| finding.help("save it as UTF-8; in PowerShell, `Out-File -Encoding utf8` does"))
}

/// What of the sources of a Dockerfile the ignore file of this name leaves out, by the rule `CopyIgnoredFile`.
#[must_use]
pub fn check_ignored(
    text: &[u8],
    sources: &[LocalSource],
    rules: &Rules,
    ignore: &Ignore,
    file: &Utf8Path,
) -> Vec<Finding> {
    // Most Dockerfiles copy nothing of the kind.
    if !sources.iter().any(|source| lint::ignored::is_left_out(source, ignore)) {
        return Vec::new();
    }
    let dockerfile = &parse(text);
    let (outline, rules) = (&dockerfile.outline(), &FileRules::of(rules, dockerfile));
    let mut checks = Checks::new(dockerfile, outline, rules, &|_| false);
    lint::ignored::check(&mut checks, sources, ignore, file);
    checks.finish()
}

/// Findings that are told of one Dockerfile: any further ones are noise, and are only counted.
const MOST: usize = 200;

/// Findings that are held: those after them, in the order in which they are looked for, are only counted.
const HELD: usize = 5 * MOST;

/// Names that are compared with a misspelt one, in all: many stages and many references would be compared each with each.
const GUESSES: usize = 100_000;

/// What the checks share.
pub(super) struct Checks<'c, 'd> {
    pub(super) dockerfile: &'c Dockerfile<'d>,
    pub(super) stages: &'c [Stage<'c>],
    pub(super) references: &'c [Reference],
    pub(super) onbuild: &'c [Reference],
    /// For each stage: does the last one need it?
    reachable: Vec<bool>,
    /// For each stage, what its FROM names.
    bases: Vec<Option<&'c Target>>,
    pub(super) scope: &'c Scope,
    pub(super) rules: &'c FileRules<'c>,
    is_image: &'c dyn Fn(&str) -> bool,
    pub(super) found: Vec<Finding>,
    /// Errors and warnings that are not held.
    more: (usize, usize),
    /// Instructions that are lines of a text in quotes, of an array, or of one that was meant as a heredoc: that is told.
    pub(super) quoted: Range<usize>,
    guesses: Cell<usize>,
    /// What is looked at is held by an ONBUILD: BuildKit's own checks do not look there.
    pub(super) in_trigger: bool,
}

impl<'c, 'd> Checks<'c, 'd> {
    fn new(
        dockerfile: &'c Dockerfile<'d>,
        outline: &'c Outline<'c>,
        rules: &'c FileRules<'c>,
        is_image: &'c dyn Fn(&str) -> bool,
    ) -> Self {
        let Outline { stages, references, onbuild, scope } = outline;
        Self {
            dockerfile,
            stages,
            references,
            onbuild,
            reachable: reachable(stages.len(), references),
            bases: bases(stages.len(), references),
            scope,
            rules,
            is_image,
            found: Vec::new(),
            more: (0, 0),
            quoted: 0..0,
            guesses: Cell::new(GUESSES),
            in_trigger: false,
        }
    }

    /// Is so much found that more would only be counted?
    pub(super) fn is_full(&self) -> bool {
        self.found.len() > MOST
    }

    /// May a name be compared with so many others?
    pub(super) fn may_guess(&self, others: usize) -> bool {
        let left = self.guesses.get().saturating_sub(others);
        self.guesses.set(left);
        left > 0
    }

    /// What a stage is built on.
    pub(super) fn base(&self, stage: usize) -> Option<&'c Target> {
        self.bases.get(stage).copied().flatten()
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if !self.only_counts() {
            self.found.push(finding);
        } else if finding.is_error() {
            self.more.0 += 1;
        } else {
            self.more.1 += 1;
        }
    }

    /// Would a further finding only be counted? Its place and advice need not be looked for.
    pub(super) fn only_counts(&self) -> bool {
        self.found.len() >= HELD
    }

    /// Where in an instruction a word stands; its first line where it would not be told any more.
    pub(super) fn locate(&self, instruction: &Instruction<'_>, word: &str) -> Place {
        if self.only_counts() {
            Place { line: instruction.start_line, columns: None }
        } else {
            self.dockerfile.locate(instruction, word)
        }
    }

    /// Where in an instruction a variable is used.
    pub(super) fn locate_variable(&self, instruction: &Instruction<'_>, name: &str) -> Place {
        for mark in ["${", "$"] {
            let place = self.locate(instruction, &format!("{mark}{name}"));
            if let Some(columns) = place.columns {
                return Place { line: place.line, columns: Some(columns.end - offset(name.len())..columns.end) };
            }
        }
        self.locate(instruction, name)
    }

    /// Makes warnings of the errors since `before`, the number of findings and of errors that were not held.
    pub(super) fn soften(&mut self, before: (usize, usize), note: Option<&str>) {
        for finding in self.found[before.0..].iter_mut().filter(|finding| finding.is_error()) {
            finding.severity = Severity::Warning;
            finding.notes.extend(note.map(str::to_owned));
        }
        self.more.1 += self.more.0 - before.1;
        self.more.0 = before.1;
    }

    /// How much was found so far, for [`Checks::soften`].
    pub(super) fn so_far(&self) -> (usize, usize) {
        (self.found.len(), self.more.0)
    }

    /// What BuildKit refuses only in a stage that it builds.
    pub(super) fn severity_in(&self, stage: usize) -> Severity {
        if self.reachable.get(stage).copied().unwrap_or(false) { Severity::Error } else { Severity::Warning }
    }

    /// The stage that an instruction is in.
    pub(super) fn stage_of(&self, instruction: usize) -> Option<usize> {
        self.stages.iter().position(|stage| stage.instructions.contains(&instruction))
    }

    fn finish(mut self) -> Vec<Finding> {
        if self.dockerfile.has_foreign_syntax() {
            let syntax = self.dockerfile.directives.iter().find(|directive| directive.kind == DirectiveKind::Syntax);
            let value = syntax.map(|directive| directive.value.clone()).unwrap_or_default();
            self.soften((0, 0), Some(&format!("the file is read by `{value}`, which may have rules of its own")));
        }
        self.found.sort_by_key(|finding| (finding.line, finding.columns.as_ref().map(|columns| columns.start)));
        if let Some(next) = self.found.get(MOST) {
            let place = Place { line: next.line, columns: None };
            let rest = self.found.split_off(MOST);
            let errors = rest.iter().filter(|finding| finding.is_error()).count();
            let warnings = rest.len() - errors + self.more.1;
            let errors = errors + self.more.0;
            let severity = if errors > 0 { Severity::Error } else { Severity::Warning };
            let message =
                format!("more was found from here on: {} and {}", plural(errors, "error"), plural(warnings, "warning"));
            self.found.push(
                Finding::new(severity, Code::LimitExceeded, place, message)
                    .note(format!("{MOST} findings of one Dockerfile are told")),
            );
        }
        self.found
    }
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The line of an instruction's name, and the name.
pub(super) fn name_place(dockerfile: &Dockerfile<'_>, instruction: &Instruction<'_>) -> Place {
    let Some((line, text)) = dockerfile.lines_of(instruction).next() else {
        return Place { line: instruction.start_line, columns: None };
    };
    let name = instruction.name();
    let start = memchr::memmem::find(text, name.as_bytes()).filter(|_| !name.is_empty());
    let at = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
    Place { line, columns: start.map(|start| at(start)..at(start + name.len())) }
}

/// The escape character as code in a message.
fn quoted(escape: u8) -> &'static str {
    if escape == b'`' { "`` ` ``" } else { "`\\`" }
}

/// What the FROM of each stage names.
fn bases(count: usize, references: &[Reference]) -> Vec<Option<&Target>> {
    let mut bases = vec![None; count];
    for reference in references.iter().filter(|found| found.kind == ReferenceKind::From) {
        bases[reference.stage].get_or_insert(&reference.target);
    }
    bases
}

/// The stages that the last one needs: those it is built on, copies from and mounts.
fn reachable(count: usize, references: &[Reference]) -> Vec<bool> {
    let mut reachable = vec![false; count];
    let mut open: Vec<usize> = count.checked_sub(1).into_iter().collect();
    while let Some(stage) = open.pop() {
        if !std::mem::replace(&mut reachable[stage], true) {
            // They are in the order of the stages, and may be very many.
            let first = references.partition_point(|found| found.stage < stage);
            let of_it = references[first..].iter().take_while(|found| found.stage == stage);
            open.extend(of_it.filter_map(|found| match found.target {
                Target::Stage(target) => Some(target),
                _ => None,
            }));
        }
    }
    reachable
}
