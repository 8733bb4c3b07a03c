//! What stands after an instruction's name: flags, then arguments, cut as BuildKit's line parsers cut them.

use std::borrow::Cow;

use super::json::{self, Array};
use super::keyword::Keyword;
use super::model::Arguments;
use super::space;

/// Why BuildKit cannot read the arguments of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// A JSON array of other things than strings.
    NotStrings,
    /// `ENV NAME` or `LABEL NAME` without a value.
    NoValue,
    /// A word without `=` after one that has it.
    NoEquals(String),
}

/// Cuts the flags off. They are read byte by byte, each one a character of Latin-1, and a backslash escapes whatever the
/// escape character is; `--` alone ends them.
pub(crate) fn split_flags(line: &[u8]) -> (Vec<String>, &[u8]) {
    let mut flags = Vec::new();
    let rest = each_flag(line, |written| {
        let mut word = String::with_capacity(written.len());
        flag(written, |byte| word.push(char::from(byte)));
        flags.push(word);
    });
    (flags, rest)
}

/// What stands after the flags.
pub(crate) fn after_flags(line: &[u8]) -> &[u8] {
    each_flag(line, |_| ())
}

/// Visits the flags as they are written; gives what stands after them.
fn each_flag<'l>(line: &'l [u8], mut visit: impl FnMut(&'l [u8])) -> &'l [u8] {
    let mut at = 0;
    loop {
        while line.get(at).is_some_and(|byte| space::is_byte_space(*byte)) {
            at += 1;
        }
        if !line[at..].starts_with(b"--") {
            return space::trim(&line[at..]);
        }
        let mut length = 0;
        let end = at + flag(&line[at..], |_| length += 1);
        // At the end of the line `--` is no flag either.
        if length == 2 {
            return space::trim(&line[end..]);
        }
        visit(&line[at..end]);
        at = end;
    }
}

/// Hands on the bytes of the flag that the text begins with, without quotes and escapes; gives where it ends.
fn flag(text: &[u8], mut push: impl FnMut(u8)) -> usize {
    let mut at = 0;
    let mut quote = None;
    while let Some(&byte) = text.get(at) {
        match quote {
            None if space::is_byte_space(byte) => break,
            None if matches!(byte, b'\'' | b'"') => quote = Some(byte),
            Some(open) if byte == open => quote = None,
            _ if byte == b'\\' => {
                // One at the very end is dropped.
                at += 1;
                if let Some(&escaped) = text.get(at) {
                    push(escaped);
                }
            }
            _ => push(byte),
        }
        at += 1;
    }
    at.min(text.len())
}

/// Reads the arguments. `rest` is what stands after the flags, without white space around it.
pub(crate) fn arguments(keyword: Option<Keyword>, rest: &[u8], escape: u8) -> Result<Arguments<'_>, Malformed> {
    let (mut keyword, mut rest) = (keyword, rest);
    // In a loop, not by recursion: a chain of ONBUILDs may be as long as the file.
    while keyword == Some(Keyword::Onbuild) && !rest.is_empty() {
        let length = rest.iter().position(|byte| space::is_separator(*byte)).unwrap_or(rest.len());
        keyword = Keyword::of(&rest[..length]);
        let blanks = rest[length..].iter().take_while(|byte| space::is_separator(**byte)).count();
        rest = after_flags(&rest[length + blanks..]);
    }
    let plain = |list| Ok(Arguments { list, json: false });
    let Some(keyword) = keyword else { return plain(Vec::new()) };
    if rest.is_empty() {
        return plain(Vec::new());
    }
    match keyword {
        Keyword::Add | Keyword::Copy | Keyword::Volume => match json_form(rest)? {
            Some(list) => Ok(Arguments { list, json: true }),
            None => plain(separated(rest)),
        },
        Keyword::Cmd | Keyword::Entrypoint | Keyword::Run | Keyword::Shell => match json_form(rest)? {
            Some(list) => Ok(Arguments { list, json: true }),
            None => plain(vec![lossy(rest)]),
        },
        Keyword::Expose | Keyword::From => plain(separated(rest)),
        Keyword::Env | Keyword::Label => plain(name_values(rest, escape)?),
        Keyword::Arg => plain(words(rest, escape)),
        Keyword::Healthcheck => healthcheck(rest),
        Keyword::Maintainer | Keyword::Stopsignal | Keyword::User | Keyword::Workdir | Keyword::Onbuild => {
            plain(vec![lossy(rest)])
        }
    }
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The strings, where the text is a JSON array of them.
fn json_form(rest: &[u8]) -> Result<Option<Vec<Cow<'_, str>>>, Malformed> {
    match json::array(space::trim_start(rest)) {
        Array::Strings(list) => Ok(Some(list)),
        Array::Other => Err(Malformed::NotStrings),
        Array::Invalid => Ok(None),
    }
}

fn separated(rest: &[u8]) -> Vec<Cow<'_, str>> {
    let words = rest.split(|byte| space::is_separator(*byte)).filter(|word| !word.is_empty());
    words.map(lossy).collect()
}

/// `CMD` and a command, or another word and whatever follows.
fn healthcheck(rest: &[u8]) -> Result<Arguments<'_>, Malformed> {
    let end = rest.iter().position(|byte| space::is_byte_space(*byte)).unwrap_or(rest.len());
    let blanks = rest[end..].iter().take_while(|byte| space::is_byte_space(**byte)).count();
    let command = &rest[end + blanks..];
    let mut list = vec![lossy(&rest[..end])];
    if command.is_empty() {
        return Ok(Arguments { list, json: false });
    }
    let json = json_form(command)?;
    let is_json = json.is_some();
    list.extend(json.unwrap_or_else(|| vec![lossy(command)]));
    Ok(Arguments { list, json: is_json })
}

/// Names and values in turn: `NAME=value …`, or the old `NAME value`, where all that follows is the value.
fn name_values(rest: &[u8], escape: u8) -> Result<Vec<Cow<'_, str>>, Malformed> {
    let words = words(rest, escape);
    let Some(first) = words.first() else { return Ok(Vec::new()) };
    if !first.contains('=') {
        let end = rest.iter().position(|byte| space::is_separator(*byte)).ok_or(Malformed::NoValue)?;
        let blanks = rest[end..].iter().take_while(|byte| space::is_separator(**byte)).count();
        return Ok(vec![lossy(&rest[..end]), lossy(&rest[end + blanks..])]);
    }
    let mut list = Vec::with_capacity(words.len() * 2);
    for word in words {
        match word {
            Cow::Borrowed(word) => {
                let (name, value) = word.split_once('=').ok_or_else(|| Malformed::NoEquals(word.to_owned()))?;
                list.extend([Cow::Borrowed(name), Cow::Borrowed(value)]);
            }
            Cow::Owned(word) => {
                let (name, value) = word.split_once('=').ok_or_else(|| Malformed::NoEquals(word.clone()))?;
                list.extend([Cow::Owned(name.to_owned()), Cow::Owned(value.to_owned())]);
            }
        }
    }
    Ok(list)
}

/// Words with their quotes, separated by white space that is neither quoted nor escaped.
pub(crate) fn words(rest: &[u8], escape: u8) -> Vec<Cow<'_, str>> {
    let mut list = Vec::new();
    let mut rest = space::trim_start(rest);
    while !rest.is_empty() {
        let (word, end) = word(rest, escape);
        if !word.is_empty() {
            list.push(lossy(word));
        }
        rest = space::trim_start(&rest[end..]);
    }
    list
}

/// The word that `text` begins with, and where it ends.
fn word(text: &[u8], escape: u8) -> (&[u8], usize) {
    let mut quote = None;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        // Nothing is escaped within single quotes.
        if byte == escape && quote != Some(b'\'') {
            if at + 1 == text.len() {
                // The last one escapes nothing and is dropped.
                return (&text[..at], text.len());
            }
            at += 2;
            // What follows is taken as it is, were it white space of several bytes.
            while text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) && text[at - 1] >= 0x80 {
                at += 1;
            }
            continue;
        }
        match quote {
            None if matches!(byte, b'\'' | b'"') => quote = Some(byte),
            None if space::is_at_start(&text[at..]) => break,
            Some(open) if byte == open => quote = None,
            _ => {}
        }
        at += 1;
    }
    (&text[..at], at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_end_where_buildkit_ends_them() {
        let split = |line: &'static str| {
            let (flags, rest) = split_flags(line.as_bytes());
            (flags.join("|"), String::from_utf8_lossy(rest).into_owned())
        };
        assert_eq!(split("--a=b --c d"), ("--a=b|--c".into(), "d".into()));
        assert_eq!(split("--a='b c' -- --d"), ("--a=b c".into(), "--d".into()));
        assert_eq!(split("-- --d"), (String::new(), "--d".into()));
        assert_eq!(split("--a=\\  b"), ("--a= ".into(), "b".into()));
        assert_eq!(split("--a=é b"), ("--a=Ã©".into(), "b".into()));
        assert_eq!(split("--"), (String::new(), String::new()));
    }

    #[test]
    fn words_keep_their_quotes() {
        assert_eq!(words(b"a=\"b c\" d='e\\' f\\ g \\", b'\\'), ["a=\"b c\"", "d='e\\'", "f\\ g"]);
        assert_eq!(words(b"a=b` c", b'`'), ["a=b` c"]);
    }
}
