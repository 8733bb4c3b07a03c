//! The renderers, on what no room should make but some room will: spans beyond the file, backwards, within a character.

pub(crate) mod sarif;

use std::sync::{Arc, LazyLock};

use dockmill::diagnostic::{Code, Diagnostic, Format, Severity, Style, TraceStep};
use dockmill::source::{FileId, SourceMap, Span};
use proptest::prelude::*;

use crate::support::snapshots;

const FORMATS: [Format; 5] = [Format::Full, Format::Short, Format::Json, Format::Github, Format::Sarif];

static SARIF: LazyLock<jsonschema::Validator> = LazyLock::new(sarif::validator);

fn render(format: Format, diagnostic: Diagnostic, sources: &SourceMap, width: usize) -> String {
    let fold = |targets: &[String]| targets.join(", ");
    format.render(&[diagnostic], sources, &Style { colour: false, width, fold: &fold })
}

/// Bytes in which the awkward ones are frequent.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => "[a-z @{}(]{0,12}".prop_map(String::into_bytes),
        2 => Just(b"\n".to_vec()),
        1 => Just(b"\r\n".to_vec()),
        1 => "\\PC{1,4}".prop_map(String::into_bytes),
        1 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
        1 => (1usize..400).prop_map(|count| "é\t".repeat(count).into_bytes()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn place() -> impl Strategy<Value = (u32, u32)> {
    let offset = || prop_oneof![8 => 0u32..80, 2 => 0u32..2000, 1 => any::<u32>(), 1 => Just(u32::MAX)];
    (offset(), offset())
}

proptest! {
    #![proptest_config(crate::support::law::cases(256))]

    #[test]
    fn no_span_and_no_byte_is_too_awkward(
        bytes in bytes(), name in ".{0,8}", text in any::<String>(),
        places in (place(), place(), place(), place()), width in 1usize..200,
    ) {
        let sources = SourceMap::default();
        let file = sources.add(name, bytes);
        let at = |(start, end)| Span::new(file, start, end);
        let mut diagnostic = Diagnostic::error(Code::UnknownName, at(places.0), text.clone())
            .label(text.clone())
            .also(at(places.1), text.clone())
            .note(text.clone())
            .help(text.clone())
            .replace(text.clone(), at(places.2), text.clone());
        diagnostic.trace.push(TraceStep { site: at(places.3), text: text.clone(), is_round: false });
        diagnostic.targets = Arc::from([text]);
        for format in FORMATS {
            let shown = render(format, diagnostic.clone(), &sources, width);
            let obeyed = shown.chars().find(|c| c.is_control() && *c != '\n' && *c != '\t');
            prop_assert!(obeyed.is_none(), "{format:?} shows {obeyed:?}");
            if format != Format::Full {
                prop_assert_eq!(shown.matches('\n').count(), 1, "{:?} is one line", format);
            }
            match format {
                Format::Json => prop_assert!(serde_json::from_str::<serde_json::Value>(&shown).is_ok()),
                Format::Sarif => _ = sarif::expect_log(&SARIF, &shown),
                _ => {}
            }
        }
    }
}

/// One diagnostic in all forms.
fn all_forms(bytes: &[u8], make: impl Fn(FileId) -> Diagnostic) -> String {
    let sources = SourceMap::default();
    let file = sources.add("a.dockmill", bytes.to_vec());
    // A log says the same of places as JSON does: `sarif` holds it against the standard.
    let shown = FORMATS.iter().filter(|format| **format != Format::Sarif);
    shown.map(|format| render(*format, make(file), &sources, 100)).collect::<Vec<_>>().join("----\n")
}

fn snapshot(name: &str, text: &str) {
    snapshots("diagnostic").bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_line_of_a_megabyte_is_cut_around_the_place() {
    let mut line = vec![b'x'; 500_000];
    line.extend(b"@{typo}");
    line.extend(vec![b'y'; 500_000]);
    let make = |file| {
        let at = Span::new(file, 500_002, 500_006);
        Diagnostic::error(Code::UnknownName, at, "unknown name `typo`").replace("did you mean `type`?", at, "type")
    };
    snapshot("long_line", &all_forms(&line, make));
}

/// What is shown of a cut line begins somewhere in it; the places in titles are those of the file.
#[test]
fn places_in_cut_lines_are_those_of_the_file() {
    let mut text = b"short @{first}\n".to_vec();
    text.extend("é".repeat(300).as_bytes());
    // An odd number of bytes, so that both cuts fall within a character.
    text.extend(b"-@{typo} and more");
    text.extend("é".repeat(300).as_bytes());
    text.extend(b"\n\n\n\n\n\n\nRUN ");
    text.extend(vec![b'x'; 300]);
    text.extend(b"@{other}\n");
    let at = |name: &str| u32::try_from(text.windows(name.len()).position(|part| part == name.as_bytes()).unwrap());
    let span = |file, name: &str| Span::new(file, at(name).unwrap(), at(name).unwrap() + 2);
    let make = |file| {
        let step = TraceStep { site: span(file, "other"), text: "in a call".to_owned(), is_round: false };
        let mut error = Diagnostic::error(Code::UnknownName, span(file, "typo"), "unknown name `typo`")
            .also(span(file, "first"), "the first")
            .also(span(file, "other"), "the other")
            .replace("write another", span(file, "other"), "another");
        error.trace.push(step);
        error
    };
    snapshot("cut_lines", &all_forms(&text, make));
    let sources = SourceMap::default();
    let file = sources.add("a.dockmill", text.clone());
    let fold = |targets: &[String]| targets.join(", ");
    let coloured = Format::Full.render(&[make(file)], &sources, &Style { colour: true, width: 100, fold: &fold });
    assert!(coloured.contains("a.dockmill:2:304\n"), "{coloured}");
}

#[test]
fn what_a_terminal_would_obey_is_shown() {
    let text = "RUN \u{1b}[31mred\u{7} \u{9b}2J \u{202e}gnirts @{typo}\r\n".as_bytes();
    let at = u32::try_from(text.len() - 7).unwrap();
    let make = |file| {
        let error =
            Diagnostic::error(Code::UnknownName, Span::new(file, at, at + 4), "unknown name `\u{1b}[31m\r\u{9b}`");
        error.label("two\nlines").note("100% of, it: \u{7f}")
    };
    snapshot("control_characters", &all_forms(text, make));
}

#[test]
fn bytes_that_are_no_text_and_places_that_are_none() {
    let text = b"a \xff\xfe \xc3\xa9\xc3\n\tb";
    let within = |file| Diagnostic::warning(Code::TagSyntax, Span::new(file, 6, 6), "within a character").label("here");
    let behind = |file| Diagnostic::error(Code::UnclosedBlock, Span::new(file, 900, 1000), "behind the end");
    let backwards = |file| Diagnostic::error(Code::WrongType, Span::new(file, 10, 2), "backwards");
    let nowhere = |_| Diagnostic::bare(Severity::Error, Code::WriteFailed, "nowhere");
    let all = [all_forms(text, within), all_forms(text, behind), all_forms(text, backwards), all_forms(b"", nowhere)];
    snapshot("places", &all.join("====\n"));
}

/// A message may quote what a user wrote, which may be megabytes on one line.
#[test]
fn no_message_floods_the_terminal() {
    let sources = SourceMap::default();
    let bytes = "é".repeat(1_000_000);
    let file = sources.add("Dockerfile.dockmill", bytes.clone().into_bytes());
    let span = Span::new(file, 0, 2_000_000);
    let error = Diagnostic::error(Code::UnknownInstruction, span, format!("`{bytes}` is no Dockerfile instruction"));
    for format in FORMATS {
        let text = render(format, error.clone(), &sources, 140);
        assert!(text.contains("é` is no Dockerfile instruction"), "{text}");
        assert!(text.len() < 4000, "{} bytes", text.len());
    }
}
