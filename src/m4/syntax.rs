//! Quotes and comments, and what each byte can begin.

/// A byte that can be in a name.
pub(crate) const WORD: u8 = 1;
/// A byte that can begin a name.
pub(crate) const LETTER: u8 = 2;
/// The first byte of the comment's begin.
pub(crate) const COMMENT: u8 = 4;
/// The first byte of the opening quote.
pub(crate) const QUOTE: u8 = 8;
/// A parenthesis or comma.
pub(crate) const PUNCTUATION: u8 = 16;
/// White space as C has it.
pub(crate) const SPACE: u8 = 32;

/// The quotes and comment delimiters in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// Empty: there is no quoting.
    pub(crate) open: Vec<u8>,
    pub(crate) close: Vec<u8>,
    /// Empty: there are no comments.
    pub(crate) comment: Vec<u8>,
    pub(crate) comment_end: Vec<u8>,
    pub(crate) class: [u8; 256],
}

impl Default for Syntax {
    fn default() -> Self {
        let mut syntax = Self {
            open: b"`".to_vec(),
            close: b"'".to_vec(),
            comment: b"#".to_vec(),
            comment_end: b"\n".to_vec(),
            class: [0; 256],
        };
        syntax.classify();
        syntax
    }
}

impl Syntax {
    /// `changequote`: what is not given, or an empty end, is the default; an empty begin ends quoting.
    pub(crate) fn quotes(&mut self, open: Option<&[u8]>, close: Option<&[u8]>) {
        let (open, close) = match open {
            None => (&b"`"[..], &b"'"[..]),
            Some(open) => match close {
                Some(close) if open.is_empty() || !close.is_empty() => (open, close),
                _ => (open, &b"'"[..]),
            },
        };
        (self.open, self.close) = (open.to_vec(), close.to_vec());
        self.classify();
    }

    /// `changecom`: without a begin there are no comments; they end at the newline unless it is said.
    pub(crate) fn comments(&mut self, begin: Option<&[u8]>, end: Option<&[u8]>) {
        self.comment = begin.unwrap_or_default().to_vec();
        self.comment_end = match end {
            Some(end) if !end.is_empty() => end.to_vec(),
            _ => b"\n".to_vec(),
        };
        self.classify();
    }

    /// Where the name that begins at `start` ends; at least one byte behind it.
    pub(crate) fn word_end(&self, bytes: &[u8], start: usize) -> usize {
        let rest = &bytes[start + 1..];
        let length = rest.iter().take_while(|byte| self.class[usize::from(**byte)] & WORD != 0).count();
        start + 1 + length
    }

    fn classify(&mut self) {
        self.class = PLAIN;
        if let Some(first) = self.open.first() {
            self.class[usize::from(*first)] |= QUOTE;
        }
        if let Some(first) = self.comment.first() {
            self.class[usize::from(*first)] |= COMMENT;
        }
    }
}

/// What bytes are where there are neither quotes nor comments.
const PLAIN: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0u8;
    loop {
        class[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => LETTER | WORD,
            b'0'..=b'9' => WORD,
            b'(' | b')' | b',' => PUNCTUATION,
            b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r' => SPACE,
            _ => 0,
        };
        if byte == u8::MAX {
            break class;
        }
        byte += 1;
    }
};
