//! The places of TOML.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::expression::Key;

use super::Leaves;

pub(super) fn read(text: &str, leaves: &mut Leaves) -> Option<()> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return None;
    }
    entries(table.get_ref(), None, leaves);
    Some(())
}

fn entries(table: &DeTable<'_>, parent: Option<usize>, leaves: &mut Leaves) {
    for (key, value) in table {
        let start = number(key.span().start);
        add(parent, Key::Name(key.get_ref().as_ref().into()), Some(start), value, leaves);
    }
}

/// How deep values may stand in each other is bounded by the parser.
fn add(parent: Option<usize>, key: Key, start: Option<u32>, value: &Spanned<DeValue<'_>>, leaves: &mut Leaves) {
    let Range { start: from, end } = value.span();
    let at = leaves.add(parent, key, start, number(from)..number(end));
    match value.get_ref() {
        DeValue::Table(table) => entries(table, Some(at), leaves),
        DeValue::Array(list) => {
            for (index, element) in list.iter().enumerate() {
                add(Some(at), Key::Index(index), None, element, leaves);
            }
        }
        _ => {}
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
