//! What may be a name in expressions, and in ids.

use crate::expression::RESERVED;
use crate::source::is_name;

/// Names that are given in templates.
const GIVEN: [&str; 2] = ["loop", "target"];

/// Why `name` cannot be the name of a value in expressions, as the end of a sentence that begins with it.
pub(super) fn value_name_problem(name: &str) -> Option<&'static str> {
    if !is_name(name) {
        Some("is no name: letters, digits and `_`, not beginning with a digit")
    } else if RESERVED.contains(&name) || GIVEN.contains(&name) {
        Some("is taken: expressions use it themselves")
    } else {
        None
    }
}

/// Why `name` cannot be a part of an id such as a project, an image or a profile.
pub(crate) fn id_name_problem(name: &str) -> Option<&'static str> {
    let valid = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let starts = name.chars().next().is_some_and(|first| first.is_alphanumeric() || first == '_');
    (!starts || !name.chars().all(valid))
        .then_some("is no name: letters, digits, `.`, `_` and `-`, not beginning with `.` or `-`")
}

/// Why `name` cannot be the name of a stage.
///
/// The rule is BuildKit's: `^[a-z][a-z0-9-_.]*$`, in any case.
pub(super) fn stage_name_problem(name: &str) -> Option<&'static str> {
    let mut bytes = name.bytes();
    let starts = bytes.next().is_some_and(|first| first.is_ascii_alphabetic());
    (!starts || !bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))
        .then_some("is no stage name: letters, digits, `-`, `_` and `.`, beginning with a letter")
}
