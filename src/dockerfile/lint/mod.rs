//! BuildKit's own checks, under the names that it gives them.
//!
//! Each rule stands in a file with what looks for it, and its comment is its page in `docs/checks.md`. Which rules are on is
//! decided by the manifest, by the Dockerfile's `# check=`, and by one above an instruction.

mod casing;
mod deprecated;
mod description;
mod expose;
mod from;
pub(super) mod ignored;
mod options;
mod platform;
mod secrets;
mod shell_form;
mod variables;
mod workdir;

use crate::diagnostic::{Code, Severity};

use super::check::Checks;
use super::finding::Finding;
use super::keyword::Keyword;
use super::model::{Arguments, Instruction};

pub(super) use expose::port;
pub use options::Rules;
pub(super) use options::{FileRules, check as check_options};
pub(super) use variables::has_expanded_mount;

/// One of BuildKit's checks.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The kind of its warnings, which has the rule's name.
    pub code: Code,
    /// When it is looked for.
    pub default: RuleDefault,
    /// What it is about, in Markdown.
    pub page: &'static str,
}

/// When a rule is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleDefault {
    /// Unless it is skipped.
    On,
    /// Where it is asked for; and where the Dockerfile says `# check=error=true`, for then BuildKit refuses what breaks it.
    Off,
    /// Where it is asked for: BuildKit calls it experimental.
    Experimental,
}

/// Makes a [`Rule`] of its page.
macro_rules! rule {
    ($($(#[doc = $line:literal])+ $name:ident = $code:ident, $default:ident;)+) => {
        $(
            $(#[doc = $line])+
            pub(super) const $name: super::Rule = super::Rule {
                code: crate::diagnostic::Code::$code,
                default: super::RuleDefault::$default,
                page: concat!($($line, "\n"),+),
            };
        )+
    };
}
use rule;

/// Every rule, in the order of their names. `InvalidBaseImagePlatform` is missing: only who has the image can tell.
pub const RULES: &[Rule] = &[
    casing::CONSISTENT_INSTRUCTION_CASING,
    ignored::COPY_IGNORED_FILE,
    from::DUPLICATE_STAGE_NAME,
    expose::EXPOSE_INVALID_FORMAT,
    expose::EXPOSE_PROTO_CASING,
    casing::FROM_AS_CASING,
    platform::FROM_PLATFORM_FLAG_CONST_DISALLOWED,
    from::INVALID_DEFAULT_ARG_IN_FROM,
    description::INVALID_DEFINITION_DESCRIPTION,
    shell_form::JSON_ARGS_RECOMMENDED,
    deprecated::LEGACY_KEY_VALUE_FORMAT,
    deprecated::MAINTAINER_DEPRECATED,
    shell_form::MULTIPLE_INSTRUCTIONS_DISALLOWED,
    deprecated::NO_EMPTY_CONTINUATION,
    platform::REDUNDANT_TARGET_PLATFORM,
    from::RESERVED_STAGE_NAME,
    secrets::SECRETS_USED_IN_ARG_OR_ENV,
    casing::STAGE_NAME_CASING,
    from::UNDEFINED_ARG_IN_FROM,
    variables::UNDEFINED_VAR,
    workdir::WORKDIR_RELATIVE_PATH,
];

/// The rules that one instruction alone decides.
pub(super) fn instruction(
    checks: &mut Checks<'_, '_>,
    index: usize,
    instruction: &Instruction<'_>,
    keyword: Keyword,
    arguments: &Arguments<'_>,
) {
    match keyword {
        Keyword::From => {
            casing::from(checks, instruction, arguments);
            from::reserved(checks, instruction, arguments);
            platform::check(checks, instruction, arguments);
        }
        Keyword::Maintainer => deprecated::maintainer(checks, instruction),
        Keyword::Label => deprecated::key_value(checks, index, instruction, keyword),
        Keyword::Env => {
            deprecated::key_value(checks, index, instruction, keyword);
            secrets::check(checks, index, instruction, arguments.list.iter().step_by(2));
        }
        Keyword::Arg => secrets::check(checks, index, instruction, arguments.list.iter()),
        Keyword::Expose => expose::check(checks, index, instruction, arguments),
        _ => {}
    }
}

/// The rules that need a stage or the whole file.
pub(super) fn outline(checks: &mut Checks<'_, '_>) {
    casing::consistent(checks);
    description::check(checks);
    shell_form::check(checks);
    workdir::check(checks);
    variables::check(checks);
}

/// Where a rule that is broken is told.
pub(super) enum Scope<'i, 'd> {
    /// BuildKit looks at it with the whole file: only the file's own `# check=` counts.
    File,
    /// It looks at it as it reads the instruction.
    Instruction(&'i Instruction<'d>),
    /// It looks at it as it builds the stage of the instruction.
    Stage(&'i Instruction<'d>, usize),
}

impl Checks<'_, '_> {
    /// Tells of a rule that is broken, where it is on.
    pub(super) fn lint(&mut self, scope: &Scope<'_, '_>, mut finding: Finding) {
        let above = match scope {
            Scope::File => None,
            Scope::Instruction(instruction) | Scope::Stage(instruction, _) => instruction.above.check,
        };
        let rules = self.rules;
        if self.in_trigger || !rules.looks_for(finding.code, above.map(|(value, _)| value)) {
            return;
        }
        if rules.is_passed_over(finding.code) {
            let help = format!("skip it there: `# check=skip={};error=true`", finding.code.name());
            let note = "BuildKit refuses it, whatever the manifest skips: the file says `# check=error=true`";
            finding = finding.note(note).help(help);
        }
        if rules.errors() {
            // BuildKit refuses the file.
            finding.severity = match scope {
                Scope::Stage(_, stage) if !rules.all_errors() => self.severity_in(*stage),
                _ => Severity::Error,
            };
        }
        self.add(finding);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fmt::Write as _;

    use super::{RULES, RuleDefault};

    const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks.md");
    const MARK: &str = "<!-- what follows is written by a test, from src/dockerfile/lint/ -->\n";

    /// The pages of the rules, below what the manual says of them all.
    #[test]
    fn the_manual_has_every_page() {
        let manual = std::fs::read_to_string(MANUAL).unwrap();
        let (head, _) = manual.split_once(MARK).unwrap();
        let mut expected = format!("{head}{MARK}");
        for rule in RULES {
            let default = match rule.default {
                RuleDefault::On => "On by default.",
                RuleDefault::Off => "Off by default.",
                RuleDefault::Experimental => "Off by default; BuildKit calls it experimental.",
            };
            write!(expected, "\n## {}\n\n{default}\n\n", rule.code.name()).unwrap();
            for line in rule.page.lines() {
                writeln!(expected, "{}", line.strip_prefix(' ').unwrap_or(line)).unwrap();
            }
        }
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            std::fs::write(MANUAL, &expected).unwrap();
        } else {
            assert!(
                manual == expected,
                "docs/checks.md is out of date: `INSTA_UPDATE=always cargo test --lib lint` writes it"
            );
        }
    }

    #[test]
    fn rules_are_in_the_order_of_their_names() {
        let names: Vec<String> = RULES.iter().map(|rule| rule.code.name().to_lowercase()).collect();
        assert!(names.is_sorted(), "{names:?}");
    }
}
