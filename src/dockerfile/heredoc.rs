//! Heredoc words: `<<EOF`, `<<-"EOF"`, `3<<EOF`.

use super::shell::Lexer;

/// A heredoc that a line announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) name: String,
    pub(crate) file_descriptor: u64,
    pub(crate) expand: bool,
    pub(crate) chomp: bool,
}

/// The heredocs that a logical line announces, in order. A line that the shell lexer cannot read announces none: BuildKit
/// drops the error.
pub(crate) fn announced(line: &[u8]) -> Vec<Word> {
    let lexer = Lexer { escape: '\\', raw_quotes: true, raw_escapes: true, skip_unset: true, values: &|_| None };
    let words = lexer.lex(line).map(|lexed| lexed.words).unwrap_or_default();
    words.iter().filter_map(|word| parse(word)).collect()
}

/// Is the argument of a `COPY` or `ADD` a heredoc?
pub(crate) fn parse(word: &str) -> Option<Word> {
    let (descriptor, rest) = word.split_once("<<")?;
    if !descriptor.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let lexer = Lexer { escape: '\\', raw_quotes: false, raw_escapes: false, skip_unset: true, values: &|_| None };
    let single = |lexer: Lexer<'_>| <[String; 1]>::try_from(lexer.lex(rest.as_bytes()).ok()?.words).ok();
    let [name] = single(lexer)?;
    let [raw] = single(Lexer { raw_quotes: true, ..lexer })?;
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    // Too large a number is the largest there is.
    let file_descriptor = if descriptor.is_empty() { 0 } else { descriptor.parse().unwrap_or(u64::MAX) };
    Some(Word { expand: quotes(&name) == quotes(&raw), name, file_descriptor, chomp })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        announced(line.as_bytes()).into_iter().map(|word| word.name).collect()
    }

    #[test]
    fn words_that_are_heredocs() {
        assert_eq!(names("RUN <<A cat 3<<-'B' <<\"C\"D"), ["A", "B", "CD"]);
        assert_eq!(names("RUN cat <<<A \"<<B\" a<<C << D <<"), Vec::<String>::new());
        assert_eq!(names("RUN echo it's <<A"), Vec::<String>::new());
        assert_eq!(names("RUN echo ${x^^} <<A"), Vec::<String>::new());
    }

    #[test]
    fn a_quoted_word_does_not_expand() {
        let expand = |line: &str| announced(line.as_bytes()).into_iter().map(|word| word.expand).collect::<Vec<_>>();
        assert_eq!(expand("RUN <<A <<'B' <<\"C\""), [true, false, false]);
    }
}
