//! What `dockmill adopt` was told, in a file beside the manifest: the next run keeps to it.

use anyhow::{Result, anyhow};
use camino::Utf8Path;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::adopt::Style;
use crate::project::path;
use crate::source::{Disk, FileSystem};

/// The file.
pub(super) const ANSWERS: &str = "dockmill.adopt";

const HEAD: &str = "# What `dockmill adopt` was told. The next run keeps to it; what is then given on the command line has precedence.\n";

/// What one may tell `adopt`, but for where it reads and writes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Answers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) style: Option<Written>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) keep: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) merge: Vec<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) split: Vec<String>,
    /// Names of axes with the form of their values.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) axis: IndexMap<String, String>,
    /// Names of images with the paths of their files.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) image: IndexMap<String, String>,
    /// New names by the old ones.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) name: IndexMap<String, String>,
}

/// A style as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Written {
    Fragments,
    Matrix,
}

impl From<Written> for Style {
    fn from(written: Written) -> Self {
        match written {
            Written::Fragments => Self::Fragments,
            Written::Matrix => Self::Matrix,
        }
    }
}

impl Answers {
    /// Reads what was kept in a folder.
    pub(super) fn kept(folder: &Utf8Path) -> Result<Self> {
        let file = folder.join(ANSWERS);
        if !Disk.is_there(&file) {
            return Ok(Self::default());
        }
        let bytes = Disk.read(&file).map_err(|error| path::plain(&file, &error))?;
        let seen = path::seen_from(folder).join(ANSWERS);
        let text = String::from_utf8(bytes).map_err(|_| anyhow!("`{seen}` is no UTF-8"))?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            anyhow!("{seen}:{line}:{column}: {}", error.message().trim_end())
        })
    }

    /// These answers, and of the others those that say nothing else of the same.
    pub(super) fn before(mut self, other: Self) -> Self {
        fn all<T: PartialEq>(one: &mut Vec<T>, other: Vec<T>) {
            one.extend(other.into_iter().filter(|item| !one.contains(item)).collect::<Vec<_>>());
        }
        let pairs = |one: &mut IndexMap<String, String>, other: IndexMap<String, String>| {
            for (key, value) in other {
                one.entry(key).or_insert(value);
            }
        };
        self.style = self.style.or(other.style);
        all(&mut self.keep, other.keep);
        all(&mut self.merge, other.merge);
        all(&mut self.split, other.split);
        pairs(&mut self.axis, other.axis);
        pairs(&mut self.image, other.image);
        pairs(&mut self.name, other.name);
        self
    }

    /// Keeps them in a folder; the file is only written where it does not say this yet.
    pub(super) fn keep_in(&self, folder: &Utf8Path) -> Result<bool> {
        if *self == Self::kept(folder)? {
            return Ok(false);
        }
        let text = toml::to_string(self).map_err(|error| anyhow!("{error}"))?;
        super::super::write::whole(&folder.join(ANSWERS), format!("{HEAD}{text}").as_bytes())?;
        Ok(true)
    }
}
