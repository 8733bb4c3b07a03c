//! `[limits]`: the limits of an expansion, and of the number of targets.

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::template;

use super::document::Reader;
use super::keys::{Key, LIMITS, Shape};

/// What the expansion of one output may use, and how many there may be, so that no template and no matrix can hang or
/// fill the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of the expansion of one output.
    pub expansion: template::Limits,
    /// Targets of the project.
    pub targets: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { expansion: template::Limits::default(), targets: 1_000_000 }
    }
}

/// Reads `[limits]`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Limits {
    let section = reader.section(table, "`[limits]`", &LIMITS);
    let mut limits = Limits::default();
    for Key { name: key, value, .. } in LIMITS.iter() {
        let Shape::Whole { most } = value else { continue };
        let Some(item) = reader.value_of(section, key) else { continue };
        if !item.value.is_integer() {
            reader.wrong_type(item, &format!("`{key}`"), "a whole number");
            continue;
        }
        let Some(value) = reader.value(item) else { continue };
        match value.as_i64().and_then(|number| u64::try_from(number).ok()).filter(|number| (1..=*most).contains(number))
        {
            None => {
                let message = format!("`{key}` must be between 1 and {most}");
                reader.error(Diagnostic::error(Code::InvalidValue, item.span, message));
            }
            Some(number) => match *key {
                "depth" => limits.expansion.depth = u32::try_from(number).unwrap_or(u32::MAX),
                "steps" => limits.expansion.steps = number,
                "targets" => limits.targets = number,
                _ => limits.expansion.output = number,
            },
        }
    }
    limits
}
