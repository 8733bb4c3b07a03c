//! `dockmill adopt --edit`: whatever was changed in the sources, one output of it leads back to a change that gives it, or it is
//! said why not; and nothing is changed where that fails.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::support::Folder;
use crate::support::random::Random;

/// A project as its files.
type Files = BTreeMap<&'static str, String>;

/// Where the template's own lines begin.
const TEMPLATE: &str = "Dockerfile.dockmill";

fn line(random: &mut Random) -> String {
    let word = random.one_of(&["alpha", "beta", "gamma", "delta"]).to_owned();
    match random.below(10) {
        0 => "ENV FULL=@{full} SUM=@{sum}".to_owned(),
        1 => "LABEL data=\"@{data[version].note}\"".to_owned(),
        2 => format!("@if(variant == \"slim\")\nRUN slim {word}\n@else\nRUN fat {word}\n@end"),
        3 => "@foreach(tool, tools)\nRUN get @{tool}\n@end".to_owned(),
        4 => "@twice(version)".to_owned(),
        5 => "@include(\"lib/part.dockmill\")".to_owned(),
        6 => "RUN install \\\n\t@{tools|cont(\"\\t\")}".to_owned(),
        7 => format!("RUN <<EOF\necho {word}\necho @{{full}}\nEOF"),
        _ => format!("RUN {word} \\\n\t&& make {}", random.below(100)),
    }
}

fn project(random: &mut Random) -> Files {
    let mut manifest = "[project]\nname = \"x\"\n[data]\ndata = \"data.json\"\n".to_owned();
    for (version, patch) in [("1.9", 3), ("1.10", 7), ("2.0", random.below(5))] {
        let sum = 1000 + random.below(9000);
        let _ = write!(
            manifest,
            "[axis.version.\"{version}\"]\nfull = \"{version}.{patch}\" # newest\nsum = \"{sum:x}\"\n"
        );
    }
    manifest.push_str("[axis]\nvariant = [\"slim\", \"fat\"]\n[vars]\ntools = [\"curl\", \"git\", \"jq\"]\n");
    manifest.push_str("[image.app]\ntemplate = \"Dockerfile.dockmill\"\nmatrix = [\"version\", \"variant\"]\noutput = \"@{version}/@{variant}/Dockerfile\"\n");
    let lines: Vec<String> = (0..3 + random.below(6)).map(|_| line(random)).collect();
    let template = format!(
        "@define(twice, n)\nRUN first @{{n}}\nRUN second @{{n}}\n@end\nFROM debian\n{}\nCMD [\"app\"]\n",
        lines.join("\n")
    );
    let note = |at: usize| format!("note {at}");
    let data = format!(
        "{{\n  \"1.9\": {{\"note\": \"{}\"}},\n  \"1.10\": {{\"note\": \"{}\"}},\n  \"2.0\": {{\"note\": \"x\"}}\n}}\n",
        note(random.below(9)),
        note(random.below(9))
    );
    Files::from([
        ("dockmill.toml", manifest),
        (TEMPLATE, template),
        ("lib/part.dockmill", "RUN part one\nRUN part two @{version}\n".to_owned()),
        ("data.json", data),
    ])
}

/// A change that a person makes, and what it is.
fn changed(files: &Files, random: &mut Random) -> (Files, &'static str) {
    let mut new = files.clone();
    let kind = *[
        "a line is added",
        "a line is deleted",
        "a word is changed",
        "a value is changed",
        "data is changed",
        "an element is changed",
        "an element is added",
        "an element is deleted",
        "the fragment is changed",
    ]
    .get(random.below(9))
    .unwrap();
    let mut edit = |name: &'static str, from: &str, to: &str| {
        let text = new.get_mut(name).unwrap();
        *text = text.replacen(from, to, 1);
    };
    match kind {
        "a line is added" | "a line is deleted" | "a word is changed" => {
            let text = &files[TEMPLATE];
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let plain: Vec<usize> = (5..lines.len())
                .filter(|at| lines[*at].starts_with("RUN") && !lines[*at].ends_with('\\') && !lines[*at].contains("<<"))
                .collect();
            let at = plain.get(random.below(plain.len())).copied().unwrap_or(lines.len() - 1);
            match kind {
                "a line is added" => lines.insert(at, "ENV ADDED=\"yes\"".to_owned()),
                "a line is deleted" => _ = lines.remove(at),
                _ => lines[at] = format!("{} changed", lines[at]),
            }
            new.insert(TEMPLATE, lines.join("\n") + "\n");
        }
        "a value is changed" => edit("dockmill.toml", "1.10.7", "1.10.8"),
        "data is changed" => edit("data.json", "note ", "remark "),
        "an element is changed" => edit("dockmill.toml", "\"git\"", "\"mercurial\""),
        "an element is added" => edit("dockmill.toml", "\"git\"", "\"git\", \"make\""),
        "an element is deleted" => edit("dockmill.toml", "\"git\", ", ""),
        _ => edit("lib/part.dockmill", "part two", "part three"),
    }
    (new, kind)
}

fn folder(files: &Files) -> Folder {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text);
    }
    folder
}

fn outputs() -> impl Iterator<Item = String> {
    ["1.9", "1.10", "2.0"]
        .into_iter()
        .flat_map(|version| ["slim", "fat"].map(|variant| format!("{version}/{variant}/Dockerfile")))
}

/// Adopts an edited output with each meaning that it may have. Gives how it ended: done, several meanings, none.
fn adopted(files: &Files, path: &str, edited: &str) -> i32 {
    let fresh = || {
        let folder = folder(files);
        folder.dockmill(&["render", "-q"]).ended(0);
        folder.write(path, edited);
        folder
    };
    let is_done = |folder: &Folder| {
        assert_eq!(folder.read(path), edited, "the edited output was written to");
        folder.dockmill(&["check"]).ended(0);
    };
    let first = fresh();
    let ran = first.dockmill(&["adopt", "--edit", path]);
    if ran.status == 0 {
        is_done(&first);
        return 0;
    }
    for (name, text) in files {
        assert_eq!(first.read(name), *text, "a source was changed, though the exit status is {}", ran.status);
    }
    assert_eq!(first.read(path), edited);
    if ran.status == 2 {
        assert!(ran.stderr.contains("[edit-not-adopted]"), "no reason is told: {}", ran.stderr);
        return 2;
    }
    let count = ran.stderr.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).count();
    assert!(count > 1, "{}", ran.stderr);
    for number in 1..=count {
        let folder = fresh();
        folder.dockmill(&["adopt", "--edit", path, "--reach", &number.to_string()]).ended(0);
        is_done(&folder);
    }
    1
}

#[test]
fn an_output_of_changed_sources_leads_back_to_a_change() {
    let mut told: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for seed in 0..36 {
        let mut random = Random::new(seed);
        let before = project(&mut random);
        let (after, kind) = changed(&before, &mut random);
        let (old, new) = (folder(&before), folder(&after));
        old.dockmill(&["render", "-q"]).ended(0);
        if new.dockmill(&["render", "-q"]).status != 0 {
            continue;
        }
        let differing: Vec<String> = outputs().filter(|path| old.read(path) != new.read(path)).collect();
        let Some(path) = differing.get(random.below(differing.len())) else { continue };
        let ended = adopted(&before, path, &new.read(path));
        told.entry(kind).or_default()[usize::try_from(ended).unwrap()] += 1;
    }
    let all: usize = told.values().flatten().sum();
    let none: usize = told.values().map(|counts| counts[2]).sum();
    assert!(all >= 24 && none * 10 <= all, "done, several meanings, none: {told:#?}");
}

/// `script` of Linux gives a program a terminal.
#[test]
#[cfg(target_os = "linux")]
fn on_a_terminal_it_is_asked_what_is_meant() {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"x\"\n[axis]\npart = [\"a\", \"b\"]\n[image.app]\nmatrix = [\"part\"]\n",
    );
    folder.write("app/Dockerfile.dockmill", "FROM debian\nRUN one\nCMD [\"@{part}\"]\n");
    folder.dockmill(&["render", "-q"]).ended(0);
    folder.shell("sed -i s/one/two/ dockerfiles/app/a/Dockerfile").ended(0);
    let ask = |answer: &str| folder.shell(&format!("echo {answer} | script -qec 'dockmill adopt --edit' /dev/null"));
    let seen = ask("3").ended(1).stdout;
    assert!(seen.contains("which one (1 to 2; anything else: none)? "), "{seen}");
    assert!(!folder.read("app/Dockerfile.dockmill").contains("two"));
    ask("1").ended(0);
    assert!(folder.read("dockerfiles/app/b/Dockerfile").contains("RUN two"));
    folder.dockmill(&["check"]).ended(0);
}
