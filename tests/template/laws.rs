//! The laws of the dialect, as properties over arbitrary bytes.

use dockmill::source::SourceMap;
use proptest::prelude::*;

use crate::support::template::Project;

proptest! {
    #![proptest_config(crate::support::law::cases(512))]

    /// A file without the sigil's forms expands to itself, byte for byte.
    #[test]
    fn identity(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let plain: Vec<u8> = bytes.iter().map(|byte| if *byte == b'@' { b'%' } else { *byte }).collect();
        let sources = SourceMap::default();
        let expanded = Project::of(plain.clone()).expand(&sources);
        prop_assert_eq!(expanded.text.bytes, plain);
        prop_assert!(expanded.diagnostics.is_empty());
    }

    /// The sigil is plain text wherever it begins no tag.
    #[test]
    fn identity_with_sigils(text in "[a-z@ .:/#\n\r\t$`'\"\\\\-]{0,200}") {
        prop_assume!(!text.contains("@#"));
        let names = "define let default if elif else end foreach include import insert divert undivert gather call body error warn verbatim elseif elsif endif endfor endforeach enddefine endmacro endcall enddivert endgather endverbatim endblock";
        prop_assume!(text.lines().all(|line| {
            let word: String = line.trim_start().strip_prefix('@').unwrap_or("").chars().take_while(char::is_ascii_alphabetic).collect();
            names.split(' ').all(|name| strsim::damerau_levenshtein(&word, name) > 1)
        }));
        let sources = SourceMap::default();
        let expanded = Project::of(text.clone()).expand(&sources);
        prop_assert_eq!(String::from_utf8(expanded.text.bytes).unwrap(), text);
    }

    /// Any bytes can be produced: each sigil is written `@{"@"}`.
    #[test]
    fn any_bytes_can_be_produced(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'@'), Just(b'{'), Just(b'(')], 0..300)) {
        let mut template = Vec::new();
        for byte in &bytes {
            match byte {
                b'@' => template.extend_from_slice(b"@{\"@\"}"),
                byte => template.push(*byte),
            }
        }
        let sources = SourceMap::default();
        let expanded = Project::of(template).expand(&sources);
        prop_assert_eq!(expanded.text.bytes, bytes);
    }

    /// No input makes it panic, and every line of what comes out has an origin.
    #[test]
    fn no_panic_and_origins_complete(text in "(@(if|else|end|elif|foreach|define|let|m|include|divert|undivert|gather|call|body|verbatim|insert)(\\(|\\)|)|[\"xm,1+ \\[\\]{}()]|@\\{|@#|\n|  |= |a\\)\n|\"n\"\\)\n){0,40}") {
        let sources = SourceMap::default();
        let expanded = Project::of(text).expand(&sources);
        let lines = expanded.text.bytes.split_inclusive(|byte| *byte == b'\n').count();
        prop_assert_eq!(expanded.text.lines.len(), lines);
    }
}

/// Real-life shapes that look odd to a macro processor expand to themselves.
#[test]
fn awkward_files_are_untouched() {
    let mut seen = 0;
    for entry in std::fs::read_dir("tests/cases/identity").unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let sources = SourceMap::default();
        let expanded = Project::of(bytes.clone()).expand(&sources);
        assert!(expanded.text.bytes == bytes, "{} changed", path.display());
        assert!(expanded.diagnostics.is_empty(), "{}: {:?}", path.display(), expanded.diagnostics);
        seen += 1;
    }
    assert!(seen >= 12, "the folder of awkward files is there");
}

/// Lines that a template makes of values, or that an inserted file lacks the end of, end as the template's own do.
#[test]
fn lines_that_are_made_end_as_those_of_the_template() {
    for line_break in ["\n", "\r\n"] {
        let template = "FROM a\n@undivert(\"d\")\n@insert(\"part\")\n@divert(\"d\", [\"RUN b\", \"RUN c\"])\n";
        let mut project = Project::of(template.replace('\n', line_break));
        project.files = project.files.with("/project/part", "RUN d");
        let expanded = project.expand(&SourceMap::default());
        let expected = "FROM a\nRUN b\nRUN c\nRUN d\n".replace('\n', line_break);
        assert_eq!(String::from_utf8_lossy(&expanded.text.bytes), expected);
    }
}
