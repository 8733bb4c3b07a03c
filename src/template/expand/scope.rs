//! The names that hold at a place of the expansion.

use std::cell::Cell;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Births, CallValues, GivenBirths, Scope, Value, Warnings};
use crate::source::Span;
use crate::template::tree::{Function, Macro, Name};
use crate::template::unit::{Held, Unit};

use super::lost::Lost;
use super::names::{Named, Names};
use super::repeat::Loop;
use super::{Budget, Host, Limits, Share};

/// A frame: the names of one file's text or of one macro's expansion.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) unit: Arc<Unit>,
    /// Where names are looked for that this frame does not have: the place of the `@include`, or the file of a macro.
    pub(super) parent: Option<FrameRef>,
    pub(super) values: Names,
    /// Names of the loops that are under way, innermost last.
    pub(super) loops: Vec<Loop>,
    /// This frame is a file's, so that file's macros hold.
    pub(super) is_file: bool,
}

/// A frame of the [`Frames`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameRef {
    /// One that ends when its expansion ends.
    Stack(usize),
    /// The names of an imported file, made once for each output.
    Library(usize),
}

/// All frames of one expansion.
#[derive(Debug, Default)]
pub(super) struct Frames {
    stack: Vec<Frame>,
    libraries: Vec<Frame>,
    /// Frames below this index are kept: a `@gather` that is expanded last needs them.
    pinned: usize,
}

impl Frames {
    pub(super) fn get(&self, id: FrameRef) -> &Frame {
        match id {
            FrameRef::Stack(index) => &self.stack[index],
            FrameRef::Library(index) => &self.libraries[index],
        }
    }

    pub(super) fn get_mut(&mut self, id: FrameRef) -> &mut Frame {
        match id {
            FrameRef::Stack(index) => &mut self.stack[index],
            FrameRef::Library(index) => &mut self.libraries[index],
        }
    }

    pub(super) fn push(&mut self, frame: Frame) -> FrameRef {
        self.stack.push(frame);
        FrameRef::Stack(self.stack.len() - 1)
    }

    /// Ends a frame and all that came after it.
    pub(super) fn pop(&mut self, id: FrameRef) {
        if let FrameRef::Stack(index) = id {
            self.stack.truncate(index.max(self.pinned));
        }
    }

    /// The files that were imported so far.
    pub(super) fn libraries(&self) -> impl Iterator<Item = &Arc<Unit>> {
        self.libraries.iter().map(|frame| &frame.unit)
    }

    /// The frame of an imported file, where it has been made.
    pub(super) fn library(&self, unit: &Arc<Unit>) -> Option<FrameRef> {
        let at = self.libraries.iter().position(|frame| Arc::ptr_eq(&frame.unit, unit))?;
        Some(FrameRef::Library(at))
    }

    pub(super) fn add_library(&mut self, unit: &Arc<Unit>) -> FrameRef {
        let unit = Arc::clone(unit);
        self.libraries.push(Frame { unit, parent: None, values: Names::default(), loops: Vec::new(), is_file: true });
        FrameRef::Library(self.libraries.len() - 1)
    }

    /// The frames from `id` outwards.
    pub(super) fn outwards(&self, id: FrameRef) -> impl Iterator<Item = (FrameRef, &Frame)> {
        std::iter::successors(Some((id, self.get(id))), |(_, frame)| {
            frame.parent.map(|parent| (parent, self.get(parent)))
        })
    }

    /// How many names hold at `id`.
    pub(super) fn count(&self, id: FrameRef) -> usize {
        self.outwards(id).map(|(_, frame)| frame.values.len() + frame.loops.len()).sum()
    }

    /// Copies the names that hold at `id`, to be used when the frames themselves have gone on.
    pub(super) fn snapshot(&mut self, id: FrameRef) -> FrameRef {
        let copies: Vec<Frame> = self.outwards(id).map(|(_, frame)| frame.clone()).collect();
        let mut parent = None;
        for mut copy in copies.into_iter().rev() {
            copy.parent = parent;
            parent = Some(self.push(copy));
        }
        self.pinned = self.stack.len();
        parent.unwrap_or(id)
    }

    /// The macro `name` as it holds at `id`, with the frame of the file that defines it.
    pub(super) fn find_macro(&self, id: FrameRef, name: &str) -> Option<(Arc<Macro>, FrameRef)> {
        self.find(id, |unit| unit.macros.get(name))
    }

    fn find_function(&self, id: FrameRef, name: &str) -> Option<(Arc<Function>, FrameRef)> {
        self.find(id, |unit| unit.functions.get(name))
    }

    fn find<T>(&self, id: FrameRef, of: impl Fn(&Unit) -> Option<&Held<T>>) -> Option<(Arc<T>, FrameRef)> {
        self.outwards(id).filter(|(_, frame)| frame.is_file).find_map(|(at, frame)| {
            let held = of(&frame.unit)?;
            let home = held.from.as_ref().map_or(Some(at), |other| self.library(other))?;
            Some((Arc::clone(&held.definition), home))
        })
    }
}

impl Frame {
    pub(super) fn file(unit: &Arc<Unit>, parent: Option<FrameRef>) -> Self {
        Self { unit: Arc::clone(unit), parent, values: Names::default(), loops: Vec::new(), is_file: true }
    }

    /// The value of a name of this frame.
    pub(super) fn value(&self, name: &str) -> Option<Value> {
        let in_loop = self.loops.iter().rev().find(|known| known.name() == name);
        in_loop.map(Loop::value).or_else(|| self.values.get(name).map(|(value, _)| value.clone()))
    }

    /// Where the value of a name of this frame was born.
    fn births(&self, name: &str) -> Option<Births> {
        let in_loop = self.loops.iter().rev().find(|known| known.name() == name);
        in_loop.map(Loop::births).or_else(|| self.values.get(name).map(|(_, births)| births.clone()))
    }

    /// Sets a name of this frame.
    pub(super) fn set(&mut self, name: &Arc<str>, value: Value, births: Births) {
        self.values.set(Named { name: Arc::clone(name), value, births });
    }
}

/// What is spent by one expansion.
#[derive(Debug)]
pub(super) struct Spent<'a> {
    /// What it has drawn of the run's budget.
    pub(super) share: Share<'a>,
    pub(super) steps: Cell<u64>,
    pub(super) bytes: Cell<u64>,
    pub(super) lines: Cell<u64>,
    /// Bytes of memory that the expression under way has made.
    pub(super) made: Cell<u64>,
    /// Bytes of memory of what is kept.
    pub(super) held: Cell<u64>,
    /// Macros, includes and functions under way.
    pub(super) depth: Cell<u32>,
    /// The host computed something, which may be another value for the next target.
    pub(super) host_called: Cell<bool>,
    /// What the expression under way has to say.
    pub(super) warnings: Warnings,
}

impl<'a> Spent<'a> {
    pub(super) fn nothing_of(budget: &'a Budget) -> Self {
        Self {
            share: budget.share(),
            steps: Cell::default(),
            bytes: Cell::default(),
            lines: Cell::default(),
            made: Cell::default(),
            held: Cell::default(),
            depth: Cell::default(),
            host_called: Cell::default(),
            warnings: Warnings::default(),
        }
    }
}

/// The names that hold at one frame, for expressions.
pub(super) struct View<'a> {
    pub(super) frames: &'a Frames,
    pub(super) at: FrameRef,
    pub(super) globals: &'a dyn Scope,
    pub(super) host: &'a dyn Host,
    pub(super) spent: &'a Spent<'a>,
    pub(super) lost: &'a Lost,
    pub(super) limits: &'a Limits,
    /// What is computed counts; not so where only births are asked for, which must not change where a bound is passed.
    pub(super) counts: bool,
    /// What continues a line of the output.
    pub(super) escape: char,
}

impl View<'_> {
    /// A value that a template has set, or a global.
    pub(super) fn lookup(&self, name: &str) -> Option<Value> {
        let own = self.frames.outwards(self.at).find_map(|(_, frame)| frame.value(name));
        // A variable of the image is not what was meant by a name that the template tried to set.
        own.or_else(|| if self.lost.has(name) { None } else { self.globals.value(name) })
    }

    fn at(&self, at: FrameRef) -> View<'_> {
        View { at, ..*self }
    }
}

impl Scope for View<'_> {
    fn escape(&self) -> char {
        self.escape
    }

    fn value(&self, name: &str) -> Option<Value> {
        self.lookup(name)
    }

    fn unset(&self, name: &str, span: Span) -> Option<Diagnostic> {
        self.globals.unset(name, span)
    }

    fn call(&self, name: &str, given: CallValues, span: Span) -> Option<Result<Value, Diagnostic>> {
        if let Some((function, home)) = self.frames.find_function(self.at, name) {
            return Some(call_function(&self.at(home), &function, given, span));
        }
        self.spent.host_called.set(true);
        self.host.call(name, given, span)
    }

    fn births(&self, name: &str) -> Births {
        let own = self.frames.outwards(self.at).find_map(|(_, frame)| frame.births(name));
        own.unwrap_or_else(|| self.globals.births(name))
    }

    fn births_of_call(&self, name: &str, given: &CallValues, births: &GivenBirths) -> Option<Births> {
        match self.frames.find_function(self.at, name) {
            Some((function, home)) => births_of_function(&self.at(home), &function, given, births),
            None => self.host.births(name, given, births),
        }
    }

    fn names(&self) -> Vec<String> {
        let frames = self.frames.outwards(self.at);
        let own = frames.flat_map(|(_, frame)| {
            let set = frame.values.keys().map(|name| &**name);
            frame.loops.iter().map(Loop::name).chain(set).map(str::to_owned)
        });
        own.chain(self.globals.names()).collect()
    }

    fn warnings(&self) -> Option<&Warnings> {
        self.counts.then_some(&self.spent.warnings)
    }

    fn spend(&self, steps: u64) -> Option<bool> {
        if !self.counts {
            return None;
        }
        let spent = self.spent.steps.get().saturating_add(steps);
        self.spent.steps.set(spent);
        Some(spent <= self.limits.steps && self.spent.share.covers(spent))
    }

    fn make(&self, bytes: u64) -> Option<Result<(), u64>> {
        if !self.counts {
            return None;
        }
        let made = self.spent.made.get().saturating_add(bytes);
        self.spent.made.set(made);
        let most = self.limits.memory;
        let all = self.spent.held.get().saturating_add(made);
        self.spent.share.holds(all);
        Some(if all > most { Err(most) } else { Ok(()) })
    }
}

/// The names of a function's body: its parameters, then what holds in its file.
struct FunctionScope<'a> {
    parameters: &'a [Name],
    arguments: &'a [Value],
    /// Where the arguments were born; none where nobody asks.
    births: &'a [Births],
    home: &'a View<'a>,
}

impl Scope for FunctionScope<'_> {
    fn escape(&self) -> char {
        self.home.escape()
    }

    fn value(&self, name: &str) -> Option<Value> {
        let own = self.parameters.iter().position(|parameter| &*parameter.text == name);
        own.and_then(|at| self.arguments.get(at).cloned()).or_else(|| self.home.value(name))
    }

    fn unset(&self, name: &str, span: Span) -> Option<Diagnostic> {
        self.home.unset(name, span)
    }

    fn call(&self, name: &str, given: CallValues, span: Span) -> Option<Result<Value, Diagnostic>> {
        self.home.call(name, given, span)
    }

    fn births(&self, name: &str) -> Births {
        match self.parameters.iter().position(|parameter| &*parameter.text == name) {
            Some(at) => self.births.get(at).cloned().unwrap_or_default(),
            None => self.home.births(name),
        }
    }

    fn births_of_call(&self, name: &str, given: &CallValues, births: &GivenBirths) -> Option<Births> {
        self.home.births_of_call(name, given, births)
    }

    fn names(&self) -> Vec<String> {
        let own = self.parameters.iter().map(|parameter| parameter.text.to_string());
        own.chain(self.home.names()).collect()
    }

    fn warnings(&self) -> Option<&Warnings> {
        self.home.warnings()
    }

    fn spend(&self, steps: u64) -> Option<bool> {
        self.home.spend(steps)
    }

    fn make(&self, bytes: u64) -> Option<Result<(), u64>> {
        self.home.make(bytes)
    }
}

fn call_function(home: &View<'_>, function: &Function, given: CallValues, span: Span) -> Result<Value, Diagnostic> {
    let CallValues { mut positional, keywords } = given;
    let wrong = |message: String| {
        Err(Diagnostic::error(Code::WrongArguments, span, message).also(function.name.span, "defined here"))
    };
    let name = &function.name.text;
    for parameter in function.parameters.iter().skip(positional.len()) {
        match keywords.iter().find(|(known, _)| *known == parameter.text) {
            Some((_, value)) => positional.push(value.clone()),
            None => return wrong(format!("`{name}` wants `{}`", parameter.text)),
        }
    }
    let wanted = function.parameters.len();
    if positional.len() > wanted
        || keywords.iter().any(|(known, _)| function.parameters.iter().all(|p| p.text != *known))
    {
        return wrong(format!("`{name}` takes {}", crate::diagnostic::plural(wanted, "argument")));
    }
    let depth = &home.spent.depth;
    if depth.get() >= home.limits.depth {
        let message = format!("functions call each other more than {} deep", home.limits.depth);
        return Err(Diagnostic::error(Code::LimitExceeded, span, message).also(function.name.span, "defined here"));
    }
    depth.set(depth.get() + 1);
    let scope = FunctionScope { parameters: &function.parameters, arguments: &positional, births: &[], home };
    let warnings = home.spent.warnings.count();
    let value = function.body.evaluate(&scope);
    depth.set(depth.get() - 1);
    let also = |said: Diagnostic| said.also(span, format!("while computing `{name}`"));
    home.spent.warnings.change_from(warnings, also);
    value.map_err(also)
}

/// Where the value of a function was born; `None` where it cannot be called so.
fn births_of_function(
    home: &View<'_>,
    function: &Function,
    given: &CallValues,
    births: &GivenBirths,
) -> Option<Births> {
    let depth = &home.spent.depth;
    if depth.get() >= home.limits.depth {
        return None;
    }
    let missing = function.parameters.get(given.positional.len()..).unwrap_or_default();
    let place = |name: &Name| given.keywords.iter().position(|(known, _)| *known == name.text);
    let places = missing.iter().map(place).collect::<Option<Vec<usize>>>()?;
    let values = places.iter().filter_map(|at| given.keywords.get(*at)).map(|(_, value)| value);
    let of_values = places.iter().filter_map(|at| births.keywords.get(*at)).map(|(_, births)| births);
    let arguments: Vec<Value> = given.positional.iter().chain(values).cloned().collect();
    let births: Vec<Births> = births.positional.iter().chain(of_values).cloned().collect();
    depth.set(depth.get() + 1);
    let scope = FunctionScope { parameters: &function.parameters, arguments: &arguments, births: &births, home };
    let births = function.body.births(&scope, None).bound_at(function.body.span());
    depth.set(depth.get() - 1);
    Some(births)
}
