//! The devices of `RUN --device`: BuildKit reads them with the file, if it is built with what the `labs` channel has
//! (`convert_norundevice.go`).

use crate::diagnostic::{Code, did_you_mean};

use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::{Instruction, flag_value};
use super::Checks;
use super::mounts::part;

/// The keys that may stand beside the name.
const KEYS: &[&str] = &["name", "required"];

/// What Go reads as a boolean.
const BOOLEANS: &[&str] = &["0", "1", "F", "FALSE", "False", "T", "TRUE", "True", "f", "false", "t", "true"];

/// Checks the flags of a RUN.
pub(super) fn check(checks: &mut Checks<'_, '_>, instruction: &Instruction<'_>) {
    for flag in instruction.written_flags() {
        // What quotes make of it is left to BuildKit.
        if let Some(value) = flag_value(&flag, "device").filter(|value| !value.contains('"'))
            && let Some(finding) = device(checks, instruction, &flag, value)
        {
            checks.add(finding);
        }
    }
}

/// Warns of the first device in a file that the `labs` channel does not read.
pub(super) fn check_frontend(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    let has_device = |found: &&Instruction<'_>| {
        found.keyword == Some(Keyword::Run)
            && memchr::memmem::find(found.text(), b"--device").is_some()
            && found.flag("device").is_some()
    };
    let Some(first) = dockerfile.instructions.iter().find(has_device) else { return };
    if dockerfile.may_be_of_labs() {
        return;
    }
    let place = checks.locate(first, "--device");
    let finding = Finding::warning(Code::InvalidInstruction, place, "only the labs channel takes `--device`");
    let finding = finding.note("without it BuildKit refuses the file");
    checks.add(finding.help("begin the file with `# syntax=docker/dockerfile:1-labs`"));
}

/// The first field that is none: a name, as it is or as `name=…`, and `required`.
fn device(checks: &Checks<'_, '_>, instruction: &Instruction<'_>, flag: &str, value: &str) -> Option<Finding> {
    let mut is_named = false;
    let mut at = "--device=".len();
    for field in value.split(',') {
        let start = at;
        at += field.len() + 1;
        let (key, given) = field.split_once('=').map_or((field, None), |(key, given)| (key, Some(given)));
        let lower = key.to_lowercase();
        if !is_named && lower != "required" {
            is_named = true;
            // BuildKit takes any text for a name, and then has no such device.
            if let Some(finding) = name(checks, instruction, (flag, start), field) {
                return Some(finding);
            }
            continue;
        }
        let message = match (&*lower, given) {
            ("required", None) => continue,
            ("required", Some(given)) if BOOLEANS.contains(&given) => continue,
            ("required", Some(given)) => format!("`required` is `true` or `false`, not `{given}`"),
            ("name", Some(_)) => "the device has a name already".to_owned(),
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

/// The name of a device, as it is or as `name=…`: one of CDI, such as `vendor.com/gpu=all`, or the class that the builder gave
/// to several.
fn name(checks: &Checks<'_, '_>, instruction: &Instruction<'_>, at: (&str, usize), field: &str) -> Option<Finding> {
    let (flag, start) = at;
    let (key, rest) = field.split_once('=').unwrap_or((field, ""));
    let is_key = key.eq_ignore_ascii_case("name") && key.len() < field.len();
    let name = if is_key { rest } else { field };
    let kind = name.split('=').next().unwrap_or_default();
    let is_kind = !kind.starts_with('/') && !kind.is_empty() && (kind.contains('/') || !name.contains('='));
    if is_kind {
        return None;
    }
    let near = did_you_mean(key, ["name"]).filter(|_| !is_key && key.len() < field.len());
    if let Some(near) = near {
        let place = part(checks, instruction, flag, start, key);
        let finding = Finding::warning(Code::InvalidInstruction, place, format!("`--device` has no key `{key}`"));
        let finding = finding.note(format!("BuildKit takes `{field}` for the name of a device"));
        return Some(finding.replace(format!("did you mean `{near}`?"), near));
    }
    let place = if name.is_empty() {
        checks.locate(instruction, "--device")
    } else {
        part(checks, instruction, flag, start + field.len() - name.len(), name)
    };
    let message = if name.is_empty() {
        "`--device` names no device".to_owned()
    } else {
        format!("`{name}` is no name of a device")
    };
    let finding = Finding::warning(Code::InvalidInstruction, place, message);
    let finding = finding.note("where a device is not there, BuildKit goes on without it");
    Some(finding.help("write a name of CDI, such as `vendor.com/gpu=all`"))
}
