//! What the commands that need outputs have in common: read the project, check it, do the work, say what was found.

use std::sync::Arc;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::graph::{Node, Tags};
use crate::manifest::{Manifest, Selection, Target, stage_id};
use crate::output::{Change, Expected, Leftovers, Outputs};
use crate::render::{Rendered, Renderer, cycles, in_order, in_order_by_size};
use crate::source::{FileSystem, SourceMap, in_folder, named};

use super::context_faults::ContextFaults;
use super::{Frozen, Location, Progress, Wanted};

/// So many files are named in a warning.
const NAMED: usize = 8;

/// A project that is ready to be rendered, and what the user wants of it.
pub(crate) struct Session<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) selection: &'a Selection,
    pub(crate) renderer: &'a Renderer<'a>,
    /// Is told how many outputs were made.
    pub(crate) progress: &'a dyn Progress,
    pub(crate) sources: &'a SourceMap,
    pub(crate) location: &'a Location,
    /// No selector was given.
    pub(crate) all: bool,
}

/// A project that was read and verified; what was found is told to whoever opened it.
pub(crate) struct Opened<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) sources: &'a SourceMap,
    pub(crate) location: &'a Location,
    /// What manifest and templates are read from.
    pub(crate) files: &'a dyn FileSystem,
}

impl Opened<'_> {
    /// Verifies the targets, loads the templates and runs `work` on the chosen targets. Where manifest or templates have
    /// errors, nothing is done but to find them all. `narrowly`: where targets are named no others are made, so what is
    /// wrong with several targets together, such as two with one output, is found only where all are chosen. `with_texts`: texts
    /// may be chosen, too.
    pub(crate) fn run<R>(
        &self,
        wanted: &Wanted,
        with_texts: bool,
        narrowly: bool,
        progress: &dyn Progress,
        found: &mut Diagnostics,
        work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> Result<R>,
    ) -> Result<Option<R>> {
        let all = wanted.is_all();
        let choose = |found: &mut Diagnostics| wanted.select(self.manifest, with_texts, self.sources, found);
        self.run_selected(all, all || !narrowly, choose, progress, found, work).transpose()
    }

    /// As [`Self::run`], with a selection of the caller's; `verify` says whether all targets are verified.
    pub(super) fn run_selected<R>(
        &self,
        all: bool,
        verify: bool,
        choose: impl FnOnce(&mut Diagnostics) -> Option<Selection>,
        progress: &dyn Progress,
        found: &mut Diagnostics,
        work: impl FnOnce(&Session<'_>, &mut Diagnostics) -> R,
    ) -> Option<R> {
        let Self { manifest, sources, location, files } = *self;
        let mut tags = if verify { Tags::default() } else { Tags::as_asked(manifest) };
        if verify {
            manifest.verify(found, |target| tags.add_target(target));
        }
        let selection = choose(found);
        let renderer = Renderer::load(manifest, tags, files, sources, found);
        let (Some(selection), 0) = (&selection, found.errors()) else { return None };
        let session = Session { manifest, selection, renderer: &renderer, progress, sources, location, all };
        let done = work(&session, found);
        found.extend(renderer.unused_defines());
        Some(done)
    }

    /// The chosen targets and texts, for a command that makes no outputs. `None`: errors are in `found`.
    pub(crate) fn choose(&self, wanted: &Wanted, found: &mut Diagnostics) -> Option<Selection> {
        let selection = wanted.select(self.manifest, true, self.sources, found);
        self.check_defines(selection.as_ref(), found);
        selection.filter(|_| found.errors() == 0)
    }

    /// Looks for the names of `-D` that the manifest does not declare in the templates: one that nothing declares is an
    /// error. Templates in m4 declare none: there the targets are expanded, and one that they do not ask for is a warning,
    /// as with `render`. What else is wrong in them is not for such a command to say.
    fn check_defines(&self, selection: Option<&Selection>, found: &mut Diagnostics) {
        if self.manifest.unclaimed_defines.is_empty() {
            return;
        }
        let renderer = Renderer::load(self.manifest, Tags::default(), self.files, self.sources, found);
        let (Some(selection), true, 0) = (selection, renderer.has_m4(), found.errors()) else { return };
        let mut failed = false;
        let fails = |target: Result<Target, _>| target.map_or(true, |target| renderer.render(&target).failed());
        in_order(self.manifest.targets(selection), fails, |fails| failed |= fails);
        // Behind an error there may be one that asks.
        if !failed {
            found.extend(renderer.unused_defines());
        }
    }
}

/// So many targets with errors are rendered once more, to tell where the values came from.
const TRACED: usize = 20;

impl Session<'_> {
    /// The same project with other targets.
    pub(crate) fn over<'b>(&'b self, selection: &'b Selection) -> Session<'b> {
        let Self { manifest, renderer, progress, sources, location, all, .. } = *self;
        Session { manifest, selection, renderer, progress, sources, location, all }
    }

    /// The folder that outputs are in; where it cannot be opened, `found` gets the error.
    pub(crate) fn outputs(&self, found: &mut Diagnostics) -> Option<Outputs> {
        let Manifest { root, name, path, .. } = self.manifest;
        let mut outputs = Outputs::open(root, name, path).map_err(|error| found.push(error)).ok()?;
        outputs.seen_from(self.location.seen_from.clone());
        if self.manifest.standard() {
            outputs.read_list().map_err(|error| found.push(error)).ok()?;
        }
        outputs.keep(self.renderer.read_files());
        outputs.keep(self.manifest.inputs().map(|path| root.join(path)));
        Some(outputs)
    }

    /// As [`Self::outputs`], for who writes them: new ones that bear no header are put on the project's list, which is told by
    /// the change.
    pub(crate) fn outputs_to_write(&self, found: &mut Diagnostics) -> Option<(Outputs, Option<Change>)> {
        let mut outputs = self.outputs(found)?;
        let change =
            if self.manifest.standard() { outputs.list_new(&self.manifest.listed(self.selection)) } else { Ok(None) };
        let change = change.map_err(|error| found.push(error)).ok()?;
        Some((outputs, change))
    }

    /// Looks for outputs that no target makes any more, where the expected files are those of all targets and none has an
    /// error: else what is here may be one of theirs. What could not be read is a warning in `found`.
    pub(crate) fn left_over(&self, expected: &Expected, outputs: &mut Outputs, found: &mut Diagnostics) -> Leftovers {
        if !self.all || !self.manifest.standard() || found.errors() > 0 {
            return Leftovers::default();
        }
        let mut left = outputs.leftovers(&expected.names, &expected.made);
        found.extend(std::mem::take(&mut left.unread));
        if left.files.iter().any(|leftover| !leftover.is_marked()) {
            let files = left.files.iter().map(|leftover| (&*leftover.path, leftover.is_marked()));
            left.frozen = Frozen::of(self.manifest).keeps(files);
            left.files.retain(|leftover| !left.frozen.contains(&leftover.path));
        }
        found.extend(self.doubtful(&left.doubtful));
        left
    }

    /// The warning of files that git has much as they were as outputs, and that no target makes any more.
    pub(crate) fn doubtful(&self, paths: &[Utf8PathBuf]) -> Option<Diagnostic> {
        // What is frozen is found by going through all targets.
        if paths.is_empty() {
            return None;
        }
        let frozen = Frozen::of(self.manifest).keeps(paths.iter().map(|path| (&**path, false)));
        let paths: Vec<&Utf8PathBuf> = paths.iter().filter(|path| !frozen.contains(*path)).collect();
        let shown: Vec<String> = paths.iter().take(NAMED).map(|path| self.location.seen(path).into_string()).collect();
        let (these, them, they) = match &*shown {
            [] => return None,
            [one] => (format!("`{one}` is"), "it", "it"),
            _ => (format!("{} files are", paths.len()), "them", "they"),
        };
        let message = format!("{these} made by no target any more, and HEAD still has {them}");
        let warning = Diagnostic::bare(Severity::Warning, Code::DroppedOutput, message)
            .of_file(Utf8Path::new(&shown[0]))
            .note(format!(
                "a commit took {them} off the list, and {they} stayed or came back, as when a branch is rebased"
            ))
            .note("a commit that changes such a file makes it yours");
        let all: Vec<&Utf8Path> = paths.iter().map(|path| path.as_path()).collect();
        Some(if paths.len() == shown.len() {
            let remove = in_folder("git", &format!("rm --{}", named(&self.manifest.root, &all)));
            warning.help(format!("`{remove}`"))
        } else {
            let rest = paths.len() - shown.len();
            warning.note(format!("they are {} and {rest} more", shown.join(", "))).help("remove them with `git rm`")
        })
    }

    /// Warns of what the manifest declares and nothing uses, where all targets were rendered without errors.
    pub(crate) fn unused(&self, found: &mut Diagnostics) {
        if self.all && found.errors() == 0 {
            found.extend(self.renderer.unused());
        }
    }

    /// The ids of the chosen targets and stages.
    pub(crate) fn chosen_ids(&self, found: &mut Diagnostics) -> Vec<String> {
        let mut ids = Vec::new();
        for target in self.manifest.targets(self.selection) {
            match target {
                Ok(target) => {
                    let chosen = self.selection.chosen(&target);
                    ids.extend(chosen.itself.then(|| target.id.clone()));
                    ids.extend(chosen.stages.iter().map(|stage| stage_id(&target.id, &stage.name)));
                }
                Err(errors) => found.extend(errors),
            }
        }
        ids
    }

    /// Renders the selected targets on all processors and hands them on in order. What a target has to say goes to
    /// `found`; a target with an error is handed on as `None`.
    pub(crate) fn each<R: Send>(
        &self,
        found: &mut Diagnostics,
        make: impl Fn(&Target, &Rendered) -> R + Sync,
        take: impl FnMut(Option<(Target, R)>, &mut Diagnostics),
    ) {
        self.each_owned(found, |target, rendered| make(target, &rendered), take);
    }

    /// As [`Self::each`], for those who keep what was rendered.
    pub(crate) fn each_owned<R: Send>(
        &self,
        found: &mut Diagnostics,
        make: impl Fn(&Target, Rendered) -> R + Sync,
        mut take: impl FnMut(Option<(Target, R)>, &mut Diagnostics),
    ) {
        let (mut count, mut traced) = (0, 0);
        let mut edges: Vec<Node> = Vec::new();
        let render = |target| match target {
            Ok(target) => {
                let mut rendered = self.renderer.render(&target);
                let failed = rendered.failed();
                let said = std::mem::take(&mut rendered.diagnostics);
                let needs = rendered.dependencies.clone();
                let size = if failed { 0 } else { rendered.size() };
                let made = if failed { None } else { Some(make(&target, rendered)) };
                Ok((target, said, needs, made, size))
            }
            Err(errors) => Err(errors),
        };
        let size = |made: &Result<(_, _, _, _, usize), _>| made.as_ref().map_or(0, |(.., size)| *size);
        in_order_by_size(self.manifest.targets(self.selection), render, size, |result| {
            count += 1;
            self.progress.outputs(count);
            match result {
                Ok((target, mut said, needs, made, _)) => {
                    let is_untold = |said: &Arc<Diagnostic>| said.is_error() && !said.has_birth() && !found.has(said);
                    if traced < TRACED && said.iter().any(is_untold) {
                        traced += 1;
                        said = self.renderer.with_births(&target, said);
                    }
                    found.extend_for(&target.id, said);
                    edges.extend((!needs.is_empty()).then(|| Node::whole(&target.id, needs)));
                    take(made.map(|made| (target, made)), found);
                }
                Err(errors) => {
                    found.extend(errors);
                    take(None, found);
                }
            }
        });
        self.progress.done();
        found.extend(cycles(self.renderer, edges));
    }

    /// As [`Self::each_owned`], and warns of what the build contexts lack.
    pub(crate) fn each_with_context<R: Send>(
        &self,
        found: &mut Diagnostics,
        make: impl Fn(&Target, Rendered) -> R + Sync,
        mut take: impl FnMut(Option<(Target, R)>, &mut Diagnostics),
    ) {
        let mut faults = ContextFaults::default();
        let make = |target: &Target, rendered: Rendered| {
            let lacking = self.renderer.context_faults(target, &rendered);
            (lacking, make(target, rendered))
        };
        self.each_owned(found, make, |made, found| {
            let made = made.map(|(target, (lacking, made))| {
                faults.add(&target.id, lacking);
                (target, made)
            });
            take(made, found);
        });
        faults.tell(self, found);
    }
}
