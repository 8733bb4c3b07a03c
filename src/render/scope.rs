//! What a target's templates see: its variables, and `image()`.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::expression::{Births, CallValues, GivenBirths, Scope, Value};
use crate::manifest::{Globals, Image, ImageRef, Manifest, Target};
use crate::source::Span;
use crate::template::Host;

/// A target's variables, and the `-D`s that only templates declare.
pub(super) struct WithDefines<'a> {
    manifest: &'a Manifest,
    image: &'a Image,
    globals: &'a Globals,
    defines: &'a [(Arc<str>, Value)],
    /// Where the variables that are computed were born, once something asks.
    computed: OnceCell<Vec<Births>>,
}

impl<'a> WithDefines<'a> {
    pub(super) fn new(
        manifest: &'a Manifest,
        image: &'a Image,
        globals: &'a Globals,
        defines: &'a [(Arc<str>, Value)],
    ) -> Self {
        Self { manifest, image, globals, defines, computed: OnceCell::new() }
    }
}

impl Scope for WithDefines<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        let define = self.defines.iter().find(|(known, _)| &**known == name);
        define.map(|(_, value)| value.clone()).or_else(|| self.globals.get(name))
    }

    fn unset(&self, name: &str, span: Span) -> Option<Diagnostic> {
        self.globals.unset(name, span)
    }

    fn births(&self, name: &str) -> Births {
        if self.defines.iter().any(|(known, _)| &**known == name) {
            let given = self.manifest.unclaimed_defines.iter().find(|define| define.name == name);
            return given.map_or(Births::Nowhere, |define| Births::at(define.span));
        }
        let computed = self.computed.get_or_init(|| self.image.computed_births(self.globals));
        self.image.births(self.globals, computed, name)
    }

    fn names(&self) -> Vec<String> {
        let own = self.globals.to_vec().into_iter().map(|(name, _)| name.to_string());
        own.chain(self.defines.iter().map(|(name, _)| name.to_string())).collect()
    }
}

/// `image("name", …)`: the tag of another image of the project.
pub(super) struct ImageFunction<'a> {
    manifest: &'a Manifest,
    target: &'a Target,
    asked: RefCell<Vec<ImageRef>>,
}

impl<'a> ImageFunction<'a> {
    pub(super) const NAMES: &'static [&'static str] = &["image"];

    pub(super) fn new(manifest: &'a Manifest, target: &'a Target) -> Self {
        Self { manifest, target, asked: RefCell::default() }
    }

    /// The images that were asked for.
    pub(super) fn asked(&self) -> Vec<ImageRef> {
        self.asked.borrow().clone()
    }
}

impl Host for ImageFunction<'_> {
    fn call(&self, name: &str, given: CallValues, span: Span) -> Option<Result<Value, Diagnostic>> {
        if name != "image" {
            return None;
        }
        Some(self.manifest.image_tag(self.target, &given, span).map(|image| {
            let tag = Value::from(image.tag.as_str());
            let mut asked = self.asked.borrow_mut();
            if !asked.contains(&image) {
                asked.push(image);
            }
            tag
        }))
    }

    fn births(&self, name: &str, given: &CallValues, births: &GivenBirths) -> Option<Births> {
        (name == "image").then(|| self.manifest.image_births(self.target, given, births))
    }

    fn functions(&self) -> &'static [&'static str] {
        Self::NAMES
    }
}
