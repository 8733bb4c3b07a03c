//! What `dockmill m4` does not do unless it is told to, and where it ends what GNU m4 would not.

use crate::support::Folder;

#[test]
fn programs_are_run_only_if_the_user_says_so() {
    let folder = Folder::new();
    folder.write("t.m4", "esyscmd(`echo made')syscmd(`touch here')sysval\n");
    let ran = folder.dockmill(&["m4", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "0\n"));
    assert_eq!(
        ran.stderr,
        "m4:t.m4:1: `esyscmd' is refused: templates run no programs; \
         `--allow-exec` allows it for templates of your own\n\
         m4:t.m4:1: `syscmd' is refused: templates run no programs; \
         `--allow-exec` allows it for templates of your own\n"
    );
    assert!(!folder.file("here").exists());
    let ran = folder.dockmill(&["m4", "--allow-exec", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "made\n0\n", ""));
    assert!(folder.file("here").exists());
}

#[test]
fn files_are_made_only_if_the_user_says_so() {
    let folder = Folder::new();
    folder.write("t.m4", "mkstemp(`temporary-XXXXXX')maketemp(`more-XXXXXX')debugfile(`trace')\n");
    let ran = folder.dockmill(&["m4", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "\n"));
    assert_eq!(ran.stderr.matches("--allow-exec").count(), 3, "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(folder.dockmill(&["m4", "--allow-exec", "t.m4"]).status, 0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn files_are_included_from_here_and_from_named_folders_only() {
    let folder = Folder::new();
    folder.write("project/t.m4", "include(`../secret')|include(`link')|undivert(`../secret')|sinclude(`../secret')");
    folder.write("secret", "secret");
    std::os::unix::fs::symlink("../secret", folder.file("project/link")).unwrap();
    let ran = folder.dockmill(&["-C", "project", "m4", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "|||"));
    assert_eq!(ran.stderr.matches("outside of this folder; `-I ").count(), 4, "{}", ran.stderr);
    let ran = folder.dockmill(&["-C", "project", "m4", "-I", "..", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "secret|secret|secret|secret"));
}

#[test]
fn frozen_files_are_refused_with_the_reason() {
    let folder = Folder::new();
    for option in ["-Fstate", "-Rstate", "--freeze-state=state", "--reload-state=state"] {
        let ran = folder.dockmill(&["m4", option]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
        assert!(ran.stderr.contains("frozen files (-F, -R) are not supported"), "{}", ran.stderr);
    }
}

#[test]
fn an_expansion_without_an_end_ends_with_its_stack() {
    let folder = Folder::new();
    folder.write("t.m4", "define(`x',`x x')dnl\n\nRUN x\n");
    let ran = folder.dockmill(&["m4", "t.m4"]);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.stderr,
        "m4:t.m4:3: ERROR: expansion passes 67108864 bytes of memory\n\
         m4:t.m4:3: in the expansion of `x'\n"
    );
}

/// Bounds that end in a moment what would take seconds with those of `dockmill m4`.
fn limits() -> dockmill::m4::Limits {
    dockmill::m4::Limits { calls: 1_000_000, work: 100_000_000, memory: 16 << 20, ..dockmill::m4::Limits::default() }
}

#[test]
fn nothing_goes_on_for_ever() {
    for (template, bound) in [
        ("define(`a',`pushdef(`q',x)a')a", "bytes of memory"),
        ("define(`a',`a')a", "1000000 macro calls"),
        ("define(`a',`m4wrap(`a')')a", "rounds of `m4wrap'"),
        ("define(`a',`a(x$@)')a", "steps of work"),
        ("define(`f',`define(`f',defn(`f')defn(`f'))f')f", "steps of work"),
        ("define(`n',0)define(`a',`define(`n',incr(n))define(`x'n)a')a", "bytes of memory"),
        (
            "define(`n',0)define(`a',`define(`n',incr(n))divert(n)xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`'a')a",
            "bytes of memory",
        ),
        // One call that multiplies what it is given.
        ("define(`b',format(`_%50000s'))define(`c',patsubst(b,` ',`$1'))c(b)", "bytes"),
        ("define(`b',format(`_%50000s'))patsubst(b,` ',`\\&'b)", "bytes"),
        // Short arguments, and messages, cost more than their bytes.
        ("define(`a',`a(x,$@)')a", "steps of work"),
        ("define(`a',`errprint(x)a')a", "steps of work"),
        ("define(`a',`dumpdef(`a')a')a", "steps of work"),
        ("define(`x',format(`%10000s'))define(`a',`dumpdef(`x')a')a", "steps of work"),
        ("define(`a',`dumpdef`'traceon`'traceoff`'a')a", "steps of work"),
        ("define(`a',`a(``$1'')')a(x)", "steps of work"),
        ("divert(-1)define(`a',`x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x`'a')a", "steps of work"),
        // So do expressions, files that are not there, signs that change, patterns that are new, and text that moves.
        ("define(`a',`eval(1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1)`'a')a", "steps of work"),
        ("define(`a',`sinclude(`x')a')a", "steps of work"),
        ("define(`a',`changecom(`#')a')a", "steps of work"),
        ("define(`a',`regexp(`b',`x$1')`'a(incr($1))')a(0)", "steps of work"),
        (
            "define(`b',translit(format(`%100000s'),` ',`y'))divert(1)b`'divert(2)b`'define(`a',`divert(1)undivert(2)\
             divert(2)x`'undivert(1)divert(1)x`'a')a",
            "steps of work",
        ),
        (
            "define(`r',patsubst(format(`%100000s'),` ',`a-z'))define(`a',`len(translit(x,defn(`r'),y))a')a",
            "steps of work",
        ),
        // Patterns that are tried again from each byte of a long text, by groups, and by `\\1`.
        ("define(`b',translit(format(`%30000s'),` ',`a'))patsubst(b,`\\(a*\\)*b',`y')", "steps of work"),
        ("define(`b',translit(format(`%3000000s'),` ',`a'))regexp(b,`\\(\\(a\\)*\\)',`\\1')", "steps of work"),
        ("define(`b',translit(format(`%3000s'),` ',`a'))regexp(b,`\\(a*\\)\\(a*\\)\\1\\2b')", "steps of work"),
    ] {
        let mut host = dockmill::m4::Buffer::default();
        let limits = dockmill::m4::Limits { bytes: 40 << 20, ..limits() };
        let options = dockmill::m4::Options { limits, ..dockmill::m4::Options::default() };
        let status = dockmill::m4::Engine::new(options, &mut host).run(b"t.m4", template.as_bytes().to_vec());
        let error = String::from_utf8_lossy(&host.error).into_owned();
        let told = error.lines().find(|line| line.contains("ERROR: ")).unwrap_or_default();
        assert!(status == 1 && told.contains("expansion passes") && told.contains(bound), "{template}\n{told}");
    }
}

/// Where bytes came from takes more than they do.
#[test]
fn the_places_of_output_take_memory() {
    for template in ["define(`l',`x`'y`'l')l", "divert(1)define(`l',`x`'y`'l')l", "define(`l',`x`'y`'$1`'l($1z)')l"] {
        let mut host = dockmill::m4::Buffer::default();
        let options = dockmill::m4::Options { limits: limits(), traced: true, ..dockmill::m4::Options::default() };
        let status = dockmill::m4::Engine::new(options, &mut host).run(b"t.m4", template.as_bytes().to_vec());
        let error = String::from_utf8_lossy(&host.error).into_owned();
        assert!(status == 1 && error.contains("passes 16777216 bytes of memory"), "{template}\n{error}");
    }
}

#[test]
fn a_pattern_with_too_many_ways_to_match_is_no_pattern_that_does_not_match() {
    let template = "define(`b',translit(format(`%3000s'),` ',`a'))regexp(b,`\\(a*\\)\\(a*\\)\\1\\2b')";
    let mut host = dockmill::m4::Buffer::default();
    let options = dockmill::m4::Options::default();
    let status = dockmill::m4::Engine::new(options, &mut host).run(b"t.m4", template.as_bytes().to_vec());
    let error = String::from_utf8_lossy(&host.error).into_owned();
    let told = "m4:t.m4:1: ERROR: a pattern with `\\1' passes all bounds: there are too many ways to match it\n";
    assert_eq!((status, error.as_str(), host.output.len()), (1, told, 0));
}

/// At each place of a text it is looked whether one stands there.
#[test]
fn a_quote_is_no_text() {
    for sign in ["changequote", "changecom"] {
        let template = format!("define(`q',translit(format(`%2000s'),` ',`!')){sign}(defn(`q')b,x)dnl\n!!!");
        let mut host = dockmill::m4::Buffer::default();
        let options = dockmill::m4::Options::default();
        let status = dockmill::m4::Engine::new(options, &mut host).run(b"t.m4", template.into_bytes());
        let error = String::from_utf8_lossy(&host.error).into_owned();
        let told = "m4:t.m4:1: ERROR: a quote or a sign of comments passes 1000 bytes\n";
        assert_eq!((status, error.as_str(), host.output.len()), (1, told, 0));
    }
}

#[test]
fn a_pattern_of_many_bytes_is_no_pattern() {
    let template = "define(`p',translit(format(`%100000s'),` ',`.'))regexp(x,p)";
    let mut host = dockmill::m4::Buffer::default();
    dockmill::m4::Engine::new(dockmill::m4::Options::default(), &mut host).run(b"t.m4", template.as_bytes().to_vec());
    let error = String::from_utf8_lossy(&host.error).into_owned();
    assert!(error.starts_with("m4:t.m4:1: bad regular expression: `...") && error.contains("too big"), "{error:.200}");
}

/// What one call makes counts beside all else: a text that doubles is held three times at its end.
#[test]
fn what_a_call_makes_is_held_beside_what_it_is_given() {
    let template = "define(`d',`$1$1')define(`b',format(`_%1900000s'))d(d(b))";
    for (memory, is_enough) in [(7 << 20, false), (32 << 20, true)] {
        let mut host = dockmill::m4::Buffer::default();
        let limits = dockmill::m4::Limits { memory, ..limits() };
        let options = dockmill::m4::Options { limits, ..dockmill::m4::Options::default() };
        let status = dockmill::m4::Engine::new(options, &mut host).run(b"t.m4", template.as_bytes().to_vec());
        assert_eq!(status == 0, is_enough, "{}", String::from_utf8_lossy(&host.error));
    }
}

/// As many digits as are asked for, though the standard library writes no more than 65,535.
#[test]
fn numbers_have_as_many_digits_as_are_asked_for() {
    let template =
        "len(format(`%.70000f',1.5)) len(format(`%.70000e',1.5)) format(`%.70000g',1.5) len(format(`%#.70000g',0.5))";
    let mut host = dockmill::m4::Buffer::default();
    dockmill::m4::Engine::new(dockmill::m4::Options::default(), &mut host).run(b"t.m4", template.as_bytes().to_vec());
    assert_eq!(String::from_utf8_lossy(&host.output), "70002 70006 1.5 70002");
}

/// Output waits for no sign between its words.
#[test]
fn output_is_handed_on_whatever_it_begins_with() {
    let folder = Folder::new();
    folder.write(
        "t.m4",
        "define(`t',translit(format(`%1000000s'),` ',`w'))define(`l',`ifelse($1,0,,`t`'l(decr($1))')')l(80)",
    );
    let ran = folder.shell("dockmill m4 t.m4 | wc -c");
    assert_eq!((ran.stdout.trim(), ran.stderr.as_str()), ("80000000", ""));
}

#[test]
fn the_user_sets_how_many_calls_there_may_be() {
    let folder = Folder::new();
    folder.write("t.m4", "define(`a',`ifelse($1,0,done,`a(decr($1))')')a(1000)\n");
    assert_eq!(folder.dockmill(&["m4", "--limit=5000", "t.m4"]).stdout, "done\n");
    folder.write("loop.m4", "define(`a',`a')a\n");
    // Other work is bounded along with them.
    for (file, bound) in [("loop.m4", "500 macro calls"), ("t.m4", "96000 steps of work")] {
        let ran = folder.dockmill(&["m4", "--limit", "500", file]);
        assert_eq!(ran.status, 1);
        assert!(ran.stderr.starts_with(&format!("m4:{file}:1: ERROR: expansion passes {bound}\n")), "{}", ran.stderr);
    }
    let ran = folder.dockmill(&["m4", "--limit=many", "t.m4"]);
    let told = "m4: option '--limit' wants a number, not `many'\nTry `m4 --help' for more information.\n";
    assert_eq!((ran.status, ran.stderr.as_str()), (1, told));
}

#[test]
fn the_user_sets_how_much_may_be_held() {
    let folder = Folder::new();
    folder
        .write("t.m4", "divert(1)define(`a',format(`_%1000000s'))define(`l',`ifelse($1,0,,`a`'l(decr($1))')')l(80)\n");
    folder.write("wide.m4", "eval(1,1,80000000)\n");
    for (file, said) in [("t.m4", "passes 67108864 bytes"), ("wide.m4", "a number is to be wider than all bounds")] {
        let ran = folder.dockmill(&["m4", file]);
        assert!(ran.status == 1 && ran.stderr.contains(said), "{}", ran.stderr);
        let ran = folder.shell(&format!("dockmill m4 --limit=40000000 {file} | wc -c"));
        assert_eq!((ran.stdout.trim().parse::<usize>().unwrap() > 80_000_000, ran.stderr.as_str()), (true, ""));
        let ran = folder.shell(&format!("DOCKMILL_LIMITS=output=1000000 dockmill m4 --limit=40000000 {file}"));
        assert!(ran.status == 1 && ran.stderr.contains("ERROR: "), "{}", ran.stderr);
    }
}

#[test]
fn definitions_that_are_gone_take_no_memory() {
    let template = "define(`x',format(`_%100000s'))define(`l',`pushdef(`y',defn(`x'))popdef(`y')define(`z',defn(`x'))\
                    ifelse($1,2000,,`l(incr($1))')')l(1)";
    let mut host = dockmill::m4::Buffer::default();
    let limits = dockmill::m4::Limits { memory: 2 << 20, ..dockmill::m4::Limits::default() };
    let options = dockmill::m4::Options { limits, ..dockmill::m4::Options::default() };
    let status = dockmill::m4::Engine::new(options, &mut host).run(b"t.m4", template.as_bytes().to_vec());
    assert_eq!((status, String::from_utf8_lossy(&host.error)), (0, "".into()));
}

#[test]
fn a_project_has_the_same_bounds() {
    let folder = Folder::new();
    folder
        .write("dockmill.toml", "[project]\nname = \"p\"\n[limits]\nsteps = 100000\n[image.a]\ntemplate = \"t.m4\"\n");
    for (template, what) in [
        ("define(`a',`a')a\n", "expansion passes 4248576 steps of work"),
        ("define(`a',`a(x$@)')a\n", "expansion passes"),
        ("define(`a',`m4wrap(`a')')a\n", "expansion passes"),
        ("sinclude(`t.m4')\n", "expansion passes 500 files that include each other"),
    ] {
        folder.write("t.m4", template);
        let ran = folder.dockmill(&["check"]);
        assert!(ran.status != 0 && ran.stderr.contains(what), "{template}\n{}", ran.stderr);
        assert!(ran.stderr.contains("error[limit-exceeded]"), "{template}\n{}", ran.stderr);
    }
}

#[test]
fn files_that_include_themselves_end() {
    let folder = Folder::new();
    folder.write("t.m4", "sinclude(`t.m4')\n");
    let ran = folder.dockmill(&["m4", "t.m4"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("expansion passes 500 files that include each other"), "{}", ran.stderr);
}

#[test]
fn a_pipe_is_no_file_to_include() {
    let folder = Folder::new();
    folder.write("t.m4", "include(`pipe')|sinclude(`pipe')|undivert(`pipe')|\n");
    let made = std::process::Command::new("mkfifo").arg(folder.file("pipe")).status().unwrap();
    assert!(made.success());
    let ran = folder.dockmill(&["m4", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "|||\n"));
    assert_eq!(ran.stderr.matches("it is no regular file; `--allow-exec` allows it").count(), 3, "{}", ran.stderr);
}

#[test]
fn a_builtin_as_an_argument_is_an_empty_text_to_ifelse() {
    let mut host = dockmill::m4::Buffer::default();
    let template = "ifelse(defn(`len'),,yes,no)|ifelse(defn(`len'),defn(`index'),yes,no)|ifelse(defn(`len'),x,yes,no)";
    let options = dockmill::m4::Options::default();
    dockmill::m4::Engine::new(options, &mut host).run(b"t.m4", template.as_bytes().to_vec());
    assert_eq!(String::from_utf8_lossy(&host.output), "yes|yes|no");
}

#[test]
fn what_ends_a_file_is_told_before_what_is_wrong_with_it() {
    let folder = Folder::new();
    folder.write("t.m4", "len(`a\n");
    let ran = folder.dockmill(&["m4", "-di", "t.m4"]);
    assert_eq!(
        ran.stderr,
        "m4debug: input read from t.m4\nm4debug: input exhausted\nm4:t.m4:1: ERROR: end of file in string\n"
    );
}
