//! The rules of docs/make.md, with real make and ninja.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, Ran, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        an_edited_include_makes_anew_what_uses_it_and_no_more,
        what_is_imported_or_inserted_counts_as_an_include,
        an_error_in_a_template_stops_make_until_it_is_mended_and_keeps_the_output,
        a_deleted_include_does_not_stop_make,
        a_rendered_project_is_built_again_only_where_it_changed,
        ninja_does_the_same_for_a_project,
        ninja_does_the_same_for_single_templates
    ]
}

/// The rules of this kind for a whole project, or for one template at a time.
fn rules(kind: &str, single: bool) -> String {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/make.md")).unwrap();
    markdown::of_kind(&text, kind).swap_remove(usize::from(single))
}

impl Folder {
    fn make(&self) -> Ran {
        // Time stamps of some file systems have steps of milliseconds: what is edited before or after is older or newer.
        let tick = std::time::Duration::from_millis(20);
        std::thread::sleep(tick);
        let ran = self.shell("make").ended(0);
        std::thread::sleep(tick);
        ran
    }
}

/// What make ran.
fn expanded(ran: &Ran) -> Vec<&str> {
    ran.stdout.lines().filter(|line| line.starts_with("dockmill expand")).collect()
}

fn an_edited_include_makes_anew_what_uses_it_and_no_more() {
    Tool::Make.wanted();
    let folder = Folder::new();
    folder.write("Makefile", &rules("make", true));
    folder.write("lib/common.dockmill", "RUN common\n");
    folder.write("lib/trixie.dockmill", "RUN only trixie\n");
    folder.write(
        "app/Dockerfile.dockmill",
        "FROM debian:@{release}\n@include(\"common.dockmill\")\n@include(release ~ \".dockmill\", optional=true)\n",
    );
    assert_eq!(expanded(&folder.make()).len(), 2);
    assert!(folder.read("build/trixie.Dockerfile").ends_with("RUN common\nRUN only trixie\n"));
    // A second make does nothing.
    let again = folder.make();
    assert!(expanded(&again).is_empty() && again.stdout.contains("Nothing to be done"), "{}", again.stdout);
    folder.write("lib/trixie.dockmill", "RUN only trixie, edited\n");
    let ran = folder.make();
    assert!(expanded(&ran).len() == 1 && expanded(&ran)[0].contains("release=trixie"), "{}", ran.stdout);
    folder.write("lib/common.dockmill", "RUN common, edited\n");
    assert_eq!(expanded(&folder.make()).len(), 2);
    // An edit that changes no byte of the outputs makes them anew once, not for ever.
    folder.write("lib/common.dockmill", "RUN common, edited\n");
    assert_eq!(expanded(&folder.make()).len(), 2);
    assert!(expanded(&folder.make()).is_empty());
}

fn what_is_imported_or_inserted_counts_as_an_include() {
    Tool::Make.wanted();
    let folder = Folder::new();
    folder.write("Makefile", &rules("make", true));
    folder.write("lib/macros.dockmill", "@define(two, x)\nRUN @{x}\nRUN @{x}\n@end\n");
    folder.write("lib/setup.sh", "RUN inserted\n");
    folder.write(
        "app/Dockerfile.dockmill",
        "@import(\"macros.dockmill\")\nFROM debian:@{release}\n@two(1)\n@insert(\"setup.sh\")\n",
    );
    assert_eq!(expanded(&folder.make()).len(), 2);
    assert!(expanded(&folder.make()).is_empty());
    for (file, text) in [("lib/macros.dockmill", "@define(two, x)\nRUN @{x}\n@end\n"), ("lib/setup.sh", "RUN edited\n")]
    {
        folder.write(file, text);
        assert_eq!(expanded(&folder.make()).len(), 2, "{file}");
        assert!(expanded(&folder.make()).is_empty(), "{file}");
    }
    assert_eq!(folder.read("build/trixie.Dockerfile"), "FROM debian:trixie\nRUN 1\nRUN edited\n");
}

fn an_error_in_a_template_stops_make_until_it_is_mended_and_keeps_the_output() {
    Tool::Make.wanted();
    let folder = Folder::new();
    folder.write("Makefile", &rules("make", true));
    folder.write("app/Dockerfile.dockmill", "FROM debian:@{release}\n");
    std::fs::create_dir(folder.file("lib")).unwrap();
    folder.make();
    folder.write("app/Dockerfile.dockmill", "FROM debian:@{relaese}\n");
    // Make must not take the broken one for done.
    for _ in 0..2 {
        let failed = folder.shell("make").ended(2);
        assert!(failed.stderr.contains("did you mean `release`?"), "{}", failed.stderr);
        assert_eq!(folder.read("build/trixie.Dockerfile"), "FROM debian:trixie\n");
    }
    folder.write("app/Dockerfile.dockmill", "FROM debian:@{release}-slim\n");
    folder.make();
    assert_eq!(folder.read("build/trixie.Dockerfile"), "FROM debian:trixie-slim\n");
}

fn a_deleted_include_does_not_stop_make() {
    Tool::Make.wanted();
    let folder = Folder::new();
    folder.write("Makefile", &rules("make", true));
    folder.write("lib/trixie.dockmill", "RUN only trixie\n");
    folder
        .write("app/Dockerfile.dockmill", "FROM debian:@{release}\n@include(release ~ \".dockmill\", optional=true)\n");
    folder.make();
    std::fs::remove_file(folder.file("lib/trixie.dockmill")).unwrap();
    let ran = folder.make();
    assert!(expanded(&ran).len() == 1 && expanded(&ran)[0].contains("release=trixie"), "{}", ran.stdout);
    assert_eq!(folder.read("build/trixie.Dockerfile"), "FROM debian:trixie\n");
}

/// Two outputs of one template, which includes a file.
fn project() -> Folder {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"x\"\n[axis]\nrelease = [\"bookworm\", \"trixie\"]\n[image.app]\nmatrix = [\"release\"]\n",
    );
    folder.write("app/Dockerfile.dockmill", "FROM debian:@{release}\n@include(\"part.dockmill\")\n");
    folder.write("app/part.dockmill", "RUN a\n");
    folder
}

/// What ran: the first two words of each command.
fn ran(folder: &Folder, tool: &str) -> Vec<String> {
    let tick = std::time::Duration::from_millis(20);
    std::thread::sleep(tick);
    let said = folder.shell(tool).ended(0).stdout;
    std::thread::sleep(tick);
    let commands = said.lines().filter(|line| line.starts_with("dock"));
    let mut commands: Vec<String> =
        commands.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    commands.dedup();
    commands
}

fn built_again_where_it_changed(folder: &Folder, tool: &str) {
    assert_eq!(ran(folder, tool), ["dockmill render", "docker build"]);
    assert!(ran(folder, tool).is_empty());
    // No output is another one.
    folder.write("app/part.dockmill", "RUN a\n");
    assert_eq!(ran(folder, tool), ["dockmill render"]);
    assert!(ran(folder, tool).is_empty());
    folder.write("app/part.dockmill", "RUN b\n");
    assert_eq!(ran(folder, tool), ["dockmill render", "docker build"]);
    assert!(ran(folder, tool).is_empty());
}

fn a_rendered_project_is_built_again_only_where_it_changed() {
    Tool::Make.wanted();
    let folder = project();
    folder.write("Makefile", &format!("all: build/app.stamp\n{}", rules("make", false)));
    built_again_where_it_changed(&folder, "make");
}

fn ninja_does_the_same_for_a_project() {
    Tool::Ninja.wanted();
    let folder = project();
    folder.write(
        "build.ninja",
        &rules("ninja", false).replace("command = dock", "command = echo dockmill render && dock"),
    );
    built_again_where_it_changed(&folder, "ninja -v | grep -v '&&'");
}

fn ninja_does_the_same_for_single_templates() {
    Tool::Ninja.wanted();
    let folder = Folder::new();
    folder.write("build.ninja", &rules("ninja", true));
    folder.write("app/Dockerfile.dockmill", "FROM debian:@{release}\n@include(release ~ \".dockmill\")\n");
    folder.write("lib/bookworm.dockmill", "RUN b\n");
    folder.write("lib/trixie.dockmill", "RUN t\n");
    let expanded = || {
        std::thread::sleep(std::time::Duration::from_millis(20));
        folder.shell("ninja -v").ended(0).stdout.matches("dockmill expand").count()
    };
    assert_eq!((expanded(), expanded()), (2, 0));
    folder.write("lib/trixie.dockmill", "RUN edited\n");
    assert_eq!((expanded(), expanded()), (1, 0));
    assert_eq!(folder.read("build/trixie.Dockerfile"), "FROM debian:trixie\nRUN edited\n");
    // What does not change keeps its time, and is not made again for ever.
    let before = folder.file("build/trixie.Dockerfile").metadata().unwrap().modified().unwrap();
    folder.write("lib/trixie.dockmill", "RUN edited\n");
    assert_eq!((expanded(), expanded()), (1, 0));
    assert_eq!(folder.file("build/trixie.Dockerfile").metadata().unwrap().modified().unwrap(), before);
}
