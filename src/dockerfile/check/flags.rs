//! Flags that BuildKit does not take.

use crate::diagnostic::{Code, did_you_mean, list_or};

use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::Instruction;
use super::Checks;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FlagKind {
    /// `--link` or `--link=true`.
    Bool,
    /// `--from=x`.
    Value,
    /// `--mount=x`, any number of times.
    Values,
}

/// The flags of an instruction, those of the `labs` channel included.
pub(super) fn known(keyword: Keyword) -> &'static [(&'static str, FlagKind)] {
    match keyword {
        Keyword::Add => &[
            ("checksum", FlagKind::Value),
            ("chmod", FlagKind::Value),
            ("chown", FlagKind::Value),
            ("exclude", FlagKind::Values),
            ("keep-git-dir", FlagKind::Bool),
            ("link", FlagKind::Bool),
            ("unpack", FlagKind::Bool),
        ],
        Keyword::Copy => &[
            ("chmod", FlagKind::Value),
            ("chown", FlagKind::Value),
            ("exclude", FlagKind::Values),
            ("from", FlagKind::Value),
            ("link", FlagKind::Bool),
            ("parents", FlagKind::Bool),
        ],
        Keyword::From => &[("platform", FlagKind::Value)],
        Keyword::Healthcheck => &[
            ("interval", FlagKind::Value),
            ("retries", FlagKind::Value),
            ("start-interval", FlagKind::Value),
            ("start-period", FlagKind::Value),
            ("timeout", FlagKind::Value),
        ],
        Keyword::Run => &[
            ("device", FlagKind::Values),
            ("mount", FlagKind::Values),
            ("network", FlagKind::Value),
            ("security", FlagKind::Value),
        ],
        _ => &[],
    }
}

/// The instructions that take flags.
const WITH_FLAGS: &[Keyword] = &[Keyword::Copy, Keyword::Add, Keyword::From, Keyword::Healthcheck, Keyword::Run];

pub(super) fn check(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>, keyword: Keyword) {
    // BuildKit does not look at the flags of these two, nor of `HEALTHCHECK NONE`.
    let ignored = matches!(keyword, Keyword::Arg | Keyword::Stopsignal);
    if ignored {
        return;
    }
    let flags = instruction.written_flags();
    if flags.is_empty()
        || keyword == Keyword::Healthcheck
            && instruction.args().first().is_some_and(|kind| kind.eq_ignore_ascii_case("none"))
    {
        return;
    }
    let known = known(keyword);
    let mut given = vec![false; known.len()];
    for flag in &flags {
        let bare = flag.strip_prefix("--").unwrap_or(flag);
        let (name, value) = bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value)));
        let place = || checks.locate(instruction, &format!("--{name}"));
        let Some(index) = known.iter().position(|(known, _)| *known == name) else {
            checks.add(unknown(checks, keyword, name, place(), known));
            continue;
        };
        let kind = known[index].1;
        let error = |message: String| Finding::error(Code::InvalidInstruction, place(), message);
        let before = std::mem::replace(&mut given[index], true);
        let finding = match (kind, value) {
            (FlagKind::Bool | FlagKind::Value, _) if before => {
                // Another value tells the second from the first.
                let place = checks.locate(instruction, flag);
                Finding::error(Code::InvalidInstruction, place, format!("`--{name}` is given twice"))
            }
            (FlagKind::Value | FlagKind::Values, None) => error(format!("`--{name}` needs a value"))
                .help(format!("write `--{name}=…`, without a blank before or after the `=`")),
            (FlagKind::Bool, Some("")) => error(format!("`--{name}` needs a value after its `=`")),
            (FlagKind::Bool, Some(value)) if !["true", "false"].contains(&value.to_lowercase().as_str()) => {
                error(format!("`--{name}` is `true` or `false`, not `{value}`"))
            }
            _ => continue,
        };
        checks.add(finding);
    }
}

fn unknown(
    checks: &Checks<'_, '_>,
    keyword: Keyword,
    name: &str,
    place: super::Place,
    known: &[(&'static str, FlagKind)],
) -> Finding {
    let message = format!("`{keyword}` has no flag `--{name}`");
    let near = did_you_mean(name, known.iter().map(|(known, _)| *known));
    match near {
        Some(near) => Finding::error(Code::InvalidInstruction, place, message)
            .replace(format!("did you mean `--{near}`?"), format!("--{near}")),
        None if known.is_empty() => {
            Finding::error(Code::InvalidInstruction, place, message).note(format!("`{keyword}` takes no flags"))
        }
        None => {
            let other = WITH_FLAGS.iter().find(|other| self::known(**other).iter().any(|(known, _)| *known == name));
            let finding = match other {
                Some(other) => Finding::error(Code::InvalidInstruction, place, message)
                    .note(format!("`--{name}` is a flag of `{other}`")),
                // A frontend newer than this list may know it.
                None => Finding::warning(Code::InvalidInstruction, place, message),
            };
            if checks.only_counts() {
                return finding;
            }
            let names: Vec<String> = known.iter().map(|(known, _)| format!("--{known}")).collect();
            finding.note(format!("it takes {}", list_or(&names).replace(" or ", " and ")))
        }
    }
}
