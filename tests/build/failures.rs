//! What real builders say, told at the template: tests/cases/build/failures.

use std::fmt::Write;

use camino::Utf8Path;
use dockmill::diagnostic::{Diagnostics, Format, Style};
use dockmill::graph::Tags;
use dockmill::manifest::{Manifest, Request, Selection};
use dockmill::render::{Renderer, headed};
use dockmill::run::{Built, diagnose};
use dockmill::source::{Disk, SourceMap};
use proptest::prelude::*;

use crate::support::snapshots;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/build/failures");

#[test]
fn each_log_is_told_at_the_template() {
    let cases = Utf8Path::new(CASES);
    let (sources, mut found) = (SourceMap::default(), Diagnostics::default());
    let request = Request::default();
    let manifest = Manifest::load(&sources, &Disk, &cases.join("dockmill.toml"), &request, &mut found).unwrap();
    let renderer = Renderer::load(&manifest, Tags::of(&manifest), &Disk, &sources, &mut found);
    assert!(found.is_empty());
    let style = Style { colour: false, width: 120, fold: &|ids| ids.join(", ") };
    for target in manifest.targets(&Selection::all()) {
        let target = target.unwrap();
        let rendered = renderer.render(&target);
        let file = headed(&manifest, &target, &rendered);
        let mut shown: Vec<(Vec<&str>, String)> = Vec::new();
        for builder in ["buildkit", "buildx", "legacy", "buildah", "podman"] {
            let Ok(log) = std::fs::read(cases.join(format!("logs/{builder}/{}.log", target.id))) else { continue };
            let built = Built { id: &target.id, file: &file, text: &rendered.text };
            let diagnostic = diagnose(built, &String::from_utf8_lossy(&log), &sources);
            let text = Format::Full.render(&[diagnostic], &sources, &style);
            match shown.iter_mut().find(|(_, known)| *known == text) {
                Some((builders, _)) => builders.push(builder),
                None => shown.push((vec![builder], text)),
            }
        }
        let mut text = String::new();
        for (builders, told) in shown {
            writeln!(text, "{}:\n{told}", builders.join(", ")).unwrap();
        }
        snapshots("build").bind(|| insta::assert_snapshot!(target.id.clone(), text));
    }
}

/// Pieces that logs are made of, in any order.
fn log() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Step 1/2 : RUN a".to_owned()),
        Just("[2/0] STEP 0/9: FROM a".to_owned()),
        Just(" > [stage-1 0/3] RUN a:".to_owned()),
        Just(" > [".to_owned()),
        Just("--------------------".to_owned()),
        Just("   2 | >>> RUN a".to_owned()),
        Just(":".to_owned()),
        Just("Dockerfile:99999999999".to_owned()),
        Just("ERROR: failed to solve: process \"".to_owned()),
        Just("Error: building at STEP \"".to_owned()),
        Just("dockerfile parse error on line 4294967296: x".to_owned()),
        "(Step|STEP|\\[| > \\[|[0-9]{1,3}/| : |: |] |ERROR: |\u{1b}\\[3|\r|ä){0,6}",
        ".{0,40}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(crate::support::law::cases(256))]

    /// Whatever is printed, a line that is told is one of the file's instructions or the parser's own word.
    #[test]
    fn any_log_can_be_read(log in log(), file in "(FROM a\n|RUN a\n|RUN a \\\\\n b\n|# c\n|ONBUILD RUN a\n|FROM b AS c\n){0,6}") {
        let dockerfile = dockmill::dockerfile::parse(file.as_bytes());
        let failure = dockmill::run::Failure::read(&log, &dockerfile);
        if let Some(line) = failure.line {
            let is_in = dockerfile.instructions.iter().any(|of| (of.start_line..=of.end_line).contains(&line));
            prop_assert!(is_in || log.contains("parse error"), "{line}");
        }
        prop_assert!(failure.words.len() <= 10);
    }
}
