//! `adopt`: each file is an output of the project that comes out, byte for byte, or it is left out with a reason.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use dockmill::adopt::{Adopted, Dockerfile, Style, Wishes, adopt};
use dockmill::diagnostic::{Diagnostic, Diagnostics};
use dockmill::graph::Tags;
use dockmill::manifest::{Manifest, Request, Selection};
use dockmill::output::OutputFile;
use dockmill::render::{Renderer, output_file};
use dockmill::source::{Memory, SourceMap};
use dockmill_fuzz::{Case, ROOT, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

/// More files take more time, and show no more.
const FILES: usize = 16;

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(data, size, longest, seed) });

fuzz_target!(|input: &[u8]| {
    let case = Case::read(input);
    let is_path = |name: &str| {
        let mut parts = Utf8Path::new(name).components();
        !name.contains('\0') && parts.all(|part| matches!(part, Utf8Component::Normal(_)))
    };
    let files: BTreeMap<&str, &[u8]> =
        case.files.iter().filter(|(name, _)| is_path(name)).map(|(name, body)| (*name, body.as_slice())).collect();
    let files: Vec<Dockerfile> = files
        .iter()
        .take(FILES)
        .map(|(path, bytes)| Dockerfile { path: (*path).to_owned(), bytes: bytes.to_vec() })
        .collect();
    let style = match case.head.first() {
        Some(b'f') => Style::Fragments,
        Some(b'm') => Style::Matrix,
        _ => Style::Fitting,
    };
    let wishes = Wishes { name: "p".to_owned(), style, ..Wishes::default() };
    let adopted = adopt(&files, &wishes);
    assert_eq!(format!("{adopted:?}"), format!("{:?}", adopt(&files, &wishes)), "the same files give the same project");
    each_is_somewhere(&files, &adopted);
    if !adopted.files.is_empty() {
        let made = rendered(&adopted.files);
        let outputs: usize = adopted.images.iter().map(|image| image.outputs.len()).sum();
        assert_eq!(made.len(), outputs, "the project has other outputs");
        for file in &files {
            let is_adopted = adopted.images.iter().any(|image| image.outputs.contains(&file.path));
            let made = made.get(Utf8Path::new(&file.path)).map(|made| made.bytes.as_slice());
            assert_eq!(made, is_adopted.then_some(file.bytes.as_slice()), "{} is something else", file.path);
        }
    }
});

/// No file is lost, and none is there twice.
fn each_is_somewhere(files: &[Dockerfile], adopted: &Adopted) {
    let outputs = adopted.images.iter().flat_map(|image| &image.outputs);
    let left_out = adopted.left_out.iter().map(|(path, why)| {
        assert!(!why.is_empty(), "{path} is left out without a reason");
        path
    });
    let mut all: Vec<&String> = outputs.chain(left_out).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((count, all.len()), (files.len(), files.len()), "{all:?}");
    assert!(files.iter().all(|file| all.contains(&&file.path)));
    let mut names = BTreeSet::new();
    assert!(adopted.images.iter().all(|image| names.insert(&image.name)), "two images have one name");
    let is_inside = |path: &Utf8PathBuf| path.components().all(|part| matches!(part, Utf8Component::Normal(_)));
    assert!(adopted.files.keys().all(is_inside), "{:?} leave the folder", adopted.files.keys());
    let lines = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.bytes.split(|b| *b == b'\n'));
    for mistake in &adopted.mistakes {
        let count = lines(&mistake.path).map_or(0, Iterator::count);
        assert!((1..=count).contains(&mistake.line), "{mistake:?} is in no line");
    }
}

/// All outputs of a project, which has no errors.
fn rendered(files: &BTreeMap<Utf8PathBuf, Vec<u8>>) -> BTreeMap<Utf8PathBuf, OutputFile> {
    let root = Utf8Path::new(ROOT);
    let with = |memory: Memory, (path, bytes): (&Utf8PathBuf, &Vec<u8>)| memory.with(root.join(path), bytes.clone());
    let memory = files.iter().fold(Memory::default(), with);
    let (sources, mut found) = (SourceMap::default(), Diagnostics::default());
    let manifest = Manifest::load(&sources, &memory, &root.join("dockmill.toml"), &Request::default(), &mut found);
    let Some(manifest) = &manifest else { panic!("{:?}", found.into_vec()) };
    let mut tags = Tags::default();
    manifest.verify(&mut found, |target| tags.add_target(target));
    let renderer = Renderer::load(manifest, tags, &memory, &sources, &mut found);
    let mut made = BTreeMap::new();
    for target in manifest.targets(&Selection::all()) {
        match target {
            Ok(target) => {
                let rendered = renderer.render(&target);
                found.extend(rendered.diagnostics.iter().map(|said| Diagnostic::clone(said)));
                made.insert(target.output.clone(), output_file(manifest, &target, &rendered));
            }
            Err(errors) => found.extend(errors),
        }
    }
    assert_eq!(found.errors(), 0, "{:?}", found.into_vec());
    made
}
