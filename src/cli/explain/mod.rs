//! `dockmill explain FILE:LINE`: where a line of an output comes from, and where one of a template goes.

mod lines;
mod reach;
mod text;
mod told;

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::sync::Arc;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serde::Serialize;

use crate::diagnostic::{Diagnostics, did_you_mean, plural, printable, write_json};
use crate::graph::Tags;
use crate::manifest::{Image, Manifest, Places, Selection, Target, TextTarget};
use crate::output::{Region, RegionText, is_converted};
use crate::project::{FilesWithRegions, Opened, path};
use crate::render::{Provenance, Rendered, Renderer, point, traced};
use crate::source::{Disk, FileSystem, SourceMap, again, line_count};
use crate::text as texts;

use super::Status;
use super::arguments::Which;
use super::report::Report;
use super::session;
use lines::Lines;
use told::{Line, Teller};

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The output, or a file beside it, and the line or lines in it, from 1; or a template, the manifest or data, and a line
    #[arg(value_name = "FILE:LINE[-LINE]", add = ArgValueCompleter::new(super::complete::lines))]
    pub(crate) place: String,
    /// Print all that is known as JSON; FILE alone means all its lines
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

/// The JSON Schema of what `--json` prints.
pub(crate) const SCHEMA: &str = include_str!("schema.json");

/// What is asked, and where the answer goes.
struct Question<'a> {
    /// As the user named it.
    file: &'a Utf8Path,
    /// Relative to the project.
    path: Utf8PathBuf,
    lines: Lines,
    json: bool,
    report: &'a Report,
}

pub(crate) fn run(arguments: &Explain, report: &Report) -> Result<Status> {
    let (file, lines) = lines::split(&arguments.place, arguments.json)?;
    session::with_project(&arguments.which, &arguments.which.values(), report, false, |opened, found| {
        let path = path::inside(file, &opened.manifest.root)?;
        explain(opened, &Question { file, path, lines, json: arguments.json, report }, found)
    })
}

fn explain(opened: &Opened<'_>, question: &Question<'_>, found: &mut Diagnostics) -> Result<Status> {
    let Opened { manifest, sources, .. } = *opened;
    let Some((target, beside)) = manifest.made_by(&question.path) else {
        let texts = manifest.texts_of(&question.path);
        if texts.is_empty() {
            return explain_source(opened, question, found);
        }
        return explain_text(opened, question, texts, found);
    };
    let renderer = Renderer::load(manifest, Tags::as_asked(manifest), &Disk, sources, found);
    // What is wrong with a template would be told once more when it is expanded.
    if found.errors() > 0 {
        return Ok(Status::Failed);
    }
    let (rendered, headed) = traced(&renderer, &target, beside.as_ref());
    found.extend_for(&target.id, rendered.diagnostics.iter().cloned());
    if found.errors() > 0 {
        return Ok(Status::Failed);
    }
    // A line that can be explained is the whole answer; warnings are for `render` and `check` to tell.
    *found = Diagnostics::default();
    let header = header_place(&manifest.images[target.image], sources);
    let comes = if beside.is_some_and(|beside| beside.expand.is_none()) { "is copied" } else { "comes" };
    let made = Made { rendered: &rendered, target: &target, header, comes };
    tell(opened, question, &headed.bytes, &|line| Some((headed.template_line(line), &made)))
}

/// Explains a line of a template, of the manifest or of data.
fn explain_source(opened: &Opened<'_>, question: &Question<'_>, found: &mut Diagnostics) -> Result<Status> {
    let Opened { manifest, location, .. } = *opened;
    let Question { file, path, lines, json, .. } = question;
    if path.starts_with(".dockmill") && manifest.standard() {
        bail!("`{file}` was made with `-D` or `--profile`: give `explain` the same");
    }
    let Lines::These(lines) = lines else {
        bail!("`{file}` is no output of this project: of a template, name a line, `{file}:7`");
    };
    // A file of the library is on no disk.
    let may_be_read = path.starts_with("std") || Disk.is_there(&manifest.root.join(path));
    let reached = if may_be_read { reach::explain(opened, (file, path), lines, *json, found) } else { None };
    if let Some((told, status)) = reached {
        std::io::stdout().lock().write_all(told.as_bytes())?;
        return Ok(status);
    }
    match near(manifest, path) {
        Some(near) => bail!("`{file}` is no output of this project; did you mean `{}`?", location.seen(&near)),
        None => {
            bail!("`{file}` is neither an output nor a template of this project; `{}` shows the outputs", again("list"))
        }
    }
}

/// What a line is of.
struct Made<'a> {
    rendered: &'a Rendered,
    target: &'a Target,
    /// Where the header comes from.
    header: String,
    /// How lines come from their source.
    comes: &'static str,
}

/// Prints what is known of the lines that are asked about, and says if the file is not as it would be written. `of` gives the
/// line of what was rendered, and what that was; `None` for a line that is not dockmill's.
fn tell<'m>(
    opened: &Opened<'_>,
    question: &Question<'_>,
    bytes: &[u8],
    of: &dyn Fn(u32) -> Option<(Option<u32>, &'m Made<'m>)>,
) -> Result<Status> {
    let Opened { manifest, sources, .. } = *opened;
    let Question { file, lines, json, report, .. } = question;
    let places = Places::new(manifest, sources);
    let count = u32::try_from(line_count(bytes)).unwrap_or(u32::MAX);
    if let Lines::These(lines) = lines
        && *lines.end() > count
    {
        bail!(
            "`{file}` has {}, no line {}",
            plural(count as usize, "line"),
            count.saturating_add(1).max(*lines.start())
        );
    }
    let asked = (1..=count).filter(|line| lines.has(*line));
    let bytes_told = Cell::new(0);
    let mut tellers: Vec<(*const Rendered, Teller<'_>)> = Vec::new();
    let mut told: Vec<(Line<'_>, &Made<'_>)> = Vec::new();
    let texts: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    for line in asked {
        let Some((inner, made)) = of(line) else { continue };
        let known = tellers.iter().position(|(rendered, _)| std::ptr::eq(*rendered, made.rendered));
        let at = known.unwrap_or_else(|| {
            let provenance = Provenance::new(made.rendered, sources);
            let teller = Teller { provenance, places: &places, sources, told: &bytes_told };
            tellers.push((made.rendered, teller));
            tellers.len() - 1
        });
        let text =
            printable(String::from_utf8_lossy(texts.get(line as usize - 1).copied().unwrap_or_default()).trim_end());
        told.push((tellers[at].1.line(line, text, inner), made));
        if tellers[at].1.is_full() {
            match told.len() {
                1 => bail!("there is too much to tell of line {line} of `{file}`"),
                _ => bail!(
                    "there is too much to tell of these lines of `{file}`: ask for fewer, such as `{file}:{line}`"
                ),
            }
        }
    }
    let current = Disk.read(&manifest.root.join(&question.path));
    let is_current = current.is_ok_and(|found| found == bytes || is_converted(&found, bytes));
    if !is_current {
        report.say(&format!("note: `{file}` is not up to date; this explains what `render` would write"));
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    if *json {
        write_answer(question, &told, is_current, &mut out)?;
    } else {
        out.write_all(printable(&as_text(file, &told)).as_bytes())?;
    }
    out.flush()?;
    Ok(Status::Done)
}

fn as_text(file: &Utf8Path, told: &[(Line<'_>, &Made<'_>)]) -> String {
    let mut out = String::new();
    for (at, (line, made)) in told.iter().enumerate() {
        let blank = if at == 0 { "" } else { "\n" };
        let _ = writeln!(out, "{blank}{file}:{}\n    {}", line.number, line.text);
        if line.origin.is_none() {
            out.push_str(&made.header);
            continue;
        }
        text::write(&mut out, line, made.comes);
        let point = point(made.target);
        let point = if point.is_empty() { point } else { format!(" ({point})") };
        let _ = writeln!(out, "target {}{point}", made.target.id);
    }
    out
}

/// What `--json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    version: u32,
    output: &'a str,
    target: Option<&'a str>,
    current: bool,
    lines: Vec<&'a Line<'a>>,
}

fn write_answer(
    question: &Question<'_>,
    told: &[(Line<'_>, &Made<'_>)],
    is_current: bool,
    out: &mut dyn Write,
) -> Result<()> {
    let answer = Answer {
        version: 1,
        output: question.path.as_str(),
        target: told.first().map(|(_, made)| made.target.id.as_str()),
        current: is_current,
        lines: told.iter().map(|(line, _)| line).collect(),
    };
    Ok(write_json(out, &answer)?)
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
    question: &Question<'_>,
    made: Vec<TextTarget>,
    found: &mut Diagnostics,
) -> Result<Status> {
    let Opened { manifest, sources, .. } = *opened;
    let renderer = Renderer::load(manifest, Tags::as_asked(manifest), &Disk, sources, found);
    if found.errors() > 0 {
        return Ok(Status::Failed);
    }
    let made = texts::render(&renderer, made, true, found);
    if found.errors() > 0 {
        return Ok(Status::Failed);
    }
    *found = Diagnostics::default();
    let made: Vec<(TextTarget, Rendered)> =
        made.into_iter().filter_map(|(text, rendered)| Some((text, rendered?))).collect();
    let header = |text: &TextTarget| header_place(&manifest.texts[text.text].image, sources);
    let all: Vec<Made<'_>> = made
        .iter()
        .map(|(text, rendered)| Made { rendered, target: &text.target, header: header(text), comes: "comes" })
        .collect();
    let (Some((first, rendered)), Some(whole)) = (made.first(), all.first()) else { return Ok(Status::Failed) };
    if !manifest.texts[first.text].is_region {
        let headed = texts::headed(manifest, first, rendered);
        return tell(opened, question, &headed.bytes, &|line| Some((headed.template_line(line), whole)));
    }
    let name = |text: &TextTarget| Arc::clone(&manifest.texts[text.text].name);
    let region = |(text, rendered): &(TextTarget, Rendered)| {
        (text.clone(), RegionText { name: name(text), bytes: rendered.text.bytes.clone() })
    };
    let files = FilesWithRegions { manifest, sources, files: &Disk };
    let filled = match files.fill(&question.path, &made.iter().map(region).collect::<Vec<_>>()) {
        Ok(filled) => filled,
        Err(errors) => {
            found.extend(errors);
            return Ok(Status::Failed);
        }
    };
    let region = |line: u32| filled.regions.iter().find(|region| region.lines().contains(&line));
    if let Lines::These(lines) = &question.lines
        && let Some(yours) = lines
            .clone()
            .take_while(|line| *line as usize <= line_count(&filled.bytes))
            .find(|line| region(*line).is_none())
    {
        bail!("line {yours} of `{}` is yours: {}", question.file, in_words(&filled.regions));
    }
    tell(opened, question, &filled.bytes, &|line| {
        let region = region(line)?;
        let at = made.iter().position(|(text, _)| name(text) == region.name)?;
        Some((Some(line - region.line + 1), all.get(at)?))
    })
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
