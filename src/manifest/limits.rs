//! `[limits]`: the bounds of expansion, and of what is to be expanded.

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::template;

use super::document::Reader;

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

/// The keys of `[limits]`, each with the largest value that it takes.
///
/// The depth is bounded by the stack that expansion has; offsets in an output have 32 bits.
pub(super) const LIMIT_KEYS: &[(&str, u64)] =
    &[("depth", 1000), ("steps", i64::MAX as u64), ("output", 1 << 30), ("targets", i64::MAX as u64)];

/// Reads `[limits]`.
pub(super) fn read(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Limits {
    let known: Vec<&str> = LIMIT_KEYS.iter().map(|(key, _)| *key).collect();
    reader.known_keys(table, "`[limits]`", &known);
    let mut limits = Limits::default();
    for (key, largest) in LIMIT_KEYS {
        let Some(item) = reader.get(table, key) else { continue };
        if !item.value.is_integer() {
            reader.wrong_type(item, &format!("`{key}`"), "a whole number");
            continue;
        }
        let Some(value) = reader.value(item) else { continue };
        match value
            .as_i64()
            .and_then(|number| u64::try_from(number).ok())
            .filter(|number| (1..=*largest).contains(number))
        {
            None => {
                let message = format!("`{key}` must be between 1 and {largest}");
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
