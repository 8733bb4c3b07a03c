//! A value as people are shown it: text as it is, all else as it would be written.

use std::fmt::Write as _;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::{kind_of, print};

/// So many bytes of a list or a map are shown; the whole may be all data of a project.
const MOST: usize = 200;

/// The value for people. Only a text is always whole.
pub(crate) fn shown(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let mut shown = Shown { out: String::new(), is_cut: false };
    shown.write(value);
    shown.out
}

struct Shown {
    out: String,
    /// There is more than is shown.
    is_cut: bool,
}

impl Shown {
    fn write(&mut self, value: &Value) {
        if let Some(name) = own_name(value) {
            return self.out.push_str(&name);
        }
        let is_map = value.kind() == ValueKind::Map || value.kind() == ValueKind::Plain;
        match value.kind() {
            ValueKind::String => _ = write!(self.out, "{:?}", value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable | ValueKind::Map | ValueKind::Plain => {
                self.out.push(if is_map { '{' } else { '[' });
                for (index, item) in value.try_iter().into_iter().flatten().enumerate() {
                    if self.is_cut {
                        break;
                    }
                    if self.out.len() > MOST {
                        self.out.push('…');
                        self.is_cut = true;
                        break;
                    }
                    if index > 0 {
                        self.out.push_str(", ");
                    }
                    self.write(&item);
                    if is_map {
                        self.out.push_str(": ");
                        self.write(&value.get_item(&item).unwrap_or_default());
                    }
                }
                self.out.push(if is_map { '}' } else { ']' });
            }
            _ => self.out.push_str(&print(value).unwrap_or_else(|_| kind_of(value).into())),
        }
    }
}

/// How an object writes itself, unless that is a map with all its entries: a target in a text is shown by its id, and nobody is
/// asked for what it takes its Dockerfile to know.
fn own_name(value: &Value) -> Option<String> {
    struct Name(String);
    impl std::fmt::Write for Name {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.push_str(text);
            if self.0.starts_with('{') { Err(std::fmt::Error) } else { Ok(()) }
        }
    }
    let mut name = Name(String::new());
    let is_named = value.kind() == ValueKind::Map && value.as_object().is_some();
    (is_named && write!(name, "{value}").is_ok()).then_some(name.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_they_are_written_and_not_without_end() {
        let list = Value::from(vec![Value::from(true), Value::from(()), Value::from("a\"b"), Value::from(3)]);
        assert_eq!(shown(&list), r#"[true, none, "a\"b", 3]"#);
        assert_eq!(shown(&Value::from(false)), "false");
        let map = Value::from_pairs([(Value::from("k"), list)]);
        assert_eq!(shown(&map), r#"{"k": [true, none, "a\"b", 3]}"#);
        let many = Value::from((0..10_000).map(Value::from).collect::<Vec<_>>());
        let many = Value::from(vec![many.clone(), many]);
        assert!(shown(&many).len() < 220 && shown(&many).ends_with(", 52…]]"), "{}", shown(&many));
    }
}
