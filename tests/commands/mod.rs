//! Commands that other tests do not come by, through the real program.
#![allow(clippy::disallowed_methods, reason = "it waits for another process")]

// Elsewhere no shell bounds a process's memory.
#[cfg(target_os = "linux")]
mod explain;
mod hostile;
mod map;
#[cfg(target_os = "linux")]
mod memory;

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::Folder;

const MANIFEST: &str = "[project]\nname = \"x\"\n[axis]\nrelease = [\"bookworm\", \"trixie\"]\n\
    [image.base]\nmatrix = [\"release\"]\ntags = [\"base:@{release}\"]\n[image.app]\nmatrix = [\"release\"]\n";

fn project() -> Folder {
    let folder = Folder::new();
    folder.write("dockmill.toml", MANIFEST);
    folder.write("base/Dockerfile.dockmill", "FROM debian:@{release}\n@include(\"part.dockmill\")\nRUN later\n");
    folder.write("base/part.dockmill", "RUN a\n");
    folder.write("app/Dockerfile.dockmill", "FROM @{image(\"base\")}\nRUN b\n");
    folder.dockmill(&["render"]).ended(0);
    folder.shell("git init -q . && git config user.name t && git config user.email t@example.org && git add -A && git commit -qm start").ended(0);
    folder
}

#[test]
fn a_patch_makes_what_render_writes() {
    let folder = project();
    folder.dockmill(&["diff"]).ended(0);
    folder.write("base/part.dockmill", "RUN a changed\n");
    let shown = folder.dockmill(&["diff"]).ended(1).stdout;
    let expected = "1 cause · 2 outputs changed · 4 images are built again\n\n\
        1  base/part.dockmill:1   2 outputs: base/*\n   builds lose their cache from line 3 on, 1 layer behind it\n   \
        2 images built on them\n   - RUN a\n   + RUN a changed\n";
    assert_eq!(shown, expected);
    let named = folder.dockmill(&["diff", "base"]).ended(1).stdout;
    assert!(
        named.contains("1 layer behind it\n   - RUN a"),
        "what is built on a named target is not looked for:\n{named}"
    );
    folder.shell("dockmill diff --patch > p || true; git apply p; rm p; dockmill check").ended(0);
}

#[test]
fn quiet_says_nothing_of_what_was_done_and_all_that_was_asked() {
    let folder = project();
    folder.write("base/part.dockmill", "RUN quietly\n");
    let quiet = |command: &str, status| {
        let ran = folder.shell(&format!("dockmill -q {command}")).ended(status);
        format!("{}{}", ran.stdout, ran.stderr)
    };
    assert_eq!(
        quiet("check", 1),
        "dockerfiles/base/bookworm/Dockerfile is out of date\ndockerfiles/base/trixie/Dockerfile is out of date\n"
    );
    assert_eq!(quiet("render", 0), "");
    assert_eq!(quiet("check", 0), "");
    assert_eq!(
        quiet("clean --dry-run base", 0),
        "would remove dockerfiles/base/bookworm/Dockerfile\nwould remove dockerfiles/base/trixie/Dockerfile\n"
    );
    assert_eq!(quiet("clean base", 0), "");
}

/// Whether a file may be executed is part of a patch, of a revision's too.
#[test]
fn a_patch_sets_the_right_to_execute() {
    let folder = Folder::new();
    folder.write("dockmill.toml", "[project]\nname = \"x\"\n[image.a]\nfiles = [\"run.sh\", \"once.sh\", \"data\"]\n");
    folder.write("a/Dockerfile.dockmill", "FROM debian\n");
    for file in ["a/run.sh", "a/once.sh", "a/data"] {
        folder.write(file, "text\n");
    }
    folder.shell("chmod +x a/once.sh && dockmill render && git init -q . && git add -A").ended(0);
    folder.shell("git -c user.name=t -c user.email=t@example.org commit -qm start").ended(0);
    folder.edit("dockmill.toml", ", \"once.sh\"", "");
    folder.shell("chmod +x a/run.sh a/data && echo more >> a/data").ended(0);
    let patch = folder.dockmill(&["diff", "--patch"]).ended(1).stdout;
    assert!(patch.contains("run.sh\nold mode 100644\nnew mode 100755\ndiff --git"), "{patch}");
    assert!(patch.contains("data\nold mode 100644\nnew mode 100755\n---"), "{patch}");
    assert!(patch.contains("once.sh\ndeleted file mode 100755\n"), "{patch}");
    let revision = folder.dockmill(&["diff", "--patch", "--against", "HEAD"]).ended(1).stdout;
    assert_eq!(revision.matches("old mode 100644\nnew mode 100755\n").count(), 2, "{revision}");
    let shown = folder.dockmill(&["diff"]).ended(1).stdout;
    assert!(shown.contains("  the right to execute   2 outputs: a\n"), "{shown}");
    let applied = folder.shell("dockmill diff --patch > p || true; git apply p; rm p; dockmill check").ended(0);
    assert!(!applied.stderr.contains("warning"), "{}", applied.stderr);
}

#[test]
fn a_revision_is_compared_by_what_it_renders_to() {
    let folder = project();
    folder.write("base/part.dockmill", "RUN a changed\n");
    folder.dockmill(&["render"]).ended(0);
    folder.dockmill(&["diff"]).ended(0);
    let shown = folder.dockmill(&["diff", "--against", "HEAD"]).ended(1).stdout;
    assert!(shown.contains("\n   - RUN a\n   + RUN a changed\n"), "{shown}");
    let named = |id: &str, status| folder.dockmill(&["diff", "--patch", "--against", "HEAD", id]).ended(status).stdout;
    let patch = folder.dockmill(&["diff", "--patch", "--against", "HEAD"]).ended(1).stdout;
    assert_eq!(patch, named("base/bookworm", 1) + &named("base/trixie", 1) + &named("app", 0));
    let failed = folder.dockmill(&["diff", "--against", "nosuch"]).ended(2);
    assert!(failed.stderr.contains("nosuch"), "{}", failed.stderr);
    folder.dockmill(&["diff", "--against", "--output=x"]).ended(2);
    assert!(!folder.file("x").exists());
}

#[test]
fn a_revision_is_read_through_its_links_and_in_submodules() {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"x\"\n[[discover]]\ntemplates = \"services/*/Dockerfile.dockmill\"\n",
    );
    folder.write("services/a/Dockerfile.dockmill", "FROM a\n@include(\"linked/part.dockmill\")\n");
    folder.write("parts/part.dockmill", "RUN one\n");
    folder
        .shell("mkdir services/b && ln -s ../a/Dockerfile.dockmill services/b && ln -s ../../parts services/a/linked")
        .ended(0);
    let git = "git -c user.email=a@example.org -c user.name=A";
    folder.shell(&format!("git init -q && git add . && {git} commit -qm first")).ended(0);
    folder.write("parts/part.dockmill", "RUN two\n");
    let shown = folder.dockmill(&["diff", "--against", "HEAD"]).ended(1).stdout;
    assert!(shown.contains("2 outputs: {a,b}\n") && shown.contains("\n   - RUN one\n   + RUN two\n"), "{shown}");
    // The folder becomes a repository of its own.
    let own = format!("git init -q && git add . && {git} commit -qm part");
    folder.shell(&format!("git rm -q -r --cached parts && cd parts && {own}")).ended(0);
    folder.shell(&format!("git add . && {git} commit -qm second")).ended(0);
    folder.write("parts/part.dockmill", "RUN three\n");
    let shown = folder.dockmill(&["diff", "--against", "HEAD"]).ended(1).stdout;
    assert!(shown.contains("\n   - RUN two\n   + RUN three\n"), "{shown}");
    // It is not checked out, as in a clone without its submodules.
    folder.shell("mv parts/.git away").ended(0);
    let shown = folder.dockmill(&["diff", "--against", "HEAD"]).ended(2).stderr;
    assert!(shown.contains("`linked/part.dockmill` cannot be read: it is in the submodule `"), "{shown}");
    assert!(shown.contains("git does not know the files of `"), "{shown}");
    assert!(shown.contains(" --> HEAD:./services/a/Dockerfile.dockmill:2:10\n"), "{shown}");
}

/// Each round of a loop has values of its own.
#[test]
fn a_line_of_a_loop_is_explained_by_its_own_round() {
    let folder = Folder::new();
    folder.write("dockmill.toml", "[project]\nname = \"x\"\n[image.a]\n");
    folder.write("a/Dockerfile.dockmill", "FROM debian\n@foreach(i, [\"x1\", \"x2\"])\nRUN y @{i}\n@end\n");
    folder.dockmill(&["render"]).ended(0);
    for (line, value) in [(3, "x1"), (4, "x2")] {
        let explained = folder.dockmill(&["explain", &format!("dockerfiles/a/Dockerfile:{line}")]).ended(0).stdout;
        let expected = format!("in round {} of the loop at a/Dockerfile.dockmill:2:13\n", line - 2);
        assert!(explained.contains(&expected), "{explained}");
        assert!(
            explained
                .contains(&format!("values\n    i = {value}\n        a/Dockerfile.dockmill:2 \"{value}\"\ntarget a\n")),
            "{explained}"
        );
    }
}

/// Nothing that a pull request brings makes `render` write into git's folder, over a template, or remove what it never made.
#[test]
fn git_and_templates_are_out_of_reach() {
    let manifest = |text: &str| format!("[project]\nname = \"x\"\noutput = {text}");
    let cases = [
        ("\"Dockerfile\"\n[image.a]\nfiles = [{ from = \"h\", to = \".git/hooks/pre-commit\" }]\n", "folder of a tool"),
        ("\".GIT/config\"\n[image.a]\n", "folder of a tool"),
        ("\"g/hooks/Dockerfile\"\n[image.a]\nfiles = [{ from = \"h\", to = \"pre-commit\" }]\n", "git's own folder"),
        ("\"lib.dockmill\"\nheader = false\n[image.a]\n", "templates are read from it"),
        ("\"link/lib.dockmill\"\nheader = false\n[image.a]\n", "templates are read from it"),
    ];
    for (text, said) in cases {
        let folder = Folder::new();
        folder.write("dockmill.toml", &manifest(text));
        folder.write("lib.dockmill", "@# A library.\n");
        folder.write("a/h", "#!/bin/sh\n");
        folder.write("a/Dockerfile.dockmill", "@import(\"../lib.dockmill\")\nFROM debian\n");
        folder.write(".git/hooks/sample", "");
        folder.shell("ln -s .git g; ln -s . link");
        let ran = folder.dockmill(&["render"]).ended(2);
        assert!(ran.stderr.contains(said), "{text}: {}", ran.stderr);
        assert_eq!(folder.shell("ls .git .git/hooks").ended(0).stdout, ".git:\nhooks\n\n.git/hooks:\nsample\n");
        assert_eq!(folder.read("lib.dockmill"), "@# A library.\n");
    }
}

/// Line breaks are bytes, too: only what git converts throughout counts as the same.
/// `std/` is the library to a template. What the manifest and the command line name is the project's.
#[test]
fn a_folder_of_the_project_may_be_called_std() {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"p\"\n[image.std]\n[text.t]\ntemplate = \"std/apt.dockmill\"\noutput = \"t.txt\"\n",
    );
    folder.write("std/Dockerfile.dockmill", "FROM debian\n@import(\"std/apt.dockmill\")\n@apt_install([\"curl\"])\n");
    folder.write("std/apt.dockmill", "FROM project\n");
    folder.shell("dockmill render").ended(0);
    assert!(
        folder.read("dockerfiles/std/Dockerfile").contains("apt-get install"),
        "{}",
        folder.read("dockerfiles/std/Dockerfile")
    );
    assert!(folder.read("t.txt").ends_with("FROM project\n"), "{}", folder.read("t.txt"));
    assert_eq!(folder.shell("dockmill expand std/apt.dockmill").ended(0).stdout, "FROM project\n");
}

#[test]
fn mended_line_breaks_are_written() {
    let folder = Folder::new();
    folder.write("dockmill.toml", "[project]\nname = \"x\"\n[image.a]\nfiles = [\"run.sh\"]\n");
    folder.write("a/Dockerfile.dockmill", "FROM debian\nCOPY <<E /e\na\nE\n");
    folder.write("a/run.sh", "#!/bin/sh\r\ntrue\r\n");
    folder.dockmill(&["render"]).ended(0);
    folder.write("a/run.sh", "#!/bin/sh\ntrue\n");
    folder.dockmill(&["check"]).ended(1);
    folder.dockmill(&["render"]).ended(0);
    assert_eq!(folder.read("dockerfiles/a/run.sh"), "#!/bin/sh\ntrue\n");
    folder.write("a/Dockerfile.dockmill", "FROM debian\nCOPY <<E /e\na\r\nE\n");
    folder.dockmill(&["check"]).ended(1);
    folder.dockmill(&["render"]).ended(0);
    // A checkout with CR LF everywhere was edited by nobody.
    for file in ["dockerfiles/a/Dockerfile", "dockerfiles/a/run.sh"] {
        folder.write(file, &folder.read(file).replace("\r\n", "\n").replace('\n', "\r\n"));
    }
    folder.dockmill(&["check"]).ended(0);
}

/// A slip of the hand costs no file.
#[test]
fn what_was_read_or_is_foreign_is_not_written_over() {
    let folder = Folder::new();
    folder.write("t.dockmill", "@include(\"i.dockmill\")\n");
    folder.write("i.dockmill", "FROM debian\n");
    folder.write("dockmill.toml", "[project]\nname = \"x\"\n[image.a]\n");
    folder.write("a/Dockerfile.dockmill", "FROM debian\n");
    folder.write("Makefile", "all:\n");
    for arguments in [
        "-o t.dockmill",
        "-o ./i.dockmill",
        "-o o --depfile t.dockmill",
        "-o o --depfile o",
        "-o o --stamp o",
        "--depfile o --stamp o",
        "--stamp t.dockmill",
    ] {
        let said = folder.shell(&format!("dockmill expand t.dockmill {arguments}")).ended(2).stderr;
        let reasons = ["would overwrite", "are one file", "a stamp is an empty file"];
        assert!(reasons.iter().any(|reason| said.contains(reason)), "{said}");
    }
    for (arguments, reason) in [
        ("--stamp a/Dockerfile.dockmill", "a stamp is an empty file"),
        ("--stamp s --depfile a/Dockerfile.dockmill", "was not written by this command"),
        ("--depfile d", "`--depfile` wants `--stamp`"),
    ] {
        let said = folder.shell(&format!("dockmill render {arguments}")).ended(2).stderr;
        assert!(said.contains(reason), "{said}");
    }
    assert!(!folder.file("s").exists() && folder.read("a/Dockerfile.dockmill") == "FROM debian\n");
    for file in ["Makefile", "dockmill.toml"] {
        let said = folder.dockmill(&["export", "make", "-o", file]).ended(2).stderr;
        assert!(said.contains("was not written by this command"), "{said}");
    }
    assert_eq!((folder.read("Makefile").as_str(), folder.read("i.dockmill").as_str()), ("all:\n", "FROM debian\n"));
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    folder.dockmill(&["export", "make", "-o", "docker.mk"]).ended(0);
    assert_eq!(folder.shell("dockmill expand i.dockmill -o - | cat").ended(0).stdout, "FROM debian\n");
}

/// What was used, from where the user stands; what a branch names that is not taken was not used.
#[test]
fn a_depfile_of_a_render_names_what_was_used() {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"x\"\ninclude = [\"lib\"]\n[data]\nv = \"v.json\"\n[axis]\nn = [\"1\", \"2\"]\n\
         [image.a]\nmatrix = [\"n\"]\nfiles = [\"run.sh\", \"made.sh.dockmill\"]\n[image.b]\n",
    );
    folder.write("v.json", "{}\n");
    folder.write(
        "a/Dockerfile.dockmill",
        "@import(\"m.dockmill\")\n@import(\"std/apt.dockmill\")\nFROM debian:@{n}@{v|length}\n\
         @if(n == \"2\")\n@include(\"two.dockmill\")\n@end\n",
    );
    folder.write("a/run.sh", "");
    folder.write("a/made.sh.dockmill", "@insert(\"part.sh\")\n");
    folder.write("a/part.sh", "true\n");
    folder.write("a/two.dockmill", "RUN two\n");
    folder.write("lib/m.dockmill", "@define(m)\n@end\n");
    folder.write("b/Dockerfile.dockmill", "FROM debian\n");
    let listed = |from: &str, arguments: &str| {
        folder.shell(&format!("cd {from} && dockmill render --quiet --depfile d --stamp s {arguments}")).ended(0);
        let rule = folder.read(&format!("{from}/d"));
        let mut files: Vec<String> = rule.lines().next().unwrap().split(' ').map(str::to_owned).collect();
        assert_eq!(files.remove(0), "s:");
        files.sort();
        files
    };
    let of_one = ["a/Dockerfile.dockmill", "a/made.sh.dockmill", "a/part.sh", "a/run.sh"];
    let general = ["dockmill.toml", "lib/m.dockmill", "v.json"];
    assert_eq!(listed(".", "a/1"), [&of_one[..], &general].concat());
    assert_eq!(listed(".", "a/2"), [&of_one[..], &["a/two.dockmill"], &general].concat());
    assert_eq!(listed(".", "b"), ["b/Dockerfile.dockmill", "dockmill.toml", "v.json"]);
    assert_eq!(listed(".", "").len(), 9);
    assert_eq!(listed("lib", "b"), ["../b/Dockerfile.dockmill", "../dockmill.toml", "../v.json"]);
    // A stamp says that all went well.
    let set = || folder.file("s").metadata().unwrap().modified().unwrap();
    let later = || std::thread::sleep(std::time::Duration::from_millis(20));
    let before = set();
    later();
    folder.shell("dockmill render --stamp s nothing").ended(2);
    assert_eq!(set(), before);
    folder.shell("dockmill render --stamp s").ended(0);
    assert!(set() > before);
    folder.write("a/run.sh", "false\n");
    let before = set();
    later();
    folder.shell("dockmill render --stamp s --exit-code").ended(1);
    assert_eq!(set(), before);
    assert!(!folder.shell("ls -a").stdout.contains(".dockmill-"), "nothing is left behind");
}

/// The log of a builder, as `export make` hands it on.
#[test]
fn a_failed_build_is_shown_in_the_template() {
    let folder = Folder::new();
    folder.write("dockmill.toml", "[project]\nname = \"x\"\n[vars]\nv = \"1\"\n[image.a]\nfiles = [\"run.sh\"]\n");
    folder.write("a/Dockerfile.dockmill", "FROM debian\nRUN test @{v}\n");
    folder.write("a/run.sh", "");
    let log = "STEP 2/2: RUN test 1\\nError: building at STEP \\\"RUN test 1\\\": while running runtime: exit status 5";
    let map = |arguments: &str| folder.shell(&format!("printf \"{log}\" | dockmill map {arguments}"));
    let shown = map("--failed dockerfiles/a/Dockerfile").ended(0);
    assert!(shown.stdout.is_empty() && shown.stderr.contains("--> a/Dockerfile.dockmill:2:1"), "{}", shown.stderr);
    assert!(shown.stderr.contains("building `a` failed"), "{}", shown.stderr);
    for file in ["nosuch", "dockerfiles/a/run.sh"] {
        let refused = map(&format!("--failed {file}")).ended(2);
        assert!(refused.stderr.contains(&format!("`{file}` is no Dockerfile of this project")), "{}", refused.stderr);
    }
    map("--failed dockerfiles/a/Dockerfile -D v=2").ended(2);
}

/// They are no files that could be replaced.
#[cfg(target_os = "linux")]
#[test]
fn devices_are_written_to() {
    let folder = Folder::new();
    folder.write("i.dockmill", "FROM debian\n");
    assert_eq!(
        folder.shell("timeout 5 dockmill expand i.dockmill -o /dev/stdout | cat").ended(0).stdout,
        "FROM debian\n"
    );
    assert!(folder.shell("timeout 5 dockmill expand i.dockmill -o /dev/full").ended(2).stderr.contains("/dev/full"));
}

/// What is made for a profile is not meant to be committed.
#[test]
fn variants_are_ignored_by_git() {
    let folder = Folder::new();
    folder.write("dockmill.toml", "[project]\nname = \"x\"\n[profile.p]\nvars = { a = \"1\" }\n[image.a]\n");
    folder.write("a/Dockerfile.dockmill", "FROM debian:@{a}\n");
    folder.dockmill(&["render", "-p", "p"]).ended(0);
    assert_eq!(folder.shell("git init -q . && git status --porcelain | grep -c dockmill/").ended(1).stdout, "0\n");
    folder.dockmill(&["clean", "-p", "p"]).ended(0);
    assert!(!folder.file(".dockmill/p").exists());
}

#[test]
fn a_line_is_explained_and_other_tools_output_is_mapped() {
    let folder = project();
    let explained = folder.dockmill(&["explain", "dockerfiles/base/trixie/Dockerfile:3"]).ended(0).stdout;
    assert!(
        explained.contains("comes from base/part.dockmill:1\n") && explained.contains("base/Dockerfile.dockmill:2:1"),
        "{explained}"
    );
    let first = folder.dockmill(&["explain", "dockerfiles/base/trixie/Dockerfile:2"]).ended(0).stdout;
    assert!(first.contains("release = trixie"), "{first}");
    folder.dockmill(&["explain", "dockerfiles/base/trixie/Dockerfile:99"]).ended(2);
    let mapped = folder.shell("echo 'dockerfiles/base/trixie/Dockerfile:3 DL3008 pin' | dockmill map").ended(0).stdout;
    assert_eq!(mapped, "dockerfiles/base/trixie/Dockerfile:3 (base/part.dockmill:1) DL3008 pin\n");
    // What docker prints of the Dockerfile that it builds: older versions name no folder, and a summary only the line.
    let lines = "Dockerfile:3\nERROR: dockerfile parse error on line 3: unknown\n - FromAsCasing: x (line 3)\nother/Dockerfile:3\n";
    folder.write("said", lines);
    let mapped = folder.shell("dockmill map base/trixie < said").ended(0).stdout;
    let place = " (base/part.dockmill:1)";
    let expected = format!(
        "Dockerfile:3{place}\nERROR: dockerfile parse error on line 3{place}: unknown\n - FromAsCasing: x (line 3){place}\nother/Dockerfile:3\n"
    );
    assert_eq!(mapped, expected);
    assert_eq!(folder.shell("dockmill map < said").ended(0).stdout, lines);
    let several = folder.shell("dockmill map base < said").ended(2);
    assert_eq!(several.stdout, lines);
    assert!(several.stderr.contains("this selects more than one target"), "{}", several.stderr);
    // From a folder within, names are as they are reached from there.
    let within = folder.shell("cd base && dockmill explain ../dockerfiles/base/trixie/Dockerfile:3").ended(0).stdout;
    assert!(within.starts_with("../dockerfiles/base/trixie/Dockerfile:3\n"), "{within}");
    assert!(within.contains("comes from ../base/part.dockmill:1\n"), "{within}");
    // Line breaks as git may have checked them out are no difference, here as in `check`.
    folder.dockmill(&["render"]).ended(0);
    let output = "dockerfiles/base/trixie/Dockerfile";
    folder.write(output, &folder.read(output).replace('\n', "\r\n"));
    folder.dockmill(&["check"]).ended(0);
    let converted = folder.dockmill(&["explain", "dockerfiles/base/trixie/Dockerfile:3"]).ended(0);
    assert!(converted.stderr.is_empty(), "{}", converted.stderr);
    let colon = folder.dockmill(&["explain", "dockerfiles/base/trixie/Dockerfile:"]).ended(2).stderr;
    assert!(colon.contains("names no line"), "{colon}");
}

#[test]
fn a_line_of_a_file_beside_an_output_is_explained_and_mapped() {
    let folder = Folder::new();
    let files = "files = [\"run.sh\", { from = \"web.conf.dockmill\", to = \"conf/web.conf\" }]\n";
    folder.write("dockmill.toml", &format!("[project]\nname = \"x\"\n[image.a]\n{files}"));
    folder.write("a/Dockerfile.dockmill", "FROM debian\n");
    folder.write("a/run.sh", "#!/bin/sh\nexec web\n");
    folder.write("a/web.conf.dockmill", "@foreach(port, [80, 81])\n@include(\"part.dockmill\")\n@end\n");
    folder.write("a/part.dockmill", "# a part\nlisten @{port};\n");
    folder.dockmill(&["render"]).ended(0);
    let explained = folder.dockmill(&["explain", "dockerfiles/a/conf/web.conf:4"]).ended(0);
    assert_eq!(
        (explained.stdout.as_str(), explained.stderr.as_str()),
        (
            "dockerfiles/a/conf/web.conf:4\n    listen 81;\ncomes from a/part.dockmill:2\n    listen @{port};\n\
             in file `a/part.dockmill`, included from a/web.conf.dockmill:2:1\n    @include(\"part.dockmill\")\n\
             in round 2 of the loop at a/web.conf.dockmill:1:16\n    @foreach(port, [80, 81])\n    port = 81\n\
             values\n    port = 81\n        a/web.conf.dockmill:1 81\ntarget a\n",
            ""
        )
    );
    folder.write("dockerfiles/a/run.sh", "edited\n");
    let copied = folder.dockmill(&["explain", "dockerfiles/a/run.sh:2"]).ended(0);
    assert!(copied.stdout.contains("is copied from a/run.sh:2\n    exec web\ntarget a\n"), "{}", copied.stdout);
    assert!(copied.stderr.contains("`dockerfiles/a/run.sh` is not up to date"), "{}", copied.stderr);
    let gone = folder.dockmill(&["explain", "dockerfiles/a/run.sh:3"]).ended(2).stderr;
    assert!(gone.contains("`dockerfiles/a/run.sh` has 2 lines, no line 3"), "{gone}");
    let said = "echo 'dockerfiles/a/conf/web.conf:2: a/b/run.sh:1 dockerfiles/a/run.sh:1' | dockmill map";
    assert_eq!(
        folder.shell(said).ended(0).stdout,
        "dockerfiles/a/conf/web.conf:2 (a/part.dockmill:2): a/b/run.sh:1 dockerfiles/a/run.sh:1 (a/run.sh:1)\n"
    );
    folder.write("a/web.conf.dockmill", "@if(true)\n");
    folder.dockmill(&["explain", "dockerfiles/a/conf/web.conf:1"]).ended(2);
}

#[test]
fn what_programs_read_is_json() {
    let folder = project();
    let listed = folder.dockmill(&["list", "--json", "app/trixie"]).ended(0).stdout;
    let row: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(row["output"], "dockerfiles/app/trixie/Dockerfile");
    let inspected = folder.dockmill(&["inspect", "--json", "dockerfiles/app/trixie/Dockerfile"]).ended(0).stdout;
    let file: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(file["instructions"][0]["name"], "FROM");
    let schema = folder.dockmill(&["schema"]).ended(0).stdout;
    assert!(serde_json::from_str::<serde_json::Value>(&schema).is_ok());
    for shell in ["bash", "zsh", "fish"] {
        assert!(folder.dockmill(&["completions", shell]).ended(0).stdout.contains("dockmill"));
    }
    assert!(folder.dockmill(&["man"]).ended(0).stdout.contains(".TH dockmill"));
}

/// A reader that has seen enough is no error.
#[test]
fn a_broken_pipe_is_no_error() {
    let folder = project();
    folder.write("big.dockmill", &"# a line of some length that fills a pipe\n".repeat(10_000));
    let ran = folder.shell("{ dockmill expand --no-check big.dockmill; echo status $? >&2; } | head -n 1").ended(0);
    assert!(ran.stderr.contains("status 0"), "{}", ran.stderr);
    folder.write("Dockerfile", &format!("FROM a\n{}", "RUN x\n".repeat(5_000)));
    folder
        .write("dockmill.toml", "[project]\nname = \"p\"\n[axis]\nn = \"range(5000)\"\n[image.a]\nmatrix = [\"n\"]\n");
    folder.write("a/Dockerfile.dockmill", "FROM a\n");
    for command in ["inspect --json Dockerfile", "inspect Dockerfile", "list --json", "export bake"] {
        let ran = folder.shell(&format!("{{ dockmill {command}; echo status $? >&2; }} | head -n 1")).ended(0);
        assert_eq!(ran.stderr, "status 0\n", "{command}");
    }
}

#[test]
fn an_output_is_written_whole_and_only_if_it_differs() {
    let folder = project();
    folder.write("a.dockmill", "FROM x\n");
    folder.dockmill(&["expand", "a.dockmill", "-o", "out"]).ended(0);
    let first = std::fs::metadata(folder.file("out")).unwrap().modified().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    folder.dockmill(&["expand", "a.dockmill", "-o", "out"]).ended(0);
    assert_eq!(std::fs::metadata(folder.file("out")).unwrap().modified().unwrap(), first);
    folder.write("a.dockmill", "FRM x\n");
    folder.dockmill(&["expand", "a.dockmill", "-o", "out"]).ended(2);
    assert_eq!(folder.read("out"), "FROM x\n", "an error loses nothing");
}

#[test]
fn watch_renders_on_change_and_survives_errors() {
    let folder = project();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dockmill"))
        .arg("watch")
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.file("log")).unwrap())
        .spawn()
        .unwrap();
    let output = "dockerfiles/base/trixie/Dockerfile";
    // On a busy machine the watch may begin after an edit: it is made again, as an impatient author would.
    let until_in = |file: &str, wanted: &str, edit: &dyn Fn()| {
        let start = Instant::now();
        let mut edited = Instant::now();
        edit();
        let now = || std::fs::read_to_string(folder.file(file)).unwrap_or_default();
        while !now().contains(wanted) {
            assert!(start.elapsed() < Duration::from_secs(90), "watch did not render {wanted}");
            std::thread::sleep(Duration::from_millis(50));
            if edited.elapsed() > Duration::from_secs(3) {
                edit();
                edited = Instant::now();
            }
        }
    };
    let until = |wanted: &str, edit: &dyn Fn()| until_in(output, wanted, edit);
    until("RUN first", &|| folder.write("base/part.dockmill", "RUN first\n"));
    folder.write("base/part.dockmill", "@{typo}\n");
    std::thread::sleep(Duration::from_millis(700));
    // An editor that replaces the file.
    until("RUN second", &|| {
        folder.write("base/part.new", "RUN second\n");
        std::fs::rename(folder.file("base/part.new"), folder.file("base/part.dockmill")).unwrap();
    });
    // A text is made when the manifest has it, and again when its template changes.
    let text = "\n[text.page]\ntemplate = \"page.dockmill\"\noutput = \"page.md\"\n";
    folder.write("page.dockmill", "first @{targets|length}\n");
    let manifest = folder.read("dockmill.toml") + text;
    until_in("page.md", "first", &|| folder.write("dockmill.toml", &manifest));
    until_in("page.md", "second", &|| folder.write("page.dockmill", "second @{targets|length}\n"));
    // An output that somebody removes is made again; one that somebody edits is told of, and left alone.
    until("RUN second", &|| _ = std::fs::remove_file(folder.file(output)));
    let (start, rendered) = (Instant::now(), folder.read(output));
    while !folder.read("log").contains("edited by hand") {
        assert!(start.elapsed() < Duration::from_secs(90), "watch did not see the edit:\n{}", folder.read("log"));
        folder.write(output, &format!("{rendered}# mine {}\n", start.elapsed().as_secs()));
        std::thread::sleep(Duration::from_secs(1));
    }
    assert!(folder.read(output).contains("# mine"));
    child.kill().unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    assert!(said.contains("   + RUN first"), "the diff is printed:\n{said}");
    // What is left alone is an error, and no change.
    assert!(!said.contains("edited by hand") && !said.contains("# mine"), "{said}");
    // Nothing of it was committed: the second round is told by what the first one had read.
    let second = said.find("   - RUN first").map(|at| &said[..at]).unwrap_or_default();
    let cause = second.rsplit("\n\n").next().unwrap_or_default();
    assert!(cause.starts_with("1  base/part.dockmill:1"), "the edit is the cause:\n{said}");
}

/// What a round writes or removes is no change that another one would follow.
#[test]
fn watch_renders_once_for_each_change() {
    let (folder, aside) = (Folder::new(), Folder::new());
    folder.write("a/Dockerfile.dockmill", "FROM debian:@{n}\n");
    folder.write("page.dockmill", "@foreach(t, targets)\n- @{t.id}\n@end\n");
    folder.write("README.md", "<!-- dockmill:begin page -->\n<!-- dockmill:end page -->\n");
    let manifest = "[project]\nname = \"p\"\n[axis]\nn = [1, 2]\n[image.a]\nmatrix = [\"n\"]\n\
                    [text.page]\ntemplate = \"page.dockmill\"\ninto = \"README.md\"\n";
    folder.write("dockmill.toml", manifest);
    let mut child = Command::new(env!("CARGO_BIN_EXE_dockmill"))
        .arg("watch")
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.file("log")).unwrap())
        .spawn()
        .unwrap();
    let rounds = || folder.read("log").matches("Ctrl-C ends").count();
    let wait = |wanted: usize| {
        let start = Instant::now();
        while rounds() < wanted {
            assert!(start.elapsed() < Duration::from_secs(90), "watch did not render:\n{}", folder.read("log"));
            std::thread::sleep(Duration::from_millis(50));
        }
        // A round too many would begin now.
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(rounds(), wanted, "{}", folder.read("log"));
    };
    wait(1);
    // A file that is moved here is there at once.
    aside.write("new", &manifest.replace("[1, 2]", "[1]"));
    std::fs::rename(aside.file("new"), folder.file("dockmill.toml")).unwrap();
    wait(2);
    assert!(!folder.file("dockerfiles/a/2").exists());
    // A file with a region is somebody's: an edit of the region is told of, one beside it is no news.
    let put = |name: &str, text: &str| {
        aside.write("new", text);
        std::fs::rename(aside.file("new"), folder.file(name)).unwrap();
    };
    put("README.md", &(folder.read("README.md") + "mine\n"));
    wait(2);
    put("README.md", &folder.read("README.md").replace("- a/1", "- mine"));
    wait(3);
    // What was told of is not told again where something else changes.
    put("other.txt", "other\n");
    wait(3);
    assert_eq!(folder.read("log").matches("edited by hand").count(), 1, "{}", folder.read("log"));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Where all outputs stand in one folder, each has a file name of its own.
#[test]
fn thousands_of_outputs_may_have_names_of_their_own() {
    let folder = Folder::new();
    let points: Vec<String> = (0..1200).map(|n| format!("\"{n}\"")).collect();
    let manifest = format!(
        "[project]\nname = \"x\"\noutput = \"out/@{{major}}-@{{minor}}.txt\"\n[axis]\nmajor = [{}]\n\
         minor = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n[image.a]\nmatrix = [\"major\", \"minor\"]\n",
        points.join(", ")
    );
    folder.write("dockmill.toml", &manifest);
    folder.write("a/Dockerfile.dockmill", "FROM debian:@{major}.@{minor}\n");
    for command in ["render", "check", "diff"] {
        folder.dockmill(&[command, "--quiet"]).ended(0);
    }
    // What stands elsewhere under the name of an output is found again.
    folder.edit("dockmill.toml", "out/", "new/");
    folder.dockmill(&["render", "--quiet"]).ended(0);
    assert!(!folder.file("out").exists() && folder.file("new/1199-9.txt").exists());
}
