//! The library's front door: a project is opened, targets are selected and rendered.

use std::fmt;

use camino::Utf8Path;

use crate::diagnostic::{Diagnostic, Diagnostics, Format, Style};
use crate::manifest::{self, Places, Selection, Target, TextTarget};
use crate::render::Rendered;
use crate::source::{Disk, SourceMap};
use crate::text;

use super::{Location, Opened, Values, Wanted};

/// A project whose manifest was read without errors. See the [crate's page](crate) for an example.
pub struct Project {
    manifest: manifest::Manifest,
    sources: SourceMap,
    location: Location,
    warnings: Vec<Diagnostic>,
}

/// The targets of a selection, rendered.
#[derive(Debug, Default)]
pub struct Rendering {
    /// In the order of the manifest.
    pub outputs: Vec<(Target, Rendered)>,
    /// The text files that are made from all targets, likewise: what goes to the file of each, or to its region there.
    pub texts: Vec<(TextTarget, Rendered)>,
    /// Warnings of the manifest, of the templates and of what they render to.
    pub warnings: Vec<Diagnostic>,
}

/// Why a project cannot be opened or rendered. It displays as `dockmill` shows errors: with file, line and what was meant.
#[derive(Debug)]
pub struct ProjectError {
    /// Errors and warnings; none where there is no project.
    pub diagnostics: Vec<Diagnostic>,
    text: String,
}

impl fmt::Display for ProjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for ProjectError {}

impl ProjectError {
    fn of(found: Diagnostics, sources: &SourceMap) -> Self {
        let diagnostics = found.into_vec();
        let fold = |ids: &[String]| ids.join(", ");
        let style = Style { colour: false, width: WIDTH, fold: &fold };
        Self { text: Format::Full.render(&diagnostics, sources, &style), diagnostics }
    }
}

/// Columns of an error's text.
const WIDTH: usize = 120;

impl Project {
    /// Opens the project of a manifest, or of the folder that has one.
    ///
    /// # Errors
    /// There is no manifest, or it has errors.
    pub fn open(path: impl AsRef<Utf8Path>) -> Result<Self, ProjectError> {
        let none = |error: anyhow::Error| ProjectError { diagnostics: Vec::new(), text: format!("{error:#}") };
        let location = Location::find(Some(path.as_ref())).map_err(none)?;
        let sources = location.sources();
        let mut found = Diagnostics::default();
        match location.load(&Values::default(), &Disk, &sources, &mut found) {
            Some(manifest) if found.errors() == 0 => {
                Ok(Self { manifest, sources, location, warnings: found.into_vec() })
            }
            _ => Err(ProjectError::of(found, &sources)),
        }
    }

    /// What the manifest says.
    pub fn manifest(&self) -> &manifest::Manifest {
        &self.manifest
    }

    /// The files that were read: the spans of diagnostics and the origins of lines lead into them.
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// Understands selectors as the command line does: ids, beginnings of ids such as `python/bookworm`, globs; `text`
    /// for all texts.
    ///
    /// # Errors
    /// A selector that selects nothing.
    pub fn select(&self, selectors: impl IntoIterator<Item = impl Into<String>>) -> Result<Selection, ProjectError> {
        let mut found = Diagnostics::default();
        let selection = Wanted::named(selectors).select(&self.manifest, true, &self.sources, &mut found);
        selection.ok_or_else(|| ProjectError::of(found, &self.sources))
    }

    /// Verifies the project and renders the selected targets and texts.
    ///
    /// # Errors
    /// Errors of the project as a whole, such as two targets with one output, and those of the selected targets.
    pub fn render(&self, selection: &Selection) -> Result<Rendering, ProjectError> {
        let mut found = Diagnostics::default();
        found.extend(self.warnings.iter().cloned());
        let (mut outputs, mut texts) = (Vec::new(), Vec::new());
        let Self { manifest, sources, location, .. } = self;
        let opened = Opened { manifest, sources, location, files: &Disk };
        opened.run_selected(
            selection.is_all(),
            true,
            |_| Some(selection.clone()),
            &(),
            &mut found,
            |session, found| {
                session.each_with_context(found, |_, rendered| rendered, |made, _| outputs.extend(made));
                // A text shows all targets.
                if found.errors() == 0 {
                    let made = text::render(session.renderer, session.chosen_texts(found), false, found);
                    texts.extend(made.into_iter().filter_map(|(text, rendered)| Some((text, rendered?))));
                }
                session.unused(found);
            },
        );
        Places::new(manifest, sources).show_elements(found.each_mut());
        if found.errors() > 0 {
            return Err(ProjectError::of(found, &self.sources));
        }
        Ok(Rendering { outputs, texts, warnings: found.into_vec() })
    }
}
