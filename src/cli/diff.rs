//! `dockmill diff`: what `render` would change, or what a change of the templates does to the outputs.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::Args;

use crate::diagnostic::{Diagnostics, plural};
use crate::dockerfile::{cache_impact, parse};
use crate::graph::{Dependency, Graph, Node};
use crate::manifest::{Project, Selection, Target};
use crate::output::diff::{Change, Groups, Kind, Mode, Paint, write_patch, write_stat};
use crate::output::fold::Fold;
use crate::output::{Companion, OutputFile, State, is_executable, is_header};
use crate::render::{Renderer, output_file};

use super::Status;
use super::arguments::{Choice, Which};
use super::leftovers::Expected;
use super::report::Report;
use super::revision;
use super::session::{self, Session};

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Compare with what the templates of this git revision render to, not with the files on disk
    #[arg(long, value_name = "REV")]
    pub(crate) against: Option<String>,
    /// The whole patch of every output, for `git apply`
    #[arg(long)]
    pub(crate) patch: bool,
    /// Only count changed lines
    #[arg(long)]
    pub(crate) stat: bool,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

impl Diff {
    /// The default form.
    pub(crate) fn grouped() -> Self {
        let choice = Choice { targets: Vec::new(), narrow: Vec::new() };
        let which = Which { file: None, define: Vec::new(), profile: None };
        Self { choice, which, against: None, patch: false, stat: false, deny_warnings: false }
    }
}

pub(crate) fn run(arguments: &Diff, report: &Report) -> Result<Status> {
    session::run_narrow(&arguments.which, &arguments.choice, report, arguments.deny_warnings, |session, found| {
        let mut nodes = Vec::new();
        let (changes, remarks) = match &arguments.against {
            None => against_disk(session, found, &mut nodes)?,
            Some(revision) => (against_revision(session, revision, arguments, found, &mut nodes)?, Vec::new()),
        };
        // What cannot be rendered is no answer; the errors follow.
        if changes.is_empty() && remarks.is_empty() && found.errors() > 0 {
            return Ok(Status::Failed);
        }
        if !session.all && !changes.is_empty() {
            let all = Selection::all();
            let targets = session.project.targets(&all).flatten();
            nodes = targets.map(|target| node(&target.id, session.renderer.render(&target).dependencies)).collect();
        }
        let ids = session.project.all_ids();
        let fold = Fold::new(ids.iter().map(String::as_str));
        show(session, arguments, annotate(changes, &Graph::new(nodes), &fold), &remarks, &fold)
    })
}

pub(crate) fn show(
    session: &Session<'_>,
    arguments: &Diff,
    changes: Vec<Change>,
    remarks: &[String],
    fold: &Fold<'_>,
) -> Result<Status> {
    let stdout = std::io::stdout();
    let colour = session.report.colour(&stdout);
    let paint = Paint { colour, screen: stdout.is_terminal() };
    let mut out = std::io::BufWriter::new(stdout.lock());
    let count = changes.len();
    for remark in remarks {
        writeln!(out, "# {}", crate::diagnostic::printable(remark))?;
    }
    if arguments.patch && arguments.stat {
        write_stat(&changes, WIDTH, colour, &mut out)?;
    } else if arguments.patch {
        write_patch(&changes, paint, &mut out)?;
    } else {
        let mut groups = Groups::new(&is_header);
        for change in changes {
            groups.add(change);
        }
        if arguments.stat {
            groups.write_stat(fold, WIDTH, colour, &mut out)?;
        } else {
            groups.write(fold, paint, &mut out)?;
        }
    }
    out.flush()?;
    let blocked = plural(remarks.len(), "file");
    let said = match (count, remarks.len()) {
        (0, 0) => "no differences".to_owned(),
        (0, _) => format!("{blocked} cannot be written"),
        (_, 0) => format!("{} would change", plural(count, "file")),
        _ => format!("{} would change, {blocked} cannot be written", plural(count, "file")),
    };
    session.report.say(&said);
    Ok(if count == 0 && remarks.is_empty() { Status::Done } else { Status::No })
}

/// Columns of `--stat`, as git's where there is no terminal.
const WIDTH: usize = 80;

/// What `render` would change on disk.
pub(crate) fn against_disk(
    session: &Session<'_>,
    found: &mut Diagnostics,
    nodes: &mut Vec<Node>,
) -> Result<(Vec<Change>, Vec<String>)> {
    let (mut changes, mut remarks) = (Vec::new(), Vec::new());
    let Some(mut outputs) = session.outputs(found) else { return Ok((changes, remarks)) };
    let mut expected = Expected::default();
    let make = |target: &_, rendered: &crate::render::Rendered| {
        (output_file(session.project, target, rendered), rendered.dependencies.clone())
    };
    session.each(found, make, |output, found| {
        let Some((target, (file, dependencies))) = output else { return };
        nodes.push(node(&target.id, dependencies));
        expected.add(&file);
        match outputs.look(&file) {
            Ok(states) => changes.extend(differences(&target, &file, states, &mut remarks)),
            Err(error) => found.push(error),
        }
    });
    for leftover in expected.left_over(session, &mut outputs, found).files {
        let kind = if leftover.edited.is_empty() { Kind::Removed } else { Kind::Edited };
        for path in leftover.companions.iter().chain([&leftover.path]) {
            let old = std::fs::read(session.project.root.join(path)).ok();
            changes.push(Change {
                target: leftover.path.to_string(),
                path: path.clone(),
                is_companion: *path != leftover.path,
                old,
                new: None,
                old_mode: mode_on_disk(&session.project.root.join(path)),
                mode: Mode::Regular,
                kind,
                notes: Vec::new(),
            });
        }
    }
    Ok((changes, remarks))
}

fn mode_on_disk(path: &camino::Utf8Path) -> Mode {
    use crate::source::FileSystem;
    crate::source::Disk.metadata(path).map_or(Mode::Regular, |meta| Mode::of(is_executable(meta.mode)))
}

/// The changes of an output and its companions.
fn differences(
    target: &Target,
    file: &OutputFile,
    states: Vec<crate::output::Found>,
    remarks: &mut Vec<String>,
) -> Vec<Change> {
    let mut change = |found: crate::output::Found| {
        let kind = match found.state {
            State::Current { .. } => return None,
            State::Missing => Kind::New,
            State::Dropped => Kind::Removed,
            // No patch can say it: it is a note of its own.
            State::Irregular(_) => {
                remarks.push(format!("{} {}", found.path, found.state));
                return None;
            }
            ref state if state.is_protected() => Kind::Edited,
            State::OutOfDate | State::WrongMode | State::Edited { .. } | State::Foreign | State::Copy => Kind::Changed,
        };
        let companion = file.companions.iter().find(|companion| companion.path == found.path);
        let new = match (&found.state, companion) {
            (State::Dropped, _) => None,
            // Then `render` leaves the bytes alone.
            (State::WrongMode, _) => found.old.clone(),
            (_, Some(companion)) => Some(companion.bytes.clone()),
            _ => Some(file.bytes.clone()),
        };
        let old_mode = Mode::of(found.old_executable);
        let mode = Mode::of(companion.is_some_and(Companion::is_executable));
        let notes = match &found.state {
            State::Missing | State::OutOfDate | State::WrongMode | State::Dropped => Vec::new(),
            state => vec![format!("{} {state}", found.path)],
        };
        let is_companion = found.path != file.path;
        Some(Change {
            target: target.id.clone(),
            path: found.path,
            is_companion,
            old: found.old,
            new,
            old_mode,
            mode,
            kind,
            notes,
        })
    };
    states.into_iter().filter_map(&mut change).collect()
}

/// What a revision's templates render to, against what the work tree's do.
fn against_revision(
    session: &Session<'_>,
    revision: &str,
    arguments: &Diff,
    found: &mut Diagnostics,
    nodes: &mut Vec<Node>,
) -> Result<Vec<Change>> {
    let compared = revision::with(session, &arguments.which, revision, |old, renderer| {
        compare(session, old, renderer, found, nodes)
    })?;
    compared.map_err(|broken| {
        session.report.show(broken.found, &broken.sources, false);
        anyhow::anyhow!("what `{revision}` renders to is not known, for the errors above")
    })
}

fn compare(
    session: &Session<'_>,
    old: &Project,
    renderer: &Renderer<'_>,
    found: &mut Diagnostics,
    nodes: &mut Vec<Node>,
) -> Vec<Change> {
    let project = session.project;
    let old_selection = Selection::all();
    let mut before: HashMap<Utf8PathBuf, Target> =
        old.targets(&old_selection).flatten().map(|target| (target.output.clone(), target)).collect();
    let render_old = |target: &Target| output_file(old, target, &renderer.render(target));
    let make = |target: &Target, rendered: &crate::render::Rendered| {
        let new = output_file(project, target, rendered);
        let old = before.get(&target.output).map(&render_old);
        (pair(&target.id, old, Some(new)), rendered.dependencies.clone(), target.output.clone())
    };
    let mut changes = Vec::new();
    let mut seen = Vec::new();
    session.each(found, make, |output, _| {
        let Some((target, (differing, dependencies, path))) = output else { return };
        nodes.push(node(&target.id, dependencies));
        changes.extend(differing);
        seen.push(path);
    });
    for path in seen {
        before.remove(&path);
    }
    if session.all {
        let mut gone: Vec<Target> = before.into_values().collect();
        gone.sort_by(|left, right| left.output.cmp(&right.output));
        for target in gone {
            changes.extend(pair(&target.id, Some(render_old(&target)), None));
        }
    }
    changes
}

/// The changes from one output with its companions to another.
fn pair(id: &str, old: Option<OutputFile>, new: Option<OutputFile>) -> Vec<Change> {
    let output = new.as_ref().or(old.as_ref()).map(|output| output.path.clone());
    let files = |output: Option<OutputFile>| {
        let mut files: indexmap::IndexMap<Utf8PathBuf, (Vec<u8>, Mode)> = indexmap::IndexMap::new();
        if let Some(output) = output {
            files.insert(output.path, (output.bytes, Mode::Regular));
            for file in output.companions {
                let mode = Mode::of(file.is_executable());
                files.insert(file.path, (file.bytes, mode));
            }
        }
        files
    };
    let (mut old, new) = (files(old), files(new));
    let mut changes = Vec::new();
    let mut add = |path: Utf8PathBuf, old: Option<(Vec<u8>, Mode)>, new: Option<(Vec<u8>, Mode)>| {
        let kind = match (&old, &new) {
            (None, _) => Kind::New,
            (_, None) => Kind::Removed,
            _ => Kind::Changed,
        };
        let (old, old_mode) = old.map(|(bytes, mode)| (Some(bytes), mode)).unwrap_or_default();
        let (new, mode) = new.map(|(bytes, mode)| (Some(bytes), mode)).unwrap_or_default();
        let is_companion = Some(&path) != output.as_ref();
        let (target, notes) = (id.to_owned(), Vec::new());
        changes.push(Change { target, path, is_companion, old, new, old_mode, mode, kind, notes });
    };
    for (path, new) in new {
        let before = old.shift_remove(&path);
        if before.as_ref() != Some(&new) {
            add(path, before, Some(new));
        }
    }
    for (path, old) in old {
        add(path, Some(old), None);
    }
    changes
}

/// A target with what has it built anew: a pinned tag stays what it is.
fn node(id: &str, mut dependencies: Vec<Dependency>) -> Node {
    dependencies.retain(|dependency| !dependency.pinned && !dependency.onbuild);
    Node::whole(id, dependencies)
}

/// Adds to each changed Dockerfile what it costs: the first instruction that changes, later layers, other images.
fn annotate(mut changes: Vec<Change>, graph: &Graph, fold: &Fold<'_>) -> Vec<Change> {
    for change in &mut changes {
        let (Some(old), Some(new)) = (&change.old, &change.new) else { continue };
        if change.is_companion || !old.windows(5).any(|window| window.eq_ignore_ascii_case(b"from ")) {
            continue;
        }
        let new_file = parse(new);
        let Some(impact) = cache_impact(&parse(old), &new_file) else { continue };
        let mut note = match impact.line {
            Some(line) => format!("the first instruction that changes is line {line}, `{}`", line_of(new, line)),
            None => "instructions at the end are gone".to_owned(),
        };
        match impact.lost.len() {
            0 => {}
            1 => note.push_str("; 1 layer after it loses its cache"),
            count => _ = write!(note, "; {count} layers after it lose their cache"),
        }
        let above = graph.dependents(&[&change.target]).into_iter().map(|node| &*node.id);
        let above: Vec<&str> = above.filter(|id| *id != change.target).collect();
        if !above.is_empty() {
            let folded = fold.fold(above.iter().copied()).short(4);
            let _ = write!(note, "; {} built on it too ({folded})", plural(above.len(), "image"));
        }
        change.notes.push(note);
    }
    changes
}

fn line_of(bytes: &[u8], line: u32) -> String {
    let line = bytes.split(|byte| *byte == b'\n').nth(line as usize - 1).unwrap_or_default();
    let text = crate::diagnostic::printable(String::from_utf8_lossy(line).trim());
    if text.chars().count() > 60 { format!("{}…", text.chars().take(59).collect::<String>()) } else { text }
}
