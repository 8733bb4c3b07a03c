//! Patterns within `${…}`: `*`, `?`, and a backslash before what is meant as it is.

/// Does the pattern (`*`, `?`, a backslash before either) match the whole text?
fn matches(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        let (literal, width) = match pattern.get(p) {
            Some('\\') if p + 1 < pattern.len() => (Some(pattern[p + 1]), 2),
            Some('*') => {
                star = Some((p, t));
                p += 1;
                continue;
            }
            Some('?') => (Some(text[t]), 1),
            other => (other.copied(), 1),
        };
        if literal == Some(text[t]) {
            p += width;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            p = star_p + 1;
            t = star_t + 1;
            star = Some((star_p, t));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|character| *character == '*')
}

/// Cuts the pattern from the start or the end of the value, as little of it or as much as matches.
pub(super) fn trim(value: &str, pattern: &str, prefix: bool, longest: bool) -> String {
    let value: Vec<char> = value.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let lengths: &mut dyn Iterator<Item = usize> =
        if longest { &mut (0..=value.len()).rev() } else { &mut (0..=value.len()) };
    for length in lengths {
        let (cut, kept) = if prefix {
            value.split_at(length)
        } else {
            let (kept, cut) = value.split_at(value.len() - length);
            (cut, kept)
        };
        if matches(&pattern, cut) {
            return kept.iter().collect();
        }
    }
    value.into_iter().collect()
}

/// Puts `text` in the place of the first match, or of every one; a match is as long as can be.
pub(super) fn replace(value: &str, pattern: &str, text: &str, all: bool) -> String {
    let value: Vec<char> = value.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let mut result = String::new();
    let mut at = 0;
    while at < value.len() {
        let length = (1..=value.len() - at).rev().find(|length| matches(&pattern, &value[at..at + length]));
        if let Some(length) = length {
            result.push_str(text);
            at += length;
            if !all {
                break;
            }
        } else {
            result.push(value[at]);
            at += 1;
        }
    }
    result.extend(&value[at..]);
    result
}
