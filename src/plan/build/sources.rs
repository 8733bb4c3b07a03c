//! What a build reads of its context, looked for before any builder starts.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::dockerfile::{self, Finding, Keyword};
use crate::manifest::Target;
use crate::plan::onbuild::{self, Left};
use crate::project::Session;
use crate::render::{Rendered, Renderer, at_template, ignore_file, place_of};
use crate::run::Builder;

use super::gather::Source;

/// An error for each path that COPY, ADD or a mount names and that is not there; a warning for each that an ignore file
/// leaves out, for an ignore file that is not read, and with a builder of the user's own, which may make what is missing;
/// an error for each pattern that the builder refuses. What rendering has told of the ignore file is left out. `written` are the targets whose outputs will have been written by then, `left` is what they leave.
pub(super) fn missing(
    session: &Session<'_>,
    source: &Source,
    stage: Option<&str>,
    written: &[Source],
    left: &Left,
    arguments: &[String],
) -> Vec<Diagnostic> {
    if !source.reads && left.is_empty() {
        return Vec::new();
    }
    let looked =
        |target: &Target, rendered: &Rendered| look(session, target, rendered, stage, written, left, arguments);
    source.with(session, looked).unwrap_or_default()
}

/// Is there anything in a target itself that [`missing`] looks at: a path, an ignore file that is not read?
pub(super) fn has_any(renderer: &Renderer<'_>, target: &Target, rendered: &Rendered) -> bool {
    let is_wrong = || {
        let counted = ignore_file::Counted::of(renderer, target, &rendered.companions);
        ignore_file::unread(renderer, &counted.file, counted.made).is_some() || counted.ignore.is_wrong()
    };
    !rendered.local_sources().is_empty() || !rendered.onbuild_sources().is_empty() || is_wrong()
}

fn look(
    session: &Session<'_>,
    target: &Target,
    rendered: &Rendered,
    stage: Option<&str>,
    written: &[Source],
    left: &Left,
    arguments: &[String],
) -> Vec<Diagnostic> {
    let needed = rendered.outline().needed_stages(stage);
    // Its values come in the place of the defaults that are known here.
    let is_overridden = arguments.iter().any(|argument| argument.starts_with("--build-arg"));
    let context = &target.context;
    let renderer = session.renderer;
    let (system, root) = (renderer.file_system(), &session.manifest.root);
    let counted = ignore_file::Counted::of(renderer, target, &rendered.companions);
    let (made, file, ignore) = (counted.made, &counted.file, &counted.ignore);
    let mut missing: Vec<Diagnostic> = ignore_file::unread(renderer, file, made).into_iter().collect();
    let is_own = matches!(session.manifest.builder, Builder::Own(_));
    let by_onbuild =
        [onbuild::by_own_stages(rendered), onbuild::by_images(rendered, session.renderer.tags(), left)].concat();
    if !ignore_file::is_certain(renderer, target) {
        if made.is_none() {
            missing.extend(ignore_file::too_large(file, ignore));
            missing.extend(ignore_file::refused(renderer, file, ignore, None));
        }
        missing.extend(renderer.ignored(target, rendered, &counted));
    }
    let dockerfile = dockerfile::parse(&rendered.text.bytes);
    for local in rendered.local_sources().iter().chain(&by_onbuild) {
        let known = local.path.as_deref().zip(local.inside()).filter(|_| needed.contains(&local.stage));
        let Some((path, inside)) = known else { continue };
        // A pattern that matches nothing is no error to BuildKit.
        if path.contains(['*', '?', '[']) || (is_overridden && local.written.contains('$')) {
            continue;
        }
        let path = context.join(&inside);
        let is_written = |source: &Source| source.files.iter().any(|file| file.starts_with(&path));
        let on_disk = root.join(&path);
        let is_there = system.is_there(&on_disk) || written.iter().any(is_written);
        let of = dockerfile.instructions.iter().find(|instruction| instruction.start_line == local.line);
        // The rule `CopyIgnoredFile` tells of COPY and ADD.
        let is_ruled = of.is_some_and(|found| matches!(found.keyword, Some(Keyword::Copy | Keyword::Add)));
        let is_left_out = !is_ruled && ignore.excludes_folder(inside.as_str());
        if is_there && !is_left_out {
            continue;
        }
        let mut finding = if is_there {
            let label = if local.by_base { "an `ONBUILD` of this image reads it" } else { "it is read here" };
            let message = format!("`{file}` leaves `{inside}` out of the build context");
            // A builder may read its ignore file otherwise, or another one.
            let finding = Finding::warning(Code::FileNotFound, place_of(&dockerfile, local), message).label(label);
            finding.help(format!("`!{inside}` takes it back in"))
        } else {
            renderer.not_there(target, &dockerfile, local, &inside)
        };
        if is_own {
            // It may make the file first.
            finding.severity = Severity::Warning;
        }
        missing.push(at_template(&rendered.text, session.sources, finding));
    }
    missing
}
