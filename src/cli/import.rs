//! `dockmill import m4`: templates of m4 as templates of dockmill, compared target by target.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{ErrorKind, Write};

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, Subcommand};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, plural, printable};
use crate::import::{
    Bounds, Compared, Files, Found, Imported, Outcome, Target, check_manifest, compare, makefile, manifest, translate,
};
use crate::m4::Unread;
use crate::project::{define, path};
use crate::source::{Disk, FileKind, FileSystem, SourceMap, from_start, is_name, reason};

use super::report::Report;
use super::{Status, write};

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    from: From,
}

#[derive(Debug, Subcommand)]
enum From {
    M4(M4),
}

/// Translate m4 templates into the dialect, and compare the bytes of each target
///
/// Describe the targets by the definitions that m4 was given: -D for all targets, -s for each value of an axis, --target for
/// one target at a time, or the calls of m4 in a Makefile. If there are several targets, a dockmill.toml is made. What cannot
/// be translated is left out and reported. Without -o, the files go to standard output.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 all targets are equal; 1 one is not, or something was left out; 2 the import failed."
)]
struct M4 {
    /// Templates; by default with --makefile, those that its rules name
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath, required_unless_present = "makefile")]
    files: Vec<Utf8PathBuf>,
    /// Define a macro, as for m4
    #[arg(short = 'D', long = "define", value_name = "NAME[=VALUE]")]
    define: Vec<String>,
    /// Define a macro with each of these values in turn
    #[arg(short = 's', long = "select", value_name = "NAME=VALUE[,VALUE]")]
    axes: Vec<String>,
    /// Definitions of one target: 'NAME=VALUE NAME=VALUE'
    #[arg(long = "target", value_name = "DEFINITIONS", conflicts_with = "axes", allow_hyphen_values = true)]
    targets: Vec<String>,
    /// Read templates and definitions from the calls of m4 in this Makefile
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with_all = ["axes", "targets"])]
    makefile: Option<Utf8PathBuf>,
    /// Also look for included files in this folder
    #[arg(short = 'I', long = "include", value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    include: Vec<Utf8PathBuf>,
    /// The names of builtins begin with m4_, as with m4 -P
    #[arg(short = 'P', long)]
    prefix_builtins: bool,
    /// Write the files to this folder
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    output: Option<Utf8PathBuf>,
    /// Overwrite existing files
    #[arg(long)]
    force: bool,
    /// Bound what the comparison may use; `DOCKMILL_LIMITS` holds several
    #[arg(long, value_name = "NAME=NUMBER")]
    limit: Vec<String>,
}

pub(crate) fn run(arguments: &Import, report: &Report) -> Result<Status> {
    let From::M4(arguments) = &arguments.from;
    let sources = SourceMap::seen_from(path::seen_from(&path::current_dir()?));
    let bounds = match define::ceiling(&arguments.limit, &sources).map(|ceiling| Bounds::new(ceiling.limits())) {
        Ok(bounds) => bounds,
        Err(error) => return Ok(report.end(error, &sources)),
    };
    let mut prefix = arguments.prefix_builtins;
    let mut include = arguments.include.clone();
    let mut outputs = BTreeMap::new();
    let mut order = Vec::new();
    let targets = if let Some(file) = &arguments.makefile {
        let text = read(file)?;
        let read = makefile::read(file, &text, &wildcard, &sources);
        let mut found = Diagnostics::default();
        found.extend(read.found);
        if report.show(found, &sources, false) {
            return Ok(Status::Failed);
        }
        prefix |= read.prefix;
        include.extend(read.include.into_iter().map(Utf8PathBuf::from));
        let only: Vec<&str> = arguments.files.iter().map(|file| file.as_str()).collect();
        let kept: Vec<_> = read
            .calls
            .into_iter()
            .filter(|call| only.is_empty() || only.contains(&call.target.file.as_str()))
            .collect();
        if kept.is_empty() {
            bail!(
                "`{}` has no rule that calls m4 for a template; a pattern rule counts where a file of it is named and what it needs is there",
                from_start(file)
            );
        }
        order = read.order;
        for (index, call) in kept.iter().enumerate() {
            outputs.extend(call.output.clone().map(|output| (index, output)));
        }
        kept.into_iter().map(|call| call.target).collect()
    } else {
        hint_at_makefile(arguments, report);
        targets(arguments, &mut order)?
    };
    let files = Folders::new(&include)?;
    for file in &arguments.files {
        read(file)?;
    }
    let imported = match translate(&targets, &order, prefix, &files, &sources, &bounds) {
        Ok(imported) => imported,
        Err(errors) => {
            let mut found = Diagnostics::default();
            found.extend(errors);
            report.show(found, &sources, false);
            return Ok(Status::Failed);
        }
    };
    let compared = compare(&targets, &imported, prefix, &files, &sources, &bounds);
    let made = manifest::manifest(&targets, &order, &outputs, &imported);
    let mut new: Vec<(Utf8PathBuf, &[u8])> =
        imported.files.iter().map(|(path, bytes)| (path.clone(), bytes.as_slice())).collect();
    if let Some(text) = &made {
        new.push(("dockmill.toml".into(), text.as_bytes()));
    }
    match &arguments.output {
        Some(folder) => write_all(folder, &new, arguments.force, report)?,
        None => print_all(&new)?,
    }
    let mut wrong = made.map(|text| check_manifest(&text, &imported, &sources)).unwrap_or_default();
    wrong.extend(unused(&order, &compared));
    Ok(end(&imported, &compared, wrong, &sources, report))
}

/// A warning for each definition that no template asks for: a misspelt name is plain text to m4.
fn unused(order: &[String], compared: &[Compared<'_>]) -> Vec<Diagnostic> {
    // Behind an error there may be one that asks.
    if compared.iter().any(|compared| matches!(compared.outcome, Outcome::OldFails(_))) {
        return Vec::new();
    }
    let asked = |name: &str| compared.iter().any(|compared| compared.asked.contains(name));
    let unused: BTreeSet<&str> = order.iter().map(String::as_str).filter(|name| !asked(name)).collect();
    let warning = |name| {
        let message = format!("no template asks for `{name}`");
        Diagnostic::bare(Severity::Warning, Code::UnknownDefine, message)
    };
    unused.into_iter().map(warning).collect()
}

/// Who gives no definitions may have forgotten where they are.
fn hint_at_makefile(arguments: &M4, report: &Report) {
    if !(arguments.define.is_empty() && arguments.axes.is_empty() && arguments.targets.is_empty()) {
        return;
    }
    // The names that GNU make looks for, in its order.
    for name in ["GNUmakefile", "makefile", "Makefile"] {
        let Ok(text) = Disk.read(name.into()) else { continue };
        let calls = makefile::read(name.into(), &text, &wildcard, &SourceMap::default()).calls;
        if let Some(file) = arguments.files.iter().find(|file| calls.iter().any(|call| call.target.file == **file)) {
            report.say(&format!(
                "note: `{}` calls m4 for `{}`: `--makefile {name}` takes the definitions from there",
                from_start(name.into()),
                from_start(file)
            ));
        }
        return;
    }
}

/// So many files are found by one name of a Makefile.
const MOST_FOUND: usize = 10_000;

/// The files that there are of a name in a Makefile; each part of the name may be a pattern.
fn wildcard(pattern: &str) -> Vec<String> {
    let mut found = vec![Utf8PathBuf::new()];
    for part in Utf8Path::new(pattern).components() {
        let name = part.as_str();
        let matcher = if name.contains(['*', '?', '[']) { globset::Glob::new(name).ok() } else { None };
        found = match matcher.map(|glob| glob.compile_matcher()) {
            None => found.into_iter().map(|folder| folder.join(name)).filter(|path| path.exists()).collect(),
            Some(matcher) => {
                let is_meant = |file: &str| matcher.is_match(file) && (name.starts_with('.') || !file.starts_with('.'));
                let within = found.into_iter().flat_map(|folder| {
                    let place = if folder.as_str().is_empty() { Utf8Path::new(".") } else { &folder };
                    let entries = place.read_dir_utf8().into_iter().flatten().flatten();
                    let names: Vec<String> = entries.map(|entry| entry.file_name().to_owned()).collect();
                    names.into_iter().filter(|file| is_meant(file)).map(|file| folder.join(file)).collect::<Vec<_>>()
                });
                within.take(MOST_FOUND).collect()
            }
        };
    }
    found.sort();
    found.into_iter().map(Utf8PathBuf::into_string).collect()
}

/// Says what was left out, what is equal, and what is `wrong` in the manifest.
fn end(
    imported: &Imported,
    compared: &[Compared<'_>],
    wrong: Diagnostics,
    sources: &SourceMap,
    report: &Report,
) -> Status {
    let unfit = wrong.errors() > 0;
    let mut found = wrong;
    found.extend(imported.found.iter().cloned());
    for Compared { outcome, .. } in compared {
        if let Outcome::NewFails(list) = outcome {
            found.extend(list.iter().cloned());
        }
    }
    let left = imported.found.iter().any(Diagnostic::is_error);
    report.show(found, sources, false);
    let mut equal = 0;
    for Compared { target, outcome, .. } in compared {
        let name = name(target);
        match outcome {
            Outcome::Equal => {
                equal += 1;
                report.say(&format!("equal: {name}"));
            }
            Outcome::Differs { old, new } => {
                _ = report.fail(&format!("not equal: {name}: {}", difference(old, new)));
            }
            Outcome::OldFails(said) => _ = report.fail(&format!("not compared: {name}: m4 fails: {said}")),
            Outcome::NewFails(_) => _ = report.fail(&format!("not equal: {name}: the new template fails")),
        }
    }
    let all = compared.len();
    if equal == all && !left && !unfit {
        report.say(&format!("{}: all bytes are equal", plural(all, "target")));
        Status::Done
    } else {
        let left = if left { ", and something was left out" } else { "" };
        let unfit = if unfit { ", and the manifest has errors" } else { "" };
        _ = report.fail(&format!("{equal} of {} equal{left}{unfit}", plural(all, "target")));
        Status::No
    }
}

fn name(target: &Target) -> String {
    let mut name = from_start(Utf8Path::new(&target.file)).into_string();
    for (variable, value) in &target.values {
        let _ = write!(name, " {variable}={value}");
    }
    printable(&name)
}

/// The first line that is not equal.
fn difference(old: &[u8], new: &[u8]) -> String {
    let (mut old, mut new) = (old.split_inclusive(|byte| *byte == b'\n'), new.split_inclusive(|byte| *byte == b'\n'));
    let mut number = 1;
    loop {
        let (one, other) = (old.next(), new.next());
        if one != other || one.is_none() {
            let show = |line: Option<&[u8]>| match line {
                None => "no more line".to_owned(),
                Some(line) => {
                    let text: String = String::from_utf8_lossy(line).chars().take(120).collect();
                    format!("`{}`", printable(&text.replace('\n', "\\n")))
                }
            };
            return format!("in line {number} m4 gives {}, the new template {}", show(one), show(other));
        }
        number += 1;
    }
}

fn print_all(new: &[(Utf8PathBuf, &[u8])]) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    let mut text = Vec::new();
    for (index, (path, bytes)) in new.iter().enumerate() {
        if new.len() > 1 {
            let blank = if index > 0 { "\n" } else { "" };
            text.extend_from_slice(format!("{blank}==> {} <==\n", printable(path.as_str())).as_bytes());
        }
        text.extend_from_slice(bytes);
    }
    stdout.write_all(&text).and_then(|()| stdout.flush()).context("cannot write the result")
}

fn write_all(folder: &Utf8Path, new: &[(Utf8PathBuf, &[u8])], force: bool, report: &Report) -> Result<()> {
    let same = |path: &Utf8Path, bytes: &[u8]| Disk.read(path).is_ok_and(|old| old == bytes);
    let taken: Vec<Utf8PathBuf> = new
        .iter()
        .map(|(path, bytes)| (folder.join(path), bytes))
        .filter(|(path, bytes)| path.symlink_metadata().is_ok() && !same(path, bytes))
        .map(|(path, _)| path)
        .collect();
    if let (Some(first), false) = (taken.first(), force) {
        let first = from_start(first);
        bail!("`{first}` is there already, and is different; nothing was written (--force overwrites)");
    }
    for (path, bytes) in new {
        let path = folder.join(path);
        if let Some(parent) = path.parent().filter(|parent| !parent.as_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(|error| path::plain(parent, &error))?;
        }
        if same(&path, bytes) {
            report.say(&format!("kept {}", from_start(&path)));
            continue;
        }
        write::whole(&path, bytes)?;
        report.say(&format!("wrote {}", from_start(&path)));
    }
    Ok(())
}

/// The targets that -D, -s and --target say.
fn targets(arguments: &M4, order: &mut Vec<String>) -> Result<Vec<Target>> {
    let mut all = BTreeMap::new();
    for text in &arguments.define {
        let (name, value) = definition(text, "-D")?;
        order.push(name.clone());
        all.insert(name, value);
    }
    let mut sets = vec![all.clone()];
    for text in &arguments.axes {
        let (name, values) = definition(text, "-s")?;
        order.push(name.clone());
        if !text.contains('=') {
            bail!("`-s {text}`: write `-s {text}=VALUE,VALUE`");
        }
        if sets.iter().any(|set| set.contains_key(&name)) {
            bail!("`-s {text}`: `{name}` is given twice; several values are written `-s {name}=VALUE,VALUE`");
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = values.split(',').find(|value| !seen.insert(*value)) {
            bail!("`-s {text}`: the value `{twice}` is there twice");
        }
        let each = |set: &BTreeMap<String, String>| -> Vec<BTreeMap<String, String>> {
            let with = |value: &str| {
                let mut set = set.clone();
                set.insert(name.clone(), value.to_owned());
                set
            };
            values.split(',').map(with).collect()
        };
        sets = sets.iter().flat_map(each).collect();
    }
    if !arguments.targets.is_empty() {
        sets = Vec::new();
        for text in &arguments.targets {
            let Some(words) = shlex::split(text) else { bail!("`--target {text}`: a quote is not closed") };
            let mut set = all.clone();
            for word in words {
                let word = word.strip_prefix("-D").unwrap_or(&word);
                let (name, value) = definition(word, "--target")?;
                order.push(name.clone());
                set.insert(name, value);
            }
            sets.push(set);
        }
    }
    let of = |file: &Utf8PathBuf| {
        sets.iter().map(|values| Target { file: file.to_string(), values: values.clone() }).collect::<Vec<_>>()
    };
    Ok(arguments.files.iter().flat_map(of).collect())
}

fn definition(text: &str, flag: &str) -> Result<(String, String)> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    if !is_name(name) {
        bail!("`{flag} {text}`: `{name}` is no name: it has letters, digits and `_`, and begins with no digit");
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// The folder where we are, and those of -I.
struct Folders {
    folders: Vec<Utf8PathBuf>,
}

impl Folders {
    fn new(include: &[Utf8PathBuf]) -> Result<Self> {
        for folder in include {
            path::folder(folder)?;
        }
        Ok(Self { folders: std::iter::once(Utf8PathBuf::new()).chain(include.iter().cloned()).collect() })
    }
}

impl Files for Folders {
    fn find(&self, name: &str) -> Result<Found, Unread> {
        let mut first = None;
        for folder in &self.folders {
            let file = folder.join(name);
            match Disk.read(&file) {
                Ok(bytes) => return Ok(Found { folder: folder.to_string(), bytes }),
                Err(error) if Disk.metadata(&file).is_ok_and(|file| file.kind == FileKind::Other) => {
                    return Err(Unread::Outside(reason(&error)));
                }
                Err(error) => _ = first.get_or_insert(error),
            }
        }
        Err(Unread::Io(first.unwrap_or_else(|| ErrorKind::NotFound.into())))
    }
}

/// The bytes of a file that is named.
fn read(file: &Utf8Path) -> Result<Vec<u8>> {
    Disk.read(file).map_err(|error| path::plain(file, &error))
}
