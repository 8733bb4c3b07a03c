//! A manifest, understood.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use minijinja::Value;

use crate::diagnostic::Diagnostic;
use crate::dockerfile::Rules;
use crate::expression::Guesses;
use crate::run::Builder;
use crate::source::Span;

use super::blank_lines::BlankLines;
use super::constants::Define;
use super::image::Image;
use super::known_axes::KnownAxis;
use super::limits::Limits;
use super::points::Points;
use super::profile::Build;
use super::select::Selection;
use super::set::SetRule;
use super::target::{self, Target};
use super::text::Text;
use super::unused::Declaration;

/// The usual name of a manifest.
pub(crate) const MANIFEST: &str = "dockmill.toml";

/// The list of the outputs that bear no header, by the path of the manifest: `dockmill.outputs` beside `dockmill.toml`.
pub(crate) fn list_of_outputs(manifest: &Utf8Path) -> Utf8PathBuf {
    manifest.with_extension("outputs")
}

/// What a manifest says, with the values of a profile and of `-D`s.
pub struct Manifest {
    /// `[project] name`.
    pub name: String,
    /// The manifest's folder, absolute, symbolic links resolved.
    pub root: Utf8PathBuf,
    /// The manifest, relative to `root`.
    pub path: Utf8PathBuf,
    /// Folders where templates look for files, relative to `root`.
    pub include: Vec<Utf8PathBuf>,
    /// One of these cannot be used, which is told.
    pub(crate) lacks_include: bool,
    /// The data files that were read, relative to `root`.
    pub data_files: Vec<Utf8PathBuf>,
    /// The limits of expansion.
    pub limits: Limits,
    /// Which of BuildKit's own checks are looked for.
    pub checks: Rules,
    /// Do outputs bear dockmill's header? Otherwise they have none, or one of the project's own ([`Target::header`]).
    pub header: bool,
    /// What becomes of several blank lines in a row; `None`: they stay, and are told of.
    pub blank_lines: Option<BlankLines>,
    /// What was looked at for misspelt keys.
    pub(super) guesses: Guesses,
    /// The images in the order of the manifest.
    pub images: Vec<Image>,
    /// The text files that are made from all targets.
    pub texts: Vec<Text>,
    /// The name of the profile that was asked for.
    pub profile: Option<String>,
    /// The names of all profiles, in the order of the manifest, and where each is given.
    pub profiles: IndexMap<String, Span>,
    /// How to build: the profile's `build`.
    pub build: Build,
    /// The program that builds.
    pub builder: Builder,
    /// How many images are built at the same time, where the command does not say it.
    pub jobs: usize,
    /// `-D`s of names that the manifest does not declare; a template may declare them by `@default`.
    pub unclaimed_defines: Vec<Define>,
    /// A `-D` is missing or was refused, which is an error. Until it is reported, another value takes its place.
    pub lacks_values: bool,
    /// Where outputs go that are not the committed ones, as a profile or `-D`s changed values: `.dockmill/…`, one
    /// folder for each set of values. `None`: the outputs are the committed ones.
    pub variant: Option<Utf8PathBuf>,
    pub(super) profile_value: Value,
    /// Every name that the manifest declares, for suggestions.
    pub(super) declared: Vec<Arc<str>>,
    /// What it declares for all images.
    pub(super) declarations: Vec<Declaration>,
    /// The names that its expressions use, but for those of images.
    pub(super) used: HashSet<Arc<str>>,
    /// The variables that plans for CI tell of each target, each with its place.
    pub(super) with: Vec<(Arc<str>, Span)>,
    /// Paths that no output may overwrite, each with what stands there, in words.
    pub(super) inputs: HashMap<Utf8PathBuf, String>,
    /// The place of each image in `images`, by its name.
    pub(super) by_name: HashMap<Arc<str>, usize>,
    /// `[[set]]`, as it is written.
    pub(super) set: Vec<SetRule>,
    /// The axes of images.
    pub(super) axes: IndexMap<Arc<str>, KnownAxis>,
    /// The targets that [`verify`](Self::verify) made, for whoever walks over them all next.
    pub(super) kept: Mutex<Vec<Target>>,
}

/// How many targets are kept: more would take too much memory.
pub(super) const KEPT: usize = 4096;

impl Manifest {
    /// Are the outputs the committed ones: no profile, no `-D`?
    pub fn standard(&self) -> bool {
        self.variant.is_none()
    }

    /// May some outputs stay as they are?
    pub(crate) fn may_freeze(&self) -> bool {
        self.images.iter().any(Image::may_freeze)
    }

    /// The variables that plans for CI tell of each target, beside those that are asked for.
    pub(crate) fn plans_tell(&self, asked: &[String]) -> Vec<String> {
        let mut with: Vec<String> = self.with.iter().map(|(name, _)| name.to_string()).collect();
        with.extend(asked.iter().filter(|name| self.with.iter().all(|(known, _)| **known != ***name)).cloned());
        with
    }

    /// The files that it is known to read: itself, data, templates, the sources of files beside outputs, the list of outputs;
    /// relative to `root`.
    pub fn inputs(&self) -> impl Iterator<Item = &Utf8Path> {
        self.inputs.keys().map(Utf8PathBuf::as_path)
    }

    /// The files of a selection that are on the project's list: outputs where the project wants no header, those beside
    /// outputs, and texts, which may have any name.
    pub fn listed(&self, selection: &Selection) -> foldhash::HashSet<Utf8PathBuf> {
        let mut paths: foldhash::HashSet<Utf8PathBuf> = foldhash::HashSet::default();
        let texts = self.text_targets(selection).flatten().filter(|made| !self.texts[made.text].is_region);
        paths.extend(texts.map(|made| made.target.output));
        if self.header && self.images.iter().all(|image| image.files.is_empty()) {
            return paths;
        }
        let mut add = |target: &Target| {
            paths.extend(target.files.iter().map(|file| file.to.clone()));
            paths.extend((!self.header).then(|| target.output.clone()));
        };
        // What is kept stays for whoever renders it.
        let kept = self.kept();
        if selection.is_all() && !kept.is_empty() {
            kept.iter().for_each(add);
        } else {
            drop(kept);
            self.targets(selection).flatten().for_each(|target| add(&target));
        }
        paths
    }

    /// The targets of a selection, one by one, in the order of the manifest: image by image, the first axis slowest.
    ///
    /// Many targets are not kept, so that 100,000 take no memory; a few that were made before are not made again. An error
    /// takes the place of the target or targets that it prevents.
    pub fn targets<'p>(
        &'p self,
        selection: &'p Selection,
    ) -> impl Iterator<Item = Result<Target, Vec<Diagnostic>>> + use<'p> {
        let kept = if selection.is_all() { std::mem::take(&mut *self.kept()) } else { Vec::new() };
        let images = if kept.is_empty() { selection.images(self) } else { 0..0 };
        let made = images.flat_map(move |index| {
            let image = &self.images[index];
            Points::new(&image.matrix, selection.of(image)).filter_map(move |point| match point {
                Ok(point) => {
                    let target = target::make(self, index, point);
                    let is_meant = |target: &Target| selection.has_values(image, &target.globals);
                    target.as_ref().map_or(true, is_meant).then_some(target)
                }
                Err(diagnostic) => Some(Err(vec![diagnostic])),
            })
        });
        kept.into_iter().map(Ok).chain(made)
    }

    /// The target with this id.
    pub fn target(&self, id: &str) -> Option<Target> {
        self.targets(&Selection::of_one(id, None)).flatten().find(|target| target.id == id)
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Vec<Target>> {
        // A panic elsewhere cannot leave a partial list: it is only ever replaced as a whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The image of a name.
    pub fn image(&self, name: &str) -> Option<(usize, &Image)> {
        let index = *self.by_name.get(name)?;
        Some((index, self.images.get(index)?))
    }

    /// The error of a `-D` whose name neither the manifest nor, as the caller has found, a template's `@default`
    /// declares; `defaults` are the names that templates declare, for suggestions.
    pub fn unknown_define(&self, define: &Define, defaults: &[&str]) -> Diagnostic {
        super::constants::unknown_define(
            define,
            self.declared.iter().map(|name| &**name).chain(defaults.iter().copied()),
        )
    }
}
