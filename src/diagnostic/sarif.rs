//! One log of SARIF 2.1.0 for a whole run: what code scanning takes, and what editors show beside the lines.
//!
//! A section (§) in a comment is one of the standard, <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>.

use std::collections::HashMap;
use std::fmt::Write;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::source::{SourceMap, Span, clean_path};

use super::format::OUTPUT;
use super::{Code, Diagnostic, Severity, json, printable};

/// What the folder is called that paths begin at. Everyone calls the checkout so, and knows where it is.
const BASE: &str = "%SRCROOT%";

/// What a finding is known by when lines have moved: a number at the end tells a new way to compute it apart.
const FINGERPRINT: &str = "dockmillLine/v1";

/// A log that is being written.
#[derive(Debug)]
pub struct SarifLog {
    /// The folder that names of files begin at.
    from: Utf8PathBuf,
    /// The folder that paths in the log begin at.
    root: Utf8PathBuf,
    /// What is said of a kind, in Markdown, where there is more than a sentence.
    page: fn(Code) -> Option<String>,
    /// The kinds that were found, by their names, as `reportingDescriptor`s.
    rules: IndexMap<String, Value>,
    results: Vec<Value>,
    /// What has no place in a file. §3.20.21
    notifications: Vec<Value>,
    /// How often a fingerprint came.
    seen: HashMap<String, usize>,
}

/// What another tool found in a line of a template.
#[derive(Debug, Clone, Copy)]
pub struct Outside<'a> {
    /// The rule's name there.
    pub rule: &'a str,
    /// `error`, `warning` or `note`.
    pub level: &'a str,
    /// What it said.
    pub message: &'a str,
    /// The line.
    pub span: Span,
    /// The targets that have it.
    pub targets: &'a [&'a str],
}

impl SarifLog {
    /// A log in which the names of files begin at `from` and paths at `root`, both absolute. `page` tells of a kind in Markdown
    /// what there is to say beyond a sentence.
    pub fn new(from: Utf8PathBuf, root: Utf8PathBuf, page: fn(Code) -> Option<String>) -> Self {
        let (rules, results, notifications, seen) = (IndexMap::new(), Vec::new(), Vec::new(), HashMap::new());
        Self { from, root, page, rules, results, notifications, seen }
    }

    /// The log of these diagnostics alone, of files that nobody knows the folder of.
    pub(super) fn of(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
        let mut log = Self::new(Utf8PathBuf::new(), Utf8PathBuf::new(), |_| None);
        for diagnostic in diagnostics {
            log.add(diagnostic, sources);
        }
        log.finish(None)
    }

    /// Adds a diagnostic.
    pub fn add(&mut self, diagnostic: &Diagnostic, sources: &SourceMap) {
        let level = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut message = diagnostic.message.clone();
        for note in diagnostic.facts() {
            let _ = write!(message, "\nnote: {note}");
        }
        for help in &diagnostic.help {
            let _ = write!(message, "\nhelp: {}", help.text);
        }
        let place = diagnostic.primary.as_ref().filter(|label| sources.get(label.span.file).can_be_opened());
        let Some(label) = place else {
            if let Some(file) = diagnostic.file.as_ref().filter(|_| diagnostic.primary.is_none()) {
                let code = diagnostic.code;
                self.whole((code.name(), code.about()), file, (level, &message), &diagnostic.targets);
                return;
            }
            // A result without a file is refused by those who show results in files.
            let mut notification = notification(level, &message);
            notification["descriptor"] = json!({ "id": diagnostic.code.name() });
            self.notifications.push(notification);
            return;
        };
        let code = diagnostic.code;
        let page = (self.page)(code);
        let about = code.about();
        let index = self.rule(code.name(), about, page.as_deref());
        let others = diagnostic.other_places().map(|label| (label.span, &label.text));
        let others = others.chain(diagnostic.trace.iter().map(|step| (step.site, &step.text)));
        let related = others.filter_map(|(span, text)| {
            let physical = self.physical(sources, span)?;
            Some(json!({ "physicalLocation": physical, "message": { "text": printable(text) } }))
        });
        let related = each_once(related);
        let line = sources.get(label.span.file);
        let range = line.line_range(line.line(label.span.start)).unwrap_or(0..0);
        let line = line.bytes()[range.start as usize..range.end as usize].trim_ascii().to_vec();
        let uri = self.uri(sources.get(label.span.file).name());
        let fingerprint = self.fingerprint(code.name(), uri.as_str().unwrap_or_default(), &line);
        let mut location = json!({ "physicalLocation": self.physical(sources, label.span) });
        if !label.text.is_empty() {
            // §3.28.5
            location["message"] = json!({ "text": printable(&label.text) });
        }
        let fixes = each_once(diagnostic.help.iter().filter_map(|help| self.fix(help, sources)));
        let mut result = result(code.name(), index, level, &message, &location, &fingerprint);
        for (key, list) in [("relatedLocations", related), ("fixes", fixes)] {
            if !list.is_empty() {
                result[key] = list.into();
            }
        }
        if !diagnostic.targets.is_empty() {
            result["properties"] = json!({ "targets": &*diagnostic.targets });
        }
        self.results.push(result);
    }

    /// Adds what another tool found.
    pub fn outside(&mut self, found: &Outside<'_>, sources: &SourceMap) {
        let Outside { rule, level, message, span, targets } = *found;
        let Some(physical) = self.physical(sources, span) else {
            return self.notifications.push(notification(level, message));
        };
        let index = self.rule(rule, "A finding of another tool.", None);
        let file = sources.get(span.file);
        let uri = self.uri(file.name());
        let line = file.bytes().get(span.start as usize..span.end as usize).unwrap_or_default().trim_ascii();
        let fingerprint = self.fingerprint(rule, uri.as_str().unwrap_or_default(), line);
        let location = json!({ "physicalLocation": physical });
        let mut result = result(rule, index, level, message, &location, &fingerprint);
        result["properties"] = json!({ "targets": targets });
        self.results.push(result);
    }

    /// Adds what is wrong with a file as a whole.
    pub fn file(&mut self, path: &Utf8Path, target: Option<&str>, message: &str) {
        let about = "A file of the project is not what its templates make of it.";
        self.whole((OUTPUT, about), path, ("error", message), target.as_slice());
    }

    /// A result whose place is a whole file.
    fn whole<T: Serialize>(
        &mut self,
        (rule, about): (&str, &str),
        path: &Utf8Path,
        (level, message): (&str, &str),
        targets: &[T],
    ) {
        let index = self.rule(rule, about, None);
        let uri = self.uri(path);
        let fingerprint = self.fingerprint(rule, uri.as_str().unwrap_or_default(), &[]);
        let location = json!({ "physicalLocation": { "artifactLocation": self.artifact(path) } });
        let mut result = result(rule, index, level, message, &location, &fingerprint);
        if !targets.is_empty() {
            result["properties"] = json!({ "targets": targets });
        }
        self.results.push(result);
    }

    /// Adds what was done.
    pub fn note(&mut self, message: &str) {
        self.notifications.push(notification("note", message));
    }

    /// Adds an error that has neither a kind nor a place.
    pub fn plain(&mut self, message: &str) {
        self.notifications.push(notification("error", message));
    }

    /// The whole log. `status` is the exit status, where there is one. Errors in templates are results: the run was one.
    pub fn finish(self, status: Option<u8>) -> String {
        let is_whole = !self.notifications.iter().any(|notification| notification["level"] == "error");
        let mut invocation = json!({ "executionSuccessful": is_whole });
        if let Some(status) = status {
            invocation["exitCode"] = status.into();
        }
        if !self.notifications.is_empty() {
            invocation["toolExecutionNotifications"] = self.notifications.into();
        }
        let mut run = json!({
            "tool": { "driver": {
                "name": "dockmill",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": self.rules.into_values().collect::<Vec<_>>(),
            } },
            "invocations": [invocation],
            // As `SourceFile::position` counts them.
            "columnKind": "unicodeCodePoints",
            "results": self.results,
        });
        if self.root.is_absolute() {
            // §3.14.14: it ends in a slash.
            let root = format!("file://{}/", encoded(&slashed(&self.root)));
            run["originalUriBaseIds"] = json!({ BASE: { "uri": root } });
        }
        let log = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [run],
        });
        json::line(&log.to_string())
    }

    /// The place of a kind among those that were found.
    fn rule(&mut self, name: &str, about: &str, page: Option<&str>) -> usize {
        let entry = self.rules.entry(name.to_owned());
        let index = entry.index();
        entry.or_insert_with(|| {
            let mut rule = json!({ "id": name, "shortDescription": { "text": about } });
            let page = page.unwrap_or(about);
            // Text is asked for wherever Markdown stands. §3.12.4
            rule["help"] = json!({ "text": page, "markdown": page });
            rule
        });
        index
    }

    /// The same for the same line of the same file, wherever the line has moved to; the second of its kind is told apart.
    fn fingerprint(&mut self, rule: &str, uri: &str, line: &[u8]) -> String {
        let hash = Sha256::new().chain_update(rule).chain_update([0]).chain_update(uri).chain_update([0]);
        let hash = hash.chain_update(line).finalize();
        let mut text = String::new();
        for byte in hash.iter().take(8) {
            let _ = write!(text, "{byte:02x}");
        }
        let count = self.seen.entry(text.clone()).or_default();
        *count += 1;
        let _ = write!(text, ":{count}");
        text
    }

    /// The way to a file from [`Self::root`], as a URI; a file that is not below it is named whole.
    fn uri(&self, name: &Utf8Path) -> Value {
        let path = clean_path(&self.from.join(name));
        let uri = match path.strip_prefix(&self.root) {
            Ok(inside) => encoded(&slashed(inside)),
            Err(_) => format!("file://{}", encoded(&slashed(&path))),
        };
        uri.into()
    }

    fn artifact(&self, name: &Utf8Path) -> Value {
        let uri = self.uri(name);
        // What is named whole has no base. §3.4.4
        if uri.as_str().is_some_and(|uri| uri.starts_with("file:")) {
            return json!({ "uri": uri });
        }
        json!({ "uri": uri, "uriBaseId": BASE })
    }

    /// A place in a file that can be opened.
    fn physical(&self, sources: &SourceMap, span: Span) -> Option<Value> {
        let file = sources.get(span.file);
        let artifact = || json!({ "artifactLocation": self.artifact(file.name()), "region": region(sources, span) });
        file.can_be_opened().then(artifact)
    }

    /// What is to be written in place of what. §3.55
    fn fix(&self, help: &super::Help, sources: &SourceMap) -> Option<Value> {
        let (span, with) = help.exact(sources)?;
        let file = sources.get(span.file);
        file.can_be_opened().then(|| {
            json!({
                "description": { "text": printable(&help.text) },
                "artifactChanges": [{
                    "artifactLocation": self.artifact(file.name()),
                    "replacements": [{ "deletedRegion": region(sources, span), "insertedContent": { "text": with } }],
                }],
            })
        })
    }
}

/// What SARIF has in a list stands there once: a macro may call itself from the same place.
fn each_once(all: impl Iterator<Item = Value>) -> Vec<Value> {
    all.fold(Vec::new(), |mut list, value| {
        if !list.contains(&value) {
            list.push(value);
        }
        list
    })
}

/// Braces are not doubled, as §3.11.5 would have them for placeholders: no reader fills these where there are no arguments, and
/// all would show `@{{name}}`.
fn result(rule: &str, index: usize, level: &str, message: &str, location: &Value, fingerprint: &str) -> Value {
    json!({
        "ruleId": rule,
        "ruleIndex": index,
        "level": level,
        "message": { "text": printable(message) },
        "locations": [location],
        "partialFingerprints": { FINGERPRINT: fingerprint },
    })
}

fn notification(level: &str, message: &str) -> Value {
    json!({ "level": level, "message": { "text": printable(message) } })
}

/// Lines and columns count from 1, and the end is behind the last character, here as there. §3.30
fn region(sources: &SourceMap, span: Span) -> Value {
    let file = sources.get(span.file);
    let (line, column) = file.position(span.start);
    let (end_line, end_column) = file.position(span.end.max(span.start));
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// With `/` on every system, and before the letter of a drive.
fn slashed(path: &Utf8Path) -> String {
    let text = path.as_str().replace(std::path::MAIN_SEPARATOR, "/");
    if path.is_absolute() && !text.starts_with('/') { format!("/{text}") } else { text }
}

/// A path as a URI has it: all but what RFC 3986 calls unreserved is in hexadecimal.
fn encoded(path: &str) -> String {
    path.bytes().fold(String::with_capacity(path.len()), |mut uri, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => _ = write!(uri, "%{byte:02X}"),
        }
        uri
    })
}
