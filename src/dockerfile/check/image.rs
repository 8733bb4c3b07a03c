//! Why a text is no name of an image, and what was meant.

use crate::diagnostic::{Code, did_you_mean};

use super::super::finding::Finding;
use super::super::image_name::{ImageName, digits_of, is_hex};
use super::super::model::DirectiveKind;
use super::super::stage::Place;
use super::Checks;

const ALGORITHMS: &[&str] = &["sha256", "sha384", "sha512"];

/// Says of a finding what is wrong with the name that it is about. `is_written`: the name stands at the finding's place.
pub(super) fn explained(finding: Finding, name: &str, is_written: bool) -> Finding {
    let path = name.split(['@', ':']).next().unwrap_or_default();
    if ImageName::parse(&name.replacen(path, &path.to_lowercase(), 1)).is_ok() {
        return finding.note("the name of an image is in lower case");
    }
    let Some((before, digest)) = name.split_once('@') else { return finding };
    let (algorithm, digits) = digest.split_once(':').unwrap_or((digest, ""));
    let near = did_you_mean(algorithm, ALGORITHMS.iter().copied()).filter(|_| digits_of(algorithm).is_none());
    let mended = near.map(|near| (near, format!("{before}@{near}:{digits}")));
    match (mended, digits_of(algorithm)) {
        (Some((near, mended)), _) if is_written && ImageName::parse(&mended).is_ok() => {
            finding.replace(format!("did you mean `{near}`?"), mended)
        }
        (_, Some(length)) if is_hex(digits) && digits.len() != length => {
            finding.note(format!("{length} digits must follow `{algorithm}:`, not {}", digits.len()))
        }
        // Of names without a digest the finding says enough.
        _ => ImageName::parse(name)
            .err()
            .into_iter()
            .fold(finding, |finding, problem| finding.note(format!("it {problem}"))),
    }
}

/// Checks the image of `# syntax=`: it is the first that BuildKit asks for.
pub(super) fn syntax(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    let Some((line, image)) = dockerfile.frontend() else { return };
    if ImageName::parse(image).is_ok() {
        return;
    }
    let offset = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    let start = memchr::memmem::find(dockerfile.line(line), image.as_bytes());
    let columns = start.map(|start| offset(start)..offset(start + image.len()));
    let kind = DirectiveKind::Syntax.name();
    let message = format!("`{image}` is no valid image, so `{kind}` names no frontend");
    let finding = Finding::error(Code::InvalidInstruction, Place { line, columns }, message);
    checks.add(explained(finding, image, true));
}
