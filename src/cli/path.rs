//! Paths of the command line.

use std::io;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

/// The folder that the user stands in, symbolic links resolved.
pub(crate) fn current_dir() -> Result<Utf8PathBuf> {
    let folder = std::env::current_dir().context("the current folder cannot be found")?;
    let Ok(folder) = Utf8PathBuf::try_from(folder) else { bail!("the current folder's name is not UTF-8") };
    folder.canonicalize_utf8().with_context(|| format!("`{folder}` cannot be read"))
}

/// A folder that the user named, absolute, symbolic links resolved.
pub(crate) fn folder(path: &Utf8Path) -> Result<Utf8PathBuf> {
    let real = path.canonicalize_utf8().map_err(|error| plain(path, &error))?;
    if !real.is_dir() {
        bail!("`{path}` is no folder");
    }
    Ok(real)
}

/// An I/O error on a path, in plain words.
pub(crate) fn plain(path: &Utf8Path, error: &io::Error) -> anyhow::Error {
    anyhow::anyhow!("`{path}`: {}", reason(error))
}

/// An I/O error in plain words.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is no folder".to_owned(),
        _ => error.to_string(),
    }
}
