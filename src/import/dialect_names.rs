//! The names that variables and macros have in the dialect, which takes some for itself.

use crate::expression::RESERVED;

/// Names that no axis may have: those given in templates, functions, and the arguments of `image()`.
const GIVEN: [&str; 8] = ["target", "dict", "range", "image", "loop", "name", "tag", "stage"];

/// The name that a variable has in the dialect.
pub(crate) fn variable(name: &str) -> String {
    if RESERVED.contains(&name) || GIVEN.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// The name that a macro has in the dialect.
pub(super) fn call(name: &str) -> String {
    if crate::template::is_builtin(name) { format!("{name}_") } else { name.to_owned() }
}
