//! Texts: templates that see all targets.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::expression::{Births, CallValues, Scope, Use, UseKind, Value, Written};
use crate::manifest::{BlankLines, TARGETS, TextTarget};
use crate::source::Span;
use crate::template::{Globals, Host, Task};

use super::scope::{ImageFunction, WithDefines};
use super::{Rendered, Renderer, at_template, blank_lines};

/// The variables of a text, and `targets`.
struct WithTargets<'a> {
    own: WithDefines<'a>,
    targets: &'a Value,
}

impl Scope for WithTargets<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        if name == TARGETS { Some(self.targets.clone()) } else { self.own.value(name) }
    }

    fn unset(&self, name: &str, span: Span) -> Option<Diagnostic> {
        self.own.unset(name, span)
    }

    fn births(&self, name: &str) -> Births {
        if name == TARGETS { Births::Nowhere } else { self.own.births(name) }
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.own.names();
        names.push(TARGETS.to_owned());
        names
    }
}

/// A text is built on nothing.
struct NoImages;

impl Host for NoImages {
    fn call(&self, name: &str, _: CallValues, span: Span) -> Option<Result<Value, Diagnostic>> {
        (name == "image").then(|| Err(no_image(span)))
    }

    fn functions(&self) -> &'static [&'static str] {
        ImageFunction::NAMES
    }
}

fn no_image(span: Span) -> Diagnostic {
    Diagnostic::error(Code::UnknownFunction, span, "`image()` is for Dockerfiles: a text is built on no image")
        .help("`targets` has the tags of all: `(targets|selectattr(\"id\", \"eq\", \"…\")|first).tags`")
}

impl Renderer<'_> {
    /// Loads the templates of texts and checks their names; `whole`: the manifest has no errors.
    pub(super) fn load_texts(&mut self, whole: bool, out: &mut Diagnostics) {
        let manifest = self.manifest;
        for text in &manifest.texts {
            let image = &text.image;
            let mut names = self.names_of(image);
            names.push(TARGETS.into());
            let wrong = &|found: &Use<'_>| match (&found.kind, found.name) {
                (UseKind::Function { .. }, "image") => Some(no_image(found.span)),
                _ if whole => manifest.wrong_use(image, found),
                _ => None,
            };
            for path in &image.templates {
                let Some(template) = self.load_template(path, image.template_span, out) else { continue };
                let globals = Globals { names: &names, all: &names, functions: ImageFunction::NAMES, wrong };
                let checked = template.check(globals);
                // What is included by a computed path may read any variable.
                let mut reads_all = checked.reads_more;
                template.written(&mut |written| match written {
                    Written::Key("vars", None) | Written::Text("vars") => reads_all = true,
                    Written::Key(key, _) => self.used.add_key(key),
                    Written::Text(path) => {
                        let key = path.strip_prefix("vars.").and_then(|keys| keys.split('.').next());
                        if let Some(key) = key {
                            self.used.add_key(key);
                        }
                    }
                });
                if reads_all {
                    self.used.add_all_variables();
                }
                out.extend(self.used.add(image, checked));
            }
        }
    }

    /// Expands a text. `record`: keep the values that led to its lines.
    pub(crate) fn render_text(&self, made: &TextTarget, targets: &Value, record: bool) -> Rendered {
        self.budget.begin_output();
        let image = &self.manifest.texts[made.text].image;
        let own = WithDefines::new(self.manifest, image, &made.target.globals, &self.defines);
        let (globals, limits) = (WithTargets { own, targets }, self.manifest.limits.expansion);
        let task = Task { globals: &globals, host: &NoImages, limits, budget: &self.budget, record, only: None };
        // What could not be loaded is reported.
        let Some(template) = self.templates.get(&made.target.template) else { return Rendered::default() };
        let mut rendered = Rendered::from(template.expand_whole(&self.loader, &task));
        rendered.diagnostics.extend(made.target.warnings.iter().cloned());
        if self.manifest.blank_lines != Some(BlankLines::Keep)
            && let Some(finding) = blank_lines::check_beside(&rendered.text)
        {
            rendered.diagnostics.push(Arc::new(at_template(&rendered.text, self.sources, finding)));
        }
        rendered.files.sort_unstable();
        rendered.files.dedup();
        rendered
    }
}
