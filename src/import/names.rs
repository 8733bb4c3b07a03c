//! Names that the dialect takes.

/// Words of the expression language, and names that are given in templates.
const TAKEN: [&str; 14] =
    ["and", "or", "not", "in", "is", "if", "else", "true", "True", "false", "False", "none", "None", "target"];

/// Names of functions, of what loops give, and of arguments of `image()`, which no axis may have.
const GIVEN: [&str; 7] = ["dict", "range", "image", "loop", "name", "tag", "stage"];

/// The name that a variable has in the dialect.
pub(super) fn variable(name: &str) -> String {
    if TAKEN.contains(&name) || GIVEN.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// The name that a macro has in the dialect.
pub(super) fn call(name: &str) -> String {
    if crate::template::is_builtin(name) { format!("{name}_") } else { name.to_owned() }
}
