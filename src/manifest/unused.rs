//! Declarations that nothing uses: often a name was misspelt where it is set.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

use super::axis::{Axis, AxisValues};
use super::constants::{Base, Declared};
use super::image::Image;
use super::manifest::Manifest;
use super::profile::Profile;
use super::set::SetRule;
use super::text::called;

/// A name that the manifest declares.
pub(super) struct Declaration {
    name: Arc<str>,
    span: Span,
    kind: DeclaredAs,
}

/// What the name is.
#[derive(Clone, PartialEq, Eq, Hash)]
enum DeclaredAs {
    Data,
    /// A variable of `[vars]`.
    Var,
    Param,
    Axis,
    /// A variable that the values of this axis bring.
    Brought(Arc<str>),
    /// A variable of this profile.
    Profile(String),
    /// A variable of this image; `None`: of several that one `[[discover]]` finds.
    Own(Option<Arc<str>>),
}

impl Declaration {
    fn describe(&self) -> String {
        let name = &self.name;
        match &self.kind {
            DeclaredAs::Data => format!("the data file `{name}`"),
            DeclaredAs::Param => format!("the parameter `{name}`"),
            DeclaredAs::Axis => format!("the axis `{name}`"),
            DeclaredAs::Var | DeclaredAs::Own(None) => format!("the variable `{name}`"),
            DeclaredAs::Own(Some(image)) => format!("the variable `{name}` of {}", called(image)),
            DeclaredAs::Brought(axis) => format!("the variable `{name}`, which axis `{axis}` brings"),
            DeclaredAs::Profile(profile) => format!("the variable `{name}` of profile `{profile}`"),
        }
    }

    fn warning(&self) -> Diagnostic {
        let error = Diagnostic::warning(Code::Unused, self.span, format!("nothing uses {}", self.describe()));
        match self.kind {
            DeclaredAs::Axis => error.label("no image has it in its `matrix`"),
            _ => error.label("no template and no expression of the manifest names it"),
        }
    }
}

/// The names that are declared for all images.
pub(super) fn declarations(
    base: &Base,
    axes: &IndexMap<Arc<str>, Arc<Axis>>,
    set: &[SetRule],
    profiles: &IndexMap<String, Profile>,
) -> Vec<Declaration> {
    let mut list = Vec::new();
    let mut add = |name: &Arc<str>, span, kind| list.push(Declaration { name: Arc::clone(name), span, kind });
    for (name, declared, span) in &base.declarations {
        match declared {
            Declared::Data => add(name, *span, DeclaredAs::Data),
            Declared::Var => add(name, *span, DeclaredAs::Var),
            Declared::Param => add(name, *span, DeclaredAs::Param),
            Declared::Axis => add(name, *span, DeclaredAs::Axis),
            // The axis that brings it is found below.
            Declared::Brought => {}
        }
    }
    for axis in axes.values() {
        for (name, span) in &axis.brought {
            add(name, *span, DeclaredAs::Brought(Arc::clone(&axis.name)));
        }
    }
    for var in set.iter().flat_map(|rule| &rule.vars) {
        add(&var.name, var.span, DeclaredAs::Var);
    }
    for (profile, content) in profiles {
        for (name, (_, span)) in &content.vars {
            add(name, *span, DeclaredAs::Profile(profile.clone()));
        }
    }
    list
}

/// Notes the names in the expressions of axes, also of those that no image has: for these, only the axis is reported.
pub(super) fn used_by_axes(axes: &IndexMap<Arc<str>, Arc<Axis>>, used: &mut dyn FnMut(&str)) {
    for axis in axes.values() {
        if let AxisValues::Computed(formula) = &axis.values {
            formula.uses(&mut |found, _| used(found.name));
        }
    }
}

impl Manifest {
    /// A warning for each variable, parameter, data file and axis that nothing uses, in the order of the manifest.
    ///
    /// `in_templates` tells whether the templates of an image use a name, `defaults` are the names that templates
    /// declare, for suggestions. It must not be called after errors, which may have left images out.
    pub fn unused(&self, in_templates: &dyn Fn(&Image, &str) -> bool, defaults: &[&str]) -> Vec<Diagnostic> {
        let is_told = |name: &str| self.with.iter().any(|(told, _)| **told == *name);
        let uses = |image: &Image, name: &str| image.used.contains(name) || is_told(name) || in_templates(image, name);
        let all = || self.images.iter().chain(self.texts.iter().map(|text| &text.image));
        let has = |image: &Image, axis: &str| image.axes.iter().any(|own| **own == *axis);
        let is_used = |declaration: &Declaration| {
            let name = &*declaration.name;
            let mut images = all();
            match &declaration.kind {
                DeclaredAs::Axis => images.any(|image| has(image, name)),
                // If no image has the axis, only the axis is reported.
                DeclaredAs::Brought(axis) => {
                    let mut with_axis = images.filter(|image| has(image, axis)).peekable();
                    with_axis.peek().is_none() || self.used.contains(name) || with_axis.any(|image| uses(image, name))
                }
                _ => self.used.contains(name) || images.any(|image| uses(image, name)),
            }
        };
        let own = self.own_variables();
        let of_all = self.declarations.iter().filter(|declaration| !is_used(declaration));
        let of_images = own.iter().filter(|(own, images)| !images.iter().any(|image| uses(image, &own.name)));
        let mut unused: Vec<&Declaration> = of_all.chain(of_images.map(|(own, _)| own)).collect();
        unused.sort_by_key(|declaration| declaration.span.start);
        let all = || self.declarations.iter().chain(own.iter().map(|(own, _)| own));
        // A name that is declared in the same way is another variable, not a better spelling of this one.
        let ways: HashSet<(&DeclaredAs, &str)> = all().map(|other| (&other.kind, &*other.name)).collect();
        let warning = |declaration: &Declaration| {
            let others = all().map(|other| &*other.name).chain(defaults.iter().copied());
            let others = others.filter(|other| !ways.contains(&(&declaration.kind, *other)));
            declaration.warning().suggest(declaration.span, &declaration.name, others)
        };
        unused.into_iter().map(warning).collect()
    }

    /// Is it the name of a data file?
    pub(super) fn is_data(&self, name: &str) -> bool {
        self.declarations.iter().any(|declared| declared.kind == DeclaredAs::Data && *declared.name == *name)
    }

    /// May another value be given to a name than the manifest's other tables say: is it a parameter, or a profile's variable?
    pub(super) fn may_be_given(&self, name: &str) -> bool {
        let mut declared = self.declarations.iter().filter(|declaration| *declaration.name == *name);
        declared.any(|declaration| matches!(declaration.kind, DeclaredAs::Param | DeclaredAs::Profile(_)))
    }

    /// The names of data files.
    pub(crate) fn data_names(&self) -> impl Iterator<Item = &Arc<str>> {
        let data = self.declarations.iter().filter(|declaration| declaration.kind == DeclaredAs::Data);
        data.map(|declaration| &declaration.name)
    }

    /// Is there a variable of this name, of whatever kind, beside an axis?
    pub(super) fn is_variable(&self, name: &str) -> bool {
        let mut declared = self.declarations.iter().filter(|declaration| *declaration.name == *name);
        declared.any(|declaration| declaration.kind != DeclaredAs::Axis)
            || self.images.iter().any(|image| image.own.iter().any(|(own, _)| **own == *name))
    }

    /// The variables of images, each with the images that have it from the same place.
    fn own_variables(&self) -> Vec<(Declaration, Vec<&Image>)> {
        let mut own: IndexMap<(&Arc<str>, Span), Vec<&Image>> = IndexMap::new();
        for image in self.images.iter().chain(self.texts.iter().map(|text| &text.image)) {
            let set = image.set.iter().flat_map(|rule| rule.vars.iter().map(|var| (&var.name, var.span)));
            for (name, span) in image.own.iter().map(|(name, span)| (name, *span)).chain(set) {
                own.entry((name, span)).or_default().push(image);
            }
        }
        let declared = own.into_iter().map(|((name, span), images)| {
            let only = if let [image] = *images { Some(Arc::clone(&image.name)) } else { None };
            (Declaration { name: Arc::clone(name), span, kind: DeclaredAs::Own(only) }, images)
        });
        declared.collect()
    }
}
