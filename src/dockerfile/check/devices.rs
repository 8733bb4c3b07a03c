//! The devices of `RUN --device`: BuildKit reads them with the file.

use crate::diagnostic::{Code, did_you_mean};

use super::super::finding::Finding;
use super::super::model::{Instruction, flag_value};
use super::Checks;
use super::mounts::part;

/// The keys that may stand beside the name.
const KEYS: &[&str] = &["name", "required"];

/// What Go reads as a boolean.
const BOOLEANS: &[&str] = &["0", "1", "F", "FALSE", "False", "T", "TRUE", "True", "f", "false", "t", "true"];

/// Checks the flags of a RUN.
pub(super) fn check(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>) {
    for flag in instruction.flags() {
        // What quotes make of it is left to BuildKit.
        if let Some(value) = flag_value(&flag, "device").filter(|value| !value.contains('"'))
            && let Some(finding) = device(checks, instruction, &flag, value)
        {
            checks.add(finding);
        }
    }
}

/// The first field that is none: a name, as it is or as `name=…`, and `required`.
fn device(checks: &Checks<'_, '_>, instruction: &Instruction<'_>, flag: &str, value: &str) -> Option<Finding> {
    let mut is_named = false;
    let mut at = "--device=".len();
    for field in value.split(',') {
        let start = at;
        at += field.len() + 1;
        let (key, given) = field.split_once('=').map_or((field, None), |(key, given)| (key, Some(given)));
        let message = match (&*key.to_lowercase(), given) {
            ("required", None) => continue,
            ("required", Some(given)) if BOOLEANS.contains(&given) => continue,
            ("required", Some(given)) => format!("`required` is `true` or `false`, not `{given}`"),
            ("name", Some(_)) if is_named => "the device has a name already".to_owned(),
            // A name may hold a `=`.
            _ if !is_named => {
                is_named = true;
                continue;
            }
            _ => format!("`{field}` is nothing that `--device` takes"),
        };
        let place = part(checks, instruction, flag, start, field);
        let finding = Finding::error(Code::InvalidInstruction, place, message);
        return Some(match did_you_mean(key, KEYS.iter().copied()) {
            Some(near) if given.is_none() => finding.replace(format!("did you mean `{near}`?"), near),
            _ => finding.help("write the name of a device, and `,required` if the build needs it"),
        });
    }
    None
}
