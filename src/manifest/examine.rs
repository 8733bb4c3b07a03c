//! Checks that need all images: missing templates and files, excludes that exclude nothing, images without targets.

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::expression::Warnings;
use crate::source::{Span, old_ending, old_name, renamed};
use crate::template::{foreign_value, how_to_raise};

use super::exceptions::GlobalExclude;
use super::files::{ProjectFiles, normalize};
use super::image::{Dialect, FoundFiles, Image};
use super::interpolation::Interpolation;
use super::manifest::Manifest;
use super::matrix::LeavesOut;
use super::path_pattern::PathPattern;
use super::points::{Everything, Points};
use super::target;
use super::text::called;

/// A template beside an output, and where the manifest names it.
type Companion = (Utf8PathBuf, Dialect, Span);

/// Examines all images, and gives the project what its outputs must not overwrite.
pub(super) fn examine(
    manifest: &mut Manifest,
    files: &ProjectFiles<'_>,
    excludes: &mut [GlobalExclude],
    out: &mut Diagnostics,
) {
    let mut inputs = std::mem::take(&mut manifest.inputs);
    let mut total = 0_u64;
    let mut all_templates: Vec<Vec<Utf8PathBuf>> = Vec::new();
    for index in 0..manifest.images.len() {
        let image = &manifest.images[index];
        total = total.saturating_add(size(image, total));
        if total > manifest.limits.targets {
            out.push(too_many(image, index, manifest.limits.targets));
            manifest.images.clear();
            return;
        }
        let templates = templates(manifest, files, image, (excludes, &mut inputs), out);
        if let Some(prefix) = image.prefix
            && let Some(other) = templates.iter().find(|template| image.dialect(template) != Dialect::M4)
        {
            let error = Diagnostic::error(Code::InvalidValue, prefix, "`prefix` is for templates in m4")
                .label("it names m4's builtins `m4_define`, `m4_include`, …")
                .note(format!("the template `{other}` is in dockmill's own dialect"));
            let help = "a template is in m4 if it ends in `.m4`, or with `dialect = \"m4\"`";
            out.push(error.help(help));
        }
        let of = |template: &Utf8PathBuf| files_exist(files, image, template, &mut inputs, out);
        let mut companions: Vec<_> = templates.iter().flat_map(of).collect();
        let (found_templates, found_files) = find_patterns(manifest, files, image, &templates, &mut inputs, out);
        companions.extend(found_templates);
        let image = &mut manifest.images[index];
        for (file, found) in found_files {
            image.files[file].found = Some(found);
        }
        image.more_companions = image.files.iter().any(|file| file.found.is_none() && file.literal().is_none());
        image.templates = templates.into_iter().collect();
        image.companions = companions;
    }
    for text in &manifest.texts {
        total = total.saturating_add(size(&text.image, total));
        if total > manifest.limits.targets {
            out.push(too_many(&text.image, manifest.images.len(), manifest.limits.targets));
            manifest.texts.clear();
            return;
        }
        let templates = templates(manifest, files, &text.image, (excludes, &mut inputs), out);
        if templates.iter().any(|template| Dialect::of(template) == Dialect::M4) {
            let span = text.image.template.span();
            out.push(
                Diagnostic::error(Code::InvalidValue, span, "the template of a text is in dockmill's own dialect")
                    .label("its name says that it is in m4")
                    .note("m4 has no lists: it could not read `targets`"),
            );
        }
        let is_made_of = |_: &Utf8PathBuf| text.export.is_none();
        all_templates.push(templates.into_iter().filter(is_made_of).collect());
    }
    for (text, templates) in manifest.texts.iter_mut().zip(all_templates) {
        text.image.templates = templates;
    }
    manifest.inputs = inputs;
    for exclude in excludes.iter().filter(|exclude| !exclude.used) {
        out.push(
            Diagnostic::error(Code::MatchesNothing, exclude.span, "this exclude excludes nothing")
                .note("it holds for every image that has all its axes"),
        );
    }
}

/// The templates of an image or a text. Where one is missing, that is told; none may be overwritten.
fn templates(
    manifest: &Manifest,
    files: &ProjectFiles<'_>,
    image: &Image,
    (excludes, inputs): (&mut [GlobalExclude], &mut HashMap<Utf8PathBuf, String>),
    out: &mut Diagnostics,
) -> IndexSet<Utf8PathBuf> {
    let templates = match image.template.literal() {
        Some(text) => {
            points(image, excludes, out);
            match normalize(Utf8Path::new(""), text) {
                Ok(path) => IndexSet::from([path]),
                Err(problem) => {
                    out.push(problem.at(image.template.span(), "the template", text));
                    IndexSet::new()
                }
            }
        }
        None => computed_templates(manifest, image, excludes, out),
    };
    for template in &templates {
        template_exists(files, image, template, out);
        inputs.entry(template.clone()).or_insert_with(|| format!("the template `{template}`"));
    }
    templates
}

/// An upper bound of an image's targets, or their exact number where the bound, added to the targets `before` it, would be
/// too many. A matrix whose axes depend on each other counts as 0 here: its targets are counted during the walk.
fn size(image: &Image, before: u64) -> u64 {
    let most = image.matrix.most;
    match image.matrix.product() {
        None => 0,
        Some(product) if image.matrix.excludes.is_empty() || before.saturating_add(product) <= most => product,
        Some(_) => Points::new(&image.matrix, Everything).count() as u64,
    }
}

fn too_many(image: &Image, index: usize, most: u64) -> Diagnostic {
    let name = called(&image.name);
    let message = if index == 0 {
        format!("{name} has more than {most} targets")
    } else {
        format!("with {name} the project has more than {most} targets")
    };
    let error = Diagnostic::error(Code::LimitExceeded, image.span, message);
    let error = match image.matrix.product() {
        Some(product) => error.note(format!("its axes have {product} points")),
        None => error,
    };
    error.help(how_to_raise("targets"))
}

/// Walks over an image's points until it is known that there is one and that each exclude excludes one.
fn points(image: &Image, excludes: &mut [GlobalExclude], out: &mut Diagnostics) {
    let mut walk = Points::new(&image.matrix, Everything);
    (walk.matched, walk.warnings) = (Some(HashSet::new()), Some(Warnings::default()));
    let mut count = 0_usize;
    let mut failed = false;
    let whole = image.matrix.is_dependent() || image.matrix.grids.len() > 1 || image.matrix.excludes.is_computed();
    for point in walk.by_ref() {
        match point {
            Ok(_) => count += 1,
            Err(diagnostic) => {
                failed = true;
                out.push(diagnostic);
            }
        }
        if !whole {
            break;
        }
    }
    out.extend(walk.warnings.iter().flat_map(Warnings::take));
    // An exclude of axes with fixed values was checked when it was read: as the axes have its values, it excludes a point.
    let matched = if whole { walk.matched.take() } else { None };
    note_excludes(image, matched.as_ref(), failed, excludes, out);
    if count == 0 && !failed {
        let message = {
            let nothing = if image.name.contains('/') { "makes no file" } else { "has no targets" };
            format!("{} {nothing}: every point is excluded", called(&image.name))
        };
        out.push(Diagnostic::error(Code::MatchesNothing, image.span, message));
    }
}

/// Notes which excludes excluded something. Without `matched`, those do whose values the axes have.
fn note_excludes(
    image: &Image,
    matched: Option<&HashSet<usize>>,
    failed: bool,
    excludes: &mut [GlobalExclude],
    out: &mut Diagnostics,
) {
    for (index, exclude) in image.matrix.excludes.iter().enumerate() {
        let used = match matched {
            Some(matched) => matched.contains(&index),
            None => match &exclude.leaves_out {
                LeavesOut::Values(values) => values.iter().all(|(axis, texts)| {
                    let fixed = image.matrix.axes[*axis].fixed.as_ref();
                    fixed.is_some_and(|values| texts.iter().any(|text| values.find(text).is_some()))
                }),
                LeavesOut::Formula(..) => false,
            },
        };
        match exclude.global {
            Some(global) => excludes[global].used |= used || failed,
            None if !used && !failed => {
                let message = format!("this exclude excludes nothing of {}", called(&image.name));
                out.push(Diagnostic::error(Code::MatchesNothing, exclude.span, message));
            }
            None => {}
        }
    }
}

/// All templates of an image whose `template` depends on the target.
fn computed_templates(
    manifest: &Manifest,
    image: &Image,
    excludes: &mut [GlobalExclude],
    out: &mut Diagnostics,
) -> IndexSet<Utf8PathBuf> {
    points(image, excludes, out);
    let mut templates = IndexSet::new();
    for point in Points::new(&image.matrix, Everything).flatten() {
        let (id, globals) = target::globals(manifest, image, point, None);
        // An error here recurs when the target is made, and is reported then.
        let Ok(globals) = globals else { continue };
        let Ok(text) = image.template.text(&globals.view()) else { continue };
        match normalize(Utf8Path::new(""), &text) {
            Ok(path) => _ = templates.insert(path),
            Err(problem) => {
                out.extend_for(&id, [problem.at(image.template.span(), "the template", &text)]);
            }
        }
    }
    templates
}

fn template_exists(files: &ProjectFiles<'_>, image: &Image, template: &Utf8Path, out: &mut Diagnostics) {
    let span = image.template.span();
    let old = old_name(template).filter(|old| files.is_file(old) && !files.is_file(template));
    if let Some(old) = old.as_deref().or_else(|| renamed(template).map(|_| template)) {
        return out.push(old_ending(&files.root, old, span));
    }
    if let Err(error) = files.file(template, "the template", span) {
        let is_default = span == image.span;
        let name = &image.name;
        out.push(if is_default && error.code == Code::FileNotFound {
            error
                .label(format!("image `{name}` has the template `{template}` by default"))
                .help("another is named by `template = \"…\"`")
        } else {
            hinted(image, error)
        });
    }
}

/// Adds how a name is written that stands as plain text in a path of which there is no file.
fn hinted(image: &Image, error: Diagnostic) -> Diagnostic {
    let Some(place) = error.primary.as_ref().map(|label| label.span) else { return error };
    let Some((_, text)) = image.matrix.texts.iter().find(|(file, _)| *file == place.file) else { return error };
    let within = place.start as usize..place.end as usize;
    foreign_value::hint(error, place.file, text.bytes(), within, &|name| image.layout.contains_key(name))
}

/// Checks the files whose paths do not depend on the target, so that a missing one is reported before anything is rendered.
/// Returns those that are templates.
fn files_exist(
    files: &ProjectFiles<'_>,
    image: &Image,
    template: &Utf8Path,
    inputs: &mut HashMap<Utf8PathBuf, String>,
    out: &mut Diagnostics,
) -> Vec<Companion> {
    let mut templates = Vec::new();
    let folder = template.parent().unwrap_or(Utf8Path::new(""));
    for file in &image.files {
        let Some((text, span)) = file.literal() else { continue };
        // A path that leads out of the project is reported when the targets are made.
        let Ok(path) = normalize(folder, text) else { continue };
        // A file whose copy has a name is copied as it is, whatever its own name.
        if file.to.is_none() && renamed(&path).is_some() {
            let help = format!("where it is no template, say so: `{{ from = \"{text}\", to = \"{text}\" }}`");
            out.push(old_ending(&files.root, &path, span).help(help));
        } else if let Err(error) = files.file(&path, "the file", span) {
            out.push(hinted(image, error.note("files are looked for in the template's folder")));
        } else if let Some(dialect) = image.companion_dialect(&path, template) {
            templates.push((path.clone(), dialect, file.span));
        }
        inputs.entry(path.clone()).or_insert_with(|| format!("the file `{path}`"));
    }
    templates
}

/// Finds the files that the patterns of an image match, from the folder of each template. Gives those that are templates, and
/// for each pattern, by its place among the files, what it found.
fn find_patterns(
    manifest: &Manifest,
    files: &ProjectFiles<'_>,
    image: &Image,
    templates: &IndexSet<Utf8PathBuf>,
    inputs: &mut HashMap<Utf8PathBuf, String>,
    out: &mut Diagnostics,
) -> (Vec<Companion>, Vec<(usize, FoundFiles)>) {
    let (mut found_templates, mut found_files) = (Vec::new(), Vec::new());
    for (index, file) in image.files.iter().enumerate().filter(|(_, file)| file.found.is_some()) {
        let Some(from) = file.from.written().first() else { continue };
        let span = from.span();
        let mut by_folder = FoundFiles::new();
        for (template, text) in patterns(manifest, image, from, templates) {
            let folder = template.parent().unwrap_or(Utf8Path::new(""));
            let pattern = PathPattern::parse(folder, &text, "the file", span);
            let found = match pattern.and_then(|pattern| pattern.find(files, span)) {
                Ok(found) => found,
                Err(error) => {
                    out.push(error);
                    continue;
                }
            };
            // The template stands in the same folder, but not for itself.
            let found: Vec<Utf8PathBuf> = found.into_iter().filter(|path| !templates.contains(path)).collect();
            if found.is_empty() {
                let error = Diagnostic::error(Code::MatchesNothing, span, format!("no file matches `{text}`"));
                out.push(hinted(image, error.note("files are looked for in the template's folder")));
            }
            for path in &found {
                if let Some(dialect) = image.companion_dialect(path, &template) {
                    found_templates.push((path.clone(), dialect, file.span));
                }
                inputs.entry(path.clone()).or_insert_with(|| format!("the file `{path}`"));
            }
            let from_folder = found.iter().map(|path| relative(folder, path)).collect();
            by_folder.insert((folder.to_owned(), text), from_folder);
        }
        found_files.push((index, by_folder));
    }
    (found_templates, found_files)
}

/// The patterns that an element of `files` comes out as, each with a template that it is looked for from.
fn patterns(
    manifest: &Manifest,
    image: &Image,
    from: &Interpolation,
    templates: &IndexSet<Utf8PathBuf>,
) -> IndexSet<(Utf8PathBuf, String)> {
    if let Some(text) = from.literal() {
        return templates.iter().map(|template| (template.clone(), text.to_owned())).collect();
    }
    let mut patterns = IndexSet::new();
    for point in Points::new(&image.matrix, Everything).flatten() {
        // An error here recurs when the target is made, and is reported then.
        let Ok(globals) = target::globals(manifest, image, point, None).1 else { continue };
        let view = globals.view();
        let texts = image.template.text(&view).and_then(|template| Ok((template, from.text(&view)?)));
        if let Ok((template, text)) = texts
            && let Ok(template) = normalize(Utf8Path::new(""), &template)
        {
            patterns.insert((template, text));
        }
    }
    patterns
}

/// The path from a folder to a file, both of the project.
fn relative(folder: &Utf8Path, path: &Utf8Path) -> String {
    let same = folder.components().zip(path.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(same).map(|_| "..");
    up.chain(path.components().skip(same).map(|part| part.as_str())).collect::<Vec<_>>().join("/")
}
