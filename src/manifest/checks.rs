//! `[checks]`: which of BuildKit's own checks are looked for.

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::dockerfile::{RULES, Rules};

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
                codes.push(rule.code);
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
    Rules { skip, also, error: reader.flag(section, "error").unwrap_or(false) }
}
