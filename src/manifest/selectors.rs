//! Selectors as a tree of the parts of their ids, so that a target is matched against thousands of them at once.

use std::collections::HashMap;

use globset::{GlobBuilder, GlobMatcher};

/// A text or a glob.
#[derive(Debug, Clone)]
pub(super) struct IdPart {
    pub(super) text: String,
    glob: Option<GlobMatcher>,
}

impl IdPart {
    pub(super) fn new(text: &str) -> Self {
        let is_glob = text.contains(['*', '?', '[', '{']);
        let glob = if is_glob { GlobBuilder::new(text).build().ok() } else { None };
        Self { text: text.to_owned(), glob: glob.map(|glob| glob.compile_matcher()) }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.text == text || self.glob.as_ref().is_some_and(|glob| glob.is_match(text))
    }
}

/// The selectors that end here, and those that go on, for ids that begin with the parts up to here.
#[derive(Debug, Clone, Default)]
pub(super) struct Selectors {
    /// A stage, or the target with all its stages.
    ends: Vec<Option<IdPart>>,
    texts: HashMap<String, Selectors>,
    globs: Vec<(IdPart, Selectors)>,
}

impl Selectors {
    /// One selector alone.
    pub(super) fn one(id: &str, stage: Option<&str>) -> Self {
        let mut selectors = Self::default();
        selectors.add(id, stage);
        selectors
    }

    pub(super) fn add(&mut self, id: &str, stage: Option<&str>) {
        let mut at = self;
        for text in id.trim_end_matches('/').split('/') {
            let part = IdPart::new(text);
            at = if part.glob.is_some() {
                at.globs.push((part, Self::default()));
                let last = at.globs.len() - 1;
                &mut at.globs[last].1
            } else {
                at.texts.entry(part.text).or_default()
            };
        }
        at.ends.push(stage.map(IdPart::new));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty() && self.texts.is_empty() && self.globs.is_empty()
    }

    /// The image that all of them name.
    pub(super) fn only_image(&self) -> Option<&str> {
        let mut names = self.texts.keys();
        names.next().filter(|_| names.next().is_none() && self.globs.is_empty()).map(String::as_str)
    }

    /// Could a selector fit an id that begins so?
    pub(super) fn may_fit(&self, id: &str) -> bool {
        self.walk(Some(id), &mut |at, is_whole| is_whole || !at.ends.is_empty())
    }

    /// The parts that may follow on an id that begins so; `None`: any part, or more than `most`.
    pub(super) fn next_parts(&self, id: &str, most: usize) -> Option<Vec<&str>> {
        let mut parts = Vec::new();
        let is_open = self.walk(Some(id), &mut |at, is_whole| {
            if !at.ends.is_empty() || is_whole && !(at.globs.is_empty() && at.texts.len() <= most) {
                return true;
            }
            if is_whole {
                parts.extend(at.texts.keys().map(String::as_str));
            }
            false
        });
        (!is_open).then_some(parts)
    }

    /// Visits the parts of a target that the matching selectors want, until `visit` ends it.
    pub(super) fn wanted<'s>(&'s self, id: &str, visit: &mut dyn FnMut(Option<&'s IdPart>) -> bool) -> bool {
        self.walk(Some(id), &mut |at, _| at.ends.iter().any(|stage| visit(stage.as_ref())))
    }

    /// Visits the tree along an id, until `visit` ends it; its argument says whether the id ends there.
    fn walk<'s>(&'s self, id: Option<&str>, visit: &mut dyn FnMut(&'s Self, bool) -> bool) -> bool {
        if visit(self, id.is_none()) {
            return true;
        }
        let Some(id) = id else { return false };
        let (name, rest) = id.split_once('/').map_or((id, None), |(name, rest)| (name, Some(rest)));
        let globs = self.globs.iter().filter(|(part, _)| part.matches(name)).map(|(_, next)| next);
        self.texts.get(name).into_iter().chain(globs).any(|next| next.walk(rest, visit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_globs_and_stages_fit() {
        let mut selectors = Selectors::one("python/book*", None);
        selectors.add("python/trixie/", Some("wheels"));
        let wanted = |id: &str| {
            let mut texts = Vec::new();
            selectors.wanted(id, &mut |stage| {
                texts.push(stage.map_or("all", |part| &*part.text));
                false
            });
            texts
        };
        assert_eq!(wanted("python/bookworm/3.11"), ["all"]);
        assert_eq!(wanted("python/trixie"), ["wheels"]);
        assert_eq!(wanted("python"), [""; 0]);
        assert!(selectors.may_fit("python") && selectors.may_fit("python/trixie/3.11"));
        assert!(!selectors.may_fit("python/sid"));
        assert_eq!(selectors.next_parts("python", 9), None, "a glob");
        selectors.add("ruby/a/1", None);
        selectors.add("ruby/b", None);
        let next = |id: &str| {
            selectors.next_parts(id, 2).map(|mut parts| {
                parts.sort_unstable();
                parts
            })
        };
        assert_eq!(next("ruby"), Some(vec!["a", "b"]));
        assert_eq!((next("ruby/a"), next("ruby/a/2")), (Some(vec!["1"]), Some(Vec::new())));
        assert_eq!(next("ruby/b"), None, "all that is beneath");
        assert_eq!(selectors.next_parts("ruby", 1), None, "too many");
    }
}
