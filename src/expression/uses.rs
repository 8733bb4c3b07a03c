//! The names that an expression uses, for checks before anything is computed.

use std::sync::Arc;

use indexmap::IndexSet;
use minijinja::Value;
use minijinja::value::ValueKind;

use super::builtin::{self, Applies};
use super::filter::Run;
use super::lookup::{self, Looked};
use super::taken::{self, Alias, Guesses, Step};
use super::test::{TESTS, TestRun};
use super::tree::{Call, Comparison, Given, Node, NodeKind, Postfix, PostfixKind};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::source::Span;

/// A name that an expression uses and that is none of the builtins.
#[derive(Debug, Clone)]
pub struct Use<'a> {
    /// The name.
    pub name: &'a str,
    /// Its place.
    pub span: Span,
    /// What it is used as.
    pub kind: UseKind,
    /// The keys that lead from it to what is used, where another name stands for that.
    before: Vec<Step<'a>>,
    /// What follows it: keys, filters and tests.
    pub(super) postfixes: &'a [Postfix],
    /// What it is called with.
    pub(super) given: Option<&'a Given>,
    /// What it, or what the keys lead to, is compared with: `name == x`, `x != name`, `name in x`, `x in name`.
    compared: Option<(&'a Node, Comparing)>,
}

/// How a value is compared with something that is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparing {
    /// It is asked whether it is this, or one of these.
    Equal,
    /// It is asked whether this is one of its elements or keys.
    Within,
    /// It is asked whether it begins with this.
    Beginning,
}

/// What a value is compared with.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The place of all of it.
    pub span: Span,
    /// The texts.
    pub texts: Vec<Value>,
    /// How they are compared.
    pub how: Comparing,
}

/// An argument, as far as it is known without computing it.
#[derive(Debug, Clone, Copy)]
pub struct Argument<'a> {
    /// Its place.
    pub span: Span,
    /// Its value, where it is written out.
    pub literal: Option<&'a Value>,
}

impl<'a> Argument<'a> {
    fn of(node: &'a Node) -> Self {
        let literal = if let NodeKind::Constant(value) = &node.kind { Some(value) } else { None };
        Self { span: node.span, literal }
    }
}

impl<'a> Use<'a> {
    pub(super) fn new(name: &'a str, span: Span, kind: UseKind) -> Self {
        Self { name, span, kind, before: Vec::new(), postfixes: &[], given: None, compared: None }
    }

    /// The use of what the name stands for.
    #[must_use]
    pub fn through(&self, alias: &'a Alias) -> Self {
        let before = alias.steps().into_iter().chain(self.before.iter().cloned()).collect();
        Self { name: alias.of(), before, kind: self.kind.clone(), ..*self }
    }

    /// The arguments of a call that have no name.
    pub fn positional(&self) -> impl Iterator<Item = Argument<'a>> + use<'a> {
        self.given.into_iter().flat_map(|given| given.positional.iter().map(Argument::of))
    }

    /// The arguments of a call that have a name, with the name and its place.
    pub fn keywords(&self) -> impl Iterator<Item = (&'a str, Span, Argument<'a>)> + use<'a> {
        let keywords = self.given.into_iter().flat_map(|given| &given.keywords);
        keywords.map(|(name, span, node)| (&**name, *span, Argument::of(node)))
    }

    /// What the name, or what the keys lead to, is compared with, where that is written out.
    pub fn compared(&self) -> Option<Compared> {
        let (node, how) = self.compared?;
        let NodeKind::Constant(value) = &node.kind else { return None };
        let texts = match value.as_str() {
            Some(_) => vec![value.clone()],
            None => value.try_iter().ok()?.filter(|text| text.as_str().is_some()).collect(),
        };
        Some(Compared { span: node.span, texts, how })
    }

    /// What the arguments of a call that have no name stand for.
    pub fn aliases(&self) -> Vec<Option<Alias>> {
        self.given.map_or_else(Vec::new, |given| given.positional.iter().map(Alias::of_node).collect())
    }

    /// The texts that steps lead to from a value of the name, and those in them where `within` is asked for; `None`: they are
    /// not known.
    pub fn texts(
        value: &Value,
        steps: &[Step<'_>],
        within: bool,
        guesses: &Guesses,
        out: &mut IndexSet<String>,
    ) -> Option<()> {
        taken::texts(value, steps, within, guesses, out)
    }

    /// The keys that are taken of the name.
    pub fn steps(&self) -> Vec<Step<'a>> {
        self.before.iter().cloned().chain(taken::steps(self.postfixes)).collect()
    }

    /// The warning for a key, one of these steps, that nothing of this value has at its place, though something there has one
    /// that is near.
    pub fn unlikely_key(&self, value: &Value, steps: &[Step<'_>], guesses: &Guesses) -> Option<Diagnostic> {
        taken::unlikely(value, steps, guesses)
    }

    /// The error of a key that is taken of the name and that a value of this shape does not have. Where it is asked whether it is
    /// there, one is an error that is near a key that is.
    pub fn missing_key(&self, shape: Value) -> Option<Diagnostic> {
        let (key, span, asks) = key(self.postfixes).filter(|_| self.before.is_empty())?;
        let fault = match lookup::get(shape, key, span) {
            Ok(Looked::Found(_)) => return None,
            Ok(Looked::Missing(missing)) => *missing.fault(),
            Err(fault) => *fault,
        };
        (!asks || fault.help.iter().any(|help| help.replacement.is_some())).then_some(fault)
    }
}

/// What a name is used as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UseKind {
    /// A variable.
    Name,
    /// `name(…)`
    Function {
        /// Arguments without a name.
        positional: usize,
        /// Names of the others.
        keywords: Vec<Arc<str>>,
    },
    /// `value|name(…)`
    Filter {
        /// Arguments without a name, and the value.
        positional: usize,
        /// Names of the others.
        keywords: Vec<Arc<str>>,
    },
    /// `value is name`
    Test,
    /// As a test whose name is an argument, which a function may be, too: `select("is_old", "12")`.
    Applied {
        /// Values without a name, the one that is tested among them.
        positional: usize,
    },
}

/// Visits every use, in the order of the text.
pub(super) fn walk(node: &Node, visit: &mut dyn FnMut(Use<'_>)) {
    match &node.kind {
        NodeKind::Constant(_) => {}
        NodeKind::Name(name) => visit(Use::new(name, node.span, UseKind::Name)),
        NodeKind::List(nodes) | NodeKind::All(nodes) | NodeKind::Any(nodes) => {
            for node in nodes {
                walk(node, visit);
            }
        }
        NodeKind::Map(entries) => entries.iter().for_each(|(key, value)| {
            walk(key, visit);
            walk(value, visit);
        }),
        NodeKind::Group(inner) | NodeKind::Not(inner) | NodeKind::Negate(inner) => walk(inner, visit),
        NodeKind::Chain(first, rest) => {
            walk(first, visit);
            for (.., node) in rest {
                walk(node, visit);
            }
        }
        NodeKind::Compare(first, rest) => {
            let (left, right) = sides(first, rest);
            compared(first, right, visit);
            for (.., node) in rest {
                compared(node, left, visit);
            }
        }
        NodeKind::Choice(choices, otherwise) => {
            for (value, condition) in choices {
                walk(value, visit);
                walk(condition, visit);
            }
            walk(otherwise, visit);
        }
        NodeKind::Call(call) => {
            if !builtin::is_builtin_function(&call.name) {
                let (positional, keywords) = counts(&call.arguments);
                let kind = UseKind::Function { positional, keywords };
                visit(Use { given: Some(&call.arguments), ..Use::new(&call.name, call.name_span, kind) });
            }
            given(&call.arguments, visit);
        }
        NodeKind::Postfix(base, steps) => postfix(base, steps, None, visit),
    }
}

/// Visits a value and what is done with it; with what it is compared then.
fn postfix(base: &Node, steps: &[Postfix], with: Option<(&Node, Comparing)>, visit: &mut dyn FnMut(Use<'_>)) {
    match &base.kind {
        NodeKind::Name(name) => {
            let of_name = Use { postfixes: steps, ..Use::new(name, base.span, UseKind::Name) };
            let compared = with.filter(|_| taken::only_steps(steps).is_some()).or_else(|| tested(steps));
            visit(Use { compared, ..of_name.clone() });
            let elements = steps.iter().enumerate().find_map(|(at, step)| match &step.kind {
                PostfixKind::Filter(call, Some(filter)) => taken::of_elements(&steps[..at], call, filter),
                _ => None,
            });
            if let Some(before) = elements {
                visit(Use { before, postfixes: &[], ..of_name });
            }
        }
        NodeKind::Constant(map) => {
            // Each key of a map that is written out is compared with what is looked up.
            let looked_up = steps.first().map(|step| &step.kind).filter(|_| map.kind() == ValueKind::Map);
            if let Some(PostfixKind::Index(index)) = looked_up {
                compared(index, Some((base, Comparing::Equal)), visit);
                return steps[1..].iter().for_each(|step| walk_step(&step.kind, visit));
            }
        }
        _ => walk(base, visit),
    }
    for step in steps {
        walk_step(&step.kind, visit);
    }
}

/// What a test behind the keys compares with.
fn tested(steps: &[Postfix]) -> Option<(&Node, Comparing)> {
    let at = steps.iter().position(|step| matches!(step.kind, PostfixKind::Test { .. }))?;
    taken::only_steps(&steps[..at])?;
    let PostfixKind::Test { call, test: Some(test), .. } = &steps[at].kind else { return None };
    let argument = call.arguments.positional.first()?;
    match test.run {
        TestRun::Compare(Comparison::Equal | Comparison::Unequal) => Some((argument, Comparing::Equal)),
        TestRun::Compare(Comparison::Within) if is_list(argument) => Some((argument, Comparing::Equal)),
        TestRun::StartingWith => Some((argument, Comparing::Beginning)),
        _ => None,
    }
}

/// Is it a list that is written out? In a text a part of it is looked for.
fn is_list(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Constant(value) if value.as_str().is_none())
}

/// A side of a comparison, and how the other one is compared with it.
type Side<'n> = Option<(&'n Node, Comparing)>;

/// The left and the right side of a comparison; nothing in a chain, or if it does not test equality.
fn sides<'n>(first: &'n Node, rest: &'n [(Comparison, Span, Node)]) -> (Side<'n>, Side<'n>) {
    match rest {
        [(Comparison::Equal | Comparison::Unequal, _, second)] => {
            (Some((first, Comparing::Equal)), Some((second, Comparing::Equal)))
        }
        [(Comparison::Within | Comparison::NotWithin, _, second)] => {
            (Some((first, Comparing::Within)), is_list(second).then_some((second, Comparing::Equal)))
        }
        _ => (None, None),
    }
}

/// Visits a side of a comparison.
fn compared(node: &Node, with: Side<'_>, visit: &mut dyn FnMut(Use<'_>)) {
    match &node.kind {
        NodeKind::Name(name) => visit(Use { compared: with, ..Use::new(name, node.span, UseKind::Name) }),
        NodeKind::Postfix(base, steps) => postfix(base, steps, with, visit),
        _ => walk(node, visit),
    }
}

/// The key that is taken first, and whether `default` or `is defined` asks if it is there.
fn key(steps: &[Postfix]) -> Option<(&Value, Span, bool)> {
    let PostfixKind::Key(key, span) = &steps.first()?.kind else { return None };
    let asks = steps.iter().skip(1).any(|step| match &step.kind {
        PostfixKind::Filter(_, filter) => filter.is_some_and(|filter| matches!(filter.run, Run::Default)),
        PostfixKind::Test { test, .. } => test.is_some_and(|test| matches!(test.run, TestRun::Present(_))),
        _ => false,
    });
    Some((key, *span, asks))
}

fn walk_step(kind: &PostfixKind, visit: &mut dyn FnMut(Use<'_>)) {
    match kind {
        PostfixKind::Key(..) => {}
        PostfixKind::Index(index) => walk(index, visit),
        PostfixKind::Slice(parts) => parts.iter().flatten().for_each(|part| walk(part, visit)),
        PostfixKind::Method(call) => given(&call.arguments, visit),
        PostfixKind::Filter(call, filter) => {
            if filter.is_none() {
                let (positional, keywords) = counts(&call.arguments);
                let kind = UseKind::Filter { positional: positional + 1, keywords };
                visit(Use::new(&call.name, call.name_span, kind));
            }
            if let Some(applies) = filter.and_then(|filter| filter.applies) {
                applied(call, applies, visit);
            }
            given(&call.arguments, visit);
        }
        PostfixKind::Test { call, test, .. } => {
            if test.is_none() {
                visit(Use::new(&call.name, call.name_span, UseKind::Test));
            }
            given(&call.arguments, visit);
        }
    }
}

/// The filter or test that an argument names: `map("upper")`, `select("odd")`, `selectattr("key", "odd")`.
fn applied(call: &Call, applies: Applies, visit: &mut dyn FnMut(Use<'_>)) {
    let (Applies::Filter(at) | Applies::Test(at)) = applies;
    let Some(Node { span, kind: NodeKind::Constant(value) }) = call.arguments.positional.get(at) else { return };
    let Some(name) = value.as_str() else { return };
    match applies {
        Applies::Test(at) if !builtin::is_builtin_test(name) => {
            let positional = call.arguments.positional.len() - at;
            visit(Use::new(name, *span, UseKind::Applied { positional }));
        }
        Applies::Filter(_) if !builtin::is_builtin_filter(name) => {
            let (positional, keywords) = counts(&call.arguments);
            visit(Use::new(name, *span, UseKind::Filter { positional, keywords }));
        }
        _ => {}
    }
}

fn given(arguments: &Given, visit: &mut dyn FnMut(Use<'_>)) {
    arguments.positional.iter().for_each(|node| walk(node, visit));
    arguments.keywords.iter().for_each(|(.., node)| walk(node, visit));
}

fn counts(arguments: &Given) -> (usize, Vec<Arc<str>>) {
    (arguments.positional.len(), arguments.keywords.iter().map(|(name, ..)| Arc::clone(name)).collect())
}

const ENVIRONMENT: &str = "templates do not read the environment: give the value with `-D`";

/// The error of [`unknown`] without advice: what is wrong, and where.
pub fn bare_unknown(found: &Use<'_>) -> Diagnostic {
    let (code, what) = match found.kind {
        UseKind::Name => (Code::UnknownName, "name"),
        UseKind::Function { .. } => (Code::UnknownFunction, "function"),
        UseKind::Filter { .. } => (Code::UnknownFilter, "filter"),
        UseKind::Test | UseKind::Applied { .. } => (Code::UnknownTest, "test"),
    };
    Diagnostic::error(code, found.span, format!("unknown {what} `{}`", found.name))
}

/// The error for a name that nothing declares; `names` are those that something does, besides the builtins.
pub fn unknown<'a>(found: &Use<'_>, names: impl Iterator<Item = &'a str>) -> Diagnostic {
    let Use { name, span, kind, .. } = found;
    let filters = || builtin::FILTERS.iter().map(|filter| filter.name);
    let functions = || builtin::FUNCTIONS.iter().copied();
    let tests = || TESTS.iter().map(|test| test.name);
    let error = bare_unknown(found);
    match kind {
        // Many a variable is called as a filter is, such as `release`: a near name is the better guess.
        UseKind::Name => match did_you_mean(name, names) {
            Some(near) => error.meant(*span, name, near),
            None if functions().any(|known| known == *name) => {
                error.help(format!("`{name}` is a function: it is called as `{name}(…)`"))
            }
            None if filters().any(|known| known == *name) => {
                error.help(format!("`{name}` is a filter: it is written `value|{name}`"))
            }
            None if *name == "env" => error.help(ENVIRONMENT),
            None => error.help(format!("if it is meant as text, write it in quotes: `\"{name}\"`")),
        },
        UseKind::Function { .. } => {
            if filters().any(|known| known == *name) {
                return error.help(format!("`{name}` is a filter: it is written `value|{name}`"));
            }
            match *name {
                "env" | "getenv" => error.help(ENVIRONMENT),
                "len" => error.help("the length is a filter: `value|length`"),
                "str" => error.help("text is made by a filter: `value|string`"),
                _ => error.suggest(*span, name, names.chain(functions())),
            }
        }
        UseKind::Filter { .. } => match *name {
            "safe" | "escape" | "e" => error.help("nothing is escaped here: leave it out"),
            "quote" => error.help("for a shell write `shell_quote`"),
            "len" => error.help("the length is `value|length`"),
            _ if tests().any(|known| known == *name) => {
                error.help(format!("`{name}` is a test: it is written `value is {name}`"))
            }
            _ => error.suggest(*span, name, names.chain(filters())),
        },
        UseKind::Test | UseKind::Applied { .. } => {
            if filters().any(|known| known == *name) {
                return error.help(format!("`{name}` is a filter: it is written `value|{name}`"));
            }
            error.suggest(*span, name, names.chain(tests()))
        }
    }
}
