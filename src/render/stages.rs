//! Stages of the manifest that a Dockerfile does not have.

use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::manifest::{Image, Target};

/// An error for each of the target's `stages` that its Dockerfile, whose stages have these names, lacks. A builder would say so, too, but late and in its
/// own words.
pub(super) fn missing(image: &Image, target: &Target, names: &[String]) -> Vec<Diagnostic> {
    if target.stages.is_empty() {
        return Vec::new();
    }
    // BuildKit finds a stage in any case.
    let lacks = |name: &str| !names.contains(&name.to_lowercase());
    let missing = target.stages.iter().filter(|stage| lacks(&stage.name));
    missing
        .map(|stage| {
            let span = image.stage_span(&stage.name);
            let message = format!("the Dockerfile of image `{}` has no stage `{}`", image.name, stage.name);
            let error = Diagnostic::error(Code::UnknownTarget, span, message).label("not in what the template makes");
            let error = error.suggest(span, &stage.name, names.iter().map(String::as_str));
            if names.is_empty() {
                return error.note("none of its stages has a name: `FROM … AS name` gives one");
            }
            error.note(format!("stages: {}", quoted(names)))
        })
        .collect()
}
