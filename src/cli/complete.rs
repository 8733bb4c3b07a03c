//! What a shell offers for the word at the cursor that only the project knows: targets, axes with their values, profiles,
//! revisions. Nothing is rendered, and what is wrong with the project is not told: a shell could not show it.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};

use camino::Utf8PathBuf;
use clap::{CommandFactory, FromArgMatches};
use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use clap_complete::env::{CompleteEnv, Shells};
use indexmap::IndexSet;

use crate::git::revision_names;
use crate::manifest::{Manifest, Selection, stage_id};
use crate::project::Location;
use crate::source::{Disk, FileSystem};

use super::arguments::{Arguments, Which};
use super::list::row_fields;

/// The variable by which the scripts of [`write_script`] ask, with the name of the shell.
const ASKED: &str = "_DOCKMILL_COMPLETE";

/// So many ids are shown whole; of more, only the parts up to the next `/`.
const WHOLE_IDS: usize = 50;

/// So many lines of a file are offered.
const MOST_LINES: usize = 200;

/// Writes the script that makes a shell ask this program for each word.
pub(super) fn write_script(shell: clap_complete::Shell, out: &mut dyn Write) -> io::Result<()> {
    let shells = Shells::builtins();
    let script = shells.completer(&shell.to_string()).ok_or(io::ErrorKind::Unsupported)?;
    // By its name and not by its path: the script may be kept where shells look for such, and outlives an installation.
    script.write_registration(ASKED, "dockmill", "dockmill", "dockmill", out)?;
    if shell == clap_complete::Shell::Bash {
        out.write_all(include_bytes!("complete.bash"))?;
    }
    Ok(())
}

/// Answers a shell that asks; `false`: none does.
pub(super) fn answered() -> clap::error::Result<bool> {
    if std::env::var_os(ASKED).is_none() {
        return Ok(false);
    }
    let here = std::env::current_dir().ok();
    CompleteEnv::with_factory(Arguments::command).var(ASKED).try_complete(std::env::args_os(), here.as_deref())
}

/// What names targets: ids, those of stages behind a whole id, and files with lists of them.
pub(super) fn targets(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = current.to_str() else { return Vec::new() };
    if let Some(file) = typed.strip_prefix('@') {
        let list = |found: CompletionCandidate| {
            let mut name = OsString::from("@");
            name.push(found.get_value());
            CompletionCandidate::new(name)
        };
        return PathCompleter::any().complete(OsStr::new(file)).into_iter().map(list).collect();
    }
    let mut found = whole_targets(current);
    let Some(manifest) = manifest() else { return found };
    let all = Selection::all();
    for target in manifest.targets(&all).flatten().filter(|target| typed.starts_with(&target.id)) {
        found.extend(starting(typed, target.stages.iter().map(|stage| stage_id(&target.id, &stage.name))));
    }
    found
}

/// Ids of targets, each also up to one of its slashes, as commands take them.
pub(super) fn whole_targets(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(current), Some(manifest)) = (current.to_str(), manifest()) else { return Vec::new() };
    let (all, texts) = (Selection::all(), Selection::all());
    let texts = manifest.text_targets(&texts).flatten().map(|text| text.target.id);
    let ids: Vec<String> = manifest
        .targets(&all)
        .flatten()
        .map(|target| target.id)
        .chain(texts)
        .filter(|id| id.starts_with(current))
        .collect();
    if ids.len() <= WHOLE_IDS {
        return ids.into_iter().map(CompletionCandidate::new).collect();
    }
    let begins = |id: &String| {
        let part = id[current.len()..].find('/').map_or(id.len(), |slash| current.len() + slash + 1);
        id[..part].to_owned()
    };
    let begins: IndexSet<String> = ids.iter().map(begins).collect();
    begins.into_iter().map(CompletionCandidate::new).collect()
}

/// The files that outputs are, those that are on disk, and behind a `:` the lines of a file with what they say.
pub(super) fn lines(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some((location, which)) = location() else { return Vec::new() };
    let Some(typed) = current.to_str() else { return Vec::new() };
    if let Some((file, number)) = typed.rsplit_once(':') {
        let Ok(text) = Disk.read(&Utf8PathBuf::from(file)) else { return Vec::new() };
        let lines = text.split_inclusive(|byte| *byte == b'\n').zip(1..);
        let lines = lines.map(|(line, at): (_, u32)| (at.to_string(), String::from_utf8_lossy(line).trim().to_owned()));
        let lines = lines.filter(|(at, _)| at.starts_with(number)).take(MOST_LINES);
        return lines
            .map(|(at, line)| CompletionCandidate::new(format!("{file}:{at}")).help(Some(line.into())))
            .collect();
    }
    let outputs = manifest_of(&location, &which).map(|manifest| {
        let all = Selection::all();
        let outputs = manifest.targets(&all).flatten().map(|target| location.seen(&target.output).to_string());
        outputs.filter(|output| output.starts_with(typed)).take(WHOLE_IDS + 1).collect::<Vec<String>>()
    });
    let mut found = PathCompleter::any().complete(current);
    let outputs = outputs.unwrap_or_default();
    if outputs.len() <= WHOLE_IDS {
        let is_new = |output: &String| found.iter().all(|known| known.get_value() != output.as_str());
        let new: Vec<String> = outputs.into_iter().filter(is_new).collect();
        found.extend(new.into_iter().map(CompletionCandidate::new));
    }
    found
}

/// `NAME=` of an axis or a variable or, behind it, the values; behind a comma, those that are not named yet.
pub(super) fn axes(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(current), Some(manifest)) = (current.to_str(), manifest()) else { return Vec::new() };
    let names = manifest.axis_names().chain(manifest.variable_names());
    let matching: Vec<&str> = names.filter(|name| name.starts_with(current)).collect();
    let (name, typed) = match (current.split_once('='), &matching[..]) {
        (Some(parts), _) => parts,
        // With its values at once: zsh would end the word behind the `=`.
        (None, [name]) => (*name, ""),
        (None, _) => return starting(current, matching.into_iter().map(|name| format!("{name}="))),
    };
    let (named, _) = typed.rsplit_once(',').unwrap_or_default();
    let before = if named.is_empty() { format!("{name}=") } else { format!("{name}={named},") };
    let is_named = |value: &str| named.split(',').any(|named| named == value);
    let mut values: Vec<String> = manifest.axis_values(name).map(str::to_owned).collect();
    if values.is_empty() {
        let of_variable = manifest.values_of_variable(name).unwrap_or_default();
        values.extend(of_variable.iter().map(ToString::to_string));
    }
    let rest = values.iter().filter(|value| !is_named(value));
    starting(current, rest.map(|value| format!("{before}{value}")))
}

/// The names of variables, as `--with` takes them.
pub(super) fn variables(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(current), Some(manifest)) = (current.to_str(), manifest()) else { return Vec::new() };
    starting(current, manifest.variable_names().map(str::to_owned))
}

/// `NAME=` of variables, as `-D` sets them.
pub(super) fn defines(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(current), Some(manifest)) = (current.to_str(), manifest()) else { return Vec::new() };
    starting(current, manifest.variable_names().map(|name| format!("{name}=")))
}

/// A format with its last placeholder completed.
pub(super) fn placeholders(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(current), Some(manifest)) = (current.to_str(), manifest()) else { return Vec::new() };
    // A brace that is closed begins no more.
    let before = match current.rfind(['{', '}']) {
        Some(at) if current[at..].starts_with('{') => &current[..=at],
        _ => return Vec::new(),
    };
    let of = |kind: &'static str| move |name: &str| format!("{before}{kind}{name}}}");
    let fields = row_fields().map(of(""));
    let variables = manifest.variable_names().map(of("vars."));
    starting(current, fields.chain(variables).chain(manifest.axis_names().map(of("point."))))
}

/// The names of profiles.
pub(super) fn profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(current), Some(manifest)) = (current.to_str(), manifest()) else { return Vec::new() };
    starting(current, manifest.profiles.keys().cloned())
}

/// The names that git has for revisions: `HEAD`, branches, tags, branches of remotes.
pub(super) fn revisions(current: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(current), Some((location, _))) = (current.to_str(), location()) else { return Vec::new() };
    starting(current, revision_names(location.root()).unwrap_or_default())
}

fn starting(current: &str, words: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    words.into_iter().filter(|word| word.starts_with(current)).map(CompletionCandidate::new).collect()
}

/// The project of the command line that is being typed, and with which values it is to be read.
fn location() -> Option<(Location, Which)> {
    // As the scripts call it: the words stand behind the first `--`.
    let words = std::env::args_os().skip_while(|word| word != "--").skip(1);
    let typed = Arguments::command().ignore_errors(true).try_get_matches_from(words.collect::<Vec<OsString>>()).ok()?;
    let mut typed = &typed;
    while let Some((_, inner)) = typed.subcommand() {
        typed = inner;
    }
    if let Some(folder) = typed.get_one::<camino::Utf8PathBuf>("directory") {
        std::env::set_current_dir(folder).ok()?;
    }
    let which = Which::from_arg_matches(typed).ok()?;
    Some((Location::find(which.file.as_deref()).ok()?, which))
}

fn manifest() -> Option<Manifest> {
    let (location, which) = location()?;
    manifest_of(&location, &which)
}

fn manifest_of(location: &Location, which: &Which) -> Option<Manifest> {
    let values = crate::project::Values { may_be_lacking: true, ..which.values() };
    location.load(&values, &Disk, &location.sources(), &mut crate::diagnostic::Diagnostics::default())
}
