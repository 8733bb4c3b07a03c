//! Revisions from before dockmill 0.2, whose templates ended in `.mill`: they are read as if they had been renamed by then, so
//! that what they render to can be compared.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Entry;
use crate::source::{SUFFIX, renamed};

/// Gives the templates of an old revision the names of today. `false`: it is none, as a template has the ending of today. In such
/// a revision `.mill` is an ending of others.
pub(super) fn rename(entries: &mut BTreeMap<Utf8PathBuf, Entry>) -> bool {
    if entries.keys().any(|path| path.extension() == Some(SUFFIX)) {
        return false;
    }
    let old: Vec<(Utf8PathBuf, Utf8PathBuf)> =
        entries.keys().filter_map(|path| Some((path.clone(), renamed(path)?))).collect();
    for (old, new) in &old {
        if let Some(entry) = entries.remove(old) {
            entries.insert(new.clone(), entry);
        }
    }
    !old.is_empty()
}

/// A template, manifest or data file of an old revision, in which other templates are named as today: names stand in quotes.
pub(super) fn of_today(path: &Utf8Path, bytes: Vec<u8>) -> Vec<u8> {
    if !matches!(path.extension(), Some(SUFFIX | "toml" | "json")) {
        return bytes;
    }
    let mut new = Vec::with_capacity(bytes.len());
    let mut end = 0;
    for at in memchr::memmem::find_iter(&bytes, ".mill") {
        let behind = at + ".mill".len();
        if matches!(bytes.get(behind), Some(b'"' | b'\'')) {
            new.extend_from_slice(&bytes[end..=at]);
            new.extend_from_slice(SUFFIX.as_bytes());
            end = behind;
        }
    }
    new.extend_from_slice(&bytes[end..]);
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_in_quotes_are_renamed() {
        let text = br#"@include("a.mill") @import('std/apt.mill') of a.mill, "b.milling""#.to_vec();
        let new = of_today(Utf8Path::new("a.dockmill"), text.clone());
        let expected = br#"@include("a.dockmill") @import('std/apt.dockmill') of a.mill, "b.milling""#;
        assert_eq!(new, expected);
        assert_eq!(of_today(Utf8Path::new("run.sh"), text.clone()), text);
    }
}
