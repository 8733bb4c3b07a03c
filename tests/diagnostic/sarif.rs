//! Logs of SARIF, held against the standard: the objects that dockmill writes, with what §3 requires of each. What is not written
//! stands in no object here, so that a name that the standard has not is found.

use dockmill::diagnostic::{Code, Diagnostic, Format, Severity, Style, TraceStep};
use dockmill::source::{FileOrigin, SourceMap, Span};
use serde_json::{Value, json};

/// An object with these members and no others, the first `required` of them always.
fn object(required: usize, members: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> =
        members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    json!({ "type": "object", "additionalProperties": false, "required": names[..required], "properties": properties })
}

fn list(of: &Value) -> Value {
    json!({ "type": "array", "minItems": 1, "uniqueItems": true, "items": of })
}

pub(crate) fn validator() -> jsonschema::Validator {
    let text = json!({ "type": "string", "minLength": 1 });
    let number = |least: u32| json!({ "type": "integer", "minimum": least });
    let message = object(1, &[("text", json!({ "type": "string" }))]);
    let level = json!({ "enum": ["error", "warning", "note"] });
    let uri = json!({ "type": "string", "pattern": "^([A-Za-z0-9._~/-]|%[0-9A-F]{2}|^file:/)*$" });
    let artifact = object(1, &[("uri", uri.clone()), ("uriBaseId", json!({ "const": "%SRCROOT%" }))]);
    let region = object(
        4,
        &[("startLine", number(1)), ("startColumn", number(1)), ("endLine", number(1)), ("endColumn", number(1))],
    );
    let physical = object(1, &[("artifactLocation", artifact.clone()), ("region", region.clone())]);
    let location = object(1, &[("physicalLocation", physical), ("message", message.clone())]);
    let content = object(1, &[("text", json!({ "type": "string" }))]);
    let replacement = object(1, &[("deletedRegion", region), ("insertedContent", content)]);
    let change = object(2, &[("artifactLocation", artifact), ("replacements", list(&replacement))]);
    let fix = object(1, &[("artifactChanges", list(&change)), ("description", message.clone())]);
    let prints =
        object(1, &[("dockmillLine/v1", json!({ "type": "string", "pattern": "^[0-9a-f]{16}:[1-9][0-9]*$" }))]);
    let bag = object(1, &[("targets", list(&json!({ "type": "string" })))]);
    let result = object(
        6,
        &[
            ("ruleId", text.clone()),
            ("ruleIndex", number(0)),
            ("level", level.clone()),
            ("message", message.clone()),
            ("locations", list(&location)),
            ("partialFingerprints", prints),
            ("relatedLocations", list(&location)),
            ("fixes", list(&fix)),
            ("properties", bag),
        ],
    );
    let help = object(2, &[("text", text.clone()), ("markdown", text.clone())]);
    let rule = object(3, &[("id", text.clone()), ("shortDescription", message.clone()), ("help", help)]);
    let rules = json!({ "type": "array", "uniqueItems": true, "items": rule });
    let driver = object(
        4,
        &[
            ("name", text.clone()),
            ("semanticVersion", text.clone()),
            ("informationUri", text.clone()),
            ("rules", rules),
        ],
    );
    let descriptor = object(1, &[("id", text)]);
    let notification = object(2, &[("level", level), ("message", message), ("descriptor", descriptor)]);
    let notifications = json!({ "type": "array", "minItems": 1, "items": notification });
    let invocation = object(
        1,
        &[
            ("executionSuccessful", json!({ "type": "boolean" })),
            ("exitCode", number(0)),
            ("toolExecutionNotifications", notifications),
        ],
    );
    // It ends in a slash, and an absolute URI is what a base is.
    let base = object(1, &[("uri", json!({ "type": "string", "pattern": "^file:///.*/$" }))]);
    let run = object(
        4,
        &[
            ("tool", object(1, &[("driver", driver)])),
            ("invocations", list(&invocation)),
            ("columnKind", json!({ "const": "unicodeCodePoints" })),
            ("results", json!({ "type": "array", "items": result })),
            ("originalUriBaseIds", object(1, &[("%SRCROOT%", base)])),
        ],
    );
    let schema = json!({ "const": "https://json.schemastore.org/sarif-2.1.0.json" });
    let log = object(3, &[("$schema", schema), ("version", json!({ "const": "2.1.0" })), ("runs", list(&run))]);
    jsonschema::draft7::new(&log).unwrap()
}

/// Fails where a log is none, or where a result and its rule do not belong together.
pub(crate) fn expect_log(validator: &jsonschema::Validator, text: &str) -> Value {
    let log: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> = validator.iter_errors(&log).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{text}");
    let run = &log["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"], "{text}");
    }
    log
}

#[test]
fn every_kind_of_message_is_in_the_log() {
    let sources = SourceMap::default();
    let file = sources.add("a b/é.dockmill", b"@{typo}\r\nRUN x\n\n@{typo}\n".to_vec());
    let library = sources.add(FileOrigin::Library("std/apt.dockmill".into()), b"x\n".to_vec());
    let argument = sources.add(FileOrigin::Argument, b"-D x".to_vec());
    let at = |start, end| Span::new(file, start, end);
    let mut first = Diagnostic::error(Code::UnknownName, at(2, 6), "unknown name `typo`")
        .label("here")
        .also(at(13, 14), "there")
        .also(at(13, 14), "there")
        .also(Span::new(library, 0, 1), "in the library")
        .replace("did you mean `type`?", at(2, 6), "type")
        .replace("did you mean `y`?", Span::new(argument, 0, 1), "y");
    first.trace.push(TraceStep { site: at(9, 14), text: "in macro `m`".to_owned(), is_round: false });
    let again = Diagnostic::warning(Code::UnknownName, at(18, 22), "unknown name `typo`");
    let nowhere = Diagnostic::bare(Severity::Error, Code::FileNotFound, "there is no manifest");
    let of_argument = Diagnostic::error(Code::UnknownDefine, Span::new(argument, 3, 4), "no `x`");
    let of_check = Diagnostic::warning(Code::FromAsCasing, at(9, 12), "`as`");
    let fold = |targets: &[String]| targets.join(", ");
    let text = Format::Sarif.render(
        &[first, again, nowhere, of_argument, of_check],
        &sources,
        &Style { colour: false, width: 100, fold: &fold },
    );
    let log = expect_log(&validator(), &text);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    let of = |index: usize| &results[index]["locations"][0]["physicalLocation"];
    assert_eq!(of(0)["artifactLocation"]["uri"], "a%20b/%C3%A9.dockmill");
    assert_eq!(of(0)["region"], json!({ "startLine": 1, "startColumn": 3, "endLine": 1, "endColumn": 7 }));
    assert_eq!(of(1)["region"]["startLine"], 4);
    // What is the same but for its place is told apart by its number.
    let print = |index: usize| results[index]["partialFingerprints"]["dockmillLine/v1"].as_str().unwrap();
    assert_eq!(print(0).replace(":1", ":2"), print(1));
    // What is said twice, and what no editor can open, is left out.
    assert_eq!(results[0]["relatedLocations"].as_array().unwrap().len(), 2);
    assert_eq!(results[0]["fixes"].as_array().unwrap().len(), 1);
    // Both of what has no file.
    let told = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let told: Vec<&str> = told.iter().map(|told| told["descriptor"]["id"].as_str().unwrap()).collect();
    assert_eq!(told, ["file-not-found", "unknown-define"]);
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 2);
}
