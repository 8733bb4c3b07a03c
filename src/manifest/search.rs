//! Finding the target that makes a file, or those that have a tag, without making every target.
//!
//! It is known how the strings of an image depend on its axes. So a walk over the matrix can skip each beginning of a
//! point at which the known parts of a string do not fit the wanted text.

use std::sync::Arc;

use camino::Utf8Path;

use super::axis::AxisValue;
use super::image::Image;
use super::interpolation::Outline;
use super::manifest::Manifest;
use super::matrix::Extra;
use super::points::{Narrow, Points};
use super::target::{self, CopiedFile, Target, id};
use super::text_list::TextList;

/// The text that a string of an image must have.
enum Wanted<'w> {
    /// The path of an output, or of a file beside one.
    File(&'w str),
    /// One of these names.
    Names(&'w [String]),
    /// A name that begins with one of these.
    Beginnings(&'w [String]),
}

/// Skips the points at which none of the strings can be what is wanted.
struct Search<'s> {
    image: &'s Image,
    strings: Vec<Outline<'s>>,
    wanted: Wanted<'s>,
}

impl Narrow for Search<'_> {
    fn may_begin(&self, point: &[Arc<AxisValue>]) -> bool {
        let id = id(&self.image.name, point);
        self.strings.iter().any(|string| {
            let parts = string.at(&self.image.layout, point, &id);
            match &self.wanted {
                Wanted::File(path) => may_make(&parts, path, !self.image.files.is_empty()),
                Wanted::Names(names) => names.iter().any(|name| fits(&parts, name)),
                Wanted::Beginnings(names) => {
                    let start = parts.first().map_or("", String::as_str);
                    names.iter().any(|name| start.starts_with(name.as_str()) || name.starts_with(start))
                }
            }
        })
    }

    fn next_texts(&self, point: &[Arc<AxisValue>], _most: usize) -> Option<Vec<&str>> {
        let id = id(&self.image.name, point);
        let layout = &self.image.layout;
        let mut texts = Vec::new();
        for string in &self.strings {
            let parts = string.at(layout, point, &id);
            let start = parts.first().map_or("", String::as_str);
            let (wanted, in_folder): (Vec<&str>, bool) = match &self.wanted {
                Wanted::File(_) if !is_plain(&parts) => return None,
                Wanted::File(path) => {
                    let beside = !self.image.files.is_empty();
                    (may_make(&parts, path, beside).then_some(*path).into_iter().collect(), beside)
                }
                Wanted::Names(names) => {
                    (names.iter().map(String::as_str).filter(|name| fits(&parts, name)).collect(), false)
                }
                // A value may be longer than what the name begins with.
                Wanted::Beginnings(_) => return None,
            };
            for wanted in wanted {
                texts.extend(string.next_texts(layout, point, start, wanted, in_folder)?);
            }
        }
        Some(texts)
    }

    /// An extra has variables of its own, so its strings are known only when it is made.
    fn may_be(&self, _: &Extra) -> bool {
        true
    }
}

/// Can a string be this path? `parts` are its known parts, with a gap between any two. `beside`: or the path of a file in
/// the same folder or below.
fn may_make(parts: &[String], path: &str, beside: bool) -> bool {
    if !is_plain(parts) {
        return true;
    }
    if beside {
        let start = parts.first().map_or("", String::as_str);
        return path.starts_with(start.rfind('/').map_or("", |end| &start[..=end]));
    }
    // A gap may be empty, and then only one of the two slashes around it is left.
    let gaps = parts.len() > 1;
    let parts: Vec<&str> = parts.iter().map(|part| if gaps { part.trim_matches('/') } else { part }).collect();
    fits(&parts, path)
}

/// Does a path with these parts stay as it is when it is normalized?
fn is_plain(parts: &[String]) -> bool {
    !parts.iter().any(|part| part.contains("//") || part.contains("./"))
}

/// Does a text begin with the first part and end with the last, with the others between them, in order?
fn fits<S: AsRef<str>>(parts: &[S], text: &str) -> bool {
    match parts {
        [] => true,
        [whole] => whole.as_ref() == text,
        [first, between @ .., last] => {
            let (first, last) = (first.as_ref(), last.as_ref());
            let mut rest = match text.strip_prefix(first) {
                Some(rest) if text.ends_with(last) => rest,
                _ => return false,
            };
            between.iter().all(|part| match rest.find(part.as_ref()) {
                Some(at) => {
                    rest = &rest[at + part.as_ref().len()..];
                    true
                }
                None => false,
            })
        }
    }
}

impl Manifest {
    /// The target that makes a file, as its output or as one of the files beside it; the path is relative to the project.
    ///
    /// A target that cannot be made is left out. Only those are made whose output can be there.
    pub fn made_by(&self, path: &Utf8Path) -> Option<(Target, Option<CopiedFile>)> {
        let bare = match &self.variant {
            Some(variant) => path.strip_prefix(variant).ok()?,
            None => path,
        };
        self.images.iter().enumerate().find_map(|(index, image)| {
            let strings = vec![image.output.outline(image)];
            let search = Search { image, strings, wanted: Wanted::File(bare.as_str()) };
            self.made_at(index, search).find_map(|target| {
                let beside = target.files.iter().find(|file| file.to == *path).cloned();
                (target.output == *path || beside.is_some()).then_some((target, beside))
            })
        })
    }

    /// Visits the targets that may have a tag, themselves, with others or in a stage, in order, until `visit` ends it; `repository` is the
    /// full repository of the tag (`docker.io/acme/x`). Without `tag`: those with any tag of the repository.
    ///
    /// Few other targets are visited, and hardly any others are made.
    pub fn maybe_tagged(&self, repository: &str, tag: Option<&str>, visit: &mut dyn FnMut(&Target) -> bool) {
        // A name may be written without what Docker adds to it.
        let mut names = vec![repository.to_owned()];
        if let Some(path) = repository.strip_prefix("docker.io/") {
            names.extend([path.to_owned(), format!("index.docker.io/{path}")]);
            names.extend(
                path.strip_prefix("library/")
                    .into_iter()
                    .flat_map(|name| [name.to_owned(), format!("docker.io/{name}"), format!("index.docker.io/{name}")]),
            );
        }
        if let Some(tag) = tag {
            let bare = if tag == "latest" { names.clone() } else { Vec::new() };
            names = names.iter().map(|name| format!("{name}:{tag}")).chain(bare).collect();
        }
        for (index, image) in self.images.iter().enumerate() {
            let lists =
                [&image.tags, &image.shared_tags].into_iter().chain(image.stages.iter().map(|stage| &stage.tags));
            let strings = lists.flat_map(TextList::written).map(|tag| tag.outline(image)).collect();
            let wanted = if tag.is_some() { Wanted::Names(&names) } else { Wanted::Beginnings(&names) };
            if self.made_at(index, Search { image, strings, wanted }).any(|target| visit(&target)) {
                return;
            }
        }
    }

    /// Makes the targets of an image that a search leaves, without those that cannot be made.
    fn made_at<'s>(&'s self, index: usize, search: Search<'s>) -> impl Iterator<Item = Target> + use<'s> {
        let points = Points::new(&self.images[index].matrix, search).flatten();
        points.filter_map(move |point| target::make(self, index, point).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::{fits, may_make};

    #[test]
    fn gaps_are_anything() {
        assert!(fits(&["a", "b"], "ab") && fits(&["a", "b"], "a-bb") && fits(&["a", "x", "b"], "a-x-b"));
        assert!(!fits(&["a"], "ab") && !fits(&["a", "b"], "ba") && !fits(&["a", "x", "b"], "a-y-b"));
    }

    #[test]
    fn what_is_no_plain_path_may_be_any() {
        let may = |parts: &[&str], beside| {
            may_make(&parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>(), "a/b", beside)
        };
        // An empty gap leaves two slashes, which become one.
        assert!(may(&["a/", "/b"], false) && may(&["./a/b"], false) && may(&["a/", "b"], false));
        assert!(!may(&["a/c"], false) && !may(&["b/", "b"], false));
        assert!(may(&["a/c"], true) && !may(&["b/", "b"], true));
    }
}
