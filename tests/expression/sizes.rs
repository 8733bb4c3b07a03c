//! How long and deep an expression may be, how large what it makes, and how many steps it takes.

use std::cell::Cell;

use dockmill::diagnostic::Code;
use dockmill::expression::{CodeStart, Expression, Scope, Value};

use super::{Names, file, run};

fn code(text: &str) -> Option<Code> {
    run(text, &Names::new()).err().map(|error| error.code)
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

/// Brackets in each other are read once: twice at each level would be 2^100 times, and this test would never end.
#[test]
fn nested_brackets_are_read_once() {
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
}

/// A scope whose function makes its argument larger each time it is called, as a loop with `@let` could.
struct Growing(Cell<Value>);

impl Scope for Growing {
    fn value(&self, _: &str) -> Option<Value> {
        let value = self.0.take();
        self.0.set(value.clone());
        Some(value)
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
        let expression = Expression::parse(step, CodeStart { file: file(step), offset: 0 }).unwrap();
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

#[test]
fn steps_are_spent() {
    let expression = |text| Expression::parse(text, CodeStart { file: file(text), offset: 0 }).unwrap();
    let scope = Names::with_steps(3);
    let one = expression("1 + 1");
    assert!(one.evaluate(&scope).is_ok() && one.evaluate(&scope).is_ok());
    assert_eq!(one.evaluate(&scope).unwrap_err().code, Code::LimitExceeded);
    let scope = Names::with_steps(1000);
    let large = expression("range(100000)|map(\"string\")|join");
    assert_eq!(large.evaluate(&scope).unwrap_err().code, Code::LimitExceeded);
}
