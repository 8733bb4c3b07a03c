//! A region of a file: what stands between a line with `dockmill:begin NAME` and one with `dockmill:end NAME`. The file is
//! somebody's, the region is dockmill's.

use std::ops::Range;
use std::sync::Arc;

use super::OutputFile;
use super::line_breaks::is_converted;

/// What is to stand in a region.
#[derive(Debug, Clone)]
pub struct RegionText {
    /// As the markers have it.
    pub name: Arc<str>,
    /// With any line breaks: those of the file take their place.
    pub bytes: Vec<u8>,
}

/// A region as it was found, and as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// As the markers have it.
    pub name: Arc<str>,
    /// Its first line in the file, from 1.
    pub line: u32,
    /// What stands there.
    pub(super) old: Vec<u8>,
    /// What is to stand there.
    pub(super) new: Vec<u8>,
}

/// What is wrong with the markers of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerFault {
    /// The region.
    pub name: Arc<str>,
    /// The kind of mistake.
    pub kind: MarkerFaultKind,
}

/// A mistake in the markers of a region; lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkerFaultKind {
    /// There is none of the two. These are the regions that the file begins.
    Missing(Vec<String>),
    /// The region begins and does not end.
    NoEnd(u32),
    /// It ends and does not begin.
    NoBegin(u32),
    /// A marker stands a second time; the first one, and what it is.
    Twice(u32, u32, &'static str),
    /// The end stands before the beginning.
    EndFirst(u32, u32),
    /// The region begins in another one, which begins in this line.
    Within(u32, u32, Arc<str>),
}

/// What markers begin with.
const BEGIN: &str = "dockmill:begin";
const END: &str = "dockmill:end";

/// Does a line of this text mark a region?
pub(crate) fn marker_line(text: &[u8]) -> Option<u32> {
    let is_marker = |line: &[u8]| name_behind(line, BEGIN).or_else(|| name_behind(line, END)).is_some();
    let at = text.split(|byte| *byte == b'\n').position(is_marker)?;
    u32::try_from(at + 1).ok()
}

/// The name behind a marker in a line. In `<!--dockmill:begin a-->` the dashes are none of the name's.
fn name_behind<'a>(line: &'a [u8], marker: &str) -> Option<&'a str> {
    let at = memchr::memmem::find(line, marker.as_bytes())? + marker.len();
    let rest = &line[at..];
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let rest = std::str::from_utf8(&rest[blanks..]).ok().filter(|_| blanks > 0)?;
    let is_of_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-');
    let (name, behind) = rest.split_at(rest.find(|letter| !is_of_name(letter)).unwrap_or(rest.len()));
    let name = if behind.starts_with('>') { name.trim_end_matches('-') } else { name };
    (!name.is_empty()).then_some(name)
}

/// Where a region is in a file.
struct Place {
    bytes: Range<usize>,
    /// The line of the marker that begins it.
    line: u32,
    is_crlf: bool,
}

/// Looks for a region.
fn find(file: &[u8], name: &str) -> Result<Place, MarkerFaultKind> {
    let mut begin: Option<(u32, usize, bool)> = None;
    let mut end: Option<(u32, usize)> = None;
    let mut begun = Vec::new();
    let mut at = 0;
    for (number, line) in (1..).zip(file.split_inclusive(|byte| *byte == b'\n')) {
        let start = at;
        at += line.len();
        if let Some(found) = name_behind(line, BEGIN) {
            match begin {
                _ if found != name => begun.push(found.to_owned()),
                Some((first, ..)) => return Err(MarkerFaultKind::Twice(number, first, BEGIN)),
                None => begin = Some((number, at, line.ends_with(b"\r\n"))),
            }
        } else if name_behind(line, END) == Some(name) {
            match end {
                Some((first, _)) => return Err(MarkerFaultKind::Twice(number, first, END)),
                None => end = Some((number, start)),
            }
        }
    }
    match (begin, end) {
        (None, None) => Err(MarkerFaultKind::Missing(begun)),
        (Some((line, ..)), None) => Err(MarkerFaultKind::NoEnd(line)),
        (None, Some((line, _))) => Err(MarkerFaultKind::NoBegin(line)),
        (Some((begin, ..)), Some((end, _))) if end < begin => Err(MarkerFaultKind::EndFirst(end, begin)),
        (Some((line, from, is_crlf)), Some((_, to))) => Ok(Place { bytes: from..to.max(from), line, is_crlf }),
    }
}

/// What stands in a region of a file; `None` where it has no such region.
pub(super) fn content<'f>(file: &'f [u8], name: &str) -> Option<&'f [u8]> {
    find(file, name).ok().map(|place| &file[place.bytes])
}

/// Puts texts into the regions of a file: the whole file as it is to be, and its regions in their order there.
///
/// # Errors
/// What is wrong with the markers of each.
pub fn splice(file: &[u8], texts: &[RegionText]) -> Result<(Vec<u8>, Vec<Region>), Vec<MarkerFault>> {
    let (mut places, mut faults) = (Vec::new(), Vec::new());
    for text in texts {
        match find(file, &text.name) {
            Ok(place) => places.push((place, text)),
            Err(kind) => faults.push(MarkerFault { name: Arc::clone(&text.name), kind }),
        }
    }
    places.sort_by_key(|(place, _)| place.line);
    for pair in places.windows(2) {
        let [(outer, of_outer), (inner, text)] = pair else { continue };
        if inner.bytes.start <= outer.bytes.end {
            let kind = MarkerFaultKind::Within(inner.line, outer.line, Arc::clone(&of_outer.name));
            faults.push(MarkerFault { name: Arc::clone(&text.name), kind });
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let (mut whole, mut regions, mut at) = (Vec::with_capacity(file.len()), Vec::new(), 0);
    for (Place { bytes, line, is_crlf }, text) in places {
        let new = with_breaks(&text.bytes, is_crlf);
        whole.extend_from_slice(&file[at..bytes.start]);
        whole.extend_from_slice(&new);
        at = bytes.end;
        regions.push(Region { name: Arc::clone(&text.name), line: line + 1, old: file[bytes].to_vec(), new });
    }
    whole.extend_from_slice(&file[at..]);
    Ok((whole, regions))
}

/// The text with line breaks of one kind, the last line too: the marker stands on a line of its own.
fn with_breaks(text: &[u8], is_crlf: bool) -> Vec<u8> {
    let mut with = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let body = line.strip_suffix(b"\n").map_or(line, |body| body.strip_suffix(b"\r").unwrap_or(body));
        with.extend_from_slice(body);
        with.extend_from_slice(if is_crlf { b"\r\n" } else { b"\n" });
    }
    with
}

impl Region {
    /// Does there stand what is to stand there?
    pub(crate) fn is_current(&self) -> bool {
        self.old == self.new
    }

    /// The lines of the region in the file as it is to be, from 1.
    pub fn lines(&self) -> Range<u32> {
        let count = u32::try_from(memchr::memchr_iter(b'\n', &self.new).count()).unwrap_or(u32::MAX);
        self.line..self.line.saturating_add(count)
    }
}

impl OutputFile {
    /// Is a file with these bytes as it should be? Line breaks that git converts are no difference.
    pub fn is_held_by(&self, found: &[u8]) -> bool {
        let same = |one: &[u8], other: &[u8]| one == other || is_converted(one, other) || is_converted(other, one);
        if self.regions.is_empty() {
            return same(found, &self.bytes);
        }
        self.regions.iter().all(|region| content(found, &region.name).is_some_and(|found| same(found, &region.new)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn splice_one(file: &str, texts: &[(&str, &str)]) -> Result<String, Vec<MarkerFaultKind>> {
        let text = |(name, text): &(&str, &str)| RegionText { name: (*name).into(), bytes: text.as_bytes().to_vec() };
        let texts: Vec<RegionText> = texts.iter().map(text).collect();
        let spliced = splice(file.as_bytes(), &texts);
        spliced
            .map(|(whole, _)| String::from_utf8(whole).unwrap())
            .map_err(|faults| faults.into_iter().map(|fault| fault.kind).collect())
    }

    #[test]
    fn only_the_region_changes() {
        let file = "# A\n<!-- dockmill:begin tags -->\nold\n<!-- dockmill:end tags -->\nlast";
        let new = file.replace("old\n", "new\nmore\n");
        assert_eq!(splice_one(file, &[("tags", "new\r\nmore")]).unwrap(), new);
        assert_eq!(
            splice_one(&file.replace('\n', "\r\n"), &[("tags", "new\nmore\n")]).unwrap(),
            new.replace('\n', "\r\n")
        );
        assert_eq!(splice_one(file, &[("tags", "")]).unwrap(), file.replace("old\n", ""));
    }

    #[test]
    fn markers_stand_in_any_comment() {
        for (open, close) in [("#", ""), ("<!--", "-->"), ("/*", "*/"), ("{#", "#}"), ("//", ""), ("<!-- ", " -->")] {
            let file = format!("{open}dockmill:begin a-b.c{close}\n{open}dockmill:end a-b.c{close}\n");
            assert!(splice_one(&file, &[("a-b.c", "x")]).unwrap().contains("\nx\n"), "{file}");
        }
    }

    #[test]
    fn several_regions_are_filled_at_once() {
        let file = "dockmill:begin b\ndockmill:end b\n-\ndockmill:begin a\ndockmill:end a\n";
        let new = "dockmill:begin b\n2\ndockmill:end b\n-\ndockmill:begin a\n1\ndockmill:end a\n";
        assert_eq!(splice_one(file, &[("a", "1"), ("b", "2")]).unwrap(), new);
    }

    #[test]
    fn wrong_markers_are_told() {
        use MarkerFaultKind::{EndFirst, Missing, NoBegin, NoEnd, Twice, Within};
        let fault = |file: &str| splice_one(file, &[("a", "x")]).unwrap_err().swap_remove(0);
        assert_eq!(fault("dockmill:begin ab\n"), Missing(vec!["ab".to_owned()]));
        assert_eq!(fault("\ndockmill:begin a\n"), NoEnd(2));
        assert_eq!(fault("dockmill:end a\n"), NoBegin(1));
        assert_eq!(fault("dockmill:end a\ndockmill:begin a\n"), EndFirst(1, 2));
        assert_eq!(fault("dockmill:begin a\ndockmill:begin a\n"), Twice(2, 1, BEGIN));
        assert_eq!(fault("dockmill:begin a\ndockmill:end a\n\ndockmill:end a\n"), Twice(4, 2, END));
        let nested = "dockmill:begin a\ndockmill:begin b\ndockmill:end b\ndockmill:end a\n";
        assert_eq!(splice_one(nested, &[("a", ""), ("b", "")]).unwrap_err(), [Within(2, 1, "a".into())]);
    }
}
