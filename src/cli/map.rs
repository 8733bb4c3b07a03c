//! `dockmill map`: adds the template's place to every `OUTPUT:LINE` that another tool prints.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, Write};
use std::rc::Rc;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use regex::Regex;

use crate::graph::Tags;
use crate::manifest::{Manifest, Selection, Target};
use crate::project::{Opened, path};
use crate::render::Renderer;
use crate::source::{Disk, SourceMap};

use super::Status;
use super::arguments::Which;
use super::explain::traced;
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
pub(crate) struct Map {
    #[command(flatten)]
    pub(crate) which: Which,
}

pub(crate) fn run(arguments: &Map, report: &Report) -> Result<Status> {
    let mut passed = false;
    let status = session::with_project(&arguments.which, &arguments.which.values(), report, false, |opened, found| {
        passed = true;
        let Opened { manifest, sources, .. } = *opened;
        let renderer = Renderer::load(manifest, Tags::of(manifest), &Disk, sources, found);
        let failed = report.show(std::mem::take(found), sources, false);
        let mut mapper = (!failed).then(|| Mapper::new(manifest, &renderer, sources));
        // A path, a colon, a line number, perhaps a column or the end of a range: as compilers, linters and builders write
        // it. What matches such places in turn must find them whole, so the template's stands behind.
        let place = Regex::new(r"(?P<path>[^\s:'\x22()\[\]]+):(?P<line>[1-9][0-9]{0,8})\b(?::[0-9]+\b|-[0-9]+\b)*")?;
        pass(|text| mapper.as_mut()?.add(text, &place))?;
        Ok(if failed { Status::Failed } else { Status::Done })
    });
    // What comes in goes out, even where the project cannot be read: a filter that swallows text is worse than none.
    if !passed {
        pass(|_| None)?;
    }
    status
}

/// Copies standard input to standard output, line by line, as they come. `change` gives what a line becomes, if it does.
fn pass(mut change: impl FnMut(&str) -> Option<String>) -> Result<()> {
    let mut stdin = std::io::stdin().lock();
    let mut stdout = std::io::stdout().lock();
    let mut line = Vec::new();
    while stdin.read_until(b'\n', &mut line).context("cannot read standard input")? > 0 {
        let changed = std::str::from_utf8(&line).ok().and_then(&mut change);
        stdout.write_all(changed.as_ref().map_or(&line, |text| text.as_bytes()))?;
        stdout.flush()?;
        line.clear();
    }
    Ok(())
}

/// The places of outputs in templates; each output is rendered when it is first asked for.
struct Mapper<'a> {
    manifest: &'a Manifest,
    renderer: &'a Renderer<'a>,
    sources: &'a SourceMap,
    /// By what they make: the output, and the files beside it by their number.
    targets: HashMap<Utf8PathBuf, (Rc<Target>, Option<usize>)>,
    /// By file: the template's place of each line.
    places: HashMap<Utf8PathBuf, Vec<Option<String>>>,
}

impl<'a> Mapper<'a> {
    fn new(manifest: &'a Manifest, renderer: &'a Renderer<'a>, sources: &'a SourceMap) -> Self {
        let all = Selection::all();
        let mut targets = HashMap::new();
        for target in manifest.targets(&all).flatten().map(Rc::new) {
            for (index, file) in target.files.iter().enumerate() {
                targets.insert(file.to.clone(), (Rc::clone(&target), Some(index)));
            }
            targets.insert(target.output.clone(), (target, None));
        }
        Self { manifest, renderer, sources, targets, places: HashMap::new() }
    }

    /// The line with the places put in; `None` where it names no output.
    fn add(&mut self, text: &str, place: &Regex) -> Option<String> {
        let mut added = String::with_capacity(text.len() + 32);
        let mut end = 0;
        for found in place.captures_iter(text) {
            let (Some(all), Some(line)) = (found.get(0), found["line"].parse().ok()) else { continue };
            if let Some(origin) = self.origin(Utf8Path::new(&found["path"]), line) {
                added.push_str(&text[end..all.end()]);
                let _ = write!(added, " ({origin})");
                end = all.end();
            }
        }
        added.push_str(&text[end..]);
        (end > 0).then_some(added)
    }

    fn origin(&mut self, path: &Utf8Path, line: usize) -> Option<String> {
        // From here, or from the project's folder: tools print both.
        let output = path::inside(path, &self.manifest.root).ok().filter(|output| self.targets.contains_key(output));
        let output = output.or_else(|| self.targets.contains_key(path).then(|| path.to_owned()))?;
        let (target, beside) = &self.targets[&output];
        let places = self.places.entry(output).or_insert_with(|| {
            let (rendered, headed) =
                traced(self.manifest, self.renderer, target, beside.map(|index| &target.files[index]));
            let place = |line| {
                let origin = rendered.text.origin(headed.template_line(line)?)?;
                Some(format!("{}:{}", self.sources.get(origin.file).name(), origin.line))
            };
            (1..=u32::try_from(headed.lines()).unwrap_or(u32::MAX)).map(place).collect()
        });
        places.get(line - 1).cloned().flatten()
    }
}
