//! Errors of the system in plain words.

use std::io::{self, ErrorKind};

/// Why a file could not be read or written, in words that can follow a colon: "permission denied".
pub(crate) fn reason(error: &io::Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::StorageFull => "no space is left on the disk",
        ErrorKind::QuotaExceeded => "the disk quota is used up",
        // What is read has a bound of dockmill's own.
        ErrorKind::FileTooLarge if error.get_ref().is_some() => return error.to_string(),
        ErrorKind::FileTooLarge => "the file system does not take files of this size",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of the path is no folder",
        ErrorKind::InvalidFilename => "the name is too long or not allowed here",
        ErrorKind::DirectoryNotEmpty => "the folder is not empty",
        // The system's own words, without the number that it adds.
        _ => return error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
    };
    words.to_owned()
}
