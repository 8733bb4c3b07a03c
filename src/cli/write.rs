//! Writing the files of `expand`, `import` and `export make`, depfiles and stamps: whole or not at all.

use std::io::Write;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use crate::project::path::plain;
use crate::source::{Disk, FileSystem, from_start};

/// Replaces a file's bytes; its mode stays. What is no regular file (`/dev/stdout`, a named pipe) is written to.
pub(crate) fn whole(file: &Utf8Path, bytes: &[u8]) -> Result<()> {
    let failed = |error: std::io::Error| plain(file, &error);
    let old = std::fs::metadata(file).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return std::fs::write(file, bytes).map_err(failed);
    }
    let (temporary, real) = prepared(file, bytes, old.as_ref())?;
    put(temporary, &real)
}

/// As [`whole`], for several files: none is replaced before the bytes of all are on the disk.
pub(crate) fn together(files: &[(Utf8PathBuf, &[u8])]) -> Result<()> {
    let prepare = |(file, bytes): &(Utf8PathBuf, &[u8])| prepared(file, bytes, std::fs::metadata(file).ok().as_ref());
    let all: Vec<_> = files.iter().map(prepare).collect::<Result<_>>()?;
    all.into_iter().try_for_each(|(temporary, real)| put(temporary, &real))
}

/// A temporary file with the bytes and the mode of `old`, and the file in whose place it is to be [`put`].
fn prepared(file: &Utf8Path, bytes: &[u8], old: Option<&std::fs::Metadata>) -> Result<(NamedTempFile, Utf8PathBuf)> {
    let failed = |error: std::io::Error| plain(file, &error);
    // Behind a symbolic link the file is replaced, not the link.
    let real = file.canonicalize_utf8().unwrap_or_else(|_| file.to_owned());
    let mut temporary = temporary_beside(&real)?;
    temporary.write_all(bytes).map_err(failed)?;
    if let Some(old) = old {
        temporary.as_file().set_permissions(old.permissions()).map_err(failed)?;
    }
    Ok((temporary, real))
}

/// A new file in the folder of `file`, which is removed again unless it is [`put`] there.
pub(crate) fn temporary_beside(file: &Utf8Path) -> Result<NamedTempFile> {
    let folder = file.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let mut temporary = tempfile::Builder::new();
    #[cfg(unix)]
    temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    temporary.prefix(".dockmill-").tempfile_in(folder).map_err(|error| plain(file, &error))
}

/// Puts a temporary file in its place.
pub(crate) fn put(temporary: NamedTempFile, file: &Utf8Path) -> Result<()> {
    temporary.persist(file).map(|_| ()).map_err(|error| plain(file, &error.error))
}

/// As [`whole`], unless the file has these bytes already: then it is not touched.
pub(crate) fn if_changed(file: &Utf8Path, bytes: &[u8]) -> Result<()> {
    if Disk.read(file).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    whole(file, bytes)
}

/// As [`if_changed`], unless another program or a person wrote the file: ours begins with `mark`.
pub(crate) fn unless_foreign(file: &Utf8Path, bytes: &[u8], mark: &str) -> Result<()> {
    if file.is_file() {
        let old = Disk.read(file).map_err(|error| plain(file, &error))?;
        if !old.is_empty() && !old.starts_with(mark.as_bytes()) {
            bail!("`{}` was not written by this command; move it away, or name another file", from_start(file));
        }
    }
    if_changed(file, bytes)
}
