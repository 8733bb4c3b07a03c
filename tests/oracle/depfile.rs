//! Depfiles, with GNU make as the judge: it has to see each dependency, and nothing else.

use std::{
    fs::{self, File},
    process::Command,
    time::{Duration, SystemTime},
};

use camino::Utf8Path;
use dockmill::output::depfile::depfile;
use libtest_mimic::Trial;
use proptest::prelude::*;

use crate::harness::tool::Tool;
use crate::harness::trials;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        make_reads_every_odd_character,
        words_of_make_are_names_too,
        what_make_cannot_read_is_an_error,
        a_dependency_is_written_once,
        make_reads_any_mixture
    ]
}

/// Characters that make or a shell may take for more than themselves.
const ODD: &str = " \t#$%:*?[]~=;|&()\\,!@+'\"<>{}^`\r\u{1}\u{7f}\u{e9}-.";
/// Characters that mean more together.
const PAIRS: [&str; 22] = [
    "$(x)", "$$", "\\ ", "\\\\ ", "\\#", "\\:", "\\%", "\\;", "\\|", "\\=", "\\$", "\\\t", "::", ":=", "%%", "\\x",
    "; ", "& ", " |", " | ", "[!a]", "\\\\;",
];
/// Words that mean something at the start of a line, or after a colon.
const WORDS: &str = "include export define undefine override ifdef else endif vpath unexport private load -include all \
                     lib.a (x) private/x x~";

struct Folder(tempfile::TempDir);

impl Folder {
    /// A file that is older or newer than all that make writes.
    fn write(&self, name: &str, newer: bool) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let time = if newer { SystemTime::now() + Duration::from_secs(3600) } else { SystemTime::UNIX_EPOCH };
        File::create(path).unwrap().set_modified(time + Duration::from_secs(60)).unwrap();
    }

    /// Runs make; gives how often it has made the output so far, or what it complained of.
    fn make(&self, output: &str) -> Result<usize, String> {
        // Make takes no name with `%` or a leading dot for its goal by itself; and on its command line it takes `=` for an
        // assignment and knows the name of a file that has a `*` only when the file is there.
        let goal = if output.starts_with('.') || output.contains('%') && !output.contains(['=', '*']) {
            &["--", output]
        } else {
            &[][..]
        };
        let make = Command::new("make")
            .args(goal)
            .current_dir(&self.0)
            .env("OUT", output)
            .env("MAKEFLAGS", "")
            .output()
            .unwrap();
        if !make.status.success() {
            return Err(String::from_utf8_lossy(&make.stderr).into_owned());
        }
        Ok(fs::read_to_string(self.0.path().join("log")).unwrap_or_default().lines().count())
    }
}

/// Runs the life of one output: made, kept, made again when the dependency is newer, made again when it is deleted.
fn life(output: &str, dependency: &str) -> Result<(), String> {
    let folder = Folder(tempfile::tempdir().unwrap());
    let rule = depfile(Utf8Path::new(output), []).unwrap();
    let text = depfile(Utf8Path::new(output), [dependency, "other"].map(Utf8Path::new)).unwrap();
    let makefile = format!("{rule}\t@echo made >> log; : > \"$$OUT\"\ninclude out.d\n");
    fs::write(folder.0.path().join("Makefile"), makefile).unwrap();
    fs::write(folder.0.path().join("out.d"), &text).unwrap();
    fs::create_dir_all(folder.0.path().join(output).parent().unwrap()).unwrap();
    folder.write("other", false);
    folder.write(dependency, false);
    // Files that a wrong reading of the name would find.
    for decoy in ["X", "XX", "\\ ", "\\"] {
        let other = dependency.replace(['*', '?', '[', '%', '\\', '$', ' ', '\t', ';', '#', ':', '|', '='], decoy);
        if other != dependency && other != output && !other.ends_with('/') {
            folder.write(&other, true);
        }
    }
    let step = |what: &str, expected: usize| match folder.make(output) {
        Ok(count) if count == expected => Ok(()),
        other => {
            Err(format!("{what}: {other:?}, not {expected}; output {output:?}, dependency {dependency:?}\n{text}"))
        }
    };
    step("not there", 1)?;
    step("nothing new", 1)?;
    folder.write(dependency, true);
    step("changed", 2)?;
    folder.write(dependency, false);
    step("older", 2)?;
    fs::remove_file(folder.0.path().join(dependency)).unwrap();
    step("deleted", 3)?;
    folder.write(dependency, false);
    step("there again", 3)?;
    folder.write("other", true);
    step("the other changed", 4)
}

fn make_reads_every_odd_character() {
    Tool::Make.wanted();
    let mut failed = Vec::new();
    for odd in ODD.chars().map(String::from).chain(PAIRS.map(String::from)) {
        for name in [format!("a{odd}b"), format!("d{odd}/b"), format!("{odd}b"), format!("a{odd}")] {
            if depfile(Utf8Path::new(&name), []).is_err() {
                continue;
            }
            failed.extend(life("out", &name).err());
            failed.extend(life(&name, "dep").err());
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn words_of_make_are_names_too() {
    Tool::Make.wanted();
    let mut failed = Vec::new();
    for name in WORDS.split(' ').chain(["include x", "export x", "define x", "ifdef x"]) {
        for (output, dependency) in [("out", name), (name, "dep")] {
            failed.extend(life(output, dependency).err());
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn what_make_cannot_read_is_an_error() {
    Tool::Make.wanted();
    for name in ["a\nb", "", "a ", "a\t", "a\r", "\ra", "a\\", "a\\b*", "lib(x)", "~a"] {
        assert!(depfile(Utf8Path::new(name), []).is_err(), "{name:?}");
        assert!(depfile(Utf8Path::new("out"), [Utf8Path::new(name)]).is_err(), "{name:?}");
    }
    let error = depfile(Utf8Path::new("out"), [Utf8Path::new("a\nb")]).unwrap_err();
    assert_eq!(error.to_string(), "Make cannot depend on `a\\nb`: it has a line break");
}

fn a_dependency_is_written_once() {
    Tool::Make.wanted();
    let text = depfile(Utf8Path::new("out"), ["a", "b", "a", "out"].map(Utf8Path::new)).unwrap();
    assert_eq!(text, "out: a b\n\na:\n\nb:\n");
}

fn make_reads_any_mixture() {
    // Not inside: proptest would take a test that is left out for one that failed.
    Tool::Make.wanted();
    any_mixture();
}

proptest! {
    #![proptest_config(crate::support::law::cases(40))]

    fn any_mixture(output in "o[ab #$%:=;|&\\\\*]{0,5}", dependency in "[ab \t#$%:=;|&~\\\\*?()\\[,é]{1,8}") {
        let readable = |name: &str| depfile(Utf8Path::new(name), []).is_ok();
        prop_assume!(readable(&output) && readable(&dependency));
        prop_assume!(output != dependency && !(output.contains('%') && output.contains(['=', '*'])));
        life(&output, &dependency).map_err(TestCaseError::fail)?;
    }
}
