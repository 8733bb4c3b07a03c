//! Words that were meant as one: a quote or a brace is opened in the first and closed in the last of them, but the instruction
//! ends a word at each blank.

use std::ops::Range;

use crate::diagnostic::{Code, Severity};

use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::{Arguments, Instruction};
use super::super::shell::{LexError, Lexer};
use super::Checks;

/// So many words a path may well have.
const MOST_WORDS: usize = 16;

/// So many bytes, too.
const LONGEST: usize = 1_000;

/// What blanks cut in one instruction.
pub(super) struct Cut {
    /// What is wrong with the first piece, as it is written.
    first: String,
    error: LexError,
    pieces: Vec<Range<usize>>,
    /// The words as they were meant, without the quotes of those that were cut.
    meant: Vec<String>,
}

impl Cut {
    /// `None` where nothing is cut, and where the instruction does not cut at blanks.
    pub(super) fn find(keyword: Keyword, arguments: &Arguments<'_>, lexer: Lexer<'_>) -> Option<Self> {
        let cuts = matches!(keyword, Keyword::Add | Keyword::Copy | Keyword::Expose | Keyword::Volume);
        if !cuts || arguments.json {
            return None;
        }
        let list = &arguments.list;
        let (mut first, mut pieces, mut meant) = (None, Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(word) = list.get(at) {
            let open = match lexer.lex(word.as_bytes()) {
                Err(error @ (LexError::Brace | LexError::SingleQuote | LexError::DoubleQuote)) => Some(error),
                _ => None,
            };
            let joined = |end: usize| {
                let is_short = list[at..end].iter().map(|word| word.len()).sum::<usize>() <= LONGEST;
                let whole = is_short.then(|| list[at..end].join(" "))?;
                Some((end, lexer.lex(whole.as_bytes()).ok()?.word))
            };
            let whole = open.as_ref().and_then(|_| (at + 2..=list.len().min(at + MOST_WORDS)).find_map(joined));
            if let (Some(error), Some((end, whole))) = (open, whole) {
                first.get_or_insert((word.to_string(), error));
                pieces.push(at..end);
                meant.push(whole);
                at = end;
            } else {
                meant.push(word.to_string());
                at += 1;
            }
        }
        let (first, error) = first?;
        Some(Self { first, error, pieces, meant })
    }

    /// Is the word with this index a piece of one?
    pub(super) fn holds(&self, index: usize) -> bool {
        self.pieces.iter().any(|piece| piece.contains(&index))
    }

    pub(super) fn finding(
        &self,
        checks: &Checks<'_, '_>,
        instruction: &Instruction<'_>,
        severity: Severity,
        keyword: Keyword,
    ) -> Finding {
        let place = checks.locate(instruction, &self.first);
        let message = format!("in `{}` {}", self.first, self.error);
        let finding = Finding::new(severity, Code::InvalidInstruction, place, message);
        let finding = finding.label("the word ends at the blank");
        if keyword == Keyword::Expose {
            return finding.help(format!("each port is a word of its own: `{}`", self.meant.join(" ")));
        }
        // Without values the words are not known.
        let array = if instruction.text().contains(&b'$') {
            "[\"a b\", \"/\"]".to_owned()
        } else {
            serde_json::Value::from(self.meant.as_slice()).to_string().replace("\",\"", "\", \"")
        };
        finding.help(format!("a path with a blank needs the JSON form: `{array}`"))
    }
}
