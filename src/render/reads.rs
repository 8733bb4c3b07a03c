//! The instructions of an output that may read its build context, found without parsing it: the outputs of a family have most
//! of them in common, and what was looked at once need not be parsed again.

use memchr::{memchr, memchr3, memmem};

/// They are as they are written, of RUN only the flags. `None`: what an output reads hangs on more than these texts.
pub(super) fn reads(text: &[u8]) -> Option<Vec<&[u8]>> {
    let hangs_on_more = [b"<<".as_slice(), b"escape"].iter().any(|word| memmem::find(text, word).is_some());
    if hangs_on_more {
        return None;
    }
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (instruction, behind) = rest.split_at(length(rest));
        rest = behind;
        let instruction = instruction.trim_ascii();
        let end = instruction.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'\\');
        let (name, arguments) = instruction.split_at(end.unwrap_or(instruction.len()));
        let is = |keyword: &str| name.eq_ignore_ascii_case(keyword.as_bytes());
        let read = if is("COPY") || is("ADD") {
            instruction
        } else if is("RUN") && memmem::find(arguments, b"--mount").is_some() {
            flags(arguments)
        } else if is("ONBUILD") {
            return None;
        } else {
            continue;
        };
        if memchr3(b'$', b'"', b'\'', read).is_some() {
            return None;
        }
        found.push(read);
    }
    Some(found)
}

/// The bytes of an instruction, a comment or an empty line at the start of a text.
fn length(text: &[u8]) -> usize {
    let mut end = 0;
    loop {
        let start = end;
        end = memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at + 1);
        let line = text[start..end].trim_ascii();
        // Within an instruction both are left out.
        let is_nothing = line.is_empty() || line.starts_with(b"#");
        let goes_on = if is_nothing { start > 0 } else { line.ends_with(b"\\") };
        if !goes_on || end == text.len() {
            return end;
        }
    }
}

/// The flags at the start of a RUN's arguments.
fn flags(arguments: &[u8]) -> &[u8] {
    let is_flag = |word: &&[u8]| word.is_empty() || *word == b"\\" || word.starts_with(b"--");
    let words = arguments.split(u8::is_ascii_whitespace).take_while(is_flag);
    let length: usize = words.map(|word| word.len() + 1).sum();
    &arguments[..length.min(arguments.len())]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<Vec<String>> {
        Some(reads(text.as_bytes())?.into_iter().map(|read| String::from_utf8(read.to_vec()).unwrap()).collect())
    }

    #[test]
    fn what_reads_the_context_is_found_with_the_lines_that_it_goes_on_in() {
        let text = "FROM debian\n# COPY no \\\ncopy a \\\n# not this\n\n b /x\nRUN a \\\n  COPY b\nADD c /\n\
            RUN --mount=target=/x \\\n --network=none make --mount\n";
        let flags = " --mount=target=/x \\\n --network=none ";
        assert_eq!(found(text).unwrap(), ["copy a \\\n# not this\n\n b /x", "ADD c /", flags]);
    }

    #[test]
    fn what_hangs_on_more_is_left_to_the_parser() {
        for text in ["COPY $A /x\n", "RUN <<E\nCOPY a b\nE\n", "# escape=`\nCOPY a `\n b", "ONBUILD COPY a b\n"] {
            assert_eq!(found(text), None, "{text}");
        }
        assert_eq!(found("FROM debian\nRUN echo $A\n").unwrap(), [""; 0]);
    }
}
