//! What holds for every text and every value.

use std::cell::Cell;
use std::sync::Arc;

use dockmill::diagnostic::{Code, Diagnostic};
use dockmill::expression::{Arguments, Expression, Place, Scope, Value, print};
use dockmill::source::Span;
use proptest::prelude::*;

use super::{Names, file, json, run};

fn code(text: &str) -> Option<Code> {
    run(text, &Names::new()).err().map(|error| error.code)
}

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14)) {
        let text = pieces.concat();
        let names = Names::new();
        if let Err(error) = run(&text, &names) {
            let span = error.primary.unwrap().span;
            prop_assert!(span.start <= span.end && text.get(span.start as usize..(span.end as usize).min(text.len())).is_some(), "{text:?} {span:?}");
        }
        let _ = Arguments::parse(&text, Place { file: file(&text), offset: 7 });
    }

    /// One value and some filters: nearly always an expression.
    #[test]
    fn no_filter_panics(start in prop::sample::select(&PIECES[..21]), steps in prop::collection::vec(prop::sample::select(PIECES), 0..6)) {
        let steps: Vec<&str> = steps.into_iter().filter(|step| step.starts_with(['|', '[', '.']) || step.starts_with(" is ")).collect();
        let _ = run(&format!("{start}{}", steps.concat()), &Names::new());
    }

    #[test]
    fn no_text_panics(text in ".{0,60}") {
        let _ = run(&text, &Names::new());
    }

    /// A text in quotes is itself, and its JSON reads back.
    #[test]
    fn texts_survive(text in "[^\\\\\"]{0,40}") {
        let names = Names::new();
        let value = run(&format!("\"{text}\""), &names).unwrap();
        prop_assert_eq!(value.as_str(), Some(text.as_str()));
        let written = run(&format!("\"{text}\"|json"), &names).unwrap();
        prop_assert_eq!(serde_json::from_str::<String>(written.as_str().unwrap()).unwrap(), text);
    }

    /// Whole numbers are computed exactly, or not at all.
    #[test]
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
    fn slices_agree(from in -6i64..6, to in -6i64..6, step in 1i64..4) {
        let list = "[0, 1, 2, 3]";
        let text = format!("{list}[{from}:{to}:{step}]");
        let theirs = minijinja::Environment::new().compile_expression(&text).unwrap().eval(()).unwrap();
        prop_assert_eq!(json(&run(&text, &Names::new()).unwrap()), json(&theirs));
    }
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
fn long_and_deep_texts_are_bounded() {
    let wide = |piece: &str, count: usize| format!("1{}", piece.repeat(count));
    for text in [
        wide("+1", 8000),
        wide("*1", 8000),
        wide(" or 1", 3000),
        wide(" and 1", 2500),
        wide("~1", 8000),
        wide("**1", 5000),
        wide("<=1", 5000),
        wide("+1*1", 4000),
        wide("|string", 2000),
        wide(" if true else 1", 1000),
        format!("{}1{}", "(".repeat(100), ")".repeat(100)),
        format!("{}1{}", "[".repeat(60), "]".repeat(60)),
        format!("{}1", "-".repeat(100)),
        format!("{}true", "not ".repeat(100)),
    ] {
        assert_eq!(code(&text), None, "{}", &text[..20]);
    }
    for text in [
        format!("{}1{}", "(".repeat(101), ")".repeat(101)),
        "(".repeat(16_000),
        "[".repeat(16_000),
        "{".repeat(16_000),
        "a[".repeat(8_000),
        "a|b(".repeat(4_000),
        "-".repeat(16_000) + "1",
        format!("{}1", "-".repeat(101)),
        format!("{}1", "not ".repeat(4_000)),
        "-(".repeat(60) + &"-".repeat(60) + "1" + &")".repeat(60),
        " ".repeat(17_000),
        wide("+1", 9_000),
    ] {
        assert_eq!(code(&text), Some(Code::LimitExceeded), "{}", &text[..20]);
    }
}

/// Brackets in each other are read once, not twice at each level.
#[test]
fn nested_brackets_take_no_time() {
    let start = std::time::Instant::now();
    for (open, close) in [
        ("v[", "]"),
        ("shout(", ")"),
        ("(", ")"),
        ("[", "]"),
        ("{\"a\":", "}"),
        ("1|shout(", ")"),
        ("1 is in(", ")"),
        ("shout(a=", ")"),
    ] {
        let _ = code(&format!("{}1{}", open.repeat(100), close.repeat(100)));
        let _ = code(&format!("{}1 1{}", open.repeat(100), close.repeat(100)));
        let _ = code(&format!("{}1", open.repeat(100)));
    }
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

/// A scope whose function makes its argument larger each time it is called, as a loop with `@let` could.
struct Growing(Cell<Value>);

impl Scope for Growing {
    fn value(&self, _: &str) -> Option<Value> {
        let value = self.0.take();
        self.0.set(value.clone());
        Some(value)
    }

    fn call(&self, _: &str, _: Vec<Value>, _: Vec<(Arc<str>, Value)>, _: Span) -> Option<Result<Value, Diagnostic>> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn no_value_grows_without_bound() {
    for (start, step) in [
        ("\"ab\"", "x + x"),
        ("\"ab\"", "x ~ x"),
        ("\"ab\"", "x * 100"),
        ("\"ab\"", "[x, x]|join"),
        ("\"ab\"", "x|replace(\"b\", \"bb\")"),
        ("\"a\\nb\"", "(x ~ \"\\n\" ~ x)|indent(9)"),
        ("\"ab\"", "\"%s%s\"|format(x, x)"),
        ("\"ab\"", "x|regex_replace(\".+\", \"$0$0\")"),
        ("\"'\"", "x|shell_quote"),
        ("[1]", "x + x"),
        ("[1]", "x|chain(x)"),
        ("[1]", "x * 3"),
        ("[1]", "[x]"),
        ("[1]", "[x]|batch(1)"),
        ("[1]", "x|batch(1)"),
        ("[1]", "x|zip(x)"),
        ("[1]", "x|slice(1)"),
        ("{\"a\": 1}", "{\"a\": x}"),
        ("[1]", "[x, x]"),
        ("[1]", "{\"a\": x, \"b\": x}"),
        ("[1]", "[x]|zip([x])"),
        ("{\"a\": 1}", "dict(a=x)"),
        ("{\"a\": 1}", "[x]|groupby(\"a\", default=1)"),
    ] {
        let names = Names::new();
        let scope = Growing(Cell::new(run(start, &names).unwrap()));
        let expression = Expression::parse(step, Place { file: file(step), offset: 0 }).unwrap();
        let error = (0..200).find_map(|_| match expression.evaluate(&scope) {
            Ok(value) => {
                scope.0.set(value);
                None
            }
            Err(error) => Some(error.code),
        });
        assert!(matches!(error, Some(Code::LimitExceeded | Code::WrongType)), "{step}: {error:?}");
    }
}

/// Each text here has its bound, but there are many of them, or many places for one.
#[test]
fn an_expression_makes_so_much_and_no_more() {
    let big = "\"a\" * 16000000";
    for text in [
        format!("([{big}] * 1000)|map(\"upper\")"),
        format!("([{big}] * 1000)|json"),
        format!("([{big}] * 1000)|tojson(indent=2)"),
        format!("[{}]", vec![big; 1000].join(", ")),
        format!("[{}]", vec!["range(1000000)"; 900].join(", ")),
        format!("\"{}\"|format({})", "%s".repeat(500), vec![big; 500].join(", ")),
        format!("(\"%(a)s\" * 5000)|format(a={big})"),
        format!("({big})|list"),
        "(\"a,\" * 8000000)|split(\",\")".to_owned(),
        "(\"\\n\" * 16000000)|lines".to_owned(),
    ] {
        assert_eq!(code(&text), Some(Code::LimitExceeded), "{text:.40}");
    }
}

struct Spent(Names, Cell<u64>);

impl Scope for Spent {
    fn value(&self, name: &str) -> Option<Value> {
        self.0.value(name)
    }

    fn call(
        &self,
        name: &str,
        positional: Vec<Value>,
        keywords: Vec<(Arc<str>, Value)>,
        span: Span,
    ) -> Option<Result<Value, Diagnostic>> {
        self.0.call(name, positional, keywords, span)
    }

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn spend(&self, steps: u64) -> Option<bool> {
        self.1.set(self.1.get().saturating_sub(steps));
        Some(self.1.get() > 0)
    }
}

#[test]
fn steps_are_spent() {
    let expression = |text| Expression::parse(text, Place { file: file(text), offset: 0 }).unwrap();
    let scope = Spent(Names::new(), Cell::new(3));
    let one = expression("1 + 1");
    assert!(one.evaluate(&scope).is_ok() && one.evaluate(&scope).is_ok());
    assert_eq!(one.evaluate(&scope).unwrap_err().code, Code::LimitExceeded);
    let scope = Spent(Names::new(), Cell::new(1000));
    let large = expression("range(100000)|map(\"string\")|join");
    assert_eq!(large.evaluate(&scope).unwrap_err().code, Code::LimitExceeded);
}

#[test]
fn places_count_from_the_text() {
    let error = |text: &str| Expression::parse(text, Place { file: file(text), offset: 100 }).unwrap_err();
    let span = error("1 + * 2").primary.unwrap().span;
    assert_eq!((span.start, span.end), (104, 105));
    let text = " a.b|upper @# c\n + 1 ";
    let expression = Expression::parse(text, Place { file: file(text), offset: 100 }).unwrap();
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
        Expression::parse(text, Place { file: file(text), offset: 0 }).unwrap().as_literal_str().map(str::to_owned)
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
    let expression = Expression::parse(text, Place { file: file(text), offset: 0 }).unwrap();
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
