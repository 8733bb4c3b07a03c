//! `[limits]`: the limits of an expansion, of all expansions together, and of the number of targets.

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic};
use crate::template::{self, Budget};

use super::document::Reader;
use super::keys::{Key, LIMITS, Shape};

/// What the expansion of one output may use, and how many there may be, so that no template and no matrix can hang or
/// fill the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of the expansion of one output.
    pub expansion: template::Limits,
    /// Targets of the project.
    pub targets: u64,
    /// Steps of all expansions of a run; `None`: the usual ones, which grow with the number of outputs.
    pub work: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { expansion: template::Limits::default(), targets: MOST_TARGETS, work: None }
    }
}

impl Limits {
    /// Sets the limit of this name; `false` where there is none.
    fn set(&mut self, name: &str, number: u64) -> bool {
        match name {
            "depth" => self.expansion.depth = u32::try_from(number).unwrap_or(u32::MAX),
            "steps" => self.expansion.steps = number,
            "output" => self.expansion.output = number,
            "memory" => self.expansion.memory = number,
            "targets" => self.targets = number,
            "work" => self.work = Some(number),
            _ => return false,
        }
        true
    }

    /// What the expansions of a run have together.
    #[must_use]
    pub fn budget(&self) -> Budget {
        self.work.map_or_else(Budget::default, Budget::new)
    }
}

/// The limits that whoever runs dockmill gives, by `--limit` or `DOCKMILL_LIMITS`: a manifest stays below them, for it may come
/// with the change that is to be bounded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ceiling {
    given: Vec<(&'static str, u64)>,
}

impl Ceiling {
    /// The names of the limits.
    pub fn names() -> impl Iterator<Item = &'static str> {
        LIMITS.iter().map(|key| key.name)
    }

    /// Sets one; `None`: there is no such limit. `Err`: the largest number that it can be.
    #[must_use]
    pub fn set(&mut self, name: &str, number: u64) -> Option<Result<(), u64>> {
        let key = LIMITS.iter().find(|key| key.name == name)?;
        let Shape::Whole { most } = key.value else { return None };
        if !(1..=most).contains(&number) {
            return Some(Err(most));
        }
        self.given.retain(|(known, _)| *known != name);
        self.given.push((key.name, number));
        Some(Ok(()))
    }

    /// These limits, and the usual ones where nothing is said.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, number) in &self.given {
            limits.set(name, *number);
        }
        limits
    }

    /// The limit of this name, if it was given.
    pub(crate) fn of(&self, name: &str) -> Option<u64> {
        self.given.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
    }
}

/// What a manifest may raise a limit to, where whoever runs dockmill says nothing: these bound what a run takes, and a manifest
/// may be a stranger's. `steps` and `depth` may be raised, for `work` bounds them.
fn unasked(name: &str) -> Option<u64> {
    match name {
        "output" => Some(MOST_OUTPUT),
        "memory" => Some(template::Limits::default().memory),
        "targets" => Some(MOST_TARGETS),
        "work" => Some(Budget::USUAL),
        _ => None,
    }
}

/// 100,000 outputs are a large family, which may have some bases.
const MOST_TARGETS: u64 = 120_000;

/// Bytes of an output.
const MOST_OUTPUT: u64 = 32 * 1024 * 1024;

/// Reads `[limits]`, if there is one.
pub(super) fn read(reader: &mut Reader<'_>, table: Option<&DeTable<'_>>, ceiling: Option<&Ceiling>) -> Limits {
    let mut limits = ceiling.map_or_else(Limits::default, Ceiling::limits);
    let Some(table) = table else { return limits };
    let section = reader.section(table, "`[limits]`", &LIMITS);
    for Key { name: key, .. } in LIMITS.iter() {
        let Some((number, span)) = reader.whole(section, key) else { continue };
        let given = ceiling.and_then(|ceiling| ceiling.of(key));
        if let Some(most) = given.or_else(|| unasked(key)).filter(|most| number > *most) {
            let message = format!("`{key}` may be {most} at most in this run");
            let error = Diagnostic::error(Code::InvalidValue, span, message);
            reader.error(match given {
                Some(_) => error.note("`--limit` or `DOCKMILL_LIMITS` says so, which a manifest cannot raise"),
                None => error.note("more takes time or memory, which is for whoever runs dockmill to allow").help(
                    format!("`--limit {key}={number}` allows it for one run, `DOCKMILL_LIMITS={key}={number}` for all"),
                ),
            });
            continue;
        }
        limits.set(key, number);
    }
    limits
}
