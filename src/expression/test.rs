//! The builtin tests.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use minijinja::Value;
use minijinja::value::ValueKind;

use super::fault::{Advise, Fault, fault};
use super::operator::{self, Operand};
use super::tree::Comparison;
use super::uses::{self, Use, UseKind};
use super::version::{self, Problem, Version};
use super::{Scope, kind_of, version_slip};
use crate::diagnostic::Code;
use crate::source::Span;

/// A builtin test.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) name: &'static str,
    pub(super) run: TestRun,
}

/// How a test is implemented.
#[derive(Debug, Clone, Copy)]
pub(super) enum TestRun {
    /// It asks whether there is a value at all, or whether there is none.
    Present(bool),
    /// It asks what the value is.
    Is(fn(&Value) -> bool),
    /// It asks whether the value is a whole number that leaves this remainder when it is divided by 2.
    Remainder(i64),
    /// It asks about every letter of a text.
    Letters(fn(char) -> bool),
    /// It compares the value with its argument.
    Compare(Comparison),
    EndingWith,
    StartingWith,
    DivisibleBy,
    /// It asks whether a version meets its argument or, without one, whether the value is a version.
    Version,
    Prerelease,
}

const fn test(name: &'static str, run: TestRun) -> Test {
    Test { name, run }
}

/// The tests, by name.
pub(super) static TESTS: &[Test] = &[
    test("boolean", TestRun::Is(|value| value.kind() == ValueKind::Bool)),
    test("defined", TestRun::Present(true)),
    test("divisibleby", TestRun::DivisibleBy),
    test("endingwith", TestRun::EndingWith),
    test("eq", TestRun::Compare(Comparison::Equal)),
    test("equalto", TestRun::Compare(Comparison::Equal)),
    test("even", TestRun::Remainder(0)),
    test("false", TestRun::Is(|value| value.kind() == ValueKind::Bool && !value.is_true())),
    test("float", TestRun::Is(|value| value.kind() == ValueKind::Number && !value.is_integer())),
    test("ge", TestRun::Compare(Comparison::AtLeast)),
    test("greaterthan", TestRun::Compare(Comparison::Greater)),
    test("gt", TestRun::Compare(Comparison::Greater)),
    test("in", TestRun::Compare(Comparison::Within)),
    test("int", TestRun::Is(Value::is_integer)),
    test("integer", TestRun::Is(Value::is_integer)),
    test("iterable", TestRun::Is(|value| is_list(value) || matches!(value.kind(), ValueKind::Map | ValueKind::String))),
    test("le", TestRun::Compare(Comparison::AtMost)),
    test("lessthan", TestRun::Compare(Comparison::Less)),
    test("lower", TestRun::Letters(char::is_lowercase)),
    test("lt", TestRun::Compare(Comparison::Less)),
    test("mapping", TestRun::Is(|value| value.kind() == ValueKind::Map)),
    test("ne", TestRun::Compare(Comparison::Unequal)),
    test("none", TestRun::Is(Value::is_none)),
    test("number", TestRun::Is(|value| value.kind() == ValueKind::Number)),
    test("odd", TestRun::Remainder(1)),
    test("prerelease", TestRun::Prerelease),
    test("sequence", TestRun::Is(is_list)),
    test("startingwith", TestRun::StartingWith),
    test("string", TestRun::Is(|value| value.kind() == ValueKind::String)),
    test("true", TestRun::Is(|value| value.kind() == ValueKind::Bool && value.is_true())),
    test("undefined", TestRun::Present(false)),
    test("upper", TestRun::Letters(char::is_uppercase)),
    test("version", TestRun::Version),
];

impl Test {
    /// How many arguments it takes, at least and at most.
    pub(super) fn arguments(&self) -> RangeInclusive<usize> {
        match self.run {
            TestRun::Compare(_) | TestRun::EndingWith | TestRun::StartingWith | TestRun::DivisibleBy => 1..=1,
            TestRun::Version => 0..=1,
            TestRun::Present(_)
            | TestRun::Is(_)
            | TestRun::Remainder(_)
            | TestRun::Letters(_)
            | TestRun::Prerelease => 0..=0,
        }
    }
}

/// The builtin test of this name.
pub(super) fn find(name: &str) -> Option<&'static Test> {
    let at = TESTS.binary_search_by(|test| test.name.cmp(name)).ok()?;
    TESTS.get(at)
}

/// The error for a test that is none of the builtins.
pub(super) fn unknown(name: &str, span: Span) -> Fault {
    Box::new(uses::unknown(&Use::new(name, span, UseKind::Test), std::iter::empty()))
}

/// Where a test is asked.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) scope: &'a dyn Scope,
    /// Where it is named.
    pub(super) name: Span,
    /// It is asked of the elements of a list, whose place stands for theirs.
    pub(super) of_elements: bool,
}

/// Does the value meet the test? Every value that comes here is defined.
pub(super) fn perform(
    test: &Test,
    asked: Asked<'_>,
    operand: Operand<'_>,
    argument: Option<Operand<'_>>,
) -> Result<bool, Fault> {
    let name = test.name;
    Ok(match (test.run, argument) {
        (TestRun::Present(present), _) => present,
        (TestRun::Is(is), _) => is(operand.value),
        (TestRun::Remainder(wanted), _) => whole(name, operand)?.rem_euclid(2) == wanted,
        (TestRun::Letters(case), _) => cased(text(name, operand)?, case),
        (TestRun::Compare(comparison), Some(argument)) => {
            version_slip::contained(asked.scope, comparison, operand, argument);
            operator::compare(comparison, asked.name, operand, argument)?
        }
        (TestRun::EndingWith, Some(argument)) => text(name, operand)?.ends_with(text(name, argument)?),
        (TestRun::StartingWith, Some(argument)) => {
            let (whole, start) = (text(name, operand)?, text(name, argument)?);
            let rest = whole.strip_prefix(start);
            if let Some(rest) = rest {
                version_slip::within_number(asked.scope, start, rest, argument.span);
            }
            rest.is_some()
        }
        (TestRun::DivisibleBy, Some(argument)) => {
            let (number, divisor) = (whole(name, operand)?, whole(name, argument)?);
            if divisor == 0 {
                return Err(fault(Code::EvaluationFailed, argument.span, "a division by zero"));
            }
            number.wrapping_rem(divisor) == 0
        }
        (TestRun::Version, None) => version_text(operand.value).is_some_and(|text| Version::of(&text).is_some()),
        (TestRun::Version, Some(argument)) => {
            let (conditions, version) = (text(name, argument)?, version(name, operand)?);
            let answer = version::matches(&version, conditions).map_err(|problem| {
                problem.at(match problem {
                    Problem::Value(_) => operand.span,
                    _ => argument.span,
                })
            })?;
            version_slip::prerelease(asked, (&version, operand.span), (conditions, argument.span), answer);
            answer.met
        }
        (TestRun::Prerelease, _) => {
            let text = version(name, operand)?;
            Version::of(&text).ok_or_else(|| Problem::Value(&text).at(operand.span))?.is_prerelease()
        }
        (_, None) => {
            let message = format!("test `{name}` wants 1 argument");
            return Err(fault(Code::WrongArguments, asked.name, message));
        }
    })
}

fn is_list(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// The text of a value that may be a version: a whole number is one, too.
fn version_text(value: &Value) -> Option<Cow<'_, str>> {
    value.as_str().map(Cow::Borrowed).or_else(|| value.is_integer().then(|| Cow::Owned(value.to_string())))
}

fn version<'a>(name: &str, operand: Operand<'a>) -> Result<Cow<'a, str>, Fault> {
    version_text(operand.value).ok_or_else(|| {
        let message = format!("`{name}` compares text such as \"3.12.8\", not {}", kind_of(operand.value));
        let error = fault(Code::WrongType, operand.span, message);
        if operand.value.kind() == ValueKind::Number {
            error.help("write the version in quotes: as a number 3.10 is 3.1")
        } else {
            error
        }
    })
}

fn text<'a>(name: &str, operand: Operand<'a>) -> Result<&'a str, Fault> {
    operand.value.as_str().ok_or_else(|| {
        fault(Code::WrongType, operand.span, format!("`{name}` wants text, not {}", kind_of(operand.value)))
    })
}

fn whole(name: &str, operand: Operand<'_>) -> Result<i64, Fault> {
    let number = operand.value.as_i64().filter(|_| operand.value.is_integer());
    number.ok_or_else(|| {
        fault(Code::WrongType, operand.span, format!("`{name}` wants a whole number, not {}", kind_of(operand.value)))
    })
}

/// At least one letter, and all of this case.
fn cased(text: &str, case: fn(char) -> bool) -> bool {
    let mut letters = text.chars().filter(|letter| letter.is_lowercase() || letter.is_uppercase()).peekable();
    letters.peek().is_some() && letters.all(case)
}

/// A value that stands for what a test was given by `select`.
pub(super) fn operand(value: &Value, span: Span) -> Operand<'_> {
    Operand { value, span }
}
