//! What `.dockerignore` leaves out, as BuildKit itself does it.

use std::collections::BTreeSet;
use std::path::Path;

use dockmill::dockerfile::Ignore;

use libtest_mimic::Trial;

use crate::builder::Builder;
use crate::harness::trials;
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        what_is_left_out_is_what_buildkit_leaves_out,
        a_dockerfiles_own_ignore_file_comes_in_the_place_of_the_contexts
    ]
}

/// The files of every context here.
const FILES: [&str; 15] = [
    ".git/config",
    "a/b/c",
    "a/b/d.txt",
    "a/x",
    "a/x.txt",
    "ab/x",
    "b/a/x",
    "b/profile",
    "docs/README.md",
    "docs/api/README.md",
    "docs/api/index",
    "file",
    "profile1",
    "src/[x]",
    "src/main.o",
];

/// What the tests put together: each is a pattern alone, and an exception behind others.
const PATTERNS: [&str; 30] = [
    "**",
    "*",
    "a",
    "a/b",
    "/a/b/",
    "a/*",
    "a/**",
    "**/x",
    "**x",
    "**/x*",
    "a**/*.txt",
    "a/**/x",
    "*/x",
    "**/*.txt",
    "?",
    "??",
    "[a-c]",
    "[^a]*",
    "*b*",
    "docs",
    "docs/*",
    "docs/api",
    "docs/README.md",
    "**/README.md",
    "**file",
    "src/\\[x\\]",
    "./b/../a/x",
    "**/api/**",
    ".git",
    "*.*",
];

fn files(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.file_type().unwrap().is_dir() {
            files(folder, &path, found);
        } else {
            found.insert(path);
        }
    }
}

/// A context with these files and an ignore file of that name; builds it and compares.
fn compare(docker: Builder, context: &Folder, name: &str, patterns: &str) {
    context.write(name, patterns);
    let out = Folder::new();
    let to = format!("type=local,dest={}", out.path().display());
    docker.build(context.path(), &["--output", &to, "."]).ended(0);
    let (mut all, mut copied) = (BTreeSet::new(), BTreeSet::new());
    files(context.path(), "", &mut all);
    if out.file("x").exists() {
        files(&out.file("x"), "", &mut copied);
    }
    let ignore = Ignore::parse(patterns.as_bytes());
    all.retain(|path| !ignore.excludes(path));
    assert_eq!(all, copied, "{patterns:?}");
}

fn context() -> Folder {
    let context = Folder::new();
    context.write("Dockerfile", "FROM scratch\nCOPY . /x\n");
    for file in FILES {
        context.write(file, "");
    }
    context
}

fn what_is_left_out_is_what_buildkit_leaves_out() {
    let docker = Builder::Docker.at_hand();
    let context = context();
    for lines in ["a/b\n!a\n", "a\n!a/x\n*\n", "# a\n\n docs \r\n! /docs/api\n", "\u{feff}a\n#b\n", "*\n!src\n**/*.o\n"]
    {
        compare(docker, &context, ".dockerignore", lines);
    }
    for pattern in PATTERNS {
        compare(docker, &context, ".dockerignore", &format!("{pattern}\n"));
    }
    // Numbers that look random and are the same each time (Knuth's).
    let mut number = 1_u64;
    let mut next = |below: usize| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(number >> 33).unwrap() % below
    };
    for _ in 0..20 {
        let lines = (0..2 + next(4)).map(|line| {
            let exception = if line > 0 && next(2) == 0 { "!" } else { "" };
            format!("{exception}{}\n", PATTERNS[next(PATTERNS.len())])
        });
        let lines: String = lines.collect();
        compare(docker, &context, ".dockerignore", &lines);
    }
}

fn a_dockerfiles_own_ignore_file_comes_in_the_place_of_the_contexts() {
    let docker = Builder::Docker.at_hand();
    let context = context();
    context.write(".dockerignore", "*\n");
    compare(docker, &context, "Dockerfile.dockerignore", "a\n!a/b\n");
}
