//! The one format of cases, which a person can read: lines `$ COMMAND`, then files behind lines `==> NAME <==`.
//!
//! What a command is, the room says: most run it in a shell. A file with several names is written under each of them.

use std::path::{Path, PathBuf};

pub(crate) struct Case {
    pub(crate) commands: Vec<String>,
    /// Names, and what is in the file.
    pub(crate) files: Vec<(String, String)>,
}

impl Case {
    pub(crate) fn read(path: &Path) -> Self {
        Self::parse(&std::fs::read_to_string(path).unwrap())
    }

    pub(crate) fn parse(text: &str) -> Self {
        let mut case = Self { commands: Vec::new(), files: Vec::new() };
        // The files that the text of the next lines belongs to.
        let mut open = 0..0;
        for line in text.split_inclusive('\n') {
            if let Some(names) = line.trim_end().strip_prefix("==> ").and_then(|rest| rest.strip_suffix(" <==")) {
                open.start = case.files.len();
                case.files.extend(names.split_whitespace().map(|name| (name.to_owned(), String::new())));
                open.end = case.files.len();
            } else if !open.is_empty() {
                case.files[open.clone()].iter_mut().for_each(|(_, body)| body.push_str(line));
            } else if let Some(command) = line.strip_prefix("$ ") {
                case.commands.push(command.trim_end_matches('\n').to_owned());
            } else {
                assert!(line.trim().is_empty(), "neither `$ COMMAND` nor a file's line: {line:?}");
            }
        }
        case
    }
}

/// A file's text with the characters that a case writes visibly: `␛` for escape, `␍` for a carriage return.
pub(crate) fn controls(text: &str) -> String {
    text.replace('␛', "\u{1b}").replace('␍', "\r")
}

/// The files of a folder in `tests/cases` with this ending, in order.
pub(crate) fn paths(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == ending));
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

/// A case's name: that of its file, without the ending.
pub(crate) fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// The file that a message of the command names, seen from where the command is run: `-C` is a part of the name.
pub(crate) fn named_file(command: &str, name: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    let folder = words.windows(2).find(|pair| pair[0] == "cd").map(|pair| pair[1]);
    [folder, Some(name)].into_iter().flatten().collect::<Vec<_>>().join("/")
}
