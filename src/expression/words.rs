//! Errors of syntax in the user's words.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::fault::Fault;
use super::{CodeStart, skip};
use crate::diagnostic::{Code, Diagnostic};
use crate::grammar::Rule;
use crate::source::Span;

/// What is expected, in the order in which an error tells it.
const ORDER: [&str; 12] = [
    "a value",
    "a name",
    "the name of a filter",
    "the name of a test",
    "`else`",
    "`(`",
    "`:`",
    "an operator",
    "`)`",
    "`]`",
    "`}`",
    "the end",
];

/// The error where pest stops.
pub(super) fn syntax_error(text: &str, error: &Error<Rule>, place: CodeStart) -> Fault {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    let rest = text.get(at..).unwrap_or_default();
    let span = place.span(at, at + rest.chars().next().map_or(0, |c| word(rest, c).len()));
    if let Some(error) = unclosed(text, place) {
        return Box::new(error);
    }
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => expected(positives),
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    let found = match rest.chars().next() {
        None if text.trim().is_empty() => "nothing stands here".to_owned(),
        None => "the expression ends too early".to_owned(),
        Some(_) if rest.starts_with(['\n', '\r']) => "the line ends too early".to_owned(),
        Some(c) => format!("`{}` is not expected here", word(rest, c)),
    };
    let diagnostic = Diagnostic::error(Code::ExpressionSyntax, span, found);
    let diagnostic =
        if expected.is_empty() { diagnostic } else { diagnostic.label(format!("expected {}", or(&expected))) };
    Box::new(hint(text, at, place, diagnostic))
}

/// The word or the sign that stands at a place.
fn word(rest: &str, first: char) -> &str {
    const SIGNS: [&str; 8] = ["===", "!==", "&&", "||", "==", "!=", "**", "<>"];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return &rest[..sign.len()];
    }
    if is_word(first) {
        &rest[..rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())]
    } else {
        &rest[..first.len_utf8()]
    }
}

fn or(expected: &[&str]) -> String {
    match expected {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
}

fn expected(positives: &[Rule]) -> Vec<&'static str> {
    let named: Vec<&str> = positives.iter().filter_map(|rule| name(*rule)).collect();
    // A name is a value, and a value or an operator may begin with a bracket.
    let said = |name: &str| match name {
        "a name" => named.contains(&"a value"),
        "`(`" => named.contains(&"a value") || named.contains(&"an operator"),
        _ => false,
    };
    ORDER.into_iter().filter(|name| named.contains(name) && !said(name)).collect()
}

/// The name of a rule for users; `None` for a rule that would explain nothing. A test covers each rule of
/// `expression.pest`.
fn name(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::expression
        | Rule::operation
        | Rule::not
        | Rule::negate
        | Rule::variable
        | Rule::call
        | Rule::group
        | Rule::list
        | Rule::map
        | Rule::entry
        | Rule::from
        | Rule::to
        | Rule::step
        | Rule::operand_of_test
        | Rule::arguments
        | Rule::argument
        | Rule::keyword
        | Rule::string
        | Rule::number
        | Rule::constant => "a value",
        Rule::or
        | Rule::and
        | Rule::equal
        | Rule::unequal
        | Rule::at_most
        | Rule::at_least
        | Rule::less
        | Rule::greater
        | Rule::within
        | Rule::not_within
        | Rule::add
        | Rule::subtract
        | Rule::concat
        | Rule::power
        | Rule::multiply
        | Rule::floor_divide
        | Rule::divide
        | Rule::remainder
        | Rule::attribute
        | Rule::method
        | Rule::subscript
        | Rule::filter
        | Rule::test
        | Rule::if_word
        | Rule::is_word => "an operator",
        Rule::name | Rule::position => "a name",
        Rule::filter_name => "the name of a filter",
        Rule::test_name | Rule::is_not => "the name of a test",
        Rule::else_word => "`else`",
        Rule::open => "`(`",
        Rule::close => "`)`",
        Rule::close_list => "`]`",
        Rule::close_map => "`}`",
        Rule::colon | Rule::slice_rest => "`:`",
        Rule::end | Rule::EOI => "the end",
        _ => return None,
    })
}

/// The bracket or quote that is not closed: the place where it opens explains more than the end of the text.
fn unclosed(text: &str, place: CodeStart) -> Option<Diagnostic> {
    let bytes = text.as_bytes();
    let mut open: Vec<(usize, u8)> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                let Some(end) = skip::string(bytes, at) else {
                    let message = format!("this text is not closed: `{}` is missing", char::from(byte));
                    let error = Diagnostic::error(Code::ExpressionSyntax, place.span(at, at + 1), message);
                    return Some(error.label("it begins here"));
                };
                at = end;
            }
            b'@' => at = skip::comment(bytes, at).unwrap_or(at),
            b'(' => open.push((at, b')')),
            b'[' => open.push((at, b']')),
            b'{' => open.push((at, b'}')),
            b')' | b']' | b'}' => match open.pop() {
                Some((_, wanted)) if wanted == byte => {}
                Some((opened, wanted)) => {
                    let message = format!("`{}` closes what `{}` opens", char::from(byte), &text[opened..=opened]);
                    let error = Diagnostic::error(Code::ExpressionSyntax, place.span(at, at + 1), message);
                    let error = error.label(format!("expected `{}`", char::from(wanted)));
                    return Some(error.also(place.span(opened, opened + 1), "opened here"));
                }
                None => return None,
            },
            _ => {}
        }
        at += 1;
    }
    let (at, wanted) = open.pop()?;
    let message = format!("`{}` is not closed: `{}` is missing", &text[at..=at], char::from(wanted));
    Some(Diagnostic::error(Code::ExpressionSyntax, place.span(at, at + 1), message).label("opened here"))
}

/// Advice for what other languages write.
fn hint(text: &str, at: usize, place: CodeStart, error: Diagnostic) -> Diagnostic {
    let rest = &text[at..];
    let before = &text[..at];
    let span = |from: usize, to: usize| -> Span { place.span(from, to) };
    let write = |error: Diagnostic, from: usize, length: usize, with: &str| {
        error.replace(format!("write `{with}`"), span(from, from + length), with)
    };
    if rest.starts_with("&&") {
        return write(error, at, 2, "and");
    }
    if rest.starts_with("||") {
        return write(error, at, 2, "or");
    }
    if rest.starts_with('|') && before.ends_with('|') {
        return write(error, at - 1, 2, "or");
    }
    if rest.starts_with('=') && (before.ends_with("==") || before.ends_with("!=")) {
        return write(error, at - 2, 3, if before.ends_with("==") { "==" } else { "!=" });
    }
    if rest.starts_with("===") || rest.starts_with("!==") {
        return write(error, at, 3, if rest.starts_with('=') { "==" } else { "!=" });
    }
    if rest.starts_with('=') && !rest.starts_with("==") {
        return write(error, at, 1, "==");
    }
    if rest.starts_with("!=") {
        return error;
    }
    if rest.starts_with('!') {
        return write(error, at, 1, "not ");
    }
    if rest.starts_with('?') {
        return error.help("a choice is written `a if condition else b`");
    }
    if rest.starts_with(['"', '\'']) && before.ends_with(['f', 'F', 'r', 'b']) {
        return if before.ends_with(['f', 'F']) {
            error.help("there are no f-strings: join texts by `~`, as in `\"python\" ~ version`")
        } else {
            error.help("a text has no letter before its quote")
        };
    }
    if let Some(quote) = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'') && before.ends_with(*quote)) {
        let other = if quote == '"' { '\'' } else { '"' };
        return error
            .help(format!("in a text, `{quote}` is written `\\{quote}`, or the text stands in `{other}`"))
            .help("two texts are joined by `~`");
    }
    if rest.starts_with(['"', '\'']) && before.trim_end().ends_with(['"', '\'']) {
        return error.help("texts are joined by `~`");
    }
    if rest.starts_with(',') && before.contains('(') {
        return error.help("a list is written `[a, b]`");
    }
    if rest.starts_with("for ") && before.contains('[') {
        return error.help("for each element write `list|map(\"filter\")` or `list|select(\"test\")`");
    }
    if rest.starts_with('*') && before.trim_end().ends_with(['(', ',']) {
        return error.help("arguments are written one by one");
    }
    if let Some(word @ ("AND" | "OR" | "NOT" | "IN" | "IS" | "IF" | "ELSE")) =
        rest.chars().next().map(|first| word(rest, first))
    {
        return write(error, at, word.len(), &word.to_lowercase());
    }
    if rest.starts_with(['$', '`']) {
        return error.help("a name stands alone: `release`, not `$release`");
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_grammar_has_words() {
        let grammar = include_str!("../../grammar/expression.pest");
        // Silent rules are never expected; these stand inside of others that are.
        let silent = ["double_text", "single_text", "reserved"];
        let rules = grammar.lines().filter_map(|line| line.split_once('=')).filter(|(name, rule)| {
            let name = name.trim();
            !name.starts_with("//") && !rule.trim_start().starts_with("_{") && !silent.contains(&name)
        });
        for (rule, _) in rules {
            let known = Rule::all_rules().iter().find(|known| format!("{known:?}") == rule.trim());
            let words = known.and_then(|rule| name(*rule));
            assert!(words.is_some_and(|words| ORDER.contains(&words)), "{rule}");
        }
    }
}
