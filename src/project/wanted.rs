//! The targets that a user names: on the command line, and in lists that are named there.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Manifest, Selection};
use crate::source::{Disk, FileOrigin, FileSystem, SourceMap, Span};

use super::location::argument;
use super::path::plain;

/// Selectors, and the values of axes that they are narrowed to.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    lists: Vec<(FileOrigin, Vec<u8>)>,
    selectors: Vec<Selector>,
    narrow: Vec<String>,
    /// Nothing but lists was named, and nothing is on them. That is no target, where to name nothing is all of them: who pipes
    /// `affected` into another command would else build everything when nothing is affected.
    pub(crate) is_none: bool,
}

/// A selector, with the list that it is on and its place there.
#[derive(Debug)]
struct Selector {
    text: String,
    listed: Option<(usize, u32)>,
}

/// No list is longer.
const LONGEST: u64 = 64 << 20;

impl Wanted {
    /// What the command line names: selectors, `-` for those that standard input has, one on a line, and `@FILE` for those of a
    /// file.
    pub(crate) fn read(targets: &[String], narrow: &[String]) -> Result<Self> {
        let mut wanted = Self { narrow: narrow.to_vec(), ..Self::default() };
        for target in targets {
            match list(target, "targets")? {
                Some((origin, text)) => wanted.add_list(origin, &text),
                None => wanted.selectors.push(Selector { text: target.clone(), listed: None }),
            }
        }
        wanted.is_none = wanted.selectors.is_empty() && !wanted.lists.is_empty();
        Ok(wanted)
    }

    /// Selectors that stand on no list.
    pub(crate) fn named(selectors: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let selector = |text: String| Selector { text, listed: None };
        let selectors = selectors.into_iter().map(Into::into).map(selector).collect();
        Self { selectors, ..Self::default() }
    }

    fn add_list(&mut self, origin: FileOrigin, text: &str) {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            // Behind the id, `list` writes the output and the tags.
            let selector = line.split('\t').next().unwrap_or_default().trim();
            if !selector.is_empty() {
                let at = start + (line.len() - line.trim_start().len());
                let listed = Some((self.lists.len(), u32::try_from(at).unwrap_or(u32::MAX)));
                self.selectors.push(Selector { text: selector.to_owned(), listed });
            }
            start += line.len();
        }
        self.lists.push((origin, text.as_bytes().to_owned()));
    }

    /// Is every target wanted?
    pub(crate) fn is_all(&self) -> bool {
        self.selectors.is_empty() && self.narrow.is_empty() && !self.is_none
    }

    /// Understands it: ids, beginnings of ids and globs, and the values of axes; `with_texts`: ids of texts, too. `None`: errors
    /// are in `found`.
    pub(crate) fn select(
        &self,
        manifest: &Manifest,
        with_texts: bool,
        sources: &SourceMap,
        found: &mut Diagnostics,
    ) -> Option<Selection> {
        if self.is_none {
            return Some(Selection::none());
        }
        let lists: Vec<_> =
            self.lists.iter().map(|(origin, bytes)| sources.add(origin.clone(), bytes.clone())).collect();
        let selector = |Selector { text, listed }: &Selector| {
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            let span = match listed {
                Some((list, at)) => Span::new(lists[*list], *at, at + length),
                None => argument(sources, "", text),
            };
            (text.clone(), span)
        };
        let mut targets: Vec<(String, Span)> = self.selectors.iter().map(selector).collect();
        let no_ids = self.no_ids(&mut targets);
        let narrow = self.narrow.iter().map(|text| (text.clone(), argument(sources, "-s ", text)));
        let narrow: Vec<(String, Span)> = narrow.collect();
        let selected = manifest.select_of(&targets, &narrow, with_texts);
        if !no_ids.is_empty() {
            found.extend(no_ids);
            return None;
        }
        selected.map_err(|errors| found.extend(errors)).ok()
    }

    /// Takes out what no list of targets has, and no id begins with. It is one mistake in each list.
    fn no_ids(&self, targets: &mut Vec<(String, Span)>) -> Vec<Diagnostic> {
        let mut wrong = BTreeMap::new();
        let mut at = self.selectors.iter();
        targets.retain(|(text, span)| {
            let Some((list, _)) = at.next().and_then(|selector| selector.listed) else { return true };
            let (message, help) = if text.starts_with("{\"") {
                let ids = "`list --format '{id}'` and `affected` without `--json` write ids alone";
                ("this is JSON, and a list of targets has an id on each line", ids)
            } else if text.starts_with('#') {
                ("a list of targets has no comments", "take this line out")
            } else {
                return true;
            };
            wrong.entry(list).or_insert_with(|| {
                Diagnostic::error(Code::UnknownTarget, Span { end: span.start + 1, ..*span }, message).help(help)
            });
            false
        });
        wrong.into_values().collect()
    }
}

/// The list that is meant by `-`, standard input, or `@FILE`, and where it is. `None`: it is something else. `what` stands on it.
pub(crate) fn list(named: &str, what: &str) -> Result<Option<(FileOrigin, String)>> {
    let (origin, name, bytes) = match named.strip_prefix('@') {
        Some(file) => {
            let bytes = Disk.read(Utf8Path::new(file)).map_err(|error| plain(Utf8Path::new(file), &error))?;
            (FileOrigin::Other(file.into()), format!("`{file}`"), bytes)
        }
        None if named == "-" => {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes);
            read.context("standard input cannot be read")?;
            (FileOrigin::Stdin, "standard input".to_owned(), bytes)
        }
        None => return Ok(None),
    };
    if bytes.len() as u64 > LONGEST {
        bail!("{name} is larger than {} MiB: that is no list of {what}", LONGEST >> 20);
    }
    let Ok(text) = String::from_utf8(bytes) else { bail!("{name} is not UTF-8, as a list of {what} is") };
    Ok(Some((origin, text)))
}
