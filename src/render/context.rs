//! What an output reads of its build context, and is not there.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::reads::reads;
use super::{Rendered, Renderer, at_template, ignore_file};
use crate::diagnostic::{Code, Diagnostic, Severity, misspelt, near_name};
use crate::dockerfile::{self, Dockerfile, Finding, LocalSource, Place};
use crate::manifest::Target;

/// What is wrong with a build context.
#[derive(Debug)]
pub(crate) struct ContextFault {
    /// Paths of the project that are not there: where one of them is made yet, nothing is wrong.
    pub(crate) lacks: Vec<Utf8PathBuf>,
    pub(crate) said: Diagnostic,
}

/// What to do where nothing is wrong.
const LET_IGNORE: &str = "where another step makes it, let git ignore it: then nothing is said";

/// Paths of one output that are looked for.
const LOOKED: usize = 1_000;

/// Missing paths of one output that are told.
const MOST: usize = 200;

/// Missing paths that are told in all.
const MOST_IN_ALL: usize = 10_000;

/// Names that are compared with missing ones in all: a folder may have very many.
const GUESSES: usize = 1_000_000;

/// Bytes of instructions that are known to read what is there, in all.
const REMEMBERED: usize = 4 << 20;

/// Folders in each other that a path may name: no system has a deeper one.
const DEEPEST: usize = 100;

/// What is known of contexts, each path looked up once: many targets read the same.
#[derive(Default)]
pub(super) struct Contexts {
    known: Mutex<Known>,
    told: AtomicUsize,
}

#[derive(Default)]
struct Known {
    /// For each context and each path in it: is it missing?
    lacking: HashMap<Utf8PathBuf, HashMap<Utf8PathBuf, bool>>,
    /// For each context, instructions of which each path is there.
    served: HashMap<Utf8PathBuf, HashSet<Box<[u8]>>>,
    remembered: usize,
    /// For each context that the manifest names: is it there?
    contexts: HashMap<Utf8PathBuf, bool>,
    /// For each folder: is it in the project, and holds anything?
    filled: HashMap<Utf8PathBuf, bool>,
    /// For missing paths, those that may be meant.
    near: HashMap<Utf8PathBuf, Option<Utf8PathBuf>>,
    compared: usize,
}

impl Contexts {
    /// Does the folder lack a path in it? An empty folder on the way tells nothing: it may be a submodule, or be filled by another
    /// step. Neither does a folder that leads out of the project.
    fn lack(&self, renderer: &Renderer<'_>, context: &Utf8Path, inside: &Utf8Path) -> bool {
        let Known { lacking, filled, .. } = &mut *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lacking.get(context).and_then(|paths| paths.get(inside)) {
            return *known;
        }
        let (system, root) = (renderer.file_system, &renderer.manifest.root);
        let context_on_disk = root.join(context);
        let mut holds_any = || {
            let folders = inside.ancestors().skip(1).map(|folder| context_on_disk.join(folder));
            folders.into_iter().find(|folder| system.is_dir(folder)).is_some_and(|folder| {
                let holds_any = |folder: &Utf8PathBuf| {
                    let is_inside = system.canonicalize(folder).is_ok_and(|real| real.starts_with(root));
                    is_inside && system.read_dir(folder).is_ok_and(|names| !names.is_empty())
                };
                *filled.entry(folder).or_insert_with_key(holds_any)
            })
        };
        let lacks = !system.is_there(&context_on_disk.join(inside)) && holds_any();
        lacking.entry(context.to_owned()).or_default().insert(inside.to_owned(), lacks);
        lacks
    }

    /// Is each path that these instructions read in the context there, as far as was seen?
    fn serve(&self, context: &Utf8Path, reads: &[&[u8]]) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        reads.is_empty()
            || known.served.get(context).is_some_and(|served| reads.iter().all(|read| served.contains(*read)))
    }

    /// Remembers that it is.
    fn remember(&self, context: &Utf8Path, reads: &[&[u8]]) {
        let Known { served, remembered, .. } = &mut *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if *remembered < REMEMBERED {
            *remembered += reads.iter().map(|read| size_of_val(*read) + size_of::<Box<[u8]>>()).sum::<usize>();
            served.entry(context.to_owned()).or_default().extend(reads.iter().map(|read| Box::from(*read)));
        }
    }

    /// Is the folder there that the manifest names as the context?
    fn is_there(&self, renderer: &Renderer<'_>, context: &Utf8Path) -> bool {
        let Known { contexts, .. } = &mut *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = contexts.get(context) {
            return *known;
        }
        let is_there = renderer.file_system.is_there(&renderer.manifest.root.join(context));
        contexts.insert(context.to_owned(), is_there);
        is_there
    }

    /// A path beside it in the project that may be meant.
    fn near(&self, renderer: &Renderer<'_>, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let Known { near, compared, .. } = &mut *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = near.get(path) {
            return known.clone();
        }
        let (system, root) = (renderer.file_system, &renderer.manifest.root);
        let (folder, name) = (root.join(path.parent()?), path.file_name()?);
        let is_inside = *compared < GUESSES && system.canonicalize(&folder).is_ok_and(|real| real.starts_with(root));
        let names = system.read_dir(&folder).ok().filter(|_| is_inside)?;
        *compared += names.len();
        let found = near_name(name, names.iter().map(|(name, _)| name.as_str())).map(|near| path.with_file_name(near));
        near.insert(path.to_owned(), found.clone());
        found
    }
}

impl Renderer<'_> {
    /// Warnings of what the context of an output lacks. What stays as it is committed stays so, whatever is wrong with it.
    pub(crate) fn context_faults(&self, target: &Target, rendered: &Rendered) -> Vec<ContextFault> {
        if target.frozen.is_some() {
            return Vec::new();
        }
        if !ignore_file::is_certain(self, target) {
            return self.misspelt_beside(target, rendered);
        }
        // In a folder that goes along with its output stands what is made there, and no more.
        if self.manifest.variant.as_ref().is_some_and(|variant| target.context.starts_with(variant)) {
            return Vec::new();
        }
        self.absent_context(target).map_or_else(|| self.absent(target, rendered), |fault| vec![fault])
    }

    /// The manifest names a folder as the context that is not there.
    fn absent_context(&self, target: &Target) -> Option<ContextFault> {
        let (image, context) = (&self.manifest.images[target.image], &target.context);
        if !image.names_context() || self.contexts.is_there(self, context) {
            return None;
        }
        let message = format!("the context `{context}` does not exist");
        let warning = Diagnostic::warning(Code::FileNotFound, image.context_span(), message);
        let said = match self.contexts.near(self, context) {
            Some(near) => warning.help(format!("did you mean `{near}`?")),
            None => warning.help(LET_IGNORE),
        };
        Some(ContextFault { lacks: vec![context.clone()], said })
    }

    /// A warning for each path that is read by COPY, ADD or a mount and that the context lacks.
    fn absent(&self, target: &Target, rendered: &Rendered) -> Vec<ContextFault> {
        let reads = reads(&rendered.text.bytes);
        if reads.as_ref().is_some_and(|reads| self.contexts.serve(&target.context, reads)) {
            return Vec::new();
        }
        let (mut looked, mut lacking) = (0, 0);
        let lacks = |(_, inside): &(&LocalSource, Utf8PathBuf)| {
            looked += 1;
            let lacks = self.contexts.lack(self, &target.context, inside);
            lacking += usize::from(lacks);
            lacks && !is_made(target, &target.context.join(inside))
        };
        let mut missing: Vec<(&LocalSource, Utf8PathBuf)> = plain(rendered).filter(lacks).take(MOST + 1).collect();
        if let Some(reads) = reads.filter(|_| looked < LOOKED && lacking == 0) {
            self.contexts.remember(&target.context, &reads);
        }
        if missing.is_empty() {
            return Vec::new();
        }
        let counted = ignore_file::Counted::of(self, target, &rendered.companions);
        // That it is left out is told already.
        missing.retain(|(_, inside)| !counted.ignore.excludes_folder(inside.as_str()));
        self.say(target, rendered, missing, |dockerfile, local, inside| {
            let finding = self.not_there(target, dockerfile, local, inside);
            let finding = if finding.help.is_empty() { finding.help(LET_IGNORE) } else { finding };
            (finding, vec![target.context.join(inside)])
        })
    }

    /// Where the manifest names no context, whoever builds may take any folder. But what `files` puts beside the output is for a
    /// build with its folder: a path that stands nowhere, and is near one of these, is misspelt.
    fn misspelt_beside(&self, target: &Target, rendered: &Rendered) -> Vec<ContextFault> {
        let Some(beside) = target.output.parent().filter(|_| !target.files.is_empty()) else { return Vec::new() };
        let template = target.template.parent().unwrap_or(Utf8Path::new(""));
        let places = |inside: &Utf8Path| [beside, &target.context, template].map(|folder| folder.join(inside));
        let near = |inside: &Utf8Path| {
            let (name, path) = (inside.file_name()?, beside.join(inside));
            let names = target.files.iter().filter(|file| file.to.parent() == path.parent());
            let near = near_name(name, names.filter_map(|file| file.to.file_name()))?;
            misspelt(name, [near]).map(|near| inside.with_file_name(near))
        };
        let is_missing = |(_, inside): &(&LocalSource, Utf8PathBuf)| {
            let is_there =
                |path: &Utf8PathBuf| is_made(target, path) || self.file_system.is_there(&self.manifest.root.join(path));
            near(inside).is_some() && !places(inside).iter().any(is_there)
        };
        let missing = plain(rendered).filter(is_missing).take(MOST + 1).collect();
        self.say(target, rendered, missing, |dockerfile, local, inside| {
            let message = format!("no `{inside}` stands beside the output");
            let finding =
                Finding::error(Code::FileNotFound, place_of(dockerfile, local), message).label("it is read here");
            let finding = finding.note("nor is there one in the project's folder, or beside the template");
            (near(inside).into_iter().fold(finding, |finding, near| mean(finding, local, &near)), places(inside).into())
        })
    }

    /// A warning of each of these paths where a build reads it.
    fn say(
        &self,
        target: &Target,
        rendered: &Rendered,
        missing: Vec<(&LocalSource, Utf8PathBuf)>,
        finding: impl Fn(&Dockerfile<'_>, &LocalSource, &Utf8Path) -> (Finding, Vec<Utf8PathBuf>),
    ) -> Vec<ContextFault> {
        if missing.is_empty() || self.contexts.told.fetch_add(missing.len(), Ordering::Relaxed) > MOST_IN_ALL {
            return Vec::new();
        }
        let is_more = missing.len() > MOST;
        let dockerfile = dockerfile::parse(&rendered.text.bytes);
        if dockerfile.has_foreign_syntax() {
            return Vec::new();
        }
        let outline = rendered.outline();
        let stages = target.stages.iter().map(|stage| Some(&*stage.name));
        let needed: HashSet<usize> =
            std::iter::once(None).chain(stages).flat_map(|stage| outline.needed_stages(stage)).collect();
        let say = |(local, inside): (&LocalSource, Utf8PathBuf)| {
            let (finding, lacks) = finding(&dockerfile, local, &inside);
            let finding = Finding { severity: Severity::Warning, ..finding };
            ContextFault { lacks, said: at_template(&rendered.text, self.sources, finding) }
        };
        let built = missing.into_iter().filter(|(local, _)| needed.contains(&local.stage)).take(MOST);
        let mut faults: Vec<ContextFault> = built.map(say).collect();
        if let Some(last) = faults.last_mut().filter(|_| is_more) {
            last.said = last.said.clone().note(format!("there are more: {MOST} of one output are told"));
        }
        faults
    }

    /// The error of a path that the context of a target lacks.
    pub(crate) fn not_there(
        &self,
        target: &Target,
        dockerfile: &Dockerfile<'_>,
        local: &LocalSource,
        inside: &Utf8Path,
    ) -> Finding {
        let label = if local.by_base { "an `ONBUILD` of this image reads it" } else { "it is read here" };
        let message = format!("the build context has no `{inside}`");
        let context = match target.context.as_str() {
            "" => "the project's folder".to_owned(),
            context => format!("`{context}`"),
        };
        let finding = Finding::error(Code::FileNotFound, place_of(dockerfile, local), message).label(label);
        let finding = finding.note(format!("the context is {context}"));
        let folder = target.template.parent().unwrap_or(Utf8Path::new(""));
        if self.file_system.is_there(&self.manifest.root.join(folder).join(inside)) {
            return finding
                .help(format!("it stands beside the template: `context = \"{folder}\"` builds with that folder"));
        }
        match self.contexts.near(self, &target.context.join(inside)) {
            Some(near) => mean(finding, local, near.strip_prefix(&target.context).unwrap_or(&near)),
            None => finding,
        }
    }
}

/// Where a path is read.
pub(crate) fn place_of(dockerfile: &Dockerfile<'_>, local: &LocalSource) -> Place {
    let of = dockerfile.instructions.iter().find(|instruction| instruction.start_line == local.line);
    let place = of.map(|instruction| dockerfile.locate(instruction, &local.written));
    place.unwrap_or(Place { line: local.line, columns: None })
}

/// Asks whether another path is meant.
fn mean(finding: Finding, local: &LocalSource, near: &Utf8Path) -> Finding {
    let text = format!("did you mean `{near}`?");
    let is_path = local.inside().is_some_and(|inside| inside == local.written);
    if is_path { finding.replace(text, near.as_str()) } else { finding.help(text) }
}

/// The paths of the context that an output reads, as far as they can be looked for: a pattern that matches nothing is no error to
/// BuildKit, and git's own folder is missing wherever the project was only unpacked.
fn plain(rendered: &Rendered) -> impl Iterator<Item = (&LocalSource, Utf8PathBuf)> {
    let named = rendered.local_sources().iter().filter_map(|local| Some((local, local.inside()?)));
    let plain = named.filter(|(_, inside)| {
        let path = inside.as_str();
        let is_plain = !path.is_empty() && !path.contains(['*', '?', '[']) && !inside.starts_with(".git");
        is_plain && inside.components().count() <= DEEPEST
    });
    plain.take(LOOKED)
}

/// Does the target make the path, or something in it?
fn is_made(target: &Target, path: &Utf8Path) -> bool {
    target.output.starts_with(path) || target.files.iter().any(|file| file.to.starts_with(path))
}
