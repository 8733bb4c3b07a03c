//! `dockmill affected`: which targets a change of files reaches.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use clap::{ArgGroup, Args};
use clap_complete::engine::ArgValueCompleter;
use indexmap::IndexSet;

use crate::diagnostic::{Diagnostics, plural};
use crate::git::changed_since;
use crate::manifest::{Selection, Target};
use crate::plan::{ChangedPaths, Counterparts, Reach, Seen, Survey, TargetReach, survey};
use crate::project::{Broken, Session, at_revision, path};
use crate::render::output_file;

use super::arguments::{Choice, Which};
use super::report::Report;
use super::{Status, session};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true))]
pub(crate) struct Affected {
    /// Files or folders: which targets a change of them affects in the current project
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath, group = "change")]
    paths: Vec<Utf8PathBuf>,
    /// What differs from this git revision, including new files; of templates and the manifest, the rendered outputs. `A...B` is
    /// where the two parted
    #[arg(long, value_name = "REV", add = ArgValueCompleter::new(super::complete::revisions), group = "change")]
    since: Option<String>,
    #[command(flatten)]
    which: Which,
    /// Print one JSON object per line for each target or stage, with the reasons
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Affected, report: &Report) -> Result<Status> {
    let all = Choice { targets: Vec::new(), narrow: Vec::new() };
    session::run(&arguments.which, &all, report, false, |session, found| {
        let root = &session.manifest.root;
        let paths: IndexSet<Utf8PathBuf> = match &arguments.since {
            Some(revision) => changed_since(root, revision)?,
            None => arguments.paths.iter().map(|path| path::inside(path, root)).collect::<Result<_>>()?,
        };
        let changed = ChangedPaths::new(session, paths);
        let survey = match &arguments.since {
            Some(revision) => since(session, &arguments.which, revision, &changed, report, found)?,
            None => by_paths(session, &changed, found),
        };
        let Some(survey) = survey else { return Ok(Status::Failed) };
        let reach = changed.finish(survey);
        if arguments.since.is_none() {
            for path in changed.without_reach(&reach) {
                let is_there = session.renderer.file_system().metadata(&root.join(path)).is_ok();
                let gone = if is_there { "" } else { ", and there is no such file" };
                report.say(&format!("`{}` reaches no target{gone}", shown(session, path)));
            }
        }
        print(&changed, &reach, arguments.json)?;
        Ok(Status::Done)
    })
}

/// What files reach that the user names, and that may be gone by now.
fn by_paths(session: &Session<'_>, changed: &ChangedPaths<'_>, found: &mut Diagnostics) -> Option<Survey<TargetReach>> {
    survey(session, found, |seen| {
        let mut reach = TargetReach::default();
        changed.by_files(seen, &mut reach);
        changed.by_context(seen, &mut reach);
        reach
    })
}

/// A path of the project as it is reached from here.
fn shown(session: &Session<'_>, path: &Utf8Path) -> Utf8PathBuf {
    let shown = session.location.seen(path);
    if shown.as_str().is_empty() { ".".into() } else { shown }
}

/// What the difference from a revision reaches: what renders to something else than it did, or is built in another way.
fn since(
    session: &Session<'_>,
    which: &Which,
    revision: &str,
    changed: &ChangedPaths<'_>,
    report: &Report,
    found: &mut Diagnostics,
) -> Result<Option<Survey<TargetReach>>> {
    let manifest = session.manifest;
    let reach = |seen: &Seen<'_>, why: Option<&'static str>| {
        let mut reach = TargetReach::default();
        if let Some(why) = why {
            reach.because(why);
        }
        changed.by_context(seen, &mut reach);
        reach
    };
    let everything = Selection::all();
    let compared = at_revision(session, &which.values(), revision, |old, renderer| {
        let same_builder = (&old.name, &old.builder, old.build) == (&manifest.name, &manifest.builder, manifest.build);
        let before = Counterparts::new(old, &everything, (manifest, &everything), |target| &target.id, false);
        let before = Mutex::new(before);
        let why = |seen: &Seen<'_>| {
            let target = seen.target;
            if !same_builder {
                return Some("the builder's settings differ");
            }
            let then = before.lock().unwrap_or_else(PoisonError::into_inner).take(&target.id);
            let Some(then) = then else { return Some("it is new") };
            let built = |target: &Target| {
                (target.tags.clone(), target.platforms.clone(), target.stages.clone(), target.context.clone())
            };
            if built(target) != built(&then) {
                return Some("its tags, platforms, stages or build context differ");
            }
            let old = output_file(old, &then, &renderer.render(&then));
            let new = output_file(manifest, target, seen.rendered);
            let same = old.bytes == new.bytes
                && old.companions.len() == new.companions.len()
                && old.companions.iter().zip(&new.companions).all(|(old, new)| old.is_same(new));
            (!same).then_some("it renders to something else")
        };
        survey(session, found, |seen| reach(seen, why(seen)))
    })?;
    Ok(match compared {
        Ok(surveyed) => surveyed,
        Err(Broken { found: broken, .. }) => {
            let errors = plural(broken.errors(), "error");
            report.say(&format!(
                "the project of `{revision}` has {errors}, which `dockmill diff --against` shows: every target counts as reached"
            ));
            survey(session, found, |seen| reach(seen, Some("what it rendered to is not known")))
        }
    })
}

/// In the order of the manifest. A target means its stages too.
fn print(changed: &ChangedPaths<'_>, reach: &Reach, json: bool) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for node in reach.nodes() {
        if json {
            let because = changed.reasons(reach, node);
            let row = serde_json::json!({
                "id": &*node.id, "target": &*node.target, "stage": node.stage.as_deref(), "because": because,
            });
            writeln!(out, "{row}")?;
        } else if node.stage.is_none() || !reach.has_target_of(node) {
            writeln!(out, "{}", node.id)?;
        }
    }
    out.flush()?;
    Ok(())
}
