//! Random programs, given to both: some, and in the long run thousands, of which `DOCKMILL_M4_FUZZ=N` runs N, from
//! `DOCKMILL_M4_SEED` on.

use std::fmt::Write;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use super::Answer;
use crate::harness::tool::Tool;
use crate::harness::{long, trials};
use crate::support::Folder;
use crate::support::program::{Random, program};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = trials![random_programs_are_answered_as_gnu_m4_answers_them];
    trials.extend(trials![thousands_are_answered_as_gnu_m4_answers_them].into_iter().map(long));
    trials
}

/// Programs of an ordinary run, and of a long one.
const PROGRAMS: [u64; 2] = [100, 2000];

/// Programs that one shell runs: a shell for each would take more time than m4.
const BATCH: u64 = 250;

/// Options that some programs are run with.
const OPTIONS: [&str; 6] = ["-P", "-G", "-s", "-Q", "-E", "-daeq"];

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn options(seed: u64) -> &'static str {
    usize::try_from(seed % 40).ok().and_then(|index| OPTIONS.get(index)).copied().unwrap_or_default()
}

fn text(seed: u64) -> String {
    program(&mut Random::new(seed))
}

fn random_programs_are_answered_as_gnu_m4_answers_them() {
    Tool::GnuM4.wanted();
    compare(1, PROGRAMS[0]);
}

fn thousands_are_answered_as_gnu_m4_answers_them() {
    Tool::GnuM4.wanted();
    let first = number("DOCKMILL_M4_SEED").unwrap_or(1);
    compare(first, number("DOCKMILL_M4_FUZZ").unwrap_or(PROGRAMS[1]));
}

fn compare(first: u64, count: u64) {
    let mut wrong = Vec::new();
    for start in (first..first + count).step_by(usize::try_from(BATCH).unwrap()) {
        batch(start..(start + BATCH).min(first + count), &mut wrong);
        if wrong.len() >= 20 {
            break;
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

fn batch(seeds: std::ops::Range<u64>, wrong: &mut Vec<String>) {
    let folder = Folder::new();
    folder.write("part", "part foo bar(x) `quoted' # comment\nlen(abc)\n");
    for seed in seeds.clone() {
        folder.write(&format!("in/{seed}"), &text(seed));
    }
    let (theirs, ours) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| run(&folder, "m4", "gnu", 2, seeds.clone()));
        let ours = run(&folder, &format!("{} m4", env!("CARGO_BIN_EXE_dockmill")), "ours", 10, seeds.clone());
        (theirs.join().unwrap(), ours)
    });
    for (seed, (theirs, ours)) in seeds.zip(theirs.into_iter().zip(ours)) {
        // Out of time or memory: a program without an end. Or an error in GNU m4 itself.
        let ended = matches!(theirs.status, Some(0..=63)) && theirs.output.len() < 1 << 20;
        let says = |what: &str| String::from_utf8_lossy(&theirs.error).contains(what);
        let crashed = says("internal error") || says("memory exhausted");
        if ended && !crashed && theirs != ours {
            let (options, text) = (options(seed), text(seed));
            let answers = format!("GNU m4: {}\ndockmill m4: {}", theirs.show(), ours.show());
            wrong.push(format!("== seed {seed} {options}\n{text}\n{answers}"));
        }
    }
}

/// Runs all programs with one m4, each for so many seconds of a processor at most. What has no end takes no time of GNU m4's,
/// and what ends there in time has more here: a build for tests is slow.
fn run(folder: &Folder, program: &str, name: &str, seconds: u32, seeds: std::ops::Range<u64>) -> Vec<Answer> {
    let mut script = format!("ulimit -v 4000000; ulimit -f 8192; ulimit -t {seconds}; mkdir {name}\n");
    for seed in seeds.clone() {
        let options = options(seed);
        let _ = writeln!(
            script,
            "timeout 60 {program} {options} <in/{seed} >{name}/{seed}.out 2>{name}/{seed}.err; echo $? >{name}/{seed}.status"
        );
    }
    folder.write(&format!("{name}.sh"), &script);
    let mut shell = Command::new("sh");
    shell.arg(format!("{name}.sh")).current_dir(folder.path()).env("LC_ALL", "C").env_remove("M4PATH");
    shell.stderr(Stdio::null()).status().unwrap();
    let read = |seed: u64, kind: &str| std::fs::read(folder.file(&format!("{name}/{seed}.{kind}"))).unwrap();
    let answer = |seed| Answer {
        status: String::from_utf8(read(seed, "status")).unwrap().trim().parse().ok(),
        output: read(seed, "out"),
        error: read(seed, "err"),
    };
    seeds.map(answer).collect()
}
