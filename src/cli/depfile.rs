//! What make and ninja are told of a run: the files that it used, and the time at which it began.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use tempfile::NamedTempFile;

use crate::output::depfile::{depfile, target};
use crate::source::from_start;

use super::write;

// For make and ninja.
#[derive(Debug, Default, Args)]
pub(crate) struct ForMake {
    /// List the files that were used in this file, as a rule for make that ninja reads, too
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) depfile: Option<Utf8PathBuf>,
    /// After success, touch this empty file, whether outputs changed or not; it is the target of the rule in the depfile
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) stamp: Option<Utf8PathBuf>,
}

impl ForMake {
    /// To be called before the first file is read.
    ///
    /// # Errors
    /// The stamp cannot be written, or the file of that name is something else.
    pub(crate) fn begin(&self) -> Result<Option<Stamp>> {
        if let (Some(depfile), Some(stamp)) = (&self.depfile, &self.stamp)
            && depfile == stamp
        {
            bail!("`--depfile` and `--stamp` are one file, `{stamp}`");
        }
        self.stamp.as_deref().map(Stamp::begin).transpose()
    }

    /// Writes the rule, where it is asked for: the stamp, or where there is none `output`, depends on these files.
    ///
    /// # Errors
    /// There is nothing to depend on them, make cannot name a path, or the depfile of a stamp is a file of another kind.
    pub(crate) fn write<'a>(
        &self,
        output: Option<&Utf8Path>,
        files: impl IntoIterator<Item = &'a Utf8Path>,
    ) -> Result<()> {
        let Some(file) = &self.depfile else { return Ok(()) };
        let Some(made) = self.stamp.as_deref().or(output) else {
            bail!("`--depfile` wants `--output` or `--stamp`: the rule names that file");
        };
        // make stands where dockmill was called, wherever `-C` leads.
        let made = &from_start(made);
        let files: Vec<Utf8PathBuf> = files.into_iter().map(from_start).collect();
        let rule = depfile(made, files.iter().map(Utf8PathBuf::as_path))?;
        match self.stamp {
            Some(_) => write::unless_foreign(file, rule.as_bytes(), &target(made)?),
            None => write::if_changed(file, rule.as_bytes()),
        }
    }
}

/// A stamp whose time is that of the begin: what is edited during the run is newer, and so is not missed.
pub(crate) struct Stamp {
    file: Utf8PathBuf,
    begun: NamedTempFile,
}

impl Stamp {
    fn begin(file: &Utf8Path) -> Result<Self> {
        // A slip of the hand must not cost a template.
        if file.symlink_metadata().is_ok_and(|old| !old.is_file() || old.len() > 0) {
            bail!("`--stamp {file}` would replace what is no stamp: a stamp is an empty file");
        }
        Ok(Self { file: file.to_owned(), begun: write::temporary_beside(file)? })
    }

    /// All went well.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn set(self) -> Result<()> {
        write::put(self.begun, &self.file)
    }
}
