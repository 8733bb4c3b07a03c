//! Tree to text: walks the tree of a template with the values of one target.

mod born;
mod bounds;
mod call;
mod chunks;
mod condition;
mod diversion;
mod lost;
mod names;
mod repeat;
mod said;
mod scope;
mod sink;
mod task;

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Births, Expression, NewBirths, Scope, Value};
use crate::source::{FileId, Frame as Step, FrameId, FrameKind, Origin, Span, Traced};
use crate::stack::deeper;

use super::chunk::Chunks;
use super::loader::Loader;
use super::tree::{Diverted, Node};
use super::unit::Unit;
pub use bounds::{Budget, Limits};
pub(crate) use bounds::{Share, how_to_raise, too_large, too_many_steps};
pub(crate) use chunks::Placed;
use diversion::Diversions;
pub(crate) use diversion::GATHERED_COMMENT;
use lost::Lost;
use names::Named;
pub(super) use repeat::loop_value;
use said::Said;
use scope::{Frame, FrameRef, Frames, Spent, View};
pub use sink::Piece;
use sink::Sink;
pub use task::{Computed, Expanded, Host, Only, Task};

/// Expands a template by its chunks, where it has been cut into some and not all values are to be kept.
/// There is room for so many bytes at first.
pub(super) fn expand(
    loader: &Loader<'_>,
    unit: &Arc<Unit>,
    chunks: Option<&Chunks>,
    room: usize,
    task: &Task<'_>,
) -> (Expanded, Vec<Placed>) {
    if let Some(error) = task.budget.refuses(Span::new(unit.file(), 0, 0)) {
        return (Expanded { diagnostics: vec![error], ..Expanded::default() }, Vec::new());
    }
    let mut expander = begin(loader, unit, room, task);
    match chunks.filter(|_| !task.record || task.only.is_some()) {
        None => expander.nodes(&unit.tree.nodes),
        Some(chunks) => {
            match task.only {
                Some(only) => expander.recorded_chunks(unit, chunks, only),
                None => expander.chunks(unit, chunks),
            }
            // Where a limit is passed is told by the template's own nodes, not by the pieces of chunks.
            if expander.stopped {
                expander = begin(loader, unit, room, task);
                expander.nodes(&unit.tree.nodes);
            }
        }
    }
    expander.finish()
}

fn begin<'a>(loader: &'a Loader<'a>, unit: &Arc<Unit>, room: usize, task: &'a Task<'a>) -> Expander<'a> {
    let mut frames = Frames::default();
    let at = frames.push(Frame::file(unit, None));
    Expander {
        loader,
        task,
        frames,
        at,
        blocks: Vec::new(),
        sink: Sink::with_capacity(room + room / 4, room / 24),
        steps: Vec::new(),
        step: FrameId::ROOT,
        diversions: Diversions::default(),
        root: Arc::clone(unit),
        escape: unit.escape(),
        including: vec![unit.file()],
        checked: RefCell::default(),
        spent: Spent::nothing_of(task.budget),
        said: Said::default(),
        lost: Lost::default(),
        computed: Vec::new(),
        kept: 0,
        births: NewBirths::within(bounds::MOST_KEPT),
        files: unit.files.iter().copied().collect(),
        placed: Vec::new(),
        stopped: false,
    }
}

struct Expander<'a> {
    loader: &'a Loader<'a>,
    task: &'a Task<'a>,
    frames: Frames,
    /// The frame whose names hold.
    at: FrameRef,
    /// The blocks of the `@call`s under way, for `@body()`; the frame, and what it places.
    blocks: Vec<Block>,
    sink: Sink,
    steps: Vec<Step>,
    step: FrameId,
    diversions: Diversions,
    root: Arc<Unit>,
    /// What continues a line of the output.
    escape: char,
    /// Files whose text is under way, to find circles of computed paths.
    including: Vec<FileId>,
    /// Files that came by a computed path and are checked.
    checked: RefCell<HashSet<FileId>>,
    spent: Spent<'a>,
    said: Said,
    lost: Lost,
    computed: Vec<Computed>,
    /// Bytes that these take, without where they were born.
    kept: usize,
    births: NewBirths,
    files: Vec<FileId>,
    /// The chunks that the text was made of, without what stands between them.
    placed: Vec<Placed>,
    /// A bound was passed: nothing more is done.
    stopped: bool,
}

/// The block of a `@call`.
#[derive(Clone)]
struct Block {
    /// The macro's frame, in which `@body()` places it.
    callee: FrameRef,
    /// The names of the caller, which hold in the block.
    caller: FrameRef,
    nodes: Arc<Vec<Node>>,
    site: Span,
}

impl Expander<'_> {
    fn view(&self) -> View<'_> {
        View {
            frames: &self.frames,
            at: self.at,
            globals: self.task.globals,
            host: self.task.host,
            spent: &self.spent,
            lost: &self.lost,
            limits: &self.task.limits,
            counts: true,
            escape: self.escape,
        }
    }

    /// The names, for those who ask where values were born: that must not change where a bound is passed.
    fn uncounted(&self) -> View<'_> {
        View { counts: false, ..self.view() }
    }

    fn unit(&self) -> &Arc<Unit> {
        &self.frames.get(self.at).unit
    }

    /// Adds a diagnostic with the stack that led here.
    fn report(&mut self, diagnostic: Diagnostic) {
        let text = Traced { frames: std::mem::take(&mut self.steps), ..Traced::default() };
        // A warning is told once for all rounds of a loop.
        let is_error = diagnostic.is_error();
        let is_step = |step: &&Step| is_error || !matches!(step.kind, FrameKind::Round(_));
        let stack: Vec<&Step> = text.stack(self.step).filter(is_step).collect();
        let is_site = |step: &&&Step| {
            use FrameKind::{Body, Diversion, Include, Macro};
            matches!(step.kind, Macro(_) | Body | Include(_) | Diversion(_))
        };
        let sites = stack.iter().filter(is_site).map(|step| step.site).collect();
        let diagnostic = diagnostic.traced(stack);
        self.steps = text.frames;
        self.stopped |= diagnostic.code == Code::LimitExceeded;
        self.said.add(diagnostic, sites);
        self.stopped |= self.said.is_enough();
    }

    /// Reports the warnings of what has been evaluated.
    fn report_warnings(&mut self) {
        if !self.spent.warnings.is_empty() {
            for warning in self.spent.warnings.take() {
                self.report(warning);
            }
        }
    }

    /// The value of an expression; `None` where it has none, which is reported.
    fn evaluate(&mut self, expression: &Expression) -> Option<Value> {
        self.lost.begin();
        self.spent.made.set(0);
        let evaluated = expression.evaluate(&self.view());
        let is_limit = matches!(&evaluated, Err(error) if error.code == Code::LimitExceeded);
        if self.lost.is_met() && !is_limit {
            // Why it has no value is told.
            self.spent.warnings.take();
            self.said.count += 1;
            self.lost.is_incomplete = true;
            return None;
        }
        self.report_warnings();
        match evaluated {
            Ok(value) => {
                if self.task.record {
                    let births = expression.births(&self.uncounted(), None);
                    self.keep(Computed::new(self.step, expression.span(), &value, births));
                }
                Some(value)
            }
            Err(error) => {
                let spent = error.primary.as_ref().filter(|_| error.code == Code::LimitExceeded);
                let spent = spent.and_then(|place| self.spent.share.refusal(place.span));
                let error = spent.unwrap_or_else(|| self.unset(error));
                let error = expression.trace(error, &self.uncounted());
                self.report(error);
                self.lost.is_incomplete = true;
                None
            }
        }
    }

    /// As [`evaluate`](Self::evaluate), for a value that is given a name: with where it was born, which is only known where it is
    /// recorded.
    fn evaluate_born(&mut self, expression: &Expression) -> Option<(Value, Births)> {
        let value = self.evaluate(expression)?;
        self.hold(&value);
        let births = if self.task.record { self.computed.last().map(|computed| computed.births.clone()) } else { None };
        Some((value, births.map(|births| births.bound_at(expression.span())).unwrap_or_default()))
    }

    /// A name that is known on load but has no value yet is not unknown.
    fn unset(&self, error: Diagnostic) -> Diagnostic {
        let (Code::UnknownName, Some(label)) = (error.code, &error.primary) else { return error };
        let source = self.loader.source(label.span.file);
        let range = label.span.start as usize..label.span.end as usize;
        let name = source.bytes().get(range).map(String::from_utf8_lossy).unwrap_or_default();
        let set = self.frames.outwards(self.at).find_map(|(_, frame)| super::walk::binding(&frame.unit, &name));
        match set {
            Some(place) => Diagnostic::error(Code::UnsetName, label.span, format!("`{name}` has no value here"))
                .also(place, "it is set here, which was not reached")
                .help(format!("set it before, or give it a value for every case with `@default({name}, …)`")),
            None => error,
        }
    }

    fn print(&mut self, value: &Value, expression: &Expression) -> Option<String> {
        match crate::expression::print(value) {
            Ok(text) => Some(text.into_owned()),
            Err(kind) => {
                self.report_not_printable(kind, expression);
                None
            }
        }
    }

    fn report_not_printable(&mut self, kind: &str, expression: &Expression) {
        let error = expression.trace(not_printable(kind, expression.span()), &self.uncounted());
        self.report(error);
    }

    /// A text argument: the name of a diversion, a path, a message.
    fn text(&mut self, expression: &Expression) -> Option<Arc<str>> {
        let value = self.evaluate(expression)?;
        let text = self.print(&value, expression).map(Arc::from);
        self.lost.is_incomplete |= text.is_none();
        text
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            if self.stopped {
                return;
            }
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Text { bytes, line } => self.literal(bytes, *line),
            Node::Value { expression, line } => self.value(expression, *line),
            Node::Call(call) => self.call(call),
            Node::Let { name, value } => match self.evaluate_born(value) {
                Some((value, births)) => self.frames.get_mut(self.at).set(&name.text, value, births),
                None => self.lose(&name.text),
            },
            Node::Default { name, value } => self.default(name, value),
            Node::If { branches, otherwise } => self.branches(branches, otherwise),
            Node::Foreach(foreach) => self.foreach(foreach),
            Node::Import { path } => {
                if let Some(unit) = self.unit().links.get(&path.text).map(Arc::clone) {
                    self.import(&unit, path.span);
                }
            }
            Node::Divert { name, content } => {
                let site = name.span();
                match (self.text(name), content) {
                    (Some(name), content) => self.divert(&name, content, site),
                    (None, Diverted::Block(nodes)) => self.pass_over(nodes),
                    (None, Diverted::Value(_)) => {}
                }
            }
            Node::Gather(gather) => self.gather(gather),
            Node::Message { fatal, text } => self.message(*fatal, text),
        }
    }

    fn literal(&mut self, bytes: &std::ops::Range<u32>, line: u32) {
        let unit = Arc::clone(self.unit());
        let (file, frame) = (unit.file(), self.step);
        let origin = |nth| Origin { file, line: line + nth, frame };
        let text = unit.text_continued_by(bytes, self.escape);
        if self.task.record {
            self.sink.note(&text, origin, None);
        }
        self.sink.write(&text, origin);
        self.wrote(bytes.len(), line_breaks(&text), || Span::new(file, bytes.start, bytes.start));
    }

    fn value(&mut self, expression: &Expression, line: u32) {
        if !self.step_on(|| expression.span()) {
            return;
        }
        let Some(value) = self.evaluate(expression) else { return };
        let origin = Origin { file: expression.span().file, line, frame: self.step };
        match crate::expression::print(&value) {
            Ok(text) => {
                if self.task.record {
                    self.sink.note(text.as_bytes(), |_| origin, self.computed.len().checked_sub(1));
                }
                if text.contains('\n') {
                    self.forbid_in_comment(expression.span());
                    let within = Origin { frame: self.step_into(FrameKind::Value, expression.span()), ..origin };
                    self.sink.write_value(&text, origin, within);
                } else {
                    self.sink.write(text.as_bytes(), |_| origin);
                }
                self.wrote(text.len(), line_breaks(text.as_bytes()), || expression.span());
            }
            Err(kind) => self.report_not_printable(kind, expression),
        }
    }

    /// More than one line inside a comment would end the comment without a word.
    fn forbid_in_comment(&mut self, span: Span) {
        if self.sink.current_line().trim_ascii_start().starts_with(b"#") {
            self.report(
                Diagnostic::error(Code::MultilineInComment, span, "more than one line is expanded inside a comment")
                    .label("its second line would be no comment")
                    .help("take it out of the comment, or write `@#` for a comment of the template"),
            );
        }
    }

    fn default(&mut self, name: &super::tree::Name, value: &Expression) {
        let given = self.view().lookup(&name.text);
        let Some((default, births)) = self.evaluate_born(value) else {
            if given.is_none() {
                self.lose(&name.text);
            }
            return;
        };
        let (value, births) = match given {
            None => (default, births),
            Some(given) => match as_kind_of(&default, given.clone()) {
                Ok(value) if self.task.record => (value, self.view().births(&name.text)),
                Ok(value) => (value, Births::Nowhere),
                Err(wanted) => {
                    let message = format!("`{}` is given as `{given}`, which is no {wanted}", name.text);
                    let error = Diagnostic::error(Code::WrongType, name.span, message);
                    return self.report(error.also(value.span(), format!("its default is a {wanted}")));
                }
            },
        };
        self.frames.get_mut(self.at).set(&name.text, value, births);
    }

    /// The frame of an imported file, made when it is first needed.
    fn import(&mut self, unit: &Arc<Unit>, span: Span) {
        let home = self.frames.library(unit).unwrap_or_else(|| self.make_library(unit));
        for Named { name, value, births } in self.frames.get(home).values.to_list() {
            if !self.step_on(|| span) {
                return;
            }
            self.frames.get_mut(self.at).set(&name, value, births);
        }
    }

    fn make_library(&mut self, unit: &Arc<Unit>) -> FrameRef {
        let home = self.frames.add_library(unit);
        let here = std::mem::replace(&mut self.at, home);
        for node in &unit.tree.nodes {
            if matches!(node, Node::Let { .. } | Node::Default { .. } | Node::Import { .. }) {
                deeper(|| self.node(node));
            }
        }
        self.at = here;
        home
    }

    fn message(&mut self, fatal: bool, text: &Expression) {
        let Some(message) = self.text(text) else { return };
        let span = text.span();
        self.report(if fatal {
            Diagnostic::error(Code::UserError, span, &*message)
        } else {
            Diagnostic::warning(Code::UserWarning, span, &*message)
        });
    }

    /// The text, and the chunks that it was made of.
    fn finish(mut self) -> (Expanded, Vec<Placed>) {
        // What is diverted moves all that stands behind it.
        let placed = if self.sink.holes.is_empty() { std::mem::take(&mut self.placed) } else { Vec::new() };
        let (text, pieces) = self.place_diversions();
        let Spent { share, steps, bytes, lines, .. } = self.spent;
        share.close(steps.get(), bytes.get(), lines.get());
        (
            Expanded { text, pieces, diagnostics: self.said.into_list(), computed: self.computed, files: self.files },
            placed,
        )
    }

    /// Enters a step; gives the one to go back to.
    fn enter(&mut self, kind: FrameKind, site: Span) -> FrameId {
        let inner = self.step_into(kind, site);
        std::mem::replace(&mut self.step, inner)
    }

    /// A step below this one.
    fn step_into(&mut self, kind: FrameKind, site: Span) -> FrameId {
        self.steps.push(Step { parent: self.step, kind, site });
        FrameId(u32::try_from(self.steps.len()).unwrap_or(u32::MAX))
    }

    /// Expands a block into text of its own.
    fn aside(&mut self, nodes: &[Node]) -> Sink {
        let outer = std::mem::replace(&mut self.sink, Sink::new());
        self.nodes(nodes);
        std::mem::replace(&mut self.sink, outer)
    }

    fn divert(&mut self, name: &Arc<str>, content: &Diverted, site: Span) {
        let here = self.step;
        if self.task.record {
            self.enter(FrameKind::Divert(Arc::clone(name)), site);
        }
        let text = match content {
            Diverted::Block(nodes) => Some((self.aside(nodes), site)),
            Diverted::Value(value) => self.value_aside(value).map(|text| (text, value.span())),
        };
        self.step = here;
        if let Some((text, place)) = text {
            self.set_aside(name, text, place, site);
        }
    }
}

fn line_breaks(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

/// A `-D` is text: it takes the kind of the default that it stands for, so that `-D debug=false` is not true.
fn as_kind_of(default: &Value, given: Value) -> Result<Value, &'static str> {
    use minijinja::value::ValueKind;
    let Some(text) = given.as_str() else { return Ok(given) };
    match default.kind() {
        ValueKind::Bool => text.parse().map(|flag: bool| Value::from(flag)).map_err(|_| "boolean"),
        ValueKind::Number if default.is_integer() => {
            text.parse().map(|number: i64| Value::from(number)).map_err(|_| "whole number")
        }
        _ => Ok(given),
    }
}

fn not_printable(kind: &str, span: Span) -> Diagnostic {
    let error = Diagnostic::error(Code::NotPrintable, span, format!("{kind} cannot stand in text"))
        .label(format!("this is {kind}"));
    match kind {
        "a list" => error.help("join it first: `|join(\" \")`, or walk it with `@foreach`"),
        "a map" => error.help("name one of its keys, or walk it with `@foreach(key, value, …)`"),
        "none" => error.help("give it a value: `|default(\"\", true)`"),
        _ => error,
    }
}
