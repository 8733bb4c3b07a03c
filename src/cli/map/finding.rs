//! Findings of other tools, as they write them for programs: SARIF, what `docker build --call=check,format=json` writes, and
//! objects with a file and a line.

use camino::Utf8PathBuf;
use serde_json::Value;

/// What another tool found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// `None`: in the one file that is meant.
    pub(super) file: Option<Utf8PathBuf>,
    pub(super) line: u32,
    pub(super) rule: String,
    pub(super) level: Level,
    pub(super) message: String,
}

/// How bad it is; others have more levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Error,
    Warning,
    Note,
}

impl Level {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// What a tool calls it; a finding without a level is a warning, as it is in SARIF.
    fn of(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "error" | "critical" | "high" | "fatal" | "failure" => Self::Error,
            "info" | "note" | "notice" | "style" | "low" | "ignore" | "none" | "unknown" => Self::Note,
            _ => Self::Warning,
        }
    }
}

const FILES: &[&str] = &["file", "path", "filename", "fileName", "file_path", "File"];
const LINES: &[&str] = &["line", "startLine", "start_line", "lineNumber", "Line"];
const RULES: &[&str] = &["code", "rule", "ruleId", "rule_id", "check_id", "id", "ID"];
const LEVELS: &[&str] = &["level", "severity", "Severity"];
const MESSAGES: &[&str] = &["message", "description", "msg", "title", "Message"];

/// Values in the findings of a tool, about: each takes more memory than the text that it is written in.
const MOST_VALUES: usize = 500_000;

/// Has the JSON so many values that it is not read?
pub(super) fn is_too_much(json: &[u8]) -> bool {
    json.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() > MOST_VALUES
}

/// The findings in what a tool wrote, if all of it is JSON: one value, or one on each line. JSON that holds none is not
/// understood, unless it is a list of nothing.
pub(super) fn read(text: &str) -> Option<Vec<Finding>> {
    let values = serde_json::Deserializer::from_str(text).into_iter::<Value>().collect::<Result<Vec<_>, _>>().ok()?;
    let mut found = Vec::new();
    for value in &values {
        if !(value.is_object() || value.is_array()) {
            return None;
        }
        visit(value, &mut found);
    }
    let is_understood =
        |value: &Value| is_sarif(value) || of_checks(value).is_some() || *value == Value::Array(Vec::new());
    (!found.is_empty() || values.iter().all(is_understood)).then_some(found)
}

fn is_sarif(value: &Value) -> bool {
    value["version"] == "2.1.0" && value["runs"].is_array()
}

/// The warnings and files of BuildKit's checks: `LintResults` in its package `lint`.
fn of_checks(value: &Value) -> Option<(&[Value], &[Value])> {
    Some((value.get("warnings")?.as_array()?, value.get("sources")?.as_array()?))
}

fn of_check(warning: &Value, sources: &[Value]) -> Option<Finding> {
    let location = &warning["location"];
    // The first file is number 0, which is not written.
    let source = usize::try_from(location["sourceIndex"].as_u64().unwrap_or(0)).ok()?;
    let text = |key: &str| warning[key].as_str().unwrap_or_default();
    Some(Finding {
        file: sources.get(source).and_then(|source| source["filename"].as_str()).map(Utf8PathBuf::from),
        line: u32::try_from(location["ranges"][0]["start"]["line"].as_u64()?).ok()?,
        rule: text("ruleName").to_owned(),
        level: Level::Warning,
        message: if text("detail").is_empty() { text("description") } else { text("detail") }.to_owned(),
    })
}

/// How deep values may stand in each other is bounded by the parser.
fn visit(value: &Value, found: &mut Vec<Finding>) {
    if let Some((warnings, sources)) = of_checks(value) {
        found.extend(warnings.iter().filter_map(|warning| of_check(warning, sources)));
    } else if is_sarif(value) {
        let runs = value["runs"].as_array().into_iter().flatten();
        found.extend(runs.filter_map(|run| run["results"].as_array()).flatten().filter_map(of_sarif));
    } else if let Some(finding) = of_object(value) {
        found.push(finding);
    } else if let Some(entries) = value.as_object() {
        entries.values().for_each(|value| visit(value, found));
    } else {
        value.as_array().into_iter().flatten().for_each(|value| visit(value, found));
    }
}

fn of_sarif(result: &Value) -> Option<Finding> {
    let place = &result["locations"][0]["physicalLocation"];
    let uri = place["artifactLocation"]["uri"].as_str()?;
    Some(Finding {
        file: Some(decoded(uri.strip_prefix("file://").unwrap_or(uri)).into()),
        line: u32::try_from(place["region"]["startLine"].as_u64()?).ok()?,
        rule: result["ruleId"].as_str().unwrap_or_default().to_owned(),
        level: result["level"].as_str().map_or(Level::Warning, Level::of),
        message: result["message"]["text"].as_str().unwrap_or_default().to_owned(),
    })
}

/// An object that names a line, and perhaps a file.
fn of_object(value: &Value) -> Option<Finding> {
    let object = value.as_object()?;
    let first = |names: &[&str]| names.iter().find_map(|name| object.get(*name));
    let text = |names: &[&str]| first(names).and_then(Value::as_str).map(str::to_owned);
    let line = first(LINES)?;
    let line = line.as_u64().or_else(|| line.as_str()?.parse().ok())?;
    let rule = first(RULES).map(|rule| rule.as_str().map_or_else(|| rule.to_string(), str::to_owned));
    let file = text(FILES).map(Utf8PathBuf::from);
    let message = text(MESSAGES);
    // A number alone is no finding.
    if file.is_none() && message.is_none() {
        return None;
    }
    Some(Finding {
        file,
        line: u32::try_from(line).ok()?,
        rule: rule.unwrap_or_default(),
        level: text(LEVELS).map_or(Level::Warning, |level| Level::of(&level)),
        message: message.unwrap_or_default(),
    })
}

/// The path in a URI.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        if let (b'%', Some(code)) = (first, code) {
            bytes.push(code);
            rest = &behind[2..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn tools_have_many_names_for_the_same() {
        let hadolint =
            r#"[{"code":"DL3008","column":1,"file":"a/Dockerfile","level":"warning","line":5,"message":"Pin"}]"#;
        let generic = "{\"path\": \"a/Dockerfile\", \"line\": \"5\", \"msg\": \"Pin\", \"code\": \"DL3008\"}\n";
        let nested = r#"{"results": {"failed": [{"file_path": "a/Dockerfile", "startLine": 5, "description": "Pin", "rule": "DL3008", "severity": "MEDIUM"}]}}"#;
        let sarif = r#"{"version": "2.1.0", "runs": [{"results": [{"ruleId": "DL3008", "message": {"text": "Pin"}, "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": "a/%44ockerfile"}, "region": {"startLine": 5}}}]}]}]}"#;
        for text in [hadolint, generic, nested, sarif] {
            let found = read(text).unwrap();
            let (file, rule, message) = (Some("a/Dockerfile".into()), "DL3008".to_owned(), "Pin".to_owned());
            assert_eq!(found, [Finding { file, line: 5, rule, level: Level::Warning, message }], "{text}");
        }
        assert_eq!(read("[1/2] FROM debian\n"), None);
        assert_eq!(read("12\n"), None);
        assert_eq!(read("{\"line\": 5}\n"), None);
        assert_eq!(read("[]\n"), Some(Vec::new()));
    }

    #[test]
    fn checks_of_buildkit_name_their_file_by_its_number() {
        let text = r#"{"warnings": [{"ruleName": "FromAsCasing", "description": "They should match", "detail": "'as' and 'FROM' do not match",
            "location": {"sourceIndex": 1, "ranges": [{"start": {"line": 5}, "end": {"line": 5}}]}}],
            "sources": [{"filename": "b"}, {"filename": "a/Dockerfile"}]}"#;
        let message = "'as' and 'FROM' do not match".to_owned();
        let (file, rule) = (Some("a/Dockerfile".into()), "FromAsCasing".to_owned());
        assert_eq!(read(text), Some(vec![Finding { file, line: 5, rule, level: Level::Warning, message }]));
        assert_eq!(read(r#"{"warnings": [], "sources": []}"#), Some(Vec::new()));
    }
}
