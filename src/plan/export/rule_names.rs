//! The names of all rules, so that no two are the same: make would merge them.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::quality::RandomState;
use foldhash::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::Span;

use super::makefile::ProfileRules;

/// The rules that every file has.
const BUILT_IN: &[&str] = &[
    "docker.push",
    "docker.pull",
    "docker.clean",
    "docker.help",
    "clean",
    "help",
    "dockmill.force",
    "dockmill.wrong.share",
];

/// The names that are taken, each with what it is taken by. A hundred thousand images have some hundred thousand names: of
/// each its hash of 128 bits is kept.
pub(crate) struct RuleNames {
    hashers: [RandomState; 2],
    taken: HashMap<[u64; 2], TakenBy>,
    /// The ids whose rules have names that are taken.
    told: HashSet<Arc<str>>,
}

/// What has a name.
#[derive(Clone)]
enum TakenBy {
    BuiltIn,
    /// A rule of the profile of this name.
    Profile(Arc<str>),
    /// The rule of what has this id.
    Rule(Arc<str>),
    Output,
}

impl fmt::Display for TakenBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("a rule that every such file has"),
            Self::Profile(word) => write!(f, "a rule of profile `{word}`"),
            Self::Rule(id) => write!(f, "the rule of `{id}`"),
            Self::Output => f.write_str("an output"),
        }
    }
}

impl RuleNames {
    pub(crate) fn built_in() -> Self {
        let mut names = Self { hashers: Default::default(), taken: HashMap::default(), told: HashSet::default() };
        for name in BUILT_IN {
            let key = names.key(name);
            names.taken.insert(key, TakenBy::BuiltIn);
        }
        names
    }

    fn key(&self, name: &str) -> [u64; 2] {
        self.hashers.each_ref().map(|hasher| hasher.hash_one(name))
    }

    /// Takes the names of a part; with `pushed`, also those of the rules that push and pull. An error for each that is taken.
    pub(crate) fn add(&mut self, part: &ProfileRules, pushed: bool, found: &mut Diagnostics) {
        let word = &part.word;
        let by = TakenBy::Profile(word.as_str().into());
        let own = ["", ".shard"].map(|end| format!("docker.{word}{end}"));
        let steps = ["render", "ready"].map(|step| format!("dockmill.{step}.{word}"));
        let before = found.errors();
        for name in own.into_iter().chain(steps).chain([word.clone()]) {
            self.take(&name, &by, part.span, found);
        }
        // One error tells enough of a profile.
        if found.errors() > before {
            return;
        }
        for rule in &part.rules {
            if self.told.contains(&rule.id) {
                continue;
            }
            let by = TakenBy::Rule(Arc::clone(&rule.id));
            let verbs = [
                (word.as_str(), true),
                ("push", pushed && !rule.push.is_empty()),
                ("pull", pushed && !rule.pull.is_empty()),
            ];
            for (verb, _) in verbs.into_iter().filter(|(_, is_there)| *is_there) {
                if !self.take(&format!("docker.{verb}.{}", rule.name()), &by, Some(rule.span), found) {
                    // It is the same in each profile.
                    self.told.insert(Arc::clone(&rule.id));
                    break;
                }
            }
        }
        let mut files: Vec<(&str, Span)> =
            part.rules.iter().flat_map(|rule| rule.files().map(|file| (file, rule.span))).collect();
        files.sort_unstable();
        files.dedup_by_key(|(file, _)| *file);
        for (file, span) in files {
            self.take(file, &TakenBy::Output, Some(span), found);
        }
    }

    /// False: it was taken.
    fn take(&mut self, name: &str, by: &TakenBy, span: Option<Span>, found: &mut Diagnostics) -> bool {
        let key = self.key(name);
        let Some(other) = self.taken.get(&key) else {
            self.taken.insert(key, by.clone());
            return true;
        };
        let message = format!("`{name}` would be two rules of make: {by}, and {other}");
        found.push(match span {
            Some(span) => Diagnostic::error(Code::Collision, span, message),
            None => Diagnostic::bare(Severity::Error, Code::Collision, message),
        });
        false
    }
}
