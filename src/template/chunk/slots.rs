//! The slots of a chunk: every name that its text can depend on, in branches that are not taken too.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::expression::{Expression, UseKind};
use crate::stack::deeper;

use super::super::tree::{Callee, Function, Macro, Node, ParameterKind};
use super::super::unit::Unit;
use super::super::walk::expressions;
use super::{Cache, Chunk, Piece, first_line};

/// All that a template leads to by literal paths. Macros and functions are known by their names alone, of whichever file:
/// two of one name give more slots than are needed.
pub(super) struct World<'a> {
    root: &'a Unit,
    macros: HashMap<&'a str, Vec<(&'a Unit, &'a Macro)>>,
    functions: HashMap<&'a str, Vec<&'a Function>>,
    units: Vec<&'a Unit>,
}

impl<'a> World<'a> {
    pub(super) fn of(root: &'a Arc<Unit>) -> Self {
        let mut world = Self { root, macros: HashMap::new(), functions: HashMap::new(), units: Vec::new() };
        let mut seen = HashSet::new();
        let mut open: Vec<&'a Arc<Unit>> = vec![root];
        while let Some(unit) = open.pop() {
            if !seen.insert(Arc::as_ptr(unit)) {
                continue;
            }
            for definition in &unit.tree.macros {
                world.macros.entry(&definition.name.text).or_default().push((unit, definition));
            }
            for function in &unit.tree.functions {
                world.functions.entry(&function.name.text).or_default().push(function);
            }
            world.units.push(unit);
            open.extend(unit.links.values());
        }
        world
    }

    /// The chunk of these pieces.
    pub(super) fn chunk(&self, pieces: Vec<Piece>, cache: &Cache) -> Chunk {
        let mut reader = Reader { world: self, names: BTreeSet::new(), seen: HashSet::new(), uncertain: false };
        for piece in &pieces {
            if let Piece::Node(index) = piece {
                reader.node(self.root, &self.root.tree.nodes[*index], &mut Vec::new(), true);
            }
        }
        let slots = (!reader.uncertain).then(|| reader.names.into_iter().collect());
        Chunk { number: cache.number(), first_line: first_line(self.root, &pieces), pieces, slots }
    }
}

/// Names that a loop or a macro's parameters hide.
type Hidden = Vec<Arc<str>>;

struct Reader<'w, 'a> {
    world: &'w World<'a>,
    names: BTreeSet<Arc<str>>,
    /// The macros, functions and files that were looked at, by their address.
    seen: HashSet<usize>,
    /// It does more than to give text, or it is not known what it reads.
    uncertain: bool,
}

impl Reader<'_, '_> {
    fn is_new<T>(&mut self, of: &T) -> bool {
        self.seen.insert(std::ptr::from_ref(of).addr())
    }

    fn nodes(&mut self, unit: &Unit, nodes: &[Node], hidden: &mut Hidden, is_top: bool) {
        for node in nodes {
            self.node(unit, node, hidden, is_top);
        }
    }

    /// `is_top`: names that it sets hold for what follows the chunk.
    fn node(&mut self, unit: &Unit, node: &Node, hidden: &mut Hidden, is_top: bool) {
        expressions(node, &mut |expression| self.expression(expression, hidden));
        match node {
            Node::Text { .. } | Node::Value { .. } => {}
            Node::Divert { .. } | Node::Gather(_) | Node::Message { .. } => self.uncertain = true,
            Node::Let { .. } => self.uncertain |= is_top,
            Node::Default { name, .. } => {
                self.uncertain |= is_top;
                self.names.insert(Arc::clone(&name.text));
            }
            Node::Import { .. } => {
                self.uncertain |= is_top;
                self.libraries();
            }
            Node::If { branches, otherwise } => {
                for (_, nodes) in branches {
                    self.nodes(unit, nodes, hidden, is_top);
                }
                self.nodes(unit, otherwise, hidden, is_top);
            }
            Node::Foreach(foreach) => {
                let outer = hidden.len();
                hidden.extend(foreach.variables.iter().map(|name| Arc::clone(&name.text)));
                hidden.push(Arc::from("loop"));
                self.nodes(unit, &foreach.nodes, hidden, is_top);
                hidden.truncate(outer);
            }
            Node::Call(call) => match &call.what {
                Callee::Macro { name, block, .. } => {
                    self.macros(&name.text);
                    // The block is expanded with the names of its caller.
                    if let Some(nodes) = block {
                        self.nodes(unit, nodes, hidden, is_top);
                    }
                }
                Callee::Include { path, .. } => self.include(unit, path),
                Callee::Undivert { .. } => self.uncertain = true,
                Callee::Body | Callee::Insert { .. } => {}
            },
        }
    }

    fn expression(&mut self, expression: &Expression, hidden: &[Arc<str>]) {
        let mut functions: Vec<&Function> = Vec::new();
        expression.uses(&mut |found| match found.kind {
            UseKind::Name => {
                if hidden.iter().all(|name| **name != *found.name) {
                    self.names.insert(Arc::from(found.name));
                }
            }
            UseKind::Function { .. } | UseKind::Filter { .. } | UseKind::Applied { .. } => {
                functions.extend(self.world.functions.get(found.name).into_iter().flatten());
            }
            UseKind::Test => {}
        });
        for function in functions {
            if self.is_new(function) {
                self.libraries();
                let parameters: Hidden = function.parameters.iter().map(|name| Arc::clone(&name.text)).collect();
                deeper(|| self.expression(&function.body, &parameters));
            }
        }
    }

    fn macros(&mut self, name: &str) {
        self.libraries();
        for (home, definition) in self.world.macros.get(name).into_iter().flatten() {
            if !self.is_new(*definition) {
                continue;
            }
            // A default may name a parameter that has no value yet.
            for parameter in &definition.parameters {
                if let ParameterKind::Default(default) = &parameter.kind {
                    self.expression(default, &[]);
                }
            }
            let mut parameters: Hidden =
                definition.parameters.iter().map(|found| Arc::clone(&found.name.text)).collect();
            deeper(|| self.nodes(home, &definition.nodes, &mut parameters, false));
        }
    }

    /// An included file sees all names of its place; which of them are hidden there differs from place to place.
    fn include(&mut self, unit: &Unit, path: &Expression) {
        let Some(text) = path.as_literal_str() else {
            self.uncertain = true;
            return;
        };
        if let Some(included) = unit.links.get(text).map(Arc::clone)
            && self.is_new(&*included)
        {
            deeper(|| self.nodes(&included, &included.tree.nodes, &mut Vec::new(), false));
        }
    }

    /// What files set for those that import them: their macros read it.
    fn libraries(&mut self) {
        if !self.is_new(&self.world.units) {
            return;
        }
        for unit in &self.world.units {
            for node in &unit.tree.nodes {
                if let Node::Let { value, .. } | Node::Default { value, .. } = node {
                    self.expression(value, &[]);
                }
                if let Node::Default { name, .. } = node {
                    self.names.insert(Arc::clone(&name.text));
                }
            }
        }
    }
}
