//! From Dockerfiles that exist to a template and a matrix: `dockmill adopt`.
//!
//! [`adopt`] parts the files into families ([`group`]), reads axes from their paths ([`feature`]), lays the files of a family
//! side by side ([`profile`]), writes one line for the variants of a line ([`solve`]) and conditions around the lines that only
//! some files have ([`tree`]), names what the manifest must give ([`allot`]) and writes it ([`manifest`]). Then it renders the
//! project and compares each byte ([`verify`]): what is not equal is left out.

mod adoption;
mod align;
mod allot;
mod compose;
mod condition;
mod feature;
mod group;
mod hole;
mod image;
mod image_name;
mod library;
mod line;
mod linkage;
mod manifest;
mod name;
mod natural;
mod part;
mod points;
mod profile;
mod row;
mod solve;
mod targets;
mod text;
mod tree;
mod variable;
mod verify;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;

/// A file that is to be adopted.
#[derive(Debug, Clone)]
pub struct Dockerfile {
    /// From the project's folder, with `/`.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// What is wished of a project.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// The project's name.
    pub name: String,
}

/// A project that renders the files.
#[derive(Debug, Default)]
pub struct Adopted {
    /// The manifest and the templates.
    pub files: BTreeMap<Utf8PathBuf, Vec<u8>>,
    /// The images in the manifest's order.
    pub images: Vec<Summary>,
    /// The lines of files that several templates include.
    pub shared: usize,
    /// The files that the project does not render, each with the reason.
    pub left_out: Vec<(String, String)>,
    /// BuildKit's checks that the files do not pass, which the manifest skips.
    pub skipped: Vec<String>,
    /// What dockmill warns of in the project.
    pub warnings: Vec<Diagnostic>,
}

/// What became of one family.
#[derive(Debug)]
pub struct Summary {
    /// The image.
    pub name: String,
    /// Its outputs.
    pub outputs: Vec<String>,
    /// The lines of all outputs.
    pub lines: usize,
    /// The lines of the template.
    pub template: usize,
}

/// Makes a project that renders the files, byte for byte.
pub fn adopt(files: &[Dockerfile], wishes: &Wishes) -> Adopted {
    adoption::Adoption::new(files, wishes).run()
}
