//! What a builder is asked for.

use camino::Utf8Path;

use super::Placeholder;

/// What is to be built, with paths from where the builder runs.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The id of the target or stage.
    pub id: &'a str,
    /// The name of the project, for the label.
    pub project: &'a str,
    /// The project's folder.
    pub root: &'a Utf8Path,
    /// The Dockerfile.
    pub file: &'a Utf8Path,
    /// The build context.
    pub context: &'a Utf8Path,
    /// The stage; none for the last.
    pub stage: Option<&'a str>,
    /// The tags to give.
    pub tags: &'a [String],
    /// The platforms to build for; none for the builder's own.
    pub platforms: &'a [String],
    /// `--secret`s, as they were given.
    pub secrets: &'a [String],
    /// `--output`s, as they were given.
    pub outputs: &'a [String],
    /// Arguments that are passed to the builder unchanged.
    pub arguments: &'a [String],
    /// Push it in the same call, for builders that can.
    pub push: bool,
    /// `docker build` is the old builder: `DOCKER_BUILDKIT=0`.
    pub legacy: bool,
}

/// What the user's own builder lacks for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lacks {
    /// A placeholder in its argument list.
    Placeholder(Placeholder),
    /// An argument list that pulls.
    Pull,
    /// An argument list that pushes.
    Push,
}
