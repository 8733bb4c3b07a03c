//! Which steps a build takes, in which order.

mod gather;
mod refuse;
mod sources;

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::dockerfile::{Finding, Place};
use crate::manifest::{Manifest, Target};
use crate::output::{Change, Headed, Refusals};
use crate::project::{Location, Session};
use crate::render::{Rendered, at_template, headed, output_file};
use crate::run::{BuildStep, BuildStepKind, Lacks, Order};
use crate::source::Traced;

use gather::{Base, Gathered, Job, Source, gather};
use refuse::{contradictions, no_place};

/// What the user wants of a build.
#[allow(clippy::struct_excessive_bools)] // Each is a wish of its own.
pub(crate) struct BuildWishes<'a> {
    pub(crate) deps: bool,
    pub(crate) pull: bool,
    pub(crate) push: bool,
    /// For all platforms of each image, not only the builder's own.
    pub(crate) platforms: bool,
    /// Docker's old builder is asked for.
    pub(crate) legacy: bool,
    pub(crate) secrets: &'a [String],
    pub(crate) outputs: &'a [String],
    pub(crate) arguments: &'a [String],
}

impl BuildWishes<'_> {
    /// Is each image built on what registries have, and none on what this run builds? So it is where nothing gets a tag by which
    /// another could name it.
    fn are_alone(&self, manifest: &Manifest) -> bool {
        !self.deps && !manifest.build.tag
    }
}

/// Where a step comes from, for errors.
enum Cause {
    Node { source: usize },
    Base { source: usize, line: u32 },
}

/// What is to be built, in order. There may be a hundred thousand steps, which are made as they are asked for.
pub(crate) struct BuildPlan<'w> {
    wishes: &'w BuildWishes<'w>,
    sources: Vec<Source>,
    jobs: Vec<Job>,
}

/// The steps of a build.
#[derive(Default)]
pub(crate) struct BuildSteps {
    pub(crate) list: Vec<BuildStep>,
    causes: Vec<Cause>,
}

impl<'w> BuildPlan<'w> {
    /// Renders what is to be built and puts it in order. `None`: errors are in `found`, and nothing should be begun.
    pub(crate) fn make(session: &Session<'_>, wishes: &'w BuildWishes<'w>, found: &mut Diagnostics) -> Option<Self> {
        let Gathered { sources, jobs, left } = gather(session, wishes, found);
        for job in &jobs {
            let stage = job.node.stage.as_deref();
            found.extend(sources::missing(session, &sources[job.source], stage, &sources, &left, wishes.arguments));
        }
        found.extend(contradictions(session, wishes, &jobs, &sources));
        let plan = Self { wishes, sources, jobs };
        let lacks = plan.walk(session, &mut |_, _| {});
        found.extend(lacks.into_iter().filter_map(|lack| no_place(session, lack)));
        (found.errors() == 0).then_some(plan)
    }

    /// Makes one step after the other, and tells what the builder lacks for them.
    fn walk(&self, session: &Session<'_>, take: &mut dyn FnMut(BuildStep, Cause)) -> Vec<Lacks> {
        let Self { wishes, sources, jobs } = self;
        let are_own = wishes.pull && !wishes.are_alone(session.manifest);
        let own = jobs.iter().filter(|_| are_own).map(|job| &*job.node.id).collect();
        let (pulled, built) = (HashMap::new(), HashMap::new());
        let mut maker = Maker { session, wishes, sources, own, take, count: 0, pulled, built, lacks: Vec::new() };
        for job in jobs {
            let added = maker.job(job);
            maker.lacks.extend(added.err());
        }
        maker.lacks
    }

    /// Hands on the steps, one by one.
    pub(crate) fn each_step(&self, session: &Session<'_>, mut take: impl FnMut(BuildStep)) {
        self.walk(session, &mut |step, _| take(step));
    }

    /// The steps, all at once.
    pub(crate) fn steps(&self, session: &Session<'_>) -> BuildSteps {
        let mut steps = BuildSteps::default();
        self.walk(session, &mut |step, cause| {
            steps.list.push(step);
            steps.causes.push(cause);
        });
        steps
    }

    /// Hands on the file that a step builds, as it stands on disk and as it was rendered; `None`: it builds none.
    pub(crate) fn with_file<R>(
        &self,
        steps: &BuildSteps,
        step: usize,
        session: &Session<'_>,
        work: impl FnOnce(&Headed, &Traced) -> R,
    ) -> Option<R> {
        let Cause::Node { source } = steps.causes.get(step)? else { return None };
        let headed = |target: &Target, rendered: &Rendered| headed(session.manifest, target, rendered);
        self.sources[*source].with(session, |target, rendered| work(&headed(target, rendered), &rendered.text))
    }

    /// An error of a step that builds nothing, where it comes from: the line that names a base, the image of the manifest.
    pub(crate) fn place(&self, steps: &BuildSteps, step: usize, session: &Session<'_>, message: &str) -> Diagnostic {
        let at_image = |source: usize| {
            let image = &session.manifest.images[self.sources[source].image];
            Diagnostic::error(Code::BuildFailed, image.span, message)
        };
        match steps.causes[step] {
            Cause::Base { source, line } => {
                let place = Place { line, columns: None };
                let finding = Finding::error(Code::BuildFailed, place, message).label("this image is needed");
                let place = |_: &Target, rendered: &Rendered| at_template(&rendered.text, session.sources, finding);
                self.sources[source].with(session, place).unwrap_or_else(|| at_image(source))
            }
            Cause::Node { source } => at_image(source),
        }
    }

    /// Writes the outputs that are to be built, and tells what changed. What could not be written is in `found`.
    pub(crate) fn write(&self, session: &Session<'_>, force: bool, found: &mut Diagnostics) -> Vec<Change> {
        let Some((mut outputs, listed)) = session.outputs_to_write(found) else { return Vec::new() };
        let (mut all, mut refusals, mut written) = (Vec::new(), Refusals::default(), HashSet::default());
        for source in &self.sources {
            let file = |target: &Target, rendered: &Rendered| {
                (target.id.clone(), output_file(session.manifest, target, rendered))
            };
            let Some((id, file)) = source.with(session, file) else { continue };
            match outputs.write(&file, force) {
                Ok(changes) => {
                    all.extend(changes);
                    written.extend(file.listed().cloned());
                }
                Err(why) => found.extend(refusals.add(&id, why)),
            }
        }
        refusals.tell(&session.location.seen_from, found);
        let relisted = if session.manifest.standard() { outputs.list(&written) } else { Ok(None) };
        let relisted = relisted.map_err(|error| found.push(error)).ok().flatten();
        // It is told once that the list has changed.
        listed.or(relisted).into_iter().chain(all).collect()
    }
}

/// Adds the steps of one job after the other.
struct Maker<'m> {
    session: &'m Session<'m>,
    wishes: &'m BuildWishes<'m>,
    sources: &'m [Source],
    /// The ids of all nodes, where bases are pulled.
    own: HashSet<&'m str>,
    take: &'m mut dyn FnMut(BuildStep, Cause),
    /// How many steps were made.
    count: usize,
    /// Steps by the image that they pull.
    pulled: HashMap<&'m str, usize>,
    /// Steps by the id that they build.
    built: HashMap<&'m str, usize>,
    lacks: Vec<Lacks>,
}

impl<'m> Maker<'m> {
    fn add(&mut self, step: BuildStep, cause: Cause) -> usize {
        (self.take)(step, cause);
        self.count += 1;
        self.count - 1
    }

    fn job(&mut self, job: &'m Job) -> Result<(), Lacks> {
        let Session { manifest, location: Location { prefix, .. }, .. } = self.session;
        let mut after: Vec<usize> = job.needs().filter_map(|id| self.built.get(id).copied()).collect();
        if self.wishes.pull {
            after.extend(self.pulls(job));
        }
        let tags = manifest.build.tags(&job.node.tags);
        let Source { files, context, platforms, .. } = &self.sources[job.source];
        let order = Order {
            id: &job.node.id,
            project: &manifest.name,
            root: prefix,
            file: &prefix.join(&files[0]),
            context: &join(prefix, context),
            stage: job.node.stage.as_deref(),
            tags,
            platforms: if self.wishes.platforms { platforms } else { &[] },
            secrets: self.wishes.secrets,
            outputs: if job.wanted { self.wishes.outputs } else { &[] },
            arguments: self.wishes.arguments,
            push: self.wishes.push && job.wanted,
            legacy: self.wishes.legacy,
        };
        let command = manifest.builder.build(&order)?;
        let pushes = order.push && !manifest.builder.pushes_itself();
        let cause = || Cause::Node { source: job.source };
        let built =
            self.add(BuildStep { name: job.node.id.to_string(), kind: BuildStepKind::Build, command, after }, cause());
        self.built.insert(&job.node.id, built);
        for tag in tags.iter().filter(|_| pushes) {
            let command = manifest.builder.push(tag, prefix)?;
            self.add(BuildStep { name: tag.clone(), kind: BuildStepKind::Push, command, after: vec![built] }, cause());
        }
        Ok(())
    }

    /// The steps that pull what the job is built on and what this run does not build.
    fn pulls(&mut self, job: &'m Job) -> Vec<usize> {
        let Session { manifest, location: Location { prefix, .. }, renderer, .. } = self.session;
        let mut steps = Vec::new();
        for Base { image, line } in &job.bases {
            let image = &**image;
            if renderer.tags().find(image).is_some_and(|tagged| self.own.contains(&*tagged.id)) {
                continue;
            }
            if let Some(known) = self.pulled.get(image) {
                steps.push(*known);
                continue;
            }
            match manifest.builder.pull(image, prefix) {
                Ok(command) => {
                    let step =
                        BuildStep { name: image.to_owned(), kind: BuildStepKind::Pull, command, after: Vec::new() };
                    let step = self.add(step, Cause::Base { source: job.source, line: *line });
                    self.pulled.insert(image, step);
                    steps.push(step);
                }
                Err(lack) => self.lacks.push(lack),
            }
        }
        steps
    }
}

/// `a` and `b` as one path; two empty ones stay empty.
fn join(a: &Utf8Path, b: &Utf8Path) -> Utf8PathBuf {
    if b.as_str().is_empty() { a.to_owned() } else { a.join(b) }
}
