//! The kinds of diagnostics, with the names that programs see.

use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The kind of a diagnostic. The name (`unknown-name`) is stable; the message is not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every kind there is. A test asks that each has a rendered example.
            pub const ALL: &[Code] = &[$(Code::$variant,)+];

            /// The name that programs see.
            pub fn name(self) -> &'static str {
                match self {
                    $(Code::$variant => $name,)+
                }
            }

            /// What it is, in a sentence.
            pub fn about(self) -> &'static str {
                match self {
                    $(Code::$variant => concat!($($doc),+).trim_ascii_start(),)+
                }
            }
        }
    };
}

codes! {
    // Expressions.
    /// The text is no expression.
    ExpressionSyntax = "expression-syntax",
    /// A name that nothing declares.
    UnknownName = "unknown-name",
    /// A function that does not exist.
    UnknownFunction = "unknown-function",
    /// A filter that does not exist.
    UnknownFilter = "unknown-filter",
    /// A test that does not exist.
    UnknownTest = "unknown-test",
    /// A key, attribute or index that a value does not have.
    UnknownKey = "unknown-key",
    /// Arguments that a function, filter, test or macro does not take.
    WrongArguments = "wrong-arguments",
    /// Operands or values of the wrong kind.
    WrongType = "wrong-type",
    /// An expression that fails when it is computed: a division by zero, an invalid pattern.
    EvaluationFailed = "evaluation-failed",
    /// Versions that are put in the order of texts, in which 3.10 comes before 3.9.
    TextOrder = "text-order",
    /// A condition on a version that a pre-release does not answer as its release would.
    PrereleaseRank = "prerelease-rank",
    /// A beginning of a version that ends within a number.
    PartOfNumber = "part-of-number",
    /// `a if b` without `else`.
    MissingElse = "missing-else",
    /// A float whose text differs from what was written, such as `3.10`.
    InexactNumber = "inexact-number",

    // Templates.
    /// A tag that is not written as it must be.
    TagSyntax = "tag-syntax",
    /// A directive that does not stand alone on its line.
    NotAlone = "not-alone",
    /// `@else`, `@elif` or `@end` without its opening directive.
    UnexpectedDirective = "unexpected-directive",
    /// A block without its `@end`.
    UnclosedBlock = "unclosed-block",
    /// A macro that does not exist.
    UnknownMacro = "unknown-macro",
    /// A macro or function defined twice.
    DuplicateDefinition = "duplicate-definition",
    /// A directive where it must not stand, such as text in an imported library.
    Misplaced = "misplaced",
    /// A value that cannot stand in text: a list, a map, none.
    NotPrintable = "not-printable",
    /// A name that has no value yet, or whose `@let` stood in a branch that was not taken.
    UnsetName = "unset-name",
    /// More than one line expanded inside a comment.
    MultilineInComment = "multiline-in-comment",
    /// A line break in a value that would begin a new instruction.
    LineBreakInValue = "line-break-in-value",
    /// `@release` or `{release}` where `@{release}` may be meant.
    BareSigil = "bare-sigil",
    /// A diversion that is never placed, placed twice, or fed by nothing.
    Diversion = "diversion",
    /// `@error(…)` of a template.
    UserError = "user-error",
    /// `@warn(…)` of a template.
    UserWarning = "user-warning",
    /// A call of a macro of m4 that was not expanded.
    MacroLeft = "macro-left",
    /// Blank lines that macros of m4 leave behind.
    BlankLines = "blank-lines",
    /// A builtin of m4 that would run a program or write a file.
    RefusedBuiltin = "refused-builtin",
    /// A limit was exceeded: depth, steps, size.
    LimitExceeded = "limit-exceeded",

    // Files.
    /// A file that is not there.
    FileNotFound = "file-not-found",
    /// A template whose name ends as it did before dockmill 0.2: `.mill`.
    OldEnding = "old-ending",
    /// A file that cannot be read: a folder, a device, no permission, too large.
    FileUnreadable = "file-unreadable",
    /// A path that leads out of the project.
    OutsideProject = "outside-project",
    /// A file that includes itself, directly or by others.
    IncludeCycle = "include-cycle",

    // The manifest and the command line.
    /// A script that begins with a byte order mark.
    ByteOrderMark = "byte-order-mark",
    /// A script for Unix with line breaks of Windows.
    CarriageReturn = "carriage-return",
    /// The manifest, a data file or a text is no valid TOML or JSON.
    DataSyntax = "data-syntax",
    /// A template, the manifest or a data file holds the marks of a merge that is not finished.
    Unmerged = "unmerged",
    /// A key that the manifest does not know.
    UnknownManifestKey = "unknown-manifest-key",
    /// A value that the manifest cannot take there.
    InvalidValue = "invalid-value",
    /// Something that must be given and is not.
    MissingValue = "missing-value",
    /// An axis that does not exist.
    UnknownAxis = "unknown-axis",
    /// A value that an axis does not have.
    UnknownAxisValue = "unknown-axis-value",
    /// A text that is compared with values of which none is it, though one is near.
    UnknownValue = "unknown-value",
    /// A variable that some values of an axis bring and others do not, or that two axes bring.
    InconsistentAxis = "inconsistent-axis",
    /// An exclude, extra or pattern that matches nothing.
    MatchesNothing = "matches-nothing",
    /// A variable, parameter, data file or axis that nothing uses.
    Unused = "unused",
    /// Two targets with one output, one tag or one id.
    Collision = "collision",
    /// A variable that no rule of the manifest gives a value for this target.
    UnsetVariable = "unset-variable",
    /// A `-D` of a name that nothing declares, or of an axis.
    UnknownDefine = "unknown-define",
    /// A profile that does not exist.
    UnknownProfile = "unknown-profile",
    /// A selector that selects nothing.
    UnknownTarget = "unknown-target",
    /// A FROM of a project's repository with a tag that no target has.
    UnknownTag = "unknown-tag",
    /// Images that are built on each other.
    DependencyCycle = "dependency-cycle",

    // Plain Dockerfiles.
    /// An instruction that does not exist.
    UnknownInstruction = "unknown-instruction",
    /// A Dockerfile without FROM, or an instruction before it.
    NoFrom = "no-from",
    /// A stage that does not exist or comes later.
    UnknownStage = "unknown-stage",
    /// A heredoc without its end.
    UnterminatedHeredoc = "unterminated-heredoc",
    /// An instruction that cannot be read: a flag or argument that BuildKit refuses.
    InvalidInstruction = "invalid-instruction",
    /// The end of the file in a continuation.
    EmptyContinuation = "empty-continuation",
    /// A continuation that seems to run into the next instruction.
    SwallowedInstruction = "swallowed-instruction",
    /// A comment behind a part of a command, which takes in the lines that follow.
    SwallowedCommand = "swallowed-command",
    /// A bracketed CMD, ENTRYPOINT, SHELL or VOLUME that is no valid JSON.
    InvalidExecForm = "invalid-exec-form",
    /// A parser directive that something displaced.
    DisplacedDirective = "displaced-directive",

    // BuildKit's own checks, under their names.
    /// An instruction in another letter case than most.
    ConsistentInstructionCasing = "ConsistentInstructionCasing",
    /// COPY or ADD of what the `.dockerignore` leaves out.
    CopyIgnoredFile = "CopyIgnoredFile",
    /// Two stages of one name.
    DuplicateStageName = "DuplicateStageName",
    /// EXPOSE with an address or a port of the host.
    ExposeInvalidFormat = "ExposeInvalidFormat",
    /// EXPOSE with a protocol in capital letters.
    ExposeProtoCasing = "ExposeProtoCasing",
    /// `AS` in another letter case than its FROM.
    FromAsCasing = "FromAsCasing",
    /// FROM for one platform.
    FromPlatformFlagConstDisallowed = "FromPlatformFlagConstDisallowed",
    /// The defaults of ARGs in FROM make no name of an image.
    InvalidDefaultArgInFrom = "InvalidDefaultArgInFrom",
    /// A comment above a stage or an ARG that does not begin with its name.
    InvalidDefinitionDescription = "InvalidDefinitionDescription",
    /// CMD or ENTRYPOINT that a shell runs.
    JsonArgsRecommended = "JSONArgsRecommended",
    /// ENV or LABEL with a blank between name and value.
    LegacyKeyValueFormat = "LegacyKeyValueFormat",
    /// MAINTAINER.
    MaintainerDeprecated = "MaintainerDeprecated",
    /// A second CMD, ENTRYPOINT or HEALTHCHECK in a stage.
    MultipleInstructionsDisallowed = "MultipleInstructionsDisallowed",
    /// An empty line in a continuation.
    NoEmptyContinuation = "NoEmptyContinuation",
    /// FROM for the platform that it is for anyway.
    RedundantTargetPlatform = "RedundantTargetPlatform",
    /// A stage named `scratch` or `context`.
    ReservedStageName = "ReservedStageName",
    /// An ARG or ENV whose name sounds like a secret.
    SecretsUsedInArgOrEnv = "SecretsUsedInArgOrEnv",
    /// A stage's name with capital letters.
    StageNameCasing = "StageNameCasing",
    /// An ARG in FROM that nothing declares.
    UndefinedArgInFrom = "UndefinedArgInFrom",
    /// A variable that a stage does not have.
    UndefinedVar = "UndefinedVar",
    /// A first WORKDIR that is no path from the root.
    WorkdirRelativePath = "WorkdirRelativePath",

    // Texts.
    /// The region of a file that a text is to go into is not marked as it must be.
    TextRegion = "text-region",

    // Outputs.
    /// An output that was edited by hand.
    EditedOutput = "edited-output",
    /// An edit of an output that no change of a template, of the manifest or of data gives.
    EditNotAdopted = "edit-not-adopted",
    /// A file that was an output, that no target makes any more, and that git still has, or has again.
    DroppedOutput = "dropped-output",
    /// A file in an output's place that dockmill did not write.
    ForeignFile = "foreign-file",
    /// A file that could not be written.
    WriteFailed = "write-failed",

    // Imports.
    /// Something that has no counterpart in the dialect.
    NotTranslated = "not-translated",

    // Builds.
    /// A builder that failed.
    BuildFailed = "build-failed",
}

impl Code {
    /// Is all that is found of this kind at one place of a file one mistake? Else a place is only where a fact is shown: one of
    /// several files, or a name among others.
    pub(super) fn is_of_a_place(self) -> bool {
        !matches!(
            self,
            Code::MissingValue
                | Code::UnsetVariable
                | Code::InconsistentAxis
                | Code::OldEnding
                | Code::MatchesNothing
                | Code::Unused
                | Code::Collision
                | Code::UnknownDefine
                | Code::UnknownTarget
                | Code::DependencyCycle
                | Code::EditedOutput
                | Code::EditNotAdopted
                | Code::DroppedOutput
                | Code::ForeignFile
                | Code::WriteFailed
                | Code::NotTranslated
                | Code::BuildFailed
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
