//! What holds for every text and every value.

use dockmill::expression::{Arguments, CodeStart, Expression, Value, print};
use proptest::prelude::*;

use super::{Names, file, json, run};

/// Pieces from which random expressions are made: more of them are nearly right than of random characters.
const PIECES: &[&str] = &[
    "1",
    "0",
    "-1",
    "2.5",
    "9223372036854775807",
    "\"a\"",
    "'%s %d'",
    "\"é\\n\"",
    "true",
    "none",
    "version",
    "pkgs",
    "rows",
    "ports",
    "v",
    "empty",
    "typo",
    "nothing",
    "[1, \"a\"]",
    "[]",
    "{\"a\": [1]}",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "~",
    "==",
    "!=",
    "<",
    ">=",
    " in ",
    " not in ",
    " and ",
    " or ",
    " not ",
    " if ",
    " else ",
    "|",
    " is ",
    " is not ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "=",
    "name",
    ".a",
    ".list",
    "[0]",
    "[-1]",
    "[1:]",
    "[::-1]",
    "[5:1:-2]",
    "|upper",
    "|join",
    "|join(\",\")",
    "|sort",
    "|sort(reverse=true)",
    "|unique",
    "|first",
    "|last",
    "|max",
    "|sum",
    "|length",
    "|list",
    "|items",
    "|dictsort",
    "|reverse",
    "|map(\"upper\")",
    "|map(attribute=\"name\")",
    "|select(\"odd\")",
    "|selectattr(\"size\", \"gt\", 2)",
    "|groupby(\"size\")",
    "|batch(2, 0)",
    "|slice(3)",
    "|zip([1, 2])",
    "|chain([3])",
    "|round(-2)",
    "|round(1, \"floor\")",
    "|int",
    "|int(0, 16)",
    "|float",
    "|abs",
    "|format(1, \"a\")",
    "|indent(3, true)",
    "|tojson",
    "|tojson(indent=2)",
    "|json",
    "|cont(4)",
    "|upto(2)",
    "|regex_replace(\"(.)\", \"$1$0\")",
    "|shell_quote",
    "|split",
    "|split(\"\")",
    "|trim(\"a\")",
    "|replace(\"a\", \"bb\")",
    "|default(1)",
    "|d",
    "|string",
    "|bool",
    "|title",
    "|lines",
    "|attr(\"a\")",
    "|shout",
    " is defined",
    " is odd",
    " is divisibleby(0)",
    " is divisibleby 3",
    " is version(\">=1\")",
    " is version",
    " is prerelease",
    "|newest",
    "|newest(2)",
    "|release",
    " is in(pkgs)",
    " is lower",
    "range(3)",
    "range(9, -9, -2)",
    "dict(a=1)",
    "shout(1)",
    ".upper()",
    "@# x",
    "\n",
    " ",
    "\"",
    "'",
    "\\",
    "@",
    "é",
];

/// The laws, on so many random cases each.
macro_rules! laws {
    ($cases:literal $(#[$attribute:meta])*) => {
        proptest! {
            #![proptest_config(crate::support::law::cases($cases))]

            #[test]
            $(#[$attribute])*
            fn nothing_panics(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14)) {
                let text = pieces.concat();
                let names = Names::new();
                if let Err(error) = run(&text, &names) {
                    let span = error.primary.unwrap().span;
                    prop_assert!(span.start <= span.end && text.get(span.start as usize..(span.end as usize).min(text.len())).is_some(), "{text:?} {span:?}");
                }
                let _ = Arguments::parse(&text, CodeStart { file: file(&text), offset: 7 });
            }

            /// One value and some filters: nearly always an expression.
            #[test]
            $(#[$attribute])*
            fn no_filter_panics(start in prop::sample::select(&PIECES[..21]), steps in prop::collection::vec(prop::sample::select(PIECES), 0..6)) {
                let steps: Vec<&str> = steps.into_iter().filter(|step| step.starts_with(['|', '[', '.']) || step.starts_with(" is ")).collect();
                let _ = run(&format!("{start}{}", steps.concat()), &Names::new());
            }

            #[test]
            $(#[$attribute])*
            fn no_text_panics(text in ".{0,60}") {
                let _ = run(&text, &Names::new());
            }

            /// A text in quotes is itself, and its JSON reads back.
            #[test]
            $(#[$attribute])*
            fn texts_survive(text in "[^\\\\\"]{0,40}") {
                let names = Names::new();
                let value = run(&format!("\"{text}\""), &names).unwrap();
                prop_assert_eq!(value.as_str(), Some(text.as_str()));
                let written = run(&format!("\"{text}\"|json"), &names).unwrap();
                prop_assert_eq!(serde_json::from_str::<String>(written.as_str().unwrap()).unwrap(), text);
            }

            /// Whole numbers are computed exactly, or not at all.
            #[test]
            $(#[$attribute])*
            fn numbers_are_exact(a in any::<i32>(), b in -50i32..50) {
                let names = Names::new();
                for (sign, exact) in [("+", a.checked_add(b)), ("-", a.checked_sub(b)), ("*", a.checked_mul(b))] {
                    if let Some(exact) = exact {
                        prop_assert_eq!(json(&run(&format!("({a}) {sign} ({b})"), &names).unwrap()), exact.to_string());
                    }
                }
                if b != 0 {
                    let text = format!("({a}) // ({b}) * ({b}) + ({a}) % ({b})");
                    prop_assert_eq!(json(&run(&text, &names).unwrap()), a.to_string());
                }
            }

            /// Slices are Python's, as minijinja has them forwards.
            #[test]
            $(#[$attribute])*
            fn slices_agree(from in -6i64..6, to in -6i64..6, step in 1i64..4) {
                let list = "[0, 1, 2, 3]";
                let text = format!("{list}[{from}:{to}:{step}]");
                let theirs = minijinja::Environment::new().compile_expression(&text).unwrap().eval(()).unwrap();
                prop_assert_eq!(json(&run(&text, &Names::new()).unwrap()), json(&theirs));
            }
        }
    };
}

/// So many that a slip is likely found.
mod few {
    use super::*;

    laws!(250);
}

/// So many that a rare slip is found.
mod many {
    use super::*;

    laws!(4000 #[ignore = "long: --include-ignored runs it"]);
}

#[test]
fn backward_slices_are_pythons() {
    for (text, expected) in [
        ("[0,1,2,3][::-1]", "[3,2,1,0]"),
        ("[0,1,2,3][2::-1]", "[2,1,0]"),
        ("[0,1,2,3][:1:-1]", "[3,2]"),
        ("[0,1,2,3][-2:0:-1]", "[2,1]"),
        ("[0,1,2,3][0:3:-1]", "[]"),
        ("[0,1,2,3][9:-9:-2]", "[3,1]"),
        ("\"abc\"[::-1]", "\"cba\""),
    ] {
        assert_eq!(json(&run(text, &Names::new()).unwrap()), expected, "{text}");
    }
}

#[test]
fn places_count_from_the_text() {
    let error = |text: &str| Expression::parse(text, CodeStart { file: file(text), offset: 100 }).unwrap_err();
    let span = error("1 + * 2").primary.unwrap().span;
    assert_eq!((span.start, span.end), (104, 105));
    let text = " a.b|upper @# c\n + 1 ";
    let expression = Expression::parse(text, CodeStart { file: file(text), offset: 100 }).unwrap();
    assert_eq!((expression.span().start, expression.span().end), (101, 120));
}

#[test]
fn comments_and_lines_stand_anywhere() {
    let names = Names::new();
    for text in ["\n1 @# one\n + @# two\r\n 2 @# three", "@# x\n3", "[ @# (\n 1, @# ]\n 2]|sum", "3 @#"] {
        assert_eq!(json(&run(text, &names).unwrap()), "3", "{text}");
    }
    assert_eq!(json(&run("\"@# no comment\"", &names).unwrap()), "\"@# no comment\"");
}

#[test]
fn literals_are_seen() {
    let literal = |text| {
        Expression::parse(text, CodeStart { file: file(text), offset: 0 }).unwrap().as_literal_str().map(str::to_owned)
    };
    assert_eq!(literal(" \"a\\n\" "), Some("a\n".to_owned()));
    for text in ["a", "\"a\" ~ \"b\"", "1", "[\"a\"]", "none"] {
        assert_eq!(literal(text), None, "{text}");
    }
}

#[test]
fn values_are_printed_or_refused() {
    let names = Names::new();
    for (text, printed) in [
        ("1", Ok("1")),
        ("1.5", Ok("1.5")),
        ("4 / 2", Ok("2.0")),
        ("true", Ok("true")),
        ("\"a\"", Ok("a")),
        ("none", Err("none")),
        ("[1]", Err("a list")),
        ("{}", Err("a map")),
        ("range(2)", Err("a list")),
    ] {
        let value = run(text, &names).unwrap();
        assert_eq!(print(&value).as_deref(), printed.as_ref().map(|text| &**text), "{text}");
    }
    assert_eq!(print(&Value::UNDEFINED), Err("an undefined value"));
}

#[test]
fn names_that_are_used() {
    let text = "a.b[c]|z(e, f=g) is h(i) and j(k, l=m) or dict(n=range(o))|upper is odd";
    let expression = Expression::parse(text, CodeStart { file: file(text), offset: 0 }).unwrap();
    let mut seen = Vec::new();
    expression.uses(&mut |found| {
        assert_eq!(&text[found.span.start as usize..found.span.end as usize], found.name);
        seen.push(format!("{} {:?}", found.name, found.kind));
    });
    assert_eq!(
        seen,
        [
            "a Name",
            "c Name",
            "z Filter { positional: 2, keywords: [\"f\"] }",
            "e Name",
            "g Name",
            "h Test",
            "i Name",
            "j Function { positional: 1, keywords: [\"l\"] }",
            "k Name",
            "m Name",
            "o Name",
        ]
    );
}

#[test]
fn expressions_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + std::fmt::Debug>() {}
    shared::<Expression>();
    shared::<Arguments>();
}
