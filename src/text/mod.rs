//! Text files made from all targets: a README's table of tags, a CI list, the file of a library of images.
//!
//! A text is rendered when all targets are known; its template sees them as `targets`. It is a whole file, or a region of a
//! file that is somebody's. `docs/texts.md` is its manual.

mod file;
mod list;
mod render;
mod syntax;

pub(crate) use file::{headed, output_file};
pub(crate) use render::{RenderedText, render};
