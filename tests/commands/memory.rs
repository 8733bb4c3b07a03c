//! Every command works where a process may have little memory, on a project that nests as deep as the bounds allow.

use std::fmt::Write as _;

use crate::support::Folder;

/// KiB of address space, of which a program that is not optimized takes a good part for itself.
const MEMORY: u32 = 300_000;

/// `inner` in as many blocks as there may be in each other.
fn blocks(inner: &str) -> String {
    format!("{}{inner}{}", "@if(true)\n".repeat(98), "@end\n".repeat(98))
}

/// A project with more targets than one thread works on.
fn deep() -> Folder {
    let folder = Folder::new();
    let values: Vec<String> = (0..20).map(|n| format!("\"{n}\"")).collect();
    let manifest = format!(
        "[project]\nname = \"deep\"\n[axis]\nn = [{}]\n[image.a]\nmatrix = [\"n\"]\ntags = [\"a:@{{n}}\"]\n[image.b]\n",
        values.join(", ")
    );
    folder.write("dockmill.toml", &manifest);
    let mut template = "FROM debian\n@let(f(x), f(x - 1) + 1 if x > 0 else 0)\n".to_owned();
    // A macro that calls itself, within blocks, then a row of macros of which each calls the next.
    let calls = blocks("@m(left - 1) @# further in\n").replacen("@if(true)", "@if(left > 0)", 1);
    let _ = write!(template, "@define(m, left)\n{calls}@end\n@define(c0)\nLABEL end=1\n@end\n");
    for n in 1..190 {
        let _ = write!(template, "@define(c{n})\n@c{}()\n@end\n", n - 1);
    }
    template.push_str("@m(190)\n@c189()\n");
    let (open, close) = ("(".repeat(99), ")".repeat(99));
    let _ =
        writeln!(template, "LABEL brackets=@{{{open}n{close}}} nots=@{{{}n}} called=@{{f(190)}}", "not ".repeat(98));
    let _ = writeln!(template, "LABEL lists=@{{{}\"a\"{}{}}}", "[".repeat(60), "]".repeat(60), "[0]".repeat(60));
    template.push_str("@include(\"0.dockmill\")\n");
    for n in 0..300 {
        let _ = write!(template, "@divert(\"d{n}\")\n@undivert(\"d{}\")\n@end\n", n + 1);
    }
    template.push_str("@divert(\"d300\")\nLABEL diverted=1\n@end\n@undivert(\"d0\")\n");
    folder.write("a/Dockerfile.dockmill", &template);
    for n in 0..190 {
        folder.write(&format!("a/{n}.dockmill"), &blocks(&format!("@include(\"{}.dockmill\")\n", n + 1)));
    }
    folder.write("a/190.dockmill", "LABEL included=1\n");
    folder.write("b/Dockerfile.dockmill", "FROM @{image(\"a\", n=\"0\")}\n");
    // Choices in choices, and sums in sums.
    let nested = format!("{}x{}", "ifelse(V, `1', `a', `".repeat(100), "')".repeat(100));
    let choices = (0..1000).fold(String::new(), |choices, n| choices + &format!(", `{n}', `case {n}', V"));
    let sum = format!("eval({}V{})", "(1 + ".repeat(90), ")".repeat(90));
    folder.write(
        "old.m4",
        &format!("FROM debian:V\nLABEL a={nested}\nLABEL b=ifelse(V{choices}, `none')\nLABEL c={sum}\n"),
    );
    folder.shell(GIT).ended(0);
    folder
}

const GIT: &str = "git init -q . && git config user.name t && git config user.email t@example.org && git add -A && git commit -qm start";

/// It goes on until it is told to stop.
const WATCH: &str = "out=dockerfiles/b/Dockerfile; rm $out; dockmill watch > log 2>&1 & \
    for i in $(seq 300); do [ -e $out ] && break; sleep 0.1; done; kill $!; [ -e $out ] || { cat log; exit 9; }";

/// What is run of each command, and how it ends.
const LINES: &[(&str, &str, i32)] = &[
    ("render", "dockmill render", 0),
    ("check", "dockmill check", 0),
    ("diff", "dockmill diff --against HEAD", 0),
    ("affected", "dockmill affected a/190.dockmill", 0),
    ("build", "dockmill build --dry-run", 0),
    ("clean", "dockmill clean --dry-run", 0),
    ("expand", "dockmill expand -D n=1 a/Dockerfile.dockmill", 0),
    ("graph", "dockmill graph", 0),
    ("import", "dockmill import m4 old.m4 -D V=11", 0),
    ("list", "dockmill list", 0),
    ("m4", "dockmill m4 -DV=11 old.m4", 0),
    ("explain", "dockmill explain dockerfiles/a/0/Dockerfile:4", 0),
    ("export", "dockmill export bake && dockmill export make && dockmill export github", 0),
    ("map", "echo dockerfiles/a/0/Dockerfile:4 | dockmill map", 0),
    ("inspect", "dockmill inspect dockerfiles/a/0/Dockerfile", 0),
    ("watch", WATCH, 0),
    ("adopt", "dockmill adopt --dry-run dockerfiles/a", 0),
    ("init", "dockmill init fresh", 0),
    ("schema", "dockmill schema", 0),
    ("completions", "dockmill completions bash", 0),
    ("man", "dockmill man", 0),
    ("help", "dockmill help", 0),
];

#[test]
fn every_command_works_with_little_memory() {
    let folder = deep();
    let help = folder.dockmill(&["--help"]).ended(0).stdout;
    let part = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut commands: Vec<&str> = part.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let mut known: Vec<&str> = LINES.iter().map(|(command, ..)| *command).collect();
    commands.sort_unstable();
    known.sort_unstable();
    assert_eq!(commands, known, "each command has a line here");
    for (_, line, status) in LINES {
        folder.shell(&format!("ulimit -v {MEMORY}; {line}")).ended(*status);
    }
    let made = folder.read("dockerfiles/a/7/Dockerfile");
    let labels = ["end=1", "brackets=7 nots=true called=190", "lists=a", "included=1", "diverted=1"];
    for label in labels {
        assert!(made.contains(&format!("\nLABEL {label}\n")), "{label}:\n{made}");
    }
}

/// Files that name each other in a row have a bound, and macros that call each other are checked without one.
#[test]
fn rows_without_end_are_told() {
    let folder = Folder::new();
    for n in 0..1001 {
        folder.write(&format!("{n}.dockmill"), &format!("@include(\"{}.dockmill\")\n", n + 1));
    }
    folder.write("1001.dockmill", "FROM scratch\n");
    let ran = folder.shell(&format!("ulimit -v {MEMORY}; dockmill expand 0.dockmill")).ended(2);
    assert!(ran.stderr.contains("files include each other more than 1000 deep"), "{}", ran.stderr);
    let mut macros = "@define(m0)\n@end\n".to_owned();
    for n in 1..20_000 {
        let _ = write!(macros, "@define(m{n})\n@m{}()\n@end\n", n - 1);
    }
    folder.write("row.dockmill", &format!("{macros}@m19999()\n"));
    let ran = folder.shell(&format!("ulimit -v {MEMORY}; dockmill expand row.dockmill")).ended(2);
    assert!(ran.stderr.contains("macros and includes are more than 200 deep"), "{}", ran.stderr);
}
