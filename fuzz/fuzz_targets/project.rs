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
            let lines = headed(manifest, target, rendered).header;
            if lines.is_empty() {
                assert_eq!(file.bytes, rendered.text.bytes, "without a header the text is the output");
                continue;
            }
            // Nothing but the header was added.
            let bytes = &file.bytes;
            let behind =
                |count: u32| bytes.split_inclusive(is_end).take(count as usize).map(<[u8]>::len).sum::<usize>();
            let (mut start, end) = (behind(lines.start - 1), behind(lines.end - 1));
            if lines.start == 1 && bytes.starts_with(BOM) {
                start += BOM.len();
            }
            let (before, after) = (&bytes[..start], &bytes[end..]);
            let text = &rendered.text.bytes;
            // Below directives that do not end in a line break, it has brought one.
            let before = before.strip_suffix(b"\n").filter(|_| !text.starts_with(before)).unwrap_or(before);
            let before = before.strip_suffix(b"\r").filter(|_| !text.starts_with(before)).unwrap_or(before);
            assert!([before, after].concat() == *text, "the header changed the text");
            if !manifest.header {
                continue;
            }
            assert!(is_header(&bytes[start..]), "{lines:?} is no header");
            let other = Header::new(&manifest.name, &target.template).add(b"FROM x\n");
            let mut added = bytes[start..end].split(is_end).map(<[u8]>::trim_ascii_end);
            let first = other.bytes.split(is_end).next().map(<[u8]>::trim_ascii_end);
            assert_eq!(added.next(), first, "the header does not depend on the text");
            // A `#` below it says that it describes no instruction.
            assert!(added.all(|line| line.is_empty() || line == b"#"), "the header is one line");
        }
    });
});

const BOM: &[u8] = b"\xef\xbb\xbf";

fn is_end(byte: &u8) -> bool {
    *byte == b'\n'
}
