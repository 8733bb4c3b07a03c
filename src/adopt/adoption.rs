//! One adoption from files to a project: made, rendered, compared, and made anew without what was not equal.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};

use super::effort::{Effort, PARTS, TOO_MUCH};
use super::group::{self, Source, families};
use super::image::{Image, draft};
use super::library::{self, Template};
use super::line::{LineId, Lines};
use super::manifest::{Settings, manifest, template_path};
use super::missing::Outline;
use super::{
    Adopted, Dockerfile, LIKE_NO_OTHER, Style, Summary, UNLIKE, Wishes, allot, header, image_name, joint, natural,
    part, regroup, targets, text, verify,
};
use crate::diagnostic::{Diagnostic, is_control};
use crate::manifest::MANIFEST;

/// The work of reading a line.
const READ: usize = 160;
/// The work of a line that no file before has, beside its bytes: it is kept, and compared with others.
const NEW: usize = 600;
/// The work of reading a byte of such a line.
const BYTE: usize = 2;
/// The work of naming two images apart, and of finding that two variables agree.
const NAMED: usize = 8;
const AGREED: usize = 1;
/// The work of rendering a project that cannot be rendered, beside its lines.
const RENDERED: usize = 100_000;
/// So often a project is made anew without the files that it does not render.
const ROUNDS: usize = 6;
/// So many images with the same axes are asked what an image lacks.
const SIBLINGS: usize = 16;
/// A file with more lines is left out.
const LINES: usize = 50_000;

/// What is known on the way.
pub(super) struct Adoption<'a> {
    files: &'a [Dockerfile],
    bytes: BTreeMap<&'a str, &'a [u8]>,
    sources: Vec<Source>,
    lines: Lines,
    /// The families that are left, by the numbers of their files.
    families: Vec<Vec<usize>>,
    images: BTreeMap<Vec<usize>, Image>,
    /// What the images may learn from each other.
    outlines: BTreeMap<Vec<usize>, Outline>,
    settings: Settings,
    wishes: &'a Wishes,
    left_out: BTreeMap<String, String>,
    /// Images that could not be put together or taken apart, each with the reason.
    unheard: Vec<String>,
    /// Some files were not compared with all others.
    is_rough: bool,
}

impl<'a> Adoption<'a> {
    pub(super) fn new(files: &'a [Dockerfile], wishes: &'a Wishes) -> Self {
        let texts: Vec<String> = files.iter().map(|file| text::decode(&file.bytes)).collect();
        let header = header::common(texts.iter().map(String::as_str));
        let effort = wishes.limits.of("work").map_or_else(Effort::default, Effort::new);
        Self::with(files, texts, header, wishes, Lines::new(effort))
    }

    /// With texts in the order of their files, of which those that have the header are to have it from the manifest.
    fn with(
        files: &'a [Dockerfile],
        texts: Vec<String>,
        header: Option<String>,
        wishes: &'a Wishes,
        mut lines: Lines,
    ) -> Self {
        // Half of the work is for reading the files and for finding out which of them belong together.
        lines.effort.keep(lines.effort.most() / 2);
        let mut left_out = BTreeMap::new();
        let mut sources = Vec::new();
        for (file, text) in files.iter().zip(texts) {
            match source(file, text, header.as_deref(), &mut lines) {
                Ok(source) => sources.push(source),
                Err(why) => drop(left_out.insert(file.path.clone(), why)),
            }
        }
        sources.sort_by(|one, other| natural::compare(&one.path, &other.path));
        lines.effort.was_short();
        let families = families(&sources, &mut lines, wishes);
        let is_rough = lines.effort.was_short();
        let families = joint::joined(families, &sources, &mut lines, wishes);
        let (families, unheard) = regroup::regrouped(families, &sources, wishes);
        Self {
            files,
            bytes: files.iter().map(|file| (file.path.as_str(), file.bytes.as_slice())).collect(),
            sources,
            lines,
            families,
            images: BTreeMap::new(),
            outlines: BTreeMap::new(),
            settings: Settings { name: wishes.name.clone(), header, ..Settings::default() },
            wishes,
            left_out,
            unheard,
            is_rough,
        }
    }

    /// The project; nothing is in it that was not compared.
    pub(super) fn run(mut self) -> Adopted {
        for _ in 0..=ROUNDS {
            self.make_images();
            if self.families.is_empty() {
                break;
            }
            // The header is the project's: where it is that of some files only, it stays in their templates.
            if self.settings.header.is_some()
                && !self.families.iter().flatten().all(|number| self.sources[*number].header > 0)
            {
                let texts = self.files.iter().map(|file| text::decode(&file.bytes)).collect();
                return Self::with(self.files, texts, None, self.wishes, self.lines).run();
            }
            let images: Vec<&Image> = self.families.iter().filter_map(|family| self.images.get(family)).collect();
            let effort = &self.lines.effort;
            effort.keep(effort.most() / 16);
            let project = Made::of(&images, &self.sources, &self.settings, self.wishes, effort);
            effort.keep(0);
            let is_shared = !effort.was_short();
            // A file alone is worth a template where it includes what others have, too.
            let alone = |((_, _, includes), image): (&(String, usize, bool), &&Image)| {
                (image.members.len() == 1 && (!includes || self.wishes.style == Style::Matrix))
                    .then(|| image.members[0])
            };
            let alone: Vec<usize> = project.images.iter().zip(&images).filter_map(alone).collect();
            if !alone.is_empty() {
                for number in alone {
                    self.place(number);
                }
                continue;
            }
            let rendered = match self.render(&project) {
                Ok(rendered) => rendered,
                Err(errors) => {
                    self.without_failing(&errors);
                    continue;
                }
            };
            let differing = self.differing(&rendered);
            let is_settled = rendered.checks.is_subset(&self.settings.skipped)
                && rendered.has_blank_lines <= self.settings.keeps_blank_lines;
            if differing.is_empty() && is_settled {
                if !is_shared {
                    let more =
                        "not all lines were looked for that templates share: `--limit work=NUMBER` allows more work";
                    self.unheard.push(more.to_owned());
                }
                return Adopted {
                    images: project.summaries(&images, &self.sources),
                    files: project.files,
                    shared: project.shared,
                    mistakes: images.iter().flat_map(|image| image.mistakes.iter().cloned()).collect(),
                    lists: project.lists,
                    unknown_names: project.unknown,
                    unheard: self.unheard,
                    left_out: self.left_out.into_iter().collect(),
                    skipped: self.settings.skipped.into_iter().collect(),
                    warnings: rendered.warnings,
                };
            }
            self.settings.skipped.extend(rendered.checks);
            self.settings.keeps_blank_lines |= rendered.has_blank_lines;
            for family in &mut self.families {
                family.retain(|number| !differing.contains_key(number));
            }
            for (number, why) in differing {
                self.leave(number, &why);
            }
        }
        let rest: Vec<usize> = self.families.iter().flatten().copied().collect();
        for number in rest {
            self.leave(number, "no template was found that renders it");
        }
        let left_out = self.left_out.into_iter().collect();
        Adopted { left_out, unheard: self.unheard, ..Adopted::default() }
    }

    /// Renders a project, as far as there is work left for it.
    fn render(&self, made: &Made) -> Result<verify::Rendered, Vec<Diagnostic>> {
        let effort = &self.lines.effort;
        let rendered = verify::render(&made.files, &self.wishes.limits, effort.left() / PARTS);
        let lines = made.lines();
        let spent = rendered.as_ref().ok().and_then(|rendered| usize::try_from(rendered.spent * PARTS).ok());
        effort.spend(spent.unwrap_or(RENDERED + 500 * lines));
        rendered
    }

    /// Puts a file that would be left out into the family that it is most like, if that has much of it.
    fn place(&mut self, number: usize) {
        let Some(own) = self.families.iter().position(|family| *family == [number]) else { return };
        let is_wished = |number: usize| self.wishes.image(&self.sources[number].path).is_some();
        let is_free = self.wishes.style == Style::Fitting && self.wishes.split.is_empty() && !is_wished(number);
        let mut nearest = (group::GRID, None);
        for (at, family) in self.families.iter().enumerate().filter(|(at, _)| is_free && *at != own) {
            if family.len() < targets::MOST && !is_wished(family[0]) {
                let cost = group::cost(&self.sources[family[0]], &self.sources[number], &mut self.lines);
                nearest = if cost < nearest.0 { (cost, Some(at)) } else { nearest };
            }
        }
        let is_worth_it = |lines: &mut Lines, at: usize| {
            let members = self.families[at].as_slice();
            joint::is_worth_it(self.images.get(members), members, number, &self.sources, lines, self.wishes)
        };
        match nearest.1 {
            Some(at) if is_worth_it(&mut self.lines, at) => {
                let sources = &self.sources;
                let family = &mut self.families[at];
                family.push(number);
                family.sort_by(|one, other| natural::compare(&sources[*one].path, &sources[*other].path));
            }
            Some(_) => self.leave(number, UNLIKE),
            None => self.leave(number, if self.is_rough { TOO_MUCH } else { LIKE_NO_OTHER }),
        }
        self.families.remove(own);
    }

    fn leave(&mut self, number: usize, why: &str) {
        self.left_out.entry(self.sources[number].path.clone()).or_insert_with(|| why.to_owned());
    }

    /// Makes the images that are not there yet.
    fn make_images(&mut self) {
        self.families.retain(|family| !family.is_empty());
        let mut new: Vec<Vec<usize>> =
            self.families.iter().filter(|family| !self.images.contains_key(*family)).cloned().collect();
        // The small ones first: where there is too much to compare, most are made before the work ends.
        new.sort_by_key(|family| family.iter().map(|number| self.sources[*number].lines.len()).sum::<usize>());
        let mut drafts = Vec::new();
        let effort = Rc::clone(&self.lines.effort);
        effort.keep(effort.most() / 4);
        effort.was_short();
        for family in new {
            match draft(&family, &self.sources, &mut self.lines, |values| self.wishes.axis(values)) {
                Ok(draft) => {
                    self.outlines.insert(family.clone(), draft.outline());
                    drafts.push((family, draft));
                }
                Err(why) => {
                    self.leave_all(&family, &why);
                    // What was too little for one family may be enough for the others.
                    effort.was_short();
                }
            }
        }
        effort.keep(effort.most() / 8);
        let mut by_axes: BTreeMap<&BTreeSet<String>, Vec<(&Vec<usize>, &Outline)>> = BTreeMap::new();
        for family in &self.families {
            if let Some(outline) = self.outlines.get(family).filter(|outline| !outline.axes.is_empty()) {
                by_axes.entry(&outline.axes).or_default().push((family, outline));
            }
        }
        let mut failed = Vec::new();
        for (family, draft) in drafts {
            let alike = self.outlines.get(&family).and_then(|own| by_axes.get(&own.axes));
            let others = alike.into_iter().flatten().filter(|(other, _)| **other != family);
            let siblings: Vec<&Outline> = others.take(SIBLINGS).map(|(_, outline)| *outline).collect();
            match draft.finished(&siblings, &effort) {
                Ok(image) => drop(self.images.insert(family, image)),
                Err(why) => failed.push((family, why)),
            }
        }
        for (family, why) in failed {
            self.leave_all(&family, &why);
        }
        effort.keep(0);
    }

    /// Leaves out a family.
    fn leave_all(&mut self, family: &[usize], why: &str) {
        self.families.retain(|other| other != family);
        for number in family {
            self.leave(*number, why);
        }
    }

    /// Leaves out the families that cannot be rendered even alone, or all if it is none of them.
    fn without_failing(&mut self, errors: &[Diagnostic]) {
        let mut failing: Vec<(usize, String)> = Vec::new();
        for (at, family) in self.families.iter().enumerate() {
            let image: Vec<&Image> = self.images.get(family).into_iter().collect();
            let made = Made::of(&image, &self.sources, &self.settings, self.wishes, &self.lines.effort);
            if let Err(errors) = self.render(&made) {
                failing.push((at, reason(&errors)));
            }
        }
        if failing.is_empty() {
            failing = (0..self.families.len()).map(|at| (at, reason(errors))).collect();
        }
        for (at, why) in failing {
            for number in std::mem::take(&mut self.families[at]) {
                self.leave(number, &why);
            }
        }
    }

    /// The files that were not rendered as they are, each with the reason.
    fn differing(&self, rendered: &verify::Rendered) -> BTreeMap<usize, String> {
        let why = |number: &usize| {
            let path = self.sources[*number].path.as_str();
            let why = match rendered.outputs.get(Utf8Path::new(path)) {
                Some(Ok(made)) if self.bytes.get(path) == Some(&made.as_slice()) => return None,
                Some(Ok(_)) => "it is rendered with other bytes",
                Some(Err(why)) => why,
                None => "no target renders it",
            };
            Some((*number, why.to_owned()))
        };
        self.families.iter().flatten().filter_map(why).collect()
    }
}

fn reason(errors: &[Diagnostic]) -> String {
    errors.iter().find(|error| error.is_error()).map_or("it cannot be rendered", |error| &*error.message).to_owned()
}

fn source(file: &Dockerfile, text: String, header: Option<&str>, lines: &mut Lines) -> Result<Source, String> {
    if file.path.contains(|c: char| c.is_whitespace() || is_control(c)) {
        return Err("white space in its path cannot stand in a value of an axis".to_owned());
    }
    let bare = header.and_then(|header| Some((header::without(&text, header)?, header.lines().count())));
    let (text, header) = bare.unwrap_or((text, 0));
    let is_open = !text.is_empty() && !text.ends_with('\n');
    let whole = text.strip_suffix('\n').unwrap_or(&text);
    if whole.split('\n').count() > LINES {
        return Err(format!("it has more than {LINES} lines"));
    }
    let mut ids: Vec<LineId> = Vec::new();
    for line in whole.split('\n').filter(|_| !text.is_empty()) {
        let is_new = !lines.has(line);
        if !lines.effort.spend(READ + if is_new { NEW + BYTE * line.len() } else { 0 }) {
            return Err(TOO_MUCH.to_owned());
        }
        ids.push(lines.id(line));
    }
    Ok(Source { parts: part::parts(&file.path), path: file.path.clone(), lines: ids, is_open, header })
}

/// A project as files.
pub(super) struct Made {
    files: BTreeMap<Utf8PathBuf, Vec<u8>>,
    /// Of each image its name, the lines of its template, and whether that includes another file.
    images: Vec<(String, usize, bool)>,
    /// The lines of the files that templates share.
    shared: usize,
    /// Conditions that list many values.
    lists: Vec<(Utf8PathBuf, usize, String)>,
    unknown: Vec<String>,
}

/// A list of so many values is told of.
const LISTED: usize = 4;

/// The conditions of a template that list many values, with their lines.
fn lists(path: &Utf8Path, lines: &[String]) -> Vec<(Utf8PathBuf, usize, String)> {
    let is_long = |line: &&str| {
        let inner = line.split_once(" in [").and_then(|(_, rest)| rest.split(']').next());
        inner.is_some_and(|inner| inner.matches(", ").count() + 1 >= LISTED)
    };
    let all = (1..).zip(lines).filter(|(_, line)| line.starts_with('@') && is_long(&line.as_str()));
    all.map(|(number, line)| (path.to_owned(), number, line.clone())).collect()
}

impl Made {
    pub(super) fn of(
        images: &[&Image],
        sources: &[Source],
        settings: &Settings,
        wishes: &Wishes,
        effort: &Effort,
    ) -> Self {
        let variables: usize = images.iter().map(|image| image.variables.len()).sum();
        effort.spend(NAMED * images.len().pow(2) + AGREED * variables.pow(2));
        let families: Vec<Vec<&Source>> =
            images.iter().map(|image| image.members.iter().map(|number| &sources[*number]).collect()).collect();
        let names = image_name::names(&families, wishes);
        let mut allotted = allot::allot(images, &names, &wishes.names);
        let mut templates: Vec<Template<'_>> = allotted
            .images
            .iter_mut()
            .map(|image| Template { lines: &mut image.template, is_open: image.is_open })
            .collect();
        let library = library::share(&mut templates, effort);
        let mut files = BTreeMap::new();
        let (mut made, mut listed) = (Vec::new(), Vec::new());
        for image in &allotted.images {
            let mut text = image.template.join("\n");
            if !image.is_open && !image.template.is_empty() {
                text.push('\n');
            }
            let path = Utf8PathBuf::from(template_path(&image.name, images.len()));
            listed.extend(lists(&path, &image.template));
            files.insert(path, text::encode(&text));
            let includes = image.template.iter().any(|line| line.starts_with("@include(\"lib/"));
            made.push((image.name.clone(), image.template.len(), includes));
        }
        let shared = library.values().map(Vec::len).sum();
        for (name, lines) in library {
            files.insert(format!("templates/lib/{name}.dockmill").into(), text::encode(&(lines.join("\n") + "\n")));
        }
        files.insert(MANIFEST.into(), manifest(&allotted, settings).into_bytes());
        Self { files, images: made, shared, lists: listed, unknown: allotted.unknown }
    }

    /// The lines of all templates, with those that they share.
    pub(super) fn lines(&self) -> usize {
        self.shared + self.images.iter().map(|(_, lines, _)| lines).sum::<usize>()
    }

    /// The lines of the manifest.
    pub(super) fn manifest_lines(&self) -> usize {
        self.files.get(Utf8Path::new(MANIFEST)).map_or(0, |text| text.split(|byte| *byte == b'\n').count())
    }

    fn summaries(&self, images: &[&Image], sources: &[Source]) -> Vec<Summary> {
        let summary = |((name, template, _), image): (&(String, usize, bool), &&Image)| Summary {
            name: name.clone(),
            outputs: image.members.iter().map(|number| sources[*number].path.clone()).collect(),
            lines: image.members.iter().map(|number| sources[*number].lines.len() + sources[*number].header).sum(),
            template: *template,
        };
        self.images.iter().zip(images).map(summary).collect()
    }
}
