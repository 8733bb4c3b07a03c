//! Keeps the values of secrets out of what is shown and stored.

use std::path::Path;

use crate::diagnostic::{Code, Diagnostic, Severity};

use super::clean;
use super::secret::Secret;

/// Shorter values would be found in any text.
const SHORTEST: usize = 4;
/// A file that is larger is refused by docker.
/// Source: `MaxSecretSize` in `session/secrets/secrets.go` of `BuildKit`.
const LARGEST: u64 = 500 * 1024;

/// Values that are not to be seen.
#[derive(Debug, Default, Clone)]
pub struct Mask {
    values: Vec<String>,
}

impl Mask {
    /// The values behind `--secret`s, line by line, and what there is to say of them: an error for a file or a variable that
    /// is not there, a warning for what cannot be hidden.
    pub fn of_secrets(secrets: &[String]) -> (Self, Vec<Diagnostic>) {
        let mut mask = Self::default();
        let problems = secrets.iter().filter_map(|secret| mask.add_secret(secret)).collect();
        // A value that contains another is replaced first.
        mask.values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        mask.values.dedup();
        (mask, problems)
    }

    fn add_secret(&mut self, secret: &str) -> Option<Diagnostic> {
        let error =
            |code, what: String| Diagnostic::bare(Severity::Error, code, format!("`--secret {secret}`: {what}"));
        let shown = |why: &str| {
            let message = format!("the value of `--secret {secret}` is not hidden in logs: {why}");
            Some(Diagnostic::bare(Severity::Warning, Code::InvalidValue, message))
        };
        let bytes = match Secret::parse(secret) {
            None => {
                let form = "docker takes `id=ID`, `id=ID,src=FILE` and `id=ID,env=NAME`";
                return shown("where it comes from is not understood").map(|warning| warning.note(form));
            }
            Some(Secret::Variable(name)) => match std::env::var_os(&name) {
                // Docker goes on without it: a secret that is not `required` may be missing.
                None => {
                    let message = format!("`--secret {secret}`: the variable `{name}` is not set");
                    return Some(Diagnostic::bare(Severity::Warning, Code::MissingValue, message));
                }
                Some(value) => value.into_encoded_bytes(),
            },
            Some(Secret::File(file)) => {
                let path = Path::new(&file);
                match std::fs::metadata(path) {
                    Err(problem) if problem.kind() == std::io::ErrorKind::NotFound => {
                        return Some(error(Code::FileNotFound, format!("there is no file `{file}`")));
                    }
                    Ok(meta) if meta.is_dir() => {
                        return Some(error(Code::FileUnreadable, format!("`{file}` is a folder")));
                    }
                    // Reading a pipe here would leave nothing for the builder.
                    Ok(meta) if !meta.is_file() => return shown("a pipe can be read only once"),
                    Ok(meta) if meta.len() > LARGEST => return shown("the file is larger than 500 KiB"),
                    Ok(_) | Err(_) => {}
                }
                match std::fs::read(path) {
                    Ok(bytes) => bytes,
                    Err(_) => return shown("the file cannot be read"),
                }
            }
        };
        if self.add(&bytes) { None } else { shown("it is too short") }
    }

    /// False: there is something, and all of it is too short.
    fn add(&mut self, value: &[u8]) -> bool {
        // As a line of a log is shown.
        let text = String::from_utf8_lossy(value);
        let lines = || text.lines().map(|line| clean(line).trim().to_owned());
        let before = self.values.len();
        self.values.extend(lines().filter(|line| line.len() >= SHORTEST));
        self.values.len() > before || lines().all(|line| line.is_empty())
    }

    /// The text with `***` for every value.
    pub fn hide(&self, text: String) -> String {
        self.values
            .iter()
            .fold(text, |text, value| if text.contains(value) { text.replace(value, "***") } else { text })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_value_is_hidden() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a,\"b");
        std::fs::write(&file, b"token\n  longer-token\nabc\nr\xe4tsel\n").unwrap();
        let file = file.to_str().unwrap().replace('"', "\"\"");
        let (mask, problems) = Mask::of_secrets(&[format!("id=x,\"src={file}\"")]);
        assert!(problems.is_empty());
        let text = String::from_utf8_lossy(b"a longer-token, a token, abc, r\xe4tsel").into_owned();
        assert_eq!(mask.hide(text), "a ***, a ***, abc, ***");
    }
}
