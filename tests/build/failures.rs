//! What real builders say, told at the template: tests/cases/build/failures.

use std::fmt::Write;

use camino::Utf8Path;
use dockmill::build::{Built, diagnose};
use dockmill::diagnostic::{Diagnostics, Format, Style};
use dockmill::graph::Tags;
use dockmill::manifest::{Project, Request, Selection};
use dockmill::render::{Renderer, headed};
use dockmill::source::{Disk, SourceMap};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/build/failures");

#[test]
fn each_log_is_told_at_the_template() {
    let cases = Utf8Path::new(CASES);
    let (sources, mut found) = (SourceMap::default(), Diagnostics::default());
    let request = Request::default();
    let project = Project::load(&sources, &Disk, &cases.join("dockmill.toml"), &request, &mut found).unwrap();
    let renderer = Renderer::load(&project, Tags::of(&project), &Disk, &sources, &mut found);
    assert!(found.is_empty());
    let style = Style { colour: false, width: 120, fold: &|ids| ids.join(", ") };
    for target in project.targets(&Selection::all()) {
        let target = target.unwrap();
        let rendered = renderer.render(&target);
        let file = headed(&project, &target, &rendered);
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
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../snapshots/build");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(target.id.clone(), text));
    }
}
