//! The names of all rules, so that no two are the same: make would merge them.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::Span;

use super::makefile::ProfileRules;

/// The rules that every file has.
const BUILT_IN: &[&str] =
    &["docker.push", "docker.pull", "docker.clean", "docker.help", "clean", "help", "dockmill.force"];

/// The names that are taken, each with what it is taken by.
pub(crate) struct RuleNames(HashMap<String, String>);

impl RuleNames {
    pub(crate) fn built_in() -> Self {
        Self(BUILT_IN.iter().map(|name| ((*name).to_owned(), "a rule that every such file has".to_owned())).collect())
    }

    /// Takes the names of a part; with `pushed`, also those of the rules that push and pull. An error for each that is taken.
    pub(crate) fn add(&mut self, part: &ProfileRules, pushed: bool, found: &mut Diagnostics) {
        let word = &part.word;
        let by = format!("a rule of profile `{word}`");
        let own = ["", ".shard"].map(|end| format!("docker.{word}{end}"));
        let render = format!("dockmill.render.{word}");
        let before = found.errors();
        for name in own.into_iter().chain([render, word.clone()]) {
            self.take(name, &by, None, found);
        }
        // One error tells enough of a profile.
        if found.errors() > before {
            return;
        }
        for rule in &part.rules {
            let by = format!("the rule of `{}`", rule.id);
            let verbs = [
                (word.as_str(), true),
                ("push", pushed && !rule.push.is_empty()),
                ("pull", pushed && !rule.pull.is_empty()),
            ];
            for (verb, _) in verbs.into_iter().filter(|(_, is_there)| *is_there) {
                if !self.take(format!("docker.{verb}.{}", rule.name), &by, Some(rule.span), found) {
                    break;
                }
            }
        }
        let mut files: Vec<&String> =
            part.rules.iter().flat_map(|rule| std::iter::once(&rule.output).chain(&rule.beside)).collect();
        files.sort_unstable();
        files.dedup();
        for file in files {
            self.take(file.clone(), "an output", None, found);
        }
    }

    /// False: it was taken.
    fn take(&mut self, name: String, by: &str, span: Option<Span>, found: &mut Diagnostics) -> bool {
        let Some(other) = self.0.get(&name) else {
            self.0.insert(name, by.to_owned());
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
