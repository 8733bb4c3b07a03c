//! What a function is called with.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::Kwargs;

/// The values that a function or a filter is called with.
#[derive(Debug, Clone, Default)]
pub struct CallValues {
    /// Those without a name.
    pub positional: Vec<Value>,
    /// Those with a name.
    pub keywords: Vec<(Arc<str>, Value)>,
}

impl CallValues {
    /// All of them, as minijinja passes them: those with a name are one value behind the others.
    pub(super) fn into_jinja(self) -> Vec<Value> {
        let Self { mut positional, keywords } = self;
        if !keywords.is_empty() {
            let named: Kwargs = keywords.iter().map(|(name, value)| (&**name, value.clone())).collect();
            positional.push(Value::from(named));
        }
        positional
    }
}
