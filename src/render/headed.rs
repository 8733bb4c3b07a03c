//! An output as it stands on disk: with dockmill's header, and with what the header does to line numbers.

use crate::manifest::{CopiedFile, Manifest, Target};
use crate::output::{Headed, Header, OutputFile, add_header};

use super::{Rendered, Renderer};

/// Puts the header on a target's text: dockmill's, or the one that the manifest has.
pub fn headed(manifest: &Manifest, target: &Target, rendered: &Rendered) -> Headed {
    let text = &rendered.text.bytes;
    if target.frozen.is_some() {
        // It has the header with which it was committed.
        return Headed::bare(text.clone());
    }
    if manifest.header {
        Header::new(&manifest.name, &target.template).add(text)
    } else if target.header.is_empty() {
        Headed::bare(text.clone())
    } else {
        add_header(&target.header, text)
    }
}

/// The target's output, or a file beside it, with the origins of its lines.
pub(crate) fn traced(renderer: &Renderer<'_>, target: &Target, beside: Option<&CopiedFile>) -> (Rendered, Headed) {
    if let Some(file) = beside {
        let rendered = renderer.explain_companion(target, file);
        let headed = Headed::bare(rendered.text.bytes.clone());
        return (rendered, headed);
    }
    let rendered = renderer.explain(target);
    let headed = headed(renderer.manifest(), target, &rendered);
    (rendered, headed)
}

/// What is to stand on disk for a target.
pub fn output_file(manifest: &Manifest, target: &Target, rendered: &Rendered) -> OutputFile {
    let bytes = headed(manifest, target, rendered).bytes;
    let (path, companions) = (target.output.clone(), rendered.companions.clone());
    OutputFile { path, bytes, companions, marked: manifest.header, regions: Vec::new() }
}

/// As [`output_file`], for those who need nothing else of what was rendered.
pub fn into_output_file(manifest: &Manifest, target: &Target, rendered: Rendered) -> OutputFile {
    let path = target.output.clone();
    let is_bare = !manifest.header && target.header.is_empty();
    let bytes = if is_bare { rendered.text.bytes } else { headed(manifest, target, &rendered).bytes };
    OutputFile { path, bytes, companions: rendered.companions, marked: manifest.header, regions: Vec::new() }
}

/// The point of the matrix for people: `release=bookworm, python=3.12.8`.
pub fn point(target: &Target) -> String {
    let mut text = String::with_capacity(24 * target.point.len());
    for (axis, value) in &target.point {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(axis);
        text.push('=');
        text.push_str(value);
    }
    text
}
