//! From Dockerfiles that exist to a template and a matrix: `dockmill adopt`.
//!
//! [`adopt`] parts the files into families (`group`), reads axes from their paths (`feature`), lays the files of a family
//! side by side (`profile`), writes one line for the variants of a line (`solve`) and conditions around the lines that only
//! some files have (`tree`), names what the manifest must give (`allot`) and writes it (`manifest`). Then it renders the
//! project and compares each byte (`verify`): what is not equal is left out.

mod adoption;
mod align;
mod allot;
mod arm;
mod compose;
mod condition;
pub(crate) mod edit;
mod effort;
mod feature;
mod group;
mod grow;
mod header;
mod hole;
mod image;
mod image_name;
mod joint;
mod library;
mod line;
mod linkage;
mod manifest;
mod missing;
mod mistake;
mod name;
mod natural;
mod overlay;
mod part;
mod profile;
mod regroup;
mod row;
mod solve;
mod targets;
mod text;
mod tree;
mod variable;
pub(crate) mod verify;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;
use crate::manifest::Ceiling;

pub(crate) use grow::{grow, near};
pub(crate) use overlay::{Files, Overlay};

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
    /// Names for axes: an axis whose values all match has the name.
    pub axes: Vec<(String, regex::Regex)>,
    /// Names of axes and variables in place of those that are found.
    pub names: BTreeMap<String, String>,
    /// Files that are one image, with its name.
    pub images: Vec<(String, globset::GlobMatcher)>,
    /// Images that are to be one, by the names that they would have.
    pub merge: Vec<Vec<String>>,
    /// Images that are to be several.
    pub split: Vec<String>,
    /// What files become.
    pub style: Style,
    /// The limits that whoever runs it gives: `work` bounds the steps that rendering the project takes.
    pub limits: Ceiling,
}

/// What files become.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// A matrix where files are alike, and a template that includes shared lines where they are not.
    #[default]
    Fitting,
    /// A template for each file; they include what they share.
    Fragments,
    /// A matrix for each family; what is in none is left out.
    Matrix,
}

/// A line that one file alone has otherwise than all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub path: String,
    /// The number of the line.
    pub line: usize,
    /// What the file has there.
    pub text: String,
    /// What the others have.
    pub usual: String,
    /// How many others.
    pub others: usize,
}

/// Why a file is left out that is in no family.
pub const LIKE_NO_OTHER: &str = "no other file is like it";

/// Why a file is left out that has much of a family, and more that is not there.
pub(crate) const UNLIKE: &str =
    "one template for it and the files that are like it would be longer, with its conditions";

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
    /// Lines that probably are mistakes.
    pub mistakes: Vec<Mistake>,
    /// Conditions that list many values, each with its file and line: it may be that they only fit the files that are there.
    pub lists: Vec<(Utf8PathBuf, usize, String)>,
    /// Names that were to be replaced, and that nothing has.
    pub unknown_names: Vec<String>,
    /// Images that could not be put together or taken apart, each with the reason.
    pub unheard: Vec<String>,
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

impl Wishes {
    /// The name of the image that a file is to be in.
    fn image(&self, path: &str) -> Option<&str> {
        self.images.iter().find(|(_, files)| files.is_match(path)).map(|(name, _)| name.as_str())
    }

    /// The name of an axis with these values.
    fn axis(&self, values: &[String]) -> Option<String> {
        let fits = |form: &regex::Regex| values.iter().all(|value| form.is_match(value));
        self.axes.iter().find(|(_, form)| fits(form)).map(|(name, _)| name.clone())
    }
}
