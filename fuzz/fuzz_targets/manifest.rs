//! A manifest with its data files; templates are there, and are not looked at.
#![no_main]

use camino::Utf8Path;
use dockmill::diagnostic::Diagnostics;
use dockmill::graph::Tags;
use dockmill::manifest::Selection;
use dockmill::source::SourceMap;
use dockmill_fuzz::project::{ROOT, files, load, verify};
use dockmill_fuzz::{Case, diagnostics_hold, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(data, size, longest, seed) });

fuzz_target!(|input: &[u8]| {
    let mut case = Case::read(input);
    if case.file("dockmill.toml").is_none() {
        let head = std::mem::take(&mut case.head);
        case.files.push(("dockmill.toml", head));
    }
    let mut files = files(&case);
    // So that most images have their template.
    for name in ["app", "base", "tool", "python", "a", "b", "x"] {
        let path = Utf8Path::new(ROOT).join(name).join("Dockerfile.dockmill");
        files = files.with(path, "FROM scratch\n");
    }
    let told = |selectors: &[&str]| {
        let (sources, mut found) = (SourceMap::default(), Diagnostics::default());
        let mut all = Vec::new();
        if let Some(manifest) = load(&files, &sources, &mut found) {
            if verify(&manifest, &mut Tags::default(), &mut found) {
                for target in manifest.targets(&Selection::all()).flatten() {
                    all.push(format!("{} {} {:?} {:?}", target.id, target.output, target.point, target.files));
                }
            }
            for selector in selectors {
                let span = dockmill::source::Span::new(sources.add("<fuzz>", selector.as_bytes().to_vec()), 0, 1);
                match manifest.select(&[((*selector).to_owned(), span)], &[]) {
                    Ok(selection) => {
                        assert!(manifest.targets(&selection).count() <= manifest.targets(&Selection::all()).count())
                    }
                    Err(errors) => found.extend(errors),
                }
            }
        }
        let found = found.into_vec();
        diagnostics_hold(&found, &sources);
        (all, format!("{found:?}"))
    };
    let selectors = ["app/*", "**", "a:b", "base/1"];
    assert_eq!(told(&selectors), told(&selectors), "the same manifest says the same");
});
