//! `dockmill adopt --edit`: outputs that were edited, taken back into what they are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write as _};

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::adopt::edit::{Edited, Meaning, meanings, of_text, pairs};
use crate::adopt::{Dockerfile, Files};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, plural, printable};
use crate::output::diff::{Change, ChangeKind, FileRole, Mode, Paint, write_patch};
use crate::output::fold::Fold;
use crate::output::{OutputFile, Outputs, State, is_converted};
use crate::project::{Session, Values, at_commit, path};
use crate::render::{into_output_file, output_file};
use crate::review::differences;
use crate::source::{Disk, FileSystem, Span, again};

use super::super::Status;
use super::super::arguments::{Choice, Scope, Which};
use super::super::render::Render;
use super::super::report::Report;
use super::super::session;
use super::{Adopt, new_file};

pub(super) fn run(arguments: &Adopt, report: &Report) -> Result<Status> {
    let which = || {
        let (file, limit) = (arguments.edited.file.clone(), arguments.limit.clone());
        Which { file, limit, ..Which::default() }
    };
    let mut targets = BTreeSet::new();
    let mut new = None;
    let status = session::run_with_texts(&which(), &Choice::default(), report, false, |session, found| {
        new = new_file(session, arguments)?;
        if new.is_some() { Ok(Status::Done) } else { edit(session, arguments, report, &mut targets, found) }
    })?;
    if let Some(file) = new.filter(|_| status == Status::Done) {
        return new_file::run(arguments, file, report);
    }
    if targets.is_empty() {
        return Ok(status);
    }
    // The sources are written: the other outputs follow them.
    let mut choice = Choice::default();
    choice.targets.extend(targets);
    let render = Render { which: which(), scope: Scope { choice, since: None }, ..Render::default() };
    super::super::render::run(&render, report)
}

/// The one file that is named, if no target of the project makes it: it is to become an output.
fn new_file(session: &Session<'_>, arguments: &Adopt) -> Result<Option<Dockerfile>> {
    let [given] = &arguments.folders[..] else { return Ok(None) };
    if !Disk.is_file(given) {
        return Ok(None);
    }
    let path = path::inside(given, &session.manifest.root)?;
    let is_read = session.manifest.inputs().any(|input| *input == *path);
    let is_made = session.manifest.made_by(&path).is_some() || !session.manifest.texts_of(&path).is_empty();
    if is_made || is_read {
        return Ok(None);
    }
    let bytes = Disk.read(given).map_err(|error| path::plain(given, &error))?;
    Ok(Some(Dockerfile { path: path.into_string(), bytes }))
}

/// A file that is not as it would be rendered.
struct Differing {
    path: Utf8PathBuf,
    state: State,
    /// What stands on disk.
    old: Vec<u8>,
    /// What would be rendered.
    new: Vec<u8>,
    is_text: bool,
}

/// All files that are not as they would be rendered. `None`: errors are in `found`.
fn differing(session: &Session<'_>, outputs: &mut Outputs, found: &mut Diagnostics) -> Option<Vec<Differing>> {
    let mut all = Vec::new();
    let mut has_failed = false;
    let mut look = |file: OutputFile, is_text: bool, found: &mut Diagnostics| {
        let states = outputs.look(&file).map_err(|error| found.push(error)).unwrap_or_default();
        let made = std::iter::once(file.bytes).chain(file.companions.into_iter().map(|beside| beside.bytes));
        let differing = states.into_iter().zip(made).filter(|(seen, _)| !seen.state.is_current());
        all.extend(differing.map(|(seen, new)| {
            let old = seen.old.unwrap_or_default();
            Differing { path: seen.path, state: seen.state, old, new, is_text }
        }));
    };
    let make = |target: &_, rendered| into_output_file(session.manifest, target, rendered);
    session.each_owned(found, make, |made, found| match made {
        Some((_, file)) => look(file, false, found),
        None => has_failed = true,
    });
    for (_, file) in session.texts(has_failed, found).files {
        look(file, true, found);
    }
    (found.errors() == 0).then_some(all)
}

/// What the committed sources make of some files; nothing where that is not known.
fn at_head(session: &Session<'_>, files: &[Differing]) -> BTreeMap<Utf8PathBuf, Vec<u8>> {
    let made = at_commit(session, &Values::default(), |manifest, renderer| {
        let mut made = BTreeMap::new();
        for file in files.iter().filter(|file| !file.is_text) {
            let Some((target, _)) = manifest.made_by(&file.path) else { continue };
            let rendered = renderer.render(&target);
            if !rendered.failed() {
                let OutputFile { path, bytes, companions, .. } = output_file(manifest, &target, &rendered);
                made.insert(path, bytes);
                made.extend(companions.into_iter().map(|beside| (beside.path, beside.bytes)));
            }
        }
        made
    });
    // Where there is no repository, or HEAD's project has errors, nothing is known.
    made.ok().and_then(Result::ok).unwrap_or_default()
}

/// Was the file edited, as far as can be told? `is_named`: the user says so where it cannot.
fn is_edited(file: &Differing, head: Option<&Vec<u8>>, outputs: &Outputs, is_named: bool) -> bool {
    match file.state {
        State::Edited { conflict: None } => true,
        State::OutOfDate => {
            let is_made = |made: &Vec<u8>| *made == file.old || is_converted(&file.old, made);
            outputs.is_committed(&file.path, &file.old) && head.is_some_and(|made| !is_made(made))
        }
        State::Unknown { .. } | State::Foreign | State::Copy | State::Unclaimed => is_named,
        _ => false,
    }
}

/// The edited outputs that the arguments name.
fn chosen(
    session: &Session<'_>,
    arguments: &Adopt,
    report: &Report,
    outputs: &mut Outputs,
    all: &[Differing],
    found: &mut Diagnostics,
) -> Result<Vec<Edited>> {
    let root = &session.manifest.root;
    let mut named: Vec<(Utf8PathBuf, bool)> = Vec::new();
    for given in &arguments.folders {
        named.push(if Disk.is_dir(given) {
            (path::inside(&path::folder(given)?, root)?, true)
        } else {
            (path::inside(given, root)?, false)
        });
    }
    for (name, _) in named.iter().filter(|(name, is_folder)| !is_folder && !all.iter().any(|file| file.path == *name)) {
        let seen = session.location.seen(name);
        if session.manifest.made_by(name).is_none() && session.manifest.texts_of(name).is_empty() {
            bail!("`{seen}` is no output of this project; `{}` shows the outputs", again("list"));
        }
        report.say(&format!("{seen} is as the templates say"));
    }
    let head = at_head(session, all);
    let mut edited = Vec::new();
    for file in all {
        let is_named = named.iter().any(|(name, is_folder)| !is_folder && *name == file.path);
        let is_within = named.iter().any(|(name, is_folder)| *is_folder && file.path.starts_with(name));
        let seen = session.location.seen(&file.path);
        let of_head = head.get(&file.path);
        if !is_named && !is_within {
            continue;
        }
        if !is_edited(file, of_head, outputs, is_named) {
            let is_open = matches!(file.state, State::Edited { .. } | State::Unmerged { .. });
            if is_named || is_open {
                report.say(&format!("{seen} {}; there is no edit to adopt", file.state));
            } else if matches!(file.state, State::Unknown { .. }) {
                report.say(&format!("{seen} {}; name it to adopt its edits", file.state));
            }
            continue;
        }
        if file.is_text {
            found.push(of_text(session, &file.path, &file.old, &file.new));
            continue;
        }
        // What is rendered must be what the edit was made in.
        let is_of_head = of_head.is_some_and(|made| *made == file.new);
        if is_of_head || outputs.has_written(&file.path, &file.new).unwrap_or(of_head.is_none()) {
            edited.push(Edited { path: file.path.clone(), bytes: file.old.clone() });
        } else {
            let place = Span::new(session.sources.add(&*file.path, file.old.clone()), 0, 0);
            let message = format!("`{seen}` was edited, and what it is made from has changed since it was rendered");
            found.push(Diagnostic::error(Code::EditNotAdopted, place, message).help(
                "put the change of the sources aside (`git stash push -- FILE...`), adopt the edit, and take it back (`git stash pop`)",
            ));
        }
    }
    Ok(edited)
}

/// Adopts the edits. `targets` gets what is to be rendered then.
fn edit(
    session: &Session<'_>,
    arguments: &Adopt,
    report: &Report,
    targets: &mut BTreeSet<String>,
    found: &mut Diagnostics,
) -> Result<Status> {
    let Some(mut outputs) = session.outputs(found) else { return Ok(Status::Failed) };
    let Some(all) = differing(session, &mut outputs, found) else { return Ok(Status::Failed) };
    let edited = chosen(session, arguments, report, &mut outputs, &all, found)?;
    if found.errors() > 0 {
        return Ok(Status::Failed);
    }
    if edited.is_empty() {
        report.say("no output was edited");
        *found = Diagnostics::default();
        return Ok(Status::Done);
    }
    let adopted: Vec<(Utf8PathBuf, Vec<u8>)> =
        edited.iter().map(|edited| (edited.path.clone(), edited.bytes.clone())).collect();
    let (meaning, lines) = match chosen_meaning(session, arguments, report, edited, &Files::new(), found)? {
        Ok(meaning) => meaning,
        Err(status) => return Ok(status),
    };
    write(session, &meaning, &Files::new())?;
    for (path, bytes) in &adopted {
        // The sources are written already: what is not noted is found out again.
        if let Err(error) = outputs.note_made(path, bytes) {
            report.say(&format!("note: {}", error.message));
        }
    }
    for line in &lines {
        report.say(line);
    }
    report.say(&reach(session, &meaning));
    let also = meaning.also.keys().filter_map(|path| session.manifest.made_by(path));
    targets.extend(also.map(|(target, _)| target.id));
    // What someone else edited as well stays as it is.
    let is_kept = |path: &Utf8Path| all.iter().any(|file| file.path == *path && file.state.is_protected());
    let (kept, follow): (Vec<_>, Vec<_>) = meaning.follow.iter().partition(|(path, _)| is_kept(path));
    targets.extend(follow.iter().flat_map(|(_, ids)| ids.split_whitespace().map(str::to_owned)));
    for (path, ids) in kept {
        report.say(&format!("{} was edited, too, and is left as it is", session.location.seen(path)));
        // A target that has a kept file is not rendered for its other files.
        targets.remove(ids);
    }
    Ok(Status::Done)
}

/// What the edits mean, with the lines of the sources that change. `added`: files of the project as they are in memory, which are
/// written with any meaning. `Err`: nothing is to be written.
pub(super) fn chosen_meaning(
    session: &Session<'_>,
    arguments: &Adopt,
    report: &Report,
    edited: Vec<Edited>,
    added: &Files,
    found: &mut Diagnostics,
) -> Result<Result<(Meaning, Vec<String>), Status>> {
    let adopted: Vec<String> =
        edited.iter().map(|edited| format!("`{}`", session.location.seen(&edited.path))).collect();
    let mut meanings = meanings(session, edited, found);
    if found.errors() > 0 {
        return Ok(Err(Status::Failed));
    }
    // Warnings are for `render` to tell.
    *found = Diagnostics::default();
    for (path, bytes) in added {
        for meaning in &mut meanings {
            meaning.sources.entry(path.clone()).or_insert_with(|| bytes.clone());
        }
    }
    let mut told: Vec<Vec<String>> = meanings.iter().map(|meaning| changes(session, meaning)).collect();
    let number = match (&*meanings, arguments.edited.reach) {
        ([one], None) if one.is_certain => 0,
        (all, Some(number)) if (1..=all.len()).contains(&number) => number - 1,
        (all, Some(number)) => {
            let count = plural(all.len(), "meaning");
            bail!("`--reach {number}`: the edit has {count}, counted from 1");
        }
        (all, None) => {
            report.say(&format!("the edit of {} can mean:", adopted.join(", ")));
            for (number, (meaning, lines)) in all.iter().zip(&told).enumerate() {
                report.say(&format!("{}: {}", number + 1, reach(session, meaning)));
                for line in lines {
                    report.say(&format!("   {line}"));
                }
            }
            let Some(number) = ask(all.len(), report) else {
                report.say("nothing was written; `--reach NUMBER` chooses");
                return Ok(Err(Status::No));
            };
            number
        }
    };
    if number >= meanings.len() {
        return Ok(Err(Status::Failed));
    }
    let (meaning, lines) = (meanings.swap_remove(number), told.swap_remove(number));
    if arguments.dry_run {
        print_patch(session, &meaning)?;
        report.say(&reach(session, &meaning));
        return Ok(Err(Status::Done));
    }
    Ok(Ok((meaning, lines)))
}

/// So many lines of a change of sources are told.
const LINES: usize = 12;
/// So many outputs are named one by one; a list of targets in a line has at most so many terms.
const OUTPUTS: usize = 6;

/// The lines of the sources that change.
fn changes(session: &Session<'_>, meaning: &Meaning) -> Vec<String> {
    let mut told = Vec::new();
    for (path, new) in &meaning.sources {
        let old = Disk.read(&session.manifest.root.join(path)).unwrap_or_default();
        let lines = |text: &'_ [u8]| -> Vec<String> {
            let lines = text.split_inclusive(|byte| *byte == b'\n');
            lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect()
        };
        let (old, new) = (lines(&old), lines(new));
        let seen = session.location.seen(path);
        let shown = |line: &String| printable(line.trim());
        let is_tag = |line: &str| line.trim_start().starts_with('@') && !line.trim_start().starts_with("@{");
        for op in differences(&old, &new).into_iter().filter(|op| !op.equal) {
            let gone: Vec<&[u8]> = old[op.old.clone()].iter().map(String::as_bytes).collect();
            let come: Vec<&[u8]> = new[op.new.clone()].iter().map(String::as_bytes).collect();
            for (was, now) in pairs(&gone, &come) {
                let was = was.map(|at| (op.old.start + at + 1, &old[op.old.start + at]));
                let now = now.map(|at| (op.new.start + at + 1, &new[op.new.start + at]));
                match (was, now) {
                    // A line never becomes the begin or the end of a block.
                    (Some((_, was)), Some((at, now))) if is_tag(was) == is_tag(now) => {
                        let (was, now) = (shown(was), shown(now));
                        told.push(if was == now {
                            format!("{seen}:{at}: white space of `{now}` changes")
                        } else {
                            format!("{seen}:{at}: `{was}` becomes `{now}`")
                        });
                    }
                    _ => {
                        told.extend(was.map(|(at, line)| format!("{seen}:{at}: `{}` goes", shown(line))));
                        told.extend(now.map(|(at, line)| format!("{seen}:{at}: `{}` is new", shown(line))));
                    }
                }
            }
        }
    }
    let more = told.len().saturating_sub(LINES);
    if more > 0 {
        told.truncate(LINES);
        told.push(format!("and {} more", plural(more, "line")));
    }
    told
}

/// What else a change does: which other outputs it reaches, which lines of the edited ones, and what is wrong then.
pub(super) fn reach(session: &Session<'_>, meaning: &Meaning) -> String {
    let mut told = Vec::new();
    let count = meaning.follow.len();
    if count > 0 {
        let named = if count > OUTPUTS {
            let ids = || meaning.follow.values().map(String::as_str);
            Fold::of(session.manifest, ids()).fold(ids()).short(OUTPUTS)
        } else {
            let paths = meaning.follow.keys().map(|path| session.location.seen(path).into_string());
            paths.collect::<Vec<_>>().join(", ")
        };
        let follow = if count == 1 { "follows" } else { "follow" };
        told.push(format!("{} {follow}: {named}", plural(count, "other output")));
    }
    let mut also: BTreeMap<&BTreeSet<usize>, Vec<String>> = BTreeMap::new();
    for (path, lines) in &meaning.also {
        also.entry(lines).or_default().push(session.location.seen(path).into_string());
    }
    for (lines, paths) in also {
        let (line, change) = if lines.len() == 1 { ("line", "changes") } else { ("lines", "change") };
        let numbers: Vec<String> = lines.iter().map(usize::to_string).collect();
        told.push(format!("{line} {} of {} {change} as well", named(&numbers), named(&paths)));
    }
    if told.is_empty() {
        told.push("no other output changes".to_owned());
    }
    told.extend(meaning.warnings.iter().map(|warning| format!("dockmill warns then: {warning}")));
    told.join("; ")
}

/// Words of a list, or the first of them.
fn named(words: &[String]) -> String {
    match words {
        [all @ .., last] if (1..OUTPUTS).contains(&all.len()) => format!("{} and {last}", all.join(", ")),
        all if all.len() <= OUTPUTS => all.join(", "),
        all => format!("{} and {} more", all[..OUTPUTS].join(", "), all.len() - OUTPUTS),
    }
}

/// Asks which meaning is meant, where someone can answer.
fn ask(count: usize, report: &Report) -> Option<usize> {
    if report.quiet || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    _ = write!(std::io::stderr(), "which one (1 to {count}; anything else: none)? ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).ok()?;
    let number: usize = answer.trim().parse().ok()?;
    (1..=count).contains(&number).then(|| number - 1)
}

fn print_patch(session: &Session<'_>, meaning: &Meaning) -> Result<()> {
    let change = |(path, new): (&Utf8PathBuf, &Vec<u8>)| Change {
        target: String::new(),
        path: path.clone(),
        role: FileRole::Text,
        old: Disk.read(&session.manifest.root.join(path)).ok(),
        new: Some(new.clone()),
        old_mode: Mode::Regular,
        mode: Mode::Regular,
        kind: ChangeKind::Changed,
        notes: Vec::new(),
    };
    let changes: Vec<Change> = meaning.sources.iter().map(change).collect();
    let mut stdout = std::io::stdout().lock();
    write_patch(&changes, Paint::default(), &mut stdout)?;
    Ok(stdout.flush()?)
}

/// Writes the sources, if they still are what was read. `was`: what those are on disk that were read from memory.
pub(super) fn write(session: &Session<'_>, meaning: &Meaning, was: &Files) -> Result<()> {
    let root = &session.manifest.root;
    let read = session.sources.files();
    for path in meaning.sources.keys() {
        let file = root.join(path);
        let now = Disk.read(&file).map_err(|error| path::plain(&file, &error))?;
        let is_read = || read.iter().any(|(_, source)| source.project_path() == Some(path) && *source.bytes() == *now);
        let is_same = was.get(path).map_or_else(is_read, |was| *was == now);
        if !is_same {
            bail!("`{}` was changed meanwhile; nothing was written", session.location.seen(path));
        }
    }
    let files: Vec<(Utf8PathBuf, &[u8])> =
        meaning.sources.iter().map(|(path, bytes)| (root.join(path), &**bytes)).collect();
    super::super::write::together(&files)
}
