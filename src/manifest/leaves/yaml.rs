//! The places of YAML.

use saphyr_parser::{Event, Parser};

use crate::expression::Key;
use crate::source::{FileId, Span};

use super::super::data_yaml::Places;
use super::Leaves;

/// A list or a map that is being read.
struct Open {
    /// Its place among all; `None`: it is the whole file.
    at: Option<usize>,
    /// How many elements it has so far; `None`: it is a map.
    length: Option<usize>,
    /// The key whose value comes next, and where it begins.
    key: Option<(Key, u32)>,
}

pub(super) fn read(file: FileId, text: &str, leaves: &mut Leaves) -> Option<()> {
    let places = Places::new(file, text);
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let span = places.span(span.start, span.end);
        match event {
            Event::Scalar(written, ..) => match open.last_mut() {
                Some(map) if map.length.is_none() && map.key.is_none() => {
                    map.key = Some((Key::Name(written.as_ref().into()), span.start));
                }
                _ => _ = value(&mut open, span, leaves),
            },
            Event::Alias(_) => _ = value(&mut open, span, leaves),
            Event::SequenceStart(..) => {
                let at = value(&mut open, span, leaves);
                open.push(Open { at, length: Some(0), key: None });
            }
            Event::MappingStart(..) => {
                let at = value(&mut open, span, leaves);
                open.push(Open { at, length: None, key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(at) = open.pop().and_then(|open| open.at) {
                    leaves.close(at, span.end);
                }
            }
            _ => {}
        }
    }
    Some(())
}

/// Adds a value to what is being read.
fn value(open: &mut [Open], span: Span, leaves: &mut Leaves) -> Option<usize> {
    let parent = open.last_mut()?;
    let (key, start) = match (&mut parent.length, parent.key.take()) {
        (Some(length), _) => {
            *length += 1;
            (Key::Index(*length - 1), None)
        }
        (None, Some((key, start))) => (key, Some(start)),
        (None, None) => return None,
    };
    Some(leaves.add(parent.at, key, start, span.start..span.end))
}
