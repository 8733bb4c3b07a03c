//! What a command line names to be read. It may be a pipe, such as `<(…)`, so it is no file of a project.

use std::fs::File;
use std::io::{self, ErrorKind};

use anyhow::{Result, anyhow};
use camino::Utf8Path;

use crate::project::path::plain;
use crate::source::{read_all, reason};

/// The bytes of a file that is named.
pub(super) fn read(name: &Utf8Path) -> Result<Vec<u8>> {
    let bytes = File::open(name).and_then(|file| {
        let meta = file.metadata()?;
        if meta.is_dir() { Err(ErrorKind::IsADirectory.into()) } else { read_all(file, meta.len()) }
    });
    bytes.map_err(|error| plain(name, &error))
}

/// All of standard input.
pub(super) fn read_stdin() -> Result<Vec<u8>> {
    read_all(io::stdin().lock(), 0).map_err(|error| anyhow!("cannot read standard input: {}", reason(&error)))
}
