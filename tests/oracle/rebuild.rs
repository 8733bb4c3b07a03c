//! What make and ninja make again after an edit, where dockmill tells them what outputs are made from.

use std::fmt::Write;
use std::time::Duration;

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::{long, trials};
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = trials![
        make_builds_one_of_a_thousand_after_an_edit_of_what_it_includes,
        ninja_builds_one_of_a_thousand_after_an_edit_of_what_it_includes,
        ninja_reads_the_names_that_it_can_read,
        a_deleted_include_stops_neither_tool,
        a_failed_render_sets_no_stamp
    ];
    let thousands = trials![make_expands_one_of_a_thousand, ninja_expands_one_of_a_thousand];
    trials.extend(thousands.into_iter().map(long));
    trials
}

/// So many targets.
const COUNT: usize = 1000;

/// A template of which one point includes a file, and a file that all include.
const TEMPLATE: &str =
    "FROM debian:12\n@include(\"all.dockmill\")\n@if(n == \"500\")\n@include(\"one.dockmill\")\n@end\nRUN echo @{n}\n";

/// A tool with its file of rules.
struct Tooled {
    folder: Folder,
    command: &'static str,
}

impl Tooled {
    fn new(tool: Tool) -> Self {
        tool.wanted();
        let folder = Folder::new();
        folder.write("app/Dockerfile.dockmill", TEMPLATE);
        folder.write("app/all.dockmill", "RUN all\n");
        folder.write("app/one.dockmill", "RUN one\n");
        folder.write("log", "");
        Self { folder, command: if matches!(tool, Tool::Make) { "make -j2" } else { "ninja" } }
    }

    /// A project, and rules that build its outputs by writing their names into `log`.
    fn project(tool: Tool, count: usize) -> Self {
        let tooled = Self::new(tool);
        let manifest = format!(
            "[project]\nname = \"x\"\n[axis]\nn = [{}]\n[image.app]\nmatrix = [\"n\"]\n",
            (0..count).map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", ")
        );
        tooled.folder.write("dockmill.toml", &manifest);
        if matches!(tool, Tool::Make) {
            tooled.folder.write("Makefile", &format!(
                "all: $(patsubst %,built/%,$(shell seq 0 {last}))\nbuild/stamp:\n\t@mkdir -p build built; echo render >> log\n\
                 \tdockmill render --depfile build/d --stamp $@\n-include build/d\n\
                 $(patsubst %,dockerfiles/app/%/Dockerfile,$(shell seq 0 {last})): build/stamp ;\n\
                 built/%: dockerfiles/app/%/Dockerfile\n\t@echo $* >> log; : > $@\n",
                last = count - 1,
            ));
        } else {
            let mut rules =
                "rule render\n  command = echo render >> log && dockmill render --depfile $out.d --stamp $out\n\
                             \x20 depfile = $out.d\n  deps = gcc\n  restat = 1\n\
                             rule image\n  command = echo $n >> log && : > $out\nbuild build/stamp |"
                    .to_owned();
            (0..count).for_each(|n| write!(rules, " dockerfiles/app/{n}/Dockerfile").unwrap());
            rules.push_str(": render dockmill.toml\n");
            (0..count).for_each(|n| {
                write!(rules, "build built/{n}: image dockerfiles/app/{n}/Dockerfile\n  n = {n}\n").unwrap();
            });
            tooled.folder.write("build.ninja", &rules);
        }
        tooled
    }

    /// Rules that expand the template for each number, and write these into `log`.
    fn expansions(tool: Tool, count: usize) -> Self {
        let tooled = Self::new(tool);
        if matches!(tool, Tool::Make) {
            tooled.folder.write(
                "Makefile",
                &format!(
                    "all: $(patsubst %,build/%,$(shell seq 0 {last}))\nbuild/%: app/Dockerfile.dockmill\n\
                 \t@mkdir -p build; echo $* >> log\n\t@dockmill expand -D n=$* -o $@ --depfile $@.d $<\n\
                 -include $(wildcard build/*.d)\n",
                    last = count - 1,
                ),
            );
        } else {
            let mut rules =
                "rule expand\n  command = echo $n >> log && dockmill expand -D n=$n -o $out --if-changed --depfile $out.d $in\n\
                 \x20 depfile = $out.d\n  deps = gcc\n  restat = 1\n"
                    .to_owned();
            (0..count)
                .for_each(|n| write!(rules, "build build/{n}: expand app/Dockerfile.dockmill\n  n = {n}\n").unwrap());
            tooled.folder.write("build.ninja", &rules);
        }
        tooled
    }

    /// Runs the tool; gives what it has made, sorted.
    fn run(&self) -> Vec<String> {
        // Time stamps of some file systems have steps of milliseconds: what is edited before or after is older or newer.
        let tick = Duration::from_millis(20);
        self.folder.write("log", "");
        std::thread::sleep(tick);
        self.folder.shell(self.command).ended(0);
        std::thread::sleep(tick);
        let mut made: Vec<String> = self.folder.read("log").lines().map(str::to_owned).collect();
        made.sort();
        made
    }
}

/// After each edit exactly that is built again which changed, and a second run does nothing.
fn renders(tool: Tool) {
    let tooled = Tooled::project(tool, COUNT);
    let Tooled { folder, .. } = &tooled;
    assert_eq!(tooled.run().len(), COUNT + 1);
    assert!(tooled.run().is_empty());
    folder.write("app/one.dockmill", "RUN one, edited\n");
    assert_eq!(tooled.run(), ["500", "render"]);
    assert!(tooled.run().is_empty());
    assert!(folder.read("dockerfiles/app/500/Dockerfile").contains("RUN one, edited\n"));
    // The stamp is new, though no output is.
    folder.write("app/all.dockmill", "RUN all\n");
    assert_eq!(tooled.run(), ["render"]);
    assert!(tooled.run().is_empty());
    folder.write("app/all.dockmill", "RUN all, edited\n");
    assert_eq!(tooled.run().len(), COUNT + 1);
    assert!(tooled.run().is_empty());
}

fn make_builds_one_of_a_thousand_after_an_edit_of_what_it_includes() {
    renders(Tool::Make);
}

fn ninja_builds_one_of_a_thousand_after_an_edit_of_what_it_includes() {
    renders(Tool::Ninja);
}

/// What a branch names that is not taken is no prerequisite of an output.
fn expands(tool: Tool) {
    let tooled = Tooled::expansions(tool, COUNT);
    assert_eq!(tooled.run().len(), COUNT);
    assert!(tooled.run().is_empty());
    tooled.folder.write("app/one.dockmill", "RUN one, edited\n");
    assert_eq!(tooled.run(), ["500"]);
    assert!(tooled.run().is_empty());
}

fn make_expands_one_of_a_thousand() {
    expands(Tool::Make);
}

fn ninja_expands_one_of_a_thousand() {
    expands(Tool::Ninja);
}

fn ninja_reads_the_names_that_it_can_read() {
    let tooled = Tooled::expansions(Tool::Ninja, 1);
    let names = [" ", "#", "$", ":", "!", "'", "(", ")", "+", ",", "-", "@", "]", "{", "}", "~", "%", "&", "\\", "é"];
    let names = names.map(|odd| format!("a{odd}b.dockmill"));
    let mut template = "FROM debian\n".to_owned();
    for name in &names {
        writeln!(template, "@include(\"{}\")", name.replace('\\', "\\\\")).unwrap();
        tooled.folder.write(&format!("app/{name}"), "RUN x\n");
    }
    tooled.folder.write("app/Dockerfile.dockmill", &template.replace("FROM debian", "FROM debian:@{n}"));
    assert_eq!(tooled.run(), ["0"]);
    assert!(tooled.run().is_empty());
    for name in &names {
        tooled.folder.write(&format!("app/{name}"), "RUN y\n");
        assert_eq!(tooled.run(), ["0"], "{name}");
        assert!(tooled.run().is_empty(), "{name}");
    }
}

fn a_deleted_include_stops_neither_tool() {
    for tool in [Tool::Make, Tool::Ninja] {
        let tooled = Tooled::project(tool, 2);
        assert_eq!(tooled.run(), ["0", "1", "render"]);
        tooled.folder.edit("app/Dockerfile.dockmill", "@include(\"all.dockmill\")\n", "");
        std::fs::remove_file(tooled.folder.file("app/all.dockmill")).unwrap();
        assert_eq!(tooled.run(), ["0", "1", "render"]);
        assert!(tooled.run().is_empty());
    }
}

fn a_failed_render_sets_no_stamp() {
    for tool in [Tool::Make, Tool::Ninja] {
        let tooled = Tooled::project(tool, 2);
        tooled.run();
        tooled.folder.edit("app/all.dockmill", "RUN all", "RUN @{al}");
        // Neither takes the broken one for done.
        for _ in 0..2 {
            let failed = tooled.folder.shell(tooled.command);
            let said = failed.stdout + &failed.stderr;
            assert!(failed.status != 0 && said.contains("unknown name `al`"), "{said}");
        }
        tooled.folder.edit("app/all.dockmill", "RUN @{al}", "RUN all");
        assert_eq!(tooled.run(), ["render"]);
        assert!(tooled.run().is_empty());
    }
}
