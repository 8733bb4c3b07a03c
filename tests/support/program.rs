//! Random m4 programs: text in which everything that m4 knows may stand anywhere.

/// Numbers: the same seed, the same program, on every machine. Not those of `support::random`: what the first thousands of
/// seeds make is known to end soon in both.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).unwrap() % bound
    }

    pub(crate) fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const NAMES: &[&str] = &["foo", "bar", "a", "x1", "_y", "len", "defn", "shift", "dnl", "undefined"];
const BODIES: &[&str] = &[
    "$1",
    "[$1]",
    "$#",
    "$*",
    "$@",
    "$0",
    "`$1'",
    "$2$1",
    "a$1b",
    "$11",
    "${1}",
    "$",
    "$$1",
    "`foo'",
    "bar",
    "x $1 y",
    "",
    "shift($@)",
    "ifelse($#,0,none,$#,1,one,more)",
    "len($1)",
    "$1($2)",
    "`$0'(shift($@))",
    "define(`bar',$1)",
    "(",
    ")",
    ",",
    "`",
    "ifdef(`$1',yes,no)",
];
const WORDS: &[&str] = &[
    "a",
    "foo",
    "bar",
    "x1",
    "_y",
    "1",
    "23",
    "-4",
    "abc",
    "a,b",
    "(a,b)",
    " ",
    "\n",
    "  b ",
    "`q'",
    "``qq''",
    "`a,b'",
    "`'",
    "hello world",
    "# c\n",
    "foo bar",
    ".",
    "ab12",
    "%d",
    "[",
    "]",
    "x",
    "A-Z",
    "a-z",
    "\t",
    "foo(a)",
    "bar(`b',c)",
    "$1",
    "`$@'",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "10",
    "16",
    "255",
    "2147483647",
    "-2147483648",
    "007",
    "0x1f",
    "0b11",
    "",
    "abc",
    " 3",
    "3 ",
    "99999999999",
];
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "**", "<<", ">>", "<", "<=", ">", ">=", "==", "!=", "&", "|", "^", "&&", "||", "=", " + ",
    " - ", "++", "+=", "!", "~",
];
const PATTERNS: &[&str] = &[
    "a",
    "b*",
    "[a-c]",
    "[^a]",
    "\\(a\\)",
    "\\(a\\|b\\)",
    "a\\|ab",
    "^a",
    "b$",
    ".",
    ".*",
    "\\w+",
    "\\W",
    "\\b",
    "\\<",
    "\\>",
    "\\B",
    "x?",
    "\\(.\\)\\1",
    "\\(a*\\)*",
    "a**",
    "*",
    "\\(",
    "[",
    "",
    "\\(a*\\)\\(b*\\)",
    "[]a]",
    "[a-]",
    "\\.",
    "o+",
    "\\(o\\)*",
    "^",
    "$",
    "\\(^a\\|b$\\)",
    "[z-a]",
    "\\s",
    "a+?",
    "\\",
    "(a)",
    "{1}",
    "\\(ab\\|a\\)\\(c\\|bcd\\)",
    "\\`a",
    "a\\'",
];
const REPLACEMENTS: &[&str] = &["", "x", "\\&", "[\\&]", "\\1", "\\2\\1", "<\\1>", "\\\\", "\\", "\\x", "-"];
const FORMATS: &[&str] = &[
    "%d", "%5d|", "%-5d|", "%05d", "%x", "%X", "%o", "%c", "%s", "%10s|", "%-10s|", "%.2s", "%f", "%.2f", "%e", "%g",
    "%%", "%i", "%u", "%+d", "% d", "%#x", "%*d", "%.*f", "%z", "%5%", "%hd", "%hhd", "%ld", "%a", "%.3g", "%G", "%",
    "%.0f", "%08.3f", "%5c|",
];
const STRINGS: &[&str] = &[
    "abcdef",
    "foo bar baz",
    "aabbcc",
    "a\\nb",
    "hello",
    "",
    "aXbX",
    "one,two",
    "oo",
    "abcd",
    "ab ab",
    "a.b.c",
    "  x  ",
];

/// A program of some lines.
pub(crate) fn program(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..2 + random.below(10) {
        piece(random, &mut text, 3);
        text.push_str(random.one_of(&["\n", " ", "", "\n", ",", "`'"]));
    }
    text.push('\n');
    text
}

/// Something that stands in an argument: quoted, or not.
fn argument(random: &mut Random, text: &mut String, depth: usize) {
    match random.below(6) {
        0..=2 => {
            text.push('`');
            text.push_str(random.one_of(WORDS).trim_matches(['`', '\'', '(', ')']));
            text.push('\'');
        }
        3 => text.push_str(random.one_of(NAMES)),
        4 if depth > 0 => piece(random, text, depth - 1),
        _ => text.push_str(random.one_of(WORDS)),
    }
}

fn quoted(random: &mut Random, text: &mut String, words: &[&str]) {
    text.push('`');
    text.push_str(random.one_of(words));
    text.push('\'');
}

fn call(random: &mut Random, text: &mut String, name: &str, depth: usize) {
    text.push_str(name);
    text.push('(');
    for index in 0..random.below(4) {
        if index > 0 {
            text.push(',');
        }
        text.push_str(random.one_of(&["", "", " ", "\n"]));
        argument(random, text, depth);
    }
    text.push(')');
}

fn expression(random: &mut Random, text: &mut String, depth: usize) {
    match random.below(5) {
        0 if depth > 0 => {
            text.push('(');
            expression(random, text, depth - 1);
            text.push(')');
        }
        1 => {
            text.push_str(random.one_of(&["-", "+", "!", "~"]));
            text.push_str(random.one_of(NUMBERS));
        }
        2 | 3 if depth > 0 => {
            expression(random, text, depth - 1);
            text.push_str(random.one_of(OPERATORS));
            expression(random, text, depth - 1);
        }
        _ => text.push_str(random.one_of(NUMBERS)),
    }
}

/// One thing: a definition, a call, text.
#[allow(clippy::too_many_lines)] // A list of all that m4 knows.
fn piece(random: &mut Random, text: &mut String, depth: usize) {
    match random.below(44) {
        0..=3 => {
            text.push_str(random.one_of(&["define(`", "pushdef(`", "define(`"]));
            text.push_str(random.one_of(NAMES));
            text.push_str("',");
            if random.below(5) == 0 {
                text.push_str("defn(`");
                text.push_str(random.one_of(NAMES));
                text.push_str("')");
            } else {
                quoted(random, text, BODIES);
            }
            text.push(')');
        }
        4..=6 => {
            let name = random.one_of(NAMES);
            call(random, text, name, depth);
        }
        7 => text.push_str(random.one_of(NAMES)),
        8 => {
            let name = random.one_of(&[
                "popdef", "undefine", "defn", "ifdef", "indir", "builtin", "shift", "len", "m4wrap", "errprint",
                "dumpdef", "undivert",
            ]);
            call(random, text, name, depth);
        }
        9 | 10 => call(random, text, "ifelse", depth),
        11 => {
            text.push_str("ifelse(");
            for _ in 0..3 + random.below(5) {
                argument(random, text, depth);
                text.push(',');
            }
            text.push_str("z)");
        }
        12..=15 => {
            text.push_str("eval(");
            expression(random, text, 3);
            match random.below(6) {
                0 => text.push_str(",2"),
                1 => text.push_str(",16,8"),
                2 => text.push_str(",36"),
                3 => text.push_str(",1,3"),
                _ => {}
            }
            text.push(')');
        }
        16 => {
            text.push_str(random.one_of(&["incr(", "decr("]));
            text.push_str(random.one_of(NUMBERS));
            text.push(')');
        }
        17..=19 => {
            text.push_str("format(`");
            for _ in 0..=random.below(3) {
                text.push_str(random.one_of(FORMATS));
                text.push(' ');
            }
            text.push('\'');
            for _ in 0..random.below(5) {
                text.push(',');
                text.push_str(
                    random.one_of(&["1", "255", "-7", "abc", "3.14159", "65", "1e10", "`a b'", "", " 2", "0.5"]),
                );
            }
            text.push(')');
        }
        20..=23 => {
            text.push_str("patsubst(");
            quoted(random, text, STRINGS);
            text.push(',');
            quoted(random, text, PATTERNS);
            if random.below(4) > 0 {
                text.push(',');
                quoted(random, text, REPLACEMENTS);
            }
            text.push(')');
        }
        24 | 25 => {
            text.push_str("regexp(");
            quoted(random, text, STRINGS);
            text.push(',');
            quoted(random, text, PATTERNS);
            if random.below(2) > 0 {
                text.push(',');
                quoted(random, text, REPLACEMENTS);
            }
            text.push(')');
        }
        26 | 27 => {
            text.push_str("translit(");
            quoted(random, text, STRINGS);
            text.push(',');
            quoted(random, text, &["a-z", "z-a", "abc", "a-", "-a", "o", "", "b-da", "a-c-e"]);
            if random.below(3) > 0 {
                text.push(',');
                quoted(random, text, &["A-Z", "x", "", "Z-A", "123", "-"]);
            }
            text.push(')');
        }
        28 | 29 => {
            text.push_str("substr(");
            quoted(random, text, STRINGS);
            for _ in 0..random.below(3) {
                text.push(',');
                text.push_str(random.one_of(NUMBERS));
            }
            text.push(')');
        }
        30 => {
            text.push_str("index(");
            quoted(random, text, STRINGS);
            text.push(',');
            quoted(random, text, &["a", "bc", "", "oo", "zz", "foo bar baz qux"]);
            text.push(')');
        }
        31 | 32 => text.push_str(random.one_of(&[
            "divert(1)",
            "divert(-1)",
            "divert",
            "divert(2)",
            "divert(0)",
            "divnum",
            "undivert",
            "undivert(1)",
            "undivert(2,1)",
        ])),
        33 => text.push_str(random.one_of(&[
            "changecom",
            "changecom(`@')",
            "changecom(`/*',`*/')",
            "changecom(`#')",
            "changecom(`foo')",
            "changecom(,)",
        ])),
        34 => {
            let (set, back) = [
                ("changequote([,])", "changequote(`,')"),
                ("changequote([[,]])", "changequote"),
                ("changequote(`<<',`>>')", "changequote"),
                ("changequote", ""),
                ("changequote(,)", "changequote"),
            ][random.below(5)];
            text.push_str(set);
            text.push_str(random.one_of(&[
                "[a[b]c]",
                "[[foo]]",
                "<<a<<b>>c>>",
                "foo(<<a>>)",
                "bar([a,b])",
                "[foo]",
                "$@",
                "bar(a,b)",
                "<x>",
            ]));
            text.push_str(back);
        }
        35 => text.push_str(random.one_of(&[
            "__line__",
            "__file__",
            "__program__",
            "sysval",
            "m4exit(3)",
            "dnl rest\n",
            "dnl\n",
            "# comment foo\n",
            "traceon",
            "traceoff",
            "debugmode(`aeq')",
            "traceon(`foo')",
        ])),
        36 => text.push_str("define(`loop',`ifelse($1,0,,`$1 loop(decr($1))')')loop(5)"),
        37 => text.push_str("define(`each',`ifelse($#,1,,`[$1]each(shift($@))')')each(a,`b c',d,)"),
        38 => text.push_str("define(`f',`$1')f(f(f(f(`f(x)'))))"),
        39 => text.push_str("include(`part')"),
        40 => text.push_str(random.one_of(&[
            "sinclude(`none')",
            "include(`none')",
            "undivert(`part')",
            "undivert(`none')",
        ])),
        _ => text.push_str(random.one_of(WORDS)),
    }
}
