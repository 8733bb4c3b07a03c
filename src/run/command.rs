//! A program with its arguments.

use std::fmt;

use crate::diagnostic::{is_control, printable};

/// A program with its arguments. No shell reads it: what looks special to one is plain text here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program: a path, or a name that is looked for in `PATH`.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl Command {
    /// A program with arguments.
    pub fn new<'a>(program: &str, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        Self { program: program.to_owned(), arguments: arguments.into_iter().map(str::to_owned).collect() }
    }

    pub(super) fn add(&mut self, argument: &str) {
        self.arguments.push(argument.to_owned());
    }

    /// Adds `--flag value` for each value.
    pub(super) fn add_each(&mut self, flag: &str, values: impl IntoIterator<Item = impl Into<String>>) {
        for value in values {
            self.arguments.extend([flag.to_owned(), value.into()]);
        }
    }
}

/// The line to type into a shell for it.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in std::iter::once(&self.program).chain(&self.arguments).enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            if printable(word) == *word {
                f.write_str(&shlex::try_quote(word).unwrap_or_default())?;
            } else {
                f.write_str(&in_octal(word))?;
            }
        }
        Ok(())
    }
}

/// A word of which a terminal would interpret something, as bash, ksh and zsh read it back. Numbers of bytes mean the same in
/// every locale, those of characters do not.
fn in_octal(word: &str) -> String {
    let mut quoted = "$'".to_owned();
    for c in word.chars() {
        if is_control(c) {
            quoted.extend(c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\{byte:03o}")));
        } else {
            quoted.extend(matches!(c, '\'' | '\\').then_some('\\'));
            quoted.push(c);
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn a_shell_reads_what_is_meant() {
        let command =
            Command::new("docker", ["build", "--tag", "a b", "it's", "$(x)", "", "a=b", "ä;&|<>*?~#!\n\\\"", "-x"]);
        let shell = std::process::Command::new("sh").args(["-c", &format!("printf '%s\\0' {command}")]).output();
        let Ok(output) = shell else { return };
        assert_eq!(words(&output), meant(&command));
    }

    #[test]
    fn a_terminal_interprets_nothing_of_it() {
        let command = Command::new("docker", ["--x=\u{1b}[2J\u{202e}1", "it's \\ \u{9b}7", "\r", "a\nb\u{7f}", "a\tb"]);
        let line = command.to_string();
        assert!(!line.contains(|c| c != '\n' && c != '\t' && crate::diagnostic::is_control(c)), "{line:?}");
        let shell = std::process::Command::new("bash").args(["-c", &format!("printf '%s\\0' {line}")]).output();
        let Ok(output) = shell else { return };
        assert_eq!(words(&output), meant(&command));
    }

    fn words(output: &std::process::Output) -> Vec<String> {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.trim_end_matches('\0').split('\0').map(str::to_owned).collect()
    }

    fn meant(command: &Command) -> Vec<String> {
        std::iter::once(&command.program).chain(&command.arguments).cloned().collect()
    }
}
