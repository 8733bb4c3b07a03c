//! The names that FROM gives and takes.

use crate::diagnostic::Code;

use super::super::check::Checks;
use super::super::finding::Finding;
use super::super::model::{Arguments, Instruction};
use super::{Scope, rule};

rule! {
    /// Two stages have one name. `COPY --from` and `--target` take the last one, and the first cannot be built by name.
    ///
    /// ```dockerfile
    /// FROM debian AS build
    /// FROM alpine AS build
    /// ```
    ///
    /// Use a name for each stage.
    DUPLICATE_STAGE_NAME = DuplicateStageName, On;
    /// A stage has the name `scratch` or `context`. To FROM and to named contexts these mean something else, so the stage
    /// is not found.
    ///
    /// ```dockerfile
    /// FROM debian AS context
    /// ```
    ///
    /// Use another name.
    RESERVED_STAGE_NAME = ReservedStageName, On;
    /// FROM names a variable that no ARG before the first FROM declares. BuildKit puts nothing in its place. Where no name
    /// of an image is left, that is an error, whatever is skipped.
    ///
    /// ```dockerfile
    /// FROM debian:${RELEASE}-slim
    /// ```
    ///
    /// Declare it before the first FROM: `ARG RELEASE=bookworm`.
    UNDEFINED_ARG_IN_FROM = UndefinedArgInFrom, On;
    /// The defaults of the ARGs in FROM make no name of an image, or no platform, so a build without `--build-arg` fails.
    ///
    /// ```dockerfile
    /// ARG TAG
    /// FROM debian:${TAG}
    /// ```
    ///
    /// Give the ARG a default that can be built: `ARG TAG=bookworm`.
    INVALID_DEFAULT_ARG_IN_FROM = InvalidDefaultArgInFrom, On;
}

pub(super) fn reserved(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>, arguments: &Arguments<'_>) {
    let [_, _, name] = arguments.list.as_slice() else { return };
    if ["scratch", "context"].iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        let place = checks.locate(instruction, name);
        let message = format!("`{name}` means something else to BuildKit than a stage");
        checks.lint(&Scope::File, Finding::warning(Code::ReservedStageName, place, message).help("use another name"));
    }
}
