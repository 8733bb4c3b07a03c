//! Strings, numbers, and what to say of text that is no expression.

use minijinja::Value;
use pest::error::{Error, ErrorVariant, InputLocation};

use crate::diagnostic::{Code, Diagnostic};
use crate::grammar::Rule;
use crate::source::Span;

use super::Place;

/// The text of a string without its quotes; `span` is that of the string with them.
pub(super) fn unescape(text: &str, span: Span) -> Result<String, Diagnostic> {
    if !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let mut result = String::with_capacity(text.len());
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            result.push(c);
            continue;
        }
        let Some((end, escaped)) = chars.next() else { break };
        match escaped {
            '\\' | '"' | '\'' | '/' => result.push(escaped),
            'n' => result.push('\n'),
            't' => result.push('\t'),
            'r' => result.push('\r'),
            'b' => result.push('\u{8}'),
            'f' => result.push('\u{c}'),
            'u' => {
                let digits: String = chars.by_ref().take(4).map(|(_, digit)| digit).collect();
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                match code.and_then(char::from_u32) {
                    Some(c) => result.push(c),
                    None => return Err(bad_escape(span, at, 2 + digits.len(), "`\\u` wants four hexadecimal digits")),
                }
            }
            other => {
                let message = format!("`\\{other}` is no escape");
                let length = end + other.len_utf8() - at;
                return Err(bad_escape(span, at, length, &message).help("for a backslash write `\\\\`"));
            }
        }
    }
    Ok(result)
}

fn bad_escape(string: Span, at: usize, length: usize, message: &str) -> Diagnostic {
    let offset = |at: usize| string.start + 1 + u32::try_from(at).unwrap_or(u32::MAX);
    Diagnostic::error(Code::ExpressionSyntax, Span::new(string.file, offset(at), offset(at + length)), message)
        .note("the escapes are `\\\\ \\\" \\' \\n \\t \\r \\b \\f \\/ \\u0041`")
}

/// The value of a number. A float must be written as it will be printed: `3.10` would print `3.1`.
pub(super) fn number(text: &str, span: Span) -> Result<Value, Diagnostic> {
    let digits = text.replace('_', "");
    let radix = |prefix: &str, radix| {
        let rest = digits.strip_prefix(prefix).or_else(|| digits.strip_prefix(&prefix.to_uppercase()))?;
        Some(i64::from_str_radix(rest, radix))
    };
    let prefixed = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2));
    let integer = prefixed.or_else(|| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse()));
    match integer {
        Some(Ok(number)) => return Ok(Value::from(number)),
        Some(Err(_)) => {
            return Err(Diagnostic::error(Code::EvaluationFailed, span, "this number is too large")
                .note("whole numbers have 64 bits"));
        }
        None => {}
    }
    let value = Value::from(digits.parse::<f64>().unwrap_or(f64::INFINITY));
    if value.to_string() == text {
        return Ok(value);
    }
    Err(Diagnostic::error(Code::InexactNumber, span, format!("`{text}` is a number that is written `{value}`"))
        .label("a version is text, not a number")
        .replace("quote it", span, format!("\"{text}\"")))
}

/// The error for text that is no expression, at the character where it stops to be one.
pub(super) fn diagnose(error: &Error<Rule>, text: &str, place: Place) -> Diagnostic {
    let (InputLocation::Pos(at) | InputLocation::Span((at, _))) = error.location;
    let rest = &text[at..];
    let found = rest.chars().next();
    let end = match found {
        Some(c) if c.is_alphanumeric() || c == '_' => {
            at + rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        }
        Some(c) => at + c.len_utf8(),
        None => at,
    };
    let span = place.span(at, end);
    let message = match found {
        None if text.trim().is_empty() => "an expression is expected here".to_owned(),
        None => "the expression ends too early".to_owned(),
        Some(_) => format!("`{}` is not expected here", &text[at..end]),
    };
    let mut diagnostic = Diagnostic::error(Code::ExpressionSyntax, span, message);
    if let ErrorVariant::ParsingError { positives, .. } = &error.variant {
        let mut wanted: Vec<&str> =
            positives.iter().map(|rule| expected(*rule)).filter(|name| !name.is_empty()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if let Some((last, init)) = wanted.split_last() {
            let list = if init.is_empty() { (*last).to_owned() } else { format!("{} or {last}", init.join(", ")) };
            diagnostic = diagnostic.label(format!("{list} is expected here"));
        }
    }
    match habit(text, at) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// What people of other languages write.
fn habit(text: &str, at: usize) -> Option<&'static str> {
    let rest = &text[at..];
    let before = text[..at].trim_end();
    Some(match rest {
        _ if rest.starts_with("&&") => "`and` joins conditions",
        _ if rest.starts_with("||") || (before.ends_with('|') && rest.starts_with('|')) => "`or` joins conditions",
        _ if rest.starts_with("!=") => return None,
        _ if rest.starts_with('!') => "`not` negates",
        _ if rest.starts_with('=') && before.ends_with("==") => "values are compared by `==`",
        _ if rest.starts_with('=') => "values are compared by `==`",
        _ if rest.starts_with('?') => "a choice is written `a if condition else b`",
        _ if rest.starts_with('$') => "a variable is written without `$`; in the text of a template `$` needs no care",
        _ if rest.starts_with('`') => "strings have double or single quotes",
        _ if rest.starts_with(['"', '\'']) && before.ends_with(['f', 'r', 'b']) => {
            "strings have no prefix; values are joined by `~`: `\"lib\" ~ name`"
        }
        _ if rest.starts_with("{") => "inside of an expression a name needs no braces",
        _ if rest.starts_with('@') => "inside of an expression a name needs no `@`",
        _ => return None,
    })
}

/// What a rule is for the user; empty for what is not worth naming.
fn expected(rule: Rule) -> &'static str {
    match rule {
        Rule::expression
        | Rule::operation
        | Rule::operand
        | Rule::prefix
        | Rule::sign
        | Rule::not
        | Rule::string
        | Rule::number
        | Rule::float
        | Rule::integer
        | Rule::constant
        | Rule::list
        | Rule::map
        | Rule::group
        | Rule::primary
        | Rule::test_argument
        | Rule::slice_start
        | Rule::slice_stop
        | Rule::slice_step => "a value",
        Rule::infix
        | Rule::or
        | Rule::and
        | Rule::not_in
        | Rule::in_
        | Rule::eq
        | Rule::ne
        | Rule::le
        | Rule::ge
        | Rule::lt
        | Rule::gt
        | Rule::add
        | Rule::subtract
        | Rule::concat
        | Rule::power
        | Rule::floor_divide
        | Rule::multiply
        | Rule::divide
        | Rule::remainder
        | Rule::postfix
        | Rule::filter
        | Rule::test
        | Rule::is
        | Rule::access
        | Rule::call
        | Rule::attribute
        | Rule::index
        | Rule::slice => "an operator",
        Rule::if_word => "`if`",
        Rule::else_word => "`else`",
        Rule::name | Rule::word | Rule::word_rest => "a name",
        Rule::argument | Rule::keyword_argument | Rule::arguments | Rule::whole_arguments => "an argument",
        Rule::entry => "a key and a value",
        Rule::EOI => "the end",
        Rule::whole_expression
        | Rule::double_quoted
        | Rule::single_quoted
        | Rule::escape
        | Rule::exponent
        | Rule::keyword
        | Rule::WHITESPACE
        | Rule::COMMENT
        // The rules of template.pest do not come up in an expression.
        | Rule::tag
        | Rule::value_tag
        | Rule::comment_tag
        | Rule::call_tag
        | Rule::bare_tag
        | Rule::define_head
        | Rule::parameter
        | Rule::rest_parameter
        | Rule::default_parameter
        | Rule::let_head
        | Rule::function_parameters
        | Rule::default_head
        | Rule::foreach_head
        | Rule::gather_head
        | Rule::call_head => "",
    }
}
