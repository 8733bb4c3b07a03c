//! `map`: what another tool prints goes through, with places put in and nothing taken out. The text stands in a file `log`.
#![no_main]

use dockmill::project::Mapper;
use dockmill::render::headed;
use dockmill_fuzz::project::with_project;
use dockmill_fuzz::{Case, mutate};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, longest: usize, seed: u32| { mutate(data, size, longest, seed) });

fuzz_target!(|input: &[u8]| {
    let mut case = Case::read(input);
    if case.file("log").is_none() {
        let head = std::mem::take(&mut case.head);
        case.files.push(("log", head));
    }
    with_project(&case, |renderer, sources, made| {
        let Ok(mut mapper) = Mapper::new(renderer, sources) else { panic!("the pattern is one") };
        let mut lines = case.file("log").unwrap_or_default().split(|byte| *byte == b'\n');
        for line in lines.by_ref().take(200).filter_map(|line| std::str::from_utf8(line).ok()) {
            if let Some(mapped) = mapper.add(line) {
                only_adds(line, &mapped);
            }
        }
        // Each line of each output has the place that its text has.
        for (target, rendered) in made {
            let headed = headed(renderer.manifest(), target, rendered);
            // A pattern of paths cannot tell where such a one begins or ends.
            let is_plain = |letter: char| !letter.is_whitespace() && !":'\"()[]".contains(letter);
            if !target.output.as_str().chars().all(is_plain) {
                continue;
            }
            let lines = headed.bytes.split_inclusive(|byte| *byte == b'\n').count();
            for line in (1..=lines.min(60)).filter_map(|line| u32::try_from(line).ok()) {
                let named = format!("{}:{line}", target.output);
                let place = headed.template_line(line).and_then(|line| rendered.text.origin(line));
                let place = place.map(|place| format!("{}:{}", sources.get(place.file).name(), place.line));
                let expected = place.map(|place| format!("{named}:7 ({place}): x"));
                assert_eq!(mapper.add(&format!("{named}:7: x")), expected);
            }
        }
    });
});

/// The mapped line is the line with ` (PLACE)` put in, more than once perhaps.
fn only_adds(line: &str, mapped: &str) {
    let (mut rest, mut left) = (line, mapped);
    while !rest.is_empty() || !left.is_empty() {
        let same = rest.bytes().zip(left.bytes()).take_while(|(one, other)| one == other).count();
        let same = (0..=same).rev().find(|at| rest.is_char_boundary(*at) && left.is_char_boundary(*at)).unwrap_or(0);
        // The place may begin as the line goes on: the longest way that fits is looked for.
        let put_in = (0..=same).rev().find_map(|at| {
            let place = left.get(at..)?.strip_prefix(" (")?;
            let end = place.match_indices(')').map(|(end, _)| end + 1);
            let fits = |end: &usize| rest.get(at..).is_some_and(|rest| is_spread(rest, &place[*end..]));
            end.into_iter().find(fits).map(|end| (&rest[at..], &place[end..]))
        });
        match put_in {
            Some((line, mapped)) => (rest, left) = (line, mapped),
            None => {
                assert_eq!(rest, left, "{line:?} became {mapped:?}");
                return;
            }
        }
    }
}

/// Are the letters of the first all in the second, in order?
fn is_spread(short: &str, long: &str) -> bool {
    let mut long = long.bytes();
    short.bytes().all(|letter| long.any(|found| found == letter))
}
