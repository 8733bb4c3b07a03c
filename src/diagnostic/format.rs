//! The forms in which diagnostics are shown.

use crate::source::SourceMap;

use super::{Diagnostic, SarifLog, full, github, json, plural, printable, short};

/// A form of diagnostics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people: lines, marks, the stack of macros and includes.
    #[default]
    Full,
    /// `file:line:column: error: message [code]`, as compilers write it and editors read it.
    Short,
    /// One JSON object on a line for each.
    Json,
    /// Annotations of GitHub's workflows.
    Github,
    /// One SARIF log of the whole run, for code scanning and editors.
    Sarif,
}

/// The kind of what [`Format::file`] tells.
pub(super) const OUTPUT: &str = "output";

/// How to show diagnostics to a person.
pub struct Style<'a> {
    /// ANSI colours.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Shortens a list of target ids: `python/*`.
    pub fold: &'a dyn Fn(&[String]) -> String,
}

impl Format {
    /// All diagnostics in this form.
    pub fn render(self, diagnostics: &[Diagnostic], sources: &SourceMap, style: &Style<'_>) -> String {
        if self == Format::Sarif {
            return SarifLog::of(diagnostics, sources);
        }
        let one = |diagnostic: &Diagnostic| match self {
            Format::Full => {
                let mut text = full::render(diagnostic, sources, style.fold, style.colour, style.width);
                text.push('\n');
                text
            }
            Format::Short | Format::Sarif => short::render(diagnostic, sources),
            Format::Json => json::render(diagnostic, sources),
            Format::Github => github::render(diagnostic, sources),
        };
        diagnostics.iter().map(one).collect()
    }

    /// What was done, as a line of its own in this form: a program that reads JSON finds nothing else.
    pub fn note(self, message: &str) -> String {
        match self {
            Format::Json => json::line(&serde_json::json!({ "severity": "note", "message": message }).to_string()),
            Format::Full | Format::Short | Format::Github | Format::Sarif => format!("{}\n", printable(message)),
        }
    }

    /// What is wrong with a file as a whole, such as an output that is out of date; for people, just the message.
    pub fn file(self, path: &str, target: Option<&str>, message: &str) -> String {
        match self {
            Format::Full | Format::Sarif => format!("{}\n", printable(message)),
            Format::Short => short::file(path, OUTPUT, message),
            Format::Json => {
                let found = serde_json::json!({ "severity": "error", "code": OUTPUT, "message": message, "file": path, "target": target });
                json::line(&found.to_string())
            }
            Format::Github => github::file(path, OUTPUT, message),
        }
    }

    /// An error that ends a run and has neither a kind nor a place, in this form.
    pub fn plain(self, message: &str) -> String {
        match self {
            Format::Full | Format::Short | Format::Sarif => format!("error: {}\n", printable(message)),
            Format::Json => json::line(&serde_json::json!({ "severity": "error", "message": message }).to_string()),
            Format::Github => github::plain(message),
        }
    }
}

/// `2 errors, 1 warning`; empty where there is none.
pub fn summary(errors: usize, warnings: usize) -> String {
    let parts = [(errors, "error"), (warnings, "warning")];
    let said: Vec<String> = parts.iter().filter(|(count, _)| *count > 0).map(|(n, noun)| plural(*n, noun)).collect();
    said.join(", ")
}
