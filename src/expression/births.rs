//! Where values were born: the places that somebody wrote and that a value came from.
//!
//! They are recorded beside the values while a template is expanded for `explain`, and never guessed from names: a value that
//! was read from data is known by the file and the keys that led to it, whatever variables, arguments and filters it went
//! through since.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::source::{FrameId, Key, Span};

/// One place that a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Birth {
    /// What is written there: a literal of a template, a key or a value of the manifest, a `-D`; a whole data file.
    pub span: Span,
    /// The keys that lead from there to the value.
    pub keys: Vec<Key>,
    /// What led to a template's line whose text was gathered.
    pub frame: Option<FrameId>,
    /// It only decided which value was taken, as a condition or an index does.
    pub is_choice: bool,
}

/// Where a value was born. It has the shape of the value, so that an element has births of its own.
#[derive(Debug, Clone, Default)]
pub enum Births {
    /// What nobody wrote, such as the number of a round.
    #[default]
    Nowhere,
    /// What is written at a place, or what stands there under some keys.
    At(Span, Option<Arc<[Key]>>),
    /// A word of text that was set aside, and what led to that text.
    Gathered(Span, FrameId),
    /// What was made of several.
    Made(Arc<Made>),
}

/// Births of a value that was put together.
#[derive(Debug)]
pub struct Made {
    depth: u16,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// A list, by its elements.
    List(Vec<Births>),
    /// A map, by its keys.
    Map(Vec<(Arc<str>, Births)>),
    /// All of these went into it.
    All(Vec<Births>),
    /// It is the first; the second decided that.
    Chosen(Births, Births),
    /// The expression at this place gave it a name: `@let`, an argument, the list of a loop.
    Bound(Births, Span),
}

/// So deep births stand in each other. What goes round in a loop is made flat there, as its end is a walk as well.
const DEEPEST: u16 = 64;

/// So many places of one value are kept.
const MOST: usize = 1_000;

thread_local! {
    /// Bytes of the births that were put together in this thread and are still there. An expansion stays in one.
    static HELD: Cell<usize> = const { Cell::new(0) };
    /// No more are put together where there are so many bytes.
    static ROOM: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// The births that are put together from now on: they are bounded until this is dropped.
pub(crate) struct NewBirths {
    held: usize,
    room: usize,
}

impl NewBirths {
    /// So many bytes at most. What would be beyond them is born nowhere.
    pub(crate) fn within(bytes: usize) -> Self {
        let held = HELD.get();
        Self { held, room: ROOM.replace(held.saturating_add(bytes)) }
    }

    /// The bytes of those that are still there.
    pub(crate) fn bytes(&self) -> usize {
        HELD.get().saturating_sub(self.held)
    }
}

impl Drop for NewBirths {
    fn drop(&mut self) {
        ROOM.set(self.room);
    }
}

/// Bytes that births take which are no part of others.
fn size_of_keys(births: &Births) -> usize {
    if let Births::At(_, Some(keys)) = births { COUNTS + size_of_val(&**keys) } else { 0 }
}

/// Bytes of the counts of a value that is shared.
const COUNTS: usize = 2 * size_of::<usize>();

impl Made {
    /// Bytes that it takes beside what it was made of.
    fn size(&self) -> usize {
        let keys = |parts: &[Births]| parts.iter().map(size_of_keys).sum::<usize>();
        let of_form = match &self.form {
            Form::List(parts) | Form::All(parts) => size_of_val(parts.as_slice()) + keys(parts),
            Form::Map(entries) => {
                size_of_val(entries.as_slice()) + entries.iter().map(|(_, part)| size_of_keys(part)).sum::<usize>()
            }
            Form::Chosen(value, choice) => size_of_keys(value) + size_of_keys(choice),
            Form::Bound(value, _) => size_of_keys(value),
        };
        COUNTS + size_of::<Self>() + of_form
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        HELD.set(HELD.get().wrapping_sub(self.size()));
    }
}

impl Births {
    /// What is written at a place.
    #[must_use]
    pub fn at(span: Span) -> Self {
        Self::At(span, None)
    }

    /// Those of a list.
    #[must_use]
    pub fn list(elements: Vec<Self>) -> Self {
        Self::make(Form::List(elements))
    }

    /// Those of a map.
    #[must_use]
    pub fn map(entries: Vec<(Arc<str>, Self)>) -> Self {
        Self::make(Form::Map(entries))
    }

    /// Those of a value that all of these went into.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts: Vec<Self> = parts.into_iter().filter(|part| !matches!(part, Self::Nowhere)).collect();
        match parts.len() {
            0 => Self::Nowhere,
            1 => parts.swap_remove(0),
            _ => {
                parts.shrink_to_fit();
                Self::make(Form::All(parts))
            }
        }
    }

    /// The same, where something decided that this value is taken.
    #[must_use]
    pub fn chosen_by(self, choice: Self) -> Self {
        if matches!(choice, Self::Nowhere) { self } else { Self::make(Form::Chosen(self, choice)) }
    }

    /// The same, where the expression at a place gave the value a name.
    #[must_use]
    pub(crate) fn bound_at(self, place: Span) -> Self {
        Self::make(Form::Bound(self, place))
    }

    fn make(form: Form) -> Self {
        let depth = |births: &Self| if let Self::Made(made) = births { made.depth } else { 0 };
        let inner = match &form {
            Form::List(parts) | Form::All(parts) => parts.iter().map(depth).max(),
            Form::Map(entries) => entries.iter().map(|(_, births)| depth(births)).max(),
            Form::Chosen(value, choice) => Some(depth(value).max(depth(choice))),
            Form::Bound(value, _) => Some(depth(value)),
        };
        if HELD.get() > ROOM.get() {
            return Self::Nowhere;
        }
        let depth = inner.unwrap_or_default() + 1;
        let made = Made { depth, form };
        HELD.set(HELD.get().wrapping_add(made.size()));
        let made = Self::Made(Arc::new(made));
        if depth > DEEPEST { made.flat() } else { made }
    }

    /// The same places, without the shape of the value.
    fn flat(&self) -> Self {
        let place = |birth: Birth| match birth.frame {
            Some(frame) => Self::Gathered(birth.span, frame),
            None => Self::At(birth.span, (!birth.keys.is_empty()).then(|| birth.keys.into())),
        };
        let (choices, values): (Vec<Birth>, Vec<Birth>) = self.places().into_iter().partition(|birth| birth.is_choice);
        Self::all(values.into_iter().map(place)).chosen_by(Self::all(choices.into_iter().map(place)))
    }

    /// Those of what stands under a key.
    #[must_use]
    pub fn under(&self, key: &Key) -> Self {
        match self {
            Self::Nowhere | Self::Gathered(..) => self.clone(),
            Self::At(span, keys) => {
                let keys = keys.iter().flat_map(|keys| keys.iter()).chain([key]).cloned().collect();
                Self::At(*span, Some(keys))
            }
            Self::Made(made) => match (&made.form, key) {
                (Form::List(elements), Key::Index(at)) => elements.get(*at).cloned(),
                (Form::Map(entries), Key::Name(name)) => {
                    entries.iter().find(|(known, _)| known == name).map(|(_, births)| births.clone())
                }
                (Form::Chosen(value, choice), _) => Some(value.under(key).chosen_by(choice.clone())),
                (Form::Bound(value, place), _) => Some(value.under(key).bound_at(*place)),
                _ => None,
            }
            .unwrap_or_else(|| self.clone()),
        }
    }

    /// The same, where the value itself is known to be written at another place.
    #[must_use]
    pub(crate) fn moved(&self, to: Self) -> Self {
        match self {
            Self::Made(made) => match &made.form {
                Form::Chosen(value, choice) => value.moved(to).chosen_by(choice.clone()),
                Form::Bound(value, place) => value.moved(to).bound_at(*place),
                _ => to,
            },
            _ => to,
        }
    }

    /// The expressions that gave the value, or a part of it, a name on its way, each once.
    pub(crate) fn bindings(&self) -> Vec<Span> {
        let (mut found, mut seen, mut open) = (IndexSet::new(), HashSet::new(), vec![self]);
        while let Some(births) = open.pop() {
            let Self::Made(made) = births else { continue };
            if found.len() >= MOST || !seen.insert(Arc::as_ptr(made).addr()) {
                continue;
            }
            match &made.form {
                Form::List(parts) | Form::All(parts) => open.extend(parts),
                Form::Map(entries) => open.extend(entries.iter().map(|(_, part)| part)),
                Form::Chosen(value, choice) => open.extend([value, choice]),
                Form::Bound(value, place) => {
                    found.insert(*place);
                    open.push(value);
                }
            }
        }
        found.into_iter().collect()
    }

    /// All places, each once, those of the value before those that only decided.
    #[must_use]
    pub fn places(&self) -> Vec<Birth> {
        let mut places = Places { found: IndexSet::new(), seen: HashSet::new() };
        places.walk(self, false, false);
        places.walk(self, true, false);
        places.found.into_iter().collect()
    }
}

struct Places {
    found: IndexSet<Birth>,
    /// What was visited, and whether what it chose was asked for.
    seen: HashSet<(usize, bool, bool)>,
}

impl Places {
    /// `choices`: only what decided is looked for; `is_choice`: this is part of it.
    fn walk(&mut self, births: &Births, choices: bool, is_choice: bool) {
        if self.found.len() >= MOST {
            return;
        }
        let birth = |span, keys: Vec<Key>, frame| Birth { span, keys, frame, is_choice };
        match births {
            Births::Nowhere => {}
            _ if matches!(births, Births::At(..) | Births::Gathered(..)) && choices != is_choice => {}
            Births::At(span, keys) => {
                let keys = keys.as_deref().unwrap_or_default().to_vec();
                self.add(birth(*span, keys, None));
            }
            Births::Gathered(span, frame) => self.add(birth(*span, Vec::new(), Some(*frame))),
            Births::Made(made) => {
                if !self.seen.insert((Arc::as_ptr(made).addr(), choices, is_choice)) {
                    return;
                }
                match &made.form {
                    Form::List(parts) | Form::All(parts) => {
                        for part in parts {
                            self.walk(part, choices, is_choice);
                        }
                    }
                    Form::Map(entries) => {
                        for (_, part) in entries {
                            self.walk(part, choices, is_choice);
                        }
                    }
                    Form::Bound(value, _) => self.walk(value, choices, is_choice),
                    Form::Chosen(value, choice) => {
                        self.walk(value, choices, is_choice);
                        if choices {
                            self.walk(choice, choices, true);
                        }
                    }
                }
            }
        }
    }

    /// A place that the value has, too, is no mere choice.
    fn add(&mut self, birth: Birth) {
        let as_value = Birth { is_choice: false, ..birth.clone() };
        if !self.found.contains(&as_value) {
            self.found.insert(birth);
        }
    }
}

/// The births of what a function is called with.
#[derive(Debug, Clone, Default)]
pub struct GivenBirths {
    /// Those of arguments without a name.
    pub positional: Vec<Births>,
    /// Those of arguments with a name.
    pub keywords: Vec<(Arc<str>, Births)>,
}

impl GivenBirths {
    /// All of them.
    #[must_use]
    pub fn all(self) -> Births {
        Births::all(self.positional.into_iter().chain(self.keywords.into_iter().map(|(_, births)| births)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn what_goes_round_in_a_loop_stays_shallow_and_small() {
        let file = SourceMap::default().add("dockmill.toml", Vec::new());
        let leaf = |at| Births::at(Span::new(file, at, at + 1));
        let mut births = leaf(0);
        for round in 0..100_000 {
            // What doubles with each round, were it walked as often as it stands there.
            births = Births::all([births.clone(), births.chosen_by(leaf(2)), leaf(round % 2)]);
        }
        let places = births.places();
        assert_eq!(
            places.iter().map(|birth| (birth.span.start, birth.is_choice)).collect::<Vec<_>>(),
            [(0, false), (1, false), (2, true)]
        );
    }

    #[test]
    fn keys_lead_into_what_was_put_together() {
        let file = SourceMap::default().add("dockmill.toml", Vec::new());
        let leaf = |at| Births::at(Span::new(file, at, at + 1));
        let name = |name: &str| Key::Name(name.into());
        let list = Births::list(vec![leaf(1), Births::map(vec![("a".into(), leaf(2))])]).chosen_by(leaf(3));
        let starts = |births: Births| births.places().iter().map(|birth| birth.span.start).collect::<Vec<_>>();
        assert_eq!(starts(list.under(&Key::Index(0))), [1, 3]);
        assert_eq!(starts(list.under(&Key::Index(1)).under(&name("a"))), [2, 3]);
        // Nobody knows which part of it this is.
        assert_eq!(starts(list.under(&Key::Index(1)).under(&name("b"))), [2, 3]);
        let bound = list.bound_at(Span::new(file, 9, 10)).under(&Key::Index(0));
        assert_eq!(bound.bindings().iter().map(|span| span.start).collect::<Vec<_>>(), [9]);
        assert_eq!(starts(bound), [1, 3]);
        let deep = leaf(7).under(&name("a")).under(&Key::Index(4)).places();
        assert_eq!(deep.first().map(|birth| birth.keys.clone()), Some(vec![name("a"), Key::Index(4)]));
    }
}
