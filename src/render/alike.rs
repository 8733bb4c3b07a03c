//! The columns of an output's line in the line of the template that it came from.

use std::ops::Range;

use crate::source::is_word;
use crate::template::end_of_tag;

/// How far two such lines are alike: what stands before the first tag and behind the last one is the template's own.
#[derive(Debug, Default)]
pub(super) struct Alike {
    /// The indent that the place of a call gave to the output's line.
    indent: usize,
    /// Where the tags stand in the template.
    tags: Range<usize>,
    /// What they gave in the output, without that indent; `None`: the lines have nothing in common.
    values: Option<Range<usize>>,
}

impl Alike {
    pub(super) fn of(written: &[u8], output: &[u8]) -> Self {
        let blanks = |line: &[u8]| line.len() - line.trim_ascii_start().len();
        let indent = blanks(output).saturating_sub(blanks(written));
        let given = &output[indent..];
        let tags = tags(written).unwrap_or(written.len()..written.len());
        let (head, tail) = (&written[..tags.start], &written[tags.end..]);
        // The blanks before a comment of the template go with it.
        let head = if tail.is_empty() && head.trim_ascii_end() == given { given } else { head };
        let values = head.len()..given.len().saturating_sub(tail.len());
        let is_alike = given.starts_with(head)
            && given.ends_with(tail)
            && values.start <= values.end
            && (tags.start < written.len() || values.is_empty());
        Self { indent, tags, values: is_alike.then_some(values) }
    }

    /// Where a column of the output's line is from: the byte, or the tags that gave it.
    pub(super) fn place(&self, column: u32) -> Option<Range<u32>> {
        let column = (column as usize).checked_sub(self.indent)?;
        let values = self.values.as_ref()?;
        let place = if column < values.start {
            column..column + 1
        } else if column < values.end {
            self.tags.clone()
        } else {
            let column = self.tags.end + (column - values.end);
            column..column + 1
        };
        Some(u32::try_from(place.start).ok()?..u32::try_from(place.end).ok()?)
    }

    /// Does the template have the very bytes that the output has at these columns?
    pub(super) fn is_own(&self, columns: &Range<u32>) -> bool {
        let Some(values) = &self.values else { return false };
        let given = |column: u32| (column as usize).checked_sub(self.indent);
        match (given(columns.start), given(columns.end)) {
            (Some(start), Some(end)) => end <= values.start || start >= values.end,
            _ => false,
        }
    }
}

/// From the first tag of a line to the last one.
fn tags(line: &[u8]) -> Option<Range<usize>> {
    let behind = |open| end_of_tag(line, open).map_or(line.len(), |close| close + 1);
    let mut found: Option<Range<usize>> = None;
    let mut at = 0;
    while let Some(start) = memchr::memchr(b'@', &line[at..]).map(|length| at + length) {
        let name = line[start + 1..].iter().take_while(|byte| is_word(**byte)).count();
        let open = start + 1 + name;
        at = match line.get(open) {
            Some(b'{') if name == 0 => behind(open),
            Some(b'(') if name > 0 => behind(open),
            Some(b'#') if name == 0 => line.len(),
            _ => {
                at = open;
                continue;
            }
        };
        found = Some(found.map_or(start, |found| found.start)..at);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part of the template that a part of the output is from.
    fn from<'w>(written: &'w str, output: &str, part: &str) -> Option<&'w str> {
        let alike = Alike::of(written.as_bytes(), output.as_bytes());
        let start = output.find(part).unwrap();
        let column = |at: usize| u32::try_from(at).unwrap();
        let (first, last) = (alike.place(column(start))?, alike.place(column(start + part.len() - 1))?);
        Some(&written[first.start as usize..last.end as usize])
    }

    #[test]
    fn a_part_of_an_output_is_found_in_the_template() {
        let of = |written, output, part| from(written, output, part).unwrap_or("the line");
        assert_eq!(of("EXPOSE 70000 @{p}", "EXPOSE 70000 80", "70000"), "70000");
        assert_eq!(of("EXPOSE @{p} 8443", "EXPOSE 8080, 8443", "8443"), "8443");
        assert_eq!(of("EXPOSE @{p} 8443", "EXPOSE 8080, 8443", "8080,"), "@{p}");
        assert_eq!(of("COPY @{p} a @{\"}\"} b", "COPY x a } b", "a"), "@{p} a @{\"}\"}");
        assert_eq!(of("FROM debian as b@{p}", "FROM debian as b1", "as"), "as");
        assert_eq!(of("FROM debian AS b@{p}", "FROM debian AS b1", "b1"), "b@{p}");
        assert_eq!(of("FROM Debian  @# the base", "FROM Debian", "Debian"), "Debian");
        assert_eq!(of("RUN @m(a) $x me@here", "RUN y $x me@here", "$x"), "$x");
        assert_eq!(of("  a b", "      a b", "b"), "b");
        assert_eq!(of("a @{x} b", "first", "first"), "the line");
        assert_eq!(of("a b", "a  b", "b"), "the line");
    }
}
