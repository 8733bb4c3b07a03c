//! Patches: a full patch turns the old files into the new ones. `NAME` is a file before, `NAME.new` the same one after.
#![no_main]

mod apply;

use std::collections::BTreeMap;

use dockmill::output::diff::{Change, ChangeKind, Differences, FileRole, Form, Mode, Paint, write_patch};
use dockmill::output::fold::Fold;
use dockmill::output::is_header;
use dockmill_fuzz::{Case, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

type Files = BTreeMap<String, (Vec<u8>, bool)>;

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(data, size, longest, seed) });

fuzz_target!(|input: &[u8]| {
    let case = Case::read(input);
    let (mut old, mut new) = (Files::new(), Files::new());
    for (name, body) in &case.files {
        let executable = name.contains('+');
        match name.strip_suffix(".new") {
            Some(name) => new.insert(name.replace('+', ""), (body.clone(), executable)),
            None => old.insert(name.replace('+', ""), (body.clone(), executable)),
        };
    }
    let names: Vec<String> = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))).cloned().collect();
    let change = |name: &String| {
        let (before, after) = (old.get(name), new.get(name));
        Change {
            target: format!("app/{name}"),
            path: name.into(),
            role: if name.contains('.') { FileRole::Companion } else { FileRole::Output },
            old: before.map(|(bytes, _)| bytes.clone()),
            new: after.map(|(bytes, _)| bytes.clone()),
            old_mode: Mode::of(before.is_some_and(|(_, executable)| *executable)),
            mode: Mode::of(after.is_some_and(|(_, executable)| *executable)),
            kind: if before.is_some() { ChangeKind::Changed } else { ChangeKind::New },
            notes: Vec::new(),
        }
    };
    let changes: Vec<Change> = names.iter().map(change).collect();

    let mut patch = Vec::new();
    let written = write_patch(&changes, Paint::default(), &mut patch);
    assert!(written.is_ok());
    let mut files = old.clone();
    apply::apply(&patch, &mut files);
    assert!(files == new, "the patch makes {files:?} of {old:?}, not {new:?}:\n{}", String::from_utf8_lossy(&patch));
    assert_eq!(patch.is_empty(), old == new, "a patch is empty where nothing changes");

    // The forms for people: each is written, and a change that stands alone applies.
    let header = |line: &[u8]| is_header(line);
    for form in [Form::Grouped, Form::Brief, Form::GroupedStat, Form::PatchStat] {
        let mut differences = Differences::new(form, Paint::default(), &header);
        changes.iter().for_each(|change| differences.add(change.clone()));
        let fold = Fold::new(differences.targets());
        let mut text = Vec::new();
        assert!(differences.write(&fold, &|_| Vec::new(), &mut text).is_ok());
        if let ([change], Form::Grouped) = (&changes[..], form) {
            let has_header = |bytes: &Option<Vec<u8>>| {
                bytes.as_ref().is_some_and(|bytes| bytes.split(|byte| *byte == b'\n').any(is_header))
            };
            // Of what is no text it says the sizes.
            let is_binary = |bytes: &Option<Vec<u8>>| bytes.as_ref().is_some_and(|bytes| bytes.contains(&0));
            if ![&change.old, &change.new].into_iter().any(|side| has_header(side) || is_binary(side)) {
                let mut files = old.clone();
                apply::apply(&text, &mut files);
                assert!(files == new, "alone it does not apply:\n{}", String::from_utf8_lossy(&text));
            }
        }
    }
});
