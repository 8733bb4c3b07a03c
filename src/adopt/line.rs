//! The lines of all files, each text once, with what it takes to say how alike two of them are.

use std::hash::BuildHasher;
use std::rc::Rc;

use foldhash::HashMap;
use foldhash::fast::FixedState;
use indexmap::IndexMap;

use super::effort::Effort;

/// The number of a line's text.
pub(super) type LineId = u32;
/// The number of a word's text.
type WordId = u32;

/// What is known of a line. There may be very many of them: what few need is read from the text each time.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
pub(super) struct Line {
    /// What it is worth that two files have the line.
    pub(super) weight: f32,
    /// Its words with their weights; numbers and hashes all count as one word.
    bag: Box<[(WordId, u32)]>,
    /// What the text with `#` for each number and hash hashes to.
    skeleton: u64,
    /// Lines of different buckets are not compared.
    pub(super) bucket: Option<u32>,
    words: u32,
    tokens: u32,
    /// Its bucket is what the line sets or is: `ENV PATH`, `FROM`, `= NAME`. Lines of one key are variants of each other.
    has_key: bool,
    is_comment: bool,
    is_continued: bool,
    pub(super) is_instruction: bool,
}

/// The lines of all files.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// By their texts, without the line break.
    all: IndexMap<Box<str>, Line, FixedState>,
    words: HashMap<Box<str>, WordId>,
    /// By their names, and whether these are keys.
    buckets: HashMap<(bool, Box<str>), u32>,
    likeness: HashMap<(LineId, LineId), f32>,
    /// What the adoption may still do.
    pub(super) effort: Rc<Effort>,
}

/// So many words of a line are compared with those of another.
const WORDS: usize = 4_096;
/// The likeness of so many pairs of lines is kept.
const KEPT: usize = 1 << 20;

/// Dockerfile instructions.
const INSTRUCTIONS: [&str; 18] = [
    "FROM",
    "RUN",
    "CMD",
    "LABEL",
    "MAINTAINER",
    "EXPOSE",
    "ENV",
    "ADD",
    "COPY",
    "ENTRYPOINT",
    "VOLUME",
    "USER",
    "WORKDIR",
    "ARG",
    "ONBUILD",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "SHELL",
];

/// The work of comparing two lines, beside their words.
const LIKENESS: usize = 16;

/// Lines that close what others opened: they are everywhere, and tell nothing of where they belong.
const CLOSING: [&str; 8] = ["fi; \\", "done; \\", "; \\", "esac; \\", "\\", "else \\", "fi \\", "&& \\"];

/// The instruction that a line begins with.
pub(super) fn instruction(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let end = line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len());
    let ends = !line[end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (ends && INSTRUCTIONS.contains(&&line[..end])).then_some(&line[..end])
}

/// The name and the rest of `NAME=…`.
fn assignment(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (starts && text[end..].starts_with('=')).then_some(&text[..end])
}

fn key(line: &str) -> Option<String> {
    let found = instruction(line);
    let rest = found.map_or(line, |word| line[word.len()..].trim_start());
    match found {
        Some(word @ ("ENV" | "ARG" | "LABEL")) => {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "_.-".contains(c))).unwrap_or(rest.len());
            Some(format!("{word} {}", &rest[..end]))
        }
        Some(word @ ("FROM" | "WORKDIR" | "CMD" | "ENTRYPOINT" | "VOLUME" | "EXPOSE" | "STOPSIGNAL" | "USER")) => {
            Some(word.to_owned())
        }
        Some("RUN") => assignment(rest).map(|name| format!("= {name}")),
        Some(_) => None,
        None => assignment(line.strip_prefix("&& ").unwrap_or(line)).map(|name| format!("= {name}")),
    }
}

/// Cuts a line into words, numbers such as `3.12.1`, hashes, blanks and single characters.
pub(super) fn tokens(line: &str) -> Vec<&str> {
    let bytes = line.as_bytes();
    let run = |from: usize, is: fn(u8) -> bool| bytes[from..].iter().take_while(|byte| is(**byte)).count();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let hash = run(at, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let length = match bytes[at] {
            _ if hash >= 32 => hash,
            byte if byte.is_ascii_alphabetic() => run(at, |byte| byte.is_ascii_alphabetic()),
            byte if byte.is_ascii_digit() => {
                let mut end = at + run(at, |byte| byte.is_ascii_digit());
                while bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
                    end += 1 + run(end + 1, |byte| byte.is_ascii_digit());
                }
                end - at
            }
            byte if byte.is_ascii_whitespace() => run(at, |byte| byte.is_ascii_whitespace()),
            _ => line[at..].chars().next().map_or(1, char::len_utf8),
        };
        tokens.push(&line[at..at + length]);
        at += length;
    }
    tokens
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn is_number(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_digit()) || token.len() >= 32
}

impl Line {
    /// How many tokens it has.
    pub(super) fn tokens(&self) -> usize {
        self.tokens as usize
    }
}

impl Lines {
    /// Lines that are compared as far as there is work left.
    pub(super) fn new(effort: Effort) -> Self {
        Self { effort: Rc::new(effort), ..Self::default() }
    }

    /// Does a file before have the line?
    pub(super) fn has(&self, text: &str) -> bool {
        self.all.contains_key(text)
    }

    /// The number of a line's text.
    pub(super) fn id(&mut self, text: &str) -> LineId {
        let known = self.all.get_index_of(text);
        let id = known.unwrap_or_else(|| {
            let line = self.read(text);
            self.all.insert_full(text.into(), line).0
        });
        u32::try_from(id).unwrap_or(u32::MAX)
    }

    pub(super) fn get(&self, id: LineId) -> &Line {
        &self.all[id as usize]
    }

    /// The text of a line, without the line break.
    pub(super) fn text(&self, id: LineId) -> &str {
        self.all.get_index(id as usize).map_or("", |(text, _)| text)
    }

    fn word_id(&mut self, text: &str) -> WordId {
        if let Some(known) = self.words.get(text) {
            return *known;
        }
        let id = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.insert(text.into(), id);
        id
    }

    fn read(&mut self, text: &str) -> Line {
        let shown = text.trim();
        let texts = tokens(text);
        let words: Vec<&str> = texts.iter().copied().filter(|token| is_word(token)).collect();
        let letters: usize = words.iter().map(|word| word.len().min(8)).sum();
        let is_instruction = instruction(shown).is_some();
        #[allow(clippy::cast_precision_loss)] // At most 60.
        let mut weight = match (shown.is_empty(), letters) {
            (true, _) => 0.1,
            (_, 0) => 0.2,
            _ => 0.5 + letters.min(60) as f32 / 60.0,
        };
        if is_instruction {
            weight += 0.4;
        }
        if CLOSING.contains(&shown) {
            weight = 0.12;
        }
        let mut counts: Vec<(WordId, u32)> = Vec::new();
        let number = self.word_id("#");
        for token in words.iter().copied().take(WORDS) {
            let (id, count) = match token {
                "preview" | "rc" | "alpha" | "beta" => continue,
                token if is_number(token) => (number, 1),
                token => (self.word_id(token), u32::try_from(token.len().min(8)).unwrap_or(8)),
            };
            counts.push((id, count));
        }
        counts.sort_unstable();
        let sum = |run: &[(WordId, u32)]| (run[0].0, run.iter().map(|(_, count)| count).sum());
        let bag = counts.chunk_by(|one, other| one.0 == other.0).map(sum).collect();
        let key = key(shown);
        let has_key = key.is_some();
        let is_comment = shown.starts_with('#');
        let bucket = key.or_else(|| {
            let mark = if is_comment { "#" } else { "" };
            words.first().map(|word| format!("{mark}{word}"))
        });
        let bucket = bucket.map(|bucket| {
            let next = u32::try_from(self.buckets.len()).unwrap_or(u32::MAX);
            *self.buckets.entry((has_key, bucket.into())).or_insert(next)
        });
        let skeleton: String = tokens(shown).iter().map(|token| if is_number(token) { "#" } else { token }).collect();
        Line {
            weight,
            bag,
            skeleton: FixedState::default().hash_one(skeleton),
            bucket,
            words: u32::try_from(words.len()).unwrap_or(u32::MAX),
            tokens: u32::try_from(texts.len()).unwrap_or(u32::MAX),
            has_key,
            is_comment,
            is_continued: shown.ends_with('\\'),
            is_instruction,
        }
    }

    /// The part of their words that two lines share.
    pub(super) fn shared_words(&self, one: LineId, other: LineId) -> f32 {
        let (one, other) = (&self.get(one).bag, &self.get(other).bag);
        let total: u32 = one.iter().chain(other).map(|(_, count)| count).sum();
        let (mut at, mut common) = (0, 0);
        for (word, count) in one {
            while other.get(at).is_some_and(|(known, _)| known < word) {
                at += 1;
            }
            if let Some((_, known)) = other.get(at).filter(|(known, _)| known == word) {
                common += count.min(known);
            }
        }
        #[allow(clippy::cast_precision_loss)] // Characters of two lines.
        if total == 0 { 0.0 } else { 2.0 * common as f32 / total as f32 }
    }

    /// Takes the work of comparing two lines; `false`: there is not so much left.
    pub(super) fn spend_on(&self, one: LineId, other: LineId) -> bool {
        self.effort.spend(LIKENESS + self.get(one).bag.len() + self.get(other).bag.len())
    }

    /// How likely it is that two lines are variants of one: from 0 to 1.
    pub(super) fn likeness(&mut self, one: LineId, other: LineId) -> f32 {
        if one == other {
            return 1.0;
        }
        let pair = (one.min(other), one.max(other));
        if let Some(known) = self.likeness.get(&pair) {
            return *known;
        }
        if !self.spend_on(one, other) {
            return 0.0;
        }
        let shared = self.shared_words(one, other);
        let (a, b) = (self.get(pair.0), self.get(pair.1));
        let least = if a.is_comment { 0.75 } else { 0.6 };
        let likeness = if a.has_key && b.has_key && a.bucket == b.bucket && a.is_continued == b.is_continued {
            shared.max(0.35)
        } else if a.skeleton == b.skeleton && a.words + b.words > 0 {
            shared.max(0.7)
        } else if a.words <= 3 || shared < least {
            0.0
        } else {
            shared
        };
        if self.likeness.len() >= KEPT {
            self.likeness.clear();
        }
        self.likeness.insert(pair, likeness);
        likeness
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fall_into_words_numbers_hashes_and_signs() {
        assert_eq!(tokens("ENV A 3.12.1-rc  x"), ["ENV", " ", "A", " ", "3.12.1", "-", "rc", "  ", "x"]);
        let hash = "0123456789abcdef0123456789abcdef";
        assert_eq!(tokens(&format!("é={hash}")), ["é", "=", hash]);
    }

    #[test]
    fn variants_of_a_line_are_alike_and_others_are_not() {
        let mut lines = Lines::default();
        let mut ids = |one, other| (lines.id(one), lines.id(other));
        let env = ids("ENV GO 1.2", "ENV GO 3.4");
        let keyed = ids("ENV GO /a/b/c", "ENV GO xyz");
        let other = ids("RUN make install", "RUN pip install wheel setuptools");
        let comment = ids("# see the page about building", "# see the list of all changes");
        assert!(lines.likeness(env.0, env.1) > 0.8);
        assert!(lines.likeness(keyed.0, keyed.1) >= 0.35);
        assert!(lines.likeness(other.0, other.1) < 0.1);
        assert!(lines.likeness(comment.0, comment.1) < 0.1);
    }
}
