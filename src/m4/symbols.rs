//! The table of macros: each name with its stack of definitions.

use std::rc::Rc;

use foldhash::HashMap;

use super::builtin::Builtin;
use super::text::Text;

/// An index into [`Symbols`]; a name keeps its index for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Sym(u32);

/// What a macro is.
#[derive(Debug, Clone)]
pub(crate) enum Definition {
    Text(Rc<Text>),
    Builtin(Builtin),
}

/// One name.
#[derive(Debug)]
pub(crate) struct Symbol {
    pub(crate) name: Rc<[u8]>,
    /// The current definition. `None`: the name is known (it is traced, or was defined once), but is no macro.
    pub(crate) definition: Option<Definition>,
    /// The definitions below it, which `pushdef` covered, the innermost last. Most names have none.
    covered: Vec<Definition>,
    pub(crate) traced: bool,
    /// Given by `-D`: whether it was ever looked up.
    pub(crate) used: bool,
}

impl Definition {
    /// Bytes of memory that it takes, about.
    fn size(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Text(text) => text.size(),
                Self::Builtin(_) => 0,
            }
    }
}

/// Bytes that a definition or a name takes beside its text.
const OVERHEAD: usize = 160;

#[derive(Debug, Default)]
pub(crate) struct Symbols {
    /// Bytes of all names and definitions.
    pub(crate) held: usize,
    index: HashMap<Rc<[u8]>, Sym>,
    list: Vec<Symbol>,
}

impl Symbols {
    /// Makes room for so many names.
    pub(crate) fn reserve(&mut self, names: usize) {
        self.index.reserve(names);
        self.list.reserve(names);
    }

    pub(crate) fn find(&self, name: &[u8]) -> Option<Sym> {
        self.index.get(name).copied()
    }

    /// Was the name asked for?
    pub(crate) fn has_used(&self, name: &[u8]) -> bool {
        self.find(name).is_some_and(|sym| self.get(sym).used)
    }

    /// The macro of a name: a symbol that has a definition.
    pub(crate) fn find_macro(&self, name: &[u8]) -> Option<Sym> {
        self.find(name).filter(|sym| self.get(*sym).definition.is_some())
    }

    /// The name's symbol, made where there is none.
    pub(crate) fn intern(&mut self, name: &[u8]) -> Sym {
        if let Some(sym) = self.find(name) {
            return sym;
        }
        let sym = Sym(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        let name: Rc<[u8]> = name.into();
        self.held += OVERHEAD + name.len();
        self.index.insert(Rc::clone(&name), sym);
        self.list.push(Symbol { name, definition: None, covered: Vec::new(), traced: false, used: false });
        sym
    }

    pub(crate) fn get(&self, sym: Sym) -> &Symbol {
        &self.list[sym.0 as usize]
    }

    pub(crate) fn get_mut(&mut self, sym: Sym) -> &mut Symbol {
        &mut self.list[sym.0 as usize]
    }

    /// Adds a definition, which becomes the current one.
    pub(crate) fn push(&mut self, sym: Sym, definition: Definition) {
        self.held += definition.size();
        let symbol = self.get_mut(sym);
        symbol.covered.extend(symbol.definition.replace(definition));
    }

    /// Removes the current definition, so that the one before it becomes current again.
    pub(crate) fn pop(&mut self, sym: Sym) {
        let symbol = self.get_mut(sym);
        let older = symbol.covered.pop();
        let size = std::mem::replace(&mut symbol.definition, older).map_or(0, |definition| definition.size());
        self.held = self.held.saturating_sub(size);
    }

    /// Forgets all definitions of a name.
    pub(crate) fn clear(&mut self, sym: Sym) {
        let symbol = self.get_mut(sym);
        let covered = std::mem::take(&mut symbol.covered);
        let size: usize = covered.iter().chain(&symbol.definition.take()).map(Definition::size).sum();
        self.held = self.held.saturating_sub(size);
    }

    /// The current definition of a name.
    pub(crate) fn definition(&self, name: &[u8]) -> Option<&Definition> {
        self.get(self.find(name)?).definition.as_ref()
    }

    /// All names that are macros, sorted by their bytes.
    pub(crate) fn defined(&self) -> Vec<Sym> {
        let mut all: Vec<&Symbol> = self.list.iter().filter(|symbol| symbol.definition.is_some()).collect();
        all.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        all.iter().filter_map(|symbol| self.find(&symbol.name)).collect()
    }

    /// All symbols.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Symbol> {
        self.list.iter()
    }

    /// All symbols.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Symbol> {
        self.list.iter_mut()
    }
}
