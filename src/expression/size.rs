//! The memory that values take, about: a list of nothing takes more than a text of many letters.

use minijinja::Value;
use minijinja::value::{Enumerator, ValueKind};

/// An element of a list.
pub(super) const ITEM: usize = size_of::<Value>();

/// A list, without its elements.
const LIST: usize = 72;

/// A map, without what is in it.
const MAP: usize = 160;

/// What a map takes for a key and a value.
const ENTRY: usize = 80;

/// Bytes of a text that need no memory of their own.
const SHORT: usize = 22;

/// What a longer one takes beside its bytes.
const TEXT: usize = 32;

/// A list of so many elements, which are there already.
pub(super) fn list(items: usize) -> usize {
    items.saturating_mul(ITEM).saturating_add(LIST)
}

/// A map of so many entries, whose values are there already.
pub(super) fn map(entries: usize) -> usize {
    entries.saturating_mul(ENTRY).saturating_add(MAP)
}

fn text(bytes: usize) -> usize {
    if bytes > SHORT { bytes + TEXT } else { 0 }
}

/// A value that was made, with the texts of a list, but without lists and maps in it: they are counted where they are made.
pub(super) fn made(value: &Value) -> usize {
    if let Some(bytes) = value.as_str() {
        return text(bytes.len());
    }
    let Some(length) = value.as_object().and_then(|_| value.len()) else { return 0 };
    if value.kind() == ValueKind::Map {
        return map(length);
    }
    let texts = value.downcast_object_ref::<Vec<Value>>().into_iter().flatten();
    texts.filter_map(Value::as_str).map(|item| text(item.len())).fold(list(length), usize::saturating_add)
}

/// A value with all that it holds, as far as it is not more than `most`.
pub(crate) fn held(value: &Value, most: usize) -> usize {
    if let Some(bytes) = value.as_str() {
        return text(bytes.len()).min(most);
    }
    // What has keys of its own making is no value that was made here.
    let Some(object) = value.as_object().filter(|object| !matches!(object.enumerate(), Enumerator::Str(_))) else {
        return 0;
    };
    let length = object.enumerator_len().unwrap_or_default();
    let is_map = value.kind() == ValueKind::Map;
    let mut bytes = if is_map { map(length) } else { list(length) };
    for item in value.try_iter().into_iter().flatten() {
        if bytes >= most {
            return most;
        }
        bytes += held(&item, most - bytes);
        if is_map && let Ok(item) = value.get_item(&item) {
            bytes += held(&item, most.saturating_sub(bytes));
        }
    }
    bytes.min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_count_as_what_they_take() {
        let small = Value::from(vec![Value::from(1)]);
        let nested = Value::from(vec![small.clone(), Value::from("x".repeat(100))]);
        assert_eq!(held(&small, usize::MAX), LIST + ITEM);
        assert_eq!(held(&nested, usize::MAX), 2 * LIST + 3 * ITEM + 100 + TEXT);
        assert_eq!(made(&nested), LIST + 2 * ITEM + 100 + TEXT);
        assert_eq!(held(&nested, 50), 50);
        let map = Value::from_pairs([("a", nested)]);
        assert_eq!(held(&map, usize::MAX), MAP + ENTRY + 2 * LIST + 3 * ITEM + 100 + TEXT);
        assert_eq!(held(&Value::from("short"), usize::MAX), 0);
    }
}
