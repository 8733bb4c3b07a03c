//! Calls that give text: macros, `@body`, `@include`, `@insert`, `@undivert`, and how they stand on their lines.

use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::diagnostic::{Code, Diagnostic};
use crate::expression::{Arguments, Births, Expression, Value};
use crate::source::{FrameId, FrameKind, Origin, Span};
use crate::stack::deeper;
use crate::template::arity::arity;
use crate::template::check;
use crate::template::tree::{Call, Callee, Macro, Name, ParameterKind, Placement};
use crate::template::unit::Unit;

use super::names::{Named, Names};
use super::scope::Frame;
use super::{Block, Expander, line_breaks};

impl Expander<'_> {
    pub(super) fn call(&mut self, call: &Call) {
        if !self.step_on(|| call.span) {
            return;
        }
        deeper(|| match &call.placement {
            Placement::Inline => self.inline(call),
            Placement::First { indent } => self.first(call, indent, None),
            Placement::Alone { indent, line_break } => self.first(call, indent, Some(line_break)),
        });
    }

    /// In place, without the last line break.
    fn inline(&mut self, call: &Call) {
        let mark = self.sink.mark();
        self.callee(call, false);
        self.sink.reopen_line(mark);
        if self.sink.since(mark).contains(&b'\n') {
            let before = self.sink.bytes.len() - self.sink.since(mark).len();
            let line = memchr::memrchr(b'\n', &self.sink.bytes[..before]).map_or(0, |at| at + 1);
            if self.sink.bytes[line..before].trim_ascii_start().starts_with(b"#") {
                self.report(
                    Diagnostic::error(
                        Code::MultilineInComment,
                        call.span,
                        "more than one line is expanded inside a comment",
                    )
                    .label("its second line would be no comment")
                    .help("take it out of the comment, or write `@#` for a comment of the template"),
                );
            }
        }
    }

    /// To whole lines, indented as the call is.
    fn first(&mut self, call: &Call, indent: &std::ops::Range<u32>, line_break: Option<&std::ops::Range<u32>>) {
        let unit = Arc::clone(self.unit());
        let indent = unit.text(indent);
        // A call at the start of a macro that is itself called within a line goes on in that line.
        let fresh = self.sink.is_fresh();
        if !fresh {
            self.sink.write(indent, |_| Origin { file: call.span.file, line: call.line, frame: FrameId::ROOT });
        }
        let mark = self.sink.begin(indent);
        self.callee(call, line_break.is_some());
        let wrote = self.sink.end(mark);
        let origin = Origin { file: call.span.file, line: call.line, frame: self.step };
        match line_break {
            // The line vanishes; what was written ends as whole lines.
            Some(line_break) => {
                let end = unit.text(line_break);
                if end.is_empty() {
                    self.sink.reopen_line(mark);
                } else if wrote && !self.sink.is_fresh() || !fresh && !wrote {
                    self.sink.write(end, |_| origin);
                }
            }
            None if self.sink.ends_in_hole() && wrote => {
                let message = "a diversion is placed as whole lines, but text follows it on its line";
                self.report(Diagnostic::error(Code::Diversion, call.span, message));
            }
            None if wrote => self.sink.reopen_line(mark),
            None => self.sink.write(indent, |_| origin),
        }
    }

    fn callee(&mut self, call: &Call, alone: bool) {
        match &call.what {
            Callee::Macro { name, arguments, block } => self.macro_call(name, arguments, block.as_ref(), call.span),
            Callee::Body => self.body(call.span),
            Callee::Include { path, optional, bindings } => self.include(path, optional.as_ref(), bindings, call.span),
            Callee::Insert { path } => self.insert(path, call.span, alone),
            Callee::Undivert { name, optional } => {
                let Some(name) = self.text(name) else { return };
                if !alone || !self.sink.is_fresh() {
                    let message = "`@undivert` places whole lines, so it stands alone on its line";
                    return self.report(Diagnostic::error(Code::NotAlone, call.span, message));
                }
                let optional = self.is_true(optional.as_ref());
                self.undivert(name, call.span, optional);
            }
        }
    }

    fn macro_call(
        &mut self,
        name: &Name,
        arguments: &Arguments,
        block: Option<&Arc<Vec<crate::template::tree::Node>>>,
        span: Span,
    ) {
        let Some((definition, home)) = self.frames.find_macro(self.at, &name.text) else {
            let known = check::macro_names(self.frames.outwards(self.at).map(|(_, frame)| &*frame.unit));
            let error = check::unknown_macro(name, known);
            return self.report(error);
        };
        if !self.deeper(span) {
            return;
        }
        let unit = Arc::clone(&self.frames.get(home).unit);
        let Some(values) = self.arguments(&definition, arguments, span) else {
            self.pass_over(block.map_or(&[], |nodes| nodes.as_slice()));
            return self.shallower();
        };
        let frame = Frame { unit, parent: Some(home), values, loops: Vec::new(), is_file: false };
        let callee = self.frames.push(frame);
        let caller = std::mem::replace(&mut self.at, callee);
        let back = self.enter(FrameKind::Macro(Arc::clone(&name.text)), span);
        if self.defaults(&definition) {
            let outer = self.blocks.len();
            if let Some(nodes) = block {
                self.blocks.push(Block { callee, caller, nodes: Arc::clone(nodes), site: span });
            }
            self.nodes(&definition.nodes);
            self.blocks.truncate(outer);
        }
        self.step = back;
        self.at = caller;
        self.frames.pop(callee);
        self.shallower();
    }

    /// The values of the arguments by the names of the parameters; defaults are left out.
    fn arguments(&mut self, definition: &Macro, given: &Arguments, span: Span) -> Option<Names> {
        if let Some(error) = arity(definition, given, span) {
            self.report(error);
            return None;
        }
        let mut values = Names::default();
        let mut positional = given.positional.iter();
        for parameter in &definition.parameters {
            let name = Arc::clone(&parameter.name.text);
            if matches!(parameter.kind, ParameterKind::Rest) {
                let rest: Option<Vec<_>> = positional.by_ref().map(|value| self.evaluate_born(value)).collect();
                let (rest, births): (Vec<Value>, Vec<Births>) = rest?.into_iter().unzip();
                let births = if self.task.record { Births::list(births) } else { Births::Nowhere };
                values.set(Named { name, value: Value::from(rest), births });
                continue;
            }
            let keyword = || given.keywords.iter().find(|(known, ..)| *known == name).map(|(_, _, value)| value);
            if let Some(expression) = positional.next().or_else(keyword) {
                let (value, births) = self.evaluate_born(expression)?;
                values.set(Named { name, value, births });
            }
        }
        Some(values)
    }

    /// Computes the defaults of the parameters that were not given; they see the parameters before them.
    fn defaults(&mut self, definition: &Macro) -> bool {
        for parameter in &definition.parameters {
            let ParameterKind::Default(default) = &parameter.kind else { continue };
            let name = &parameter.name.text;
            if self.frames.get(self.at).values.get(name).is_some() {
                continue;
            }
            let Some((value, births)) = self.evaluate_born(default) else { return false };
            self.frames.get_mut(self.at).set(name, value, births);
        }
        true
    }

    /// `@body()`: the block of the `@call`, with the names of its caller.
    fn body(&mut self, span: Span) {
        let here = self.at;
        let Some(at) = self.blocks.iter().rposition(|block| block.callee == here) else {
            let message = "this macro places a block, but it was called without one";
            return self.report(
                Diagnostic::error(Code::Misplaced, span, message).help("call it with `@call(name, …)` … `@end`"),
            );
        };
        if !self.deeper(span) {
            return;
        }
        let block = self.blocks[at].clone();
        // The block belongs to the caller: its own `@body()` is the caller's.
        let inner = self.blocks.split_off(at);
        self.at = block.caller;
        let back = self.enter(FrameKind::Body, block.site);
        self.nodes(&block.nodes);
        self.step = back;
        self.at = here;
        self.blocks.extend(inner);
        self.shallower();
    }

    fn include(
        &mut self,
        path: &Expression,
        optional: Option<&Expression>,
        bindings: &[(Name, Expression)],
        span: Span,
    ) {
        let Some(text) = self.text(path) else { return };
        let optional = self.is_true(optional);
        let mut values = Names::default();
        for (name, value) in bindings {
            let Some((value, births)) = self.evaluate_born(value) else { return };
            values.set(Named { name: Arc::clone(&name.text), value, births });
        }
        let Some(unit) = self.included(&text, path, optional) else { return };
        if self.including.contains(&unit.file()) {
            let error = Diagnostic::error(Code::IncludeCycle, span, format!("`{text}` includes itself"));
            return self.report(error.label("this file is being expanded already"));
        }
        if !self.deeper(span) {
            return;
        }
        self.files.extend(&unit.files);
        let name = Utf8PathBuf::from(unit.source.name());
        let mut frame = Frame::file(&unit, Some(self.at));
        frame.values = values;
        let inner = self.frames.push(frame);
        let outer = std::mem::replace(&mut self.at, inner);
        let back = self.enter(FrameKind::Include(name), span);
        self.including.push(unit.file());
        self.check_computed(&unit, path, bindings);
        self.nodes(&unit.tree.nodes);
        self.including.pop();
        self.step = back;
        self.at = outer;
        self.frames.pop(inner);
        self.shallower();
    }

    fn included(&mut self, text: &Arc<str>, path: &Expression, optional: bool) -> Option<Arc<Unit>> {
        let from = Arc::clone(self.unit());
        if let Some(unit) = from.links.get(text) {
            return Some(Arc::clone(unit));
        }
        match self.loader.include(&from, text, path.span()) {
            Ok(Some(loaded)) => {
                let broken = loaded.errors.iter().any(Diagnostic::is_error);
                for error in loaded.errors.iter() {
                    self.report(error.clone());
                }
                self.lost.is_incomplete |= broken;
                (!broken).then_some(loaded.unit)
            }
            Ok(None) if optional => None,
            Ok(None) => {
                let error = self.loader.missing(&from, text, path.span());
                self.report(error);
                self.lost.is_incomplete = true;
                None
            }
            Err(error) => {
                self.report(error);
                self.lost.is_incomplete = true;
                None
            }
        }
    }

    /// What a computed path brings was not checked on load: its names are checked now, in branches not taken too.
    fn check_computed(&mut self, unit: &Arc<Unit>, path: &Expression, bindings: &[(Name, Expression)]) {
        if path.as_literal_str().is_some() || !self.checked.borrow_mut().insert(unit.file()) {
            return;
        }
        let mut names: Vec<Arc<str>> = self.view_names();
        names.extend(bindings.iter().map(|(name, _)| Arc::clone(&name.text)));
        names.extend(self.lost.names().map(Arc::clone));
        let outer: Vec<Arc<Unit>> =
            self.frames.outwards(self.at).skip(1).map(|(_, frame)| Arc::clone(&frame.unit)).collect();
        for error in check::included(unit, &outer, &names, self.task.host.functions()) {
            self.report(error);
        }
        self.diversions.feeds(unit);
    }

    fn view_names(&self) -> Vec<Arc<str>> {
        use crate::expression::Scope;
        self.view().names().into_iter().map(Arc::from).collect()
    }

    /// `@insert`: a file's bytes, unparsed.
    fn insert(&mut self, path: &Expression, span: Span, alone: bool) {
        let Some(text) = self.text(path) else { return };
        let from = Arc::clone(self.unit());
        let inserted = match self.loader.insert(&from, &text, path.span()) {
            Ok(inserted) => inserted,
            Err(error) => return self.report(error),
        };
        self.files.push(inserted.file);
        let back = self.enter(FrameKind::Include(inserted.source.name().to_owned()), span);
        let (file, frame) = (inserted.file, self.step);
        let origin = |nth: u32| Origin { file, line: nth + 1, frame };
        if self.task.record {
            self.sink.note(inserted.source.bytes(), origin, None);
        }
        self.sink.write(inserted.source.bytes(), origin);
        if alone && !self.sink.is_fresh() {
            self.sink.write(self.root.line_break(), origin);
        }
        self.step = back;
        let bytes = inserted.source.bytes();
        self.wrote(bytes.len(), line_breaks(bytes), || span);
    }
}
