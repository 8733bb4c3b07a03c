//! Errors as they are told: place, label, further places, notes, advice.

use dockmill::diagnostic::Diagnostic;
use dockmill::expression::{Arguments, CodeStart, unknown};
use dockmill::source::SourceMap;

use super::{Names, file, run};
use crate::support::{self, snapshots};

fn told(text: &str, error: &Diagnostic) -> String {
    let sources = SourceMap::default();
    sources.add("template.dockmill", text.as_bytes().to_vec());
    support::told::told(std::slice::from_ref(error), &sources)
}

fn snapshot(name: &str, expressions: &[&str]) {
    let names = Names::new();
    let told = expressions.iter().map(|text| match run(text, &names) {
        Ok(value) => panic!("{text} gives {value}"),
        Err(error) => told(text, &error),
    });
    check(name, &told.collect::<Vec<_>>().concat());
}

fn check(name: &str, text: &str) {
    snapshots("expression").bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn syntax() {
    snapshot(
        "syntax",
        &[
            "",
            "  ",
            "1 +",
            "1 + * 2",
            "a b",
            "v.",
            "v.a|",
            "v.a is",
            "v.a is not",
            "1 if debug else",
            "1 if",
            "[1, 2",
            "[1, 2)",
            "(1",
            "1)",
            "v[",
            "v[]",
            "{\"a\" 1}",
            "{a",
            "shout(1,",
            "shout(a=)",
            "\"abc",
            "'it's'",
            "\"\\xg1\"",
            "\"\\ud800\"",
            "if",
            "version[1:2:3:4]",
            "pkgs|join(\" \" \",\")",
            "3.12.8",
            "12abc",
            "é",
            "pkgs|1",
            "a\n+",
        ],
    );
}

#[test]
fn habits_of_other_languages() {
    snapshot(
        "habits",
        &[
            "debug && true",
            "debug || true",
            "!debug",
            "version === \"3\"",
            "version !== \"3\"",
            "version = \"3\"",
            "debug ? 1 : 2",
            "f\"a{version}\"",
            "r\"a\"",
            "\"a\" \"b\"",
            "\"a\" + 1",
            "1 + \"a\"",
            "\"%s\" % version",
            "(1, 2)",
            "$version",
            "${version}",
            "nothing == none",
            "nothing != none",
            "version.upper()",
            "version.startswith(\"3\")",
            "pkgs.append(\"x\")",
            "len(pkgs)",
            "upper(version)",
            "version|len",
            "version|escape",
            "version is upto",
            "version|odd",
            "upper",
            "range",
            "\"a\" if debug",
        ],
    );
}

#[test]
fn names_and_keys() {
    snapshot(
        "names",
        &[
            "verson",
            "quite_other",
            "v.lst",
            "v.deep.ulr",
            "v[\"lits\"]",
            "ports.ssh",
            "{}.a",
            "pkgs[3]",
            "pkgs[-4]",
            "version[10]",
            "empty[0]",
            "empty|first",
            "empty|max",
            "pkgs.name",
            "release.major",
            "nothing.a",
            "pkgs[\"a\"]",
            "pkgs[true]",
            "pkgs[1.5]",
            "rows|map(attribute=\"nmae\")",
            "rows|selectattr(\"nmae\", \"eq\", \"b\")",
            "rows|sort(attribute=\"size,nmae\")",
            "shuot(1)",
            "pkgs|jion(\" \")",
            "release is evne",
            "pkgs|map(\"upppr\")",
        ],
    );
}

#[test]
fn kinds() {
    snapshot(
        "kinds",
        &[
            "version > \"3.9\"",
            "release >= \"17\"",
            "debug < 1",
            "version == 3",
            "release == \"18\"",
            "pkgs == ports",
            "3 in [\"3\"]",
            "1 in \"1\"",
            "1 in release",
            "\"a\" ~ nothing",
            "\"a\" ~ pkgs",
            "\"a\" ~ ports",
            "pkgs + 1",
            "-version",
            "\"a\" * 1.5",
            "\"a\" * -1",
            "pkgs|upper",
            "version|join(\",\")",
            "ports|join(\",\")",
            "version|abs",
            "[1, none]|join(\",\")",
            "[1, \"a\"]|sort",
            "rows|sort",
            "version|indent(-1)",
            "version|indent(first=1)",
            "version|replace(none, \"a\")",
            "version is startingwith(3)",
            "version is odd",
            "pkgs[\"a\":]",
            "release[1:]",
            "pkgs[::0]",
            "{1: 2}",
            "range(\"3\")",
            "dict(pkgs)",
            "\"false\"|bool",
            "3.10",
            "007",
            "1e3",
            "0x1F",
            "99999999999999999999",
        ],
    );
}

#[test]
fn arguments() {
    snapshot(
        "arguments",
        &[
            "version|upper(1)",
            "version|replace(\"a\")",
            "version|replace(\"a\", \"b\", \"c\")",
            "version|indent(widht=2)",
            "version|upper(a=1)",
            "version|replace(\"a\", \"b\", from=\"c\")",
            "pkgs|map",
            "rows|selectattr",
            "version is startingwith",
            "version is prerelease(\">3\")",
            "version is version(\">3\", \"<4\")",
            "release is odd(1)",
            "range()",
            "range(1, 2, 3, 4)",
            "shout(a=1, 2)",
            "shout(a=1, a=2)",
            "version is version(\"3.8\")",
            "version is version(\"~3.8\")",
            "version is version(\">=3.x\")",
            "\"3.13-slim\" is version(\">=3\")",
            "ratio is version(\">=3\")",
            "version|upto(4)",
            "version|regex_replace(\"(\", \"\")",
            "version|regex_replace(\"a{3,2}\", \"\")",
        ],
    );
}

#[test]
fn computing() {
    snapshot(
        "computing",
        &[
            "1 / 0",
            "1 // (release - 18)",
            "1.5 % 0",
            "0 ** -1",
            "9223372036854775807 + 1",
            "2 ** 64",
            "1e308 * 10",
            "\"a\" * 90000000",
            "[1] * 90000000",
            "range(1000000000)",
            "range(1, 5, 0)",
            "\"a\"|indent(100001)",
            "\"%9999d\"|format(1)",
            "\"%*d\"|format(9, 1)",
            "\"%d\"|format(\"a\")",
            "\"x\"|int",
            "\"1e400\"|int",
            "\"inf\"|float",
        ],
    );
}

#[test]
fn arguments_of_directives() {
    let texts = ["a, b=1, c", "a, b=1, b=2", "a b", "a,,b", ",", "a, (b", "a = ", "x if y, 2"];
    let told = texts
        .iter()
        .map(|text| told(text, &Arguments::parse(text, CodeStart { file: file(text), offset: 0 }).unwrap_err()));
    check("directives", &told.collect::<Vec<_>>().concat());
}

/// Filters and tests that arguments name are known before anything is computed.
#[test]
fn names_before_computing() {
    let texts =
        ["pkgs|map(\"upppr\")", "pkgs|select(\"od\")", "rows|selectattr(\"a\", \"evn\")", "shout(verson)|jion is evne"];
    let mut all = Vec::new();
    for text in texts {
        let place = CodeStart { file: file(text), offset: 0 };
        let expression = dockmill::expression::Expression::parse(text, place).unwrap();
        expression.uses(&mut |found| {
            if !["pkgs", "rows", "shout"].contains(&found.name) {
                all.push(told(text, &unknown(&found, ["version", "shout"].into_iter())));
            }
        });
    }
    check("uses", &all.concat());
}
