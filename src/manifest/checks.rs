//! `[checks]`: which of BuildKit's own checks are looked for.

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::dockerfile::{RULES, Rule, RuleDefault, Rules};
use crate::source::Span;

use super::document::Reader;
use super::keys::CHECKS;

/// The names of all checks.
pub(super) fn names() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.code.name()).collect()
}

/// The one of BuildKit's checks that a Dockerfile alone does not decide.
const NEEDS_IMAGE: &str = "InvalidBaseImagePlatform";

/// Reads `[checks]`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Rules {
    let section = reader.section(table, "`[checks]`", &CHECKS);
    let mut list = |key: &str| {
        let item = reader.value_of(section, key);
        let found = item.and_then(|item| reader.strings(item, &format!("`{key}`"))).unwrap_or_default();
        let mut codes = Vec::new();
        for name in found {
            if let Some(rule) = RULES.iter().find(|rule| rule.code.name() == name.value) {
                codes.push((rule, name.span));
                continue;
            }
            if name.value == NEEDS_IMAGE {
                // Skipped it is in any case.
                if key == "also" {
                    let message = format!("dockmill does not look for `{NEEDS_IMAGE}`: it needs the image");
                    reader.error(Diagnostic::error(Code::InvalidValue, name.span, message));
                }
                continue;
            }
            let message = format!("there is no check `{}`", name.value.escape_debug());
            let error = Diagnostic::error(Code::InvalidValue, name.span, message);
            reader.error(error.suggest(name.inner(), name.value, names()));
        }
        codes
    };
    let (skip, also) = (list("skip"), list("also"));
    for (rule, span) in &also {
        reader.out().extend(without_effect(rule, *span, &skip));
    }
    let codes = |list: Vec<(&Rule, Span)>| list.into_iter().map(|(rule, _)| rule.code).collect();
    let (skip, also) = (codes(skip), codes(also));
    Rules { skip, also, error: reader.flag(section, "error").unwrap_or(false) }
}

/// Warns of a name in `also` that changes nothing.
fn without_effect(rule: &Rule, span: Span, skip: &[(&Rule, Span)]) -> Option<Diagnostic> {
    let name = rule.code.name();
    if let Some((_, skipped)) = skip.iter().find(|(skipped, _)| skipped.code == rule.code) {
        let warning = Diagnostic::warning(Code::Unused, span, format!("`{name}` is skipped, too, and that counts"));
        return Some(warning.also(*skipped, "it is skipped here"));
    }
    // This one finds more where it is asked for.
    let is_on = rule.default == RuleDefault::On && rule.code != Code::UndefinedVar;
    let warning = || Diagnostic::warning(Code::Unused, span, format!("`{name}` is looked for without that"));
    is_on.then(|| warning().help("`also` is for checks that are off by default"))
}
