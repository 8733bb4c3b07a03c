//! Where the values of a target's globals come from, and how they are looked up.

use std::fmt;
use std::sync::Arc;

use foldhash::HashMap;
use minijinja::Value;
use minijinja::value::{Enumerator, Object};

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Births, Scope, Warnings};
use crate::source::Span;

use super::axis::AxisValue;

/// Where the value of a global comes from.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    /// The same for every target of the image, and where it was born.
    Constant(Value, Births),
    /// The value of an axis, by its place in the matrix.
    Axis(usize),
    /// A variable that an axis brings: the axis, and the variable's place in what it brings.
    Brought(usize, usize),
    /// A variable that is computed for each target, by its number; until it has a value, the slot that it hides.
    Computed(usize, Option<Box<Slot>>),
    /// `target`.
    Target,
    /// A variable that no rule may have given a value; the places of those that could.
    Unset(Vec<Span>),
    /// A variable of the image that is set further down.
    Later,
    /// It has a value that is not known because of an error.
    Unknown,
}

/// How many rules the error of a variable without a value shows.
const SHOWN: usize = 4;

/// All globals of an image's targets. Every name of every expression is looked up here, hence the faster hash.
pub(super) type Layout = HashMap<Arc<str>, Slot>;

/// The values of a target that are known while it is made.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) layout: &'a Layout,
    pub(super) point: &'a [Arc<AxisValue>],
    /// The variables that are computed, by their numbers; undefined: not yet.
    pub(super) computed: &'a [Value],
    pub(super) target: Option<&'a Value>,
    /// Where warnings of expressions go. Most who compute something only want to know what it is: it is told where targets
    /// are made, and where points are walked for the first time.
    pub(super) warnings: Option<&'a Warnings>,
}

impl<'a> View<'a> {
    /// What is known at a point, as far as it goes.
    pub(super) fn at_point(layout: &'a Layout, point: &'a [Arc<AxisValue>]) -> Self {
        Self { layout, point, computed: &[], target: None, warnings: None }
    }
}

impl View<'_> {
    fn resolve(&self, slot: &Slot) -> Option<Value> {
        match slot {
            Slot::Constant(value, _) => Some(value.clone()),
            Slot::Axis(axis) => self.point.get(*axis).map(|value| value.value.clone()),
            Slot::Brought(axis, variable) => self.point.get(*axis)?.brings.get(*variable).cloned(),
            Slot::Computed(number, below) => match self.computed.get(*number) {
                Some(value) if !value.is_undefined() => Some(value.clone()),
                _ => self.resolve(below.as_deref()?),
            },
            Slot::Target => self.target.cloned(),
            Slot::Unset(_) | Slot::Later | Slot::Unknown => None,
        }
    }
}

impl Scope for View<'_> {
    fn value(&self, name: &str) -> Option<Value> {
        self.resolve(self.layout.get(name)?)
    }

    fn unset(&self, name: &str, span: Span) -> Option<Diagnostic> {
        let Some(Slot::Computed(_, Some(below))) = self.layout.get(name) else { return None };
        let Slot::Unset(rules) = &**below else { return None };
        let error = Diagnostic::error(Code::UnsetVariable, span, format!("no rule gives `{name}` a value here"));
        let error = rules.iter().take(SHOWN).fold(error, |error, rule| error.also(*rule, "this rule gives none here"));
        Some(error.help(format!("where it may be missing, write `{name}|default(…)` or `{name} is defined`")))
    }

    fn names(&self) -> Vec<String> {
        self.layout.keys().map(ToString::to_string).collect()
    }

    fn warnings(&self) -> Option<&Warnings> {
        self.warnings
    }
}

/// The global values of a target: axis values, variables, parameters, data, and `target`.
///
/// They are cheap to make and to clone, as the targets of an image share most of them.
#[derive(Clone)]
pub struct Globals {
    pub(super) layout: Arc<Layout>,
    pub(super) point: Arc<[Arc<AxisValue>]>,
    pub(super) computed: Arc<[Value]>,
    pub(super) target: Value,
}

impl Globals {
    pub(super) fn view(&self) -> View<'_> {
        let Self { layout, point, computed, target } = self;
        View { computed, target: Some(target), ..View::at_point(layout, point) }
    }

    /// The value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        self.view().value(name)
    }

    /// Every name with what its value is, as people read it, sorted by name.
    pub fn described(&self) -> Vec<(Arc<str>, String)> {
        self.to_vec().into_iter().map(|(name, value)| (name, format!("{value:?}"))).collect()
    }

    /// Every name and value, sorted by name.
    pub(crate) fn to_vec(&self) -> Vec<(Arc<str>, Value)> {
        let view = self.view();
        let mut all: Vec<_> =
            self.layout.iter().filter_map(|(name, slot)| Some((Arc::clone(name), view.resolve(slot)?))).collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        all
    }
}

impl Scope for Globals {
    fn value(&self, name: &str) -> Option<Value> {
        self.get(name)
    }

    fn unset(&self, name: &str, span: Span) -> Option<Diagnostic> {
        self.view().unset(name, span)
    }

    fn names(&self) -> Vec<String> {
        self.view().names()
    }
}

impl fmt::Debug for Globals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.to_vec()).finish()
    }
}

/// `target` in expressions.
#[derive(Debug)]
pub(super) struct TargetObject {
    pub(super) id: Value,
    pub(super) image: Value,
    pub(super) profile: Value,
}

impl TargetObject {
    /// A value with its keys.
    pub(super) fn shape() -> Value {
        let empty = || Value::from("");
        Value::from_object(Self { id: empty(), image: empty(), profile: empty() })
    }
}

impl Object for TargetObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "id" => Some(self.id.clone()),
            "image" => Some(self.image.clone()),
            "profile" => Some(self.profile.clone()),
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["id", "image", "profile"])
    }
}
