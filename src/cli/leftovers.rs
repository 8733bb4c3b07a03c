//! Outputs that no target makes any more, for `render`, `check` and `diff`.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::output::{Leftover, Leftovers, Made, Names, OutputFile, Outputs};
use crate::project::Session;

/// Looks for all that dockmill wrote; what could not be read is a warning in `found`.
pub(crate) fn generated(outputs: &mut Outputs, names: &Names, found: &mut Diagnostics) -> Leftovers {
    let mut generated = outputs.generated(names);
    found.extend(std::mem::take(&mut generated.unread));
    generated
}

/// The files that a run's targets make.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    made: Made,
    names: Names,
}

impl Expected {
    /// Adds an output and its companions.
    pub(crate) fn add(&mut self, file: &OutputFile) {
        self.made.insert_file(file);
        self.names.add(&file.path);
    }

    /// Looks for left-overs, where these are the files of all targets, none of them with an error: else what is here may
    /// be one of theirs. What could not be read is a warning in `found`.
    pub(crate) fn left_over(&self, session: &Session<'_>, outputs: &mut Outputs, found: &mut Diagnostics) -> Leftovers {
        if !session.all || !session.project.standard() || found.errors() > 0 {
            return Leftovers::default();
        }
        let mut left = outputs.leftovers(&self.names, &self.made);
        found.extend(std::mem::take(&mut left.unread));
        left
    }
}

/// A left-over that someone edited is not removed.
pub(crate) fn kept(leftover: &Leftover) -> Diagnostic {
    let edited: Vec<String> = leftover.edited.iter().map(|path| format!("`{path}`")).collect();
    let message = format!("no target makes `{}` any more, but it was edited by hand", leftover.path);
    let error = Diagnostic::bare(Severity::Error, Code::EditedOutput, message);
    error
        .note(format!("edited since it was written: {}", edited.join(", ")))
        .help("move what is to be kept elsewhere; `dockmill render --force` removes it")
}
