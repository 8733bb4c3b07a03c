//! `dockmill explain`: the questions that it must answer on real projects, and what it prints for programs.

use serde_json::Value;

use crate::support::Folder;

fn validator(folder: &Folder) -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&folder.dockmill(&["schema", "explain"]).ended(0).stdout).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[track_caller]
fn valid(validator: &jsonschema::Validator, text: &str) -> Value {
    let told: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> = validator.iter_errors(&told).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    told
}

/// The line of a file, from 1, that holds a text for the nth time.
fn line_of(folder: &Folder, file: &str, text: &str, nth: usize) -> usize {
    let bytes = folder.read(file);
    let mut found = bytes.lines().enumerate().filter(|(_, line)| line.contains(text));
    found.nth(nth).unwrap_or_else(|| panic!("no `{text}` in {file}")).0 + 1
}

/// "Where does this version come from?"
#[test]
fn a_version_is_led_back_to_its_place_in_the_data() {
    let folder = Folder::copy("recipes/official");
    let output = "1.26/alpine3.23/Dockerfile";
    let line = line_of(&folder, output, ".linux-amd64.tar.gz", 0);
    let told = folder.dockmill(&["explain", &format!("{output}:{line}")]).ended(0).stdout;
    let born = told.lines().find(|line| line.contains("versions.json:") && line.contains("arches.amd64.url")).unwrap();
    let place: usize = born.split("versions.json:").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(born.contains(r#""1.26".arches.amd64.url = "https://dl.google.com/go/go1.26."#), "{told}");
    // What is there is what stands in the output, and the way back leads to it.
    let written = folder.read("versions.json").lines().nth(place - 1).unwrap().to_owned();
    let url = written.split('"').nth(3).unwrap();
    assert!(folder.read(output).lines().nth(line - 1).unwrap().contains(url), "{written}");
    let back = folder.dockmill(&["explain", &format!("versions.json:{place}"), "--json"]).ended(0).stdout;
    let back = valid(&validator(&folder), &back);
    let rows = back["outputs"].as_array().unwrap();
    let is_it = |row: &&Value| row["output"] == output && row["line"] == line && row["how"] == "value";
    assert!(rows.iter().any(|row| is_it(&row)), "{back:#}");
    // All outputs of that version that are for the architecture, and no others.
    assert!(rows.iter().all(|row| row["target"].as_str().unwrap().starts_with("golang/1.26/")), "{back:#}");
    assert!(told.contains("in round 1 of the loop at golang/linux.dockmill:") && told.contains("    arch = amd64\n"));
}

/// "Who added this package?"
#[test]
fn a_package_is_led_back_to_its_place_in_a_list() {
    let folder = Folder::copy("recipes/derex");
    let output = "dockerfiles/openedx/ironwood/Dockerfile";
    let line = line_of(&folder, output, "gfortran \\", 0);
    let told = folder.dockmill(&["explain", &format!("{output}:{line}")]).ended(0).stdout;
    let added = line_of(&folder, "openedx/Dockerfile.dockmill", "\"gfortran\"", 0);
    assert!(told.contains(&format!("        openedx/Dockerfile.dockmill:{added} \"gfortran\"\n")), "{told}");
    // Its neighbours are not what this line is about.
    assert!(!told.contains("graphviz-dev\"\n") && told.contains("more, which `--json` shows"), "{told}");
    let there = folder.dockmill(&["explain", &format!("openedx/Dockerfile.dockmill:{added}")]).ended(0).stdout;
    assert!(there.contains("gives a value to\n") && there.contains("2 outputs in openedx/{ironwood,koa}"), "{there}");
}

/// Every line of every output of a project, with all that is known.
#[test]
fn the_map_of_a_whole_file_is_valid() {
    let folder = Folder::copy("recipes/official");
    let validator = validator(&folder);
    let listed = folder.dockmill(&["list", "--json"]).ended(0).stdout;
    let outputs =
        listed.lines().map(|row| serde_json::from_str::<Value>(row).unwrap()["output"].as_str().unwrap().to_owned());
    let outputs: std::collections::BTreeSet<String> = outputs.collect();
    assert!(outputs.len() > 5);
    for output in outputs.iter().map(String::as_str).chain(["library/golang"]) {
        let told = valid(&validator, &folder.dockmill(&["explain", output, "--json"]).ended(0).stdout);
        assert_eq!(told["current"], true);
        let lines = told["lines"].as_array().unwrap();
        let text = folder.read(output);
        assert_eq!(lines.len(), text.lines().count(), "{output}");
        for (line, written) in lines.iter().zip(text.lines()) {
            assert_eq!(line["text"].as_str().unwrap(), written.trim_end(), "{output}");
        }
        // All but the header, which a directive may stand before.
        let headers = lines.iter().take(3).filter(|line| line["origin"].is_null()).count();
        assert!(headers <= 1 && lines.iter().skip(3).all(|line| line["origin"].is_object()), "{output}");
    }
    let told = folder.dockmill(&["explain", "1.26/alpine3.23/Dockerfile:2-4", "--json"]).ended(0).stdout;
    assert_eq!(valid(&validator, &told)["lines"].as_array().unwrap().len(), 3);
}

const GATHERED: &[(&str, &str)] = &[
    (
        "dockmill.toml",
        "[project]\nname = \"x\"\n[axis]\nrelease = [\"trixie\", \"sid\"]\n[image.a]\nmatrix = [\"release\"]\n",
    ),
    ("lib.dockmill", "@define(tls, extra)\n@divert(\"packages\")\nopenssl @{extra}\n@end\n@end\n"),
    (
        "a/Dockerfile.dockmill",
        "@import(\"../lib.dockmill\")\nFROM debian:@{release}\n@gather(words, \"packages\")\n\
         RUN apt-get install -y @{words|sort|join(\" \")}\n@end\n\
         @if(release == \"trixie\")\n@tls(\"ca-certificates\")\n@elif(release == \"sid\")\nRUN sid\n@end\n\
         @divert(\"packages\", [\"curl\",\n  \"git\"])\n",
    ),
];

#[test]
fn gathered_words_and_conditions_are_told() {
    let folder = Folder::new();
    for (name, text) in GATHERED {
        folder.write(name, text);
    }
    folder.dockmill(&["render", "--quiet"]).ended(0);
    let told = folder.dockmill(&["explain", "dockerfiles/a/trixie/Dockerfile:3"]).ended(0).stdout;
    assert_eq!(
        told,
        "dockerfiles/a/trixie/Dockerfile:3\n    RUN apt-get install -y ca-certificates curl git openssl\n\
         comes from a/Dockerfile.dockmill:4\n    RUN apt-get install -y @{words|sort|join(\" \")}\n\
         values\n    words|sort|join(\" \") = ca-certificates curl git openssl\n\
         \x20       a/Dockerfile.dockmill:7 \"ca-certificates\"\n\
         \x20       a/Dockerfile.dockmill:11 \"curl\"\n\
         \x20       a/Dockerfile.dockmill:12 \"git\"\n\
         \x20       lib.dockmill:3 openssl, set aside for `packages` at lib.dockmill:2, in macro `tls`, called from \
         a/Dockerfile.dockmill:7, under `@if` at a/Dockerfile.dockmill:6\n\
         \x20       chosen by lib.dockmill:3 extra, set aside for `packages` at lib.dockmill:2, in macro `tls`, called from \
         a/Dockerfile.dockmill:7, under `@if` at a/Dockerfile.dockmill:6\n\
         \x20       chosen by a/Dockerfile.dockmill:11 [\"curl\", \"git\"], set aside for `packages` at a/Dockerfile.dockmill:11\n\
         target a/trixie (release=trixie)\n"
    );
    let told = folder.dockmill(&["explain", "dockerfiles/a/sid/Dockerfile:4"]).ended(0).stdout;
    assert_eq!(
        told,
        "dockerfiles/a/sid/Dockerfile:4\n    RUN sid\ncomes from a/Dockerfile.dockmill:9\n    RUN sid\n\
         under `@elif` at a/Dockerfile.dockmill:8:7\n    @elif(release == \"sid\")\n\
         \x20   release == \"trixie\" is false\n    release == \"sid\" is true\ntarget a/sid (release=sid)\n"
    );
    // The other way, folded.
    let makes = folder.dockmill(&["explain", "a/Dockerfile.dockmill:4"]).ended(0).stdout;
    assert_eq!(
        makes,
        "a/Dockerfile.dockmill:4\n    RUN apt-get install -y @{words|sort|join(\" \")}\nmakes\n    \
         line 3 of 2 outputs in a/*\n        RUN apt-get install -y ca-certificates curl git openssl\n"
    );
    let axis = folder.dockmill(&["explain", "dockmill.toml:4"]).ended(0).stdout;
    assert!(axis.contains("gives a value to\n    line 2 of 2 outputs in a/*\n        FROM debian:trixie\n"), "{axis}");
    let condition = folder.dockmill(&["explain", "a/Dockerfile.dockmill:8"]).ended(0).stdout;
    assert!(
        condition.contains("leads to\n    line 4 of dockerfiles/a/sid/Dockerfile\n        RUN sid\n"),
        "{condition}"
    );
    let unused = folder.dockmill(&["explain", "dockmill.toml:2"]).ended(0).stdout;
    assert_eq!(unused, "dockmill.toml:2\n    name = \"x\"\nmakes no line of any output\n");
    let lines = folder.dockmill(&["explain", "dockerfiles/a/sid/Dockerfile:1-2"]).ended(0).stdout;
    assert!(
        lines.contains("this is dockmill's header; it stands in no template\n\ndockerfiles/a/sid/Dockerfile:2\n"),
        "{lines}"
    );
    for (wrong, said) in [
        ("dockerfiles/a/sid/Dockerfile:3-2", "ends before it begins"),
        ("dockerfiles/a/sid/Dockerfile:3-9", "has 4 lines, no line 5"),
        ("dockerfiles/a/sid/Dockerfile", "names no line"),
        ("nothing.dockmill:1", "neither an output nor a template"),
    ] {
        let error = folder.dockmill(&["explain", wrong]).ended(2).stderr;
        assert!(error.contains(said), "{error}");
    }
}

/// What only decides lines is told, as is a value of an expression that begins with a literal.
#[test]
fn what_decides_lines_and_what_stands_behind_a_literal() {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"x\"\nheader = false\n\n[vars]\nn = \"4\"\nm = \"5\"\nb = \"c\"\nslim = true\nlist = [\"p\"]\n\n[image.a]\n",
    );
    folder.write(
        "a/Dockerfile.dockmill",
        "@let(q(x), x ~ x)\nFROM debian\nENV A=@{\"x\" ~ b} B=@{\"q\"|q} C=@{\"-slim\" if slim else \"\"} D=@{\"d\"}\n\
         @let(u, b)\nENV U=@{u}\n@if(n == \"4\")\nRUN four\n@end\n@if(m == \"4\")\nRUN none\n@end\n@foreach(i, list)\nRUN one\n@end\n",
    );
    folder.dockmill(&["render", "-q"]).ended(0);
    let explain = |place: &str| folder.dockmill(&["explain", place]).ended(0).stdout;
    let told = explain("dockerfiles/a/Dockerfile:2");
    assert!(told.contains("    \"x\" ~ b = xc\n        dockmill.toml:8 vars.b = \"c\"\n"), "{told}");
    assert!(told.contains("    \"q\"|q = qq\n"), "{told}");
    assert!(told.contains("= -slim\n        chosen by dockmill.toml:9 vars.slim = true\n"), "{told}");
    assert!(!told.contains("\"d\" = d"), "{told}");
    let decides =
        |line: usize, text: &str| format!("decides\n    line {line} of dockerfiles/a/Dockerfile\n        {text}\n");
    let told = explain("dockmill.toml:6");
    assert!(told.ends_with(&decides(4, "RUN four")), "{told}");
    let told = explain("dockmill.toml:10");
    assert!(told.ends_with(&decides(5, "RUN one")), "{told}");
    // No line is there for it.
    let told = explain("dockmill.toml:7");
    assert!(told.ends_with("makes no line of any output\n"), "{told}");
    let told = explain("a/Dockerfile.dockmill:4");
    assert!(told.ends_with("gives a value to\n    line 3 of dockerfiles/a/Dockerfile\n        ENV U=c\n"), "{told}");
    let told = explain("a/Dockerfile.dockmill:1");
    assert!(told.contains("gives a value to\n    line 2 of dockerfiles/a/Dockerfile\n"), "{told}");
}
