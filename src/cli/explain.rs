//! `dockmill explain FILE:LINE`: where a line of an output comes from.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostics;
use crate::graph::Tags;
use crate::manifest::{Project, Selection, Target};
use crate::render::{Rendered, Renderer, headed, point};
use crate::source::{Disk, FrameKind, Origin, SourceMap, Span};

use super::arguments::Explain;
use super::project::Place;
use super::report::Report;
use super::{Status, path};

pub(crate) fn run(arguments: &Explain, report: &Report) -> Result<Status> {
    let (file, line) = split(&arguments.place)?;
    let place = Place::find(&arguments.which)?;
    let sources = place.sources();
    let mut found = Diagnostics::default();
    let Some(project) = place.load(&arguments.which, &sources, &mut found) else {
        report.show(found, &sources, false);
        return Ok(Status::Failed);
    };
    let wanted = inside(file, &project.root)?;
    let Some(target) = target_of(&project, &wanted) else {
        if wanted.starts_with(".dockmill") && project.standard() {
            bail!("`{file}` was made with `-D` or `--profile`: give `explain` the same");
        }
        bail!("`{file}` is no output of this project; `dockmill list` shows them");
    };
    let renderer = Renderer::load(&project, Tags::of(&project), &Disk, &sources, &mut found);
    let rendered = renderer.explain(&target);
    found.extend_for(&target.id, rendered.diagnostics.iter().cloned());
    if found.errors() > 0 {
        report.show(found, &sources, false);
        return Ok(Status::Failed);
    }
    let text = explain(&project, &target, &rendered, line, &sources);
    let Some(text) = text else {
        let output = headed(&project, &target, &rendered);
        bail!("`{file}` has {}, no line {line}", crate::diagnostic::plural(output.lines(), "line"));
    };
    report_drift(&project, &target, &rendered, report);
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Status::Done)
}

/// `FILE:LINE`, or `FILE:LINE:COLUMN` as other tools print it.
fn split(place: &str) -> Result<(&Utf8Path, u32)> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|line| *line > 0);
    let Some((front, last)) = place.rsplit_once(':') else {
        bail!("`{place}` names no line: write `FILE:LINE`, such as `dockerfiles/base/Dockerfile:7`");
    };
    if let Some((file, middle)) = front.rsplit_once(':')
        && let (Some(line), Some(_)) = (number(middle), number(last))
    {
        return Ok((Utf8Path::new(file), line));
    }
    match number(last) {
        Some(line) => Ok((Utf8Path::new(front), line)),
        None => bail!("`{last}` is no line number: lines count from 1"),
    }
}

/// The path relative to the project's folder; the file need not be there.
pub(crate) fn inside(file: &Utf8Path, root: &Utf8Path) -> Result<Utf8PathBuf> {
    let absolute = path::current_dir()?.join(file);
    let mut clean = Utf8PathBuf::new();
    for part in absolute.components() {
        match part {
            camino::Utf8Component::ParentDir => _ = clean.pop(),
            other => clean.push(other),
        }
    }
    match clean.strip_prefix(root) {
        Ok(inner) => Ok(inner.to_owned()),
        Err(_) => bail!("`{file}` is not in the project's folder `{root}`"),
    }
}

fn target_of(project: &Project, output: &Utf8Path) -> Option<Target> {
    let all = Selection::all();
    project.targets(&all).flatten().find(|target| target.output == *output)
}

/// The output on disk may be older than what is explained here.
fn report_drift(project: &Project, target: &Target, rendered: &Rendered, report: &Report) {
    let wanted = headed(project, target, rendered);
    let current = std::fs::read(project.root.join(&target.output)).is_ok_and(|bytes| bytes == wanted.bytes);
    if !current {
        report.say(&format!("note: `{}` is not up to date; this explains what `render` would write", target.output));
    }
}

/// The answer; `None` where there is no such line.
fn explain(project: &Project, target: &Target, rendered: &Rendered, line: u32, sources: &SourceMap) -> Option<String> {
    let headed = headed(project, target, rendered);
    let shown = headed.bytes.split(|byte| *byte == b'\n').nth(line as usize - 1)?;
    let shown = crate::diagnostic::printable(&String::from_utf8_lossy(shown));
    let mut text = format!("{}:{line}\n    {}\n", target.output, shown.trim_end());
    let Some(inner) = headed.template_line(line) else {
        (line as usize <= headed.lines()).then_some(())?;
        text.push_str("this is dockmill's header; it stands in no template\n");
        return Some(text);
    };
    let origin = rendered.text.origin(inner)?;
    let file = sources.get(origin.file);
    let _ = writeln!(text, "comes from {}:{}\n    {}", file.name(), origin.line, source_line(sources, origin));
    for frame in rendered.text.stack(origin.frame) {
        let what = match &frame.kind {
            FrameKind::Macro(name) => format!("in macro `{name}`, called from"),
            FrameKind::Body => "in the block of the call at".to_owned(),
            FrameKind::Include(path) => format!("in file `{path}`, included from"),
            FrameKind::Diversion(name) => format!("in diversion `{name}`, placed at"),
            FrameKind::Round(number) => format!("in round {number} of the loop at"),
        };
        let (at, column) = sources.get(frame.site.file).position(frame.site.start);
        let name = sources.get(frame.site.file).name().to_owned();
        let origin = Origin { file: frame.site.file, line: at, frame: origin.frame };
        let _ = writeln!(text, "{what} {name}:{at}:{column}\n    {}", source_line(sources, origin));
    }
    let values = values(rendered, origin, sources);
    if !values.is_empty() {
        text.push_str("values\n");
        for (name, value) in values {
            let _ = writeln!(text, "    {name} = {value}");
        }
    }
    let point = point(target);
    let _ = writeln!(text, "target {}{}", target.id, if point.is_empty() { point } else { format!(" ({point})") });
    Some(text)
}

fn source_line(sources: &SourceMap, origin: Origin) -> String {
    let file = sources.get(origin.file);
    let range = file.line_range(origin.line).unwrap_or(0..0);
    let line = String::from_utf8_lossy(&file.bytes()[range.start as usize..range.end as usize]).into_owned();
    crate::diagnostic::printable(line.trim())
}

/// The expressions that were computed for this line and for the calls that led to it, each once.
fn values(rendered: &Rendered, origin: Origin, sources: &SourceMap) -> Vec<(String, String)> {
    let line_of = |span: Span| (span.file, sources.get(span.file).line(span.start));
    let mut places = vec![((origin.file, origin.line), origin.frame)];
    for frame in rendered.text.stack(origin.frame) {
        places.push((line_of(frame.site), frame.parent));
    }
    let mut values: Vec<(String, String)> = Vec::new();
    for computed in &rendered.computed {
        if !places.contains(&(line_of(computed.span), computed.frame)) {
            continue;
        }
        let file = sources.get(computed.span.file);
        let range = computed.span.start as usize..computed.span.end as usize;
        let name = String::from_utf8_lossy(&file.bytes()[range]).into_owned();
        // A literal explains itself.
        let entry = (crate::diagnostic::printable(&name), crate::diagnostic::printable(&computed.value));
        if !name.starts_with(['"', '\'', '[']) && !values.contains(&entry) {
            values.push(entry);
        }
    }
    values
}
