//! A plain Dockerfile, and the `.dockerignore` beside it.
#![no_main]

use dockmill::dockerfile::{Finding, Ignore, cache_impact, check, inspect, local_sources, onbuild_sources, parse};
use dockmill_fuzz::{Case, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(data, size, longest, seed) });

fuzz_target!(|input: &[u8]| {
    let case = Case::read(input);
    let text = &case.head;
    let lines = u32::try_from(text.split_inclusive(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX);
    let dockerfile = parse(text);
    let mut last = 0;
    for instruction in &dockerfile.instructions {
        assert!(last < instruction.start_line && instruction.start_line <= instruction.end_line, "{instruction:?}");
        last = instruction.end_line;
    }
    assert!(last <= lines);
    let found = check(&dockerfile);
    for finding in &found {
        holds(finding, lines);
        if let Some(columns) = &finding.columns {
            let length = dockerfile.line(finding.line).len();
            assert!(columns.start <= columns.end && columns.end as usize <= length, "{finding:?}");
        }
    }
    assert_eq!(found, check(&parse(text)), "the same text has the same findings");
    let _ = dockerfile.outline();
    let inspection = inspect(&dockerfile);
    assert!(serde_json::to_string(&inspection).is_ok());
    let _ = inspection.text();
    let _ = (local_sources(&dockerfile), onbuild_sources(&dockerfile));
    assert_eq!(cache_impact(&dockerfile, &parse(text)), None, "what does not change rebuilds nothing");

    let Some(ignore) = case.file(".dockerignore") else { return };
    let _ = cache_impact(&dockerfile, &parse(ignore));
    let ignore = Ignore::parse(ignore);
    // Paths that the rules are about, and what is in them.
    for rule in ignore.rules().iter().take(20) {
        let path = rule.pattern.replace("**", "a/b").replace(['*', '?', '[', ']', '\\'], "x");
        for folder in path.match_indices('/').map(|(at, _)| &path[..at]).chain([&*path]) {
            if ignore.excludes_folder(folder) {
                assert!(ignore.excludes(&format!("{folder}/x/y")), "{folder:?} is left out, and not what is in it");
            }
        }
    }
});

fn holds(finding: &Finding, lines: u32) {
    assert!((1..=lines.max(1)).contains(&finding.line), "{finding:?}");
    assert!(!finding.message.is_empty());
}
