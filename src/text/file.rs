//! A text as it stands on disk.

use crate::manifest::{Manifest, TextTarget};
use crate::output::{Comment, Headed, Header, OutputFile, add_header_to_text};
use crate::render::Rendered;

/// The whole file of a text. Its header is a comment, where its kind has comments; a header of the project's own is for
/// those that have the comments of a Dockerfile.
pub(crate) fn headed(manifest: &Manifest, made: &TextTarget, rendered: &Rendered) -> Headed {
    let (text, target) = (&rendered.text.bytes, &made.target);
    let comment = Comment::of(&target.output);
    match comment {
        Some(comment) if manifest.header => {
            Header::new(&manifest.name, &target.template).in_comment(comment).add_to_text(text)
        }
        Some(comment) if comment.is_hash() && !target.header.is_empty() => add_header_to_text(&target.header, text),
        _ => Headed::bare(text.clone()),
    }
}

/// What is to stand on disk for a text that is a whole file.
pub(crate) fn output_file(manifest: &Manifest, made: &TextTarget, rendered: &Rendered) -> OutputFile {
    let Headed { bytes, .. } = headed(manifest, made, rendered);
    let path = made.target.output.clone();
    // Whatever its header: once no text makes it, its name would not tell that it was one.
    OutputFile { path, bytes, companions: Vec::new(), marked: false, regions: Vec::new() }
}
