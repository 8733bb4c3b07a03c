//! `dockmill explain FILE:LINE`: where a line of an output comes from.

use std::fmt::Write as _;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::diagnostic::{Diagnostics, did_you_mean, plural};
use crate::graph::Tags;
use crate::manifest::{Image, Manifest, Selection, Target, TextTarget};
use crate::output::{Region, RegionText, is_converted};
use crate::project::{FilesWithRegions, Opened, path};
use crate::render::{Rendered, Renderer, point, traced};
use crate::source::{Disk, FileSystem, FrameKind, Origin, SourceMap, Span, again, line_count};
use crate::text;

use super::Status;
use super::arguments::Which;
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The output, or a file beside it, and the line in it, from 1
    #[arg(value_name = "FILE:LINE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) place: String,
    #[command(flatten)]
    pub(crate) which: Which,
}

pub(crate) fn run(arguments: &Explain, report: &Report) -> Result<Status> {
    let (file, line) = split(&arguments.place)?;
    session::with_project(&arguments.which, &arguments.which.values(), report, false, |opened, found| {
        explain(opened, file, line, report, found)
    })
}

fn explain(
    opened: &Opened<'_>,
    file: &Utf8Path,
    line: u32,
    report: &Report,
    found: &mut Diagnostics,
) -> Result<Status> {
    let Opened { manifest, sources, location, .. } = *opened;
    let wanted = path::inside(file, &manifest.root)?;
    let Some((target, beside)) = manifest.made_by(&wanted) else {
        let texts = manifest.texts_of(&wanted);
        if !texts.is_empty() {
            return explain_text(opened, (file, &wanted), line, texts, report, found);
        }
        if wanted.starts_with(".dockmill") && manifest.standard() {
            bail!("`{file}` was made with `-D` or `--profile`: give `explain` the same");
        }
        match near(manifest, &wanted) {
            Some(near) => {
                bail!("`{file}` is no output of this project; did you mean `{}`?", location.seen(&near))
            }
            None => bail!("`{file}` is no output of this project; `{}` shows them", again("list")),
        }
    };
    let renderer = Renderer::load(manifest, Tags::as_asked(manifest), &Disk, sources, found);
    let (rendered, headed) = traced(&renderer, &target, beside.as_ref());
    found.extend_for(&target.id, rendered.diagnostics.iter().cloned());
    if found.errors() > 0 {
        return Ok(Status::Failed);
    }
    // A line that can be explained is the whole answer; warnings are for `render` and `check` to tell.
    *found = Diagnostics::default();
    let inner = headed.template_line(line);
    let Some((line, origin)) = explain_line(file, line, &headed.bytes, inner, &rendered) else {
        bail!("`{file}` has {}, no line {line}", plural(line_count(&headed.bytes), "line"));
    };
    let mut text = line;
    match origin {
        Some(origin) => {
            let comes = if beside.is_some_and(|beside| beside.expand.is_none()) { "is copied" } else { "comes" };
            explain_origin(&mut text, comes, &target, &rendered, origin, sources);
        }
        None => text.push_str(&header_place(&manifest.images[target.image], sources)),
    }
    tell(&text, (file, &manifest.root.join(&wanted)), &headed.bytes, report)
}

/// Prints what was found, and says if the file is not as it would be written.
fn tell(text: &str, (file, path): (&Utf8Path, &Utf8Path), bytes: &[u8], report: &Report) -> Result<Status> {
    let is_current = |found: Vec<u8>| found == bytes || is_converted(&found, bytes);
    let current = Disk.read(path).is_ok_and(is_current);
    if !current {
        report.say(&format!("note: `{file}` is not up to date; this explains what `render` would write"));
    }
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Status::Done)
}

/// Where the header comes from.
fn header_place(image: &Image, sources: &SourceMap) -> String {
    let Some(span) = image.header_span() else {
        return "this is dockmill's header; it stands in no template\n".to_owned();
    };
    let file = sources.get(span.file);
    format!("this is the header that {}:{} has all outputs bear\n", file.name(), file.line(span.start))
}

/// As [`explain`], for a text, or a file in which texts have regions.
fn explain_text(
    opened: &Opened<'_>,
    (file, path): (&Utf8Path, &Utf8Path),
    line: u32,
    texts: Vec<TextTarget>,
    report: &Report,
    found: &mut Diagnostics,
) -> Result<Status> {
    let Opened { manifest, sources, .. } = *opened;
    let renderer = Renderer::load(manifest, Tags::as_asked(manifest), &Disk, sources, found);
    let texts = text::render(&renderer, texts, true, found);
    if found.errors() > 0 {
        return Ok(Status::Failed);
    }
    *found = Diagnostics::default();
    let texts: Vec<(TextTarget, Rendered)> =
        texts.into_iter().filter_map(|(made, rendered)| Some((made, rendered?))).collect();
    let Some((first, rendered)) = texts.first() else { return Ok(Status::Failed) };
    let (bytes, inner, (made, rendered)) = if manifest.texts[first.text].is_region {
        let name = |made: &TextTarget| Arc::clone(&manifest.texts[made.text].name);
        let region = |(made, rendered): &(TextTarget, Rendered)| {
            (made.clone(), RegionText { name: name(made), bytes: rendered.text.bytes.clone() })
        };
        let files = FilesWithRegions { manifest, sources, files: &Disk };
        let filled = match files.fill(path, &texts.iter().map(region).collect::<Vec<_>>()) {
            Ok(filled) => filled,
            Err(errors) => {
                found.extend(errors);
                return Ok(Status::Failed);
            }
        };
        let Some(region) = filled.regions.iter().find(|region| region.lines().contains(&line)) else {
            bail!("line {line} of `{file}` is yours: {}", in_words(&filled.regions));
        };
        let of_region = texts.iter().find(|(made, _)| name(made) == region.name);
        let (made, rendered) = of_region.map_or((first, rendered), |(made, rendered)| (made, rendered));
        (filled.bytes, Some(line - region.line + 1), (made, rendered))
    } else {
        let headed = text::headed(manifest, first, rendered);
        let inner = headed.template_line(line);
        (headed.bytes, inner, (first, rendered))
    };
    let Some((mut said, origin)) = explain_line(file, line, &bytes, inner, rendered) else {
        bail!("`{file}` has {}, no line {line}", plural(line_count(&bytes), "line"));
    };
    match origin {
        Some(origin) => explain_origin(&mut said, "comes", &made.target, rendered, origin, sources),
        None => said.push_str(&header_place(&manifest.texts[made.text].image, sources)),
    }
    tell(&said, (file, &manifest.root.join(path)), &bytes, report)
}

/// Where the regions of a file are.
fn in_words(regions: &[Region]) -> String {
    let lines = |region: &Region| {
        let Range { start, end } = region.lines();
        let name = &region.name;
        match end - start {
            0 => format!("region `{name}` is empty"),
            1 => format!("region `{name}` is line {start}"),
            _ => format!("region `{name}` is lines {start} to {}", end - 1),
        }
    };
    regions.iter().map(lines).collect::<Vec<_>>().join(", ")
}

/// `FILE:LINE`, or `FILE:LINE:COLUMN` as other tools print it.
fn split(place: &str) -> Result<(&Utf8Path, u32)> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|line| *line > 0);
    let Some((front, last)) = place.rsplit_once(':').filter(|(_, last)| !last.is_empty()) else {
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

/// The file of a target whose path is near.
fn near(manifest: &Manifest, path: &Utf8Path) -> Option<Utf8PathBuf> {
    let all = Selection::all();
    let mut made = Vec::new();
    for target in manifest.targets(&all).flatten() {
        made.extend(target.files.into_iter().map(|file| file.to));
        made.push(target.output);
    }
    made.extend(manifest.text_targets(&all).flatten().map(|text| text.target.output));
    did_you_mean(path.as_str(), made.iter().map(|path| path.as_str())).map(Utf8PathBuf::from)
}

/// The line as it is shown and its origin, which the header has none of; `None` where there is no such line. `inner` is the
/// line of what was rendered, `None` for the header.
fn explain_line(
    file: &Utf8Path,
    line: u32,
    bytes: &[u8],
    inner: Option<u32>,
    rendered: &Rendered,
) -> Option<(String, Option<Origin>)> {
    let shown = bytes.split(|byte| *byte == b'\n').nth(line as usize - 1)?;
    let shown = crate::diagnostic::printable(&String::from_utf8_lossy(shown));
    let text = format!("{file}:{line}\n    {}\n", shown.trim_end());
    let Some(inner) = inner else {
        return (line as usize <= line_count(bytes)).then_some((text, None));
    };
    Some((text, Some(rendered.text.origin(inner)?)))
}

/// The template's line, what led there, and the values.
fn explain_origin(
    text: &mut String,
    comes: &str,
    target: &Target,
    rendered: &Rendered,
    origin: Origin,
    sources: &SourceMap,
) {
    let file = sources.get(origin.file);
    let _ = writeln!(text, "{comes} from {}:{}\n    {}", file.name(), origin.line, source_line(sources, origin));
    for frame in rendered.text.stack(origin.frame) {
        let what = match &frame.kind {
            FrameKind::Macro(name) => format!("in macro `{name}`, called from"),
            FrameKind::Body => "in the block of the call at".to_owned(),
            FrameKind::Include(path) => format!("in file `{path}`, included from"),
            FrameKind::Diversion(name) => format!("in diversion `{name}`, placed at"),
            FrameKind::Round(number) => format!("in round {number} of the loop at"),
            FrameKind::Value | FrameKind::Branch { .. } | FrameKind::Divert(_) => continue,
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
