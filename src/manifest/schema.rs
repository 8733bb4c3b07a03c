//! The JSON Schema of the manifest, for editors.

use serde_json::{Map, Value, json};

use super::checks;
use super::keys::{Key, Keys, MANIFEST, Shape, UNBOUNDED};

/// The shapes of values that are no plain table, list or scalar.
pub(super) const SHAPES: &str = include_str!("shapes.json");

/// The JSON Schema (draft 2020-12) of `dockmill.toml`.
///
/// It says what each key is for, and finds most mistakes while they are typed; what depends on several tables, such as
/// the axes of a matrix, is found by [`Manifest::load`](super::Manifest::load).
pub fn schema() -> String {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": MANIFEST.title,
        "description": "The manifest of a dockmill project: which Dockerfiles there are, and what is in their templates' variables.",
    });
    merge(&mut schema, table(&MANIFEST));
    schema["$defs"] = json(SHAPES);
    let mut text = format!("{schema:#}");
    text.push('\n');
    text
}

/// JSON from the tables of this module: a test parses all of it.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn table(keys: &Keys) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), property(keys, key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut table = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        table["required"] = required.into();
    }
    table
}

fn property(keys: &Keys, key: &Key) -> Value {
    let mut property = json!({ "title": format!("{} in {}", key.name, keys.title), "description": key.doc });
    merge(&mut property, shape(&key.value));
    if !key.default.is_empty() {
        property["default"] = json(key.default);
    }
    if !key.example.is_empty() {
        property["examples"] = json!([json(key.example)]);
    }
    property
}

fn shape(of: &Shape) -> Value {
    match of {
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Whole { most: UNBOUNDED } => json!({ "type": "integer", "minimum": 1 }),
        Shape::Whole { most } => json!({ "type": "integer", "minimum": 1, "maximum": most }),
        Shape::Text => json!({ "type": "string", "minLength": 1 }),
        Shape::MaybeEmpty => json!({ "type": "string" }),
        Shape::Computed => json!({ "type": "string", "pattern": "^@\\{[\\s\\S]*\\}$" }),
        Shape::Check => json!({ "enum": checks::names() }),
        Shape::Word(words) => json!({ "enum": words() }),
        Shape::Other(name) => json!({ "$ref": format!("#/$defs/{name}") }),
        Shape::List(element) => json!({ "type": "array", "items": shape(element) }),
        Shape::Set(element) => json!({ "type": "array", "uniqueItems": true, "items": shape(element) }),
        // Only so does an editor tell what is wrong within the list.
        Shape::Either([list, computed @ Shape::Computed]) => {
            json!({ "if": { "type": "string" }, "then": shape(computed), "else": shape(list) })
        }
        Shape::Either(shapes) => json!({ "oneOf": shapes.iter().map(shape).collect::<Vec<_>>() }),
        Shape::Table(keys) => table(keys),
        Shape::Named(names, element) => json!({
            "type": "object",
            "propertyNames": { "$ref": format!("#/$defs/{names}") },
            "additionalProperties": shape(element),
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::Value;

    /// Invalid JSON would show as `null`, and a reference to a missing shape would lead nowhere.
    #[test]
    fn it_is_whole() {
        fn check(value: &Value, shapes: &Value, path: &str) {
            assert!(!value.is_null(), "{path}");
            match value {
                Value::Object(object) => {
                    if let Some(name) = object.get("$ref").and_then(Value::as_str) {
                        assert!(shapes.get(name.trim_start_matches("#/$defs/")).is_some(), "{path}: {name}");
                    }
                    object.iter().for_each(|(key, value)| check(value, shapes, &format!("{path}/{key}")));
                }
                Value::Array(list) => list.iter().for_each(|value| check(value, shapes, path)),
                _ => {}
            }
        }
        let schema: Value = serde_json::from_str(&super::schema()).unwrap();
        check(&schema, &schema["$defs"], "");
    }
}
