//! An input: the one format of the tests' cases, read from any bytes. Text, then files behind lines `==> NAME <==`.

use camino::Utf8PathBuf;
use dockmill::source::Memory;

use crate::ROOT;

/// An input, taken apart.
#[derive(Debug, Default)]
pub struct Case<'a> {
    /// What stands before the first file.
    pub head: Vec<u8>,
    /// Names, and what is in the files. A file with several names is there under each of them.
    pub files: Vec<(&'a str, Vec<u8>)>,
}

impl<'a> Case<'a> {
    /// Takes an input apart: there is no wrong one.
    pub fn read(input: &'a [u8]) -> Self {
        let mut case = Self::default();
        let mut open = 0..0;
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            if let Some(names) = names(line) {
                open.start = case.files.len();
                case.files.extend(names.split_whitespace().map(|name| (name, Vec::new())));
                open.end = case.files.len();
            } else if open.is_empty() {
                case.head.extend_from_slice(line);
            } else {
                case.files[open.clone()].iter_mut().for_each(|(_, body)| body.extend_from_slice(line));
            }
        }
        case
    }

    /// The file of this name: the last one, as in the project.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.iter().rfind(|(known, _)| *known == name).map(|(_, body)| body.as_slice())
    }

    /// The lines of the head that are text.
    pub fn head_lines(&self) -> impl Iterator<Item = &str> {
        self.head.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok())
    }

    /// The files as a project. A name that leads out of it, or that no file can have, is left out.
    pub fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        for (name, body) in &self.files {
            let path = Utf8PathBuf::from(name);
            if path.components().all(|part| matches!(part, camino::Utf8Component::Normal(_))) && !name.contains('\0') {
                memory = memory.with(Utf8PathBuf::from(ROOT).join(path), body.clone());
            }
        }
        memory
    }
}

fn names(line: &[u8]) -> Option<&str> {
    std::str::from_utf8(line).ok()?.trim_end().strip_prefix("==> ")?.strip_suffix(" <==")
}
