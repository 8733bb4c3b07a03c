//! Words of m4, Jinja, cpp and other languages, and what the dialect has in their place.

use crate::source::is_name;

use super::builtin::Builtin;
use super::lines::is_blank;

/// Help for someone who wrote this name of a macro.
pub(super) fn word(name: &str) -> Option<&'static str> {
    Some(match name {
        "for" | "forloop" | "each" | "loop" | "while" | "repeat" => {
            "a loop is `@foreach(x, list)` … `@end`; `range(n)` counts"
        }
        "ifdef" | "defined" => {
            "`@default(name, expression)` declares a name and gives it a value where none was given; then `@if(name)` asks"
        }
        "ifndef" | "unless" => {
            "write `@if(not …)` … `@end`; for a value where none was given, `@default(name, expression)`"
        }
        "ifelse" | "ifeq" | "switch" | "case" | "when" | "match" => {
            "a choice is `@if(…)`, `@elif(…)`, `@else`, `@end`; in an expression, `a if condition else b`"
        }
        "macro" | "function" | "def" => {
            "a macro is `@define(name, parameter)` … `@end`, a value `@let(name, expression)`"
        }
        "set" | "var" | "assign" | "const" => "a value is `@let(name, expression)`",
        "undef" | "undefine" | "pushdef" | "popdef" => "what is defined stays; names of an included file end with it",
        "sinclude" => "write `@include(\"path\", optional=true)`",
        "require" | "use" | "extends" => {
            "`@import(\"path\")` takes the macros of a file, `@include(\"path\")` its text"
        }
        "block" => "`@call(macro)` … `@end` hands text to a macro, which places it by `@body()`",
        "raw" | "literal" => "text as it is stands between `@verbatim()` and `@end`",
        "dnl" | "comment" | "rem" => "a comment is `@# text`",
        "shell" | "exec" | "system" | "syscmd" | "esyscmd" => {
            "templates run no programs: give the value with `-D`, or in a data file"
        }
        "env" | "getenv" => "templates do not read the environment: give the value with `-D`",
        "errprint" | "print" | "echo" => "a message is `@warn(message)`, a value in the text `@{expression}`",
        "m4exit" | "exit" | "abort" | "fail" | "raise" | "assert" => "`@error(message)` ends with an error",
        "eval" | "incr" | "decr" | "len" | "substr" | "translit" | "patsubst" | "regexp" => {
            "values are computed in expressions, such as `@{n + 1}`, `@{text|length}`, `@{text|replace(\"a\", \"b\")}`"
        }
        _ => return None,
    })
}

/// The builtin that has the place of such a word.
pub(super) fn builtin(name: &str) -> Option<Builtin> {
    Some(match name {
        "for" | "forloop" | "each" | "loop" | "while" | "repeat" => Builtin::Foreach,
        "ifdef" | "defined" | "ifndef" | "unless" | "ifelse" | "ifeq" | "switch" | "case" | "when" | "match" => {
            Builtin::If
        }
        "macro" | "function" | "def" => Builtin::Define,
        "set" | "var" | "assign" | "const" => Builtin::Let,
        "sinclude" => Builtin::Include,
        "require" | "use" | "extends" => Builtin::Import,
        "block" => Builtin::Call,
        "raw" | "literal" => Builtin::Verbatim,
        _ => return None,
    })
}

/// The builtin that a word at the start of a line is surely meant as, although it has another name: `@endif`, `@ElseIf`.
pub(super) fn directive(name: &str, rest: &[u8]) -> Option<Builtin> {
    let name = name.to_ascii_lowercase().replace('_', "");
    // A shell's `if` on the next line is text of the branch.
    let goes_on_with_if = || {
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_start();
        line.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"if"))
    };
    match &*name {
        "elif" | "elseif" | "elsif" => Some(Builtin::Elif),
        "else" if goes_on_with_if() => Some(Builtin::Elif),
        _ => {
            let block = name.strip_prefix("end")?;
            let is_known = Builtin::from_name(block).is_some_and(Builtin::opens_block) || word(block).is_some();
            is_known.then_some(Builtin::End)
        }
    }
}

/// The builtin that has the place of a word which stands alone on its line within a block.
pub(super) fn in_block(name: &str) -> Option<Builtin> {
    match &*name.to_ascii_lowercase() {
        "fi" | "done" | "esac" | "od" => Some(Builtin::End),
        "otherwise" => Some(Builtin::Else),
        _ => None,
    }
}

/// How many bytes stand between an `@` and the word that may belong to it: `@ else`, `@%else`.
pub(super) fn apart(rest: &[u8]) -> usize {
    let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
    let is_mark = rest.first().is_some_and(|byte| b"%-/:.!~*+=&^\\".contains(byte));
    if is_mark { 1 } else { blanks }
}

/// The line as it is surely meant, where a builtin stands without its parentheses: `@if x`, `@else if (x)`, `@let x = 1`.
pub(super) fn mended(builtin: Builtin, rest: &[u8]) -> Option<String> {
    let rest = std::str::from_utf8(rest).ok()?.trim();
    let rest = match builtin {
        Builtin::Elif => match rest.split_at_checked(2) {
            Some((word, rest)) if word.eq_ignore_ascii_case("if") => rest.trim_start(),
            _ => rest,
        },
        Builtin::If => rest,
        Builtin::Let | Builtin::Default | Builtin::Foreach | Builtin::Define => return binding(builtin, rest),
        Builtin::Include | Builtin::Import | Builtin::Insert | Builtin::Error | Builtin::Warn
            if rest.starts_with(['"', '\'', '(']) =>
        {
            rest
        }
        _ => return None,
    };
    if rest.is_empty() || rest.contains('@') || rest.ends_with([':', ';', '{']) {
        return None;
    }
    let inner =
        rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).filter(|inner| !inner.contains(['(', ')']));
    Some(format!("@{}({})", builtin.name(), inner.unwrap_or(rest)))
}

/// As [`mended`], of what begins with names of its own: `x = 1`, `x in list`, `m(a, b)`.
fn binding(builtin: Builtin, rest: &str) -> Option<String> {
    let (names, rest) = match builtin {
        Builtin::Foreach => rest.split_once(" in ")?,
        Builtin::Define => match rest.split_once('(') {
            Some((name, parameters)) => (name, parameters.strip_suffix(')')?),
            None => (rest, ""),
        },
        _ => rest.split_once('=').filter(|(_, value)| !value.starts_with('='))?,
    };
    let (names, rest) = (names.trim(), rest.trim());
    let many = if builtin == Builtin::Foreach { 2 } else { 1 };
    let is_named = names.split(',').count() <= many && names.split(',').all(|name| is_name(name.trim()));
    let is_whole = !rest.contains(['@', '(', ')']) && (!rest.is_empty() || builtin == Builtin::Define);
    let comma = if rest.is_empty() { "" } else { ", " };
    (is_named && is_whole).then(|| format!("@{}({names}{comma}{rest})", builtin.name()))
}

/// Help for a line that is no instruction, where it looks like one of another template language.
pub(crate) fn line(text: &str) -> Option<String> {
    let text = text.trim_start();
    if text.starts_with("{%") || text.starts_with("{{") {
        return Some(
            "dockmill's templates have `@{expression}`, and `@if(…)` and `@foreach(x, list)` up to `@end`".to_owned(),
        );
    }
    let name = text.strip_prefix('@').unwrap_or(text);
    let end = name.find(|character: char| !character.is_ascii_alphanumeric() && character != '_').unwrap_or(name.len());
    let (name, rest) = name.split_at(end);
    if !text.starts_with('@') {
        let builtin = Builtin::from_name(name).filter(|builtin| !builtin.is_bare() && rest.starts_with('('));
        let form = builtin.map(|builtin| format!("dockmill's templates have `{}`", builtin.form()));
        return form.or_else(|| word(name).filter(|_| rest.starts_with('(') || name == "dnl").map(str::to_owned));
    }
    if name.is_empty() {
        return None;
    }
    Some(word(name).map_or_else(|| format!("a macro is called with parentheses: `@{name}()`"), str::to_owned))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Builtin, directive, line};

    #[test]
    fn an_if_belongs_to_the_else_of_its_own_line() {
        let meant = |rest: &str| directive("else", rest.as_bytes());
        assert_eq!(meant(" if (x)\n"), Some(Builtin::Elif));
        for rest in ["\nif x; then \\\n", "\r\n\tif x", " \n  IF", ""] {
            assert_eq!(meant(rest), None, "{rest:?}");
        }
    }

    #[test]
    fn lines_of_other_languages_are_known() {
        for text in
            ["{% if x %}", "{{ x }}", "include(`x')", "dnl text", "@set x = 1", "@raw", "@mine", "ifdef(`x', `y')"]
        {
            assert!(line(text).is_some(), "{text}");
        }
        for text in ["RUM x", "include x", "@", "@ x", "end(", "set -e", "case x in", "echo hello", "exit"] {
            assert_eq!(line(text), None, "{text}");
        }
    }
}
