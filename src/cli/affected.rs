//! `dockmill affected`: which targets a change of files reaches.

mod changed;
mod reach;

use std::io::Write;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{ArgGroup, Args};

use crate::diagnostic::plural;
use crate::manifest::{Selection, Target};
use crate::render::output_file;

use super::arguments::{Choice, Which};
use super::report::Report;
use super::revision::{self, Broken};
use super::session::{self, Session};
use super::survey::survey;
use super::{Status, path};
use reach::Reach;

/// Tell which targets a change of files reaches
///
/// By templates and what they include, the manifest, data, what COPY and ADD take from the build context (what
/// .dockerignore leaves out is not taken), and the images that are built on those. Prints one id on a line, in the order of
/// the manifest; nothing where nothing is reached: `dockmill affected --since main | xargs -r dockmill build`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true))]
pub(crate) struct Affected {
    /// Files, or folders with all that is in them; what they reach as the project is now
    #[arg(value_name = "PATH", group = "change")]
    paths: Vec<Utf8PathBuf>,
    /// What differs from this git revision, new files too; templates and manifest by what they render to, then and now
    #[arg(long, value_name = "REV", group = "change")]
    since: Option<String>,
    #[command(flatten)]
    which: Which,
    /// One JSON object on a line for each target or stage, with the reasons
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Affected, report: &Report) -> Result<Status> {
    let all = Choice { targets: Vec::new(), narrow: Vec::new() };
    session::run(&arguments.which, &all, report, false, |session, found| {
        let root = &session.project.root;
        let changed = match &arguments.since {
            Some(revision) => changed::since(root, revision)?,
            None => changed::given(root, &path::current_dir()?, &arguments.paths)?,
        };
        let Some(survey) = survey(session, found) else { return Ok(Status::Failed) };
        let mut reach = Reach::new(session, &survey);
        match &arguments.since {
            Some(revision) => by_rendering(&mut reach, session, &arguments.which, revision)?,
            None => reach.by_templates(&changed),
        }
        reach.by_contexts(&changed);
        if arguments.since.is_none() {
            let reaching_none = changed.iter().filter(|path| !reach.known.contains(*path));
            for path in reaching_none {
                let gone = if root.join(path).exists() { "" } else { ", and there is no such file" };
                report.say(&format!("`{}` reaches no target{gone}", shown(session, path)));
            }
        }
        reach.by_images();
        print(&reach, &survey, arguments.json)?;
        Ok(Status::Done)
    })
}

/// A path of the project as it is reached from here.
fn shown(session: &Session<'_>, path: &Utf8Path) -> Utf8PathBuf {
    if path.as_str().is_empty() && session.prefix.as_str().is_empty() { ".".into() } else { session.prefix.join(path) }
}

/// What renders to something else than it did, or is built in another way.
fn by_rendering(reach: &mut Reach<'_>, session: &Session<'_>, which: &Which, since: &str) -> Result<()> {
    let project = session.project;
    let everything = Selection::all();
    let targets: Vec<Target> = project.targets(&everything).flatten().collect();
    let compared = revision::with(session, which, since, |old, renderer| {
        if (&old.name, &old.builder, old.build) != (&project.name, &project.builder, project.build) {
            return targets.iter().map(|target| (target, "the builder's settings differ")).collect();
        }
        let before: std::collections::HashMap<String, Target> =
            old.targets(&everything).flatten().map(|target| (target.id.clone(), target)).collect();
        let difference = |target: &Target| {
            let Some(then) = before.get(&target.id) else { return Some("it is new") };
            let built = |target: &Target| (target.tags.clone(), target.stages.clone(), target.context.clone());
            if built(target) != built(then) {
                return Some("its tags, stages or build context differ");
            }
            let old = output_file(old, then, &renderer.render(then));
            let new = output_file(project, target, &session.renderer.render(target));
            let same = old.bytes == new.bytes
                && old.companions.len() == new.companions.len()
                && old.companions.iter().zip(&new.companions).all(|(old, new)| old.is_same(new));
            (!same).then_some("it renders to something else")
        };
        targets.iter().filter_map(|target| Some((target, difference(target)?))).collect::<Vec<_>>()
    })?;
    match compared {
        Ok(differing) => {
            for (target, why) in differing {
                reach.target(target, why);
            }
        }
        Err(Broken { found, .. }) => {
            let errors = plural(found.errors(), "error");
            session.report.say(&format!(
                "the project of `{since}` has {errors}, which `dockmill diff --against` shows: every target counts as reached"
            ));
            for target in &targets {
                reach.target(target, "what it rendered to is not known");
            }
        }
    }
    Ok(())
}

/// In the order of the manifest. A target means its stages too.
fn print(reach: &Reach<'_>, survey: &super::survey::Survey, json: bool) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for node in survey.graph.nodes() {
        let Some(reasons) = reach.nodes.get(&node.id) else { continue };
        if json {
            let because: Vec<&String> = reasons.iter().collect();
            let row = serde_json::json!({
                "id": node.id, "target": node.target, "stage": node.stage, "because": because,
            });
            writeln!(out, "{row}")?;
        } else if node.stage.is_none() || !reach.nodes.contains_key(&node.target) {
            writeln!(out, "{}", node.id)?;
        }
    }
    out.flush()?;
    Ok(())
}
