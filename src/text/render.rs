//! Texts rendered, with all targets at hand.

use std::sync::{Arc, LazyLock};

use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Selection, Target, TextExport, TextTarget};
use crate::plan::export::ExportPlan;
use crate::plan::external_images;
use crate::render::{Rendered, Renderer, in_order};
use crate::source::{FileId, FrameId, Origin, Span, Traced};

use super::list::{BuiltOn, TargetList};
use super::syntax;

/// A text, and what it renders to; `None` where there are errors, which were told.
pub(crate) type RenderedText = (TextTarget, Option<Rendered>);

/// The plan of all targets and the files that it is made of, made where a text is one.
type MadePlan<'a> = LazyLock<(ExportPlan, Vec<FileId>), &'a (dyn Fn() -> (ExportPlan, Vec<FileId>) + Sync)>;

/// Renders texts. `record`: keep the values that led to their lines.
pub(crate) fn render(
    renderer: &Renderer<'_>,
    texts: Vec<TextTarget>,
    record: bool,
    found: &mut Diagnostics,
) -> Vec<RenderedText> {
    if texts.is_empty() {
        return Vec::new();
    }
    let (manifest, all) = (renderer.manifest(), Selection::all());
    // What is wrong with those that cannot be made was told by whoever verified them.
    let targets: Vec<Target> = manifest.targets(&all).flatten().collect();
    let make_plan = || ExportPlan::of_all(renderer, &targets);
    let plan: MadePlan<'_> = LazyLock::new(&make_plan);
    let pass = |list: &TargetList| {
        let mut made = Vec::with_capacity(texts.len());
        let one = |text: &TextTarget| match manifest.texts[text.text].export {
            Some(export) => exported(renderer, export, &plan),
            None => one(renderer, text, list, record),
        };
        in_order(texts.iter(), one, |rendered| made.push(rendered));
        made
    };
    let list = TargetList::new(manifest, &targets, None);
    let mut made = pass(&list);
    if list.lacks() {
        let (built_on, read) = built_on(renderer, &targets);
        made = pass(&TargetList::new(manifest, &targets, Some(built_on)));
        for made in &mut made {
            made.files.extend(&read);
        }
    }
    let mut rendered = Vec::with_capacity(texts.len());
    for (text, mut made) in texts.into_iter().zip(made) {
        let failed = made.failed();
        found.extend_for(&text.target.id, std::mem::take(&mut made.diagnostics));
        rendered.push((text, (!failed).then_some(made)));
    }
    rendered
}

fn one(renderer: &Renderer<'_>, text: &TextTarget, list: &TargetList, record: bool) -> Rendered {
    let mut rendered = renderer.render_text(text, &list.value, record);
    // What lacks something is rendered again.
    if !rendered.failed() && !list.lacks() {
        let wrong = if renderer.manifest().texts[text.text].is_region {
            syntax::check_region(&rendered.text, renderer.sources())
        } else {
            syntax::check_file(&text.target.output, &rendered.text, renderer.sources())
        };
        rendered.diagnostics.extend(wrong.map(Arc::new));
    }
    rendered
}

/// A plan. All of its lines come from where the manifest asks for it.
fn exported(renderer: &Renderer<'_>, (form, span): (TextExport, Span), plan: &MadePlan<'_>) -> Rendered {
    let (plan, read) = &**plan;
    let mut rendered = Rendered::default();
    rendered.files.clone_from(read);
    match plan.write_text(renderer.manifest(), form) {
        Ok(bytes) => {
            let line = renderer.sources().get(span.file).line(span.start);
            let origin = Origin { file: span.file, line, frame: FrameId::ROOT };
            let lines = bytes.split_inclusive(|byte| *byte == b'\n').map(|_| origin).collect();
            rendered.text = Traced { bytes, lines, frames: Vec::new() };
        }
        Err(error) => {
            let error = Diagnostic::error(Code::DataSyntax, span, format!("the plan cannot be written: {error:#}"));
            rendered.diagnostics.push(Arc::new(error));
        }
    }
    rendered
}

/// What each target is built on, and the files that tell it.
fn built_on(renderer: &Renderer<'_>, targets: &[Target]) -> (Vec<BuiltOn>, Vec<FileId>) {
    let of = |target: &Target| {
        let mut rendered = renderer.render(target);
        let needs = rendered.dependencies.iter().filter(|edge| !edge.onbuild);
        let needs: IndexSet<&Arc<str>> = needs.map(|edge| &edge.on).collect();
        let needs = needs.into_iter().map(ToString::to_string).collect();
        let bases = external_images(&rendered, None, renderer.tags()).into_iter().collect();
        (BuiltOn { needs, bases }, std::mem::take(&mut rendered.files))
    };
    let (mut all, mut read) = (Vec::with_capacity(targets.len()), IndexSet::new());
    in_order(targets.iter(), of, |(built_on, made_of)| {
        all.push(built_on);
        read.extend(made_of);
    });
    (all, read.into_iter().collect())
}
