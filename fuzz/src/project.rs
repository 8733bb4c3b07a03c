//! A project in memory: loaded, verified and rendered within small bounds.

use std::collections::HashSet;

use camino::{Utf8Component, Utf8Path};
use dockmill::diagnostic::{Diagnostic, Diagnostics};
use dockmill::graph::{Node, Tags};
use dockmill::manifest::{Ceiling, Manifest, Request, Selection, Target};
use dockmill::render::{Rendered, Renderer, cycles};
use dockmill::source::{FrameKind, Memory, SourceMap};

use crate::{Case, diagnostics_hold, text_holds};

/// Where the project is in memory.
pub const ROOT: &str = "/project";

/// The manifest of an input that has none: its templates are what is looked at.
const MANIFEST: &str = r#"[project]
name = "p"
[axis]
a = ["debian", "RUN"]
b = [1, 2]
[image.t]
template = "main.dockmill"
matrix = ["a", "b"]
"#;

/// How many targets of a project are looked at.
const TARGETS: usize = 6;

/// The files of a case as a project.
pub fn files(case: &Case<'_>) -> Memory {
    let files = case.memory();
    let manifest = Utf8Path::new(ROOT).join("dockmill.toml");
    if case.file("dockmill.toml").is_some() { files } else { files.with(manifest, MANIFEST) }
}

/// Bounds under which any run is soon at its end.
pub fn ceiling() -> Ceiling {
    let mut ceiling = Ceiling::default();
    for (name, most) in [("depth", 40), ("steps", 5_000), ("output", 1 << 16), ("targets", 100)] {
        assert!(matches!(ceiling.set(name, most), Some(Ok(()))), "there is a limit `{name}`");
    }
    ceiling
}

/// Reads the manifest; what holds of it is asserted. `None`: it has errors, which are in `found`.
pub fn load(files: &Memory, sources: &SourceMap, found: &mut Diagnostics) -> Option<Manifest> {
    let ceiling = ceiling();
    let request = Request { ceiling: Some(&ceiling), ..Request::default() };
    let path = Utf8Path::new(ROOT).join("dockmill.toml");
    let manifest = Manifest::load(sources, files, &path, &request, found);
    assert!(manifest.is_some() || found.errors() > 0, "a manifest that is not read is told of");
    let manifest = manifest.filter(|_| found.errors() == 0)?;
    let expansion = manifest.limits.expansion;
    assert!(expansion.depth <= 40 && expansion.steps <= 5_000 && expansion.output <= 1 << 16, "a bound was raised");
    Some(manifest)
}

/// Verifies a manifest and asserts what holds of its targets. `true`: they have no error.
pub fn verify<'m>(manifest: &'m Manifest, tags: &mut Tags<'m>, found: &mut Diagnostics) -> bool {
    let mut targets = 0;
    manifest.verify(found, |target| {
        targets += 1;
        tags.add_target(target);
    });
    if found.errors() > 0 {
        return false;
    }
    assert!(targets <= 100, "more targets than the bound allows: {targets}");
    let (mut ids, mut outputs) = (HashSet::new(), HashSet::new());
    for target in manifest.targets(&Selection::all()).flatten() {
        assert!(is_inside(&target.output), "{:?} leaves the project", target.output);
        assert!(outputs.insert(target.output.clone()), "{:?} is made twice", target.output);
        for file in &target.files {
            assert!(is_inside(&file.to), "{:?} leaves the project", file.to);
            assert!(outputs.insert(file.to.clone()), "{:?} is made twice", file.to);
        }
        if ids.len() < TARGETS {
            let found = manifest.target(&target.id);
            assert_eq!(found.map(|found| found.output), Some(target.output), "an id leads to its target");
        }
        assert!(ids.insert(target.id.clone()), "{:?} is there twice", target.id);
    }
    true
}

fn is_inside(path: &Utf8Path) -> bool {
    let is_name = |part| matches!(part, Utf8Component::Normal(name) if !name.eq_ignore_ascii_case(".git"));
    path.components().all(is_name) && path.file_name().is_some()
}

/// Loads a project, asserts what holds of it, and gives its manifest and its texts to `work`; not where it has errors.
pub fn with_project(case: &Case<'_>, work: impl FnOnce(&Renderer<'_>, &SourceMap, &[(Target, Rendered)])) {
    let files = files(case);
    let (sources, mut found) = (SourceMap::default(), Diagnostics::default());
    let manifest = load(&files, &sources, &mut found);
    if let Some(manifest) = &manifest {
        let mut tags = Tags::default();
        verify(manifest, &mut tags, &mut found);
        let renderer = Renderer::load(manifest, tags, &files, &sources, &mut found);
        if found.errors() == 0 {
            let made = rendered(&renderer, &sources, &mut found);
            if found.errors() == 0 {
                found.extend(renderer.unused());
                work(&renderer, &sources, &made);
            }
        }
    }
    diagnostics_hold(&found.into_vec(), &sources);
}

/// The first targets, each rendered by its chunks and as a whole.
fn rendered(renderer: &Renderer<'_>, sources: &SourceMap, found: &mut Diagnostics) -> Vec<(Target, Rendered)> {
    let all = Selection::all();
    let mut made = Vec::new();
    let mut edges = Vec::new();
    for target in renderer.manifest().targets(&all).take(TARGETS) {
        let target = match target {
            Ok(target) => target,
            Err(errors) => {
                found.extend(errors);
                continue;
            }
        };
        let rendered = renderer.render(&target);
        let whole = renderer.explain(&target);
        assert_eq!(told(&rendered), told(&whole), "{} is something else by chunks", target.id);
        if !rendered.failed() {
            text_holds(&rendered.text, sources);
            text_holds(&whole.text, sources);
        }
        found.extend(rendered.diagnostics.iter().map(|said| Diagnostic::clone(said)));
        edges.push(Node::whole(&target.id, rendered.dependencies.clone()));
        made.push((target, rendered));
    }
    found.extend(cycles(renderer, edges));
    made
}

/// All that a target gives, but for the rounds of loops, which are kept only where each value is.
fn told(rendered: &Rendered) -> [Vec<String>; 4] {
    let text = &rendered.text;
    let is_kept =
        |kind: &FrameKind| !matches!(kind, FrameKind::Round(_) | FrameKind::Branch { .. } | FrameKind::Divert(_));
    let stack = |frame| {
        let steps = text.stack(frame).filter(|step| is_kept(&step.kind));
        steps.map(|step| format!("{:?} {:?}", step.kind, step.site)).collect::<Vec<_>>()
    };
    let lines = text.lines.iter().map(|origin| format!("{:?}:{} {:?}", origin.file, origin.line, stack(origin.frame)));
    let said = |found: &Diagnostic| format!("{:?} {:?} {}", found.code, found.primary, found.message);
    let needs = rendered.dependencies.iter().map(|needed| format!("{needed:?}"));
    [
        vec![String::from_utf8_lossy(&text.bytes).into_owned(), format!("{:?}", rendered.companions)],
        lines.collect(),
        rendered.diagnostics.iter().map(|found| said(found)).collect(),
        needs.chain([format!("{:?}", rendered.files)]).collect(),
    ]
}
