//! Wishes that cannot be fulfilled.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::project::Session;
use crate::run::{Builder, Lacks, Placeholder};

use super::BuildWishes;
use super::gather::{Job, Source};

/// Wishes that contradict each other.
pub(super) fn contradictions(
    session: &Session<'_>,
    wishes: &BuildWishes<'_>,
    jobs: &[Job],
    sources: &[Source],
) -> Vec<Diagnostic> {
    let bare = |message: String| Diagnostic::bare(Severity::Error, Code::InvalidValue, message);
    let mut refused = Vec::new();
    let profile = session.manifest.profile.as_deref().unwrap_or_default();
    let ids: HashSet<&str> = jobs.iter().map(|job| &*job.node.id).collect();
    let wanted: Vec<&Job> = jobs.iter().filter(|job| job.wanted).collect();
    if !session.manifest.build.tag {
        let dependent = jobs.iter().find(|job| job.needs().any(|need| ids.contains(need)));
        if let Some(job) = dependent {
            let id = &job.node.id;
            let message =
                format!("profile `{profile}` gives no tags, so `{id}` cannot be built on what this run builds");
            let help = "`deps = false` in its `build`, or `--no-deps`, builds the chosen images alone";
            refused.push(bare(message).help(help));
        }
        if wishes.push {
            refused.push(bare(format!("profile `{profile}` gives no tags, so there is nothing to push")));
        }
    } else if wishes.push {
        for job in wanted.iter().filter(|job| job.node.tags.is_empty()) {
            let image = &session.manifest.images[sources[job.source].image];
            let message = format!("`{}` has no tag, so there is nothing to push", job.node.id);
            refused.push(Diagnostic::error(Code::MissingValue, image.span, message).help("say `tags = […]` there"));
        }
    }
    if let ([output, ..], [first, second, ..]) = (wishes.outputs, wanted.as_slice()) {
        let message = format!("`--output {output}` is the place of one image, and {} are chosen", wanted.len());
        let note = format!("`{}` and `{}` would overwrite each other there", first.node.id, second.node.id);
        refused.push(bare(message).note(note));
    }
    refused
}

/// The error of something that the user's own builder has no place for.
pub(super) fn no_place(session: &Session<'_>, lack: Lacks) -> Option<Diagnostic> {
    let Builder::Own(own) = &session.manifest.builder else { return None };
    let (message, help) = match lack {
        Lacks::Placeholder(placeholder) => {
            let what = match placeholder {
                Placeholder::Stage => "stages",
                Placeholder::Tag => "tags",
                Placeholder::Platforms => "platforms",
                Placeholder::Secret => "secrets",
                Placeholder::Output => "outputs",
                _ => "further arguments",
            };
            let name = placeholder.name();
            let example = match placeholder {
                Placeholder::Args => "`\"{args}\"`".to_owned(),
                Placeholder::Stage => "`[\"--target\", \"{stage}\"]`".to_owned(),
                Placeholder::Platforms => "`[\"--platform\", \"{platforms}\"]`".to_owned(),
                _ => format!("`[\"--{name}\", \"{{{name}}}\"]`"),
            };
            (format!("this builder takes no {what}"), format!("put `{{{name}}}` where they go, such as {example}"))
        }
        Lacks::Pull => {
            ("this builder cannot pull".to_owned(), "say how: `pull = [\"program\", \"pull\", \"{image}\"]`".to_owned())
        }
        Lacks::Push => {
            ("this builder cannot push".to_owned(), "say how: `push = [\"program\", \"push\", \"{tag}\"]`".to_owned())
        }
    };
    Some(Diagnostic::error(Code::MissingValue, own.span, message).help(help))
}
