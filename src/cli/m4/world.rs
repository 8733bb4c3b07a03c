//! Files, streams and programs for the engine.

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use crate::diagnostic::printable;
use crate::m4::{Gravity, Host, Loaded, Message, Ran, Unread, system};
use crate::source::read_all;

use super::options::Given;

/// The process: standard output and error, files within the wall, programs where they are allowed.
pub(super) struct World {
    /// -I, then M4PATH.
    include: Vec<Vec<u8>>,
    /// Folders with their links resolved; files are included from these only.
    wall: Vec<PathBuf>,
    allow_exec: bool,
    debug: Debug,
    pub(super) read: Read,
}

/// Name and bytes of every file that was read, where `--warn` asks for them; else nothing is kept.
#[derive(Clone, Default)]
pub(super) struct Read(Option<Rc<RefCell<Named>>>);

type Named = Vec<(Vec<u8>, Vec<u8>)>;

impl Read {
    fn new(keep: bool) -> Self {
        Self(keep.then(Rc::default))
    }

    /// The file for the engine, with its number.
    fn loaded(&self, name: &[u8], bytes: Vec<u8>) -> Loaded {
        let mut source = 0;
        if let Some(files) = &self.0 {
            let mut files = files.borrow_mut();
            source = u32::try_from(files.len()).unwrap_or(0);
            files.push((name.to_vec(), bytes.clone()));
        }
        Loaded { name: name.to_vec(), bytes, source }
    }

    pub(super) fn files(&self) -> Named {
        self.0.as_ref().map(|files| files.take()).unwrap_or_default()
    }

    /// A file that the command line names.
    pub(super) fn named(&self, name: &[u8]) -> Result<Loaded, String> {
        if name == b"-" {
            let bytes = read_all(io::stdin().lock(), 0).map_err(|error| system(&error))?;
            return Ok(self.loaded(b"stdin", bytes));
        }
        let bytes = read_file(&path(name)).map_err(|error| system(&error))?;
        Ok(self.loaded(name, bytes))
    }
}

/// A file, unless it has more bytes than are read: one without data takes no room on a disk.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    read_all(file, length)
}

/// Where trace lines go.
enum Debug {
    Error,
    Nowhere,
    File(File),
}

#[cfg(unix)]
pub(super) fn bytes(text: OsString) -> Vec<u8> {
    std::os::unix::ffi::OsStringExt::into_vec(text)
}

#[cfg(not(unix))]
pub(super) fn bytes(text: OsString) -> Vec<u8> {
    text.to_string_lossy().into_owned().into_bytes()
}

#[cfg(unix)]
fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(name))
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::new(String::from_utf8_lossy(name).as_ref()))
}

/// Writes to the standard error what is said of a template, which may quote anything: a terminal is to interpret nothing of it.
pub(super) fn complain(text: &[u8]) {
    let mut shown = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        shown.extend_from_slice(printable(chunk.valid()).as_bytes());
        // Other encodings than UTF-8 have their letters here.
        shown.extend_from_slice(chunk.invalid());
    }
    say(&shown);
}

/// Writes to the standard error as it is; that nobody reads it is no reason to stop.
fn say(text: &[u8]) {
    let _ = io::stderr().lock().write_all(text);
}

/// Writes to the standard output; `false` where that fails, which is told. That nobody reads it any more needs no word.
pub(super) fn print(text: &[u8]) -> bool {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => true,
        Err(error) => {
            if error.kind() != io::ErrorKind::BrokenPipe {
                complain(format!("m4: write error: {}\n", system(&error)).as_bytes());
            }
            false
        }
    }
}

impl World {
    /// The world as the command line says.
    pub(super) fn new(given: &Given) -> Result<Self, String> {
        let mut include = given.include.clone();
        if let Some(more) = std::env::var_os("M4PATH") {
            let more = bytes(more);
            include.extend(more.split(|byte| *byte == b':').filter(|part| !part.is_empty()).map(<[u8]>::to_vec));
        }
        let folders = std::iter::once(PathBuf::from(".")).chain(include.iter().map(|folder| path(folder)));
        // A folder of -I that is not there is no error in m4 either.
        let wall = folders.filter_map(|folder| folder.canonicalize().ok()).collect();
        let debug = match &given.debug_file {
            None => Debug::Error,
            Some(name) if name.is_empty() => Debug::Nowhere,
            Some(name) => match File::create(path(name)) {
                Ok(file) => Debug::File(file),
                Err(error) => {
                    let name = String::from_utf8_lossy(name);
                    return Err(format!("m4: cannot set debug file `{name}': {}\n", system(&error)));
                }
            },
        };
        Ok(Self { include, wall, allow_exec: given.allow_exec, debug, read: Read::new(given.warn) })
    }

    /// Reads one candidate.
    fn open(&self, name: &[u8]) -> Result<Loaded, Unread> {
        let path = path(name);
        let real = path.canonicalize().map_err(Unread::Io)?;
        if !self.allow_exec && !self.wall.iter().any(|folder| real.starts_with(folder)) {
            let folder = real.parent().unwrap_or(Path::new("/")).display();
            let hint = format!("it is outside of this folder; `-I {folder}` allows files of its folder");
            return Err(Unread::Outside(hint));
        }
        let metadata = real.metadata().map_err(Unread::Io)?;
        // A pipe may wait for ever, and a device may have no end.
        if !self.allow_exec && !metadata.is_file() && !metadata.is_dir() {
            let hint = "it is no regular file; `--allow-exec` allows it for templates of your own";
            return Err(Unread::Outside(hint.to_owned()));
        }
        let bytes = read_file(&real).map_err(Unread::Io)?;
        Ok(self.read.loaded(name, bytes))
    }
}

impl Host for World {
    fn output(&mut self, bytes: &[u8]) -> bool {
        print(bytes)
    }

    fn error(&mut self, bytes: &[u8]) {
        complain(bytes);
    }

    fn message(&mut self, message: &Message<'_>) {
        let line = message.line();
        if message.gravity == Gravity::Said { say(&line) } else { complain(&line) }
    }

    fn debug(&mut self, bytes: &[u8]) {
        match &mut self.debug {
            Debug::Error => complain(bytes),
            Debug::Nowhere => {}
            Debug::File(file) => {
                let _ = file.write_all(bytes);
            }
        }
    }

    fn read(&mut self, name: &[u8]) -> Result<Loaded, Unread> {
        let missing = || Unread::Io(io::Error::from_raw_os_error(2));
        if name.is_empty() {
            return Err(missing());
        }
        let first = self.open(name);
        let absent = matches!(&first, Err(Unread::Io(_)));
        if !absent || name.starts_with(b"/") {
            return first;
        }
        for folder in &self.include {
            match self.open(&[&folder[..], b"/", name].concat()) {
                Err(Unread::Io(_)) => {}
                found => return found,
            }
        }
        first
    }

    fn debug_file(&mut self, name: Option<&[u8]>) -> Result<(), String> {
        self.debug = match name {
            None => Debug::Error,
            Some(b"") => Debug::Nowhere,
            Some(_) if !self.allow_exec => {
                return Err("templates write no files; `--allow-exec` allows it for templates of your own".to_owned());
            }
            Some(name) => {
                let file = File::options().append(true).create(true).open(path(name));
                Debug::File(file.map_err(|error| system(&error))?)
            }
        };
        Ok(())
    }

    fn run(&mut self, command: &[u8], capture: bool) -> Option<io::Result<Ran>> {
        self.allow_exec.then(|| run(command, capture))
    }

    fn temporary(&mut self, template: &[u8]) -> Option<io::Result<Vec<u8>>> {
        self.allow_exec.then(|| temporary(template))
    }
}

fn run(command: &[u8], capture: bool) -> io::Result<Ran> {
    if command.is_empty() {
        return Ok(Ran { status: 0, output: Vec::new() });
    }
    let mut shell = Command::new("/bin/sh");
    // The name that the shell begins its own errors with.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut shell, "sh");
    shell.arg("-c").arg(path(command)).stdin(Stdio::inherit()).stderr(Stdio::inherit());
    shell.stdout(if capture { Stdio::piped() } else { Stdio::inherit() });
    let done = shell.spawn()?.wait_with_output()?;
    Ok(Ran { status: status(done.status), output: done.stdout })
}

/// The number of `sysval`: the exit status, or the signal times 256.
fn status(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return signal << 8;
    }
    status.code().unwrap_or(127)
}

/// An empty file whose name ends in six letters of its own.
fn temporary(template: &[u8]) -> io::Result<Vec<u8>> {
    let stem = template.len() - template.iter().rev().take_while(|byte| **byte == b'X').count().min(6);
    let stem = path(&template[..stem]);
    let folder = stem.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let prefix = if template[..].ends_with(b"/") { OsStr::new("") } else { stem.file_name().unwrap_or_default() };
    let file = tempfile::Builder::new().prefix(prefix).rand_bytes(6).tempfile_in(folder)?;
    let kept = file.into_temp_path().keep().map_err(|error| error.error)?;
    let name = kept.file_name().unwrap_or_default().to_owned();
    let whole = stem.parent().map_or_else(|| PathBuf::from(&name), |folder| folder.join(&name));
    Ok(bytes(whole.into_os_string()))
}
