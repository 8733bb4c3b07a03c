//! What is said to those who type an option of another tool.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::diagnostic::did_you_mean;

/// Options that dockmill has not, and what serves instead. `None`: nothing does, and no other option is meant.
const TIPS: &[(&[&str], Option<&str>)] = &[
    (&["--dry-run", "-n"], Some("`dockmill diff` shows what `render` would change, and writes nothing")),
    (&["--check"], Some("`dockmill check` exits with 1 if an output is not up to date, and writes nothing")),
    (&["--diff"], Some("`dockmill diff` shows what `render` would change")),
    (&["--exit-code"], Some("the exit status is 1 without it, too, if something differs")),
    (&["--name-only", "--name-status"], Some("`--stat` shows the names, and how many lines of each differ")),
    (
        &["--format", "--output-format"],
        Some(
            "`--message-format` is the form of messages, such as sarif; `--json` of `list`, `affected` and `graph` writes data",
        ),
    ),
    (&["--all", "-a"], Some("without targets, all are meant")),
    (&["--jobs", "-j"], Some("all cores are used; `build` has `--jobs`")),
    (
        &["--no-cache", "--build-arg", "--platform", "--progress", "--load"],
        Some("the builder's own arguments stand behind `--`"),
    ),
    (&["--tag", "-t"], Some("tags stand in the manifest: `tags` of `[image.NAME]`")),
    (
        &["--texts"],
        Some(
            "`list`, `affected` and `export github` take it, as no builder builds a text; `render`, `check`, `diff` and `clean` \
             take texts as they take targets: `text` is all of them",
        ),
    ),
    (
        &["--since"],
        Some(
            "`affected`, `list`, `graph`, `check`, `render`, `build` and `export` take it, but for `export make`, whose rules \
             see by themselves what has changed; `diff` has `--against`",
        ),
    ),
    (&["--output", "-o"], Some("standard output is led into a file by the shell: `> FILE`")),
    (&["--depfile", "--stamp"], Some("`render` and `expand` take it")),
    (
        &["--staged", "--cached"],
        Some(
            "`check --staged` asks what git's index has, and `render --staged` when it has written; `diff --against HEAD` compares with a commit",
        ),
    ),
    (
        &["--no-check"],
        Some("`expand` takes it, for fragments; which checks an output has, `[checks]` of the manifest says"),
    ),
    (&["--once"], Some("`render` renders once")),
    (&["--verbose", "-v"], None),
];

/// The error with what is known of the option that is none, and without the advice to pass it as a value: no target begins
/// with a dash.
pub(super) fn added(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg).cloned() else { return error };
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let known = TIPS.iter().find(|(options, _)| options.contains(&typed.as_str())).map(|(_, tip)| *tip);
    error.remove(ContextKind::Suggested);
    // clap takes for similar what shares some letters, and to follow such a tip may overwrite something.
    let is_near = match error.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(near)) => did_you_mean(typed.trim_matches('-'), [near.trim_matches('-')]).is_some(),
        _ => true,
    };
    if !is_near && known.is_none() {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Usage);
    }
    if let Some(tip) = known {
        // The usage would be that of the option which is not meant.
        if error.remove(ContextKind::SuggestedArg).is_some() {
            error.remove(ContextKind::Usage);
        }
        if let Some(tip) = tip {
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        }
    }
    error
}
