//! What holds of every text and every diagnostic.

use dockmill::diagnostic::{Code, Diagnostic, Format, Style};
use dockmill::source::{SourceMap, Span, Traced};

/// Every line has an origin that is there, and every step of its stack is.
pub fn text_holds(text: &Traced, sources: &SourceMap) {
    let lines = text.bytes.split_inclusive(|byte| *byte == b'\n').count();
    assert_eq!(text.lines.len(), lines, "each line has one origin");
    for origin in &text.lines {
        assert!(sources.get(origin.file).line_range(origin.line).is_some(), "{origin:?} is a line of its file");
        // A step comes after the one that it was made in, so a stack has an end.
        assert!(origin.frame.0 as usize <= text.frames.len(), "{origin:?} has a frame");
    }
    for (index, frame) in text.frames.iter().enumerate() {
        assert!(frame.parent.0 as usize <= index, "{frame:?} was made in an earlier one");
        span_holds(frame.site, sources);
    }
}

/// Every place of every diagnostic is one of its file, and every form of it can be shown, on a terminal too.
pub fn diagnostics_hold(diagnostics: &[Diagnostic], sources: &SourceMap) {
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty());
        let places = diagnostic.primary.iter().chain(&diagnostic.secondary).map(|label| label.span);
        let steps = diagnostic.trace.iter().map(|step| step.site);
        let replaced = diagnostic.help.iter().filter_map(|help| Some(help.replacement.as_ref()?.0));
        places.chain(steps).chain(replaced).for_each(|span| span_holds(span, sources));
    }
    let fold = |ids: &[String]| ids.join(", ");
    // More of them take time, and show no more.
    let shown = &diagnostics[..diagnostics.len().min(8)];
    for form in [Format::Full, Format::Short, Format::Json, Format::Github, Format::Sarif] {
        let text = form.render(shown, sources, &Style { colour: false, width: 100, fold: &fold });
        // Tabs are what they are.
        let control = text.chars().find(|letter| letter.is_control() && !matches!(letter, '\n' | '\t'));
        assert_eq!(control, None, "{form:?} of {shown:?}:\n{text}");
        let turns =
            |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!text.contains(turns), "{form:?} turns text around");
        if form == Format::Sarif {
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "no JSON: {text}");
        } else if form != Format::Full {
            assert_eq!(text.lines().count(), shown.len(), "{form:?} has a line for each:\n{text}");
        }
        for line in text.lines() {
            match form {
                Format::Json => assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "no JSON: {line}"),
                // Any other line could be a command of its own.
                Format::Github => assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line}"),
                Format::Full | Format::Short | Format::Sarif => {}
            }
        }
    }
}

fn span_holds(span: Span, sources: &SourceMap) {
    let length = sources.get(span.file).bytes().len();
    assert!(span.start <= span.end && span.end as usize <= length, "{span:?} is beyond {length} bytes");
}

/// Was a bound passed?
pub fn is_over(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|found| found.code == Code::LimitExceeded)
}
