//! Where a file comes from. Its name for people, and whether it belongs to the project, follow from that.

use camino::{Utf8Path, Utf8PathBuf};

/// What a file is. A name alone does not tell: a project may have a folder `std` of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileOrigin {
    /// A file of the project, by its path in it.
    Project(Utf8PathBuf),
    /// A file of the macro library, such as `std/apt.dockmill`.
    Library(Utf8PathBuf),
    /// An argument of the program.
    Argument,
    /// Standard input.
    Stdin,
    /// A file outside of the project, as the user named it, or text that stands in no file.
    Other(Utf8PathBuf),
}

impl FileOrigin {
    /// The name for people; `prefix` leads from where the user stands to the project.
    pub(super) fn name(&self, prefix: &Utf8Path) -> Utf8PathBuf {
        match self {
            Self::Project(path) => prefix.join(path),
            Self::Library(name) | Self::Other(name) => name.clone(),
            Self::Argument => "<command line>".into(),
            Self::Stdin => "<stdin>".into(),
        }
    }
}

/// A path alone is that of a file of the project.
impl From<Utf8PathBuf> for FileOrigin {
    fn from(path: Utf8PathBuf) -> Self {
        Self::Project(path)
    }
}

impl From<&Utf8Path> for FileOrigin {
    fn from(path: &Utf8Path) -> Self {
        Self::Project(path.to_owned())
    }
}

impl From<&str> for FileOrigin {
    fn from(path: &str) -> Self {
        Self::Project(path.into())
    }
}

impl From<String> for FileOrigin {
    fn from(path: String) -> Self {
        Self::Project(path.into())
    }
}
