//! The columns of an output's line in the line of the template that it came from.

use std::ops::Range;

use memchr::memmem;

use crate::source::is_word;
use crate::template::end_of_tag;

/// The parts that two such lines have in common, in order. There are none where it cannot be told which they are.
#[derive(Debug, Default)]
pub(super) struct Alike {
    parts: Vec<Part>,
}

/// A part of both lines.
#[derive(Debug)]
struct Part {
    output: Range<usize>,
    template: Range<usize>,
    /// The template has the very text, and not tags that gave it.
    is_own: bool,
}

impl Alike {
    pub(super) fn of(template: &[u8], output: &[u8]) -> Self {
        let blanks = |line: &[u8]| line.len() - line.trim_ascii_start().len();
        // The indent that the place of a call gave to the line.
        let indent = blanks(output).saturating_sub(blanks(template));
        let tags = tags(template);
        let first = tags.first().map_or(template.len(), |tag| tag.start);
        let last = tags.last().map_or(template.len(), |tag| tag.end);
        let (mut head, tail) = (&template[..first], &template[last..]);
        // The blanks before a comment of the template go with it.
        if tail.is_empty() && head.trim_ascii_end() == &output[indent..] {
            head = head.trim_ascii_end();
        }
        let values = indent + head.len()..output.len().saturating_sub(tail.len()).max(indent);
        let is_alike = output[indent..].starts_with(head) && output[indent..].ends_with(tail);
        if !is_alike || values.start > values.end || tags.is_empty() && !values.is_empty() {
            return Self::default();
        }
        let own = |output, template| Part { output, template, is_own: true };
        let mut parts = vec![own(indent..values.start, 0..head.len())];
        if first < last {
            parts.extend(between(template, &tags, output, &values));
        }
        parts.push(own(values.end..output.len(), last..template.len()));
        Self { parts }
    }

    /// Where a column of the output's line is from: the byte, or the tag that gave it.
    pub(super) fn place(&self, column: u32) -> Option<Range<u32>> {
        let column = column as usize;
        let part = self.parts.iter().find(|part| part.output.contains(&column));
        // Behind the end there is no byte, but a place.
        let part = part.or(self.parts.last().filter(|part| part.output.end == column))?;
        let place = if part.is_own {
            let at = part.template.start + (column - part.output.start);
            at..at + 1
        } else {
            part.template.clone()
        };
        Some(u32::try_from(place.start).ok()?..u32::try_from(place.end).ok()?)
    }

    /// Does the template have the very bytes that the output has at these columns?
    pub(super) fn is_own(&self, columns: &Range<u32>) -> bool {
        let within =
            |part: &&Part| part.output.start <= columns.start as usize && columns.end as usize <= part.output.end;
        self.parts.iter().find(within).is_some_and(|part| part.is_own)
    }
}

/// The parts from the first tag of a template's line to the last one. Text between two tags is known by being there once.
fn between(template: &[u8], tags: &[Range<usize>], output: &[u8], values: &Range<usize>) -> Vec<Part> {
    let given = |output, template| Part { output, template, is_own: false };
    let (mut parts, mut at) = (Vec::new(), values.start);
    for pair in tags.windows(2) {
        let text = pair[0].end..pair[1].start;
        let written = &template[text.clone()];
        let found = memmem::find(&output[values.clone()], written).map(|found| values.start + found);
        let found = found.filter(|found| {
            let is_once = memmem::find(&output[found + 1..values.end], written).is_none();
            *found >= at && !written.is_empty() && is_once
        });
        let Some(found) = found else {
            return vec![given(values.clone(), tags[0].start..tags[tags.len() - 1].end)];
        };
        parts.push(given(at..found, pair[0].clone()));
        at = found + written.len();
        parts.push(Part { output: found..at, template: text, is_own: true });
    }
    parts.extend(tags.last().map(|tag| given(at..values.end, tag.clone())));
    parts
}

/// The tags of a line.
fn tags(line: &[u8]) -> Vec<Range<usize>> {
    let behind = |open| end_of_tag(line, open).map_or(line.len(), |close| close + 1);
    let (mut found, mut at) = (Vec::new(), 0);
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
        found.push(start..at);
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The part of the template that a part of the output is from.
    fn from<'w>(template: &'w str, output: &str, part: &str) -> Option<&'w str> {
        let alike = Alike::of(template.as_bytes(), output.as_bytes());
        let start = output.find(part).unwrap();
        let column = |at: usize| u32::try_from(at).unwrap();
        let (first, last) = (alike.place(column(start))?, alike.place(column(start + part.len() - 1))?);
        Some(&template[first.start as usize..last.end as usize])
    }

    #[test]
    fn a_part_of_an_output_is_found_in_the_template() {
        let of = |template, output, part| from(template, output, part).unwrap_or("the line");
        assert_eq!(of("EXPOSE 70000 @{p}", "EXPOSE 70000 80", "70000"), "70000");
        assert_eq!(of("EXPOSE @{p} 8443", "EXPOSE 8080, 8443", "8443"), "8443");
        assert_eq!(of("EXPOSE @{p} 8443", "EXPOSE 8080, 8443", "8080,"), "@{p}");
        assert_eq!(of("COPY @{p} a @{\"}\"} b", "COPY x a } b", "a"), "a");
        assert_eq!(of("COPY @{p} a @{q}", "COPY x a y a z", "y"), "@{p} a @{q}");
        assert_eq!(of("COPY @{p}@{q} $x", "COPY xy $x", "y"), "@{p}@{q}");
        assert_eq!(of("COPY @{p} @{q} $x", "COPY x y $x", "y"), "@{q}");
        assert_eq!(of("FROM debian as b@{p}", "FROM debian as b1", "as"), "as");
        assert_eq!(of("FROM debian AS b@{p}", "FROM debian AS b1", "b1"), "b@{p}");
        assert_eq!(of("FROM Debian  @# the base", "FROM Debian", "Debian"), "Debian");
        assert_eq!(of("RUN @m(a) $x me@here", "RUN y $x me@here", "$x"), "$x");
        assert_eq!(of("  a b", "      a b", "b"), "b");
        assert_eq!(of("a @{x} b", "first", "first"), "the line");
        assert_eq!(of("a b", "a  b", "b"), "the line");
    }
}
