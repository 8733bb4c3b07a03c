//! The order in which people sort names with numbers in them: `3.9` before `3.10`.

use std::cmp::Ordering;

/// Compares runs of digits by their numbers, and all else character by character.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    pieces(one).cmp(pieces(other)).then_with(|| one.cmp(other))
}

/// Sorts values, each of them once.
pub(super) fn sorted(values: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut values: Vec<String> = values.into_iter().collect();
    values.sort_by(|one, other| compare(one, other));
    values.dedup();
    values
}

/// A piece of a name; numbers come before other text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    Number(usize, &'a str),
    Text(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        // A longer number is larger, once it has no zeros before it.
        let number = piece.trim_start_matches('0');
        match (piece.is_empty(), is_number) {
            (true, _) => None,
            (false, true) => Some(Piece::Number(number.len(), number)),
            (false, false) => Some(Piece::Text(piece)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers() {
        let sorted = sorted(["3.10", "3.9", "alpine3.2", "alpine3.10", "3.9", "10", "9-rc"].map(String::from));
        assert_eq!(sorted, ["3.9", "3.10", "9-rc", "10", "alpine3.2", "alpine3.10"]);
    }
}
