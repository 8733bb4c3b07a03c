//! `dockmill explain TEMPLATE:LINE`: which lines of which outputs a line of a template, of the manifest or of data makes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use camino::Utf8Path;
use serde_json::json;

use crate::diagnostic::{Diagnostics, escaped, plural, printable};
use crate::graph::Tags;
use crate::manifest::{CopiedFile, Places, Selection, Target};
use crate::output::Headed;
use crate::output::fold::Fold;
use crate::project::Opened;
use crate::render::{Provenance, Rendered, Renderer, in_order, traced};
use crate::source::{Disk, FileId, FileSystem, FrameId, SourceMap, Span};
use crate::template::Computed;
use crate::text;

use super::super::Status;

/// How a line has to do with a line of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    /// Its text or one of its values stands there.
    Makes,
    /// It is a call, a condition or the like that led there.
    Leads,
    /// A value that stands there was born in it.
    Bears,
    /// It only decided which value stands there.
    Chooses,
    /// A condition, a list or an argument that led there has a value of it; or it led to text that was set aside and stands there.
    Decides,
}

impl How {
    const ALL: [Self; 5] = [Self::Makes, Self::Leads, Self::Bears, Self::Chooses, Self::Decides];

    fn name(self) -> &'static str {
        match self {
            Self::Makes => "makes",
            Self::Leads => "leads to",
            Self::Bears => "gives a value to",
            Self::Chooses => "chooses a value in",
            Self::Decides => "decides",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Makes => "makes",
            Self::Leads => "leads",
            Self::Bears => "value",
            Self::Chooses => "choice",
            Self::Decides => "decides",
        }
    }
}

/// What was found in one file.
struct Found {
    id: String,
    output: String,
    /// By how, the lines with their text.
    lines: BTreeMap<How, Vec<(u32, String)>>,
    /// The file that is asked about was read for it.
    has_read: bool,
}

/// A line that is asked about.
struct Asked<'a> {
    /// Relative to the project.
    path: &'a Utf8Path,
    /// As the user named it, which a file of the library has.
    name: &'a Utf8Path,
    lines: &'a RangeInclusive<u32>,
    sources: &'a SourceMap,
    places: &'a Places<'a>,
}

impl Asked<'_> {
    fn is_file(&self, file: FileId) -> bool {
        let source = self.sources.get(file);
        match source.project_path() {
            Some(path) => path == self.path,
            None => source.name() == self.name,
        }
    }

    fn is_line(&self, file: FileId, line: u32) -> bool {
        self.lines.contains(&line) && self.is_file(file)
    }

    fn holds(&self, span: Span) -> bool {
        self.lines.contains(&self.sources.get(span.file).line(span.start)) && self.is_file(span.file)
    }

    /// What the line has to do with values.
    fn of_values(&self, values: &[&Computed]) -> Option<How> {
        let births = values.iter().flat_map(|value| value.births.places());
        let mut held = births.filter(|birth| self.holds(self.places.place(birth).span)).map(|birth| birth.is_choice);
        let names_one =
            || values.iter().any(|value| value.births.bindings().into_iter().any(|place| self.holds(place)));
        match held.next() {
            Some(true) if held.all(|is_choice| is_choice) && !names_one() => Some(How::Chooses),
            Some(_) => Some(How::Bears),
            None => names_one().then_some(How::Bears),
        }
    }

    /// Has a step, or one above it, a value of the line?
    fn decided(&self, provenance: &Provenance<'_>, frame: u32) -> bool {
        provenance.steps(FrameId(frame)).iter().any(|step| self.of_values(&step.values).is_some())
    }

    /// Did it lead to text that was set aside, and of which a word stands in the value?
    fn led_to_words(&self, value: &Computed, rendered: &Rendered) -> bool {
        let frames = value.births.places().into_iter().filter_map(|birth| birth.frame);
        frames.into_iter().any(|frame| rendered.text.stack(frame).any(|step| self.holds(step.site)))
    }

    /// What the line has to do with those of an output.
    fn find(&self, id: &str, output: &Utf8Path, rendered: &Rendered, headed: &Headed) -> Found {
        let provenance = Provenance::new(rendered, self.sources);
        let mut lines: BTreeMap<How, Vec<(u32, String)>> = BTreeMap::new();
        // By step: lines share them.
        let mut decided: HashMap<u32, bool> = HashMap::new();
        for (number, text) in (1..).zip(headed.bytes.split(|byte| *byte == b'\n')) {
            let Some(found) = headed.template_line(number).and_then(|line| provenance.line(line)) else { continue };
            let origins = std::iter::once(found.origin).chain(found.pieces.iter().map(|piece| piece.origin));
            let frames: BTreeSet<u32> = origins.clone().map(|origin| origin.frame.0).collect();
            let steps = || frames.iter().flat_map(|frame| rendered.text.stack(FrameId(*frame)));
            let how = if origins.clone().any(|origin| self.is_line(origin.file, origin.line)) {
                How::Makes
            } else if steps().any(|step| self.holds(step.site)) {
                How::Leads
            } else if let Some(how) = self.of_values(&found.values) {
                how
            } else if found.values.iter().any(|value| self.led_to_words(value, rendered))
                || frames
                    .iter()
                    .any(|frame| *decided.entry(*frame).or_insert_with(|| self.decided(&provenance, *frame)))
            {
                How::Decides
            } else {
                continue;
            };
            let text = printable(String::from_utf8_lossy(text).trim_end());
            lines.entry(how).or_default().push((number, text));
        }
        let has_read = rendered.files.iter().any(|file| self.is_file(*file));
        Found { id: id.to_owned(), output: output.to_string(), lines, has_read }
    }
}

/// Explains lines of a file that is no output; `None`: nothing has to do with it.
pub(super) fn explain(
    opened: &Opened<'_>,
    (name, path): (&Utf8Path, &Utf8Path),
    lines: &RangeInclusive<u32>,
    json: bool,
    found: &mut Diagnostics,
) -> Option<(String, Status)> {
    let Opened { manifest, sources, .. } = *opened;
    let renderer = Renderer::load(manifest, Tags::as_asked(manifest), &Disk, sources, found);
    if found.errors() > 0 {
        return Some((String::new(), Status::Failed));
    }
    let all = Selection::all();
    let targets: Vec<Target> = manifest.targets(&all).flatten().collect();
    let places = Places::new(manifest, sources);
    let asked = Asked { path, name, lines, sources, places: &places };
    let mut made: Vec<Found> = Vec::new();
    let mut failed = Diagnostics::default();
    let work = |target: &Target| {
        let files = std::iter::once(None).chain(target.files.iter().map(Some));
        let of_file = |file: Option<&CopiedFile>| {
            let (rendered, headed) = traced(&renderer, target, file);
            let output = file.map_or(&target.output, |file| &file.to);
            (asked.find(&target.id, output, &rendered, &headed), rendered.diagnostics)
        };
        files.map(of_file).map(|(found, said)| (target.id.clone(), found, said)).collect::<Vec<_>>()
    };
    in_order(targets.iter(), work, |files| {
        for (id, found, said) in files {
            failed.extend_for(&id, said);
            made.push(found);
        }
    });
    let texts: Vec<_> = manifest.text_targets(&all).flatten().collect();
    for (text, rendered) in text::render(&renderer, texts, true, &mut failed) {
        if let Some(rendered) = rendered {
            let is_region = manifest.texts[text.text].is_region;
            let headed = if is_region {
                Headed::bare(rendered.text.bytes.clone())
            } else {
                text::headed(manifest, &text, &rendered)
            };
            made.push(asked.find(&text.target.id, &text.target.output, &rendered, &headed));
        }
    }
    if failed.errors() > 0 {
        *found = failed;
        return Some((String::new(), Status::Failed));
    }
    let is_known = made.iter().any(|found| found.has_read || !found.lines.is_empty())
        || *path == manifest.path
        || manifest.data_files.iter().any(|data| data == path);
    if !is_known {
        return None;
    }
    made.retain(|found| !found.lines.is_empty());
    let line = *lines.start();
    let told = if json { as_json(name, line, &made) } else { printable(&as_text(opened, (name, path), line, &made)) };
    Some((told, Status::Done))
}

fn as_json(name: &Utf8Path, line: u32, made: &[Found]) -> String {
    let rows = made.iter().flat_map(|found| {
        found.lines.iter().flat_map(move |(how, lines)| {
            let (id, output) = (&found.id, &found.output);
            lines.iter().map(move |(line, text)| {
                json!({ "target": id, "output": output, "line": line, "text": text, "how": how.key() })
            })
        })
    });
    let told = json!({ "version": 1, "file": name.as_str(), "line": line, "outputs": rows.collect::<Vec<_>>() });
    escaped(&format!("{told:#}\n")).into_owned()
}

/// The lists of targets are written in so many parts.
const TERMS: usize = 8;
/// So many different groups of lines are shown.
const GROUPS: usize = 20;

fn as_text(opened: &Opened<'_>, (name, path): (&Utf8Path, &Utf8Path), line: u32, made: &[Found]) -> String {
    let mut out = format!("{name}:{line}\n");
    let bytes = Disk.read(&opened.manifest.root.join(path)).unwrap_or_default();
    if let Some(source) = bytes.split(|byte| *byte == b'\n').nth(line as usize - 1) {
        let _ = writeln!(out, "    {}", printable(String::from_utf8_lossy(source).trim()));
    }
    if made.is_empty() {
        out.push_str("makes no line of any output\n");
    }
    let fold = Fold::of(opened.manifest, made.iter().map(|found| found.id.as_str()));
    for how in How::ALL {
        // Outputs in which it is the same lines, in order of the first.
        let mut groups: Vec<(Vec<u32>, &str, Vec<&Found>)> = Vec::new();
        for found in made {
            let Some(lines) = found.lines.get(&how) else { continue };
            let numbers: Vec<u32> = lines.iter().map(|(line, _)| *line).collect();
            match groups.iter_mut().find(|(known, ..)| *known == numbers) {
                Some((.., of)) => of.push(found),
                None => groups.push((numbers, &lines[0].1, vec![found])),
            }
        }
        if groups.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{}", how.name());
        for (numbers, text, of) in groups.iter().take(GROUPS) {
            let ids: BTreeSet<&str> = of.iter().map(|found| found.id.as_str()).collect();
            let outputs = match of.as_slice() {
                [found] => opened.location.seen(Utf8Path::new(&found.output)).into_string(),
                _ => format!("{} in {}", plural(of.len(), "output"), fold.fold(ids).short(TERMS)),
            };
            let _ = writeln!(out, "    {} of {outputs}\n        {text}", ranges(numbers));
        }
        if groups.len() > GROUPS {
            let rest = groups[GROUPS..].iter().map(|(.., of)| of.len()).sum();
            let _ = writeln!(out, "    and other lines of {}, which `--json` shows", plural(rest, "output"));
        }
    }
    out
}

/// `line 3`, or `lines 3-5, 9`.
fn ranges(lines: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => runs.push((*line, *line)),
        }
    }
    let run = |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    let runs: Vec<String> = runs.iter().map(run).collect();
    format!("{} {}", if lines.len() == 1 { "line" } else { "lines" }, runs.join(", "))
}
