//! Where instructions run.

use crate::diagnostic::Code;

use super::super::check::Checks;
use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::stage::Target;
use super::{Scope, rule};

rule! {
    /// The first WORKDIR is no path from the root: where it leads is decided by the base image, and may change with it.
    ///
    /// ```dockerfile
    /// FROM debian
    /// WORKDIR src
    /// ```
    ///
    /// Use the whole path: `WORKDIR /app/src`.
    WORKDIR_RELATIVE_PATH = WorkdirRelativePath, Off;
}

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    // The stages that set a WORKDIR.
    let mut set = Vec::new();
    for (index, stage) in checks.stages.iter().enumerate() {
        let inherited = match checks.base(index) {
            Some(Target::Stage(base)) => set.get(*base).copied().unwrap_or(false),
            _ => false,
        };
        let mut instructions = dockerfile.instructions[stage.instructions.clone()].iter();
        let first = instructions.find(|found| found.keyword == Some(Keyword::Workdir));
        set.push(inherited || first.is_some());
        let Some(instruction) = first.filter(|_| !inherited) else { continue };
        let path = String::from_utf8_lossy(instruction.rest());
        let bare = path.trim_start_matches(['"', '\'']);
        // A variable may begin with a slash, and `C:` is a root of Windows.
        if bare.starts_with(['/', '$', '\\']) || bare.as_bytes().get(1) == Some(&b':') {
            continue;
        }
        let place = dockerfile.locate(instruction, &path);
        let message = format!("where `{path}` leads is decided by the base image");
        let finding = Finding::warning(Code::WorkdirRelativePath, place, message);
        checks.lint(&Scope::Stage(instruction, index), finding.help("write the whole path, from `/`"));
    }
}
