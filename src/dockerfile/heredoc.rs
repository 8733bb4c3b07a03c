//! Heredoc words: `<<EOF`, `<<-"EOF"`, `3<<EOF`, `<< EOF`.

use super::shell::{LexError, Lexer};

/// A heredoc that a line announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) name: String,
    pub(crate) file_descriptor: u64,
    pub(crate) expand: bool,
    pub(crate) chomp: bool,
}

/// The heredocs that a logical line announces, in order. A line that the shell lexer cannot read announces none, for
/// BuildKit drops the error; but it refuses a single word that cannot be read, which is then the error.
pub(crate) fn announced(line: &[u8]) -> Result<Vec<Word>, String> {
    let lexer = Lexer { raw_quotes: true, raw_escapes: true, skip_unset: true, ..Lexer::new('\\', &|_| None) };
    let words = lexer.lex(line).map(|lexed| lexed.words).unwrap_or_default();
    let parsed = words.into_iter().map(|word| parse(&word).map_err(|_| word));
    parsed.filter_map(Result::transpose).collect()
}

/// Is the argument of a `COPY` or `ADD` a heredoc?
pub(crate) fn is_heredoc(word: &str) -> bool {
    parse(word).is_ok_and(|word| word.is_some())
}

fn parse(word: &str) -> Result<Option<Word>, LexError> {
    let Some((descriptor, rest)) = word.split_once("<<") else { return Ok(None) };
    if !descriptor.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start_matches(['\t', '\n', '\x0C', '\r', ' ']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let lexer = Lexer { skip_unset: true, ..Lexer::new('\\', &|_| None) };
    let single = |lexer: Lexer<'_>| Ok(<[String; 1]>::try_from(lexer.lex(rest.as_bytes())?.words).ok());
    let (Some([name]), Some([raw])) = (single(lexer)?, single(Lexer { raw_quotes: true, ..lexer })?) else {
        return Ok(None);
    };
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    // Too large a number is the largest there is.
    let file_descriptor = if descriptor.is_empty() { 0 } else { descriptor.parse().unwrap_or(u64::MAX) };
    Ok(Some(Word { expand: quotes(&name) == quotes(&raw), name, file_descriptor, chomp }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        announced(line.as_bytes()).unwrap().into_iter().map(|word| word.name).collect()
    }

    #[test]
    fn words_that_are_heredocs() {
        assert_eq!(names("RUN <<A cat 3<<-'B' <<\"C\"D"), ["A", "B", "CD"]);
        assert_eq!(names("RUN << A cat 3<<\t'B'"), ["A", "B"]);
        assert_eq!(names("RUN echo $((1 << 3))"), ["3))"]);
        assert_eq!(names("RUN cat <<<A \"<<B\" a<<C a<< D <<- E <<"), Vec::<String>::new());
        assert_eq!(names("RUN echo it's <<A"), Vec::<String>::new());
        assert_eq!(names("RUN echo ${x^^} <<A"), Vec::<String>::new());
    }

    #[test]
    fn a_word_cut_in_two_is_refused() {
        assert_eq!(announced(b"RUN <<${x:-a b}"), Err("<<${x:-a".to_owned()));
    }

    #[test]
    fn a_quoted_word_does_not_expand() {
        let expand =
            |line: &str| announced(line.as_bytes()).unwrap().into_iter().map(|word| word.expand).collect::<Vec<_>>();
        assert_eq!(expand("RUN <<A <<'B' <<\"C\""), [true, false, false]);
    }
}
