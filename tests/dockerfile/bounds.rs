//! Dockerfiles that would take all time or memory end in one clear error, or in a bounded number of findings.

use dockmill::diagnostic::Code;
use dockmill::dockerfile::{Finding, check, local_sources, parse};

fn found(text: &str) -> Vec<Finding> {
    check(&parse(text.as_bytes()))
}

fn limits(text: &str) -> Vec<String> {
    found(text).into_iter().filter(|found| found.code == Code::LimitExceeded).map(|found| found.message).collect()
}

/// So many lines.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// Each ARG or ENV doubles the one before it.
fn doubled(keyword: &str) -> String {
    let doubled = lines(39, |n| format!("{keyword} a{}=$a{n}$a{n}\n", n + 1));
    format!("{keyword} a0=xxxxxxxxxx\n{doubled}")
}

#[test]
fn values_that_double_end_in_an_error() {
    let text = doubled("ARG") + "FROM $a39\n";
    let error = "in `$a39` variables stand for more text than dockmill works out";
    assert_eq!(limits(&text), [error]);
    // In a stage they are BuildKit's matter: only what is read of the context asks for them.
    let text = format!("FROM a\n{}COPY $a39 $a1 /\n", doubled("ENV"));
    assert_eq!(limits(&text), [""; 0]);
    let sources: Vec<_> = local_sources(&parse(text.as_bytes())).into_iter().map(|source| source.path).collect();
    assert_eq!(sources, [None, None]);
}

#[test]
fn patterns_of_many_stars_end_in_an_error() {
    let value = "a".repeat(20_000);
    let stars = "a*".repeat(10);
    assert_eq!(limits(&format!("ARG a={value}\nFROM ${{a//{stars}b/c}}\n")).len(), 1);
    // Read once, it is soon done.
    assert_eq!(limits(&format!("ARG a={value}\nFROM ${{a%%{stars}b}}\n")).len(), 0);
}

#[test]
fn stages_and_instructions_are_counted() {
    let stages = lines(100_000, |n| format!("FROM a AS s{n}\n"));
    let bound = "the Dockerfile has more than 10000 instructions or 1000 stages";
    assert_eq!(limits(&stages), [bound]);
    let before = "ARG a\n".repeat(100_000) + "FROM a\n";
    let found = found(&before);
    assert_eq!(found.iter().map(|found| found.message.as_str()).collect::<Vec<_>>(), [bound]);
    let in_each_other = lines(900, |n| format!("FROM a AS s{n}\nCOPY --from=s{} a b\n", n + 1));
    assert_eq!(limits(&(in_each_other + "FROM a AS s900\n")).len(), 1);
}

#[test]
fn findings_are_counted() {
    let unknown = "FROM a\n".to_owned() + &"RUNN x\n".repeat(5000);
    let all = found(&unknown);
    assert_eq!(all.len(), 201);
    let last = all.last().map(|found| found.message.as_str());
    assert_eq!(last, Some("more was found from here on: 4800 errors and 0 warnings"));
    let swallowed = "FROM a\n".to_owned() + &"RUN x \\\n".repeat(50_000);
    assert!(found(&swallowed).len() <= 201);
}

#[test]
fn many_names_are_not_compared_each_with_each() {
    let stages = lines(900, |n| format!("FROM a AS stage{n:0>90}\n"));
    let copies = lines(9000, |n| format!("COPY --from=other{n:0>90} a b\n"));
    assert!(limits(&(stages + &copies)).is_empty());
    let long = "x".repeat(60_000);
    assert!(found(&format!("FROM a AS {long}\nFROM a\nCOPY --from={long}y a b\n")).len() < 5);
}

#[test]
fn an_instruction_of_many_words_is_not_searched_for_each() {
    let from = |count| lines(count, |n| format!("--mount=from=i{n},target=/t{n} \\\n"));
    let placed = |count| {
        let text = format!("FROM a\nRUN {}x\n", from(count));
        let dockerfile = parse(text.as_bytes());
        dockerfile.outline().references.iter().filter(|found| found.place.columns.is_some()).count()
    };
    assert_eq!(placed(1_000), 1_001);
    // The others have their line, and are no less known.
    assert!((1_001..20_000).contains(&placed(40_000)));
    let late = format!("FROM a\nRUN {}--network=nonne --network=none x\n", from(40_000));
    let found = found(&late);
    assert_eq!(
        found.iter().map(|found| (found.line, found.message.as_str())).collect::<Vec<_>>(),
        [(2, "`--network` is given twice"), (2, "`--network` cannot be `nonne`")]
    );
}
