//! Targets: an image at one point of its matrix.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use minijinja::Value;

use crate::diagnostic::{Code, Diagnostic};
use crate::dockerfile::{ImageName, NameProblem, is_platform};
use crate::expression::Warnings;
use crate::output::header_problem;
use crate::source::{Span, is_of_git};

use super::axis::AxisValue;
use super::born;
use super::files::{PathProblem, normalize};
use super::given::{FLAG, Given, Kind, WEIGHT};
use super::image::{Dialect, FilePattern, Image};
use super::interpolation::Interpolation;
use super::layout::{Globals, TargetObject, View};
use super::manifest::Manifest;
use super::matrix::describe;
use super::points::Point;
use super::text_list::TextList;

/// An image at one point of its matrix: one output.
#[derive(Debug, Clone)]
pub struct Target {
    /// The id, a path such as `python/bookworm/3.12.8`.
    pub id: String,
    /// The image, by its place in [`Manifest::images`].
    pub image: usize,
    /// The point: each axis with its value, as it stands in ids.
    pub point: Vec<(Arc<str>, Arc<str>)>,
    /// What its templates may use.
    pub globals: Globals,
    /// The template, relative to the project.
    pub template: Utf8PathBuf,
    /// The output, relative to the project; under [`Manifest::variant`] where there is one.
    pub output: Utf8PathBuf,
    /// The header that the project has its outputs bear instead of dockmill's; empty where there is none.
    pub header: String,
    /// The tags of the image, as they are written in the manifest.
    pub tags: Vec<String>,
    /// Names that it shares with other targets; no builder gives them.
    pub shared_tags: Vec<String>,
    /// The platforms that it is for, such as `linux/arm64`; none where the manifest does not say.
    pub platforms: Vec<String>,
    /// The output that is committed, if it stays as it is: it is not rendered.
    pub frozen: Option<Utf8PathBuf>,
    /// What a build of it takes beside that of others.
    pub weight: u32,
    /// The build context, relative to the project; empty for the project's own folder.
    pub context: Utf8PathBuf,
    /// Further build targets of the same file.
    pub stages: Vec<Stage>,
    /// Files that stand beside the output.
    pub files: Vec<CopiedFile>,
    /// Warnings of the expressions that it is made by.
    pub(crate) warnings: Vec<Arc<Diagnostic>>,
}

impl Target {
    /// The build context as people write it: `.` for the project's own folder.
    pub(crate) fn shown_context(&self) -> &str {
        if self.context.as_str().is_empty() { "." } else { self.context.as_str() }
    }
}

/// A further build target of a target's file; its id is the target's, `:` and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The stage in the Dockerfile.
    pub name: Arc<str>,
    /// The tags of what it builds.
    pub tags: Vec<String>,
}

/// A file that stands beside the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedFile {
    /// The file, relative to the project.
    pub from: Utf8PathBuf,
    /// Its copy, relative to the project.
    pub to: Utf8PathBuf,
    /// The dialect, if the file is a template, which is expanded. `None`: it is copied.
    pub expand: Option<Dialect>,
    /// Where the manifest names it.
    pub span: Span,
}

/// The id of a target's stage: `python/bookworm:wheels`. It cannot be taken apart again, as ids may hold colons.
pub fn stage_id(target: &str, stage: &str) -> String {
    [target, ":", stage].concat()
}

/// The id of an image's target: empty values are left out.
pub(super) fn id(image: &str, point: &[Arc<AxisValue>]) -> String {
    let length = image.len() + point.iter().map(|value| value.text.len() + 1).sum::<usize>();
    let mut id = String::with_capacity(length);
    id.push_str(image);
    for value in point.iter().filter(|value| !value.text.is_empty()) {
        id.push('/');
        id.push_str(&value.text);
    }
    id
}

/// Globals of a target, with its id.
pub(super) fn globals(
    manifest: &Manifest,
    image: &Image,
    point: Point,
    warnings: Option<&Warnings>,
) -> (String, Result<Globals, Vec<Diagnostic>>) {
    let (values, extra) = point;
    let id = id(&image.name, &values);
    let target = Value::from_object(TargetObject {
        id: Value::from(id.as_str()),
        image: Value::from(&image.name),
        profile: manifest.profile_value.clone(),
    });
    let layout = extra.as_ref().map_or(&image.layout, |extra| &extra.layout);
    let view = View { target: Some(&target), warnings, ..View::at_point(layout, &values) };
    let computed = image.rules.compute(view, extra.is_some());
    let globals = |computed: Vec<Value>| Globals {
        layout: Arc::clone(layout),
        point: values.into(),
        computed: computed.into(),
        target,
    };
    (id, computed.map(globals))
}

/// Makes a target; its errors name it.
pub(super) fn make(manifest: &Manifest, index: usize, point: Point) -> Result<Target, Vec<Diagnostic>> {
    make_of(manifest, &manifest.images[index], index, point)
}

/// As [`make`], for texts as well: `index` is the place of the image among its like.
pub(super) fn make_of(
    manifest: &Manifest,
    image: &Image,
    index: usize,
    point: Point,
) -> Result<Target, Vec<Diagnostic>> {
    let warnings = Warnings::default();
    let (id, globals) = globals(manifest, image, point, Some(&warnings));
    let named = |mut problems: Vec<Diagnostic>| {
        let targets = Arc::from([id.clone()]);
        for problem in &mut problems {
            problem.targets = Arc::clone(&targets);
        }
        problems
    };
    let globals = match globals {
        Ok(globals) => globals,
        Err(problems) => return Err(named(problems)),
    };
    let view = View { warnings: Some(&warnings), ..globals.view() };
    let mut maker = Maker { manifest, image, view, problems: Vec::new() };
    let (output, context, variant_output) = maker.places();
    let template = maker.path(&image.template, Utf8Path::new(""), "the template");
    let header = image.header.as_ref().map_or_else(String::new, |header| maker.header(header));
    let (tags, shared_tags) = (maker.tags(&image.tags), maker.tags(&image.shared_tags));
    let platforms = maker.platforms();
    let frozen = output.as_ref().filter(|_| maker.given("frozen", &image.frozen, &FLAG)).cloned();
    let weight = maker.given("weight", &image.weight, &WEIGHT);
    let stages = image
        .stages
        .iter()
        .map(|stage| Stage { name: Arc::clone(&stage.name), tags: maker.tags(&stage.tags) })
        .collect();
    let files = match (&template, &variant_output) {
        (Some(template), Some(output)) => {
            image.files.iter().flat_map(|file| maker.files(file, template, output)).collect()
        }
        _ => Vec::new(),
    };
    let problems = maker.problems;
    let (Some(template), Some(_), Some(output), Some(context), true) =
        (template, output, variant_output, context, problems.is_empty())
    else {
        return Err(named(born::traced(image, &globals, problems)));
    };
    let point = image.axes.iter().zip(globals.point.iter());
    let point = point.map(|(axis, value)| (Arc::clone(axis), Arc::clone(&value.text))).collect();
    Ok(Target {
        id,
        image: index,
        point,
        globals,
        template,
        output,
        header,
        tags,
        shared_tags,
        platforms,
        frozen,
        weight,
        context,
        stages,
        files,
        warnings: warnings.take().into_iter().map(Arc::new).collect(),
    })
}

/// Computes the strings of one target.
struct Maker<'a> {
    manifest: &'a Manifest,
    image: &'a Image,
    view: View<'a>,
    problems: Vec<Diagnostic>,
}

impl Maker<'_> {
    fn text(&mut self, pattern: &Interpolation) -> Option<String> {
        pattern.text(&self.view).map_err(|diagnostic| self.problems.push(diagnostic)).ok()
    }

    fn path(&mut self, pattern: &Interpolation, folder: &Utf8Path, what: &str) -> Option<Utf8PathBuf> {
        let text = self.text(pattern)?;
        normalize(folder, &text).map_err(|problem| self.problems.push(problem.at(pattern.span(), what, &text))).ok()
    }

    /// The output as the manifest says, the context, and the output where it is written.
    fn places(&mut self) -> (Option<Utf8PathBuf>, Option<Utf8PathBuf>, Option<Utf8PathBuf>) {
        let output = self.path(&self.image.output, Utf8Path::new(""), "the output");
        let context = self.path(&self.image.context, Utf8Path::new(""), "the context");
        let output = output.filter(|output| self.output_is_free(output));
        // By default it is the output's folder, of which enough was said.
        if output.is_some() && context.as_deref().is_some_and(is_of_git) {
            let span = self.image.context.span();
            self.problems.push(in_folder_of_tool("the context", span));
        }
        let Some(variant) = &self.manifest.variant else { return (output.clone(), context, output) };
        // A context that is the output's own folder moves with the output.
        let context = match (&output, context) {
            (Some(output), Some(context)) if !context.as_str().is_empty() && output.parent() == Some(&context) => {
                Some(variant.join(context))
            }
            (_, context) => context,
        };
        let moved = output.as_ref().map(|output| variant.join(output));
        (output, context, moved)
    }

    /// Reports an output in the place of something else.
    fn output_is_free(&mut self, output: &Utf8Path) -> bool {
        let span = self.image.output.span();
        let problem = if output.as_str().is_empty() {
            Some(Diagnostic::error(Code::InvalidValue, span, "the output is the project's own folder"))
        } else if let Some(what) = self.manifest.inputs.get(output) {
            Some(Diagnostic::error(Code::Collision, span, format!("the output `{output}` would overwrite {what}")))
        } else {
            is_of_tool(output).then(|| in_folder_of_tool(&format!("the output `{output}`"), span))
        };
        let free = problem.is_none();
        self.problems.extend(problem);
        free
    }

    fn header(&mut self, pattern: &Interpolation) -> String {
        // The manifest may have been checked out with CR LF; what is rendered is the same everywhere.
        let header = self.text(pattern).unwrap_or_default().replace("\r\n", "\n");
        if let Some(problem) = header_problem(&header) {
            let error = Diagnostic::error(Code::InvalidValue, pattern.span(), format!("the header {problem}"));
            self.problems
                .push(error.note("the header goes above the first instruction, below directives such as `# syntax=`"));
        }
        header
    }

    /// Tags in order; one that comes out empty is left out.
    fn tags(&mut self, list: &TextList) -> Vec<String> {
        let mut tags: Vec<String> = Vec::with_capacity(list.written().len());
        list.each(&self.view, &mut self.problems, &mut |tag, span| {
            ImageName::parse_tag(&tag).map_err(|problem| bad_tag(&tag, problem, span))?;
            tags.push(tag);
            Ok(())
        });
        tags
    }

    fn given<T: Copy + Default>(&mut self, key: &str, given: &Given<T>, kind: &Kind<T>) -> T {
        let text = match given {
            Given::Written(value) => return *value,
            Given::Computed(text) => text,
        };
        let value = text.value(&self.view).and_then(|value| {
            (kind.read)(&value).ok_or_else(|| {
                let message =
                    format!("`{key}` must be {}, but the expression gives {}", kind.expected, describe(&value));
                Diagnostic::error(Code::WrongType, text.span(), message)
            })
        });
        value.unwrap_or_else(|error| {
            self.problems.push(error);
            T::default()
        })
    }

    fn platforms(&mut self) -> Vec<String> {
        let mut platforms: Vec<String> = Vec::new();
        self.image.platforms.each(&self.view, &mut self.problems, &mut |text, span| {
            if !is_platform(&text) || !text.contains('/') {
                let message = format!("`{}` is no platform", text.escape_debug());
                return Err(Diagnostic::error(Code::InvalidValue, span, message)
                    .note("a platform is `os/arch` or `os/arch/variant`, such as `linux/arm64`"));
            }
            if !platforms.contains(&text) {
                platforms.push(text);
            }
            Ok(())
        });
        platforms
    }

    /// The copies of the files that an element of `files` names.
    fn files(&mut self, file: &FilePattern, template: &Utf8Path, output: &Utf8Path) -> Vec<CopiedFile> {
        let folder = template.parent().unwrap_or(Utf8Path::new(""));
        let mut texts = Vec::new();
        file.from.each(&self.view, &mut self.problems, &mut |text, span| {
            match &file.found {
                Some(found) => {
                    let of_pattern = found.get(&(folder.to_owned(), text)).into_iter().flatten();
                    texts.extend(of_pattern.map(|text| (text.clone(), file.span)));
                }
                None => texts.push((text, span)),
            }
            Ok(())
        });
        texts.into_iter().filter_map(|(text, span)| self.copy(file, (&text, span), template, output)).collect()
    }

    fn copy(
        &mut self,
        file: &FilePattern,
        (text, from_span): (&str, Span),
        template: &Utf8Path,
        output: &Utf8Path,
    ) -> Option<CopiedFile> {
        let folder = template.parent().unwrap_or(Utf8Path::new(""));
        let from = match normalize(folder, text) {
            Ok(from) => from,
            Err(problem) => {
                self.problems.push(problem.at(from_span, "the file", text));
                return None;
            }
        };
        let expand = self.image.companion_dialect(&from, template);
        let own_name = |path: &str| match expand {
            Some(_) => Utf8Path::new(path).with_extension("").into_string(),
            None => path.to_owned(),
        };
        let (to, span) = match &file.to {
            Some(pattern) if file.found.is_some() => {
                let name = own_name(Utf8Path::new(text).file_name().unwrap_or(text));
                (Utf8Path::new(&self.text(pattern)?).join(name).into_string(), pattern.span())
            }
            Some(pattern) => (self.text(pattern)?, pattern.span()),
            None => (own_name(text), from_span),
        };
        let beside = match normalize(Utf8Path::new(""), &to) {
            Ok(beside) => beside,
            Err(problem) => {
                self.problems.push(no_copy(problem, span, text, &to));
                return None;
            }
        };
        let to = output.parent().unwrap_or(Utf8Path::new("")).join(&beside);
        if to == output {
            let message = format!("the copy of `{from}` would overwrite the output `{output}`");
            self.problems.push(Diagnostic::error(Code::Collision, span, message));
            return None;
        }
        if let Some(what) = self.manifest.inputs.get(&to) {
            let message = format!("the copy of `{from}` would overwrite {what}");
            self.problems.push(Diagnostic::error(Code::Collision, span, message));
            return None;
        }
        if is_of_tool(&beside) {
            self.problems.push(in_folder_of_tool(&format!("the copy `{to}`"), span));
            return None;
        }
        Some(CopiedFile { from, to, expand, span: file.span })
    }
}

/// Is it in a folder that git or dockmill has for itself?
fn is_of_tool(path: &Utf8Path) -> bool {
    path.as_str().starts_with(".dockmill/") || is_of_git(path)
}

fn in_folder_of_tool(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, span, format!("{what} lies in a folder of a tool"))
        .note("`.git` is git's, `.dockmill` has what `-D` and `--profile` make")
}

/// The error of a file whose copy would not stand beside the output.
fn no_copy(problem: PathProblem, span: Span, from: &str, to: &str) -> Diagnostic {
    if problem != PathProblem::Outside {
        return problem.at(span, "the copy", to);
    }
    let name = Utf8Path::new(from).file_name().unwrap_or(from);
    Diagnostic::error(Code::OutsideProject, span, format!("the copy `{to}` would not stand beside the output"))
        .help(format!("say where: `{{ from = \"{from}\", to = \"{name}\" }}`"))
}

/// The error of a tag that is no image reference.
pub(super) fn bad_tag(tag: &str, problem: NameProblem, span: Span) -> Diagnostic {
    Diagnostic::error(Code::InvalidValue, span, format!("`{}` {problem}", tag.escape_debug()))
        .note("a tag is `repository:tag`, such as `acme/python:3.12`")
}
