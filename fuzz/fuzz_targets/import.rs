//! `import m4`: what an import makes is inside of its folder, is the same each time, and what was believed was compared.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Component;
use dockmill::import::{Bounds, Files, Found, Outcome, Target, check_manifest, compare, makefile, manifest, translate};
use dockmill::m4::Unread;
use dockmill::source::SourceMap;
use dockmill_fuzz::project::ceiling;
use dockmill_fuzz::{Case, diagnostics_hold, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(data, size, longest, seed) });

fuzz_target!(|input: &[u8]| {
    let mut case = Case::read(input);
    let asked = Asked::of(&case);
    if case.file("main.m4").is_none() {
        let head = std::mem::take(&mut case.head);
        case.files.push(("main.m4", head));
    }
    let files = InMemory(case.files.iter().map(|(name, body)| (*name, body.as_slice())).collect());
    if let Some(text) = case.file("Makefile") {
        let sources = SourceMap::default();
        let wildcard = |pattern: &str| {
            let (begin, end) = pattern.split_once('*').unwrap_or((pattern, ""));
            let is_meant = |name: &&&str| **name == pattern || name.starts_with(begin) && name.ends_with(end);
            files.0.keys().filter(is_meant).map(|name| (*name).to_owned()).collect()
        };
        let read = makefile::read("Makefile".into(), text, &wildcard, &sources);
        diagnostics_hold(&read.found, &sources);
    }
    let targets = asked.targets(&files);
    let first = import(&asked, &targets, &files);
    assert_eq!(first, import(&asked, &targets, &files), "the same template gives the same import");
});

/// Imports; what it gave.
fn import(asked: &Asked, targets: &[Target], files: &InMemory<'_>) -> String {
    let sources = SourceMap::default();
    let bounds = Bounds::new(ceiling().limits());
    let imported = match translate(targets, &asked.order, asked.prefix, files, &sources, &bounds) {
        Ok(imported) => imported,
        Err(errors) => {
            assert!(!errors.is_empty());
            diagnostics_hold(&errors, &sources);
            return format!("{errors:?}");
        }
    };
    diagnostics_hold(&imported.found, &sources);
    for path in imported.files.keys() {
        let is_name = |part| matches!(part, Utf8Component::Normal(_));
        assert!(path.components().all(is_name), "{path:?} leads out of the folder");
    }
    let mut equal = Vec::new();
    for compared in compare(targets, &imported, asked.prefix, files, &sources, &bounds) {
        if let Outcome::NewFails(errors) = &compared.outcome {
            diagnostics_hold(errors, &sources);
        }
        equal.push(matches!(compared.outcome, Outcome::Equal));
    }
    let made = manifest::manifest(targets, &asked.order, &BTreeMap::new(), &imported);
    let wrong = made.as_ref().map(|text| check_manifest(text, &imported, &sources)).unwrap_or_default().into_vec();
    format!("{:?} {equal:?} {made:?} {wrong:?} {:?}", imported.files, imported.found)
}

/// What the input's first line `$ dockmill import m4 …` asks for.
struct Asked {
    prefix: bool,
    order: Vec<String>,
    files: Vec<String>,
    sets: Vec<BTreeMap<String, String>>,
}

/// More targets take time, and show no more.
const TARGETS: usize = 6;

impl Asked {
    fn of(case: &Case<'_>) -> Self {
        let mut asked = Self { prefix: false, order: Vec::new(), files: Vec::new(), sets: vec![BTreeMap::new()] };
        let line = case.head_lines().find(|line| line.starts_with("$ ")).unwrap_or_default().to_owned();
        let mut words = shlex::split(&line).unwrap_or_default().into_iter();
        let is_name = |name: &str| name.starts_with(|first: char| first.is_ascii_alphabetic());
        while let Some(word) = words.next() {
            match word.as_str() {
                "-P" => asked.prefix = true,
                "-D" | "-s" | "--target" => {
                    let Some((name, values)) = words.next().and_then(|word| {
                        let (name, values) = word.split_once('=')?;
                        is_name(name).then(|| (name.to_owned(), values.to_owned()))
                    }) else {
                        continue;
                    };
                    if asked.order.contains(&name) {
                        continue;
                    }
                    let values: BTreeSet<&str> = values.split(',').take(3).collect();
                    let with = |set: &BTreeMap<String, String>, value: &str| {
                        let mut set = set.clone();
                        set.insert(name.clone(), value.to_owned());
                        set
                    };
                    let sets = asked.sets.iter().flat_map(|set| values.iter().map(|value| with(set, value)));
                    asked.sets = sets.take(TARGETS).collect();
                    asked.order.push(name);
                }
                word => asked.files.push(word.to_owned()),
            }
        }
        asked
    }

    fn targets(&self, files: &InMemory<'_>) -> Vec<Target> {
        let mut named: Vec<&str> =
            self.files.iter().map(String::as_str).filter(|name| files.0.contains_key(name)).collect();
        named.truncate(2);
        if named.is_empty() {
            named.push("main.m4");
        }
        let of = |file: &str| {
            let target = |values: &BTreeMap<_, _>| Target { file: file.to_owned(), values: values.clone() };
            self.sets.iter().map(target).collect::<Vec<_>>()
        };
        named.into_iter().flat_map(of).collect()
    }
}

struct InMemory<'a>(BTreeMap<&'a str, &'a [u8]>);

impl Files for InMemory<'_> {
    fn find(&self, name: &str) -> Result<Found, Unread> {
        let missing = || Unread::Io(std::io::ErrorKind::NotFound.into());
        Ok(Found { folder: String::new(), bytes: self.0.get(name).ok_or_else(missing)?.to_vec() })
    }
}
