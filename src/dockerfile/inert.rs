//! Words that no check looks into: the tag of a base image, and the value of a variable, where they are plain.
//!
//! The Dockerfiles of a family often differ in nothing else. With these words blanked, to the same length so that columns
//! stay, many files are one, and what is found in it holds for them all.

use std::borrow::Cow;

use super::keyword::Keyword;
use super::model::{Dockerfile, Instruction};

const BLANK: u8 = b'q';
/// A shorter word could stand in a message by chance.
const SHORTEST: usize = 3;

/// The line of an instruction with its inert words blanked; other instructions as they are.
pub(super) fn blanked<'l>(dockerfile: &Dockerfile<'_>, instruction: &Instruction<'_>, line: &'l [u8]) -> Cow<'l, [u8]> {
    let is_one_line = instruction.start_line == instruction.end_line && line.ends_with(b"\n");
    let range = match instruction.keyword {
        Some(Keyword::From) if is_one_line => tag(dockerfile, instruction),
        Some(Keyword::Env) if is_one_line => value(instruction, line),
        _ => None,
    };
    let Some(range) =
        range.filter(|range| range.len() >= SHORTEST && line[range.clone()].iter().all(|byte| is_plain(*byte)))
    else {
        return Cow::Borrowed(line);
    };
    let mut blanked = line.to_vec();
    blanked[range].fill(BLANK);
    Cow::Owned(blanked)
}

/// May a text hold a word that was blanked?
pub(crate) fn may_show(text: &str) -> bool {
    text.as_bytes().windows(SHORTEST).any(|window| window.iter().all(|byte| *byte == BLANK))
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// The tag of a FROM.
fn tag(dockerfile: &Dockerfile<'_>, instruction: &Instruction<'_>) -> Option<std::ops::Range<usize>> {
    let arguments = instruction.args();
    let base = arguments.first()?;
    let (name, tag) = base.rsplit_once(':')?;
    let starts_well = tag.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_');
    if !starts_well || !name.bytes().all(|byte| is_plain(byte) || byte == b'/') {
        return None;
    }
    let columns = dockerfile.locate(instruction, base).columns?;
    Some(columns.start as usize + name.len() + 1..columns.end as usize)
}

/// The value of an ENV that sets one variable.
fn value(instruction: &Instruction<'_>, line: &[u8]) -> Option<std::ops::Range<usize>> {
    let rest = instruction.rest();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let name = rest.iter().take_while(|byte| is_name(byte)).count();
    let between = rest[name..].iter().take_while(|byte| matches!(byte, b'=' | b' ')).count();
    let start = name + between;
    let end = line.len() - 1;
    // What stands at the end of the line is the value as it is written.
    (name > 0 && between == 1 && line[..end].ends_with(&rest[start..])).then(|| end - (rest.len() - start)..end)
}
