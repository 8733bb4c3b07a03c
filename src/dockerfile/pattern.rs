//! Patterns within `${…}`: `*`, `?`, and a backslash before what is meant as it is.
//!
//! A pattern is followed in all its ways at once, so that each character is read once. Trying one end of a match after the
//! other would take time that grows with the cube of the text.

use super::shell::Room;

/// One sign of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `*`
    Any,
    /// `?`
    One,
    Letter(char),
}

fn signs(pattern: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        signs.push(match letter {
            '*' => Sign::Any,
            '?' => Sign::One,
            // One at the very end is meant as it is.
            '\\' => Sign::Letter(letters.next().unwrap_or('\\')),
            letter => Sign::Letter(letter),
        });
    }
    signs
}

/// The length of the shortest or the longest match at the start of the text. `None`: there is none, or no room for the work.
fn matched<'t>(
    signs: &[Sign],
    mut text: impl Iterator<Item = &'t char>,
    longest: bool,
    room: Option<&Room>,
) -> Option<usize> {
    // For each count of signs: may they be what was read so far?
    let mut read = vec![false; signs.len() + 1];
    read[0] = true;
    let mut found = None;
    for length in 0.. {
        if room.is_some_and(|room| !room.take(signs.len())) {
            return None;
        }
        for at in 0..signs.len() {
            read[at + 1] |= read[at] && signs[at] == Sign::Any;
        }
        if read[signs.len()] {
            found = Some(length);
            if !longest {
                return found;
            }
        }
        let Some(letter) = text.next().filter(|_| read.contains(&true)) else { break };
        for at in (0..signs.len()).rev() {
            let fits = match signs[at] {
                Sign::Any => false,
                Sign::One => true,
                Sign::Letter(wanted) => wanted == *letter,
            };
            read[at + 1] = read[at] && fits;
            // `*` takes the letter and may take another.
            read[at] &= signs[at] == Sign::Any;
        }
    }
    found
}

/// Cuts the pattern from the start or the end of the value, as little of it or as much as matches.
pub(super) fn trim(value: &str, pattern: &str, prefix: bool, longest: bool, room: Option<&Room>) -> String {
    let letters: Vec<char> = value.chars().collect();
    let mut signs = signs(pattern);
    if prefix {
        let length = matched(&signs, letters.iter(), longest, room).unwrap_or(0);
        return letters[length..].iter().collect();
    }
    signs.reverse();
    let length = matched(&signs, letters.iter().rev(), longest, room).unwrap_or(0);
    letters[..letters.len() - length].iter().collect()
}

/// Puts `text` in the place of the first match, or of every one; a match is as long as can be.
pub(super) fn replace(value: &str, pattern: &str, text: &str, all: bool, room: Option<&Room>) -> String {
    let letters: Vec<char> = value.chars().collect();
    let signs = signs(pattern);
    let mut result = String::new();
    let mut at = 0;
    while at < letters.len() {
        let length = matched(&signs, letters[at..].iter(), true, room).filter(|length| *length > 0);
        if room.is_some_and(|room| !room.take(length.map_or(1, |_| text.len()))) {
            break;
        }
        if let Some(length) = length {
            result.push_str(text);
            at += length;
            if !all {
                break;
            }
        } else {
            result.push(letters[at]);
            at += 1;
        }
    }
    result.extend(&letters[at..]);
    result
}
