//! The files that an output was made of, as a rule for make.

use std::fmt::Write;

use camino::{Utf8Path, Utf8PathBuf};

/// A rule that makes `target` depend on `files`, and an empty rule for each of them: as `gcc -MD -MP` writes it, so that
/// make goes on when an included file is gone.
///
/// # Errors
/// The path that make cannot read, however it is written: one with a line break.
pub fn depfile<'a>(target: &'a Utf8Path, files: &'a [Utf8PathBuf]) -> Result<String, &'a Utf8Path> {
    let paths = std::iter::once(target).chain(files.iter().map(Utf8PathBuf::as_path));
    if let Some(path) = paths.into_iter().find(|path| path.as_str().contains(['\n', '\r'])) {
        return Err(path);
    }
    let mut rule = format!("{}:", escape(target.as_str(), true));
    for file in files {
        let _ = write!(rule, " \\\n  {}", escape(file.as_str(), false));
    }
    rule.push('\n');
    for file in files.iter().filter(|file| *file != target) {
        let _ = write!(rule, "\n{}:\n", escape(file.as_str(), true));
    }
    Ok(rule)
}

/// A path as GNU make reads it: `$` is doubled; a blank, `#`, and in targets `%` and `:` are quoted by a backslash, and
/// backslashes that stand right before one of them are doubled (GNU make manual, "Rule Syntax" and "Pattern Intro").
fn escape(path: &str, target: bool) -> String {
    let mut text = String::with_capacity(path.len());
    let mut backslashes = 0;
    for c in path.chars() {
        let quoted = matches!(c, ' ' | '\t' | '#') || (c == ':' && !is_drive(path)) || (target && c == '%');
        if quoted {
            text.extend(std::iter::repeat_n('\\', backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        text.push(c);
        if c == '$' {
            text.push('$');
        }
    }
    text
}

/// `C:/…`: make on Windows knows it as it is.
fn is_drive(path: &str) -> bool {
    cfg!(windows) && path.as_bytes().get(1) == Some(&b':')
}
