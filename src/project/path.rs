//! Paths of the command line.

use std::io::{self, ErrorKind};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::did_you_mean;
use crate::source::{Disk, FileSystem, clean_path, from_start, reason, start, way};

/// The folder that the user stands in, symbolic links resolved.
pub(crate) fn current_dir() -> Result<Utf8PathBuf> {
    let folder = std::env::current_dir().context("the current folder cannot be found")?;
    let Ok(folder) = Utf8PathBuf::try_from(folder) else { bail!("the current folder's name is not UTF-8") };
    Disk.canonicalize(&folder).with_context(|| format!("`{folder}` cannot be read"))
}

/// The folder that the user stands in, before `-C` led elsewhere; symbolic links resolved.
pub(crate) fn start_dir() -> Option<Utf8PathBuf> {
    Disk.canonicalize(&Utf8PathBuf::try_from(start()).ok()?).ok()
}

/// The way to a folder from where the user stands.
pub(crate) fn seen_from(folder: &Utf8Path) -> Utf8PathBuf {
    start_dir().map_or_else(|| folder.to_owned(), |start| way(&start, folder))
}

/// A folder that the user named, absolute, symbolic links resolved.
pub(crate) fn folder(path: &Utf8Path) -> Result<Utf8PathBuf> {
    let real = Disk.canonicalize(path).map_err(|error| plain(path, &error))?;
    if !Disk.is_dir(&real) {
        bail!("`{path}` is no folder");
    }
    Ok(real)
}

/// A file that the user named, from the project's folder; it need not be there. Behind `-C` it may be named as messages name
/// it: from where the user stands.
pub(crate) fn inside(file: &Utf8Path, root: &Utf8Path) -> Result<Utf8PathBuf> {
    let from_here = clean_path(&current_dir()?.join(file));
    let from_start = || Some(clean_path(&start_dir()?.join(file))).filter(|path| Disk.metadata(path).is_ok());
    let absolute = if Disk.metadata(&from_here).is_ok() { from_here } else { from_start().unwrap_or(from_here) };
    let absolute = if absolute.starts_with(root) { absolute } else { without_links(&absolute) };
    match absolute.strip_prefix(root) {
        // Paths of a project have `/` on every system.
        Ok(inner) => Ok(inner.components().map(|part| part.as_str()).collect::<Vec<_>>().join("/").into()),
        Err(_) => bail!("`{file}` is not in the project's folder `{root}`"),
    }
}

/// The path with the links of its folders followed, as far as they are there: a shell's `$PWD` may lead through one.
fn without_links(path: &Utf8Path) -> Utf8PathBuf {
    let real = |above: &Utf8Path| Some(Disk.canonicalize(above).ok()?.join(path.strip_prefix(above).ok()?));
    path.ancestors().skip(1).find_map(real).unwrap_or_else(|| path.to_owned())
}

/// An I/O error on a path that the user has given, in plain words.
pub(crate) fn plain(path: &Utf8Path, error: &io::Error) -> anyhow::Error {
    let meant = (error.kind() == ErrorKind::NotFound).then(|| meant(path)).flatten();
    let meant = meant.map(|meant| format!("; did you mean `{}`?", from_start(&meant))).unwrap_or_default();
    anyhow::anyhow!("`{}`: {}{meant}", from_start(path), reason(error))
}

/// What is there and is spelt nearly as a path that is not.
pub(crate) fn meant(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let above = |path: &Utf8Path| path.parent().map(|folder| if folder == "" { ".".into() } else { folder.to_owned() });
    let missing = path.ancestors().find(|part| above(part).is_some_and(|folder| Disk.is_dir(&folder)))?;
    let entries = Disk.read_dir(&above(missing)?).ok()?;
    let near = did_you_mean(missing.file_name()?, entries.iter().map(|(name, _)| name.as_str()))?;
    let rest = path.strip_prefix(missing).ok()?;
    let meant: Utf8PathBuf = missing.with_file_name(near).components().chain(rest.components()).collect();
    // Below the misspelt folder all must be right, or the guess leads nowhere.
    Disk.metadata(&meant).is_ok().then_some(meant)
}
