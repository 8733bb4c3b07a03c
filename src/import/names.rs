//! Names that the dialect takes.

/// Words of the expression language, and names that are given in templates.
const TAKEN: [&str; 14] =
    ["and", "or", "not", "in", "is", "if", "else", "true", "True", "false", "False", "none", "None", "target"];

/// Names of functions and of what loops give.
const GIVEN: [&str; 4] = ["dict", "range", "image", "loop"];

/// The name that a variable has in the dialect.
pub(super) fn variable(name: &str) -> String {
    if TAKEN.contains(&name) || GIVEN.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// The name that a macro has in the dialect.
pub(super) fn call(name: &str) -> String {
    if crate::template::is_builtin(name) { format!("{name}_") } else { name.to_owned() }
}
