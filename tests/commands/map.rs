//! `dockmill map` with findings that other tools write for programs, and folded.

use crate::diagnostic::sarif;
use crate::support::Folder;

fn project() -> Folder {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"x\"\n[axis]\nrelease = [\"trixie\", \"sid\"]\n[image.a]\nmatrix = [\"release\"]\n",
    );
    folder.write("a/Dockerfile.dockmill", "FROM debian:@{release}\n@include(\"part.dockmill\")\nRUN last\n");
    folder.write("a/part.dockmill", "@if(release == \"sid\")\nRUN more\n@end\n  RUN apt-get install curl\n");
    folder.dockmill(&["render", "--quiet"]).ended(0);
    folder
}

/// The same warning in line 3 of one output and line 4 of the other; one of another file; and one in one output alone.
const HADOLINT: &str = r#"[{"file":"dockerfiles/a/trixie/Dockerfile","line":3,"column":1,"level":"warning","code":"DL3008","message":"Pin versions"},
{"file":"dockerfiles/a/sid/Dockerfile","line":4,"column":1,"level":"warning","code":"DL3008","message":"Pin versions"},
{"file":"dockerfiles/a/sid/Dockerfile","line":3,"column":1,"level":"error","code":"SC2000","message":"no"},
{"file":"other/Dockerfile","line":1,"column":1,"level":"info","code":"DL3007","message":"latest"}]
"#;

const FOLDED: &str = "a/part.dockmill:4: warning DL3008: Pin versions\n    lines 3, 4 of 2 outputs in a/*\n\
    a/part.dockmill:2: error SC2000: no\n    line 3 of dockerfiles/a/sid/Dockerfile\n\
    other/Dockerfile:1: note DL3007: latest\n";

#[test]
fn one_finding_in_many_outputs_is_one() {
    let folder = project();
    folder.write("found.json", HADOLINT);
    assert_eq!(folder.shell("dockmill map < found.json").ended(0).stdout, FOLDED);
    // One object on each line.
    folder.write("found.json", &HADOLINT.replace("},", "}").replace(['[', ']'], ""));
    assert_eq!(folder.shell("dockmill map < found.json").ended(0).stdout, FOLDED);
    // A log that begins with a bracket is none of these, and what is cut off or holds no finding is passed on.
    for text in ["[+] Building 1s\n", "{\"file\": \"dockerfiles/a/sid/Dockerfile\", \n", "{\"a\": 1}\n"] {
        folder.write("log", text);
        assert_eq!(folder.shell("dockmill map < log").ended(0).stdout, text);
    }
    // Nothing is lost where there is no project.
    folder.write("found.json", HADOLINT);
    let lost = folder.shell("dockmill map -f nothing.toml < found.json");
    assert_eq!((lost.status, lost.stdout.as_str()), (2, HADOLINT));
}

/// What `docker build --call=check,format=json` writes of one Dockerfile.
const CHECKED: &str = r#"{"warnings": [{"ruleName": "FromAsCasing", "description": "They should match", "detail": "no match",
    "location": {"ranges": [{"start": {"line": 4}, "end": {"line": 4}}]}}], "sources": [{"filename": "Dockerfile"}]}"#;

#[test]
fn checks_of_docker_for_programs_are_of_the_target_that_is_named() {
    let folder = project();
    folder.write("found.json", CHECKED);
    let said = folder.shell("dockmill map a/sid < found.json").ended(0).stdout;
    assert_eq!(said, "a/part.dockmill:4: warning FromAsCasing: no match\n    line 4 of dockerfiles/a/sid/Dockerfile\n");
}

#[test]
fn a_log_has_the_places_of_the_templates() {
    let folder = project();
    folder.write("found.json", HADOLINT);
    let log = folder.shell("dockmill map --format sarif < found.json").ended(0).stdout;
    let log = sarif::expect_log(&sarif::validator(), &log);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let told: Vec<(&str, &str, &str, u64, u64)> = results
        .iter()
        .map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            (
                result["ruleId"].as_str().unwrap(),
                result["level"].as_str().unwrap(),
                place["artifactLocation"]["uri"].as_str().unwrap(),
                place["region"]["startLine"].as_u64().unwrap(),
                place["region"]["startColumn"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("DL3008", "warning", "a/part.dockmill", 4, 3), ("SC2000", "error", "a/part.dockmill", 2, 1)]);
    assert_eq!(results[0]["properties"]["targets"], serde_json::json!(["a/sid", "a/trixie"]));
    // What another tool writes as SARIF is read as well, this log among them: its places are no outputs.
    let found = r#"{"version":"2.1.0","runs":[{"results":[{"ruleId":"DL3008","message":{"text":"Pin versions"},"locations":[
        {"physicalLocation":{"artifactLocation":{"uri":"dockerfiles/a/sid/Dockerfile"},"region":{"startLine":4}}}]}]}]}"#;
    folder.write("found.sarif", found);
    let told = folder.shell("dockmill map < found.sarif").ended(0).stdout;
    assert_eq!(told, "a/part.dockmill:4: warning DL3008: Pin versions\n    line 4 of dockerfiles/a/sid/Dockerfile\n");
    // Lines of text: what is no finding goes past the log.
    folder.write("said", "hadolint:\ndockerfiles/a/sid/Dockerfile:4 DL3008 warning: Pin\ndockerfiles/a/trixie/Dockerfile:3 DL3008 warning: Pin\n");
    let said = folder.shell("dockmill map --format sarif < said").ended(0);
    assert_eq!(said.stderr, "hadolint:\n");
    let log = sarif::expect_log(&sarif::validator(), &said.stdout);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!((results.len(), results[0]["ruleId"].as_str()), (1, Some("DL3008")));
}

/// BuildKit names no folder, and each build tells of its own Dockerfile.
#[test]
fn one_warning_of_several_builds_is_one() {
    let folder = project();
    folder.write(
        "log",
        "a/trixie | WARN: JSONArgsRecommended: use JSON (line 3)\n\
         a/sid    | WARN: JSONArgsRecommended: use JSON (line 4)\n\
         a/sid    | #5 done\n\
         a/sid    | Dockerfile:3\n",
    );
    let told = folder.shell("dockmill map --fold < log").ended(0).stdout;
    assert_eq!(
        told,
        "a/sid    | #5 done\n\
         WARN: JSONArgsRecommended: use JSON (a/part.dockmill:4)\n    lines 3, 4 of 2 outputs in a/*\n\
         a/part.dockmill:2\n    line 3 of dockerfiles/a/sid/Dockerfile\n"
    );
}

/// A warning of several lines is one, with its place: `docker build --check` prints the place behind it.
#[test]
fn a_warning_of_several_lines_is_not_torn() {
    let folder = project();
    let warning = |line: u32| {
        format!(
            "WARNING: JSONArgsRecommended - https://docs.example/json\nJSON arguments recommended\nDockerfile:{line}\n\
             --------------------\n   {line} | >>>   RUN apt-get install curl\n--------------------\n\n"
        )
    };
    let on = |id: &str, text: &str| text.lines().flat_map(|line| [id, " | ", line, "\n"]).collect::<String>();
    folder.write("log", &(on("a/trixie", &warning(3)) + &on("a/sid", &warning(4)) + "WARNING: buildx is old\nend\n"));
    assert_eq!(
        folder.shell("dockmill map --fold < log").ended(0).stdout,
        "a/trixie | \na/sid | \nWARNING: buildx is old\nend\n\
         a/part.dockmill:4: warning JSONArgsRecommended: JSON arguments recommended (https://docs.example/json)\n    \
         lines 3, 4 of 2 outputs in a/*\n"
    );
    // What breaks off is told as far as it came.
    folder.write("log", "WARNING: JSONArgsRecommended - https://docs.example/json\nJSON\n");
    assert_eq!(
        folder.shell("dockmill map --fold a/sid < log").ended(0).stdout.trim_end(),
        "WARNING: JSONArgsRecommended - https://docs.example/json\nJSON"
    );
}

/// A line without an end need not fit in memory, and JSON takes more of it than its text.
#[test]
fn what_is_too_large_goes_through() {
    let folder = project();
    let long = "dockerfiles/a/sid/Dockerfile:4 ".repeat(40_000);
    folder.write("log", &format!("{long}\ndockerfiles/a/sid/Dockerfile:4 x\n"));
    for fold in ["", " --fold"] {
        let ran = folder.shell(&format!("dockmill map{fold} < log")).ended(0);
        assert!(ran.stdout.starts_with(&format!("{long}\n")) && ran.stdout.contains("a/part.dockmill:4"));
        assert_eq!(ran.stderr, "note: 1 line of more than 1 MiB went through without being looked at\n");
    }
    let many = format!("[{}{{}}]\n", "{},".repeat(300_000));
    folder.write("found.json", &many);
    let ran = folder.shell("dockmill map < found.json").ended(0);
    assert_eq!(ran.stdout, many);
    assert!(
        ran.stderr.starts_with("note: this JSON has more values than are looked through for findings"),
        "{}",
        ran.stderr
    );
}
