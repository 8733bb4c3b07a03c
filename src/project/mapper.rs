//! Places of outputs as places of templates, in what another tool prints.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::ops::Range;
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use regex::Regex;

use crate::manifest::{Selection, Target, TextTarget};
use crate::output::{Headed, is_converted};
use crate::render::{Rendered, Renderer, traced};
use crate::source::{Origin, SourceMap, line_count};

use super::path;
use super::texts::text_lines;

/// A line of an output, and the line of a template that it comes from.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// The target, or the text, that makes the line.
    pub id: String,
    /// The output, relative to the project.
    pub output: Utf8PathBuf,
    /// The line in it, from 1.
    pub line: u32,
    /// The place in the template.
    pub origin: Origin,
}

/// What makes a file.
enum Maker {
    /// A target: its output, or the file beside it with this number.
    Target(Rc<Target>, Option<usize>),
    /// A text, or those that have regions in the file.
    Texts(Vec<TextTarget>),
}

/// The id of what makes a line, and the template's place.
pub(super) type MadeLine = (Rc<str>, Origin);

/// The places of outputs in templates; each output is rendered when it is first asked for.
pub struct Mapper<'a> {
    renderer: &'a Renderer<'a>,
    sources: &'a SourceMap,
    /// By the file.
    makers: HashMap<Utf8PathBuf, Maker>,
    /// The outputs of the targets, by their ids.
    outputs: HashMap<String, Utf8PathBuf>,
    /// By file: of each line, what makes it, and the template's place.
    places: HashMap<Utf8PathBuf, Vec<Option<MadeLine>>>,
    /// What names a place.
    named: Regex,
    /// The output that is meant where a tool names no folder, or no file at all.
    meant: Option<Utf8PathBuf>,
    /// The files that were asked for and are on disk otherwise than they are rendered.
    stale: Vec<Utf8PathBuf>,
}

impl<'a> Mapper<'a> {
    /// The places of all targets; none is rendered yet.
    ///
    /// # Errors
    /// None that a user can do anything about.
    pub fn new(renderer: &'a Renderer<'a>, sources: &'a SourceMap) -> Result<Self, regex::Error> {
        // A path, a colon, a line number, perhaps a column or the end of a range: as compilers, linters and builders write
        // it. What matches such places in turn must find them whole, so the template's stands behind.
        // BuildKit also tells of a line alone, of the one Dockerfile that it builds.
        let named = Regex::new(
            r"(?x) (?P<path>[^\s:'\x22()\[\]]+) : (?P<line>[1-9][0-9]{0,8})\b (?: :[0-9]+\b | -[0-9]+\b )*
            | \(line\ (?P<warned>[1-9][0-9]{0,8})\) | \bparse\ error\ on\ line\ (?P<failed>[1-9][0-9]{0,8})\b",
        )?;
        let all = Selection::all();
        let (mut makers, mut outputs) = (HashMap::new(), HashMap::new());
        for target in renderer.manifest().targets(&all).flatten().map(Rc::new) {
            for (index, file) in target.files.iter().enumerate() {
                makers.insert(file.to.clone(), Maker::Target(Rc::clone(&target), Some(index)));
            }
            outputs.insert(target.id.clone(), target.output.clone());
            makers.insert(target.output.clone(), Maker::Target(target, None));
        }
        for text in renderer.manifest().text_targets(&all).flatten() {
            match makers.entry(text.target.output.clone()).or_insert_with(|| Maker::Texts(Vec::new())) {
                Maker::Texts(texts) => texts.push(text),
                // Two that make one file are an error of the manifest.
                Maker::Target(..) => {}
            }
        }
        Ok(Self { renderer, sources, makers, outputs, places: HashMap::new(), named, meant: None, stale: Vec::new() })
    }

    /// The same where `Dockerfile:3` and `(line 3)` are lines of this target's output, whatever folder it is in.
    #[must_use]
    pub fn of_target(self, target: &Target) -> Self {
        Self { meant: Some(target.output.clone()), ..self }
    }

    /// From now on `Dockerfile:3` and `(line 3)` are lines of this target's output, by its id. `false`: there is none.
    pub fn mean(&mut self, id: &str) -> bool {
        let Some(output) = self.outputs.get(id) else { return false };
        self.meant = Some(output.clone());
        true
    }

    /// A line of another tool with the template's place behind each that it names; `None` where it names no output.
    pub fn add(&mut self, text: &str) -> Option<String> {
        let mut added = String::with_capacity(text.len() + 32);
        let mut end = 0;
        for (place, mapped) in self.named(text) {
            added.push_str(&text[end..place.end]);
            let _ = write!(added, " ({})", self.name(mapped.origin));
            end = place.end;
        }
        added.push_str(&text[end..]);
        (end > 0).then_some(added)
    }

    /// A line of another tool with the template's place instead of each that it names, and what these were.
    pub fn replace(&mut self, text: &str) -> Option<(String, Vec<Mapped>)> {
        let (mut replaced, mut found) = (String::with_capacity(text.len()), Vec::new());
        let mut end = 0;
        for (place, mapped) in self.named(text) {
            replaced.push_str(&text[end..place.start]);
            let name = self.name(mapped.origin);
            let brackets = text[place.clone()].starts_with('(');
            _ = if brackets { write!(replaced, "({name})") } else { write!(replaced, "{name}") };
            end = place.end;
            found.push(mapped);
        }
        replaced.push_str(&text[end..]);
        (!found.is_empty()).then_some((replaced, found))
    }

    /// The places of outputs that a line of another tool names.
    fn named(&mut self, text: &str) -> Vec<(Range<usize>, Mapped)> {
        let named = self.named.clone();
        let found = named.captures_iter(text).filter_map(|found| {
            let path = found.name("path").map(|path| Utf8Path::new(path.as_str()));
            let line = ["line", "warned", "failed"].iter().find_map(|name| found.name(name))?;
            let mapped = self.find(path, line.as_str().parse().ok()?)?;
            Some((found.get(0)?.range(), mapped))
        });
        found.collect()
    }

    /// The place of a template's line for people.
    pub fn name(&self, origin: Origin) -> String {
        format!("{}:{}", self.sources.get(origin.file).name(), origin.line)
    }

    /// The output that a tool names.
    fn output(&self, path: Option<&Utf8Path>) -> Option<Utf8PathBuf> {
        let meant =
            self.meant.as_ref().filter(|meant| path.is_none_or(|path| meant.file_name() == Some(path.as_str())));
        if let Some(meant) = meant {
            return Some(meant.clone());
        }
        let path = path?;
        // From here, or from the project's folder: tools print both.
        let inside = path::inside(path, &self.renderer.manifest().root).ok();
        let known = inside.filter(|output| self.makers.contains_key(output));
        known.or_else(|| self.makers.contains_key(path).then(|| path.to_owned()))
    }

    /// The outputs among those that were asked for whose lines on disk may be others, as they were edited or are out of date.
    #[must_use]
    pub fn stale(&self) -> &[Utf8PathBuf] {
        &self.stale
    }

    /// The line of a template that a line of an output comes from; without a path, of the one that is meant.
    pub fn find(&mut self, path: Option<&Utf8Path>, line: u32) -> Option<Mapped> {
        let output = self.output(path)?;
        let maker = self.makers.get(&output)?;
        let places = match self.places.entry(output.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let (lines, bytes) = match maker {
                    Maker::Target(target, beside) => {
                        let beside = beside.map(|index| &target.files[index]);
                        let (rendered, headed) = traced(self.renderer, target, beside);
                        (headed_lines(&target.id, &rendered, &headed), headed.bytes)
                    }
                    Maker::Texts(texts) => text_lines(self.renderer, self.sources, &output, texts),
                };
                // A log may be of a build elsewhere, where all files were there.
                let found = self.renderer.file_system().read(&self.renderer.manifest().root.join(&output));
                if found.is_ok_and(|found| found != bytes && !is_converted(&found, &bytes)) {
                    self.stale.push(output.clone());
                }
                free.insert(lines)
            }
        };
        let (id, origin) = places.get((line as usize).checked_sub(1)?)?.clone()?;
        Some(Mapped { id: id.to_string(), output, line, origin })
    }
}

/// What makes each line of a whole file.
pub(super) fn headed_lines(id: &str, rendered: &Rendered, headed: &Headed) -> Vec<Option<MadeLine>> {
    let id: Rc<str> = id.into();
    let made = |line| Some((Rc::clone(&id), rendered.text.origin(headed.template_line(line)?)?));
    (1..=u32::try_from(line_count(&headed.bytes)).unwrap_or(u32::MAX)).map(made).collect()
}
