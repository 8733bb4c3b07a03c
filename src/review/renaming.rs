//! A name that is another one in an output than in the text that it is compared with.

use super::sources::Side;
use super::why::Why;
use crate::expression::Birth;

/// The names that differ between an output and what it is compared with: what it was called before, or its neighbour.
#[derive(Debug)]
pub(super) struct Renaming {
    /// What happened to the output.
    pub(super) why: Why,
    names: Vec<(String, String)>,
    /// Where the name was born on both sides.
    births: [Vec<Birth>; 2],
    /// It is an image's: what is known of a target is born there, whatever its key.
    is_image: bool,
    /// No other change of a source gives the old name way to the new one.
    is_alone: bool,
}

impl Renaming {
    /// The name of a neighbour: nothing else makes a difference.
    pub(super) fn of_neighbour(why: Why, names: &[(String, String)]) -> Self {
        Self::new(why, names, [Vec::new(), Vec::new()], (false, true))
    }

    /// `births` and `is_alone` tell whether a line follows from the name.
    pub(super) fn new(
        why: Why,
        names: &[(String, String)],
        births: [Vec<Birth>; 2],
        (is_image, is_alone): (bool, bool),
    ) -> Self {
        Self { why, names: names.to_vec(), births, is_image, is_alone }
    }

    /// Is the new line the old one with the new name?
    pub(super) fn fits(&self, old: &[u8], new: &[u8]) -> bool {
        fits(&self.names, old, new)
    }

    /// As [`Self::fits`], for a pair of lines that one line of a template gives which did not change: what differs are values.
    /// Does it follow that the name is the value?
    pub(super) fn explains(&self, old: &[u8], new: &[u8]) -> bool {
        self.is_alone && self.fits(old, new)
    }

    /// Was a value born as the name?
    pub(super) fn is_name(&self, side: Side, birth: &Birth) -> bool {
        let is_same = |known: &Birth| known.span == birth.span && (self.is_image || known.keys == birth.keys);
        self.births[side as usize].iter().any(is_same)
    }
}

/// Is a text another one with these names replaced?
pub(super) fn fits(names: &[(String, String)], old: &[u8], new: &[u8]) -> bool {
    renamed(old, names) == new
}

/// A text with names replaced.
pub(super) fn renamed(text: &[u8], names: &[(String, String)]) -> Vec<u8> {
    names.iter().fold(text.to_vec(), |text, (old, new)| replaced(&text, old.as_bytes(), new.as_bytes()))
}

/// The text with a name replaced wherever it stands by itself: `3.12.8` is no part of `3.12.81` or `13.12.8`.
fn replaced(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let mut made = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(text, old) {
        let (before, after) = (at.checked_sub(1).map(|before| text[before]), &text[at + old.len()..]);
        let begins = before.is_none_or(|byte| !is_word(byte) && byte != b'.');
        let goes_on = match after {
            [b'.', next, ..] | [next, ..] => is_word(*next),
            [] => false,
        };
        if begins && !goes_on {
            made.extend_from_slice(&text[from..at]);
            made.extend_from_slice(new);
            from = at + old.len();
        }
    }
    made.extend_from_slice(&text[from..]);
    made
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_whole_names_are_replaced() {
        let text = b"FROM python:3.12.8-trixie\nENV A=3.12.8 B=13.12.8 C=3.12.81 D=3.12.8.1 E=x3.12.8\n# of 3.12.8.\n";
        let made = replaced(text, b"3.12.8", b"3.12.9");
        assert_eq!(
            String::from_utf8_lossy(&made),
            "FROM python:3.12.9-trixie\nENV A=3.12.9 B=13.12.8 C=3.12.81 D=3.12.8.1 E=x3.12.8\n# of 3.12.9.\n"
        );
    }
}
