//! The law of the checks: never an error on a Dockerfile that BuildKit accepts.
//!
//! Dockerfiles of `tests/cases/law/`, which are built from nothing, are mutated with a fixed seed; each mutant that the
//! checks refuse is really built, and must fail, unless only newer versions of BuildKit refuse it. `DOCKMILL_LAW=2000`
//! makes as many mutants, however long it takes, and builds those that the checks let pass as well, to show what they
//! miss; `DOCKMILL_LAW_SEED` makes others.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use dockmill::dockerfile::{Finding, check, parse};
use libtest_mimic::Trial;

use crate::builder::Builder;
use crate::harness::trials;
use crate::support::Folder;
use crate::support::random::Random;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        no_error_on_a_mount_that_buildkit_accepts,
        no_error_on_a_copy_that_buildkit_accepts,
        no_error_on_what_buildkit_accepts
    ]
}

/// What is put in the place of words: words that mean something somewhere, and what parsers stumble over.
const WORDS: &[&str] = &[
    "a",
    "b",
    "x",
    "one",
    "two",
    "later",
    "mid",
    "scratch",
    "A",
    "B",
    "Later",
    "0",
    "1",
    "2",
    "3",
    "-1",
    "$V",
    "${W}",
    "${X:-scratch}",
    "${X:+y}",
    "\"",
    "'",
    "\\",
    "`",
    "[",
    "]",
    "[\"a\"]",
    "[1]",
    "[]",
    "--from=",
    "--from=b",
    "--link",
    "--chown=2",
    "--chmod=755",
    "--x",
    "--",
    "=",
    "==",
    "a=b",
    "c",
    "<<E",
    "<<-F",
    "E",
    "AS",
    "as",
    "NONE",
    "CMD",
    "5s",
    "",
    "#",
    "\n",
    "\\\n",
    "`\n",
    "\n\n",
    "\r\n",
    "ONBUILD",
    "ENV",
    "COPY",
    "FROM",
    "FROM scratch\n",
    "FROM scratch AS b\n",
    "FROM mid\n",
    "ARG",
    "ARG V\n",
    "ARG V=x W=y\n",
    "COPY f1 /q\n",
    "COPY --from=mid f1 /q\n",
    "COPY --from=2 f1 /q\n",
    "LABEL x=y\n",
    "LABEL x y z\n",
    "EXPOSE 1\n",
    "EXPOSE 1-3/udp\n",
    "# escape=`\n",
    "# c\n",
    "${",
    "}",
    "$",
    "é",
    "\t",
    "/",
    "\u{feff}",
    "\u{a0}",
];

/// So many that both refuse tell something.
const ENOUGH: usize = 20;

/// Words, blanks and equals signs, each for itself.
fn tokens(text: &str) -> Vec<&str> {
    let pattern = regex::Regex::new(r"\s+|[^\s=]+|=").unwrap();
    pattern.find_iter(text).map(|found| found.as_str()).collect()
}

fn mutate(text: &str, random: &mut Random) -> String {
    let mut parts = tokens(text);
    let at = random.below(parts.len());
    match random.below(20) {
        0..=7 if at < parts.len() => parts[at] = random.one_of(WORDS),
        8..=11 => parts.insert(at, random.one_of(WORDS)),
        12..=14 if at < parts.len() => {
            parts.remove(at);
        }
        15..=16 if at < parts.len() => {
            let other = random.below(parts.len());
            parts.swap(at, other);
        }
        _ => {
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            if !lines.is_empty() {
                let line = lines.remove(random.below(lines.len()));
                lines.insert(random.below(lines.len() + 1), line);
            }
            parts = lines;
        }
    }
    parts.concat()
}

fn bases() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/law");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

fn mutants(bases: &[String], seed: u64) -> impl Iterator<Item = String> {
    let mut random = Random::new(seed);
    std::iter::repeat_with(move || {
        let mut text = bases[random.below(bases.len())].clone();
        for _ in 0..=random.below(3) {
            text = mutate(&text, &mut random);
        }
        text
    })
    // A Dockerfile without a stage makes some versions of BuildKit fall over, and the engine with it.
    .filter(|text| parse(text.as_bytes()).instructions.iter().any(|found| found.name().eq_ignore_ascii_case("from")))
}

/// What BuildKit refuses today, and the one of Debian's Docker Engine (0.13) takes: it leaves the mode as it is where it
/// is no number, and passes over what follows an array.
const REFUSED_SINCE: &[&str] = &["`--chmod` cannot be", "`SHELL` must be a JSON array with nothing after it"];

/// The errors on which the engine at hand has a say.
fn errors(text: &str) -> Vec<Finding> {
    let is_newer = |finding: &Finding| REFUSED_SINCE.iter().any(|start| finding.message.starts_with(start));
    check(&parse(text.as_bytes())).into_iter().filter(|finding| finding.is_error() && !is_newer(finding)).collect()
}

/// A folder with one Dockerfile for each case, and the one file that they copy.
struct Bench {
    docker: Builder,
    folder: Folder,
}

impl Bench {
    /// What BuildKit says: nothing where it builds.
    fn refusal(&self, name: &str, text: &str) -> Option<String> {
        let file = format!("{name}.Dockerfile");
        self.folder.write(&file, text);
        let (file, context) = (self.folder.file(&file), self.folder.file("context"));
        let how = ["buildx", "build", "--progress=plain", "--output=type=cacheonly", "--network=none"];
        let built =
            self.docker.run(&[&how[..], &["--file", file.to_str().unwrap(), context.to_str().unwrap()]].concat());
        let said = built.stderr.lines().rfind(|line| line.starts_with("ERROR")).unwrap_or(&built.stderr);
        (built.status != 0).then(|| said.to_owned())
    }
}

/// What stands for a mount's parts, and for other flags.
const MOUNT_WORDS: &[&str] = &[
    "type=cache",
    "type=cahce",
    "type=bind",
    "TYPE=Tmpfs",
    "type=secret",
    "type=ssh",
    "type=",
    "type=$V",
    "type=volume",
    "target=/x",
    "targt=/x",
    "target=/",
    "target=.",
    "target=",
    "dst=y",
    "Target=$V",
    "target",
    "/x",
    "cache",
    "",
    "sharing=LOCKED",
    "sharing=loked",
    "sharing=",
    "sharing=$V",
    "required",
    "required=true",
    "required=q",
    "requird",
    "ro",
    "rw=false",
    "readonly=T",
    "readonly=yes",
    "mode=0755",
    "mode=888",
    "mode=$V",
    "mode=+7",
    "uid=3",
    "uid=root",
    "gid=-1",
    "id=x",
    "id=$V",
    "from=builder",
    "from=",
    "source=/",
    "src=f1",
    "size=3m",
    "size=q",
    "colour=red",
    "'id=x'",
    "id=\"x\"",
    "id=x=y",
    "=",
    "$V=x",
];

/// In images of nothing no RUN can be run; that it is tried shows that BuildKit took it.
fn is_about_running(said: &str) -> bool {
    said.contains("did not complete successfully") || said.contains("invalid mountinput")
}

/// What stands for flags of COPY and ADD.
const COPY_WORDS: &[&str] = &[
    "--chmod=755",
    "--chmod=07777",
    "--chmod=10000",
    "--chmod=888",
    "--chmod=+x",
    "--chmod=u=rwX,go=",
    "--chmod=",
    "--chmod=$V",
    "--chmod",
    "--chown=3",
    "--chown=3:4",
    "--chown=root:4:5",
    "--chown=nobody",
    "--chown=",
    "--chown=$V",
    "--chown=${V",
    "--chown='3 4'",
    "--chown=\\'3",
    "--chown=:",
    "--chown=-1",
    "--link",
    "--link=False",
    "--link=1",
    "--link=",
    "--from=builder",
    "--from=bilder",
    "--from=",
    "--from=0",
    "--checksum=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "--checksum=sha256:abc",
    "--checksum=",
    "--checksum=$V",
    "--checksum=\"",
    "--keep-git-dir",
    "--keep-git-dir=maybe",
    "--colour=red",
    "--chwon=3",
    "--chown",
    "--chown=3 --chown=4",
    "--chmod=7 --chmod=7",
    "--lnik",
    "--link=yes",
    "--link --link",
    "--form=builder",
    "--from=$V",
    "-link",
    "-chown=3",
    "--",
    "https://host.invalid/x",
    "f1",
    "$V",
    "<<E",
];

/// Tries instructions on both, those of the cases and so many random ones.
fn compare_instructions(cases: &str, count: usize, random: &mut Random, make: impl Fn(&mut Random) -> String) {
    let docker = Builder::Buildx.at_hand();
    let bench = Bench { docker, folder: Folder::new() };
    bench.folder.write("context/f1", "one\n");
    let refused = |name: &str, line: &str| {
        let text = format!("FROM scratch AS builder\nCOPY f1 /f1\nFROM scratch\nWORKDIR /w\nARG V\n{line}\n");
        (bench.refusal(name, &text).filter(|said| !is_about_running(said)), errors(&text).pop())
    };
    let cases = cases.lines().filter(|line| !line.starts_with("FROM") && !line.ends_with('\\'));
    for (index, line) in cases.enumerate() {
        if let (None, Some(error)) = refused(&format!("case-{index}"), line) {
            panic!("only we refuse {line:?}: {}", error.message);
        }
    }
    let mut both = 0;
    for index in 0..count {
        let line = make(random);
        match refused(&format!("random-{index}"), &line) {
            (None, Some(error)) => panic!("only we refuse {line:?}: {}", error.message),
            (Some(said), None) => eprintln!("only BuildKit refuses {line:?}: {said}"),
            (Some(_), Some(_)) => both += 1,
            (None, None) => {}
        }
    }
    eprintln!("refused by both: {both}");
    assert!(both >= ENOUGH, "{both}: too few to tell");
}

fn no_error_on_a_mount_that_buildkit_accepts() {
    let cases = include_str!("../cases/dockerfile/findings/mounts.Dockerfile");
    compare_instructions(cases, 150, &mut Random::new(1), |random| {
        let parts = (0..=random.below(4)).map(|_| MOUNT_WORDS[random.below(MOUNT_WORDS.len())]);
        let mut parts: Vec<&str> = parts.collect();
        // Most begin as one does, to get beyond the first mistake.
        if random.below(4) > 0 {
            parts.splice(0..0, [MOUNT_WORDS[random.below(6)], "target=/x"]);
        }
        format!("RUN --mount={} true", parts.join(","))
    });
}

fn no_error_on_a_copy_that_buildkit_accepts() {
    let cases = include_str!("../cases/dockerfile/findings/copies.Dockerfile");
    compare_instructions(cases, 150, &mut Random::new(2), |random| {
        let name = ["COPY", "COPY", "ADD"][random.below(3)];
        let words: Vec<&str> = (0..=random.below(2)).map(|_| COPY_WORDS[random.below(COPY_WORDS.len())]).collect();
        // Some come late.
        let order = if random.below(5) == 0 { "f1 FLAGS /x/" } else { "FLAGS f1 /x/" };
        let body = if words.contains(&"<<E") { "\ntext\nE" } else { "" };
        format!("{name} {}{body}", order.replace("FLAGS", &words.join(" ")))
    });
}

fn no_error_on_what_buildkit_accepts() {
    let docker = Builder::Buildx.at_hand();
    let bench = Bench { docker, folder: Folder::new() };
    bench.folder.write("context/f1", "one\n");
    let bases = bases();
    for (index, base) in bases.iter().enumerate() {
        assert_eq!(bench.refusal(&format!("base-{index}"), base), None, "{base}");
        assert_eq!(errors(base), [], "{base}");
    }
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let wanted = number("DOCKMILL_LAW").map(|count| usize::try_from(count).unwrap());
    let mutants = mutants(&bases, number("DOCKMILL_LAW_SEED").unwrap_or(1));
    let cases: Vec<String> = match wanted {
        Some(count) => mutants.take(count).collect(),
        None => mutants.filter(|text| !errors(text).is_empty()).take(400).collect(),
    };
    let (next, refused, broken) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let next_case = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        Some((index, cases.get(index)?))
    };
    let work = || {
        while let Some((index, text)) = next_case() {
            match (bench.refusal(&index.to_string(), text), errors(text).first()) {
                (None, Some(error)) => broken.lock().unwrap().push(format!("{text:?}: {}", error.message)),
                (Some(said), None) => eprintln!("only BuildKit refuses {text:?}: {said}"),
                (Some(_), Some(_)) => {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                (None, None) => {}
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let (broken, refused) = (broken.into_inner().unwrap(), refused.into_inner());
    eprintln!("refused by both: {refused} of {}", cases.len());
    assert!(broken.is_empty(), "only we refuse\n{}", broken.join("\n"));
    assert!(refused >= ENOUGH, "{refused}: too few to tell");
}
