//! The m4 engine, alone: with and without origins, and what `dockmill m4 --warn` says.
#![no_main]

use std::collections::BTreeMap;

use dockmill::m4::{Buffer, Engine, Gravity, Host, Limits, Loaded, Message, Options, Unread};
use dockmill_fuzz::{Case, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

const BYTES: usize = 1 << 18;

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(data, size, longest, seed) });

fuzz_target!(|input: &[u8]| {
    let case = Case::read(input);
    let files: BTreeMap<&[u8], &[u8]> =
        case.files.iter().map(|(name, body)| (name.as_bytes(), body.as_slice())).collect();
    let run = |traced, prefix| {
        let mut world = World { files: &files, host: Buffer::default(), is_over: false };
        let limits = Limits { depth: 2_000, bytes: BYTES, memory: 4 * BYTES, files: 20, ..Limits::default() };
        let limits = Limits { work: 1_000_000, ..limits.with_calls(5_000) };
        let mut engine = Engine::new(Options { traced, prefix, limits, ..Options::default() }, &mut world);
        engine.define(b"release", b"bookworm");
        let status = engine.run(b"main.m4", case.head.clone());
        if traced {
            let output = engine.into_output();
            assert!(world.host.output.is_empty(), "a traced run keeps its output");
            world.host.output = output;
        }
        (status, world)
    };
    for prefix in [false, true] {
        let (status, plain) = run(false, prefix);
        let (traced_status, traced) = run(true, prefix);
        // What is written at once is bounded by the work.
        assert!(plain.host.output.len() <= 4_000_000, "{} bytes", plain.host.output.len());
        assert!(plain.host.error.len() <= 64 * BYTES, "{} bytes of messages", plain.host.error.len());
        if plain.is_over {
            assert_ne!(status, 0, "what passed a bound fails");
        }
        // Origins are work, too: a bound may be passed a little earlier.
        if !plain.is_over && !traced.is_over {
            assert_eq!(status, traced_status);
            assert!(plain.host.output == traced.host.output, "with origins the output is another");
            assert!(plain.host.error == traced.host.error, "with origins the messages are others");
        }
    }
});

/// The files of the input, and nothing else.
struct World<'a> {
    files: &'a BTreeMap<&'a [u8], &'a [u8]>,
    host: Buffer,
    is_over: bool,
}

impl Host for World<'_> {
    fn output(&mut self, bytes: &[u8]) -> bool {
        self.host.output(bytes)
    }

    fn error(&mut self, bytes: &[u8]) {
        self.host.error(bytes);
    }

    fn message(&mut self, message: &Message<'_>) {
        let passes = message.text.windows(8).any(|word| word == b" passes ");
        self.is_over |= message.gravity == Gravity::Fatal && passes;
        self.host.message(message);
    }

    fn read(&mut self, name: &[u8]) -> Result<Loaded, Unread> {
        match self.files.get(name) {
            Some(bytes) => Ok(Loaded { name: name.to_vec(), bytes: bytes.to_vec(), source: 1 }),
            None => self.host.read(name),
        }
    }
}
