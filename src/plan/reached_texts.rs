//! The texts that a change reaches, and why.

use std::collections::HashMap;

use camino::Utf8Path;

use crate::diagnostic::Diagnostics;
use crate::manifest::{Manifest, Selection, TextTarget};
use crate::project::Session;
use crate::render::{Rendered, Renderer};
use crate::source::FileId;
use crate::text::{self, RenderedText};

use super::{ChangedPaths, TargetReach};

/// The chosen texts, each with why it is reached.
#[derive(Default)]
pub(crate) struct ReachedTexts<'s> {
    manifest: Option<&'s Manifest>,
    all: Vec<(RenderedText, Vec<String>)>,
}

impl<'s> ReachedTexts<'s> {
    /// The chosen texts, of which nothing is reached yet. What is wrong with them goes to `found`.
    pub(crate) fn of(session: &Session<'s>, found: &mut Diagnostics) -> Self {
        let rendered = text::render(session.renderer, session.chosen_texts(found), false, found);
        let all = rendered.into_iter().map(|text| (text, Vec::new())).collect();
        Self { manifest: Some(session.manifest), all }
    }

    /// Adds what paths reach.
    pub(crate) fn by_paths(&mut self, changed: &ChangedPaths<'_>) {
        for ((made, rendered), reasons) in &mut self.all {
            reasons.extend(changed.text_reasons(&made.target, files(rendered.as_ref())));
        }
    }

    /// Adds those whose files differ from a revision, though they render to the same.
    pub(crate) fn by_outputs(&mut self, changed: &ChangedPaths<'_>) {
        for ((made, _), reasons) in self.all.iter_mut().filter(|(_, reasons)| reasons.is_empty()) {
            let mut reach = TargetReach::default();
            changed.by_outputs(&made.target, &mut reach);
            reasons.extend(changed.told_of(&reach));
        }
    }

    /// Is a path, or what is in it, a file of any?
    pub(crate) fn have(&self, changed: &ChangedPaths<'_>, path: &Utf8Path) -> bool {
        self.all.iter().any(|((made, rendered), _)| {
            let files = changed.text_files(&made.target, files(rendered.as_ref()));
            files.iter().any(|(_, file)| file.starts_with(path))
        })
    }

    /// Adds those that were something else in a revision, or went elsewhere. `None`: what they were is not known.
    pub(crate) fn since(&mut self, then: Option<&Renderer<'_>>) {
        let Some(manifest) = self.manifest.filter(|_| !self.all.is_empty()) else { return };
        let Some(renderer) = then else {
            let why = "what it rendered to is not known";
            return self.all.iter_mut().for_each(|(_, reasons)| reasons.push(why.to_owned()));
        };
        let (old, everything) = (renderer.manifest(), Selection::all());
        let then = old.text_targets(&everything).flatten().collect();
        let then = text::render(renderer, then, false, &mut Diagnostics::default());
        let then: HashMap<&str, &RenderedText> = then.iter().map(|text| (text.0.target.id.as_str(), text)).collect();
        for ((made, rendered), reasons) in &mut self.all {
            let Some(now) = rendered else {
                reasons.push("it has errors".to_owned());
                continue;
            };
            let why = match then.get(made.target.id.as_str()) {
                None => Some("it is new"),
                Some((then, _)) if then.target.output != made.target.output => Some("it goes to another file"),
                Some((then, before)) => {
                    let before = before.as_ref().map(|before| bytes(old, then, before));
                    (before != Some(bytes(manifest, made, now))).then_some("it renders to something else")
                }
            };
            reasons.extend(why.map(str::to_owned));
        }
    }

    /// Those that are reached, each with why, in the order of the manifest.
    pub(crate) fn reached(&self) -> impl Iterator<Item = (&str, &[String])> {
        let reached = self.all.iter().filter(|(_, reasons)| !reasons.is_empty());
        reached.map(|((made, _), reasons)| (made.target.id.as_str(), reasons.as_slice()))
    }
}

/// What the template of a text was made of.
fn files(rendered: Option<&Rendered>) -> &[FileId] {
    rendered.map_or(&[], |rendered| &rendered.files)
}

/// What a text puts on disk: a whole file with its header, or a region.
fn bytes(manifest: &Manifest, made: &TextTarget, rendered: &Rendered) -> Vec<u8> {
    if manifest.texts[made.text].is_region {
        rendered.text.bytes.clone()
    } else {
        text::headed(manifest, made, rendered).bytes
    }
}
