//! What an output was made from, as GNU make reads it, and ninja with `deps = gcc`.
//!
//! The form is that of `gcc -MD -MP`: one rule that names what the output depends on, and an empty rule for each of these files,
//! so that make does not stop where one of them has been deleted since, but makes the output anew.
//!
//! ```text
//! python/Dockerfile: python/Dockerfile.dockmill lib/apt.dockmill
//!
//! python/Dockerfile.dockmill:
//!
//! lib/apt.dockmill:
//! ```
//!
//! Make has no single way to quote. What is written here for each character was tried out on GNU make (see tests/depfile): the
//! manual tells of some only, and `gcc` escapes no more than blanks, `#`, `$` and `:`. Ninja undoes these, but not
//! all that make needs: it then looks for a file that is not there, and runs its command each time (see docs/make.md).

use camino::{Utf8Path, Utf8PathBuf};

/// A path that cannot be written for make, whatever the escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritable {
    /// The path.
    pub path: Utf8PathBuf,
    /// The reason, as the end of a sentence: "it has a line break".
    pub reason: &'static str,
}

impl std::fmt::Display for Unwritable {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Make cannot depend on `{}`: {}", self.path.as_str().escape_debug(), self.reason)
    }
}

impl std::error::Error for Unwritable {}

/// Where a path stands in a rule; make reads the two sides of the colon differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Target,
    Prerequisite,
}

/// The depfile of one output. A dependency that is named twice is written once; the output itself is none.
///
/// ```
/// use camino::Utf8Path;
/// use dockmill::output::depfile::depfile;
///
/// let text = depfile(Utf8Path::new("Dockerfile"), [Utf8Path::new("Dockerfile.dockmill"), Utf8Path::new("my lib/100%.dockmill")])?;
/// assert_eq!(text, "Dockerfile: Dockerfile.dockmill my\\ lib/100%.dockmill\n\nDockerfile.dockmill:\n\nmy\\ lib/100\\%.dockmill:\n");
/// # Ok::<(), dockmill::output::depfile::Unwritable>(())
/// ```
///
/// # Errors
///
/// The first path that make has no way to name: with a line break, with a blank or a backslash at its end, with `~` at its start,
/// or of the form `archive(member)`.
pub fn depfile<'a>(
    output: &Utf8Path,
    dependencies: impl IntoIterator<Item = &'a Utf8Path>,
) -> Result<String, Unwritable> {
    let mut dependencies: indexmap::IndexSet<&Utf8Path> = dependencies.into_iter().collect();
    dependencies.shift_remove(output);
    let mut text = target(output)?;
    for path in &dependencies {
        text.push(' ');
        text.push_str(&escape(path, Side::Prerequisite)?);
    }
    text.push('\n');
    for path in &dependencies {
        text.push('\n');
        text.push_str(&target(path)?);
        text.push('\n');
    }
    Ok(text)
}

/// How the rule for a path begins: with its name and a colon.
///
/// # Errors
///
/// Make has no way to name it.
pub fn target(path: &Utf8Path) -> Result<String, Unwritable> {
    Ok(escape(path, Side::Target)? + ":")
}

fn escape(path: &Utf8Path, side: Side) -> Result<String, Unwritable> {
    let name = path.as_str();
    if let Some(reason) = hindrance(name) {
        return Err(Unwritable { path: path.to_owned(), reason });
    }
    let mut text = String::with_capacity(name.len());
    // After a colon these words start the definition of a variable. Make drops `./`, so the file keeps its name.
    if matches!(name, "define" | "undefine") {
        text.push_str("./");
    }
    // Make takes backslashes for what they are, but before a character that needs one: there each is doubled.
    let mut backslashes = 0;
    let last = name.len() - 1;
    for (index, character) in name.char_indices() {
        let (factor, escaped) = match character {
            ' ' => (1, "\\ "),
            '#' => (1, "\\#"),
            ':' => (1, "\\:"),
            '*' => (1, "\\*"),
            '?' => (1, "\\?"),
            '[' => (1, "\\["),
            // Left of the colon make skips a tab after a backslash before it looks for words.
            '\t' => (1, "\\$(subst x,\t,x)"),
            '%' if side == Side::Target => (1, "\\%"),
            '|' if side == Side::Prerequisite => (1, "\\|"),
            // Looked for before variables are expanded and after.
            ';' => (3, "\\\\\\;"),
            // Nothing hides it but a function: the line would be an assignment.
            '=' => (0, "$(or =)"),
            // `&:` is the mark of grouped targets.
            '&' if index == last => (0, "$(or &)"),
            '$' => (0, "$$"),
            '\\' => {
                backslashes += 1;
                text.push('\\');
                continue;
            }
            other => {
                backslashes = 0;
                text.push(other);
                continue;
            }
        };
        text.extend(std::iter::repeat_n('\\', backslashes * factor));
        text.push_str(escaped);
        backslashes = 0;
    }
    Ok(text)
}

/// What keeps make from reading this path.
fn hindrance(name: &str) -> Option<&'static str> {
    let blank = |character: char| matches!(character, ' ' | '\t' | '\r' | '\u{b}' | '\u{c}');
    let member = || name.ends_with(')') && name.find('(').is_some_and(|open| open > 0);
    match name {
        "" => Some("it is empty"),
        _ if name.contains(['\n', '\0']) => Some("it has a line break"),
        _ if name.ends_with(blank) => Some("it ends in a blank"),
        _ if name.starts_with(['\r', '\u{b}', '\u{c}']) => Some("it starts with a control character"),
        _ if name.starts_with('~') => Some("it starts with `~`, a home folder"),
        _ if name.ends_with('\\') => Some("it ends in a backslash"),
        _ if name.contains('\\') && name.contains(['*', '?', '[']) => Some("it has a backslash and one of `*?[`"),
        _ if member() => Some("`name(member)` means a member of an archive"),
        _ => None,
    }
}
