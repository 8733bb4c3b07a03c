//! BuildKit's shell lexer: quotes, escapes, `$x`, `${x:-y}` and their kin. It cuts heredoc words, and it expands the
//! arguments of instructions.

use std::cell::Cell;
use std::fmt;

use super::pattern;

/// Why a text cannot be lexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LexError {
    SingleQuote,
    DoubleQuote,
    Brace,
    Slash,
    BadSubstitution,
    Modifier(String),
    Required {
        name: String,
    },
    TooDeep,
    /// There was no [`Room`] for what it expands to.
    TooLong,
}

impl fmt::Display for LexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SingleQuote => f.write_str("a single quote is not closed"),
            Self::DoubleQuote => f.write_str("a double quote is not closed"),
            Self::Brace => f.write_str("a `${` is not closed"),
            Self::Slash => f.write_str("a `${…/` lacks its second `/`"),
            Self::BadSubstitution => f.write_str("a `${…}` does not begin with a name"),
            Self::Modifier(modifier) if modifier.trim().is_empty() => {
                f.write_str("a `${` is not closed before the blank")
            }
            Self::Modifier(modifier) => write!(f, "`{modifier}` is not supported within `${{…}}`"),
            Self::Required { name } => write!(f, "`{name}` is required and has no value"),
            Self::TooDeep => f.write_str("`${…}` are nested too deeply"),
            Self::TooLong => f.write_str("variables stand for more text than dockmill works out"),
        }
    }
}

/// BuildKit has no bound, but its stack grows; ours does not.
const MAX_DEPTH: usize = 200;

/// Bytes of values, and steps of patterns, that the variables of one Dockerfile may take: each `ARG` can double the one
/// before it.
const ROOM: usize = 4 << 20;

/// What is left of the bytes and steps that the variables of a Dockerfile may take.
#[derive(Debug, Clone)]
pub(crate) struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Self {
        Self(Cell::new(ROOM))
    }
}

impl Room {
    /// Takes so much; `false` where there is no room for it, and then for nothing any more.
    pub(super) fn take(&self, amount: usize) -> bool {
        let left = self.0.get().saturating_sub(amount);
        self.0.set(left);
        left > 0
    }

    fn is_left(&self) -> bool {
        self.0.get() > 0
    }
}

/// How a text is lexed.
#[derive(Clone, Copy)]
pub(crate) struct Lexer<'e> {
    pub(crate) escape: char,
    /// Quotes stay in the result.
    pub(crate) raw_quotes: bool,
    /// Escape characters stay in the result.
    pub(crate) raw_escapes: bool,
    /// `$x` stays as it is where `x` has no value.
    pub(crate) skip_unset: bool,
    pub(crate) values: &'e dyn Fn(&str) -> Option<String>,
    /// Taken by values; `None` where names have none.
    pub(crate) room: Option<&'e Room>,
}

/// What a text becomes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lexed {
    /// The text as one word.
    pub(crate) word: String,
    /// The text cut at white space.
    pub(crate) words: Vec<String>,
    /// Names without a value on which the result depends; one with a default (`${x:-y}`) does not count.
    pub(crate) unset: Vec<String>,
}

/// May a text use variables?
pub(crate) fn has_variable(text: &[u8]) -> bool {
    memchr::memchr(b'$', text).is_some()
}

impl<'e> Lexer<'e> {
    /// As most arguments are lexed: quotes and escapes are taken away, names without a value are empty.
    pub(crate) fn new(escape: char, values: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Self { escape, raw_quotes: false, raw_escapes: false, skip_unset: false, values, room: None }
    }

    pub(crate) fn lex(self, text: &[u8]) -> Result<Lexed, LexError> {
        // Go's scanner drops a byte order mark at the start.
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let mut state = State { lexer: self, text, at: 0, unset: Vec::new(), raw_escapes: self.raw_escapes, depth: 0 };
        let (word, words) = state.until(None, self.raw_escapes)?;
        Ok(Lexed { word, words, unset: state.unset })
    }
}

struct State<'t, 'e> {
    lexer: Lexer<'e>,
    text: &'t [u8],
    at: usize,
    unset: Vec<String>,
    raw_escapes: bool,
    depth: usize,
}

#[derive(Default)]
struct Words {
    word: String,
    done: Vec<String>,
    in_word: bool,
}

impl Words {
    fn character(&mut self, character: char) {
        if !character.is_whitespace() {
            self.raw(character);
        } else if self.in_word && !self.word.is_empty() {
            self.done.push(std::mem::take(&mut self.word));
            self.in_word = false;
        }
    }

    fn raw(&mut self, character: char) {
        self.word.push(character);
        self.in_word = true;
    }

    fn finish(mut self) -> Vec<String> {
        if !self.word.is_empty() {
            self.done.push(self.word);
        }
        self.done
    }
}

/// The character that `bytes` begin with, as Go decodes it: a byte that is no UTF-8 is a replacement character.
fn decode(bytes: &[u8]) -> Option<(char, usize)> {
    let first = *bytes.first()?;
    let length = match first {
        0..0x80 => return Some((char::from(first), 1)),
        0xC2..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0..0xF5 => 4,
        _ => 1,
    };
    let valid = bytes.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
    Some(valid.and_then(|text| text.chars().next()).map_or((char::REPLACEMENT_CHARACTER, 1), |found| (found, length)))
}

impl State<'_, '_> {
    fn peek(&self) -> Option<char> {
        decode(&self.text[self.at..]).map(|(character, _)| character)
    }

    fn next(&mut self) -> Option<char> {
        let (character, length) = decode(&self.text[self.at..])?;
        self.at += length;
        Some(character)
    }

    /// Up to `stop`, or the end of the text.
    fn until(&mut self, stop: Option<char>, raw_escapes: bool) -> Result<(String, Vec<String>), LexError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(LexError::TooDeep);
        }
        let before = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let result = self.until_inner(stop);
        self.raw_escapes = before;
        self.depth -= 1;
        result
    }

    fn until_inner(&mut self, stop: Option<char>) -> Result<(String, Vec<String>), LexError> {
        let mut result = String::new();
        let mut words = Words::default();
        loop {
            self.plain_run(stop, &mut result, &mut words);
            let Some(character) = self.peek() else { break };
            if Some(character) == stop {
                self.next();
                return Ok((result, words.finish()));
            }
            match character {
                '$' => {
                    let value = self.dollar()?;
                    value.chars().for_each(|character| words.character(character));
                    result.push_str(&value);
                }
                '\'' | '"' => {
                    let text = if character == '"' { self.double_quoted()? } else { self.single_quoted()? };
                    words.word.push_str(&text);
                    words.in_word = true;
                    result.push_str(&text);
                }
                // The word of a heredoc may stand behind blanks.
                '<' if self.text[self.at..].starts_with(b"<<") => {
                    let blanks =
                        self.text[self.at + 2..].iter().take_while(|byte| matches!(byte, b'\t' | b'\r' | b' '));
                    for _ in 0..2 + blanks.count() {
                        let Some(character) = self.next() else { break };
                        words.raw(character);
                        result.push(character);
                    }
                }
                _ => {
                    self.next();
                    if character == self.lexer.escape {
                        if self.raw_escapes {
                            words.raw(character);
                            result.push(character);
                        }
                        let Some(escaped) = self.next() else { break };
                        words.raw(escaped);
                        result.push(escaped);
                    } else {
                        words.character(character);
                        result.push(character);
                    }
                }
            }
        }
        match stop {
            None => Ok((result, words.finish())),
            Some('/') => Err(LexError::Slash),
            Some(_) => Err(LexError::Brace),
        }
    }

    /// Characters that stand for themselves, all at once: most of a text.
    fn plain_run(&mut self, stop: Option<char>, result: &mut String, words: &mut Words) {
        let is_plain = |byte: &u8| {
            let character = char::from(*byte);
            byte.is_ascii_graphic()
                && !matches!(byte, b'$' | b'\'' | b'"' | b'<')
                && character != self.lexer.escape
                && Some(character) != stop
        };
        let rest = &self.text[self.at..];
        let length = rest.iter().take_while(|byte| is_plain(byte)).count();
        let Ok(run) = std::str::from_utf8(&rest[..length]) else { return };
        if !run.is_empty() {
            self.at += length;
            result.push_str(run);
            words.word.push_str(run);
            words.in_word = true;
        }
    }

    fn single_quoted(&mut self) -> Result<String, LexError> {
        let mut result = String::new();
        let quote = self.next().filter(|_| self.lexer.raw_quotes);
        result.extend(quote);
        loop {
            match self.next().ok_or(LexError::SingleQuote)? {
                '\'' => {
                    result.extend(quote);
                    return Ok(result);
                }
                character => result.push(character),
            }
        }
    }

    fn double_quoted(&mut self) -> Result<String, LexError> {
        let mut result = String::new();
        let quote = self.next().filter(|_| self.lexer.raw_quotes);
        result.extend(quote);
        loop {
            match self.peek().ok_or(LexError::DoubleQuote)? {
                '"' => {
                    self.next();
                    result.extend(quote);
                    return Ok(result);
                }
                '$' => result.push_str(&self.dollar()?),
                character => {
                    self.next();
                    if character != self.lexer.escape {
                        result.push(character);
                        continue;
                    }
                    if self.raw_escapes {
                        result.push(character);
                    }
                    match self.peek() {
                        // One at the very end is dropped; the missing quote is told on the way round.
                        None => {}
                        Some(escaped) if matches!(escaped, '"' | '$') || escaped == self.lexer.escape => {
                            self.next();
                            result.push(escaped);
                        }
                        Some(_) => result.push(character),
                    }
                }
            }
        }
    }

    fn dollar(&mut self) -> Result<String, LexError> {
        let value = self.value_of_dollar()?;
        match self.lexer.room {
            Some(room) if !room.take(value.len()) => Err(LexError::TooLong),
            _ => Ok(value),
        }
    }

    fn value_of_dollar(&mut self) -> Result<String, LexError> {
        // A value is copied before its length is known.
        if self.lexer.room.is_some_and(|room| !room.is_left()) {
            return Err(LexError::TooLong);
        }
        self.next();
        if self.peek() != Some('{') {
            let name = self.name();
            return Ok(if name.is_empty() { "$".to_owned() } else { self.plain(&name, false) });
        }
        self.next();
        match self.peek() {
            None => return Err(LexError::Brace),
            Some('{' | '}' | ':') => return Err(LexError::BadSubstitution),
            Some(_) => {}
        }
        let name = self.name();
        match self.next() {
            Some('}') => Ok(self.plain(&name, true)),
            Some('/') => self.replacement(&name),
            Some(':') => {
                let operator = self.next();
                self.operation(&name, operator, true)
            }
            Some(operator @ ('+' | '-' | '?' | '#' | '%')) => self.operation(&name, Some(operator), false),
            Some(other) => Err(LexError::Modifier(other.to_string())),
            None => Err(LexError::Brace),
        }
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.lexer.values)(name)
    }

    fn plain(&mut self, name: &str, braces: bool) -> String {
        match self.value(name) {
            Some(value) => value,
            None if !self.lexer.skip_unset => {
                self.unset.push(name.to_owned());
                String::new()
            }
            None if braces => format!("${{{name}}}"),
            None => format!("${name}"),
        }
    }

    /// `${name:-word}` and its kin; with a colon, an empty value counts as none.
    fn operation(&mut self, name: &str, operator: Option<char>, colon: bool) -> Result<String, LexError> {
        let (word, _) = self.until(Some('}'), matches!(operator, Some('#' | '%')))?;
        let shown = || format!("{}{}", if colon { ":" } else { "" }, operator.map_or(String::new(), String::from));
        let value = self.value(name);
        if value.is_none() && self.lexer.skip_unset {
            return Ok(format!("${{{name}{}{word}}}", shown()));
        }
        let set = value.clone().filter(|value| !colon || !value.is_empty());
        match operator {
            Some('-') => Ok(set.unwrap_or(word)),
            Some('+') => Ok(set.map_or(String::new(), |_| word)),
            Some('?') => set.ok_or_else(|| LexError::Required { name: name.to_owned() }),
            Some(end @ ('#' | '%')) => {
                let Some(value) = value else {
                    self.unset.push(name.to_owned());
                    return Ok(String::new());
                };
                let longest = word.starts_with(end);
                Ok(pattern::trim(
                    &value,
                    word.get(usize::from(longest)..).unwrap_or_default(),
                    end == '#',
                    longest,
                    self.lexer.room,
                ))
            }
            _ => Err(LexError::Modifier(shown())),
        }
    }

    /// `${name/pattern/text}`, or with `//` each match.
    fn replacement(&mut self, name: &str) -> Result<String, LexError> {
        let all = self.peek() == Some('/');
        if all {
            self.next();
        }
        let (pattern, _) = self.until(Some('/'), true)?;
        let (text, _) = self.until(Some('}'), true)?;
        match self.value(name) {
            Some(value) => Ok(pattern::replace(&value, &pattern, &text, all, self.lexer.room)),
            None if self.lexer.skip_unset => Ok(format!("${{{name}/{pattern}/{text}}}")),
            None => {
                self.unset.push(name.to_owned());
                Ok(String::new())
            }
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        let is_digit = |character: char| character.is_ascii_digit() || !character.is_ascii() && character.is_numeric();
        while let Some(character) = self.peek() {
            if name.is_empty() && is_digit(character) {
                while let Some(digit) = self.peek().filter(|digit| is_digit(*digit)) {
                    name.push(digit);
                    self.next();
                }
                break;
            }
            if name.is_empty() && matches!(character, '@' | '*' | '#' | '?' | '-' | '$' | '!') {
                self.next();
                return character.to_string();
            }
            if !(character.is_alphabetic() || is_digit(character) || character == '_') {
                break;
            }
            name.push(character);
            self.next();
        }
        name
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn expand(text: &str) -> Result<String, LexError> {
        let values = |name: &str| match name {
            "V" => Some("3.12.8".to_owned()),
            "E" => Some(String::new()),
            _ => None,
        };
        Lexer::new('\\', &values).lex(text.as_bytes()).map(|lexed| lexed.word)
    }

    #[test]
    fn variables_expand_as_in_buildkit() {
        for (text, expected) in [
            ("a:$V-x", "a:3.12.8-x"),
            ("${V}", "3.12.8"),
            ("${X:-y}${E:-z}${E-w}", "yz"),
            ("${V:+y}${X:+z}", "y"),
            ("${V%.*}", "3.12"),
            ("${V%%.*}", "3"),
            ("${V#*.}", "12.8"),
            ("${V##*.}", "8"),
            ("${V/./-}", "3-12.8"),
            ("${V//./-}", "3-12-8"),
            ("\"a b\"'$V'", "a b$V"),
            ("\\$V$", "$V$"),
        ] {
            assert_eq!(expand(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_lexed() {
        assert_eq!(expand("'a"), Err(LexError::SingleQuote));
        assert_eq!(expand("\"a"), Err(LexError::DoubleQuote));
        assert_eq!(expand("${V"), Err(LexError::Brace));
        assert_eq!(expand("${V:-a"), Err(LexError::Brace));
        assert_eq!(expand("${}"), Err(LexError::BadSubstitution));
        assert_eq!(expand("${V^^}"), Err(LexError::Modifier("^".into())));
        assert_eq!(expand("${X:?}"), Err(LexError::Required { name: "X".into() }));
        assert_eq!(expand(&"${a:-".repeat(100_000)), Err(LexError::TooDeep));
    }
}
