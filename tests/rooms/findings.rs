//! The findings of a Dockerfile, rendered for reading.

use std::fmt::Write as _;
use std::path::Path;

use dockmill::diagnostic::Severity;
use dockmill::dockerfile::{Dockerfile, Finding, check, parse};

/// The findings, each below its line.
pub(super) fn show(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let dockerfile = parse(&bytes);
    let findings = check(&dockerfile);
    assert!(!findings.is_empty());
    let rendered: Vec<String> = findings.iter().map(|finding| render(&dockerfile, finding)).collect();
    rendered.join("\n")
}

/// The finding below its line.
fn render(dockerfile: &Dockerfile<'_>, finding: &Finding) -> String {
    let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
    let mut out = format!("{severity}[{}]: {}\n", finding.code, finding.message);
    let shown = |line: u32| String::from_utf8_lossy(dockerfile.line(line)).replace('\t', " ");
    let cut = |text: String| {
        if text.chars().count() > 100 { text.chars().take(100).collect::<String>() + "…" } else { text }
    };
    let _ = writeln!(out, "{:>4} | {}", finding.line, cut(shown(finding.line)));
    match &finding.columns {
        Some(columns) => {
            let line = dockerfile.line(finding.line);
            let width = |range: &[u8]| String::from_utf8_lossy(range).chars().count();
            let blanks = width(&line[..columns.start as usize]);
            let marks = width(&line[columns.start as usize..columns.end as usize]).max(1);
            let _ = writeln!(out, "     | {}{} {}", " ".repeat(blanks), "^".repeat(marks), finding.label);
        }
        None if finding.label.is_empty() => {}
        None => drop(writeln!(out, "     | {}", finding.label)),
    }
    for (line, text) in &finding.related {
        let _ = writeln!(out, "{line:>4} | {}\n     : {text}", cut(shown(*line)));
    }
    for note in &finding.notes {
        let _ = writeln!(out, "     = note: {note}");
    }
    for help in &finding.help {
        let exact = if help.replacement.is_some() { " (exact)" } else { "" };
        let _ = writeln!(out, "     = help{exact}: {}", help.text);
    }
    out.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
