//! The name check: names, macros, arity, filters and files are looked at on load, in branches that are not taken too.

mod bare;
mod env;
mod macros;
mod meant;
mod names;
mod unused;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic, Label, did_you_mean};
use crate::expression::{self, Alias, Expression, Use, UseKind};
use crate::source::{FileId, Span};
use crate::stack::deeper;

use super::arity::function_arity;
use super::builtin::Builtin;
use super::expand::loop_value;
use super::foreign;
use super::tree::{Callee, Diverted, Function, Macro, Name, Node};
use super::unit::Unit;
use super::walk::{binding, expressions};
use env::{Env, Home, file_env, find, find_function, macro_env};
pub(crate) use names::Names;

/// The names that an image gives to its templates.
#[derive(Clone, Copy)]
pub struct Globals<'a> {
    /// The variables of this image.
    pub names: &'a [Arc<str>],
    /// The variables of all images of the project: a macro that nothing calls may use any of them.
    pub all: &'a [Arc<str>],
    /// Functions such as `image`.
    pub functions: &'a [&'static str],
    /// The error in a use of these variables and functions, as far as it can be found without computing anything.
    pub wrong: &'a dyn Fn(&Use<'_>) -> Option<Diagnostic>,
}

/// How many unknown names of one template are reported: any further ones are noise.
const MAX_ERRORS: usize = 100;
/// Further places of one unknown name that are shown.
const MAX_PLACES: usize = 3;

/// Finds nothing.
pub(super) fn nothing_wrong(_: &Use<'_>) -> Option<Diagnostic> {
    None
}

/// What the check of a template found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Errors and warnings.
    pub errors: Vec<Diagnostic>,
    /// The variables of the image that it may use, in branches that are not taken too.
    pub used: HashSet<Arc<str>>,
    /// It includes files by computed paths, which are not looked at yet.
    pub reads_more: bool,
}

/// Unknown names that are looked into: each is looked for in the whole file.
const MAX_SEARCHES: usize = 100;

/// Names that are compared with misspelt ones in all: a file may define very many.
const MAX_GUESSES: usize = 2_000_000;

/// Names that are copied in all for the files that are included where they hold.
const MAX_COPIED: usize = 4_000_000;

/// Checks a template with everything that it names.
pub(super) fn program(root: &Arc<Unit>, globals: Globals<'_>) -> Checked {
    let mut checker = Checker::new(globals.names, globals.functions, globals.wrong);
    let home = Home { unit: Arc::clone(root), outer: Arc::default() };
    checker.is_new(root, &Names::default());
    checker.file(file_env(vec![home], Arc::default()));
    checker.definitions();
    checker.names = globals.all.iter().map(Arc::clone).collect();
    checker.uncalled();
    checker.diversions();
    checker.bare();
    checker.unused();
    let Checker { errors, used, reads_more, .. } = checker;
    Checked { errors, used: used.into_inner(), reads_more }
}

/// Checks a file that came by a computed path, with the names that hold where it is included.
pub(super) fn included(
    unit: &Arc<Unit>,
    outer: &[Arc<Unit>],
    names: &[Arc<str>],
    functions: &[&'static str],
) -> Vec<Diagnostic> {
    let mut checker = Checker::new(names, functions, &nothing_wrong);
    let names: Arc<Names> = Arc::new(names.iter().collect());
    let files = std::iter::once(unit).chain(outer);
    let files = files.map(|unit| Home { unit: Arc::clone(unit), outer: Arc::clone(&names) }).collect();
    checker.file(file_env(files, names));
    checker.definitions();
    checker.errors
}

/// The macros that hold in these files.
pub(super) fn macro_names<'a>(files: impl Iterator<Item = &'a Unit>) -> impl Iterator<Item = &'a str> {
    files.flat_map(|unit| unit.macros.keys().map(|name| &**name))
}

/// The error of [`unknown_macro`] without advice.
fn no_macro(name: &Name) -> Diagnostic {
    Diagnostic::error(Code::UnknownMacro, name.span, format!("there is no macro `{}`", name.text))
}

pub(super) fn unknown_macro<'a>(name: &Name, known: impl Iterator<Item = &'a str>) -> Diagnostic {
    let guessed = no_macro(name).suggest(name.span, &name.text, known);
    let guessed = match foreign::word(&name.text) {
        Some(help) if guessed.help.is_empty() => guessed.help(help),
        _ if guessed.help.is_empty() => guessed.suggest(name.span, &name.text, Builtin::names()),
        _ => guessed,
    };
    if guessed.help.is_empty() {
        guessed.help("define it with `@define`, `@import` the file that does, or write `@{\"@\"}` for a literal `@`")
    } else {
        guessed
    }
}

pub(super) fn never_placed(name: &str, site: Span) -> Diagnostic {
    Diagnostic::error(Code::Diversion, site, format!("diversion `{name}` is never placed"))
        .label("this text would be lost")
        .help(format!("place it with `@undivert(\"{name}\")` or `@gather(words, \"{name}\")`"))
}

pub(super) fn never_fed(name: &str, site: Span) -> Diagnostic {
    Diagnostic::error(Code::Diversion, site, format!("nothing diverts to `{name}`"))
        .label("there is nothing to place here")
        .help("if that is meant, say `optional=true`")
}

#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
struct Checker<'a> {
    names: HashSet<Arc<str>>,
    functions: &'a [&'static str],
    wrong: &'a dyn Fn(&Use<'_>) -> Option<Diagnostic>,
    errors: Vec<Diagnostic>,
    /// The errors of unknown names, by what they say.
    told: HashMap<String, usize>,
    /// Unknown names that were looked into.
    searches: Cell<usize>,
    /// Names that were compared with these.
    guesses: Cell<usize>,
    /// Names that were copied for included files.
    copied: usize,
    /// Macros that were looked at, by the place of their name.
    called: HashSet<Span>,
    /// Macros that are looked at within each other.
    nested: usize,
    /// Macros still to be looked at, with what holds in them, and whether that file is imported.
    waiting: VecDeque<(Arc<Macro>, Env, bool)>,
    /// Files that were looked at, with the [sum](Names::sum) of the names that held.
    seen: HashSet<(FileId, u64)>,
    files: Vec<Home>,
    fed: Vec<(Arc<str>, Span)>,
    placed: Vec<(Arc<str>, Span, bool)>,
    /// A name or a path is computed, so what feeds a diversion is known only during expansion.
    open: bool,
    /// A path of a file to include is computed.
    reads_more: bool,
    /// The names that `@let`s set, except in imported files.
    set: Vec<Name>,
    /// An imported file is being checked.
    imports: bool,
    /// The names that included files read, themselves or in files that they include; `None` if a path there is computed.
    reads: HashMap<FileId, Option<Arc<HashSet<Arc<str>>>>>,
    /// Variables of the image that are used.
    used: RefCell<HashSet<Arc<str>>>,
    /// Bodies of macros and files that were looked at, with what names stand for there.
    meant: HashSet<(Span, String)>,
    /// What names stand for that were asked for with these bodies.
    standing: usize,
    /// One is looked at for that alone.
    again: bool,
}

impl<'a> Checker<'a> {
    fn new(
        names: &[Arc<str>],
        functions: &'a [&'static str],
        wrong: &'a dyn Fn(&Use<'_>) -> Option<Diagnostic>,
    ) -> Self {
        Self {
            names: names.iter().map(Arc::clone).collect(),
            functions,
            wrong,
            errors: Vec::new(),
            told: HashMap::new(),
            searches: Cell::new(0),
            guesses: Cell::new(0),
            copied: 0,
            called: HashSet::new(),
            nested: 0,
            waiting: VecDeque::new(),
            seen: HashSet::new(),
            files: Vec::new(),
            fed: Vec::new(),
            placed: Vec::new(),
            open: false,
            reads_more: false,
            set: Vec::new(),
            imports: false,
            reads: HashMap::new(),
            used: RefCell::default(),
            meant: HashSet::new(),
            standing: 0,
            again: false,
        }
    }

    /// Notes a use of a variable of the image, unless a loop or a macro's parameter surely hides it. A `@let` may stand
    /// in a branch that is not taken.
    fn note_use(&self, name: &str, env: &Env) {
        if !env.hides(name)
            && let Some(known) = self.names.get(name)
            && !self.used.borrow().contains(name)
        {
            self.used.borrow_mut().insert(Arc::clone(known));
        }
    }

    /// Has this file not been looked at with these names, and is it to be?
    fn is_new(&mut self, unit: &Unit, names: &Names) -> bool {
        !self.again && self.seen.insert((unit.file(), names.sum()))
    }

    /// Checks the innermost file of `env`.
    fn file(&mut self, mut env: Env) {
        let Some(home) = env.files.first() else { return };
        let unit = Arc::clone(&home.unit);
        self.files.push(home.clone());
        for function in &unit.tree.functions {
            self.function(function, &env);
        }
        deeper(|| self.nodes(&unit.tree.nodes, &mut env));
        let known = unit.tree.unopened.iter().filter(|(name, _)| find(&env, name).is_some());
        self.errors.extend(known.map(|(_, error)| error.clone()));
    }

    fn function(&mut self, function: &Function, env: &Env) {
        let mut env = macro_env(Cow::Borrowed(&env.files));
        function.parameters.iter().for_each(|parameter| env.parameter(&parameter.text));
        self.expression(&function.body, &env);
    }

    fn nodes(&mut self, nodes: &[Node], env: &mut Env) {
        for node in nodes {
            self.node(node, env);
        }
    }

    fn node(&mut self, node: &Node, env: &mut Env) {
        expressions(node, &mut |expression| self.expression(expression, env));
        match node {
            Node::Text { .. } | Node::Value { .. } | Node::Message { .. } => {}
            Node::Let { name, value } => {
                if !self.imports {
                    self.set.push(name.clone());
                }
                // A name that is given twice may be either.
                let is_new = !env.knows(&name.text);
                let alias = if is_new { env.alias(value) } else { None };
                self.bind(name, env);
                env.stands_for(&name.text, alias);
            }
            Node::Default { name, .. } => {
                self.note_use(&name.text, env);
                self.bind(name, env);
                env.stands_for(&name.text, None);
            }
            Node::If { branches, otherwise } => {
                for (_, nodes) in branches {
                    self.nodes(nodes, env);
                }
                self.nodes(otherwise, env);
            }
            Node::Foreach(foreach) => {
                let mut parts = vec![Alias::of_elements(&foreach.items).and_then(|each| env.resolved(each))];
                if foreach.variables.len() > 1 {
                    // Of a map.
                    parts.insert(0, env.alias(&foreach.items).map(Alias::keys));
                }
                let variables = foreach.variables.iter().map(|name| Arc::clone(&name.text)).zip(parts);
                let names = variables.chain([(Arc::from("loop"), None)]).collect();
                self.looped(names, &foreach.nodes, env);
            }
            Node::Import { path } => self.import(path, env),
            Node::Divert { name, content } => {
                match name.as_literal_str() {
                    Some(text) => self.fed.push((Arc::from(text), name.span())),
                    None => self.open = true,
                }
                if let Diverted::Block(nodes) = content {
                    self.nodes(nodes, env);
                }
            }
            Node::Gather(gather) => {
                self.place(&gather.name, gather.optional.is_some());
                self.looped(vec![(Arc::clone(&gather.words.text), None)], &gather.nodes, env);
            }
            Node::Call(call) => match &call.what {
                Callee::Macro { name, arguments, block } => {
                    self.call(name, arguments, call.span, block.is_some(), env);
                    if let Some(nodes) = block {
                        self.nodes(nodes, env);
                    }
                }
                Callee::Include { path, bindings, .. } => self.include(path, bindings, env),
                Callee::Undivert { name, optional } => self.place(name, optional.is_some()),
                Callee::Body | Callee::Insert { .. } => {}
            },
        }
    }

    fn bind(&mut self, name: &Name, env: &mut Env) {
        if env.is_looped(&name.text) {
            let message = format!("`{}` is the loop's own variable here", name.text);
            self.errors.push(
                Diagnostic::error(Code::DuplicateDefinition, name.span, message).help("give the value another name"),
            );
        }
        env.set(&name.text);
    }

    /// A block with names of its own, some of which stand for a part of a variable.
    fn looped(&mut self, names: Vec<(Arc<str>, Option<Alias>)>, nodes: &[Node], env: &mut Env) {
        let outer = env.loops().len();
        let mut hidden = Vec::new();
        for (name, alias) in names {
            hidden.push((Arc::clone(&name), env.stands_for(&name, alias)));
            env.loops().push(name);
        }
        self.nodes(nodes, env);
        env.loops().truncate(outer);
        for (name, alias) in hidden {
            env.stands_for(&name, alias);
        }
    }

    fn import(&mut self, path: &Name, env: &mut Env) {
        let Some(unit) = env.files.first().and_then(|home| home.unit.links.get(&path.text)).map(Arc::clone) else {
            return;
        };
        env.import(&unit);
        if self.is_new(&unit, &Names::default()) {
            let home = Home { unit, outer: Arc::default() };
            let outer = std::mem::replace(&mut self.imports, true);
            self.file(file_env(vec![home], Arc::default()));
            self.imports = outer;
        }
    }

    fn place(&mut self, name: &Expression, optional: bool) {
        match name.as_literal_str() {
            Some(text) => self.placed.push((Arc::from(text), name.span(), optional)),
            None => self.open = true,
        }
    }

    fn include(&mut self, path: &Expression, bindings: &[(Name, Expression)], env: &mut Env) {
        let Some(text) = path.as_literal_str() else {
            (self.open, self.reads_more) = (true, true);
            return;
        };
        // That this is too much was told: the names are not gathered again.
        if self.copied > MAX_COPIED {
            return;
        }
        let Some(unit) = env.files.first().and_then(|home| home.unit.links.get(text)).map(Arc::clone) else { return };
        if !self.again {
            self.unread(&unit, bindings);
        }
        let (mut names, mut copied) = env.all();
        for (name, _) in bindings.iter().filter(|(name, _)| !env.knows(&name.text)) {
            copied += if Arc::get_mut(&mut names).is_none() { names.len() } else { 0 };
            Arc::make_mut(&mut names).add(&name.text);
        }
        let is_new = self.is_new(&unit, &names);
        let is_looked_at = is_new || self.may_mean();
        copied += if is_looked_at { env.aliases.len() } else { 0 };
        if !self.may_copy(copied, path.span()) || !is_looked_at {
            return;
        }
        let mut files = vec![Home { unit: Arc::clone(&unit), outer: Arc::clone(&names) }];
        files.extend(env.files.iter().cloned());
        let mut inner = file_env(files, names);
        inner.aliases.clone_from(&env.aliases);
        for (name, value) in bindings {
            inner.stands_for(&name.text, env.alias(value));
        }
        let place = Span::new(unit.file(), 0, 0);
        if is_new {
            self.is_meant_anew(place, &inner);
            self.file(inner);
        } else {
            self.meant(place, inner, |checker, env| checker.nodes(&unit.tree.nodes, env));
        }
    }

    /// May so many names be copied? That it is too much is told once.
    fn may_copy(&mut self, names: usize, span: Span) -> bool {
        let before = self.copied;
        self.copied = before.saturating_add(names);
        if before <= MAX_COPIED && self.copied > MAX_COPIED {
            let message = "the files that this template includes are checked with too many names";
            self.errors.push(
                Diagnostic::error(Code::LimitExceeded, span, message)
                    .note(format!("at each `@include` all names that hold there count, {MAX_COPIED} together"))
                    .help("set fewer names, or include fewer files"),
            );
        }
        self.copied <= MAX_COPIED
    }

    /// Enough errors: further ones are dropped, so no time is spent on looking for similar names.
    fn is_enough(&self) -> bool {
        self.errors.len() >= MAX_ERRORS || self.searches.get() >= MAX_SEARCHES
    }

    /// The error in a use of a variable or function of the image, unless there are enough of them.
    fn wrong(&self, found: &Use<'_>) -> Option<Diagnostic> {
        if self.errors.len() < MAX_ERRORS { (self.wrong)(found) } else { None }
    }

    /// May a name be compared with so many others?
    fn may_guess(&self, others: usize) -> bool {
        self.guesses.set(self.guesses.get().saturating_add(others));
        self.guesses.get() <= MAX_GUESSES
    }

    /// The error of an unknown name as it is told: as it is where it was told before, `None` where there is enough. With advice
    /// otherwise, for which the name may be compared with as many `others` as are asked for, or none.
    fn look_into(
        &self,
        bare: Diagnostic,
        others: usize,
        advised: impl FnOnce(usize) -> Diagnostic,
    ) -> Option<Diagnostic> {
        if self.told.contains_key(&bare.message) {
            return Some(bare);
        }
        if self.again || self.is_enough() {
            return None;
        }
        self.searches.set(self.searches.get() + 1);
        if self.may_guess(others) {
            return Some(advised(usize::MAX));
        }
        Some(advised(0).not_guessed())
    }

    fn expression(&mut self, expression: &Expression, env: &Env) {
        let (mut unknown, mut calls) = (Vec::new(), Vec::new());
        expression.uses(&mut |found| {
            if let Some(error) = self.check_use(&found, env) {
                unknown.push(error);
            }
            let aliases = found.aliases();
            if aliases.iter().any(Option::is_some)
                && let Some(function) = find_function(env, found.name)
            {
                calls.push((function, aliases));
            }
        });
        for error in unknown {
            self.tell(error);
        }
        for (function, aliases) in calls {
            self.call_of_function(&function, aliases, env);
        }
    }

    /// Looks at a function again, where its parameters stand for parts of variables.
    fn call_of_function(&mut self, function: &Function, aliases: Vec<Option<Alias>>, env: &Env) {
        if !self.may_mean() {
            return;
        }
        let mut inner = macro_env(Cow::Borrowed(&env.files));
        for (parameter, alias) in function.parameters.iter().zip(aliases) {
            inner.parameter(&parameter.text);
            inner.stands_for(&parameter.text, alias.and_then(|alias| env.resolved(alias)));
        }
        self.meant(function.name.span, inner, |checker, env| checker.expression(&function.body, env));
    }

    /// Adds an error. What is said again of the same unknown name is a further place of the same mistake.
    fn tell(&mut self, error: Diagnostic) {
        let is_name = matches!(error.code, Code::UnknownName | Code::UnknownFunction | Code::UnknownMacro);
        let told = self.told.get(&error.message).filter(|_| is_name).and_then(|at| self.errors.get_mut(*at));
        if let (Some(told), Some(place)) = (told, &error.primary) {
            let is_there = told.primary.iter().chain(&told.secondary).any(|label| label.span == place.span);
            if !is_there && told.secondary.len() < MAX_PLACES {
                told.secondary.push(Label { span: place.span, text: "and here".to_owned() });
            }
            return;
        }
        if is_name {
            self.told.insert(error.message.clone(), self.errors.len());
        }
        self.errors.push(error);
    }

    fn check_use(&self, found: &Use<'_>, env: &Env) -> Option<Diagnostic> {
        let name = found.name;
        match &found.kind {
            UseKind::Name => {
                self.note_use(name, env);
                if name == "loop" && env.is_looped(name) {
                    return found.missing_key(loop_value(0, 1));
                }
                if env.knows(name) {
                    let alias = env.aliases.get(name).filter(|alias| self.names.contains(alias.of()))?;
                    return self.wrong(&found.through(alias));
                }
                if self.names.contains(name) {
                    return self.wrong(found);
                }
                if env.is_unread(name) {
                    return None;
                }
                let bare = expression::bare_unknown(found);
                let is_again = self.told.contains_key(&bare.message);
                let error = self.look_into(bare, env.count() + self.names.len(), |guesses| {
                    let known = env.known().chain(&self.names).map(|known| &**known);
                    expression::unknown(found, known.take(guesses))
                })?;
                if is_again {
                    return env.unless_lost(error);
                }
                // It may be the name that is misspelt, rather than its use.
                let near = error.help.iter().find_map(|help| Some(help.replacement.as_ref()?.1.clone()));
                let near = near.and_then(|near| Some((binding(&env.files.first()?.unit, &near)?, near)));
                let error = match near {
                    Some((place, near)) => error.also(place, format!("`{near}` is set here")),
                    None => error,
                };
                let later = env.files.first().and_then(|home| binding(&home.unit, name));
                match later {
                    Some(place) => Some(error.also(place, "it is set here, further down or inside a macro")),
                    None if find(env, name).is_some() => {
                        Some(error.note(format!("`{name}` is a macro: call it with `@{name}(…)`")))
                    }
                    None => env.unless_lost(error),
                }
            }
            UseKind::Function { positional, keywords } | UseKind::Filter { positional, keywords } => {
                let filter = matches!(found.kind, UseKind::Filter { .. });
                if let Some(function) = find_function(env, name) {
                    return function_arity(&function, *positional, keywords, found.span);
                }
                if !filter && self.functions.contains(&name) {
                    return self.wrong(found);
                }
                if env.is_unread(name) {
                    return None;
                }
                let error = self.look_into(expression::bare_unknown(found), env.function_count(), |guesses| {
                    let known = env.functions().chain(self.functions.iter().copied());
                    expression::unknown(found, known.take(guesses))
                })?;
                if find(env, name).is_some() {
                    let note = format!("`{name}` is a macro: it gives text, not a value; call it with `@{name}(…)`");
                    Some(error.note(note))
                } else {
                    env.unless_lost(error)
                }
            }
            UseKind::Test => Some(expression::unknown(found, std::iter::empty())),
            UseKind::Applied { positional } => match find_function(env, name) {
                Some(function) => function_arity(&function, *positional, &[], found.span),
                None if env.is_unread(name) => None,
                None => {
                    let error = self.look_into(expression::bare_unknown(found), env.function_count(), |guesses| {
                        expression::unknown(found, env.functions().take(guesses))
                    })?;
                    env.unless_lost(error)
                }
            },
        }
    }

    /// What the literal names of diversions show before anything is expanded.
    fn diversions(&mut self) {
        if self.open || self.files.iter().any(|home| home.unit.tree.incomplete) {
            return;
        }
        let placed: HashSet<&str> = self.placed.iter().map(|(name, ..)| &**name).collect();
        let fed: HashSet<&str> = self.fed.iter().map(|(name, _)| &**name).collect();
        let mut unfed: IndexMap<&str, Span> = self
            .placed
            .iter()
            .filter(|(name, _, optional)| !optional && !fed.contains(&**name))
            .map(|(name, span, _)| (&**name, *span))
            .collect();
        for (name, span) in self.fed.iter().filter(|(name, _)| !placed.contains(&**name)).take(MAX_ERRORS) {
            let error = never_placed(name, *span).suggest(*span, name, placed.iter().copied());
            // Both sides of one misspelt name are one mistake.
            let meant = did_you_mean(name, placed.iter().copied()).and_then(|near| unfed.shift_remove(near));
            self.errors
                .push(meant.into_iter().fold(error, |error, place| error.also(place, "nothing is diverted to this")));
        }
        for (name, span) in unfed.iter().take(MAX_ERRORS) {
            self.errors.push(never_fed(name, *span).suggest(*span, name, fed.iter().copied()));
        }
    }
}
