//! Patches: a full patch turns the old files into the new ones. `NAME` is a file before, `NAME.new` the same one after.
#![no_main]

mod apply;

use std::collections::BTreeMap;

use dockmill::output::diff::{Change, ChangeKind, FileRole, Mode, Paint, Patches, write_patch};
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

    // With statistics it still is a patch.
    let mut patches = Patches::new(true, Paint::default());
    patches.add_all(&changes);
    let mut text = Vec::new();
    assert!(patches.write(&mut text).is_ok());
    let mut files = old.clone();
    apply::apply(&text, &mut files);
    assert!(files == new, "with statistics it does not apply:\n{}", String::from_utf8_lossy(&text));
});
