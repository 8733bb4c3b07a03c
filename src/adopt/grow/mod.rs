//! A project that is there, and Dockerfiles that it does not make yet: what its axes must get so that it makes them.
//!
//! A path tells which image a file is of, and which value is new (`place`). What the new value brings is found by trying: at first
//! what its neighbour brings, then the words in which a line differs (`value`). Nothing but the manifest is changed (`written`), and
//! only where the project then makes the new files and all others as before.

mod place;
mod value;
mod written;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::overlay::{Files, Overlay};
use super::{Dockerfile, verify};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::manifest::{Ceiling, MANIFEST, Selection};
use crate::project::{Location, Values};
use crate::source::{Disk, FileSystem, SourceMap};
use crate::template::Budget;

use place::{Place, Project};
use value::Brought;

/// What became of a project.
#[derive(Debug, Default)]
pub(crate) struct Grown {
    /// The manifest as it is to be; `None`: it stays as it is.
    pub(crate) manifest: Option<String>,
    /// The Dockerfiles that the project makes already.
    pub(crate) known: usize,
    /// Those that it makes now.
    pub(crate) adopted: Vec<String>,
    /// The new values of axes, with what they bring.
    pub(crate) values: Vec<(String, String, Vec<String>)>,
    /// The files that it does not make, each with the reason.
    pub(crate) left_out: Vec<(String, String)>,
    /// Those of them for which its template would have to give other lines.
    pub(crate) misfits: Vec<String>,
    /// Its outputs bear a header, which the new files do not have yet.
    pub(crate) has_header: bool,
}

/// New values of axes with what they bring, by axis and value.
type NewValues = IndexMap<(String, String), Brought>;

/// A new file and where it belongs.
struct NewFile<'a> {
    file: &'a Dockerfile,
    place: Place,
}

/// A project before it grows.
struct Before {
    rendered: verify::Rendered,
    /// The files that it is read from.
    read: BTreeSet<Utf8PathBuf>,
    has_header: bool,
    /// The manifest.
    text: String,
    project: Project,
    /// The steps that all attempts may take.
    left: Cell<u64>,
}

impl Before {
    fn read(location: &Location, limits: &Ceiling, sources: &SourceMap) -> Result<Self, Vec<Diagnostic>> {
        let rendered = verify::rendered(location, &Disk, None, sources, limits)?;
        let Made { points, read, has_header } = made(location, &Disk)?;
        let text =
            Disk.read(&location.manifest).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let project = Project::read(&text, &points);
        let most = limits.of("work").unwrap_or(Budget::USUAL).saturating_add(EACH * rendered.outputs.len() as u64);
        Ok(Self { rendered, read, has_header, text, project, left: Cell::new(most) })
    }

    fn growth<'a>(&'a self, location: &'a Location, limits: &'a Ceiling, new: &'a [NewFile<'a>]) -> Growth<'a> {
        Growth { location, limits, left: &self.left, project: &self.project, text: &self.text, new }
    }
}

/// Makes a project grow by the files that it does not make. `Err`: what is wrong with the project as it is.
pub(crate) fn grow(
    location: &Location,
    files: &[Dockerfile],
    limits: &Ceiling,
    sources: &SourceMap,
) -> Result<Grown, Vec<Diagnostic>> {
    let before = Before::read(location, limits, sources)?;
    let is_known = |file: &&Dockerfile| before.rendered.outputs.contains_key(Utf8Path::new(&file.path));
    let known = files.iter().filter(is_known).count();
    let mut grown = Grown { known, has_header: before.has_header, ..Grown::default() };
    let mut new = Vec::new();
    // A file that outputs are made from is none that is to be made.
    for file in files.iter().filter(|file| !is_known(file) && !before.read.contains(Utf8Path::new(&file.path))) {
        match before.project.place(&file.path) {
            Ok(place) => new.push(NewFile { file, place }),
            Err(why) => grown.left_out.push((file.path.clone(), why)),
        }
    }
    // What does not fit is left out, and the others are tried anew: one file may have led a value astray.
    while !new.is_empty() {
        let misfits = match before.growth(location, limits, &new).fitted(&before.rendered) {
            Ok((manifest, values)) => {
                grown.manifest = Some(manifest);
                grown.values = told(values);
                grown.adopted = new.iter().map(|new| new.file.path.clone()).collect();
                break;
            }
            Err(misfits) => misfits,
        };
        new.retain(|new| !misfits.contains_key(&new.file.path));
        grown.misfits.extend(misfits.keys().cloned());
        grown.left_out.extend(misfits);
    }
    grown.left_out.sort();
    Ok(grown)
}

fn told(values: NewValues) -> Vec<(String, String, Vec<String>)> {
    let each = |((axis, value), brought): ((String, String), Brought)| {
        (axis, value, brought.iter().map(written::assignment).collect())
    };
    values.into_iter().map(each).collect()
}

/// A project that makes a new file as nearly as new values can.
#[derive(Debug)]
pub(crate) struct Near {
    /// The manifest as it is, and as it is to be.
    pub(crate) old: String,
    pub(crate) new: String,
    /// Nothing is left that is otherwise.
    pub(crate) is_equal: bool,
}

/// Makes a project grow by one file, whose template may give other lines than it has. `Err`: what is wrong with the project as it
/// is, or why the file has no place in it.
pub(crate) fn near(
    location: &Location,
    file: &Dockerfile,
    limits: &Ceiling,
    sources: &SourceMap,
) -> Result<Result<Near, String>, Vec<Diagnostic>> {
    let before = Before::read(location, limits, sources)?;
    if before.has_header {
        return Ok(Err("the project's outputs bear a header, which the file has not".to_owned()));
    }
    let place = match before.project.place(&file.path) {
        Ok(place) => place,
        Err(why) => return Ok(Err(why)),
    };
    let new = [NewFile { file, place }];
    let growth = before.growth(location, limits, &new);
    let near = growth.solved().map(|(manifest, _)| {
        let is_equal = growth.fitted(&before.rendered).is_ok();
        Near { new: manifest, is_equal, old: before.text.clone() }
    });
    Ok(near)
}

/// The points of each image, by its name: the texts of its axes' values.
type AllPoints = BTreeMap<String, Vec<Vec<String>>>;

/// What a manifest makes, and from what.
struct Made {
    points: AllPoints,
    /// The files that are read for it.
    read: BTreeSet<Utf8PathBuf>,
    has_header: bool,
}

fn made(location: &Location, files: &dyn FileSystem) -> Result<Made, Vec<Diagnostic>> {
    let sources = location.sources();
    let mut found = Diagnostics::default();
    let manifest = location.load(&Values::default(), files, &sources, &mut found);
    let Some(manifest) = manifest.filter(|_| found.errors() == 0) else { return Err(found.into_vec()) };
    let mut points = AllPoints::new();
    for target in manifest.targets(&Selection::all()).flatten() {
        let image = manifest.images[target.image].name.to_string();
        points.entry(image).or_default().push(target.point.iter().map(|(_, value)| value.to_string()).collect());
    }
    let read = manifest.inputs().map(Utf8Path::to_owned).collect();
    Ok(Made { points, read, has_header: manifest.header })
}

/// What is wrong first.
fn first(errors: &[Diagnostic]) -> String {
    errors.iter().find(|error| error.is_error()).map_or("the project has errors", |error| &*error.message).to_owned()
}

/// Each output adds so many steps to those of all attempts: large families are no attack.
const EACH: u64 = 8 * Budget::EACH;
/// Reading a target takes so many steps, and so many bytes of the manifest one.
const TARGET: usize = 100;
const BYTES_A_STEP: usize = 2;

/// An attempt to have a project make new files.
struct Growth<'a> {
    location: &'a Location,
    limits: &'a Ceiling,
    /// The steps that may still be taken.
    left: &'a Cell<u64>,
    project: &'a Project,
    /// The manifest as it is.
    text: &'a str,
    new: &'a [NewFile<'a>],
}

impl Growth<'_> {
    /// The manifest with which the project makes the new files as nearly as can be, and the new values.
    fn solved(&self) -> Result<(String, NewValues), String> {
        let mut values = NewValues::new();
        for place in self.new.iter().map(|new| &new.place) {
            if let Some((axis, value)) = &place.new_value {
                let brought = values.entry((axis.clone(), value.clone())).or_default();
                brought.extend(place.brought.iter().map(|(name, text)| (name.clone(), text.as_str().into())));
            }
        }
        let values = value::solved(self, values)?;
        Ok((self.manifest(&values)?, values))
    }

    /// The manifest with which the project makes all new files, and the new values. `Err`: the files that do not fit, at least one.
    fn fitted(&self, before: &verify::Rendered) -> Result<(String, NewValues), BTreeMap<String, String>> {
        let all = |why: String| self.new.iter().map(|new| (new.file.path.clone(), why.clone())).collect();
        let (manifest, values) = self.solved().map_err(all)?;
        let after = self.with(&manifest, None).map_err(all)?;
        let misfits: BTreeMap<String, String> = self
            .new
            .iter()
            .filter_map(|new| {
                Some((new.file.path.clone(), misfit(new.file, after.outputs.get(Utf8Path::new(&new.file.path)))?))
            })
            .collect();
        if !misfits.is_empty() {
            return Err(misfits);
        }
        let stays = before.outputs.iter().all(|(path, bytes)| after.outputs.get(path) == Some(bytes));
        if !stays || after.outputs.len() != before.outputs.len() + self.new.len() {
            return Err(all("other outputs would change with it".to_owned()));
        }
        Ok((manifest, values))
    }

    /// The manifest with these values of axes, and with the points of the new files and no others.
    fn manifest(&self, values: &NewValues) -> Result<String, String> {
        let targets: usize = self.project.images.iter().map(|image| image.points.len()).sum();
        self.spend(TARGET * targets + self.text.len() / BYTES_A_STEP)?;
        let mut text = written::Text::new(self.text);
        let mut axes = self.project.axes.clone();
        for ((axis, value), brought) in values {
            let Some(axis) = axes.iter_mut().find(|known| known.name == *axis) else { continue };
            text.add_value(axis, value, brought)?;
        }
        let grown = text.to_string();
        let changed = self.changed(&grown);
        let files = Overlay::new(&Disk, self.location.root(), &changed);
        let made = made(self.location, &files).map_err(|errors| first(&errors))?;
        for image in &self.project.images {
            let own = |point: &&NewFile<'_>| point.place.image == image.name;
            let wanted: BTreeSet<Vec<String>> = image
                .points
                .iter()
                .cloned()
                .chain(self.new.iter().filter(own).map(|new| new.place.point.clone()))
                .collect();
            let present: BTreeSet<Vec<String>> = made.points.get(&image.name).into_iter().flatten().cloned().collect();
            if wanted != present {
                text.set_points(image, &axes, &wanted)?;
            }
        }
        Ok(text.to_string())
    }

    /// Takes steps. `Err`: there are not so many left.
    fn spend(&self, steps: usize) -> Result<(), String> {
        let left = self.left.get().checked_sub(steps as u64);
        self.left.set(left.unwrap_or(0));
        let why =
            || "finding what the new values bring takes too much work: name fewer files, or give `--limit work=NUMBER`";
        left.map(|_| ()).ok_or_else(|| why().to_owned())
    }

    /// What the project would make of the new files; `Err`: what is wrong.
    fn rendered(&self, values: &NewValues) -> Result<verify::Rendered, String> {
        let manifest = self.manifest(values)?;
        let only: BTreeSet<Utf8PathBuf> = self.new.iter().map(|new| new.file.path.as_str().into()).collect();
        self.with(&manifest, Some(&only))
    }

    /// The manifest as a file of the project that has changed.
    fn changed(&self, manifest: &str) -> Files {
        let name = self.location.manifest.file_name().unwrap_or(MANIFEST);
        Files::from([(name.into(), manifest.as_bytes().to_vec())])
    }

    /// What the project makes with a manifest.
    fn with(&self, manifest: &str, only: Option<&BTreeSet<Utf8PathBuf>>) -> Result<verify::Rendered, String> {
        let changed = self.changed(manifest);
        let files = Overlay::new(&Disk, self.location.root(), &changed);
        let sources = self.location.sources();
        let made =
            verify::rendered(self.location, &files, only, &sources, self.limits).map_err(|errors| first(&errors))?;
        self.spend(usize::try_from(made.spent).unwrap_or(usize::MAX))?;
        Ok(made)
    }
}

/// Why a file does not fit.
fn misfit(file: &Dockerfile, made: Option<&Result<Vec<u8>, String>>) -> Option<String> {
    let made = match made {
        Some(Ok(made)) if *made == file.bytes => return None,
        Some(Ok(made)) => made,
        Some(Err(why)) => return Some(why.clone()),
        None => return Some("no target makes it".to_owned()),
    };
    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (own, theirs) = (lines(&file.bytes), lines(made));
    let same = own.iter().zip(&theirs).take_while(|(one, other)| one == other).count();
    let shown = |lines: &[Vec<u8>]| {
        lines
            .get(same)
            .map_or("the end of the file".to_owned(), |line| format!("`{}`", String::from_utf8_lossy(line).trim()))
    };
    Some(format!("line {}: it has {}, where the template gives {}", same + 1, shown(&own), shown(&theirs)))
}
