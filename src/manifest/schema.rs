//! The JSON Schema of the manifest, for editors.

/// The JSON Schema (draft 2020-12) of `dockmill.toml`.
///
/// It says what each key is for, and finds most mistakes while they are typed; what depends on several tables, such as
/// the axes of a matrix, is found by [`Project::load`](super::Project::load).
#[must_use]
pub fn schema() -> &'static str {
    include_str!("schema.json")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use serde_json::Value;

    use crate::manifest::{build, compile, definition, limits, load, params, profile};

    fn keys(schema: &Value, pointer: &str) -> Vec<String> {
        let properties = schema.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
        properties.as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_schema_and_the_loader_know_the_same_keys() {
        let schema: Value = serde_json::from_str(super::schema()).unwrap();
        let limits: Vec<&str> = limits::LIMIT_KEYS.iter().map(|(key, _)| *key).collect();
        let tables: [(&str, &[&str]); 11] = [
            ("/properties", load::TOP_KEYS),
            ("/properties/project/properties", load::PROJECT_KEYS),
            ("/properties/limits/properties", &limits),
            ("/properties/image/additionalProperties/properties", definition::IMAGE_KEYS),
            ("/properties/discover/items/properties", definition::DISCOVER_KEYS),
            ("/properties/params/additionalProperties/properties", params::PARAM_KEYS),
            ("/properties/profile/additionalProperties/properties", profile::PROFILE_KEYS),
            ("/properties/profile/additionalProperties/properties/build/properties", build::BUILD_KEYS),
            ("/properties/builder/properties", build::BUILDER_KEYS),
            ("/$defs/stages/additionalProperties/properties", compile::STAGE_KEYS),
            ("/$defs/files/items/oneOf/1/properties", compile::FILE_KEYS),
        ];
        for (pointer, known) in tables {
            assert_eq!(keys(&schema, pointer), known, "{pointer}");
        }
        for (key, largest) in limits::LIMIT_KEYS {
            let maximum = schema.pointer(&format!("/properties/limits/properties/{key}/maximum"));
            // The largest number that TOML has needs no bound.
            assert_eq!(maximum.and_then(Value::as_u64), Some(*largest).filter(|largest| *largest < i64::MAX as u64));
        }
        let types = schema.pointer("/properties/params/additionalProperties/properties/type/enum").unwrap();
        assert_eq!(types, &Value::from(params::TYPES.to_vec()));
        let builders: Vec<&str> = crate::run::Builder::KNOWN.iter().map(|(name, _)| *name).collect();
        assert_eq!(schema.pointer("/properties/builder/properties/use/oneOf/0/enum"), Some(&Value::from(builders)));
    }

    /// Every key has a title and a description, which editors show.
    #[test]
    fn every_key_is_told_of() {
        fn check(schema: &Value, root: &Value, path: &str) {
            match schema {
                Value::Object(object) => {
                    for (name, property) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                        let target = property.get("$ref").and_then(Value::as_str);
                        let target = target.and_then(|target| root.pointer(target.trim_start_matches('#')));
                        for field in ["title", "description"] {
                            let told = property.get(field).or_else(|| target?.get(field));
                            assert!(told.is_some(), "{path}/{name} has no {field}");
                        }
                    }
                    for (key, value) in object {
                        check(value, root, &format!("{path}/{key}"));
                    }
                }
                Value::Array(list) => list.iter().for_each(|value| check(value, root, path)),
                _ => {}
            }
        }
        let schema: Value = serde_json::from_str(super::schema()).unwrap();
        check(&schema, &schema, "");
    }
}
