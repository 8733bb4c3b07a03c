//! `dockmill clean`: removes what was generated, and nothing else.

mod images;

use std::collections::{BTreeSet, HashSet};
use std::io::Write;

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::Args;

use crate::diagnostic::{Diagnostics, plural};
use crate::manifest::Selection;
use crate::output::{Names, Outputs};
use crate::project::{Frozen, Location, Opened, Values};
use crate::source::{Disk, FileSystem};

use super::Status;
use super::arguments::{Choice, Which};
use super::drift::{self, Drift};
use super::printed::Printed;
use super::render::word;
use super::report::Report;
use super::session;

#[derive(Debug, Args)]
pub(crate) struct Clean {
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    which: Which,
    /// Remove the project's images from the builder's store instead
    #[arg(long)]
    images: bool,
    /// Only show what would be removed
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Remove outputs that were edited by hand, too
    #[arg(long, conflicts_with = "images")]
    force: bool,
}

impl Clean {
    /// Nothing narrows what is meant.
    fn all(&self) -> bool {
        self.choice.targets.is_empty()
            && self.choice.narrow.is_empty()
            && self.which.define.is_empty()
            && self.which.profile.is_none()
    }
}

pub(crate) fn run(arguments: &Clean, report: &Report) -> Result<Status> {
    // Who removes all need not say which values it was made with.
    let values = Values { may_be_lacking: arguments.all(), ..arguments.which.values() };
    let wanted = arguments.choice.wanted(report)?;
    session::with_project(&arguments.which, &values, report, false, |opened, found| {
        let Some(selection) = opened.choose(wanted, found) else {
            session::advise_of_revisions(found, opened, &arguments.choice);
            return Ok(Status::Failed);
        };
        if arguments.images {
            return images::remove(opened.manifest, &selection, arguments, report);
        }
        outputs(opened, &selection, arguments, report, found)
    })
}

/// Removes what killed runs left, and tells of it; how many files that were.
fn remove_strays(
    strays: Vec<Utf8PathBuf>,
    outputs: &mut Outputs,
    location: &Location,
    dry_run: bool,
    out: &mut dyn Write,
) -> Result<usize> {
    let mut count = 0;
    for stray in strays {
        if dry_run {
            writeln!(out, "would remove {}", location.seen(&stray))?;
        } else if let Some(change) = outputs.remove_stray(stray) {
            writeln!(out, "{} {}", word(change.action), location.seen(&change.path))?;
        } else {
            continue;
        }
        count += 1;
    }
    Ok(count)
}

fn outputs(
    opened: &Opened<'_>,
    selection: &Selection,
    arguments: &Clean,
    report: &Report,
    found: &mut Diagnostics,
) -> Result<Status> {
    let Opened { manifest, location, .. } = *opened;
    let mut outputs = match Outputs::open(&manifest.root, &manifest.name, &manifest.path) {
        Ok(outputs) => outputs,
        Err(error) => {
            found.push(error);
            return Ok(Status::Failed);
        }
    };
    outputs.seen_from(location.seen_from.clone());
    if let Err(error) = outputs.read_list() {
        found.push(error);
        return Ok(Status::Failed);
    }
    // Whatever a list of outputs says.
    outputs.keep(manifest.inputs().map(|path| manifest.root.join(path)));
    let mut names = Names::default();
    let mut made: BTreeSet<Utf8PathBuf> = BTreeSet::new();
    for target in manifest.targets(selection) {
        match target {
            Ok(target) => {
                names.add(&target.output);
                made.insert(target.output);
                made.extend(target.files.into_iter().map(|file| file.to));
            }
            Err(_) if manifest.lacks_values => {}
            Err(errors) => found.extend(errors),
        }
    }
    // Regions stay as they are: their files are somebody's.
    for text in manifest.text_targets(selection) {
        match text {
            Ok(text) if manifest.texts[text.text].is_region => {}
            Ok(text) => {
                names.add(&text.target.output);
                made.insert(text.target.output);
            }
            Err(_) if manifest.lacks_values => {}
            Err(errors) => found.extend(errors),
        }
    }
    let frozen = Frozen::of(manifest);
    let mut generated = outputs.generated(&names);
    found.extend(std::mem::take(&mut generated.unread));
    // Who asks what would be removed wants to see it.
    let mut stdout = if arguments.dry_run { Box::new(Printed(std::io::stdout().lock())) } else { report.list() };
    let (mut gone, mut kept) = (BTreeSet::new(), Vec::new());
    let beside = frozen.keeps(generated.files.iter().map(|file| (&*file.path, file.is_marked())));
    for file in &generated.files {
        if !arguments.all() && !made.contains(&file.path) {
            continue;
        }
        if frozen.has(&file.path) || beside.contains(&file.path) {
            kept.push(Drift::frozen(file.path.clone()));
            continue;
        }
        if file.is_edited() && !arguments.force {
            kept.push(Drift::kept(file.path.clone(), &file.state));
            continue;
        }
        if arguments.dry_run {
            gone.insert(&file.path);
            writeln!(stdout, "would remove {}", location.seen(&file.path))?;
            continue;
        }
        match outputs.remove(file, arguments.force) {
            Ok(changes) => {
                gone.insert(&file.path);
                for change in changes {
                    writeln!(stdout, "{} {}", word(change.action), location.seen(&change.path))?;
                }
            }
            Err(error) => found.push(error),
        }
    }
    if !arguments.dry_run && manifest.standard() {
        match outputs.unlist(|path| !gone.contains(&path.to_owned()) && Disk.is_there(&manifest.root.join(path))) {
            Ok(change) => {
                if let Some(change) = change {
                    writeln!(stdout, "{} {}", word(change.action), location.seen(&change.path))?;
                }
            }
            Err(error) => found.push(error),
        }
    }
    let strays = if arguments.all() { generated.strays } else { Vec::new() };
    let removed = gone.len() + remove_strays(strays, &mut outputs, location, arguments.dry_run, &mut *stdout)?;
    stdout.flush()?;
    if !arguments.dry_run && arguments.all() && kept.is_empty() {
        outputs.forget();
    }
    let marked: HashSet<&Utf8PathBuf> = generated.files.iter().map(|file| &file.path).collect();
    let unmarked = made.iter().filter(|path| !marked.contains(path) && Disk.is_there(&manifest.root.join(path)));
    kept.extend(unmarked.map(|path| Drift::of_nobody(path.clone())));
    for (_, line) in drift::folded(&kept, Some(manifest), location) {
        report.say(&format!("kept: {line}"));
    }
    let would = if arguments.dry_run { "would be " } else { "" };
    report.say(&format!("{} {would}removed, {} kept", plural(removed, "file"), kept.len()));
    Ok(Status::Done)
}
