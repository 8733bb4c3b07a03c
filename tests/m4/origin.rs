//! What holds of every program: a traced run gives the bytes of one that is not traced, and every line has an origin.

use std::fmt::Write;
use std::io;

use dockmill::m4::{Engine, Front, Gravity, Host, Limits, Loaded, Message, Options, Task, Unread};
use dockmill::source::{FrameKind, Memory, Origin, SourceMap, Span};
use dockmill::template::{self, Budget, Roots};
use proptest::prelude::*;

use crate::support::program::{Random, program};

const PART: &str = "part foo bar(x) `quoted' # comment\nlen(abc)\n";
/// A random program may be one without an end.
const CALLS: u64 = 1000;
const BYTES: usize = 1 << 16;
const DEPTH: u32 = 10;

/// The standard output of a run that is not traced.
#[derive(Default)]
struct Plain {
    output: Vec<u8>,
    unbounded: bool,
}

impl Host for Plain {
    fn output(&mut self, bytes: &[u8]) -> bool {
        self.output.extend_from_slice(bytes);
        true
    }

    fn error(&mut self, _: &[u8]) {}

    fn message(&mut self, message: &Message<'_>) {
        self.unbounded |= message.gravity == Gravity::Fatal && !message.text.starts_with(b"end of file");
    }

    fn read(&mut self, name: &[u8]) -> Result<Loaded, Unread> {
        match name {
            b"part" => Ok(Loaded { name: name.to_vec(), bytes: PART.into(), source: 0 }),
            _ => Err(Unread::Io(io::ErrorKind::NotFound.into())),
        }
    }

    fn debug_file(&mut self, _: Option<&[u8]>) -> Result<(), String> {
        Err("refused".to_owned())
    }
}

/// What a run gives; `None` where it would have no end.
fn plain(text: &str) -> Option<Vec<u8>> {
    let mut host = Plain::default();
    let limits = Limits { calls: CALLS, depth: DEPTH as usize * 500, bytes: BYTES, ..Limits::default() };
    Engine::new(Options { limits, ..Options::default() }, &mut host).run(b"t.m4", text.as_bytes().to_vec());
    (!host.unbounded && host.output.len() < BYTES).then_some(host.output)
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let Some(plain) = plain(text) else { return Ok(()) };
    let files = Memory::default().with("/p/t.m4", text).with("/p/part", PART);
    let sources = SourceMap::default();
    let roots = Roots::of("/p");
    let front = Front::new(&files, &sources, roots);
    let named = Span::new(sources.add("<command line>", Vec::new()), 0, 0);
    let template = front.template("t.m4".into(), named).unwrap();
    let limits = template::Limits { depth: DEPTH, steps: CALLS, output: BYTES as u64, ..template::Limits::default() };
    let expanded = front.expand(
        &template,
        &Task { definitions: &[], prefix: false, limits, budget: &Budget::default(), record: true, dockerfile: true },
    );
    let traced = &expanded.text;

    prop_assert_eq!(String::from_utf8_lossy(&traced.bytes), String::from_utf8_lossy(&plain));
    prop_assert_eq!(traced.lines.len(), plain.split_inclusive(|byte| *byte == b'\n').count());
    for origin in &traced.lines {
        let file = sources.get(origin.file);
        prop_assert!(file.name() == "t.m4" || file.name() == "part", "{}", file.name());
        prop_assert!(file.line_range(origin.line).is_some(), "{}:{}", file.name(), origin.line);
        for frame in traced.stack(origin.frame) {
            let site = sources.get(frame.site.file);
            prop_assert!(frame.site.start <= frame.site.end && frame.site.end as usize <= site.bytes().len());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::support::law::cases(500))]

    #[test]
    fn tracing_changes_no_byte_and_every_line_has_an_origin(seed: u64) {
        check(&program(&mut Random::new(seed)))?;
    }
}

/// Where lines come from: the text, with the place that each line must have.
#[test]
fn lines_come_from_where_they_were_written() {
    let text = "\
define(`two', `TWO $1
and $1')dnl
define(`wrap', `two(`$1')')dnl
plain
two(`x')
  indented two(`y') rest
wrap(`z')
divert(1)late
divert(0)dnl
ifelse(a, a, `taken
twice')
include(`part')dnl
undivert(`part')dnl
m4wrap(`the end
')dnl
format(`%s
%s', one, other)
";
    let files = Memory::default().with("/p/t.m4", text).with("/p/part", PART);
    let sources = SourceMap::default();
    let roots = Roots::of("/p");
    let front = Front::new(&files, &sources, roots);
    let named = Span::new(sources.add("<command line>", Vec::new()), 0, 0);
    let template = front.template("t.m4".into(), named).unwrap();
    let task = Task {
        definitions: &[],
        prefix: false,
        limits: template::Limits::default(),
        budget: &Budget::default(),
        record: false,
        dockerfile: true,
    };
    let traced = front.expand(&template, &task).text;
    let shown: Vec<String> = traced
        .bytes
        .split_inclusive(|byte| *byte == b'\n')
        .zip(&traced.lines)
        .map(|(line, origin)| {
            let mut shown = format!("{} < {}", String::from_utf8_lossy(line).trim_end(), place(&sources, origin));
            for frame in traced.stack(origin.frame) {
                let site = sources.get(frame.site.file);
                let (line, column) = site.position(frame.site.start);
                let what = match &frame.kind {
                    FrameKind::Macro(name) => name.to_string(),
                    FrameKind::Include(name) => format!("the file {name}"),
                    other => panic!("{other:?}"),
                };
                write!(shown, " < {what} at {}:{line}:{column}", site.name()).unwrap();
            }
            shown
        })
        .collect();
    let expected = "\
plain < t.m4:4
TWO x < t.m4:1 < two at t.m4:5:1
and x < t.m4:2 < two at t.m4:5:1
  indented TWO y < t.m4:6
and y rest < t.m4:2 < two at t.m4:6:12
TWO z < t.m4:1 < two at t.m4:3:17 < wrap at t.m4:7:1
and z < t.m4:2 < two at t.m4:3:17 < wrap at t.m4:7:1
taken < t.m4:10
twice < t.m4:11
part foo bar(x) quoted # comment < part:1 < the file part at t.m4:12:1
3 < part:2 < the file part at t.m4:12:1
part foo bar(x) `quoted' # comment < part:1 < the file part at t.m4:13:1
len(abc) < part:2 < the file part at t.m4:13:1
one < t.m4:16
other < t.m4:16
the end < t.m4:14
late < t.m4:8";
    assert_eq!(shown.join("\n"), expected);
}

fn place(sources: &SourceMap, origin: &Origin) -> String {
    format!("{}:{}", sources.get(origin.file).name(), origin.line)
}
