//! What a build reads of its context, looked for before any builder starts.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::builder::Builder;
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::dockerfile::{self, Dockerfile, Finding, LocalSource, Place, Reference, ReferenceKind};
use crate::manifest::stage_id;
use crate::render::{Rendered, at_template};

use super::super::ignored;
use super::super::session::Session;
use super::super::survey::read_at;
use super::gather::Source;

/// An error for each path that COPY, ADD or a mount names and that is not there, a warning for each that an ignore file
/// leaves out, for an ignore file that is not read, and with a builder of the user's own, which may make what is missing;
/// `written` are the targets whose outputs will have been written by then.
pub(super) fn missing(
    session: &Session<'_>,
    source: &Source,
    stage: Option<&str>,
    written: &[Source],
    arguments: &[String],
) -> Vec<Diagnostic> {
    let dockerfile = dockerfile::parse(&source.rendered.text.bytes);
    let outline = dockerfile.outline();
    let needed = outline.needed_stages(stage);
    // Its values come in the place of the defaults that are known here.
    let is_overridden = arguments.iter().any(|argument| argument.starts_with("--build-arg"));
    let context = &source.target.context;
    let root = &session.project.root;
    let made = ignored::made(&source.target, &source.rendered.companions);
    let ignore_file = ignored::file(root, &source.target, made);
    let ignore = ignored::read(root, &ignore_file, made);
    let mut missing: Vec<Diagnostic> = ignored::unread(root, &ignore_file, made).into_iter().collect();
    let by_bases = outline.references.iter().filter(|reference| reference.kind == ReferenceKind::From);
    let by_bases = by_bases.flat_map(|from| read_by_base(session, from, &source.rendered, written));
    for local in dockerfile::local_sources(&dockerfile).into_iter().chain(by_bases) {
        let Some(path) = local.path.filter(|_| needed.contains(&local.stage)) else { continue };
        // A pattern that matches nothing is no error to BuildKit.
        if path.contains(['*', '?', '[']) || (is_overridden && local.written.contains('$')) {
            continue;
        }
        let inside = inside(&path);
        let path = context.join(&inside);
        let is_written = |source: &Source| {
            let mut files =
                std::iter::once(&source.target.output).chain(source.target.files.iter().map(|file| &file.to));
            files.any(|file| file.starts_with(&path))
        };
        let on_disk = root.join(&path);
        let is_there = on_disk.symlink_metadata().is_ok() || written.iter().any(is_written);
        let is_left_out =
            if on_disk.is_dir() { ignore.excludes_folder(inside.as_str()) } else { ignore.excludes(inside.as_str()) };
        if is_there && !is_left_out {
            continue;
        }
        let message = if is_there {
            format!("`{ignore_file}` leaves `{inside}` out of the build context")
        } else {
            format!("the build context has no `{inside}`")
        };
        let of = dockerfile.instructions.iter().find(|instruction| instruction.start_line == local.line);
        let place = of.map(|instruction| dockerfile.locate(instruction, &local.written));
        let place = place.unwrap_or(Place { line: local.line, columns: None });
        let label = if local.by_base { "an `ONBUILD` of this image reads it" } else { "it is read here" };
        let mut finding = Finding::error(Code::FileNotFound, place, message).label(label);
        if is_there {
            // A builder may read its ignore file otherwise, or another one.
            finding.severity = Severity::Warning;
            finding.help.push(dockerfile::Advice { text: format!("`!{inside}` takes it back in"), replacement: None });
            missing.push(at_template(&source.rendered.text, session.sources, finding));
            continue;
        }
        let place =
            if context.as_str().is_empty() { "the project's folder".to_owned() } else { format!("`{context}`") };
        finding.notes.push(format!("the context is {place}"));
        if matches!(session.project.builder, Builder::Own(_)) {
            // It may make the file first.
            finding.severity = Severity::Warning;
        }
        finding.help.extend(near(&on_disk));
        missing.push(at_template(&source.rendered.text, session.sources, finding));
    }
    missing
}

/// What the `ONBUILD`s of a base read of the context, where the base is a stage of the file or is built along.
fn read_by_base(session: &Session<'_>, from: &Reference, own: &Rendered, written: &[Source]) -> Vec<LocalSource> {
    let of_stage = |text: &[u8], stage: &dyn Fn(&Dockerfile<'_>) -> Option<usize>| {
        let dockerfile = dockerfile::parse(text);
        let stage = stage(&dockerfile);
        let mut list = dockerfile::onbuild_sources(&dockerfile);
        list.retain(|local| Some(local.stage) == stage);
        list
    };
    let list = match &from.target {
        dockerfile::Target::Stage(stage) => of_stage(&own.text.bytes, &|_| Some(*stage)),
        dockerfile::Target::Image(image) => {
            let tagged = session.renderer.tags().find(image);
            let built =
                tagged.and_then(|tagged| Some((tagged, written.iter().find(|of| of.target.id == tagged.target)?)));
            let Some((tagged, base)) = built else { return Vec::new() };
            let mut stages = base.target.stages.iter();
            let name =
                stages.find(|stage| stage_id(&base.target.id, &stage.name) == tagged.id).map(|stage| &*stage.name);
            of_stage(&base.rendered.text.bytes, &|dockerfile| dockerfile.outline().built_stage(name))
        }
        _ => Vec::new(),
    };
    list.into_iter().map(|local| read_at(&local, from)).collect()
}

/// The path within the context: BuildKit takes it for absolute there, so that nothing leads out.
fn inside(path: &str) -> Utf8PathBuf {
    let mut clean = Utf8PathBuf::new();
    for part in Utf8Path::new(path).components() {
        match part {
            Utf8Component::ParentDir => {
                clean.pop();
            }
            Utf8Component::Normal(name) => clean.push(name),
            _ => {}
        }
    }
    clean
}

/// A name beside it that may be meant.
fn near(path: &Utf8Path) -> Option<dockerfile::Advice> {
    let (folder, name) = (path.parent()?, path.file_name()?);
    let names: Vec<String> = folder.read_dir_utf8().ok()?.flatten().map(|entry| entry.file_name().to_owned()).collect();
    let near = did_you_mean(name, names.iter().map(String::as_str))?;
    Some(dockerfile::Advice { text: format!("did you mean `{near}`?"), replacement: None })
}
