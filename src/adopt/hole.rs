//! The variants of a line as what they have in common, with holes for the rest.

use foldhash::HashMap;

use super::line::{LineId, Lines, tokens};

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// The same in all variants.
    Common(String),
    /// What each variant has there.
    Hole(Vec<String>),
}

/// The number of a token's text, among those of the lines that are compared.
type TokenId = usize;

/// So many steps the search for what is common may take.
const STEPS: usize = 30_000_000;
/// A line with more tokens is not taken apart.
const TOKENS: usize = 300;

/// Pairs of equal tokens of two lines in their order: those with the most characters in words.
fn common(one: &[TokenId], other: &[TokenId], weight: &impl Fn(TokenId) -> u32) -> Vec<(usize, usize)> {
    let width = other.len() + 1;
    let mut best = vec![0_u32; (one.len() + 1) * width];
    for y in (0..one.len()).rev() {
        for x in (0..other.len()).rev() {
            let skipped = best[(y + 1) * width + x].max(best[y * width + x + 1]);
            let taken = if one[y] == other[x] { best[(y + 1) * width + x + 1] + weight(one[y]) } else { 0 };
            best[y * width + x] = taken.max(skipped);
        }
    }
    let (mut y, mut x, mut pairs) = (0, 0, Vec::new());
    while y < one.len() && x < other.len() {
        let here = best[y * width + x];
        if one[y] == other[x] && here == best[(y + 1) * width + x + 1] + weight(one[y]) {
            pairs.push((y, x));
            (y, x) = (y + 1, x + 1);
        } else if best[(y + 1) * width + x] >= best[y * width + x + 1] {
            y += 1;
        } else {
            x += 1;
        }
    }
    pairs
}

/// The segments of lines. `None`: they have nothing in common, or are too long.
pub(super) fn segments(variants: &[LineId], lines: &Lines) -> Option<Vec<Segment>> {
    let longest = variants.iter().map(|line| lines.get(*line).tokens()).max()?;
    let cells = longest * longest * variants.len() * 2;
    if longest > TOKENS || cells > STEPS || !lines.effort.spend(cells / 2) {
        return None;
    }
    let (mut numbers, mut texts) = (HashMap::default(), Vec::new());
    let mut number = |text| {
        *numbers.entry(text).or_insert_with(|| {
            texts.push(text);
            texts.len() - 1
        })
    };
    let mut own = |line: &LineId| tokens(lines.text(*line)).into_iter().map(&mut number).collect::<Vec<TokenId>>();
    let tokens: Vec<Vec<TokenId>> = variants.iter().map(&mut own).collect();
    let weight = |token: TokenId| {
        let text = texts[token];
        let is_word = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if is_word { u32::try_from(text.len().min(8)).unwrap_or(8) * 100 + 1 } else { 21 }
    };
    let mut shared = tokens.first()?.clone();
    for other in &tokens[1..] {
        shared = common(&shared, other, &weight).into_iter().map(|(at, _)| shared[at]).collect();
    }
    let mut places = Vec::new();
    for own in &tokens {
        let pairs = common(&shared, own, &weight);
        if pairs.len() != shared.len() {
            return None;
        }
        places.push(pairs.into_iter().map(|(_, at)| at).collect::<Vec<_>>());
    }
    let mut segments = Vec::new();
    for at in 0..=shared.len() {
        let between = |(own, places): (&Vec<TokenId>, &Vec<usize>)| -> String {
            let from = if at > 0 { places[at - 1] + 1 } else { 0 };
            let to = places.get(at).copied().unwrap_or(own.len());
            own[from..to].iter().map(|token| texts[*token]).collect()
        };
        segments.push(Segment::Hole(tokens.iter().zip(&places).map(between).collect()));
        segments.extend(shared.get(at).map(|token| Segment::Common(texts[*token].to_owned())));
    }
    Some(settled(segments))
}

/// Holes that are the same in all variants are none; neighbours of a kind are one.
fn settled(segments: Vec<Segment>) -> Vec<Segment> {
    let mut new: Vec<Segment> = Vec::new();
    for segment in segments {
        let segment = match segment {
            Segment::Hole(values) if values.iter().all(|value| *value == values[0]) => {
                Segment::Common(values.into_iter().next().unwrap_or_default())
            }
            other => other,
        };
        match (new.last_mut(), segment) {
            (_, Segment::Common(text)) if text.is_empty() => {}
            (Some(Segment::Common(before)), Segment::Common(text)) => before.push_str(&text),
            (Some(Segment::Hole(before)), Segment::Hole(values)) => {
                before.iter_mut().zip(&values).for_each(|(before, value)| before.push_str(value));
            }
            (_, segment) => new.push(segment),
        }
    }
    new
}

/// Holes become one where `is_glue` says so of what stands between them.
fn glued(segments: &[Segment], is_glue: impl Fn(&str) -> bool) -> Vec<Segment> {
    let mut new: Vec<Segment> = Vec::new();
    for segment in segments {
        if let (Segment::Hole(values), [.., Segment::Hole(_), Segment::Common(between)]) = (segment, &new[..])
            && is_glue(between)
        {
            let between = between.clone();
            new.pop();
            if let Some(Segment::Hole(before)) = new.last_mut() {
                before.iter_mut().zip(values).for_each(|(before, value)| *before = format!("{before}{between}{value}"));
            }
        } else {
            new.push(segment.clone());
        }
    }
    new
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '~')
}

/// Holes grow over the words that they touch.
fn widened(segments: &[Segment]) -> Vec<Segment> {
    let mut new: Vec<Segment> = Vec::new();
    for segment in segments {
        match (segment.clone(), new.last_mut()) {
            (Segment::Hole(mut values), Some(Segment::Common(before))) => {
                let kept = before.trim_end_matches(is_of_word).len();
                let word = before.split_off(kept);
                for value in &mut values {
                    value.insert_str(0, &word);
                }
                if before.is_empty() {
                    new.pop();
                }
                new.push(Segment::Hole(values));
            }
            (Segment::Common(text), Some(Segment::Hole(values))) => {
                let rest = text.trim_start_matches(is_of_word);
                let word = &text[..text.len() - rest.len()];
                for value in values {
                    value.push_str(word);
                }
                new.push(Segment::Common(rest.to_owned()));
            }
            (segment, _) => new.push(segment),
        }
    }
    settled(new)
}

/// What all values of a hole begin and end with, and is no word, belongs outside.
fn trimmed(segments: &[Segment]) -> Vec<Segment> {
    let mut new = Vec::new();
    for segment in segments {
        let Segment::Hole(values) = segment else {
            new.push(segment.clone());
            continue;
        };
        let is_sign = |c: &char| !c.is_ascii_alphanumeric();
        let shared = |texts: &[Vec<char>]| -> usize {
            let first = &texts[0];
            let same = |at: usize| texts.iter().all(|text| text.get(at) == first.get(at));
            (0..first.len()).take_while(|at| is_sign(&first[*at]) && same(*at)).count()
        };
        let mut texts: Vec<Vec<char>> = values.iter().map(|value| value.chars().collect()).collect();
        let length = shared(&texts);
        let before: String = texts[0][..length].iter().collect();
        for text in &mut texts {
            drop(text.drain(..length));
            text.reverse();
        }
        let length = shared(&texts);
        let mut after: Vec<char> = texts[0][..length].to_vec();
        after.reverse();
        let inner = texts.iter().map(|text| text[length..].iter().rev().collect()).collect();
        new.push(Segment::Common(before));
        new.push(Segment::Hole(inner));
        new.push(Segment::Common(after.into_iter().collect()));
    }
    settled(new)
}

/// The ways to cut the variants of a line into holes, those with the smallest holes first.
pub(super) fn ways(variants: &[LineId], lines: &Lines) -> Vec<Vec<Segment>> {
    let Some(finest) = segments(variants, lines) else { return Vec::new() };
    let is_sign = |text: &str| text.chars().count() <= 2 && !text.contains(char::is_whitespace);
    let is_word = |text: &str| !text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/' | '=' | ':'));
    let ways = [
        widened(&finest),
        glued(&finest, is_sign),
        glued(&finest, is_word),
        widened(&glued(&finest, is_word)),
        glued(&finest, |text| !text.contains(char::is_whitespace)),
        glued(&finest, |_| true),
    ];
    std::iter::once(finest.clone()).chain(ways).map(|way| trimmed(&way)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(variants: &[&str]) -> Vec<String> {
        let mut lines = Lines::default();
        let ids: Vec<LineId> = variants.iter().map(|text| lines.id(text)).collect();
        let show = |segment: &Segment| match segment {
            Segment::Common(text) => text.clone(),
            Segment::Hole(values) => format!("<{}>", values.join("|")),
        };
        let mut shown: Vec<String> = ways(&ids, &lines).iter().map(|way| way.iter().map(show).collect()).collect();
        shown.dedup();
        for way in ways(&ids, &lines) {
            for (at, text) in variants.iter().enumerate() {
                let part = |segment: &Segment| match segment {
                    Segment::Common(text) => text.clone(),
                    Segment::Hole(values) => values[at].clone(),
                };
                assert_eq!(way.iter().map(part).collect::<String>(), **text);
            }
        }
        shown
    }

    #[test]
    fn holes_are_where_variants_differ() {
        assert_eq!(shown(&["ENV V 1.2", "ENV V 3.4"]), ["ENV V <1.2|3.4>"]);
        let ways = shown(&["FROM debian:bookworm-slim", "FROM debian:trixie"]);
        assert_eq!(ways[0], "FROM debian:<bookworm-slim|trixie>");
        assert_eq!(shown(&["a b-1 c", "a d-2 c"]).last().map(String::as_str), Some("a <b-1|d-2> c"));
    }

    #[test]
    fn lines_without_a_common_word_are_one_hole() {
        assert_eq!(shown(&["a", "é"]), ["<a|é>"]);
    }
}
