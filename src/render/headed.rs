//! An output as it stands on disk: with dockmill's header, and with what the header does to line numbers.

use crate::manifest::{CopiedFile, Manifest, Target};
use crate::output::{Header, OutputFile};

use super::{Rendered, Renderer};

/// An output's bytes, with the line of its header.
#[derive(Debug)]
pub struct Headed {
    /// What stands on disk.
    pub bytes: Vec<u8>,
    /// The line (from 1) that is the header; `None` where the project wants none.
    pub header: Option<u32>,
}

impl Headed {
    /// How many lines there are.
    pub fn lines(&self) -> usize {
        let whole = memchr::memchr_iter(b'\n', &self.bytes).count();
        whole + usize::from(self.bytes.last().is_some_and(|byte| *byte != b'\n'))
    }

    /// The line of the text without the header; `None` for the header itself.
    pub fn template_line(&self, line: u32) -> Option<u32> {
        match self.header {
            Some(header) if line == header => None,
            Some(header) if line > header => Some(line - 1),
            _ => Some(line),
        }
    }
}

/// Puts the header on a target's text.
pub fn headed(manifest: &Manifest, target: &Target, rendered: &Rendered) -> Headed {
    if !manifest.header {
        return Headed { bytes: rendered.text.bytes.clone(), header: None };
    }
    let headed = Header { project: &manifest.name, template: &target.template }.add(&rendered.text.bytes);
    Headed { bytes: headed.bytes, header: Some(headed.line) }
}

/// The target's output, or a file beside it, with the origins of its lines.
pub(crate) fn traced(renderer: &Renderer<'_>, target: &Target, beside: Option<&CopiedFile>) -> (Rendered, Headed) {
    if let Some(file) = beside {
        let rendered = renderer.explain_companion(target, file);
        let headed = Headed { bytes: rendered.text.bytes.clone(), header: None };
        return (rendered, headed);
    }
    let rendered = renderer.explain(target);
    let headed = headed(renderer.manifest(), target, &rendered);
    (rendered, headed)
}

/// What is to stand on disk for a target.
pub fn output_file(manifest: &Manifest, target: &Target, rendered: &Rendered) -> OutputFile {
    let bytes = headed(manifest, target, rendered).bytes;
    OutputFile { path: target.output.clone(), bytes, companions: rendered.companions.clone(), marked: manifest.header }
}

/// As [`output_file`], for those who need nothing else of what was rendered.
pub fn into_output_file(manifest: &Manifest, target: &Target, rendered: Rendered) -> OutputFile {
    let path = target.output.clone();
    let bytes = if manifest.header { headed(manifest, target, &rendered).bytes } else { rendered.text.bytes };
    OutputFile { path, bytes, companions: rendered.companions, marked: manifest.header }
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
