//! Versions: `"3.12.8" is version(">=3.8,<4")`. They are numbers with points between them, and may end in the stage of a
//! pre-release, as docker-library (`3.15-rc`, `18beta1`), Semantic Versioning (`25.0.0-rc.1`) and .NET (`11.0.0-preview.7`) write it.

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
                    .label(
                        "not numbers with points between them and, at most, the stage of a pre-release such as `-rc1`",
                    )
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

/// How far a version is on the way to its release, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Development,
    Alpha,
    Beta,
    Candidate,
    Release,
}

impl Stage {
    /// The stage that a word names. A letter alone names none: OpenSSL's `1.1.1a` is newer than `1.1.1`.
    fn named(word: &str, is_numbered: bool) -> Option<Self> {
        Some(match &*word.to_ascii_lowercase() {
            "dev" => Self::Development,
            "preview" | "alpha" => Self::Alpha,
            "beta" => Self::Beta,
            "rc" => Self::Candidate,
            "a" if is_numbered => Self::Alpha,
            "b" if is_numbered => Self::Beta,
            "c" if is_numbered => Self::Candidate,
            _ => return None,
        })
    }
}

/// A version, in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version<'a> {
    /// As it is written.
    pub(super) text: &'a str,
    /// The version that it is, or will be once it is released.
    pub(super) release: &'a str,
    stage: Stage,
    /// The numbers of a pre-release: `7.1` of `11.0.0-preview.7.1`.
    count: &'a str,
}

impl<'a> Version<'a> {
    /// `None` where the text is no version.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let is_numbers =
            |text: &str| text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(word) = text.find(|c: char| c.is_ascii_alphabetic()) else {
            return is_numbers(text).then_some(Self { text, release: text, stage: Stage::Release, count: "" });
        };
        let (release, rest) = text.split_at(word);
        let release = release.strip_suffix(['-', '.']).unwrap_or(release);
        let (word, count) = rest.split_at(rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len()));
        let numbers = count.strip_prefix(['-', '.']).unwrap_or(count);
        let stage = Stage::named(word, !count.is_empty())?;
        (is_numbers(release) && (count.is_empty() || is_numbers(numbers))).then_some(Self {
            text,
            release,
            stage,
            count: numbers,
        })
    }

    /// Do both have the same first parts?
    pub(super) fn is_of_series(&self, other: &Self, parts: usize) -> bool {
        let first = |text: &'a str| text.match_indices('.').nth(parts - 1).map_or(text, |(at, _)| &text[..at]);
        compare(first(self.release), first(other.release)).is_eq()
    }

    pub(super) fn is_prerelease(&self) -> bool {
        self.stage != Stage::Release
    }

    /// The order of versions; those that differ in spelling only, as `1.0-rc1` and `1rc1`, are equal.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        compare(self.release, other.release)
            .then(self.stage.cmp(&other.stage))
            .then_with(|| compare(self.count, other.count))
    }
}

/// Whether a version meets conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) met: bool,
    /// The same of the release that a pre-release will become, but for conditions that name a pre-release themselves.
    pub(super) by_release: bool,
}

/// Does the version meet every condition?
pub(super) fn matches<'a>(text: &'a str, conditions: &'a str) -> Result<Answer, Problem<'a>> {
    let version = Version::of(text).ok_or(Problem::Value(text))?;
    let release = Version { stage: Stage::Release, count: "", ..version };
    let mut answer = Answer { met: true, by_release: true };
    for condition in conditions.split(',') {
        let condition = condition.trim();
        let digits = condition.find(|c: char| !matches!(c, '<' | '>' | '=' | '!')).unwrap_or(condition.len());
        let (sign, wanted) = condition.split_at(digits);
        let wanted = Version::of(wanted.trim_start()).ok_or(Problem::Condition(condition))?;
        let meets: fn(Ordering) -> bool = match sign {
            ">=" => Ordering::is_ge,
            "<=" => Ordering::is_le,
            ">" => Ordering::is_gt,
            "<" => Ordering::is_lt,
            "==" => Ordering::is_eq,
            "!=" => Ordering::is_ne,
            "" => return Err(Problem::Operator(condition)),
            _ => return Err(Problem::Condition(condition)),
        };
        let met = meets(version.order(&wanted));
        answer.met &= met;
        let is_same = !version.is_prerelease() || wanted.is_prerelease();
        answer.by_release &= if is_same { met } else { meets(release.order(&wanted)) };
    }
    Ok(answer)
}

/// Part by part; parts that are missing are 0. Numbers are compared as text without leading zeros, so none is too large.
fn compare(left: &str, right: &str) -> Ordering {
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
    let mut versions: Vec<(Version<'_>, &str)> =
        texts.map(|text| Some((Version::of(text?)?, text?))).collect::<Option<_>>()?;
    versions.sort_by(|(a, older), (b, newer)| a.order(b).then_with(|| older.cmp(newer)));
    versions.windows(2).find_map(|pair| match pair {
        [(_, older), (_, newer)] if older > newer => Some((*older, *newer)),
        _ => None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// From the oldest to the newest, in all spellings.
    const IN_ORDER: &[&str] = &[
        "1.9.9",
        "1.10.0-dev",
        "1.10.dev3",
        "1.10.0-alpha.1",
        "1.10a2",
        "1.10.0-preview.7",
        "1.10-preview.7.25380.108",
        "1.10.0-Alpha-10",
        "1.10beta1",
        "1.10b2",
        "1.10-rc",
        "1.10.0rc1",
        "1.10c2",
        "1.10-rc.10",
        "1.10",
        "1.10.0.1",
        "3.15-rc",
        "3.15",
        "8.6.0alpha3",
        "11.0.0-preview.7",
        "11",
        "18beta1",
        "18",
        "25.0.0-rc1",
        "25",
    ];

    #[test]
    fn orders_the_spellings_that_are_about() {
        for (index, older) in IN_ORDER.iter().enumerate() {
            for newer in &IN_ORDER[index + 1..] {
                let (a, b) = (Version::of(older).unwrap(), Version::of(newer).unwrap());
                assert_eq!((a.order(&b), b.order(&a)), (Ordering::Less, Ordering::Greater), "{older} {newer}");
            }
        }
        for (one, other) in
            [("1.10-rc1", "1.10.0rc.1"), ("3-alpha", "3.0a0"), ("3-preview1", "3alpha1"), ("3c1", "3-RC1")]
        {
            let (a, b) = (Version::of(one).unwrap(), Version::of(other).unwrap());
            assert_eq!(a.order(&b), Ordering::Equal, "{one} {other}");
        }
    }

    /// Few numbers and parts, so that many are equal or nearly so.
    const SPELLINGS: &str =
        "(0?[0-2]|10)(\\.(0?[0-2]|10)){0,2}([-.]?(dev|preview|alpha|a0|beta|b1|rc|c)([-.]?[0-2](\\.[0-2])?)?)?";

    proptest! {
        #[test]
        fn the_order_is_total_and_transitive(texts in prop::array::uniform3(SPELLINGS)) {
            let versions = texts.each_ref().map(|text| Version::of(text));
            let [Some(a), Some(b), Some(c)] = versions else { return Ok(()) };
            prop_assert_eq!(a.order(&a), Ordering::Equal);
            prop_assert_eq!(a.order(&b), b.order(&a).reverse());
            if a.order(&b).is_le() && b.order(&c).is_le() {
                prop_assert!(a.order(&c).is_le());
                prop_assert_eq!(a.order(&c).is_eq(), a.order(&b).is_eq() && b.order(&c).is_eq());
            }
        }

        #[test]
        fn a_prerelease_is_older_than_its_release(text in SPELLINGS) {
            let Some(version) = Version::of(&text) else { return Ok(()) };
            let release = Version::of(version.release).unwrap();
            prop_assert!(!release.is_prerelease());
            prop_assert_eq!(version.order(&release).is_lt(), version.is_prerelease());
        }
    }

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
            ("25.0.0-rc1", ">=25", false),
            ("25.0.0-rc1", ">=25-rc,<25", true),
        ] {
            assert_eq!(matches(version, conditions).unwrap().met, expected, "{version} {conditions}");
        }
    }

    #[test]
    fn finds_where_texts_are_ordered_otherwise() {
        let misordered = |texts: &[&'static str]| misordered(texts.iter().copied().map(Some));
        assert_eq!(misordered(&["3.10", "3.8", "3.9"]), Some(("3.9", "3.10")));
        assert_eq!(misordered(&["10", "9"]), Some(("9", "10")));
        assert_eq!(misordered(&["3.15", "3.15-rc"]), Some(("3.15-rc", "3.15")));
        assert_eq!(misordered(&["3.8", "3.9", "4.10"]), None);
        assert_eq!(misordered(&["3.9", "3.10", "edge"]), None);
        assert_eq!(misordered(&["01", "1", "1.0"]), None);
        assert_eq!(misordered(&[]), None);
    }

    #[test]
    fn refuses_what_is_no_version() {
        for version in [
            "",
            "3.",
            ".3",
            "v3",
            "3..1",
            "٣",
            "1.1.1a",
            "3.13-slim",
            "3.13-",
            "3--rc",
            "3-.rc",
            "3rc-",
            "3rc1-2",
            "3rc1.",
            "3rc..1",
            "3-rc1-slim",
            "rc1",
            "3-1",
            "3 rc",
            "3rc1+4",
            "3ŕc",
        ] {
            assert_eq!(matches(version, ">=3"), Err(Problem::Value(version)));
        }
        for condition in ["", "=>3", ">=", "=3", "~3", ">=3,", ">=3.x", "3.x"] {
            assert!(matches!(matches("3", condition), Err(Problem::Condition(_))), "{condition}");
        }
        assert_eq!(matches("3", "3.8"), Err(Problem::Operator("3.8")));
    }
}
