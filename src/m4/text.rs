//! Bytes with their origins: what is read, collected, defined and written.

use std::ops::Range;

/// From `at` on, bytes came from `offset` of a source, through the calls of `frame`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Where in the text the segment begins; it ends where the next one begins.
    pub(crate) at: usize,
    pub(crate) place: ByteOrigin,
}

impl Segment {
    /// Where the byte at `at`, which is in the segment, came from.
    pub(crate) fn place_at(&self, at: usize) -> ByteOrigin {
        self.place.advanced(at.saturating_sub(self.at))
    }
}

/// Where a byte came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct ByteOrigin {
    /// An index into the engine's sources.
    pub(crate) source: u32,
    pub(crate) offset: u32,
    /// An index into the engine's frames, counted from 1; 0 is the file itself.
    pub(crate) frame: u32,
    /// All bytes came from `offset`: a builtin made them.
    pub(crate) made: bool,
}

impl ByteOrigin {
    /// The source of what `-D` gave.
    pub(crate) const COMMAND_LINE: u32 = u32::MAX;

    fn advanced(self, by: usize) -> Self {
        let by = if self.made { 0 } else { u32::try_from(by).unwrap_or(u32::MAX) };
        Self { offset: self.offset.saturating_add(by), ..self }
    }
}

/// Bytes with their segments. Where the engine does not trace, there are none.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) bytes: Vec<u8>,
    pub(crate) trail: Vec<Segment>,
}

/// Where a walk through a text has come to among its segments: the parts of a list stand one behind the other, and to search
/// all segments for each of them takes most of the time of a loop that shortens a long list.
#[derive(Debug, Default)]
pub(crate) struct Cursor(usize);

impl Cursor {
    /// How many segments are looked at one by one.
    const NEAR: usize = 8;

    /// How many segments begin at `at` or before it.
    fn seek(&mut self, trail: &[Segment], at: usize) -> usize {
        let is_before = |segment: &Segment| segment.at <= at;
        let known = self.0.min(trail.len());
        let known = if known > 0 && !is_before(&trail[known - 1]) { 0 } else { known };
        let rest = &trail[known..];
        let near = rest.iter().take(Self::NEAR).take_while(|segment| is_before(segment)).count();
        let more = if near < Self::NEAR { near } else { rest.partition_point(is_before) };
        self.0 = known + more;
        self.0
    }
}

impl Text {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.trail.clear();
    }

    /// Bytes of memory that it takes, about.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len() + self.trail.len() * size_of::<Segment>()
    }

    /// Cuts off what is behind `length`.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
        while self.trail.last().is_some_and(|segment| segment.at >= length) {
            self.trail.pop();
        }
    }

    /// Where the byte at `at` came from.
    pub(crate) fn place(&self, at: usize) -> ByteOrigin {
        let index = self.trail.partition_point(|segment| segment.at <= at);
        match index.checked_sub(1) {
            Some(index) => self.trail[index].place_at(at),
            None => ByteOrigin::default(),
        }
    }

    /// Sets the origin of what is appended from here on.
    pub(crate) fn mark(&mut self, place: ByteOrigin) {
        let at = self.bytes.len();
        if let Some(last) = self.trail.last_mut() {
            if last.place.advanced(at - last.at) == place {
                return;
            }
            if last.at == at {
                last.place = place;
                return;
            }
        }
        self.trail.push(Segment { at, place });
    }

    /// Appends a part of another text with where it came from.
    pub(crate) fn copy(&mut self, from: &Text, range: Range<usize>) {
        self.copy_as(from, range, |place| place);
    }

    /// As [`copy`](Self::copy); the places are changed on the way.
    pub(crate) fn copy_as(&mut self, from: &Text, range: Range<usize>, change: impl Fn(ByteOrigin) -> ByteOrigin) {
        self.copy_next(from, range, &mut Cursor::default(), change);
    }

    /// As [`copy_as`](Self::copy_as), for several ranges one behind the other: `cursor` goes along.
    pub(crate) fn copy_next(
        &mut self,
        from: &Text,
        range: Range<usize>,
        cursor: &mut Cursor,
        change: impl Fn(ByteOrigin) -> ByteOrigin,
    ) {
        if !from.trail.is_empty() && !range.is_empty() {
            self.copy_trail(from, &range, cursor, change);
        }
        self.bytes.extend_from_slice(&from.bytes[range]);
    }

    /// Marks for the bytes of `range` that are appended next.
    fn copy_trail(
        &mut self,
        from: &Text,
        range: &Range<usize>,
        cursor: &mut Cursor,
        change: impl Fn(ByteOrigin) -> ByteOrigin,
    ) {
        let base = self.bytes.len();
        let next = cursor.seek(&from.trail, range.start);
        let first =
            next.checked_sub(1).map_or_else(ByteOrigin::default, |index| from.trail[index].place_at(range.start));
        self.mark(change(first));
        for segment in from.trail[next..].iter().take_while(|segment| segment.at < range.end) {
            let at = base + segment.at - range.start;
            self.trail.push(Segment { at, place: change(segment.place) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever a cursor stands, the places are those that a search finds.
    #[test]
    fn a_cursor_finds_what_a_search_finds() {
        let mut text = Text::default();
        for source in 0..60 {
            text.mark(ByteOrigin { source, ..ByteOrigin::default() });
            text.bytes.extend_from_slice(&b"xyz"[source as usize % 3..]);
        }
        let length = text.bytes.len();
        for (step, width) in [(1, 1), (2, 5), (3, 0), (40, 30), (length - 7, 3)] {
            let mut cursor = Cursor::default();
            let (mut walked, mut searched) = (Text::default(), Text::default());
            // In order, and then once more from the start.
            for start in (0..length - width).step_by(step).chain([0, length / 2]) {
                walked.copy_next(&text, start..start + width, &mut cursor, |place| place);
                searched.copy(&text, start..start + width);
            }
            assert_eq!(walked.trail, searched.trail, "{step} {width}");
            assert_eq!(walked.bytes, searched.bytes);
        }
    }
}
