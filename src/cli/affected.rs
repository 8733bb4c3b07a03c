//! `dockmill affected`: which targets a change of files reaches.

use std::io::Write;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{ArgGroup, Args};
use clap_complete::engine::ArgValueCompleter;
use indexmap::IndexSet;

use crate::diagnostic::{Diagnostics, write_json_line};
use crate::git::is_revision;
use crate::plan::{ChangedPaths, Reach, ReachedTexts, Survey, TargetReach, survey};
use crate::project::{Session, list, path};
use crate::render::Renderer;
use crate::source::again;

use super::arguments::{Choice, Which};
use super::report::Report;
use super::{Status, session};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true))]
pub(crate) struct Affected {
    /// Files or folders: which targets a change of them affects in the current project; `-` or `@FILE` for a list, one on a line
    #[arg(value_name = "PATH", value_hint = clap::ValueHint::AnyPath, group = "change")]
    paths: Vec<Utf8PathBuf>,
    /// What differs from this git revision, including new files; of templates and the manifest, the rendered outputs. `A...B` is
    /// where the two parted
    #[arg(long, value_name = "REV", add = ArgValueCompleter::new(super::complete::revisions), group = "change")]
    since: Option<String>,
    #[command(flatten)]
    which: Which,
    /// List the texts that it affects as well, behind the targets
    #[arg(long)]
    texts: bool,
    /// Print one JSON object per line for each target or stage, with the reasons
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Affected, report: &Report) -> Result<Status> {
    let all = Choice::default();
    session::run(&arguments.which, &all, report, false, |session, found| {
        let root = &session.manifest.root;
        let mut texts = if arguments.texts { ReachedTexts::of(session, found) } else { ReachedTexts::default() };
        if let Some(revision) = &arguments.since {
            let compare = |old: Option<&Renderer<'_>>| texts.since(old);
            let since = session::since(session, &arguments.which, revision, report, found, compare)?;
            let Some((changed, reach)) = since else { return Ok(Status::Failed) };
            texts.by_outputs(&changed);
            if found.errors() > 0 {
                return Ok(Status::Failed);
            }
            print(&changed, &reach, &texts, arguments.json)?;
            return Ok(Status::Done);
        }
        let paths = paths(&arguments.paths, root, report)?;
        let changed = ChangedPaths::new(session, paths);
        let Some(survey) = by_paths(session, &changed, found) else { return Ok(Status::Failed) };
        let reach = changed.finish(survey);
        texts.by_paths(&changed);
        for path in changed.without_reach(&reach).filter(|path| !texts.have(&changed, path)) {
            let is_there = session.renderer.file_system().metadata(&root.join(path)).is_ok();
            let gone = if is_there { String::new() } else { gone(session, path)? };
            report.say(&format!("`{}` reaches no target{gone}", shown(session, path)));
        }
        if found.errors() > 0 {
            return Ok(Status::Failed);
        }
        print(&changed, &reach, &texts, arguments.json)?;
        Ok(Status::Done)
    })
}

/// The paths that are named, and those on lists that are named, from the project's folder.
fn paths(named: &[Utf8PathBuf], root: &Utf8Path, report: &Report) -> Result<IndexSet<Utf8PathBuf>> {
    let mut paths = IndexSet::new();
    for name in named {
        let Some((_, text)) = list(name.as_str(), "files")? else {
            paths.insert(path::inside(name, root)?);
            continue;
        };
        // `git diff --name-only -z` ends each with a NUL.
        let lines = text.split(['\n', '\0']).map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty());
        for line in lines {
            paths.insert(path::inside(Utf8Path::new(line), root)?);
        }
    }
    if paths.is_empty() {
        report.say("the list of files is empty: none is meant");
    }
    Ok(paths)
}

/// What is to be said of a path that is not there, and that reaches nothing. A deleted file may be named, and a revision not: who
/// builds what is affected would build nothing.
fn gone(session: &Session<'_>, path: &Utf8Path) -> Result<String> {
    let root = &session.manifest.root;
    if is_revision(root, path.as_str()) {
        let since = again(&format!("affected --since {path}"));
        bail!("`{path}` is a revision of git, and no file: `{since}` lists what differs from it");
    }
    let meant = path::meant(&root.join(path)).and_then(|meant| Some(meant.strip_prefix(root).ok()?.to_owned()));
    let meant = meant.map(|meant| format!("; did you mean `{}`?", session.location.seen(&meant)));
    Ok(format!(", and there is no such file{}", meant.unwrap_or_default()))
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

/// In the order of the manifest. A target means its stages too.
fn print(changed: &ChangedPaths<'_>, reach: &Reach, texts: &ReachedTexts<'_>, json: bool) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for node in reach.nodes() {
        if json {
            let because = changed.reasons(reach, node);
            let row = serde_json::json!({
                "id": &*node.id, "target": &*node.target, "stage": node.stage.as_deref(), "because": because,
            });
            write_json_line(&mut out, &row)?;
        } else if node.stage.is_none() || !reach.has_target_of(node) {
            writeln!(out, "{}", node.id)?;
        }
    }
    for (id, because) in texts.reached() {
        if json {
            let row = serde_json::json!({ "id": id, "because": because });
            write_json_line(&mut out, &row)?;
        } else {
            writeln!(out, "{id}")?;
        }
    }
    out.flush()?;
    Ok(())
}
