//! A review as a page: one file that needs no network and no script.
//!
//! On the left the causes, then the matrix: a cell for each output, which leads to its lines. Those are hidden until the address
//! names them (`:target`), so that a page with hundreds of outputs opens at once. Outputs whose lines are the same share them.

mod matrix;
mod sides;

use std::io::{self, Write};

use foldhash::{HashMap, HashMapExt};
use indexmap::IndexMap;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use self::matrix::{Cell, State, tables};
use self::sides::{Row, Segment, Side, segments, side_by_side};
use super::about::About;
use super::link::{Link, encoded};
use super::model::{Cause, CauseKind, Form, Output, OutputChange, Part, Pattern, Place, Review, Role};
use super::title::{Piece, built, cache, place, rest, summary, title};
use crate::diagnostic::{plural, printable};

/// The lines of all outputs may take so many bytes; of what comes then only the causes are told.
const MOST: usize = 24 << 20;
/// What is said where the page ends within a file.
const CUT: &str = "<p class=\"remark\">More lines are left out, as the page has an end: <code>dockmill diff</code> shows them where this \
                   target is named.</p>\n";
/// Causes that can be chosen, to see which outputs they reach. A rule of the style is needed for each.
const CHOICES: usize = 200;
/// Places and lines that are shown of a cause.
const PLACES: usize = 20;
const LINES: usize = 200;
/// Kinds of lines that are shown of all causes together.
const ALL_LINES: usize = 20_000;
/// So many rows of a table are written at once.
const ROWS: usize = 500;
/// More kinds of lines than these are shown on demand.
const WHOLE: usize = 24;
/// Targets that do not change are shown, too, as long as there are not more targets than this.
const ALL: usize = 5_000;

/// What is shown of a cause.
#[derive(Debug, Serialize)]
struct ShownCause {
    number: usize,
    kind: &'static str,
    title: Vec<Piece>,
    outputs: String,
    /// The part of all outputs, in per cent; at least 1.
    share: usize,
    reach: String,
    built: String,
    cache: Vec<Piece>,
    also: Vec<(String, Vec<usize>)>,
    first: Option<ShownForm>,
    places: Vec<ShownPlace>,
    more_places: usize,
    forms: Vec<ShownForm>,
    /// The lines are those of whole files: they are shown on demand.
    is_whole: bool,
    more_forms: usize,
}

#[derive(Debug, Serialize)]
struct ShownPlace {
    /// Where this stands, if it is the same in several places.
    at: Vec<Piece>,
    old: Vec<String>,
    new: Vec<String>,
    more: usize,
}

#[derive(Debug, Clone, Serialize)]
struct ShownForm {
    old: Option<Vec<Segment>>,
    new: Option<Vec<Segment>>,
    outputs: usize,
}

/// What stands above the lines of a file of a target.
#[derive(Debug, Serialize)]
struct ShownFile {
    path: String,
    notes: Vec<String>,
    has_rows: bool,
    is_one_of_several: bool,
}

/// Lines of a file.
#[derive(Serialize)]
struct Rows<'a> {
    rows: &'a [Row],
}

/// What changes of a target, and where that is to be found.
struct Unit<'r> {
    id: &'r str,
    outputs: Vec<&'r Output>,
}

/// What stands above the lines of outputs.
#[derive(Serialize)]
struct Head<'a> {
    style: &'a str,
    project: String,
    against: Option<String>,
    summary: Vec<String>,
    built_again: Option<String>,
    remarks: Vec<String>,
    unreached: Vec<Piece>,
    /// The numbers of causes that can be chosen.
    choices: Vec<usize>,
    causes: &'a [ShownCause],
    tables: Vec<matrix::Table<'a, 'a>>,
    others: Vec<Cell<'a>>,
}

/// Targets with the same lines, and these.
#[derive(Serialize)]
struct Group {
    targets: Vec<ShownTarget>,
    is_left_out: bool,
}

/// The heading of a target.
#[derive(Serialize)]
struct ShownTarget {
    id: String,
    name: String,
    said: Vec<String>,
    causes: Vec<usize>,
    /// The addresses of its neighbours.
    before: Option<String>,
    after: Option<String>,
}

/// What stands below the lines of outputs.
#[derive(Serialize)]
struct End<'a> {
    causes: &'a [ShownCause],
}

/// The templates of the page. They are part of the program, and a test renders each of them.
struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    fn new() -> io::Result<Self> {
        let mut environment = Environment::new();
        // What a template names is there: a slip of a name must not pass.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in [
            ("head.html", include_str!("head.html")),
            ("group.html", include_str!("group.html")),
            ("file.html", include_str!("file.html")),
            ("rows.html", include_str!("rows.html")),
            ("end.html", include_str!("end.html")),
        ] {
            environment.add_template(name, text).map_err(io::Error::other)?;
        }
        Ok(Self { environment })
    }

    fn write(&self, name: &str, values: impl Serialize, out: &mut dyn Write) -> io::Result<()> {
        let template = self.environment.get_template(name).map_err(io::Error::other)?;
        template.render_captured_to(Serde(values), out).map(drop).map_err(io::Error::other)
    }

    /// Writes a file of a target, a few rows at a time: as values of a template they take much more memory than the page.
    fn file(
        &self,
        output: &Output,
        is_one_of_several: bool,
        link: Option<&Link>,
        left: &mut usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let notes = output.notes.iter().map(|note| printable(note)).collect();
        let has_rows = !output.edits.is_empty();
        let file = ShownFile { path: printable(output.path.as_str()), notes, has_rows, is_one_of_several };
        self.write("file.html", file, out)?;
        if !has_rows {
            return Ok(());
        }
        let mut rows: Vec<Row> = Vec::new();
        let mut written = Ok(());
        let all = side_by_side(output, link, &mut |row| {
            *left = left.saturating_sub(row.size());
            rows.push(row);
            if rows.len() == ROWS {
                written = self.write("rows.html", Rows { rows: &rows }, out);
                rows.clear();
            }
            (*left > 0 && written.is_ok()).then_some(())
        });
        written?;
        self.write("rows.html", Rows { rows: &rows }, out)?;
        out.write_all(b"</table>\n")?;
        if all.is_none() {
            out.write_all(CUT.as_bytes())?;
        }
        Ok(())
    }
}

/// Writes the page. `targets` are the ids of the project, where all of them were looked at.
pub(crate) fn html(review: &Review, about: &About<'_>, targets: &[String], out: &mut dyn Write) -> io::Result<()> {
    let templates = Templates::new()?;
    let units = units(review);
    let mut lines = ALL_LINES;
    let causes = review.causes.iter().enumerate();
    let causes: Vec<ShownCause> =
        causes.map(|(index, cause)| shown(index, cause, review, about.link, &mut lines)).collect();
    let (matrix, others) = cells(&units, targets);
    let head = Head {
        style: include_str!("style.css"),
        project: printable(about.project),
        against: about.against.map(printable),
        summary: summary(review),
        built_again: (review.built_again > 0).then(|| plural(review.built_again, "image")),
        remarks: review.remarks.iter().map(|remark| printable(remark)).collect(),
        unreached: review.unreached.iter().map(|at| place(at, about.link)).collect(),
        choices: (1..=review.causes.len().min(CHOICES)).collect(),
        causes: &causes,
        tables: tables(&matrix),
        others,
    };
    templates.write("head.html", head, out)?;
    let mut left = MOST;
    for group in groups(&units) {
        let is_left_out = left == 0;
        let first = group.first().and_then(|index| units.get(*index)).filter(|_| !is_left_out);
        let targets = group.into_iter().map(|index| target(&units, index)).collect();
        templates.write("group.html", Group { targets, is_left_out }, out)?;
        let outputs = first.map(|unit| unit.outputs.as_slice()).unwrap_or_default();
        for output in outputs {
            templates.file(output, outputs.len() > 1, about.link, &mut left, out)?;
        }
        out.write_all(b"</article>")?;
    }
    templates.write("end.html", End { causes: &causes }, out)
}

fn target(units: &[Unit<'_>], index: usize) -> ShownTarget {
    let unit = &units[index];
    let neighbour = |index: Option<usize>| index.and_then(|index| units.get(index)).map(|unit| encoded(unit.id));
    ShownTarget {
        id: unit.id.to_owned(),
        name: printable(unit.id),
        said: said(unit),
        causes: unit.causes(),
        before: neighbour(index.checked_sub(1)),
        after: neighbour(index.checked_add(1)),
    }
}

/// The files that differ, by target.
fn units(review: &Review) -> Vec<Unit<'_>> {
    let mut units: IndexMap<&str, Vec<&Output>> = IndexMap::new();
    for output in &review.outputs {
        units.entry(&output.target).or_default().push(output);
    }
    units.into_iter().map(|(id, outputs)| Unit { id, outputs }).collect()
}

/// Which units have the same lines: their indexes.
fn groups(units: &[Unit<'_>]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<Vec<u64>, usize> = HashMap::new();
    for (index, unit) in units.iter().enumerate() {
        let prints = unit.outputs.iter().map(|output| sides::fingerprint(output)).collect();
        let group = *known.entry(prints).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}

/// The cells of the matrix, and the files that no target makes.
fn cells<'u>(units: &'u [Unit<'u>], targets: &'u [String]) -> (Vec<Cell<'u>>, Vec<Cell<'u>>) {
    let (mut matrix, mut others) = (Vec::new(), Vec::new());
    let mut known: HashMap<&str, usize> = HashMap::new();
    for unit in units {
        let is_target = unit.outputs.iter().any(|output| output.role != Role::Text && output.path != unit.id);
        if is_target {
            known.insert(unit.id, matrix.len());
            matrix.push(unit.cell());
        } else {
            others.push(unit.cell());
        }
    }
    if targets.len() > ALL {
        return (matrix, others);
    }
    // In the order of the project; what is gone from it stands at the end.
    let mut changed: Vec<Option<Cell<'_>>> = matrix.into_iter().map(Some).collect();
    let mut all: Vec<Cell<'_>> = Vec::with_capacity(targets.len());
    for id in targets {
        let own = known.get(id.as_str()).and_then(|at| changed.get_mut(*at)?.take());
        all.push(own.unwrap_or_else(|| Cell::same(id)));
    }
    all.extend(changed.into_iter().flatten());
    (all, others)
}

impl<'r> Unit<'r> {
    fn cell(&self) -> Cell<'r> {
        let has = |change| self.outputs.iter().any(|output| output.role != Role::Companion && output.change == change);
        let state = if has(OutputChange::New) {
            State::New
        } else if has(OutputChange::Removed) {
            State::Gone
        } else if self.outputs.iter().any(|output| output.change == OutputChange::Edited) {
            State::Edited
        } else {
            State::Changed
        };
        let lines = self.outputs.iter().map(|output| output.edits.len()).sum();
        Cell { id: self.id, state, lines, causes: self.causes() }
    }

    /// Its causes, from 1.
    fn causes(&self) -> Vec<usize> {
        let mut causes: Vec<usize> =
            self.outputs.iter().flat_map(|output| &output.causes).map(|cause| cause + 1).collect();
        causes.sort_unstable();
        causes.dedup();
        causes
    }
}

/// What becomes of a target, in words.
fn said(unit: &Unit<'_>) -> Vec<String> {
    let mut words = Vec::new();
    for output in &unit.outputs {
        let path = printable(output.path.as_str());
        words.push(match (output.change, &output.old_path) {
            (OutputChange::New, _) => format!("{path} is new"),
            (OutputChange::Removed, _) => format!("{path} is not made any more"),
            (OutputChange::Edited, _) => format!("{path} was edited by hand: `render` does not overwrite it"),
            (OutputChange::Changed, Some(old)) => format!("{path} was {}", printable(old.as_str())),
            (OutputChange::Changed, None) => path,
        });
        if let Some(like) = &output.like {
            let like = printable(like);
            words.push(match output.change {
                OutputChange::New => format!("compared with {like}, its name replaced"),
                _ => format!("it was {like}; the name is replaced in the old lines"),
            });
        }
        match output.mode {
            Some((_, true)) => words.push("it may be executed now".to_owned()),
            Some((_, false)) => words.push("it may not be executed any more".to_owned()),
            None => {}
        }
        if let Some((line, layers)) = output.cache {
            let from = line.map_or_else(|| "at its end".to_owned(), |line| format!("from line {line} on"));
            let behind = if layers > 0 { format!(", {} behind it", plural(layers, "layer")) } else { String::new() };
            words.push(format!("the cache of a build is lost {from}{behind}"));
        }
    }
    words
}

fn shown(index: usize, cause: &Cause, review: &Review, link: Option<&Link>, lines: &mut usize) -> ShownCause {
    let forms: Vec<ShownForm> = cause.forms.iter().take(LINES.min(*lines)).map(form).collect();
    *lines -= forms.len();
    let all = review.outputs.len().max(1);
    let is_whole = forms.len() > WHOLE || cause.kind == CauseKind::Removed;
    ShownCause {
        number: index + 1,
        kind: match cause.kind {
            CauseKind::New => "new",
            CauseKind::Removed => "gone",
            _ => "changed",
        },
        title: title(review, cause, link).into_iter().chain(rest(cause)).collect(),
        outputs: plural(cause.outputs.len(), "output"),
        share: (100 * cause.outputs.len()).div_ceil(all),
        reach: cause.reach.short(24),
        built: built(cause),
        cache: cache(cause),
        also: cause.shared().into_iter().map(|(outputs, causes)| (plural(outputs, "output"), causes)).collect(),
        first: cause.forms.first().filter(|_| !is_whole).map(|first| form(first).trimmed()),
        is_whole,
        places: shown_places(&cause.places, link),
        more_places: cause.places.len().saturating_sub(PLACES),
        more_forms: cause.forms.len() - forms.len(),
        forms,
    }
}

/// Places where the same changed are shown as one.
fn shown_places(places: &[Place], link: Option<&Link>) -> Vec<ShownPlace> {
    let mut groups: IndexMap<(&[String], &[String]), Vec<Piece>> = IndexMap::new();
    for at in places.iter().take(PLACES) {
        groups.entry((&at.old, &at.new)).or_default().push(place(at, link));
    }
    let side = |lines: &[String]| lines.iter().take(LINES).map(|line| printable(line)).collect();
    let shown = |((old, new), at): ((&[String], &[String]), Vec<Piece>)| ShownPlace {
        at,
        old: side(old),
        new: side(new),
        more: old.len().saturating_sub(LINES) + new.len().saturating_sub(LINES),
    };
    groups.into_iter().map(shown).collect()
}

fn form(form: &Form) -> ShownForm {
    let text = |pattern: &Option<Pattern>| pattern.as_ref().map(ToString::to_string);
    let (old, new) = (text(&form.old), text(&form.new));
    // Marks of what differs would cut values apart.
    let has_values = [&form.old, &form.new].into_iter().flatten().any(Pattern::has_values);
    let side = |side: Side, pattern: &Option<Pattern>| {
        let pattern = pattern.as_ref()?;
        if has_values {
            return Some(pattern.parts.iter().map(Segment::of_part).collect());
        }
        Some(segments(side, old.as_deref(), new.as_deref()))
    };
    ShownForm { old: side(Side::Old, &form.old), new: side(Side::New, &form.new), outputs: form.outputs.len() }
}

impl ShownForm {
    /// Without the blanks that its lines begin with, where there is no other line to be aligned with.
    fn trimmed(mut self) -> Self {
        for side in [&mut self.old, &mut self.new] {
            if let Some(first) = side.as_mut().and_then(|segments| segments.first_mut()) {
                first.trim_start();
            }
        }
        self
    }
}

impl Pattern {
    fn has_values(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Value(_)))
    }
}
