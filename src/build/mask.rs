//! Keeps the values of secrets out of what is shown and stored.

use std::path::Path;

/// Shorter values would be found in any text.
const SHORTEST: usize = 4;
/// A file that is larger holds no password.
const LARGEST: u64 = 1 << 16;

/// Values that are not to be seen.
#[derive(Debug, Default, Clone)]
pub struct Mask {
    values: Vec<String>,
}

impl Mask {
    /// The values behind `--secret`s: of `env=NAME` the variable, of `src=FILE` each line of the file; of `id=NAME` alone
    /// the variable or file of that name, as docker has it. One that cannot be read is left to the builder to complain of.
    #[must_use]
    pub fn of_secrets(secrets: &[String]) -> Self {
        let mut mask = Self::default();
        for secret in secrets {
            let field = |names: &[&str]| {
                let fields = secret.split(',').filter_map(|field| field.split_once('='));
                fields.into_iter().find(|(name, _)| names.contains(name)).map(|(_, value)| value)
            };
            let id = field(&["id"]);
            match (field(&["env"]), field(&["src", "source"])) {
                (Some(name), _) => mask.add_variable(name),
                (None, Some(file)) => mask.add_file(file),
                (None, None) => {
                    if let Some(id) = id {
                        mask.add_variable(id);
                        mask.add_file(id);
                    }
                }
            }
        }
        mask
    }

    fn add_variable(&mut self, name: &str) {
        if let Ok(value) = std::env::var(name) {
            self.add(&value);
        }
    }

    fn add_file(&mut self, path: &str) {
        let path = Path::new(path);
        // A pipe would be empty for the builder then.
        if std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST)
            && let Ok(text) = std::fs::read_to_string(path)
        {
            self.add(&text);
        }
    }

    fn add(&mut self, text: &str) {
        let lines = text.lines().map(str::trim).filter(|line| line.len() >= SHORTEST);
        self.values.extend(lines.map(str::to_owned));
        // What holds another goes first.
        self.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// The text with `***` for every value.
    #[must_use]
    pub fn hide(&self, text: String) -> String {
        self.values
            .iter()
            .fold(text, |text, value| if text.contains(value) { text.replace(value, "***") } else { text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_value_is_hidden() {
        let mut mask = Mask::default();
        mask.add("token\n  longer-token\nabc\n");
        assert_eq!(mask.hide("a longer-token, a token, abc".to_owned()), "a ***, a ***, abc");
    }
}
