//! What a hostile project can make a command do: each attack ends in a clear error within the address space that it has, and
//! writes nothing.

use crate::support::{Folder, Ran};

/// KiB of address space, of which a program that is not optimized takes a good part for itself.
const MEMORY: u32 = 600_000;

/// Seconds of a processor: what grows with the square of its input takes many times as long, on any machine.
const TIME: u32 = 120;

/// Runs a command where it may have so much memory and time; it must end with an error of this kind.
#[track_caller]
fn ends(folder: &Folder, command: &str, said: &str) -> Ran {
    let ran = folder.shell(&format!("ulimit -v {MEMORY}; ulimit -t {TIME}; {command}"));
    assert!(ran.stderr.contains(said), "{said}: status {}\n{}", ran.status, ran.stderr);
    assert!(!folder.file("out").exists());
    ran
}

/// A project of one template.
fn project(template: &str, text: &str, manifest: &str) -> Folder {
    let folder = Folder::new();
    let head = format!("[project]\nname = \"p\"\n[image.a]\ntemplate = \"{template}\"\noutput = \"out\"\n");
    folder.write("dockmill.toml", &(head + manifest));
    folder.write(template, text);
    folder
}

#[test]
fn imports_of_m4_end() {
    let loops = [
        ("define(`x',`y(x')define(`y',)x", "calls stand in arguments of each other"),
        ("eval(1,1,999999999)", "`eval` fails"),
        (
            "define(`d',`$1$1')d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(d(x))))))))))))))))))))))))))))))",
            "without an end",
        ),
        ("define(`p',`pushdef(`q',`xxxxxxxx')p')p", "without an end"),
        ("define(`n',0)define(`p',`define(`n',incr(n))define(`q'n,n)p')p", "without an end"),
        ("define(`w',`m4wrap(`w')')w", "without an end"),
        ("include(`a.m4')include(`a.m4')", "includes itself"),
        // The argument is a longer expression each time.
        ("define(`f',`define(`g$1',`x')f(incr($1))')f(0)", "without an end"),
        ("define(`f',`pushdef(`g$1',`x')f(incr($1))')f(0)", "without an end"),
        ("define(`f',`abc$1 f(incr($1))')f(0)", "without an end"),
        ("define(`f',`errprint(`$1')f(incr($1))')f(0)", "without an end"),
        ("define(`f',`divert($1)x`'f(incr($1))')f(1)", "without an end"),
        ("define(`f',`f(translit($1,`ab',`cd'))')f(0)", "without an end"),
        ("undivert(`big')undivert(`big')", "longer than an import reads"),
        ("include(`big')include(`big')", "longer than an import reads"),
    ];
    for (text, said) in loops {
        let folder = Folder::new();
        folder.write("a.m4", text);
        folder.write("big", &"x\n".repeat(300_000));
        ends(&folder, "dockmill import m4 a.m4", said);
    }
    // What makes an `@` text is looked for near it.
    for text in ["define(a,$2147483647)a".to_owned(), "@".repeat(60_000), "@{".repeat(60_000)] {
        let folder = Folder::new();
        folder.write("a.m4", &text);
        ends(&folder, "dockmill import m4 a.m4 > text", "all bytes are equal").ended(0);
    }
}

#[test]
fn stages_have_the_names_of_their_bases_without_copies() {
    let names = |of: usize| (0..5000).map(|at| format!(" v{of}x{at}=1")).collect::<Vec<_>>().concat();
    let variables = (0..10).map(|of| format!("ENV{}\n", names(of))).collect::<Vec<_>>().concat();
    let stages = (1..900).map(|at| format!("FROM s{} AS s{at}\n", at - 1)).collect::<Vec<_>>().concat();
    let text = format!("FROM scratch AS s0\n{variables}{stages}EXPOSE $v0x0,\n");
    ends(&project("a.dockmill", &text, ""), "dockmill render", "`1,` is no port").ended(2);
}

#[test]
fn missing_sources_end() {
    let sources =
        |of: usize| (0..500).map(|at| format!("x{of}x{at}/{} ", "d/".repeat(50))).collect::<Vec<_>>().concat();
    let copies = (0..100).map(|of| format!("COPY {}/\n", sources(of))).collect::<Vec<_>>().concat();
    let folder = project("a.dockmill", &format!("FROM x\n{copies}"), "context = \"c\"\n");
    for at in 0..2_000 {
        folder.write(&format!("c/x{at}y"), "");
    }
    let ran = ends(&folder, "dockmill check", "there are more messages than are shown: 0 errors and 100 warnings more");
    assert!(ran.stderr.contains("200 warnings"), "{}", ran.stderr.len());
}

#[test]
fn templates_in_m4_end() {
    let folder = project("a.m4", &format!("FROM x\n{}", "undivert(`big')".repeat(40)), "");
    folder.write("big", &"x\n".repeat(1_000_000));
    ends(&folder, "dockmill render", "bytes of diversions").ended(2);
    let text = format!("define(`l',`errprint(`{}')l')l", "x".repeat(1000));
    ends(&project("a.m4", &text, ""), "dockmill render", "steps of work").ended(2);
    let folder = project("a.m4", "include(`i0.m4')", "");
    for n in 0..40 {
        folder.write(&format!("i{n}.m4"), &format!("include(`i{0}.m4')include(`i{0}.m4')", n + 1));
    }
    folder.write("i40.m4", "x\n");
    ends(&folder, "dockmill render", "steps of work").ended(2);
    let text = format!("define(`d',`$1$1'){}x{}", "d(".repeat(60), ")".repeat(60));
    ends(&project("a.m4", &text, ""), "dockmill render", "expansion passes").ended(2);
    // Each of very many files that are not there is an error.
    let text = "define(`l',`include(`n$1')l(incr($1))')l(0)";
    let ran = ends(&project("a.m4", text, ""), "dockmill render", "there is no file `n0`").ended(2);
    assert!(ran.stderr.len() < 200_000, "{}", ran.stderr.len());
}

#[test]
fn warnings_of_m4_end() {
    let folder = Folder::new();
    folder.write("out.m4", "define(O,a\nO:V)O");
    ends(&folder, "dockmill m4 --warn out.m4", "macros in each other").ended(1);
}

#[test]
fn templates_end() {
    let text = "FROM a\n@foreach(i, range(10000))\n@divert(\"a\" ~ i, \"x\")\n@end\n";
    let ran = ends(&project("a.dockmill", text, ""), "dockmill render", "is never placed").ended(2);
    assert!(ran.stderr.ends_with("1 error\n"), "{}", ran.stderr);
    let text = format!("FROM a\n{}", "# @{zz}\n".repeat(50_000));
    let ran = ends(&project("a.dockmill", &text, ""), "dockmill render", "unknown name `zz`").ended(2);
    assert!(ran.stderr.len() < 100_000, "{}", ran.stderr.len());
    // Each name is another one.
    let names = (0..50_000).map(|n| format!("# @{{n{n}x}}\n")).collect::<Vec<_>>().concat();
    let ran = ends(&project("a.dockmill", &format!("FROM a\n{names}"), ""), "dockmill render", "unknown name `n0x`");
    assert!(ran.ended(2).stderr.ends_with("100 errors\n"));
    let text = "FROM a\n@foreach(i, range(100000))\n@let(x, \"a\"|regex_replace(\"(x{50}){10}\" ~ i, \"b\"))\n@end\n";
    ends(&project("a.dockmill", text, ""), "dockmill render", "steps of this expansion are used up").ended(2);
    let lets = (0..80).map(|n| format!("@let(l{n}, b ~ \"{n}\")\n")).collect::<Vec<_>>().concat();
    let text = format!("FROM a\n@let(b, \"{}\"|replace(\"x\", \"{}\"))\n{lets}", "x".repeat(1000), "y".repeat(15_000));
    ends(&project("a.dockmill", &text, ""), "dockmill render", "bytes of memory").ended(2);
}

/// Words without number on one line that are wrong, each in another way to look at them.
#[test]
fn findings_on_one_line_end() {
    for (line, said) in [
        ("COPY @{\"--foo \"*100000}a b", "`COPY` has no flag `--foo`"),
        ("EXPOSE @{\"1:2 \"*100000}", "more was found from here on"),
        ("EXPOSE @{\"0# \"*100000}", "more was found from here on"),
        ("RUN --mount=@{\"x=1,\"*100000}target=/x y", "more was found from here on"),
        ("RUN @{\"--mount=type=foo,target=/x \"*30000}y", "`foo`"),
        ("HEALTHCHECK @{\"--intervl=1s \"*50000}CMD x", "--intervl"),
        ("EXPOSE @{range(100000)|join(\"x \")}x", "more was found from here on"),
    ] {
        ends(&project("a.dockmill", &format!("FROM a\n{line}\n"), ""), "dockmill render", said);
    }
    let text = "# check=skip=@{\"StageNameCasin,\"*50000}\nFROM a\n";
    ends(&project("a.dockmill", text, ""), "dockmill check", "StageNameCasing");
    // What a file holds, and what is found in it, is bounded together.
    let text = "FROM a\n@foreach(i, range(100))\nCOPY @{\"--foo \"*10000}a b\n@end\n";
    ends(&project("a.dockmill", text, ""), "dockmill check", "and 999800 warnings");
}

/// As many words as an output has room for.
#[test]
#[ignore = "takes a minute"]
fn long_instructions_end() {
    for (line, said) in [
        ("EXPOSE @{\"8080 \"*1000000}", "`RUNN`"),
        ("EXPOSE @{range(1,60000)|join(\" \\\\\\n\")}", "`RUNN`"),
        ("RUN @{\"--mount=type=bind,from=b,target=/x \"*300000}y", "`RUNN`"),
        // More comes before it than is told.
        ("RUN --mount=type=bind,@{range(300000)|join(\"=1,x\")}=1 y", "1 error and 299801 warnings"),
    ] {
        let text = format!("FROM a AS b\nFROM a\n{line}\nRUNN x\n");
        ends(&project("a.dockmill", &text, ""), "dockmill render", said).ended(2);
    }
    let labels = |n: usize| {
        (0..1500).map(|at| format!("a{at}=$abcdefghijklx{at} ")).collect::<Vec<_>>().concat() + &n.to_string()
    };
    let variables = (0..4900).map(|n| format!("ENV abcdefghijklm{n}=1\n")).collect::<Vec<_>>().concat();
    let labels = (0..100).map(|n| format!("LABEL {}=1\n", labels(n))).collect::<Vec<_>>().concat();
    let text = format!("FROM a\n{variables}{labels}RUNN x\n");
    ends(&project("a.dockmill", &text, ""), "dockmill render", "`RUNN`").ended(2);
}

/// Very many names, right or misspelt.
#[test]
#[ignore = "takes a minute"]
fn many_names_end() {
    // So many are more than templates may take together.
    let render = "dockmill render --limit memory=1000000000";
    let each = |count: usize, line: &str| (0..count).map(|n| line.replace('#', &n.to_string())).collect::<String>();
    let sets = each(40_000, "@let(variable#,1)\n");
    for (more, said) in [
        ("@{zz}\n".to_owned(), "unknown name `zz`"),
        (each(40_000, "@{wariable#}\n"), "100 errors"),
        (each(20_000, "@default(other#,1)\n@{other#}\n") + "@error(\"done\")\n", "done"),
        (each(20_000, "@define(m#)\n@let(own#,1)\n@end\n") + "@{zz}\n", "unknown name `zz`"),
        (each(2_000, "@include(\"x\")\n") + "@{zz}\n", "unknown name `zz`"),
        (each(20_000, "@let(late#,1)\n@include(\"x\")\n"), "checked with too many names"),
        (each(20_000, "@let(part#,zz.b)\n@define(m#)\n@end\n@m#()\n@include(\"x\")\n"), "unknown name `zz`"),
        (each(20_000, "@gather(w,\"g#\",optional=true)\n@end\n"), "more than 10000000 steps"),
    ] {
        let folder = project("a.dockmill", &format!("FROM a\n{sets}{more}"), "");
        folder.write("x", "# x\n");
        ends(&folder, render, said).ended(2);
    }
    let functions = each(40_000, "@let(f#x(a),1)\n");
    let text = format!("FROM a\n{functions}{}", "# @{fx(1)}\n".repeat(40_000));
    ends(&project("a.dockmill", &text, ""), render, "unknown function `fx`").ended(2);
    let folder = project("a.dockmill", &format!("FROM a\n{}", "@import(\"x\")\n".repeat(20_000)), "");
    folder.write("x", &each(10_000, "@let(v#,1)\n"));
    ends(&folder, render, "more than 10000000 steps").ended(2);
}

/// A file without data costs its writer nothing, whatever its size.
#[test]
#[cfg(unix)]
fn sparse_files_end() {
    let folder = project("a.dockmill", "FROM a\n", "");
    for (command, file) in [
        ("dockmill render", "dockmill.toml"),
        ("dockmill inspect D", "D"),
        ("dockmill import m4 a.m4", "a.m4"),
        ("dockmill m4 a.m4", "a.m4"),
        ("dockmill m4 < a.m4", "a.m4"),
        ("echo 'include(b.m4)' | dockmill m4", "b.m4"),
    ] {
        let make = format!("truncate -s 1500M {file} && {command}");
        let ran = ends(&folder, &make, "it is larger than 64 MiB, which is the most that is read");
        assert!(ran.status > 0);
    }
    let folder = project("a.dockmill", "FROM a\n", "");
    folder.shell("dockmill render --quiet && truncate -s 1500M dockmill.outputs").ended(0);
    for command in ["render", "check", "clean", "diff"] {
        let ran = folder.shell(&format!("ulimit -v {MEMORY}; dockmill {command} || exit $?")).ended(2);
        let said = "error[file-unreadable]: cannot read `dockmill.outputs`: it is larger than 64 MiB, which is the most that is read\n";
        assert!(ran.stderr.starts_with(said) && ran.stderr.ends_with("1 error\n"), "{command}: {}", ran.stderr);
    }
}

#[test]
fn manifests_end() {
    let folder = project("a.dockmill", "FROM a\n", "[data]\nd = \"d.json\"\n");
    folder.write("d.json", &format!("[{}1]", "{},".repeat(2_000_000)));
    ends(&folder, "dockmill render", "the data of this project takes more than 67108864 bytes").ended(2);
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"p\"\n[[discover]]\ntemplates = \"**/x*/**/x*/**/x*/**/x*/**/x*/*.dockmill\"\n",
    );
    folder.write(&format!("{}f.dockmill", "x/".repeat(40)), "FROM a\n");
    ends(&folder, "dockmill render", "looks at more than").ended(2);
}

/// Of mistakes without number, made in whatever way, some are told and the rest is counted; nor are near names looked for without end.
#[test]
#[ignore = "takes a minute"]
fn mistakes_of_a_manifest_are_counted() {
    let each = |count: usize, line: &str| (0..count).map(|n| line.replace('#', &n.to_string())).collect::<String>();
    let axis = format!("[axis]\nv = [{}]\n", each(2_000, "\"value#\","));
    let matrix = "[image.a]\nmatrix = [\"v\"]\ntemplate = \"t\"\n";
    let image = "[image.a]\ntemplate = \"t\"\n";
    let set = each(3_000, "[[image.a.set]]\nwhen = { v = \"vlaue#\" }\nvars = { x = \"1\" }\n");
    let axes = format!("[axis]\n{}", each(2_000, "axis# = [\"1\"]\n"));
    let images = each(300, "[image.image#]\ntemplate = \"t\"\noutput = \"o/#\"\n");
    let variables = format!("[vars]\n{}", each(5_000, "variable# = \"1\"\n"));
    for (manifest, template, errors) in [
        (format!("{image}[image.a.vars]\n{}", each(5_000, "variable# = \"@{wariable#}\"\n")), "", "4900 errors"),
        (format!("{image}{}", each(5_000, "temlate# = 1\n")), "", "4900 errors"),
        (format!("{axis}{matrix}exclude = [{}]\n", each(3_000, "{ v = \"vlaue#\" },")), "", "2900 errors"),
        (format!("{axis}{matrix}{set}"), "", "2900 errors"),
        (format!("{axes}{image}matrix = [{}]\n", each(2_000, "\"aixs#\",")), "", "1900 errors"),
        (format!("{variables}{image}tags = [{}]\n", each(5_000, "\"@{wariable#}\",")), "", "4900 errors"),
        (format!("{variables}{axes}{image}"), "", "6900 warnings"),
        (images, &each(300, "# @{image(\"imgae#\")}\n"), "errors"),
        (format!("{variables}{image}"), &each(5_000, "# @{wariable#}\n"), "100 errors"),
        (image.to_owned(), &each(5_000, "@divert(\"name#\", 1)\n@undivert(\"nmae#\")\n"), "errors"),
        (image.to_owned(), &each(5_000, "@let(f#x(a), 1)\n# @{1|fx#}\n"), "100 errors"),
    ] {
        let folder = Folder::new();
        folder.write("dockmill.toml", &format!("[project]\nname = \"p\"\n{manifest}"));
        folder.write("t", &format!("FROM a\n{template}"));
        let ran = ends(&folder, "dockmill check", errors);
        let head: String = manifest.chars().take(60).collect();
        assert!(ran.stderr.len() < 400_000, "{head}: {}", ran.stderr.len());
    }
}

/// What a list, a map or a diversion takes beside its elements counts, whoever makes it.
#[test]
fn small_values_take_memory() {
    let functions = "@let(f(x), { \"a\": x, \"b\": { \"c\": x } })\n@let(g(x), [[x]])\n@let(r, range(5000))\n";
    for line in [
        "@let(l, r|map(\"f\")|list)",
        "@let(l, r|map(\"g\")|list)",
        "@let(l, r|zip(r, r, r))",
        "@let(l, r|batch(1))",
        "@let(l, r|slice(5000))",
        "@let(l, r|map(\"f\")|groupby(\"a\"))",
        "@let(l, (\"abcdefghijklmnopqrstuvwxyz,\" * 20000)|split(\",\"))",
        "@foreach(i, r)\n@divert(\"a\" ~ i, \"x\")\n@end",
        "@foreach(i, r)\n@divert(\"a\" ~ i)\nx\n@end\n@end",
        "@foreach(i, r)\n@undivert(\"a\" ~ i, optional=true)\n@end",
        "@foreach(i, r)\n@gather(w, \"a\" ~ i, optional=true)\n@end\n@end",
        "@let(l, r)\n@foreach(i, range(20))\n@let(l, [l, r|map(\"string\")|list])\n@end",
        "@define(m, l...)\n@end\n@foreach(i, range(20))\n@m(r|list)\n@end",
    ] {
        let folder = project("a.dockmill", &format!("{functions}FROM a\n{line}\n"), "");
        let ran = ends(&folder, "dockmill render --limit memory=600000", "bytes of memory").ended(2);
        assert!(ran.stderr.contains("a.dockmill:") && ran.stderr.contains("`--limit memory=…`"), "{}", ran.stderr);
    }
    // What nothing keeps is free again.
    let text = format!("{functions}FROM a\n@foreach(i, range(100))\n# @{{r|map(\"string\")|list|length}}\n@end\n");
    project("a.dockmill", &text, "").shell("dockmill render --limit memory=2000000 --quiet").ended(0);
}

/// All data has one bound, and so has what stands in the manifest.
#[test]
fn data_takes_memory() {
    let list = |count: usize| format!("[{}1]", "{},".repeat(count));
    for (name, text) in [
        ("two.json", list(4_000)),
        ("two.toml", format!("x = {}\n", list(2_000))),
        ("two.yaml", "- {}\n".repeat(3_000)),
        ("two.yml", "- a: 1\n".repeat(3_000)),
        ("two.json", format!("\"{}\"", "x".repeat(300_000))),
    ] {
        let folder = project("a.dockmill", "FROM a\n", &format!("[data]\none = \"one.json\"\ntwo = \"{name}\"\n"));
        folder.write("one.json", &list(4_000));
        folder.write(name, &text);
        let command = "dockmill render --limit memory=1000000";
        let ran = ends(&folder, command, "the data of this project takes more than 1000000 bytes of memory").ended(2);
        assert!(ran.stderr.contains(&format!("--> {name}:")) && ran.stderr.contains("named here"), "{}", ran.stderr);
        folder.write("one.json", "1");
        folder.shell(command);
    }
    let folder = project("a.dockmill", "FROM a\n", &format!("[vars]\nx = {}\n", list(3_000)));
    let said = "the manifest takes more than 1000000 bytes of memory";
    ends(&folder, "dockmill render --limit memory=1000000", said).ended(2);
    folder.shell("dockmill check || exit $?").ended(1);
}

/// A tag takes far more memory than its text, right or wrong.
#[test]
fn templates_take_memory() {
    let each = |line: &str| format!("FROM a\n{}", line.repeat(3_000));
    for (text, beside) in [
        (each("# @{zz}\n"), ""),
        (each("@let(zz, 1)\n"), ""),
        (each("@if(false)\n@end\n"), ""),
        (each("@foo()\n"), ""),
        (format!("FROM a\n{}", format!("# @{{[1{}]|length}}\n", ",1".repeat(500)).repeat(50)), ""),
        ("FROM a\n@if(false)\n@include(\"b\")\n@end\n".to_owned(), "# @{1}\n"),
        ("FROM a\n@import(\"b\")\n".to_owned(), "@let(zz, 1)\n"),
    ] {
        let folder = project("a.dockmill", &text, "");
        folder.write("b", &beside.repeat(3_000));
        let said = "the templates of this run take more than 1000000 bytes of memory";
        let ran = ends(&folder, "dockmill render --limit memory=1000000", said).ended(2);
        assert!(ran.stderr.ends_with("1 error\n"), "{}", ran.stderr);
    }
    // Text costs next to nothing.
    let folder = project("a.dockmill", &each(&format!("# {}\n", "z".repeat(200))), "");
    folder.shell("dockmill render --limit memory=1000000 --quiet").ended(0);
}

/// Many misspelt names against much data: after so much work no more of them are looked for.
#[test]
fn guesses_end() {
    let keys: Vec<String> = (0..10_000).map(|n| format!("\"key{n}\":1")).collect();
    let uses: Vec<String> = (10..1010).map(|n| format!("@{{d.ky{n}x|default(\"\")}}\n")).collect();
    let folder = project("a.dockmill", &format!("FROM a\n{}", uses.concat()), "[data]\nd = \"d.json\"\n");
    folder.write("d.json", &format!("{{{}}}", keys.join(",")));
    let ran = folder.shell("dockmill render").ended(0);
    assert!(ran.stderr.ends_with("80 warnings\n"), "{}", &ran.stderr[ran.stderr.len().saturating_sub(300)..]);
    let values: Vec<String> = (0..10_000).map(|n| format!("\"value{n}\"")).collect();
    let uses: Vec<String> = (0..1000).map(|n| format!("@if(v == \"vlue{n}x\")\n@end\n")).collect();
    let manifest = format!("matrix = [\"v\"]\n[axis]\nv = [{}]\n", values.join(","));
    let folder = project("a.dockmill", &format!("FROM a\n{}", uses.concat()), &manifest);
    folder.edit("dockmill.toml", "\"out\"", "\"o/@{v}\"");
    let ran = folder.shell("dockmill check a/value1 || exit $?").ended(1);
    assert!(ran.stderr.contains("100 warnings"), "{}", &ran.stderr[ran.stderr.len().saturating_sub(300)..]);
}

/// Of very many changed lines some are led back to sources; how many are not is told in every form.
#[test]
fn reviews_end() {
    let text = |word: &str| format!("FROM a\n@foreach(i, range(6000))\n# {word} @{{i}}\n@end\n");
    let folder = project("a.dockmill", &text("old"), "matrix = [\"n\"]\n[axis]\nn = [\"1\", \"2\"]\n");
    folder.edit("dockmill.toml", "\"out\"", "\"o/@{n}\"");
    folder.shell("git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm a").ended(0);
    folder.write("a.dockmill", &text("new"));
    let diff = |more: &str| {
        // A line counts as 24 steps: 5000 of each output are led back.
        let ran = folder.shell(&format!("DOCKMILL_LIMITS=work=240000 dockmill diff --against HEAD {more} || exit $?"));
        ran.ended(1).stdout
    };
    let said = "4000 more lines: too many to lead back to sources";
    for form in ["", "--full", "--stat", "--format markdown", "--format html", "--format json"] {
        let shown = diff(form);
        assert!(shown.contains(said), "{form}: {}", &shown[..shown.len().min(2000)]);
    }
    assert!(diff("--target a/1").contains(said));
    let json: serde_json::Value = serde_json::from_str(&diff("--format json")).unwrap();
    let counted = |cause: usize| [&json["causes"][cause]["added"], &json["causes"][cause]["removed"]];
    assert_eq!(json["causes"][0]["kind"], "source");
    assert_eq!(counted(0), [10_000, 10_000]);
    assert_eq!(json["causes"][1]["kind"], "cut");
    assert_eq!(counted(1), [2_000, 2_000]);
    assert_eq!(json["outputs"][0]["edits"].as_array().unwrap().len(), 5_000);
    // Of one output more are told; a patch has them all.
    assert!(!diff("a/1").contains("too many"));
    assert_eq!(diff("--patch").matches("\n+# new ").count(), 12_000);
}

/// Where there are too many lines to be compared, those that may differ are counted.
#[test]
fn lines_of_a_review_are_bounded() {
    let text = |ends: &str| format!("FROM a\nRUN <<EOF\n{ends}{}{ends}EOF\n", "x\n".repeat(200_000));
    let folder = project("a.dockmill", &text("x\n"), "");
    folder.shell("git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm a").ended(0);
    folder.write("a.dockmill", &text("y\n"));
    let diff = |more: &str| folder.shell(&format!("dockmill diff --against HEAD {more} || exit $?")).ended(1).stdout;
    let said = "400004 more lines: too many to lead back to sources";
    assert!(diff("").contains(said));
    let json: serde_json::Value = serde_json::from_str(&diff("--format json")).unwrap();
    // Nobody knows whether a line reaches an output.
    assert_eq!(
        (json["causes"][0]["kind"].as_str(), json["unreached"].as_array().map(Vec::len)),
        (Some("cut"), Some(0))
    );
    assert!(!diff("--limit work=50000000").contains(said));
}

/// Lines that have all letters in common, in another order, are held against each other.
#[test]
fn long_lines_that_are_nothing_alike_end() {
    let text = |seed: u64| {
        let mut state = seed;
        let mut letter = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'0' + u8::try_from(state >> 33 & 63).unwrap_or_default())
        };
        let line = |_| format!("RUN {}\n", (0..2000).map(|_| letter()).collect::<String>().replace('@', "z"));
        format!("FROM a\n{}", (0..200).map(line).collect::<String>())
    };
    let folder = project("a.dockmill", &text(1), "");
    folder.shell("git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm a").ended(0);
    folder.write("a.dockmill", &text(2));
    folder.shell("dockmill diff --against HEAD || exit $?").ended(1);
}

/// A `.dockerignore` that is not read leaves nothing out, which must be told.
#[test]
fn ignore_files_are_not_passed_over() {
    let folder = project("a.dockmill", "FROM debian\nCOPY a /\n", "");
    folder.shell("git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm a").ended(0);
    let said = "`.dockerignore` has more patterns than dockmill reads";
    for text in ["a\n".repeat(80_000), "a".repeat((1 << 20) + 1)] {
        folder.write(".dockerignore", &text);
        for command in ["affected a", "build --dry-run a", "export make", "check", "render"] {
            let ran = ends(&folder, &format!("dockmill {command}"), said).ended(2);
            assert_eq!(ran.stderr.matches(said).count(), 1, "{command}: {}", ran.stderr);
        }
    }
}

/// Whoever runs dockmill says how much a manifest may take.
#[test]
fn a_manifest_cannot_raise_an_operators_limit() {
    let limits = "[limits]\nsteps = 9223372036854775807\n";
    let text = "FROM a\n@foreach(i, range(1000000))\n@foreach(j, range(1000000))\n@end\n@end\n";
    let folder = project("a.dockmill", text, limits);
    let said = "`steps` may be 1000 at most in this run";
    ends(&folder, "DOCKMILL_LIMITS=steps=1000 dockmill render", said).ended(2);
    // What the command line says holds before the environment.
    ends(&folder, "DOCKMILL_LIMITS='steps=5, depth=3' dockmill render --limit steps=1000", said).ended(2);
    let folder = project("a.dockmill", text, "");
    ends(&folder, "dockmill render --limit steps=1000", "steps of this expansion are used up").ended(2);
    ends(&folder, "DOCKMILL_LIMITS=stesp=1 dockmill render", "there is no limit `stesp`").ended(2);
    // What takes time or memory is raised by nobody else.
    for (name, most) in [("output", 33_554_432), ("targets", 120_000), ("work", 25_000_000)] {
        let limits = format!("[limits]\n{name} = {}\n", most + 1);
        let folder = project("a.dockmill", "FROM a\n", &limits);
        ends(&folder, "dockmill render", &format!("`{name}` may be {most} at most in this run")).ended(2);
        folder.shell(&format!("DOCKMILL_LIMITS={name}={} dockmill check", most + 1)).ended(1);
    }
}

/// Whoever runs dockmill can raise a limit, too, without the manifest.
#[test]
fn an_operator_raises_a_limit() {
    let text = "@define(deep, n)\n@if(n > 0)\n@deep(n - 1)\n@end\n@end\nFROM a\n@deep(250)\n";
    let folder = project("a.dockmill", text, "");
    ends(&folder, "dockmill render", "macros and includes are more than 200 deep").ended(2);
    folder.shell("dockmill render --limit depth=300 --quiet").ended(0);
    folder.shell("DOCKMILL_LIMITS=depth=300 dockmill check").ended(0);
    folder.edit("dockmill.toml", "[image.a]", "[limits]\ndepth = 100\n[image.a]");
    let said = "macros and includes are more than 100 deep";
    let ran = folder.shell("DOCKMILL_LIMITS=depth=300 dockmill check || exit $?").ended(2);
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

/// What outputs hold counts, whether it was expanded or copied, and whatever the language.
#[test]
fn what_a_run_writes_is_bounded() {
    let axis = "matrix = [\"n\"]\n[axis]\nn = \"range(100)\"\n";
    let text = format!("FROM a\n{}", "# z\n".repeat(2_000));
    let long = format!("FROM a\n# {}\n", "z".repeat(40_000));
    for (name, text) in
        [("a.dockmill", &text), ("a.m4", &text), ("a.dockmill", &long), ("b/a.dockmill", &"FROM a\n".to_owned())]
    {
        let folder = project(name, text, &format!("files = [\"big\"]\n{axis}"));
        folder.edit("dockmill.toml", "\"out\"", "\"o/@{n}/D\"");
        folder.write("b/big", &"z".repeat(40_000));
        if !name.starts_with("b/") {
            folder.edit("dockmill.toml", "files = [\"big\"]\n", "");
        }
        let said = "the expansions of this run take more than 100000 steps together";
        let ran = ends(&folder, "dockmill render --limit work=100000", said).ended(2);
        assert!(ran.stderr.contains("`DOCKMILL_LIMITS=work=…` for all"), "{}", ran.stderr);
        // Each output brings some steps.
        folder.shell("dockmill render --quiet").ended(0);
    }
}

/// What is kept for an explanation is bounded, too.
#[test]
fn explanations_end() {
    let text = "FROM a\n@foreach(i, range(400000))\n@let(x, i)\n@end\n";
    let ran = ends(&project("a.dockmill", text, ""), "dockmill explain out:1", "too many values are computed").ended(2);
    assert!(ran.stderr.contains("a.dockmill:"), "{}", ran.stderr);
    // Of each element it is known where it was born.
    let lets = (0..60).map(|n| format!("@let(l{n}, l|map(\"upper\")|list)\n")).collect::<Vec<_>>().concat();
    let text = format!("FROM a\n@let(l, range(10000)|map(\"string\")|list)\n{lets}");
    ends(&project("a.dockmill", &text, ""), "dockmill explain out:1", "too many values are computed").ended(2);
    // A value that led to many lines is told with each.
    let lines = (0..1000).map(|n| format!("RUN {n}\n")).collect::<Vec<_>>().concat();
    let text = format!("@define(m, t)\n{lines}@end\nFROM a\n@m(\"x\" * 100000)\n");
    let folder = project("a.dockmill", &text, "");
    for json in ["", " --json"] {
        let said = "there is too much to tell of these lines of `out`: ask for fewer, such as `out:";
        ends(&folder, &format!("dockmill explain out:1-1001{json}"), said).ended(2);
        folder.shell(&format!("dockmill explain out:1-20{json}")).ended(0);
    }
}

/// A line takes more memory than a byte.
#[test]
fn lines_of_an_output_are_bounded() {
    let text = format!("FROM a\n{}", "#\n".repeat(10_000));
    for (name, place) in [("a.dockmill", "a.dockmill:"), ("a.m4", "a.m4:1")] {
        let folder = project(name, &text, "[limits]\noutput = 80000\n");
        let ran = ends(&folder, "dockmill render", "the output grows beyond 10000 lines").ended(2);
        assert!(ran.stderr.contains(place) && ran.stderr.contains("raise `output`"), "{}", ran.stderr);
        folder.shell("dockmill render --limit output=81000 || exit $?").ended(2);
        folder.edit("dockmill.toml", "80000", "81000");
        folder.shell("dockmill render --quiet").ended(0);
    }
}

/// The limits of the environment hold where no manifest is read, as well.
#[test]
fn an_operators_limit_holds_without_a_manifest() {
    let folder = Folder::new();
    folder.write("a.dockmill", "FROM a\n@foreach(i, range(1000))\n# @{i}\n@end\n");
    folder.write("a.m4", "define(`l',`ifelse($1,0,,`l(decr($1))')')FROM x\nl(1000)\n");
    folder.write("long.m4", &format!("FROM x\n{}", "# x\n".repeat(1000)));
    ends(&folder, "DOCKMILL_LIMITS=steps=100 dockmill expand a.dockmill", "the steps of this expansion are used up")
        .ended(2);
    for limits in ["steps=100", "work=100"] {
        let command = format!("DOCKMILL_LIMITS={limits} dockmill m4 a.m4");
        ends(&folder, &command, "expansion passes 19200 steps of work").ended(1);
    }
    ends(&folder, "DOCKMILL_LIMITS=steps=100 dockmill m4 --limit=100000 a.m4 > kept", "").ended(0);
    ends(&folder, "DOCKMILL_LIMITS=stepps=1 dockmill m4 a.m4", "there is no limit `stepps`").ended(1);
    ends(&folder, "DOCKMILL_LIMITS=steps=100 dockmill import m4 a.m4", "this takes more than 100 steps").ended(2);
    ends(&folder, "dockmill import m4 --limit output=1000 long.m4", "passes 1000 bytes").ended(1);
    let targets = "dockmill import m4 --limit work=3000 -s X=1,2,3,4 a.m4";
    ends(&folder, targets, "the expansions of this run take more than 3000 steps together").ended(1);
}

/// A limit that is given twice would be lost once, without a word.
#[test]
fn a_limit_is_given_once() {
    let folder = project("a.dockmill", "FROM a\n", "");
    folder.write("a.m4", "x\n");
    for (command, said, status) in [
        ("DOCKMILL_LIMITS='steps=10 steps=20' dockmill render", "`DOCKMILL_LIMITS` has `steps` twice", 2),
        ("DOCKMILL_LIMITS='steps=10,depth=2,steps=10' dockmill m4 a.m4", "`DOCKMILL_LIMITS` has `steps` twice", 1),
        ("dockmill check --limit steps=1 --limit steps=2", "`--limit` has `steps` twice", 2),
        ("dockmill inspect a.dockmill --limit steps=1 --limit steps=2", "`--limit` has `steps` twice", 2),
    ] {
        ends(&folder, command, said).ended(status);
    }
    folder.shell("DOCKMILL_LIMITS=steps=1 dockmill check --limit steps=100 || exit $?").ended(1);
}

/// Commands that expand nothing, or that do not end, obey them, too.
#[test]
fn an_operators_limit_holds_in_every_command() {
    let folder = project("a.dockmill", "FROM a\n", "");
    folder.write("D", &format!("FROM a\n{}", "# x\n".repeat(1000)));
    for (limits, said) in [
        ("stepz=1", "there is no limit `stepz`"),
        ("output=1000", "this Dockerfile is longer than 1000 bytes"),
        ("work=1000", "this Dockerfile takes more than 1000 steps to read"),
    ] {
        ends(&folder, &format!("DOCKMILL_LIMITS={limits} dockmill inspect D > /dev/null"), said).ended(2);
        ends(&folder, &format!("dockmill inspect D --json --limit {limits} > /dev/null"), said).ended(2);
    }
    folder.shell("DOCKMILL_LIMITS='output=10000 work=10000' dockmill inspect D > /dev/null").ended(0);
    // No edit of a file would mend these.
    for line in ["DOCKMILL_LIMITS=stepz=1 dockmill watch", "dockmill watch --limit stepz=1"] {
        ends(&folder, &format!("timeout 60 env {line}"), "there is no limit `stepz`").ended(2);
    }
    ends(&folder, "timeout 60 dockmill watch -D x", "`-D` wants a name and a value").ended(2);
}

/// What one expansion spends, the next ones lack.
#[test]
fn expansions_draw_on_one_budget() {
    let axis = "matrix = [\"n\"]\n[axis]\nn = \"range(100)\"\n";
    let said = "the expansions of this run take more than 20000 steps together";
    for (name, text) in [
        ("a.dockmill", "FROM a\n@foreach(i, range(1000))\n# @{i}@{n}\n@end\n"),
        ("a.m4", "define(`l',`ifelse($1,0,,`l(decr($1))')')FROM x\nl(1000)\n"),
    ] {
        let folder = project(name, text, axis);
        let manifest = folder.read("dockmill.toml").replace("\"out\"", "\"o/@{n}\"");
        folder.write("dockmill.toml", &manifest);
        let ran = ends(&folder, "dockmill render --limit work=20000", said).ended(2);
        assert!(ran.stderr.contains("`--limit work=…`"), "{}", ran.stderr);
        let count = std::fs::read_dir(folder.path().join("o")).map_or(0, Iterator::count);
        assert!((1..50).contains(&count), "{name}: {count}");
        folder.shell("dockmill render --quiet").ended(0);
    }
}

/// An expansion ends where the budget does, too.
#[test]
fn an_expansion_under_way_is_broken_off() {
    let said = "the expansions of this run take more than 20000 steps together";
    let rounds = "FROM a\n@foreach(i, range(1000))\n@foreach(j, range(100))\n# @{i}@{j}\n@end\n@end\n";
    let lists = "FROM a\n@foreach(i, range(1000))\n@let(l, range(100000)|sort)\n@end\n";
    let m4 = "define(`l',`ifelse($1,0,,`l(decr($1))')')FROM x\nl(1000000)\n";
    for (name, text, place) in
        [("a.dockmill", rounds, "a.dockmill:4:"), ("a.dockmill", lists, "a.dockmill:3:23"), ("a.m4", m4, "a.m4:")]
    {
        let ran = ends(&project(name, text, ""), "dockmill render --limit work=20000", said).ended(2);
        assert!(ran.stderr.contains(place) && ran.stderr.contains("`--limit work=…`"), "{}", ran.stderr);
    }
    let folder = Folder::new();
    folder.write("a.m4", m4);
    ends(&folder, "dockmill import m4 --limit work=20000 a.m4", said).ended(1);
}

/// What cannot be written is an error.
#[test]
fn a_full_disk_is_told() {
    let folder = Folder::new();
    for command in ["echo hi | dockmill m4", "dockmill m4 --help", "dockmill m4 --version"] {
        let ran = folder.shell(&format!("{command} > /dev/full")).ended(1);
        assert_eq!(ran.stderr, "m4: write error: No space left on device\n", "{command}");
    }
    for command in ["dockmill --help", "dockmill render --help", "dockmill --version", "dockmill schema"] {
        let ran = folder.shell(&format!("{command} > /dev/full")).ended(2);
        assert!(ran.stderr.contains("no space is left on the disk"), "{command}: {}", ran.stderr);
    }
}

/// No control sequence and no mark that turns text around reaches the terminal, whatever says it.
#[test]
fn messages_are_plain_text() {
    let folder = project("a.dockmill", "FROM a\n", "");
    for line in [
        "dockmill explain $(printf '\\033[2J:1')",
        "dockmill -C $(printf '\\033[2J') render",
        "dockmill -C $(printf '\\342\\200\\256x') render",
        "dockmill explain $(printf '\\342\\200\\256x:1') --message-format json",
        // What takes no room, and what breaks a line in other programs.
        "dockmill explain $(printf '.g\\342\\200\\214it:1')",
        "dockmill explain $(printf 'a\\342\\200\\250b:1')",
    ] {
        let ran = folder.shell(&format!("{line} || exit $?"));
        assert!(ran.status == 2 && !ran.stderr.is_empty(), "{line}: {}", ran.status);
        let hidden = ['\u{1b}', '\u{202e}', '\u{200c}', '\u{2028}'];
        assert!(!ran.stderr.contains(hidden), "{line}: {:?}", ran.stderr);
    }
    for line in [
        "dockmill \"$TURNED\"",
        "dockmill --\"$TURNED\"",
        "dockmill diff --cause \"$TURNED\"",
        "dockmill diff --link \"$TURNED\" --format html",
        "dockmill graph --format \"$TURNED\"",
        "dockmill completions \"$TURNED\"",
        "dockmill schema \"$TURNED\"",
        "dockmill export \"$TURNED\"",
        "dockmill list --shard \"$TURNED\"",
    ] {
        for format in ["full", "short", "json", "github", "sarif"] {
            let line = format!("TURNED=$(printf '\\342\\200\\256x\\033[2J'); {line} --message-format {format}");
            let ran = folder.shell(&format!("{line} || exit $?")).ended(2);
            assert!(ran.stderr.contains('x'), "{line}: {:?}", ran.stderr);
            assert!(!ran.stderr.contains(['\u{1b}', '\u{202e}']), "{line}: {:?}", ran.stderr);
        }
    }
    let folder = Folder::new();
    folder.write("a.m4", "syscmd(`ls')x");
    let ran = folder.shell("dockmill import m4 a.m4 --message-format json || exit $?").ended(1);
    for line in ran.stderr.lines() {
        assert!(line.starts_with('{') && line.ends_with('}'), "{line}");
    }
}

/// What a stranger's project holds is shown, and turns nothing round: neither of what it is made of, nor of what it makes.
#[test]
fn what_is_shown_of_a_project_is_plain_text() {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"p\"\n[builder]\nuse = [\"docker\", \"build\", \"--x=\\u001b[2J\\u202ex\"]\n\
         [vars]\nv = \"\\u001b[2J\\u202e\\u0007x\"\n[image.a]\n",
    );
    folder.write("a/Dockerfile.dockmill", "FROM debian\nLABEL a=@{v}\nRUN a # \u{1b}[2J\u{202e}\n");
    folder.write("n.m4", "FROM debian\ninclude(`\u{1b}[2J\u{202e}\nFROM x')\n");
    folder.dockmill(&["render", "-q"]).ended(0);
    folder.edit("a/Dockerfile.dockmill", "RUN a", "RUN \u{202e}a b");
    for (line, held) in [
        ("build -n", r"$'--x=\033[2J\342\200\256x'"),
        ("explain dockerfiles/a/Dockerfile:3", "␛[2J"),
        ("explain --json dockerfiles/a/Dockerfile:3", r"\u202e"),
        ("explain a/Dockerfile.dockmill:2", "␛[2J"),
        ("explain --json a/Dockerfile.dockmill:2", "␛[2J"),
        ("list --json", r"\u202e"),
        ("list --format {vars.v}", "␛[2J"),
        ("diff --format html", "a b"),
        ("diff --format markdown", "a b"),
        ("diff --format json", r"\u202e"),
        ("diff", "a b"),
        ("diff --full", "a b"),
        ("export github --with v", r"\u202e"),
        ("export gitlab --with v", r"\u202e"),
        ("inspect dockerfiles/a/Dockerfile", r"\u{202e}"),
        ("inspect --json dockerfiles/a/Dockerfile", r"\u202e"),
        ("import m4 n.m4", "left out"),
    ] {
        let ran = folder.shell(&format!("dockmill {line} || true"));
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(held), "{line}: {said:?}");
        assert!(!said.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{line}: {said:?}");
    }
}
