//! Versions: `"3.12.8" is version(">=3.8,<4")`.

use std::cmp::Ordering;

use super::fault::{Advise, Fault, fault};
use crate::diagnostic::Code;
use crate::source::Span;

/// What cannot be compared.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem<'a> {
    /// The value is no version.
    Value(&'a str),
    /// A part of the condition has no operator.
    Operator(&'a str),
    /// A part of the condition has no version.
    Condition(&'a str),
}

impl Problem<'_> {
    /// The error at the place of the text that is wrong.
    pub(super) fn at(&self, span: Span) -> Fault {
        let form = "a condition is `>=`, `<=`, `>`, `<`, `==` or `!=` and a version; several are joined by commas";
        match self {
            Problem::Value(text) => {
                let message = format!("`{text}` is no version that can be compared");
                fault(Code::WrongType, span, message)
                    .label("not numbers with points between them")
                    .help("take the numbers from it first, for example `|upto(2)` or `|split(\"-\")|first`")
            }
            Problem::Operator(text) => {
                let message = format!("`{text}` has no sign of comparison");
                fault(Code::WrongArguments, span, message).help(form)
            }
            Problem::Condition(text) => {
                let message = format!("`{text}` is no condition on a version");
                fault(Code::WrongArguments, span, message).help(form)
            }
        }
    }
}

/// Does the version meet every condition?
pub(super) fn matches<'a>(version: &'a str, conditions: &'a str) -> Result<bool, Problem<'a>> {
    if !is_version(version) {
        return Err(Problem::Value(version));
    }
    let mut all = true;
    for condition in conditions.split(',') {
        let condition = condition.trim();
        let digits = condition.find(|c: char| !matches!(c, '<' | '>' | '=' | '!')).unwrap_or(condition.len());
        let (sign, wanted) = condition.split_at(digits);
        let wanted = wanted.trim_start();
        let meets: fn(Ordering) -> bool = match sign {
            ">=" => Ordering::is_ge,
            "<=" => Ordering::is_le,
            ">" => Ordering::is_gt,
            "<" => Ordering::is_lt,
            "==" => Ordering::is_eq,
            "!=" => Ordering::is_ne,
            "" if is_version(wanted) => return Err(Problem::Operator(condition)),
            _ => return Err(Problem::Condition(condition)),
        };
        if !is_version(wanted) {
            return Err(Problem::Condition(condition));
        }
        all &= meets(compare(version, wanted));
    }
    Ok(all)
}

pub(super) fn is_version(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Part by part; parts that are missing are 0. Numbers are compared as text without leading zeros, so none is too large.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let (a, b) = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => (a.unwrap_or("0").trim_start_matches('0'), b.unwrap_or("0").trim_start_matches('0')),
        };
        match a.len().cmp(&b.len()).then_with(|| a.cmp(b)) {
            Ordering::Equal => {}
            different => return different,
        }
    }
}

/// Two neighbours in the order of versions that stand the other way round in the order of texts; `None` where both orders are
/// one, or not all of the texts are versions.
pub(super) fn misordered<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Option<(&'a str, &'a str)> {
    let mut versions: Vec<&str> = texts.map(|text| text.filter(|text| is_version(text))).collect::<Option<_>>()?;
    versions.sort_by(|a, b| compare(a, b).then_with(|| a.cmp(b)));
    versions.windows(2).find_map(|pair| match pair {
        [older, newer] if older > newer => Some((*older, *newer)),
        _ => None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn compares_part_by_part() {
        for (version, conditions, expected) in [
            ("3.12.8", ">=3.8,<4", true),
            ("3.9", ">3.10", false),
            ("3.10", "==3.10.0", true),
            ("3.010", "==3.10", true),
            ("18", ">=18", true),
            ("18.1", "<=18", false),
            ("1.2", "!= 1.2", false),
            ("99999999999999999999999", ">9", true),
        ] {
            assert_eq!(matches(version, conditions).unwrap(), expected, "{version} {conditions}");
        }
    }

    #[test]
    fn finds_where_texts_are_ordered_otherwise() {
        let misordered = |texts: &[&'static str]| misordered(texts.iter().copied().map(Some));
        assert_eq!(misordered(&["3.10", "3.8", "3.9"]), Some(("3.9", "3.10")));
        assert_eq!(misordered(&["10", "9"]), Some(("9", "10")));
        assert_eq!(misordered(&["3.8", "3.9", "4.10"]), None);
        assert_eq!(misordered(&["3.9", "3.10", "edge"]), None);
        assert_eq!(misordered(&["01", "1", "1.0"]), None);
        assert_eq!(misordered(&[]), None);
    }

    #[test]
    fn refuses_what_is_no_version() {
        for version in ["3.13-rc", "", "3.", ".3", "v3", "3..1", "٣"] {
            assert_eq!(matches(version, ">=3"), Err(Problem::Value(version)));
        }
        for condition in ["", "=>3", ">=", "=3", "~3", ">=3,", ">=3.x"] {
            assert!(matches!(matches("3", condition), Err(Problem::Condition(_))), "{condition}");
        }
        assert_eq!(matches("3", "3.8"), Err(Problem::Operator("3.8")));
    }
}
