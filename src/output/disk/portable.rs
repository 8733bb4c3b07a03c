//! The project's folder by the standard library and `tempfile`.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

use crate::source::FileKind;

use super::{Irregular, Look, file_on_the_way, resolve, temporary};

/// The project's folder.
#[derive(Debug)]
pub(in crate::output) struct Folder {
    /// Without symbolic links.
    root: Utf8PathBuf,
}

/// A file that was opened for reading.
pub(in crate::output) struct Opened(File);

impl Folder {
    pub(in crate::output) fn open(root: &Utf8Path) -> io::Result<Self> {
        let root = root.canonicalize_utf8()?;
        if root.is_dir() { Ok(Self { root }) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Opens a file for reading. Nothing is followed out of the project, nothing blocks.
    pub(in crate::output) fn look(&mut self, path: &Utf8Path) -> io::Result<Look<Opened>> {
        let Some(there) = path.ancestors().find(|part| self.root.join(part).symlink_metadata().is_ok()) else {
            return Ok(Look::Missing);
        };
        let real = match resolve(&self.root, there) {
            Ok(real) => self.root.join(real),
            Err(irregular) => return Ok(Look::Irregular(irregular)),
        };
        if there != path {
            let file = file_on_the_way(&self.root, path);
            return Ok(file.map_or(Look::Missing, |file| Look::Irregular(Irregular::BehindFile(file))));
        }
        let meta = fs::metadata(&real)?;
        Ok(if meta.is_dir() {
            Look::Irregular(Irregular::Folder)
        } else if meta.is_file() {
            Look::File(Opened(File::open(&real)?))
        } else {
            Look::Irregular(Irregular::Special)
        })
    }

    /// Makes a file where none is, with `mode` less the umask. It appears under its name when it is whole.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] where something of that name is there, [`io::ErrorKind::NotFound`] where the
    /// folder is not.
    pub(in crate::output) fn create(&mut self, path: &Utf8Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let path = self.root.join(path);
        let file = temporary_file(&path, |open| set_new_mode(open, mode))?;
        file.as_file().write_all(bytes)?;
        file.persist_noclobber(&path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Puts new bytes in the place of a file. It keeps its mode, save the right to execute where that is given; where the
    /// path is a link, the file that it leads to is replaced.
    pub(in crate::output) fn replace(
        &mut self,
        path: &Utf8Path,
        bytes: &[u8],
        executable: Option<bool>,
    ) -> io::Result<()> {
        let path = self.root.join(path).canonicalize_utf8()?;
        let permissions = fs::metadata(&path)?.permissions();
        let file = temporary_file(&path, |_| ())?;
        file.as_file().write_all(bytes)?;
        file.as_file().set_permissions(changed(permissions, executable))?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Gives or takes the right to execute.
    pub(in crate::output) fn set_executable(&self, path: &Utf8Path, executable: bool) -> io::Result<()> {
        let path = self.root.join(path);
        fs::set_permissions(&path, changed(fs::metadata(&path)?.permissions(), Some(executable)))
    }

    /// Makes one folder; those above it are there.
    pub(in crate::output) fn make_folder(&self, path: &Utf8Path) -> io::Result<()> {
        fs::create_dir(self.root.join(path))
    }

    pub(in crate::output) fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        fs::remove_file(self.root.join(path))
    }

    /// Opens a file to be read and added to; it is made where none is.
    pub(in crate::output) fn open_log(&self, path: &Utf8Path) -> io::Result<File> {
        fs::OpenOptions::new().create(true).append(true).read(true).open(self.root.join(path))
    }

    /// Gives a file another name in its folder; one that has it is replaced.
    pub(in crate::output) fn rename(&self, path: &Utf8Path, name: &str) -> io::Result<()> {
        let path = self.root.join(path);
        fs::rename(&path, path.with_file_name(name))
    }

    /// Gives every name in a folder that is UTF-8; the folder and what is in it is not reached by links.
    pub(in crate::output) fn list(&self, path: &Utf8Path, give: &mut dyn FnMut(&str, FileKind)) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join(path))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if let Some(name) = entry.file_name().to_str() {
                give(
                    name,
                    if kind.is_dir() {
                        FileKind::Directory
                    } else if kind.is_file() {
                        FileKind::File
                    } else {
                        FileKind::Other
                    },
                );
            }
        }
        Ok(())
    }

    /// Removes an empty folder.
    pub(in crate::output) fn remove_folder(&self, path: &Utf8Path) -> io::Result<()> {
        fs::remove_dir(self.root.join(path))
    }
}

impl Opened {
    /// Reads until `buffer` holds `limit` bytes or more; fewer only where the file ends.
    pub(in crate::output) fn read(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<()> {
        let missing = limit.saturating_sub(buffer.len());
        (&self.0).take(missing as u64).read_to_end(buffer)?;
        Ok(())
    }

    /// `Ok` with the permission bits for a regular file; it was told apart when it was opened.
    pub(in crate::output) fn mode(&self) -> io::Result<Result<u32, Irregular>> {
        Ok(Ok(mode(&self.0.metadata()?.permissions())))
    }
}

/// The file of a temporary name beside `path`; `tempfile` removes it when it is dropped.
fn temporary_file(path: &Utf8Path, set: impl Fn(&mut fs::OpenOptions)) -> io::Result<tempfile::NamedTempFile> {
    let temporary = temporary::path_beside(path);
    let folder = temporary.parent().unwrap_or(Utf8Path::new("."));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    set(&mut options);
    tempfile::Builder::new()
        .prefix(temporary.file_name().unwrap_or_default())
        .rand_bytes(0)
        .make_in(folder, |path| options.open(path))
}

#[cfg(unix)]
fn set_new_mode(options: &mut fs::OpenOptions, mode: u32) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(mode & 0o777);
}

#[cfg(not(unix))]
fn set_new_mode(_: &mut fs::OpenOptions, _: u32) {}

#[cfg(unix)]
fn mode(permissions: &fs::Permissions) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    permissions.mode() & 0o7777
}

/// There is no right to execute here; the caller assumes what it wants.
#[cfg(not(unix))]
fn mode(_: &fs::Permissions) -> u32 {
    0o644
}

#[cfg(unix)]
fn changed(mut permissions: fs::Permissions, executable: Option<bool>) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    if let Some(executable) = executable {
        let old = mode(&permissions);
        permissions.set_mode(super::with_executable(old, executable));
    }
    permissions
}

#[cfg(not(unix))]
fn changed(permissions: fs::Permissions, _: Option<bool>) -> fs::Permissions {
    permissions
}
