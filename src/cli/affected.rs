//! `dockmill affected`: which targets a change of files reaches.

mod reach;

use std::collections::HashMap;
use std::io::Write;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{ArgGroup, Args};
use indexmap::IndexSet;

use crate::diagnostic::{Diagnostics, plural};
use crate::git::changed_since;
use crate::manifest::{Selection, Target};
use crate::project::{Broken, Session, at_revision, path};
use crate::render::output_file;

use super::Status;
use super::arguments::{Choice, Which};
use super::report::Report;
use super::session;
use super::survey::{Survey, survey, survey_with};
use reach::Reach;

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
        let reached = match &arguments.since {
            Some(revision) => since(session, &arguments.which, revision, report, found)?,
            None => by_paths(session, &arguments.paths, report, found)?,
        };
        let Some((survey, mut reach)) = reached else { return Ok(Status::Failed) };
        reach.by_images(&survey);
        print(&reach, &survey, arguments.json)?;
        Ok(Status::Done)
    })
}

/// What files reach that the user names, and that may be gone by now.
fn by_paths<'s>(
    session: &'s Session<'s>,
    paths: &[Utf8PathBuf],
    report: &Report,
    found: &mut Diagnostics,
) -> Result<Option<(Survey, Reach<'s>)>> {
    let root = &session.project.root;
    let changed: IndexSet<Utf8PathBuf> = paths.iter().map(|path| path::inside(path, root)).collect::<Result<_>>()?;
    let Some(survey) = survey(session, found) else { return Ok(None) };
    let mut reach = Reach::new(session);
    reach.by_templates(&survey, &changed);
    reach.by_contexts(&survey, &changed);
    for path in changed.iter().filter(|path| !reach.known.contains(*path)) {
        let gone = if root.join(path).exists() { "" } else { ", and there is no such file" };
        report.say(&format!("`{}` reaches no target{gone}", shown(session, path)));
    }
    Ok(Some((survey, reach)))
}

/// A path of the project as it is reached from here.
fn shown(session: &Session<'_>, path: &Utf8Path) -> Utf8PathBuf {
    if path.as_str().is_empty() && session.prefix.as_str().is_empty() { ".".into() } else { session.prefix.join(path) }
}

/// What the difference from a revision reaches: what renders to something else than it did, or is built in another way.
fn since<'s>(
    session: &'s Session<'s>,
    which: &Which,
    revision: &str,
    report: &Report,
    found: &mut Diagnostics,
) -> Result<Option<(Survey, Reach<'s>)>> {
    let project = session.project;
    let changed = changed_since(&project.root, revision)?;
    let everything = Selection::all();
    let compared = at_revision(session, &which.values(), revision, |old, renderer| {
        let same_builder = (&old.name, &old.builder, old.build) == (&project.name, &project.builder, project.build);
        let before: HashMap<String, Target> =
            old.targets(&everything).flatten().map(|target| (target.id.clone(), target)).collect();
        survey_with(session, found, |target, rendered| {
            if !same_builder {
                return Some("the builder's settings differ");
            }
            let Some(then) = before.get(&target.id) else { return Some("it is new") };
            let built = |target: &Target| (target.tags.clone(), target.stages.clone(), target.context.clone());
            if built(target) != built(then) {
                return Some("its tags, stages or build context differ");
            }
            let old = output_file(old, then, &renderer.render(then));
            let new = output_file(project, target, rendered);
            let same = old.bytes == new.bytes
                && old.companions.len() == new.companions.len()
                && old.companions.iter().zip(&new.companions).all(|(old, new)| old.is_same(new));
            (!same).then_some("it renders to something else")
        })
    })?;
    let surveyed = match compared {
        Ok(surveyed) => surveyed,
        Err(Broken { found: broken, .. }) => {
            let errors = plural(broken.errors(), "error");
            report.say(&format!(
                "the project of `{revision}` has {errors}, which `dockmill diff --against` shows: every target counts as reached"
            ));
            survey_with(session, found, |_, _| Some("what it rendered to is not known"))
        }
    };
    let Some((survey, reasons)) = surveyed else { return Ok(None) };
    let mut reach = Reach::new(session);
    for (surveyed, why) in survey.targets.values().zip(reasons) {
        if let Some(why) = why {
            reach.target(&surveyed.target, why);
        }
    }
    reach.by_contexts(&survey, &changed);
    Ok(Some((survey, reach)))
}

/// In the order of the manifest. A target means its stages too.
fn print(reach: &Reach<'_>, survey: &Survey, json: bool) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for node in survey.graph.nodes() {
        let Some(reasons) = reach.nodes.get(&*node.id) else { continue };
        if json {
            let because: Vec<&String> = reasons.iter().collect();
            let row = serde_json::json!({
                "id": &*node.id, "target": &*node.target, "stage": node.stage.as_deref(), "because": because,
            });
            writeln!(out, "{row}")?;
        } else if node.stage.is_none() || !reach.nodes.contains_key(&*node.target) {
            writeln!(out, "{}", node.id)?;
        }
    }
    out.flush()?;
    Ok(())
}
