//! Filters: `value|name(arguments)`.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::diagnostic::{Code, Diagnostic, plural};
use crate::source::Span;

use super::size;
use super::test::numbers;
use super::write::{json, kind, print, shell_quote};

/// A filter's value and arguments, with their places.
pub(super) struct Filtered<'a> {
    pub(super) name: &'a str,
    pub(super) name_span: Span,
    pub(super) value: Value,
    pub(super) value_span: Span,
    pub(super) positional: Vec<Value>,
    pub(super) keywords: Vec<(Arc<str>, Value)>,
    pub(super) span: Span,
}

impl Filtered<'_> {
    fn wrong(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::WrongType, span, message)
    }

    fn failed(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::EvaluationFailed, self.span, message)
    }

    /// Exactly this many arguments, none of them named.
    fn wants(&self, count: usize) -> Result<(), Diagnostic> {
        if self.positional.len() == count && self.keywords.is_empty() {
            return Ok(());
        }
        let given = self.positional.len() + self.keywords.len();
        let message = format!("filter `{}` takes {}, not {given}", self.name, plural(count, "argument"));
        Err(Diagnostic::error(Code::WrongArguments, self.name_span, message))
    }

    fn text(&self) -> Result<&str, Diagnostic> {
        self.value.as_str().ok_or_else(|| {
            let is = kind(&self.value);
            self.wrong(self.value_span, format!("filter `{}` wants text, not {is}", self.name))
                .label(format!("this is {is}"))
        })
    }

    fn items(&self) -> Result<Vec<Value>, Diagnostic> {
        match self.value.kind() {
            ValueKind::Seq | ValueKind::Iterable => Ok(self.value.try_iter().into_iter().flatten().collect()),
            _ => {
                let is = kind(&self.value);
                let error = self.wrong(self.value_span, format!("filter `{}` wants a list, not {is}", self.name));
                Err(error.label(format!("this is {is}")))
            }
        }
    }

    /// dockmill's own filters; `None` where it is minijinja's.
    pub(super) fn own(&self) -> Option<Result<Value, Diagnostic>> {
        Some(match self.name {
            "cont" => self.cont(),
            "json" => self.wants(0).and_then(|()| self.json(" ")),
            "tojson" => self.wants(0).and_then(|()| self.json("")),
            "regex_replace" => self.regex_replace(),
            "shell_quote" => self.shell_quote(),
            "upto" => self.upto(),
            _ => return None,
        })
    }

    fn json(&self, blank: &str) -> Result<Value, Diagnostic> {
        let text = json(&self.value, blank).ok_or_else(|| self.failed("this value cannot be written as JSON"))?;
        Ok(Value::from(text))
    }

    /// Joins a list over continued lines: ` \`, line break, blanks.
    fn cont(&self) -> Result<Value, Diagnostic> {
        self.wants(1)?;
        let Some(blanks) = self.positional[0].as_usize().filter(|blanks| *blanks <= 1000) else {
            return Err(self.failed("filter `cont` wants the number of blanks that the lines begin with"));
        };
        let separator = format!(" \\\n{}", " ".repeat(blanks));
        let items = self.items()?;
        let mut text = String::new();
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push_str(&separator);
            }
            let printed =
                print(item).map_err(|kind| self.wrong(self.value_span, format!("{kind} cannot stand in text")))?;
            size::text(text.len() + printed.len(), self.span)?;
            text.push_str(&printed);
        }
        Ok(Value::from(text))
    }

    fn regex_replace(&self) -> Result<Value, Diagnostic> {
        self.wants(2)?;
        let text = self.text()?;
        let (Some(pattern), Some(with)) = (self.positional[0].as_str(), self.positional[1].as_str()) else {
            return Err(self.failed("filter `regex_replace` wants a pattern and a replacement, both text"));
        };
        // The engine is linear in the text; the bound is on what a pattern may be compiled to.
        let regex = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build();
        let regex = regex.map_err(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            self.failed(format!("`{pattern}` is no regular expression: {reason}"))
        })?;
        let matches = regex.find_iter(text).count();
        // A group in the replacement is at most as long as what was matched.
        let groups = with.matches('$').count();
        let grown = matches.saturating_mul(with.len()).saturating_add(groups.saturating_mul(text.len()));
        size::text(text.len().saturating_add(grown), self.span)?;
        Ok(Value::from(regex.replace_all(text, with).into_owned()))
    }

    /// Text, or each item of a list, as a word of a POSIX shell.
    fn shell_quote(&self) -> Result<Value, Diagnostic> {
        self.wants(0)?;
        let quote = |value: &Value| {
            let text =
                print(value).map_err(|kind| self.wrong(self.value_span, format!("{kind} is no word of a shell")))?;
            Ok(shell_quote(&text))
        };
        match self.value.kind() {
            ValueKind::Seq | ValueKind::Iterable => {
                let words: Result<Vec<String>, Diagnostic> = self.items()?.iter().map(quote).collect();
                Ok(Value::from(words?.join(" ")))
            }
            _ => quote(&self.value).map(Value::from),
        }
    }

    /// The first numbers of a version: `3.12.8|upto(2)` is `3.12`.
    fn upto(&self) -> Result<Value, Diagnostic> {
        self.wants(1)?;
        let text = self.text()?;
        if numbers(text).is_none() {
            return Err(self.failed(format!("`{text}` is no version: numbers between dots are wanted")));
        }
        let parts: Vec<&str> = text.split('.').collect();
        match self.positional[0].as_usize() {
            Some(count) if (1..=parts.len()).contains(&count) => Ok(Value::from(parts[..count].join("."))),
            _ => {
                Err(self.failed(format!("`{text}` has {}, not {}", plural(parts.len(), "number"), self.positional[0])))
            }
        }
    }

    /// What minijinja would make silently, slowly or without end is refused before it is asked.
    pub(super) fn guard(&mut self) -> Result<(), Diagnostic> {
        let number = |value: Option<&Value>| value.and_then(Value::as_usize).unwrap_or(0);
        match self.name {
            "sort" | "unique" | "dictsort" | "groupby" => {
                if self.keywords.iter().all(|(name, _)| &**name != "case_sensitive") {
                    self.keywords.push((Arc::from("case_sensitive"), Value::from(true)));
                }
                if matches!(self.name, "sort" | "unique") {
                    self.one_kind()?;
                }
            }
            "min" | "max" | "sum" => self.one_kind()?,
            "join" => {
                let separator = self.positional.first().map_or(0, size::of);
                let mut length = 0_usize;
                for item in self.value.try_iter().into_iter().flatten() {
                    print(&item).map_err(|kind| {
                        self.wrong(self.value_span, format!("{kind} cannot be joined to text"))
                            .label(format!("an item is {kind}"))
                    })?;
                    length = length.saturating_add(size::of(&item)).saturating_add(separator);
                }
                size::text(length, self.span)?;
            }
            "replace" => {
                let text = size::of(&self.value);
                let old = self.positional.first().map_or(1, size::of).max(1);
                let new = self.positional.get(1).map_or(0, size::of);
                size::text((text / old + 1).saturating_mul(new).saturating_add(text), self.span)?;
            }
            "indent" => {
                let lines = self.value.as_str().map_or(0, |text| text.lines().count() + 1);
                let width = number(self.positional.first().or(self.keyword("width")));
                size::text(lines.saturating_mul(width).saturating_add(size::of(&self.value)), self.span)?;
            }
            "batch" | "slice" => size::items(number(self.positional.first().or(self.keyword("count"))), self.span)?,
            "format" => {
                let mut digits = 0;
                for c in self.value.as_str().unwrap_or_default().chars() {
                    digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
                    if digits > 4 {
                        return Err(self.failed("a width of more than four digits is a mistake"));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn keyword(&self, name: &str) -> Option<&Value> {
        self.keywords.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }

    /// Mixed kinds have no order that anyone means.
    fn one_kind(&self) -> Result<(), Diagnostic> {
        let items = self.items()?;
        let Some(first) = items.first() else { return Ok(()) };
        match items.iter().find(|item| item.kind() != first.kind()) {
            None => Ok(()),
            Some(other) => {
                let message = format!("filter `{}` wants items of one kind", self.name);
                let error = self.wrong(self.value_span, message);
                Err(error.label(format!("here are {} and {}", kind(first), kind(other))))
            }
        }
    }
}
