//! The parser against BuildKit's own, as the Python package `dockerfile` ships it (BuildKit 0.12.5).

mod fuzz;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dockmill::dockerfile::{DirectiveKind, Dockerfile, Instruction, Keyword, ProblemKind, check, parse};
use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{BUILDKIT_PARSER, Ran, python};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = trials![every_dockerfile_is_read_as_buildkit_reads_it];
    trials.extend(fuzz::trials());
    trials
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Asks the oracle about many files at once.
pub(crate) fn ask(texts: &[String]) -> Vec<Value> {
    Tool::BuildKitParser.wanted();
    let mut child = python().arg(BUILDKIT_PARSER).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = texts.join("\0");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "the oracle failed");
    let answers: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), texts.len());
    answers
}

/// What our parser says, in the oracle's words.
fn told(instruction: &Instruction<'_>) -> Value {
    let heredocs: Vec<Value> = instruction
        .heredocs
        .iter()
        .map(|doc| json!([doc.name, doc.file_descriptor, String::from_utf8_lossy(&doc.content)]))
        .collect();
    let trigger = instruction.trigger();
    // The package says nothing of an ONBUILD's heredocs, and has one empty argument where the parser reads none.
    let is_onbuild = instruction.keyword == Some(Keyword::Onbuild);
    let unknown = is_unknown(instruction);
    json!({
        "name": instruction.name(),
        "trigger": trigger.map(|trigger| trigger.name().into_owned()),
        "flags": instruction.flags(),
        "args": if unknown { vec!["".into()] } else { instruction.args() },
        "json": instruction.is_json(),
        "heredocs": if is_onbuild { Vec::new() } else { heredocs },
        "start_line": instruction.start_line,
        "end_line": instruction.end_line,
    })
}

/// Of an ONBUILD in an ONBUILD the package does not look at the arguments either.
fn is_unknown(instruction: &Instruction<'_>) -> bool {
    match instruction.trigger() {
        Some(trigger) => trigger.keyword.is_none() || trigger.trigger().is_some(),
        None => instruction.keyword.is_none(),
    }
}

/// Does BuildKit's parser refuse it? (It does not look at what instructions mean.)
fn is_refused(dockerfile: &Dockerfile<'_>) -> bool {
    dockerfile.instructions.is_empty()
        || dockerfile.instructions.iter().any(|instruction| instruction.arguments().is_err())
        || dockerfile.problems.iter().any(|problem| match problem.kind {
            ProblemKind::InvalidEscape
            | ProblemKind::MalformedHeredoc { .. }
            | ProblemKind::Repeated(_)
            | ProblemKind::TooLong
            | ProblemKind::TooMany { .. }
            | ProblemKind::UnterminatedHeredoc { .. } => true,
            ProblemKind::Displaced(_)
            | ProblemKind::Misspelt { .. }
            | ProblemKind::EmptyContinuation { .. }
            | ProblemKind::EndOfFile { .. } => false,
        })
}

/// Where BuildKit has changed since 0.12.5, we follow the newer one.
fn is_known_difference(text: &str, dockerfile: &Dockerfile<'_>) -> bool {
    // The directive `check` is new: to the old parser it is a comment, and ends the directives.
    let check = dockerfile.directives.iter().any(|directive| directive.kind == DirectiveKind::Check)
        || text.lines().take(8).any(|line| line.to_lowercase().contains("check"));
    // `${x#y}`, `${x%y}` and `${x/y/z}` are new to the lexer that finds heredocs.
    let pattern = dockerfile.instructions.iter().any(|instruction| {
        let text = String::from_utf8_lossy(instruction.text());
        text.contains("<<") && text.split("${").skip(1).any(|after| after.contains(['#', '%', '/']))
    });
    // What follows a JSON array made it none only later.
    let trailing = dockerfile.instructions.iter().any(|instruction| {
        let holder = instruction.trigger();
        let rest = holder.as_ref().unwrap_or(instruction).rest();
        let rest = String::from_utf8_lossy(rest);
        let array = &rest[rest.find('[').unwrap_or(rest.len())..];
        let ends = array.match_indices(']').map(|(at, _)| &array[..=at]);
        let is_array = |text: &str| {
            let text = format!("CMD {text}");
            parse(text.as_bytes()).instructions[0].arguments().map_or(true, |arguments| arguments.json)
        };
        instruction.arguments().is_ok_and(|arguments| !arguments.json)
            && ends.filter(|array| array.len() < rest.len()).any(is_array)
    });
    // White space other than ASCII's after the `#` of a directive.
    let wide = text.lines().take(8).any(|line| {
        let after = line.trim_start_matches('\u{feff}').trim_start().strip_prefix('#').unwrap_or_default();
        after.trim_start() != after.trim_start_matches([' ', '\t', '\n', '\u{c}', '\r'])
    });
    let blank_escape = text.lines().take(3).any(|line| line.trim_end().to_lowercase().ends_with("escape="))
        || text.lines().take(3).any(|line| line.trim_end().to_lowercase().ends_with("syntax="));
    // Blanks between `<<` and its word.
    let spaced = text.contains("<< ") || text.contains("<<\t") || text.contains("<<\r");
    check || pattern || spaced || trailing || wide || blank_escape
}

/// How a file fared.
pub(crate) enum Verdict {
    Agrees,
    KnownDifference,
    Differs(String),
}

pub(crate) fn compare(text: &str, answer: &Value) -> Verdict {
    if answer["unsaid"] == true {
        return Verdict::KnownDifference;
    }
    let dockerfile = parse(text.as_bytes());
    let verdict = match &answer["ok"] {
        Value::Array(theirs) => {
            let ours: Vec<Value> = dockerfile.instructions.iter().map(told).collect();
            if is_refused(&dockerfile) {
                Verdict::Differs("we would refuse what BuildKit's parser takes".to_owned())
            } else if ours == *theirs {
                Verdict::Agrees
            } else {
                let at = ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs);
                let at = at.unwrap_or_else(|| ours.len().min(theirs.len()));
                Verdict::Differs(format!("ours:   {:?}\ntheirs: {:?}", ours.get(at), theirs.get(at)))
            }
        }
        _ if !is_refused(&dockerfile) => {
            Verdict::Differs(format!("we take what BuildKit refuses: {}", answer["error"]))
        }
        _ if check(&dockerfile).is_empty() => {
            Verdict::Differs("the checks say nothing of what BuildKit refuses".to_owned())
        }
        _ => Verdict::Agrees,
    };
    match verdict {
        Verdict::Differs(_) if is_known_difference(text, &dockerfile) => Verdict::KnownDifference,
        verdict => verdict,
    }
}

/// Every Dockerfile that git keeps: what else lies in the work tree would make other mutants of them on each machine.
pub(crate) fn dockerfiles() -> Vec<PathBuf> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "Dockerfile", "*/Dockerfile", "*.Dockerfile"]).current_dir(root());
    let listed = Ran::of(&mut git).ended(0).stdout;
    let files: Vec<PathBuf> = listed.split_terminator('\0').map(|name| root().join(name)).collect();
    assert!(files.len() > 100, "{} Dockerfiles", files.len());
    files.into_iter().filter(|path| path.is_file() && !path.is_symlink()).collect()
}

fn every_dockerfile_is_read_as_buildkit_reads_it() {
    let files = dockerfiles();
    // The package takes UTF-8 without NUL only.
    let is_text =
        |path: &PathBuf| String::from_utf8(std::fs::read(path).unwrap()).ok().filter(|text| !text.contains('\0'));
    let (names, texts): (Vec<PathBuf>, Vec<String>) =
        files.into_iter().filter_map(|path| is_text(&path).map(|text| (path, text))).unzip();
    let answers = ask(&texts);
    let mut differ = Vec::new();
    let mut known = 0;
    for ((path, text), answer) in names.iter().zip(&texts).zip(&answers) {
        match compare(text, answer) {
            Verdict::Agrees => {}
            Verdict::KnownDifference => known += 1,
            Verdict::Differs(how) => differ.push(format!("{}\n{how}\n", path.display())),
        }
    }
    assert!(known * 4 < texts.len(), "{known} differ where BuildKit has changed since");
    assert!(differ.is_empty(), "{} of {} files differ:\n{}", differ.len(), texts.len(), differ.join("\n"));
}
