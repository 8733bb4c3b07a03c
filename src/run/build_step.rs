//! The steps of a run: pull a base, build an image, push a tag.

use crate::run::Command;

/// One call of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildStep {
    /// Its subject: the id of a target or stage, a tag, an image.
    pub name: String,
    /// What it does to the subject.
    pub kind: BuildStepKind,
    /// The command.
    pub command: Command,
    /// The steps that must have succeeded before, by their index; each is smaller than its own.
    pub after: Vec<usize>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BuildStepKind {
    /// Pulls a base image.
    Pull,
    /// Builds a target or stage.
    Build,
    /// Pushes a tag.
    Push,
}

impl BuildStepKind {
    /// "building", "pulling", "pushing".
    pub fn doing(self) -> &'static str {
        match self {
            Self::Pull => "pulling",
            Self::Build => "building",
            Self::Push => "pushing",
        }
    }

    /// "built", "pulled", "pushed".
    pub fn done(self) -> &'static str {
        match self {
            Self::Pull => "pulled",
            Self::Build => "built",
            Self::Push => "pushed",
        }
    }
}
