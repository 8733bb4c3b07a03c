//! A program with its arguments.

use std::fmt;

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
            // A NUL cannot be in an argument of a process, so nothing is lost.
            f.write_str(&shlex::try_quote(word).unwrap_or_default())?;
        }
        Ok(())
    }
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
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let words: Vec<&str> = said.trim_end_matches('\0').split('\0').collect();
        let meant: Vec<&str> =
            std::iter::once(command.program.as_str()).chain(command.arguments.iter().map(String::as_str)).collect();
        assert_eq!(words, meant);
    }
}
