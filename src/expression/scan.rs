//! Bounds on a text before it is parsed: what follows is recursive, and a stack that overflows ends the process.

use super::{CodeStart, Fault, skip};
use crate::diagnostic::{Code, Diagnostic};

/// Bytes of one expression.
const MAX_LENGTH: usize = 16 * 1024;
/// Brackets in each other, and runs of `not` and `-`.
pub(super) const MAX_DEPTH: usize = 100;

/// Refuses a text that is too long or too deep.
pub(super) fn check(text: &str, place: CodeStart) -> Result<(), Fault> {
    if text.len() > MAX_LENGTH {
        let message = format!("an expression has at most {} KiB", MAX_LENGTH / 1024);
        return Err(Box::new(
            Diagnostic::error(Code::LimitExceeded, place.span(0, 1), message)
                .label("this one is longer")
                .help("long data belongs in a data file of the manifest"),
        ));
    }
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => at = skip::string(bytes, at).unwrap_or(bytes.len()),
            b'@' => at = skip::comment(bytes, at).unwrap_or(at),
            b'(' | b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(too_deep(place, at));
                }
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// The error for what nests too deep.
pub(super) fn too_deep(place: CodeStart, at: usize) -> Fault {
    let message = format!("brackets and operators are more than {MAX_DEPTH} deep");
    Box::new(Diagnostic::error(Code::LimitExceeded, place.span(at, at + 1), message).label("one too many"))
}
