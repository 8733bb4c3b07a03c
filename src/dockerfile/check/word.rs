//! A word of an instruction with the values that its variables have.

use crate::diagnostic::{Code, Severity};

use super::super::finding::Finding;
use super::super::model::Instruction;
use super::super::shell::Lexer;
use super::Checks;

/// A word as it is written, and what BuildKit makes of it.
#[derive(Clone, Copy)]
pub(in super::super) struct Word<'w> {
    pub(in super::super) written: &'w str,
    /// Without quotes, and with values in place of variables.
    pub(in super::super) text: &'w str,
    pub(in super::super) source: Source,
}

/// Where the text of a [`Word`] comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Source {
    /// It stands in the file.
    Written,
    /// From values that the file decides.
    Fixed,
    /// From values that `--build-arg` or the base image may replace.
    Open,
    /// A part of it stands in the file, and is wrong whatever the rest may be.
    Part,
}

impl Word<'_> {
    /// What is wrong with the word where BuildKit builds the stage.
    pub(in super::super) fn finding(
        &self,
        checks: &Checks<'_, '_>,
        stage: usize,
        instruction: &Instruction<'_>,
        message: String,
    ) -> Finding {
        let severity = if self.source == Source::Open { Severity::Warning } else { checks.severity_in(stage) };
        let place = checks.locate(instruction, self.written);
        let finding = Finding::new(severity, Code::InvalidInstruction, place, message);
        self.meaning().into_iter().fold(finding, Finding::note)
    }

    /// What it stands for, where that is not what is written.
    pub(in super::super) fn meaning(&self) -> Option<String> {
        let unless = match self.source {
            Source::Written | Source::Part => return None,
            Source::Fixed => "",
            Source::Open => " where no other value is given",
        };
        let value = if self.text.is_empty() { "nothing".to_owned() } else { format!("`{}`", self.text) };
        Some(format!("`{}` stands for {value}{unless}", self.written))
    }

    /// Adds advice; with what to write instead where that is the word itself.
    pub(in super::super) fn replace(&self, finding: Finding, text: String, with: String) -> Finding {
        if self.written == self.text { finding.replace(text, with) } else { finding.help(text) }
    }
}

/// What BuildKit makes of a text without variables: quotes and escapes are taken away. `None` where it cannot be read, which
/// is told elsewhere, and where it has variables.
pub(in super::super) fn plain(text: &str, escape: u8) -> Option<String> {
    if text.contains('$') {
        return None;
    }
    Lexer::new(char::from(escape), &|_| None).lex(text.as_bytes()).ok().map(|lexed| lexed.word)
}
