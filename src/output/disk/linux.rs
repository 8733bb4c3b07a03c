//! The project's folder by Linux' system calls, relative to one handle.

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, OwnedFd};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, ResolveFlags, Stat};
use rustix::io::{Errno, retry_on_intr};

use crate::source::FileKind;

use super::{Irregular, LARGEST, Look, file_on_the_way, resolve, temporary, with_executable};

/// The project's folder.
#[derive(Debug)]
pub(in crate::output) struct Folder {
    handle: OwnedFd,
    /// Without symbolic links.
    root: Utf8PathBuf,
    /// `openat2` is there: Linux 5.6, and no old sandbox that refuses it.
    resolves_beneath: bool,
    /// Files without a name can be made here and named later.
    nameless: bool,
    /// The folder of the last new file, which the next one is often beside, and that of the last new folder.
    beside_last: Kept,
    above_last: Kept,
}

/// A folder that is kept open. Its handle names the folder that was looked at, whatever is under the path now.
type Kept = Option<(Utf8PathBuf, OwnedFd)>;

/// A file that was opened for reading.
pub(in crate::output) struct Opened(OwnedFd);

impl Folder {
    pub(in crate::output) fn open(root: &Utf8Path) -> io::Result<Self> {
        let root = root.canonicalize_utf8()?;
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(root.as_std_path(), flags, Mode::empty())?;
        Ok(Self { handle, root, resolves_beneath: true, nameless: true, beside_last: None, above_last: None })
    }

    /// Opens a file for reading. Nothing is followed out of the project, nothing blocks.
    pub(in crate::output) fn look(&mut self, path: &Utf8Path) -> io::Result<Look<Opened>> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let opened = if self.resolves_beneath {
            rustix::fs::openat2(&self.handle, path.as_std_path(), flags, Mode::empty(), beneath)
        } else {
            Err(Errno::XDEV)
        };
        match opened {
            Ok(handle) => Ok(Look::File(Opened(handle))),
            Err(Errno::NOENT) => match self.stat(path).map(|stat| FileType::from_raw_mode(stat.st_mode)) {
                None => Ok(Look::Missing),
                Some(FileType::Symlink) => Ok(dangling()),
                // The file has appeared in the meantime.
                Some(_) => self.look_slowly(path, flags),
            },
            // An absolute link within the project is refused by the kernel too, so look where it leads.
            Err(Errno::XDEV | Errno::AGAIN) => self.look_slowly(path, flags),
            Err(Errno::NOSYS | Errno::PERM) if self.resolves_beneath => {
                self.resolves_beneath = false;
                self.look_slowly(path, flags)
            }
            Err(error) => self.irregular(path, error),
        }
    }

    fn look_slowly(&self, path: &Utf8Path, flags: OFlags) -> io::Result<Look<Opened>> {
        if !self.is_there(path) {
            // Nothing has this name; the folders above it may lead out all the same.
            let above = path.ancestors().skip(1).find(|folder| !folder.as_str().is_empty() && self.is_there(folder));
            return Ok(match above.map(|folder| resolve(&self.root, folder)) {
                Some(Err(irregular)) => Look::Irregular(irregular),
                _ => file_on_the_way(&self.root, path)
                    .map_or(Look::Missing, |file| Look::Irregular(Irregular::BehindFile(file))),
            });
        }
        let real = match resolve(&self.root, path) {
            Ok(real) => real,
            Err(irregular) => return Ok(Look::Irregular(irregular)),
        };
        match rustix::fs::openat(&self.handle, real.as_std_path(), flags | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(handle) => Ok(Look::File(Opened(handle))),
            Err(error) => self.irregular(path, error),
        }
    }

    fn irregular(&self, path: &Utf8Path, error: Errno) -> io::Result<Look<Opened>> {
        Ok(Look::Irregular(match error {
            Errno::LOOP => Irregular::DanglingLink,
            Errno::NXIO | Errno::NODEV => Irregular::Special,
            Errno::NOTDIR => match file_on_the_way(&self.root, path) {
                Some(file) => Irregular::BehindFile(file),
                None => return Err(error.into()),
            },
            error => return Err(error.into()),
        }))
    }

    /// Is there anything of this name, even a link that leads nowhere?
    fn is_there(&self, path: &Utf8Path) -> bool {
        self.stat(path).is_some()
    }

    fn stat(&self, path: &Utf8Path) -> Option<Stat> {
        rustix::fs::statat(&self.handle, path.as_std_path(), AtFlags::SYMLINK_NOFOLLOW).ok()
    }

    /// Makes a file where none is, with `mode` less the umask. It appears under its name when it is whole.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] where something of that name is there, [`io::ErrorKind::NotFound`] where the
    /// folder is not.
    pub(in crate::output) fn create(&mut self, path: &Utf8Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        if self.nameless {
            match self.create_nameless(path, bytes, mode) {
                // These kernels and file systems have no nameless files, or there is no /proc to name one by.
                Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => self.nameless = false,
                Err(Errno::NOENT) if std::fs::metadata("/proc/self/fd").is_err() => self.nameless = false,
                created => return Ok(created?),
            }
        }
        let temporary = temporary::name_beside(path);
        let (folder, name) = self.above(path)?;
        write_named(&folder, &temporary, bytes, mode, None)?;
        // A link never takes the place of a file that appeared meanwhile.
        let linked = rustix::fs::linkat(&folder, &temporary, &folder, name, AtFlags::empty());
        if matches!(linked, Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS)) && stat(&folder, name).is_none() {
            return rename(&folder, &temporary, name);
        }
        discard(&folder, &temporary);
        Ok(linked?)
    }

    /// The folder of a path, and the name in it. The folder is reached by no way that leads out of the project, and what is
    /// done by its handle is done there, whatever takes its place meanwhile.
    fn above<'p>(&self, path: &'p Utf8Path) -> rustix::io::Result<(OwnedFd, &'p str)> {
        let name = path.file_name().ok_or(Errno::INVAL)?;
        let folder = path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        if self.resolves_beneath {
            let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
            match rustix::fs::openat2(&self.handle, folder.as_std_path(), flags, Mode::empty(), beneath) {
                // An absolute link within the project is refused, too.
                Err(Errno::XDEV | Errno::AGAIN | Errno::NOSYS | Errno::PERM) => {}
                opened => return Ok((opened?, name)),
            }
        }
        let real = resolve(&self.root, folder).map_err(|irregular| match irregular {
            Irregular::OutsideProject => Errno::XDEV,
            _ => Errno::NOENT,
        })?;
        // The links are resolved: one that appears on the way now is not followed.
        let mut handle = rustix::fs::openat(&self.handle, ".", flags, Mode::empty())?;
        for part in real.components() {
            handle = rustix::fs::openat(&handle, part.as_str(), flags | OFlags::NOFOLLOW, Mode::empty())?;
        }
        Ok((handle, name))
    }

    fn create_nameless(&mut self, path: &Utf8Path, bytes: &[u8], mode: u32) -> rustix::io::Result<()> {
        let mut kept = self.beside_last.take();
        let done = self.make_in(&mut kept, path, |folder, name| write_nameless(folder, name, bytes, mode));
        self.beside_last = kept;
        done
    }

    /// Makes something that was not there, in the folder of its path.
    fn make_in(
        &self,
        kept: &mut Kept,
        path: &Utf8Path,
        make: impl Fn(&OwnedFd, &str) -> rustix::io::Result<()>,
    ) -> rustix::io::Result<()> {
        // If the folder that is kept was removed meanwhile, another may stand in its place.
        if let Some((of, folder)) = kept
            && path.parent() == Some(of)
            && let Some(name) = path.file_name()
            && make(folder, name).is_ok()
        {
            return Ok(());
        }
        *kept = None;
        let (folder, name) = self.above(path)?;
        make(&folder, name)?;
        *kept = path.parent().map(|of| (of.to_owned(), folder));
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
        let real;
        let (mut folder, mut name) = self.above(path)?;
        let mut found = stat(&folder, name).ok_or(Errno::NOENT)?;
        if FileType::from_raw_mode(found.st_mode) == FileType::Symlink {
            real = resolve(&self.root, path).map_err(|_| io::Error::from(io::ErrorKind::NotFound))?;
            (folder, name) = self.above(&real)?;
            found = stat(&folder, name).ok_or(Errno::NOENT)?;
        }
        let old = found.st_mode & 0o7777;
        let mode = executable.map_or(old, |executable| with_executable(old, executable));
        let temporary = temporary::name_beside(Utf8Path::new(name));
        write_named(&folder, &temporary, bytes, 0o600, Some(mode))?;
        rename(&folder, &temporary, name)
    }

    /// Gives or takes the right to execute.
    pub(in crate::output) fn set_executable(&mut self, path: &Utf8Path, executable: bool) -> io::Result<()> {
        let Look::File(Opened(file)) = self.look(path)? else { return Err(io::ErrorKind::NotFound.into()) };
        let old = rustix::fs::fstat(&file)?.st_mode & 0o7777;
        Ok(rustix::fs::fchmod(&file, Mode::from_raw_mode(with_executable(old, executable)))?)
    }

    /// Makes one folder; those above it are there.
    pub(in crate::output) fn make_folder(&mut self, path: &Utf8Path) -> io::Result<()> {
        let mut kept = self.above_last.take();
        let done =
            self.make_in(&mut kept, path, |folder, name| rustix::fs::mkdirat(folder, name, Mode::from_raw_mode(0o777)));
        self.above_last = kept;
        Ok(done?)
    }

    pub(in crate::output) fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        let (folder, name) = self.above(path)?;
        Ok(rustix::fs::unlinkat(&folder, name, AtFlags::empty())?)
    }

    /// Opens a file to be read and added to; it is made where none is.
    pub(in crate::output) fn open_log(&self, path: &Utf8Path) -> io::Result<File> {
        let (folder, name) = self.above(path)?;
        let flags = OFlags::CREATE | OFlags::APPEND | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        Ok(rustix::fs::openat(&folder, name, flags, Mode::from_raw_mode(0o666))?.into())
    }

    /// Gives a file another name in its folder; one that has it is replaced.
    pub(in crate::output) fn rename(&self, path: &Utf8Path, name: &str) -> io::Result<()> {
        let (folder, old) = self.above(path)?;
        Ok(rustix::fs::renameat(&folder, old, &folder, name)?)
    }

    /// Gives every name in a folder that is UTF-8; the folder and what is in it is not reached by links.
    pub(in crate::output) fn list(&self, path: &Utf8Path, give: &mut dyn FnMut(&str, FileKind)) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let folder = if path.as_str().is_empty() {
            rustix::fs::openat(&self.handle, ".", flags, Mode::empty())?
        } else {
            let (above, name) = self.above(path)?;
            rustix::fs::openat(&above, name, flags, Mode::empty())?
        };
        // A name has 255 bytes at most, an entry some 20 more.
        let mut buffer = [const { MaybeUninit::uninit() }; 8192];
        let mut entries = RawDir::new(&folder, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            if matches!(name, "." | "..") {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => {
                    let stat = rustix::fs::statat(&folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)?;
                    FileType::from_raw_mode(stat.st_mode)
                }
                kind => kind,
            };
            let kind = match kind {
                FileType::RegularFile => FileKind::File,
                FileType::Directory => FileKind::Directory,
                _ => FileKind::Other,
            };
            give(name, kind);
        }
        Ok(())
    }

    /// Removes an empty folder.
    pub(in crate::output) fn remove_folder(&self, path: &Utf8Path) -> io::Result<()> {
        let (folder, name) = self.above(path)?;
        Ok(rustix::fs::unlinkat(&folder, name, AtFlags::REMOVEDIR)?)
    }
}

impl Opened {
    /// Reads until `buffer` holds `limit` bytes or more; fewer only where the file ends.
    pub(in crate::output) fn read(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<()> {
        while buffer.len() < limit {
            buffer.reserve((limit - buffer.len()).min(buffer.len().max(1 << 20)));
            let room = buffer.capacity() - buffer.len();
            let read = retry_on_intr(|| rustix::io::read(&self.0, rustix::buffer::spare_capacity(&mut *buffer)));
            match read {
                // Only a pipe would have to be waited for; it is told by its kind.
                Ok(0) | Err(Errno::AGAIN) => break,
                // The file has as many bytes as it should have, and there was room for more: it ends here.
                Ok(read) if read < room && buffer.len() + 1 == limit => break,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// `Ok` with the permission bits for a regular file.
    pub(in crate::output) fn mode(&self) -> io::Result<Result<u32, Irregular>> {
        let stat = rustix::fs::fstat(&self.0)?;
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile if u64::try_from(stat.st_size).is_ok_and(|size| size > LARGEST) => {
                Err(Irregular::TooLarge)
            }
            FileType::RegularFile => Ok(stat.st_mode & 0o7777),
            FileType::Directory => Err(Irregular::Folder),
            _ => Err(Irregular::Special),
        })
    }
}

fn write_nameless(folder: &OwnedFd, name: &str, bytes: &[u8], mode: u32) -> rustix::io::Result<()> {
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, ".", flags, Mode::from_raw_mode(mode & 0o777))?;
    write_all(&file, bytes)?;
    // By its handle, where the kernel lets us: to everyone since Linux 6.10, to root before.
    match rustix::fs::linkat(&file, "", folder, name, AtFlags::EMPTY_PATH) {
        Err(Errno::NOENT) => {}
        linked => return linked,
    }
    let of_handle = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(rustix::fs::CWD, of_handle.as_str(), folder, name, AtFlags::SYMLINK_FOLLOW)
}

fn write_named(folder: &OwnedFd, name: &str, bytes: &[u8], mode: u32, exact: Option<u32>) -> io::Result<()> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mode = Mode::from_raw_mode(mode & 0o777);
    let file = match rustix::fs::openat(folder, name, flags, mode) {
        // A file that was left by a killed process with the same process id.
        Err(Errno::EXIST) => {
            discard(folder, name);
            rustix::fs::openat(folder, name, flags, mode)?
        }
        file => file?,
    };
    let set_mode = || exact.map_or(Ok(()), |mode| rustix::fs::fchmod(&file, Mode::from_raw_mode(mode)));
    write_all(&file, bytes).and_then(|()| set_mode()).map_err(|error| {
        discard(folder, name);
        error.into()
    })
}

fn rename(folder: &OwnedFd, from: &str, to: &str) -> io::Result<()> {
    rustix::fs::renameat(folder, from, folder, to).map_err(|error| {
        discard(folder, from);
        error.into()
    })
}

/// A temporary file that cannot be removed now is a stray for the next run.
fn discard(folder: &OwnedFd, name: &str) {
    let _ = rustix::fs::unlinkat(folder, name, AtFlags::empty());
}

fn stat(folder: &OwnedFd, name: &str) -> Option<Stat> {
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()
}

fn write_all(file: &OwnedFd, mut bytes: &[u8]) -> rustix::io::Result<()> {
    while !bytes.is_empty() {
        let written = retry_on_intr(|| rustix::io::write(file, bytes))?;
        bytes = &bytes[written..];
    }
    Ok(())
}

fn dangling() -> Look<Opened> {
    Look::Irregular(Irregular::DanglingLink)
}
