//! A whole project, in both languages: rendered by chunks and as a whole.
#![no_main]

use dockmill::output::{Header, is_header};
use dockmill::render::{headed, output_file};
use dockmill_fuzz::project::with_project;
use dockmill_fuzz::{Case, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(data, size, longest, seed) });

fuzz_target!(|input: &[u8]| {
    let case = Case::read(input);
    with_project(&case, |renderer, _, made| {
        let manifest = renderer.manifest();
        for (target, rendered) in made {
            let file = output_file(manifest, target, rendered);
            let Some(line) = headed(manifest, target, rendered).header else {
                assert_eq!(file.bytes, rendered.text.bytes, "without a header the text is the output");
                continue;
            };
            // The header is one line, and nothing else was changed.
            let mut lines: Vec<&[u8]> = file.bytes.split_inclusive(|byte| *byte == b'\n').collect();
            let header = lines.remove(line as usize - 1);
            assert!(is_header(header), "{line} is no header: {header:?}");
            let open = !rendered.text.bytes.ends_with(b"\n") && lines.len() == line as usize - 1;
            let rest = lines.concat();
            let rest = if open { rest.trim_ascii_end() } else { &rest };
            let text = &rendered.text.bytes;
            assert_eq!(rest, if open { text.trim_ascii_end() } else { text }, "the header changed the text");
            let again = Header { project: &manifest.name, template: &target.template, point: "" };
            assert_eq!(again.add(&target.output, text, &[]).line, line, "the header's line depends on the text alone");
        }
    });
});
