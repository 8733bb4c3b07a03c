//! Mutated Dockerfiles, read by us and by BuildKit's parser. `DOCKMILL_FUZZ=20000` makes as many, `DOCKMILL_FUZZ_SEED`
//! others.

use libtest_mimic::Trial;

use super::{Verdict, ask, compare, dockerfiles};
use crate::harness::trials;
use crate::support::random::Random;

pub(super) fn trials() -> Vec<Trial> {
    trials![mutated_files_are_read_as_buildkit_reads_them]
}

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "\\",
    "`",
    "\\\n",
    "`\n",
    "\\ \t\n",
    "\\\\\n",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "\u{a0}",
    "\u{85}",
    "\u{2003}",
    "\u{c}",
    "\u{b}",
    "#",
    "# escape=`\n",
    "# escape=\\\n",
    "# syntax=a/b\n",
    "# c\n",
    "\"",
    "'",
    "[",
    "]",
    ",",
    "[\"a\", \"b\"]",
    "[\"a\",]",
    "[1]",
    "<<E",
    "<<-E",
    "<<'E'",
    "<<\"E\"",
    "<<<E",
    "3<<E",
    "<< E",
    "<<E<",
    "\nE\n",
    "\n\tE\n",
    "\nE \n",
    "E",
    "$",
    "${",
    "}",
    "${x}",
    "${x:-y}",
    "${x:-a b}",
    "${x^^}",
    "${}",
    "$$",
    "--",
    "--a",
    "--a=b",
    "--a=\"b c\"",
    "--a='b",
    " -- ",
    "-",
    "=",
    "a=b",
    "a=\"b c\"",
    "RUN ",
    "COPY ",
    "ADD ",
    "ONBUILD ",
    "ENV ",
    "LABEL ",
    "FROM ",
    "ARG ",
    "CMD ",
    "HEALTHCHECK ",
    "VOLUME ",
    "NONE",
    "run ",
    "é",
    "\u{feff}",
    "\u{fffd}",
    "日本",
];

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn mutate(text: &mut String, other: &str, random: &mut Random) {
    let at = boundary(text, random.below(text.len() + 1));
    match random.below(8) {
        0..=3 => text.insert_str(at, random.one_of(PIECES)),
        4 => {
            let end = boundary(text, (at + 1 + random.below(8)).min(text.len())).max(at);
            text.replace_range(at..end, "");
        }
        5 => {
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            let from: Vec<&str> = other.split_inclusive('\n').collect();
            if !from.is_empty() {
                lines.insert(random.below(lines.len() + 1), from[random.below(from.len())]);
            }
            *text = lines.concat();
        }
        6 => {
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            if !lines.is_empty() {
                lines.remove(random.below(lines.len()));
            }
            *text = lines.concat();
        }
        _ => match random.below(4) {
            0 => text.truncate(at),
            1 => *text = text.replace("\r\n", "\n").replace('\n', "\r\n"),
            2 => *text = text.replace(" \\\n", " `\n"),
            _ => *text = format!("# escape=`\n{text}"),
        },
    }
}

fn mutated_files_are_read_as_buildkit_reads_them() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let count = number("DOCKMILL_FUZZ").unwrap_or(400);
    let mut random = Random::new(number("DOCKMILL_FUZZ_SEED").unwrap_or(1));
    let seeds: Vec<String> = dockerfiles()
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .filter(|text| text.len() < 20_000)
        .collect();
    let texts: Vec<String> = (0..count)
        .map(|_| {
            let mut text = seeds[random.below(seeds.len())].clone();
            for _ in 0..=random.below(6) {
                let other = random.below(seeds.len());
                mutate(&mut text, &seeds[other], &mut random);
            }
            text.replace('\0', "")
        })
        .collect();
    let answers = ask(&texts);
    let mut differ = Vec::new();
    let mut known = 0;
    for (text, answer) in texts.iter().zip(&answers) {
        match compare(text, answer) {
            Verdict::Agrees => {}
            Verdict::KnownDifference => known += 1,
            Verdict::Differs(how) => differ.push(format!("{text:?}\n{how}\n")),
        }
    }
    assert!(known * 2 < texts.len(), "{known} differ where BuildKit has changed since");
    differ.sort_by_key(String::len);
    differ.truncate(5);
    assert!(differ.is_empty(), "files differ, the shortest:\n{}", differ.join("\n"));
}
