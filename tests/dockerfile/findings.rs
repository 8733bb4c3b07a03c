//! The findings of each case, rendered for reading; and cases that must have none.

use std::fmt::Write as _;

use dockmill::diagnostic::Severity;
use dockmill::dockerfile::{Dockerfile, Finding, check, parse};

use super::oracle::root;
use crate::support::snapshots;

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

#[test]
fn each_finding_reads_well() {
    snapshots("dockerfile").bind(|| {
        insta::glob!("../cases/dockerfile/findings", "*.Dockerfile", |path| {
            let bytes = std::fs::read(path).unwrap();
            let dockerfile = parse(&bytes);
            let findings = check(&dockerfile);
            assert!(!findings.is_empty(), "{}", path.display());
            let rendered: Vec<String> = findings.iter().map(|finding| render(&dockerfile, finding)).collect();
            insta::assert_snapshot!("findings", rendered.join("\n"));
        });
    });
}

/// What stands as the replacement is what makes the finding go away.
#[test]
fn exact_help_helps() {
    insta::glob!("../cases/dockerfile/findings", "*.Dockerfile", |path| {
        let bytes = std::fs::read(path).unwrap();
        let dockerfile = parse(&bytes);
        for finding in check(&dockerfile) {
            let Some((place, with)) = finding.help.iter().find_map(|help| help.replacement.clone()) else { continue };
            let columns = place.columns.unwrap();
            let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let line = &mut lines[place.line as usize - 1];
            line.splice(columns.start as usize..columns.end as usize, with.bytes());
            let mended = lines.join(&b'\n');
            let left = check(&parse(&mended));
            let again = left.iter().any(|other| other.line == finding.line && other.message == finding.message);
            assert!(!again, "{}: {}", path.display(), finding.message);
        }
    });
}

#[test]
fn no_false_alarm() {
    let mut alarms = String::new();
    for entry in std::fs::read_dir(root().join("tests/cases/dockerfile/quiet")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let dockerfile = parse(&bytes);
        for finding in check(&dockerfile) {
            let _ = writeln!(alarms, "{}\n{}", path.display(), render(&dockerfile, &finding));
        }
    }
    assert!(alarms.is_empty(), "{alarms}");
}
