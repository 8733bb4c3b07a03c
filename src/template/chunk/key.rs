//! Values as bytes: equal bytes stand for values that nothing can tell apart.

use minijinja::value::ValueKind;

use crate::expression::Value;

/// A longer key is worth no cache.
const LONGEST: usize = 4096;

/// Adds a value to a key; false where it is too long, or no value that can be compared.
///
/// The kind stands before each value, for `1` and `1.0` are equal but not the same text.
pub(in crate::template) fn encode(value: Option<&Value>, key: &mut Vec<u8>) -> bool {
    let Some(value) = value else {
        key.push(b'-');
        return true;
    };
    match value.kind() {
        ValueKind::Undefined => key.push(b'u'),
        ValueKind::None => key.push(b'0'),
        ValueKind::Bool => key.push(if value.is_true() { b't' } else { b'f' }),
        ValueKind::Number => text(if value.is_integer() { b'i' } else { b'd' }, value.to_string().as_bytes(), key),
        ValueKind::String => {
            let Some(string) = value.as_str() else { return false };
            text(if value.is_safe() { b'S' } else { b's' }, string.as_bytes(), key);
        }
        ValueKind::Seq => return items(b'[', value, false, key),
        ValueKind::Map => return items(b'{', value, true, key),
        _ => return false,
    }
    key.len() <= LONGEST
}

fn text(kind: u8, bytes: &[u8], key: &mut Vec<u8>) {
    key.push(kind);
    key.extend_from_slice(&bytes.len().to_le_bytes());
    key.extend_from_slice(bytes);
}

/// A list, or a map with its values.
fn items(kind: u8, value: &Value, with_values: bool, key: &mut Vec<u8>) -> bool {
    key.push(kind);
    let Ok(items) = value.try_iter() else { return false };
    for item in items {
        let inner = if with_values { value.get_item(&item).ok() } else { None };
        if !encode(Some(&item), key) || with_values && !encode(inner.as_ref(), key) {
            return false;
        }
    }
    key.push(b'.');
    key.len() <= LONGEST
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Value, encode};

    fn key(json: &str) -> Vec<u8> {
        let mut key = Vec::new();
        let value: Value = serde_json::from_str(json).unwrap();
        assert!(encode(Some(&value), &mut key), "{json}");
        key
    }

    #[test]
    fn what_can_be_told_apart_has_another_key() {
        let values = [
            "null",
            "true",
            "false",
            "1",
            "1.0",
            "\"1\"",
            "[1]",
            "[1.0]",
            "[[1]]",
            "[[], 1]",
            "[\"a\", \"b\"]",
            "[\"ab\"]",
            "{\"a\": 1}",
            "{\"a\": 1.0}",
            "{\"a\": [1]}",
            "[\"a\", 1]",
            "{}",
            "[]",
            "\"\"",
            "-0.0",
            "0.0",
            "0",
        ];
        for (index, one) in values.iter().enumerate() {
            assert_eq!(key(one), key(one));
            for other in &values[..index] {
                assert_ne!(key(one), key(other), "{one} {other}");
            }
        }
        assert!(!encode(Some(&Value::from("a".repeat(5000))), &mut Vec::new()));
    }
}
