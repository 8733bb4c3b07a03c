//! `dockmill adopt`: a project that renders the Dockerfiles that are there.

mod answers;
mod dockerfiles;
mod edit;
mod grow;
mod new_file;

use std::collections::HashMap;

use anyhow::{Result, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

use crate::adopt::verify::bytes;
use crate::adopt::{Adopted, Dockerfile, LIKE_NO_OTHER, Mistake, Style, UNLIKE, Wishes, adopt};
use crate::diagnostic::{plural, printable};
use crate::manifest::{MANIFEST, Selection, Target};
use crate::project::{Project, define, path};
use crate::render::Rendered;
use crate::source::{Disk, FileSystem, SourceMap, is_name};

use super::Status;
use super::arguments::Which;
use super::render::Render;
use super::report::Report;
use answers::{ANSWERS, Answers, Written};
use dockerfiles::{Collected, collected};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 all files are adopted; 1 some were left out, or an edit has several meanings; 2 it could not be done."
)]
#[allow(clippy::struct_excessive_bools)] // Each is a flag of the command line.
pub(crate) struct Adopt {
    /// Folders whose Dockerfiles are adopted, or single files; with --edit, outputs or folders of them
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::AnyPath, default_value = ".")]
    pub(super) folders: Vec<Utf8PathBuf>,
    /// Write the project to this folder, and leave the Dockerfiles where they are
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    output: Option<Utf8PathBuf>,
    /// Call an axis NAME whose values all match a regular expression
    #[arg(long = "axis", value_name = "NAME=REGEX")]
    axes: Vec<String>,
    /// Make one image, called NAME, of all files whose paths match a glob
    #[arg(long = "image", value_name = "NAME=GLOB")]
    images: Vec<String>,
    /// Call an axis or a variable otherwise
    #[arg(long = "name", value_name = "OLD=NEW")]
    names: Vec<String>,
    /// Leave files as they are whose paths match a glob
    #[arg(long, value_name = "GLOB")]
    keep: Vec<String>,
    /// Make one image of several, by the names that are reported
    #[arg(long, value_name = "IMAGE,IMAGE")]
    merge: Vec<String>,
    /// Make several images of one, by the name that is reported
    #[arg(long, value_name = "IMAGE")]
    split: Vec<String>,
    /// Make a template of each file; they include what they share
    #[arg(long, conflicts_with = "matrix")]
    fragments: bool,
    /// Make only images with a matrix; leave out files that are like no other
    #[arg(long)]
    matrix: bool,
    /// Report all probable mistakes and long lists of values, not only the first ones
    #[arg(long)]
    report: bool,
    /// Report what would be written; nothing is written
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Compare what the project renders with the Dockerfiles, byte for byte; nothing is written
    #[arg(long, conflicts_with = "dry_run")]
    verify: bool,
    /// Bound what may be read and done; `DOCKMILL_LIMITS` holds several
    #[arg(long, value_name = "NAME=NUMBER")]
    limit: Vec<String>,
    #[command(flatten)]
    pub(super) edited: EditedOutputs,
}

// What is there for edited outputs alone.
#[derive(Debug, Args)]
#[command(next_help_heading = "Edited outputs")]
pub(crate) struct EditedOutputs {
    /// Take outputs that were edited back into the template, the manifest or the data that they are made from
    #[arg(long, conflicts_with_all = ["output", "axes", "images", "names", "keep", "fragments", "matrix", "report", "merge", "split", "verify"])]
    pub(super) edit: bool,
    /// Of several meanings of an edit, take the one with this number
    #[arg(long, value_name = "NUMBER", requires = "edit")]
    pub(super) reach: Option<usize>,
    /// The manifest; by default, dockmill.toml in this folder or in one above
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, requires = "edit")]
    pub(super) file: Option<Utf8PathBuf>,
}

pub(crate) fn run(arguments: &Adopt, report: &Report) -> Result<Status> {
    if arguments.edited.edit {
        return edit::run(arguments, report);
    }
    let root = root(arguments)?;
    let folder = match &arguments.output {
        Some(output) => path::current_dir()?.join(output),
        None => root.clone(),
    };
    let given = given(arguments)?;
    let answers = given.clone().before(Answers::kept(&folder)?);
    let sources = SourceMap::seen_from(path::seen_from(&path::current_dir()?));
    let limits = match define::ceiling(&arguments.limit, &sources) {
        Ok(limits) => limits,
        Err(error) => return Ok(report.end(error, &sources)),
    };
    let collected = collected(&arguments.folders, &root, &answers.keep, &limits, report)?;
    if collected.count() == 0 {
        bail!("there is no Dockerfile in {}", shown(&arguments.folders));
    }
    if arguments.verify {
        return verify(&folder, &collected, report);
    }
    if arguments.output.is_none() && Disk.is_there(&root.join(MANIFEST)) {
        refuse_shape(&given)?;
        let status = grow::run(&root, &collected, &limits, arguments, report)?;
        if !arguments.dry_run && given != Answers::default() && status != Status::Failed {
            keep(&answers, &root, report)?;
        }
        return Ok(status);
    }
    refuse_outputs_of_others(&root, &collected.files)?;
    let name = root.file_name().unwrap_or("project");
    let count = collected.count();
    let wishes = Wishes { limits, ..wishes(&answers, name)? };
    let mut adopted = adopt(&collected.files, &wishes);
    adopted.left_out.extend(collected.unread);
    adopted.left_out.sort();
    let shown = if arguments.report { usize::MAX } else { SHOWN };
    let status = tell(&adopted, count, shown, report);
    if arguments.dry_run || adopted.files.is_empty() {
        return Ok(status);
    }
    write_all(&folder, &adopted, report)?;
    keep(&answers, &folder, report)?;
    if arguments.output.is_some() {
        let go = shlex::try_join([path::seen_from(&folder).as_str()]).unwrap_or_default();
        report.say(&format!("next: dockmill -C {go} render"));
        return Ok(status);
    }
    // The outputs are there already: they are put on the project's list, and stay as they are.
    let manifest = root.join(MANIFEST);
    let which = Which { file: Some(manifest), limit: arguments.limit.clone(), ..Which::default() };
    let render = Render { which, ..Render::default() };
    Ok(match super::render::run(&render, report)? {
        Status::Done => status,
        other => other,
    })
}

/// Keeps what was told for the next run.
fn keep(answers: &Answers, folder: &Utf8Path, report: &Report) -> Result<()> {
    if answers.keep_in(folder)? {
        report.say(&format!("wrote {}", path::seen_from(folder).join(ANSWERS)));
    }
    Ok(())
}

/// What a project is made like cannot be told when it is there.
fn refuse_shape(given: &Answers) -> Result<()> {
    let Answers { style, keep: _, merge, split, axis, image, name } = given;
    let flags = [
        ("--axis", !axis.is_empty()),
        ("--image", !image.is_empty()),
        ("--name", !name.is_empty()),
        ("--merge", !merge.is_empty()),
        ("--split", !split.is_empty()),
        ("--fragments or --matrix", style.is_some()),
    ];
    match flags.iter().find(|(_, is_given)| *is_given) {
        Some((flag, _)) => bail!(
            "`{MANIFEST}` is there already, and new Dockerfiles are added to it: {flag} is for a project that is made anew \
             (-o DIR makes one elsewhere)"
        ),
        None => Ok(()),
    }
}

/// What a project above makes cannot become another project's.
fn refuse_outputs_of_others(root: &Utf8Path, files: &[Dockerfile]) -> Result<()> {
    for above in root.ancestors().skip(1).filter(|above| Disk.is_file(&above.join(MANIFEST))) {
        let list = above.join(MANIFEST).with_extension("outputs");
        let list = String::from_utf8(Disk.read(&list).unwrap_or_default()).unwrap_or_default();
        let own = |file: &&Dockerfile| {
            let path = root.join(&file.path);
            path.strip_prefix(above).is_ok_and(|path| list.lines().any(|line| line == path))
        };
        if let Some(file) = files.iter().find(own) {
            let manifest = path::seen_from(above).join(MANIFEST);
            bail!("`{}` is an output of the project of `{manifest}`", path::seen_from(root).join(&file.path));
        }
    }
    Ok(())
}

/// Compares what a project renders with the Dockerfiles.
fn verify(folder: &Utf8Path, collected: &Collected, report: &Report) -> Result<Status> {
    let project = Project::open(folder).map_err(|error| anyhow!("{error}"))?;
    let made = project.render(&Selection::all()).map_err(|error| anyhow!("{error}"))?.outputs;
    let bytes = |(target, made): (Target, Rendered)| {
        let bytes = bytes(project.manifest(), &target, made);
        (target.output.into_string(), bytes)
    };
    let made: HashMap<String, Vec<u8>> = made.into_iter().map(bytes).collect();
    let mut equal = 0;
    for (path, why) in &collected.unread {
        report.say(&format!("{path}: {why}"));
    }
    for file in &collected.files {
        match made.get(file.path.as_str()) {
            Some(made) if *made == file.bytes => equal += 1,
            Some(made) => {
                let same = made.split(|byte| *byte == b'\n').zip(file.bytes.split(|byte| *byte == b'\n'));
                let line = same.take_while(|(one, other)| one == other).count() + 1;
                report.say(&format!("{}:{line}: the project renders it otherwise from here on", file.path));
            }
            None => report.say(&format!("{}: the project does not make it", file.path)),
        }
    }
    let message = format!("{equal} of {} equal byte for byte", plural(collected.count(), "file"));
    if equal == collected.count() {
        report.say(&message);
        Ok(Status::Done)
    } else {
        _ = report.fail(&message);
        Ok(Status::No)
    }
}

fn shown(folders: &[Utf8PathBuf]) -> String {
    folders.iter().map(|folder| format!("`{folder}`")).collect::<Vec<_>>().join(", ")
}

/// So many probable mistakes are told of.
const SHOWN: usize = 5;

/// `NAME=VALUE`.
fn pair<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => Ok((name, value)),
        _ => bail!("`{option} {text}`: a name and a value are wanted, with `=` between them"),
    }
}

fn glob(option: &str, pattern: &str) -> Result<GlobMatcher> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    Ok(glob.map_err(|error| anyhow!("`{option} {pattern}`: {}", error.kind()))?.compile_matcher())
}

/// What is told on the command line.
fn given(arguments: &Adopt) -> Result<Answers> {
    let pairs = |option: &str, texts: &[String]| -> Result<_> {
        let owned = |text: &String| pair(option, text).map(|(name, value)| (name.to_owned(), value.to_owned()));
        texts.iter().map(owned).collect()
    };
    let names = |list: &String| list.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>();
    if let Some(one) = arguments.merge.iter().find(|list| names(list).len() < 2) {
        bail!("`--merge {one}`: two or more images are wanted, with `,` between them");
    }
    Ok(Answers {
        style: match (arguments.fragments, arguments.matrix) {
            (true, _) => Some(Written::Fragments),
            (_, true) => Some(Written::Matrix),
            _ => None,
        },
        keep: arguments.keep.clone(),
        merge: arguments.merge.iter().map(names).collect(),
        split: arguments.split.clone(),
        axis: pairs("--axis", &arguments.axes)?,
        image: pairs("--image", &arguments.images)?,
        name: pairs("--name", &arguments.names)?,
    })
}

fn wishes(answers: &Answers, folder: &str) -> Result<Wishes> {
    let mut wishes = Wishes {
        name: project_name(folder),
        merge: answers.merge.clone(),
        split: answers.split.clone(),
        style: answers.style.map_or(Style::Fitting, Style::from),
        ..Wishes::default()
    };
    for (name, form) in &answers.axis {
        let regex = Regex::new(&format!("^(?:{form})$"))
            .map_err(|_| anyhow!("`--axis {name}={form}`: `{form}` is no regular expression"))?;
        wishes.axes.push((variable("--axis", &format!("{name}={form}"), name)?, regex));
    }
    for (name, pattern) in &answers.image {
        wishes.images.push((project_name(name), glob("--image", pattern)?));
    }
    for (old, new) in &answers.name {
        wishes.names.insert(old.clone(), variable("--name", &format!("{old}={new}"), new)?);
    }
    Ok(wishes)
}

/// A name that a variable can have.
fn variable(option: &str, text: &str, name: &str) -> Result<String> {
    if !is_name(name) || crate::import::variable(name) != name {
        bail!("`{option} {text}`: `{name}` cannot be the name of a variable");
    }
    Ok(name.to_owned())
}

/// A folder's name as that of a project.
fn project_name(folder: &str) -> String {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = folder.chars().map(|c| if is_letter(c) { c } else { '-' }).collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "project".to_owned() } else { name.to_owned() }
}

/// The folder of the project.
fn root(arguments: &Adopt) -> Result<Utf8PathBuf> {
    match &arguments.folders[..] {
        [one] if Disk.is_dir(one) => path::folder(one),
        _ => path::current_dir(),
    }
}

/// Writes the project; what is there is not overwritten.
fn write_all(folder: &Utf8Path, adopted: &Adopted, report: &Report) -> Result<()> {
    let taken = adopted.files.keys().find(|file| folder.join(file).symlink_metadata().is_ok());
    if let Some(taken) = taken {
        bail!(
            "`{}` is there already; nothing was written (-o DIR writes the project elsewhere)",
            path::seen_from(folder).join(taken)
        );
    }
    for (name, bytes) in &adopted.files {
        let file = folder.join(name);
        if let Some(parent) = file.parent().filter(|parent| !parent.as_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(|error| path::plain(parent, &error))?;
        }
        super::write::whole(&file, bytes)?;
        report.say(&format!("wrote {}", path::seen_from(folder).join(name)));
    }
    Ok(())
}

/// Says what became of the files.
fn tell(adopted: &Adopted, count: usize, most: usize, report: &Report) -> Status {
    for image in &adopted.images {
        report.say(&format!(
            "{}: {} of {} from a template of {}",
            image.name,
            plural(image.outputs.len(), "file"),
            plural(image.lines, "line"),
            image.template
        ));
    }
    for (path, why) in &adopted.left_out {
        report.say(&format!("left out {path}: {why}"));
    }
    let all_with = |reason| adopted.left_out.iter().filter(|(_, why)| why == reason).count();
    if all_with(LIKE_NO_OTHER) > 1 || all_with(UNLIKE) > 0 {
        report.say("note: `--image NAME=GLOB` makes one image of files that belong together");
    }
    for mistake in adopted.mistakes.iter().take(most) {
        let Mistake { path, line, text, usual, others } = mistake;
        let (text, usual) = (printable(text), printable(usual));
        report.say(&format!("{path}:{line}: probably a mistake: `{text}`, where {others} others have `{usual}`"));
    }
    for (path, line, condition) in adopted.lists.iter().take(most) {
        report.say(&format!("{path}:{line}: it may be that `{condition}` only fits the files that are there"));
    }
    let hidden = adopted.mistakes.len().saturating_sub(most) + adopted.lists.len().saturating_sub(most);
    if hidden > 0 {
        report.say(&format!("note: {hidden} more of these with `--report`"));
    }
    for name in &adopted.unknown_names {
        report.say(&format!("note: `--name {name}=...`: nothing is called `{name}`"));
    }
    for note in &adopted.unheard {
        report.say(&format!("note: {note}"));
    }
    let equal: usize = adopted.images.iter().map(|image| image.outputs.len()).sum();
    let manifest =
        adopted.files.get(Utf8Path::new(MANIFEST)).map_or(0, |text| text.split(|byte| *byte == b'\n').count() - 1);
    let template = adopted.images.iter().map(|image| image.template).sum::<usize>() + adopted.shared;
    let lines: usize = adopted.images.iter().map(|image| image.lines).sum();
    let message = format!(
        "{equal} of {} equal byte for byte; {} became {template} of templates and {manifest} of the manifest",
        plural(count, "file"),
        plural(lines, "line")
    );
    if equal == count {
        report.say(&message);
        Status::Done
    } else {
        _ = report.fail(&message);
        Status::No
    }
}
