//! Rules for GNU make: what they build, profile by profile.

use std::cell::Cell;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};
use camino::Utf8PathBuf;
use clap::Args;

use crate::output::{Found, OutputFile, Outputs, State};
use crate::plan::export::make_rules::{make_rules, one_line, unlinked};
use crate::plan::export::makefile::Makefile;
use crate::plan::export::rule_names::RuleNames;
use crate::plan::{Seen, survey};
use crate::render::output_file;

use super::super::arguments::{Choice, Which};
use super::super::report::Report;
use super::super::session;
use super::super::{Status, write};

/// The middle word of rules that use no profile.
const PLAIN: &str = "build";
/// What is pushed is what this profile builds, where there is one.
const PUSHED: &str = "pkg";

/// Write rules for GNU make
///
/// For each image there are `docker.push.IMAGE`, `docker.pull.IMAGE` and, for each profile P of the manifest, `docker.P.IMAGE`. If no
/// profile is called `build`, `docker.build` uses none. Without `.IMAGE`, a rule is for all images. `docker.P.shard` builds one share of
/// the images, and there are `docker.clean` and `docker.help`.
#[derive(Debug, Args)]
pub(super) struct Make {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    which: Which,
    /// Write to this file, but only if it differs; its rules keep it up to date
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<Utf8PathBuf>,
    /// Write to this file what only holds until the next run: outputs that are out of date, images that lack something that
    /// they copy. The rules call it so themselves
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    state: Option<Utf8PathBuf>,
}

pub(super) fn run(arguments: &Make, report: &Report) -> Result<Status> {
    if arguments.choice.targets.iter().any(|target| target == "-") {
        bail!("the rules update themselves, and cannot read standard input again; `@FILE` names a list of targets");
    }
    let mut profiles = Vec::new();
    let mut parts = Vec::new();
    let chosen = arguments.which.profile.clone();
    let mut names = RuleNames::built_in();
    let export = command(arguments);
    let is_state = arguments.state.is_some();
    let mut root = Utf8PathBuf::new();
    // The names of the next profile may be taken, too, which is another mistake.
    let has_collided = Cell::new(false);
    let mut part = |which: &Which, word: &str, profiles: &mut Vec<String>| {
        session::run(which, &arguments.choice, report, false, |session, found| {
            *profiles = session.manifest.profiles.keys().cloned().collect();
            let (manifest, tags) = (session.manifest, session.renderer.tags());
            root.clone_from(&manifest.root);
            let Some(outputs) = session.outputs(found).map(Mutex::new) else { return Ok(Status::Failed) };
            let rules = |seen: &Seen<'_>| {
                let file = output_file(manifest, seen.target, seen.rendered);
                unlinked(manifest, tags, seen, &file, is_state && stale(&outputs, &file))
            };
            let Some(survey) = survey(session, found, rules) else { return Ok(Status::Failed) };
            let made = make_rules(session, survey, which.project(), word, found);
            found.extend(made.project.iter().chain(&export).filter_map(|word| one_line(word).err()));
            if found.errors() > 0 {
                return Ok(Status::Failed);
            }
            let has = |name: &str| which.profile.is_none() && session.manifest.profiles.contains_key(name);
            // A profile of that name is what the word means.
            if !(word == PLAIN && has(PLAIN)) {
                let pushed = chosen.is_some()
                    || word == PUSHED
                    || (word == PLAIN && !session.manifest.profiles.contains_key(PUSHED));
                names.add(&made, pushed, found);
            }
            parts.push(made);
            has_collided.set(has_collided.get() || found.errors() > 0);
            Ok(Status::Done)
        })
    };
    let word = chosen.as_deref().unwrap_or(PLAIN);
    let status = part(&arguments.which, word, &mut profiles)?;
    if status != Status::Done && !has_collided.get() {
        return Ok(status);
    }
    if chosen.is_none() {
        for name in &profiles {
            let which = Which {
                file: arguments.which.file.clone(),
                define: arguments.which.define.clone(),
                profile: Some(name.clone()),
                limit: arguments.which.limit.clone(),
            };
            let status = part(&which, name, &mut Vec::new())?;
            if status != Status::Done && !has_collided.get() {
                return Ok(status);
            }
        }
        // A profile of that name is what the word means.
        if profiles.iter().any(|name| name == PLAIN) {
            parts.remove(0);
        }
    }
    if has_collided.get() {
        return Ok(Status::Failed);
    }
    let of = |word: &str| parts.iter().position(|part| part.word == word);
    let pushed = of(PUSHED).or_else(|| of(PLAIN)).unwrap_or(0);
    let makefile = Makefile { parts, pushed, export, is_file: arguments.output.is_some() };
    if let Some(file) = &arguments.state {
        for (list, digest) in makefile.copied() {
            let list = root.join(list);
            list.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            write::if_changed(&list, digest.as_bytes())?;
        }
        write::unless_foreign(file, makefile.state().as_bytes(), MARK)?;
    }
    if let Some(file) = &arguments.output {
        write::unless_foreign(file, makefile.to_string().as_bytes(), MARK)?;
    } else if arguments.state.is_none() {
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        write!(stdout, "{makefile}")?;
        stdout.flush()?;
    }
    Ok(status)
}

/// How the files begin.
const MARK: &str = "# Written by dockmill export make";

/// Would `render` do something to these files?
fn stale(outputs: &Mutex<Outputs>, file: &OutputFile) -> bool {
    let found = outputs.lock().unwrap_or_else(PoisonError::into_inner).look(file);
    let is_good = |found: &Found| matches!(found.state, State::Current { .. } | State::NotCheckedOut);
    // What cannot be read is for `render` to tell.
    !found.is_ok_and(|found| found.iter().all(is_good))
}

/// The call that writes the rules again, where they are a file.
fn command(arguments: &Make) -> Vec<String> {
    let mut words = vec!["export".to_owned(), "make".to_owned()];
    words.extend(arguments.choice.targets.iter().cloned());
    words.extend(arguments.choice.narrow.iter().flat_map(|narrow| ["-s".to_owned(), narrow.clone()]));
    words.extend(arguments.which.project());
    words.extend(arguments.which.profile.iter().flat_map(|profile| ["--profile".to_owned(), profile.clone()]));
    words.extend(arguments.output.iter().flat_map(|output| ["-o".to_owned(), output.to_string()]));
    words
}
