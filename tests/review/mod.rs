//! Changes of a large project, as a reviewer reads them.

mod family;
mod law;
mod reasons;

use family::{entry, family, services, template};

use crate::support::{Folder, snapshots};

/// What `--format json` prints is what its schema says.
fn schema_fits(review: &serde_json::Value) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/review.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(review).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is printed of a change, which must have so many causes, and fit on a screen.
fn review(name: &str, causes: usize, change: impl FnOnce(&Folder)) {
    let folder = family();
    change(&folder);
    let shown = folder.dockmill(&["diff", "--against", "HEAD"]).ended(1).stdout;
    let said = if causes == 1 { "1 cause · ".to_owned() } else { format!("{causes} causes · ") };
    assert!(shown.starts_with(&said), "{shown}");
    assert!(shown.lines().count() <= 25, "it does not fit on a screen:\n{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "it is wider than a screen:\n{shown}");
    // Whoever takes it for a patch learns at once that it is none.
    folder.write("shown", &shown);
    let applied = folder.shell("git apply shown");
    assert!(applied.stderr.contains("No valid patches in input"), "{}", applied.stderr);
    let json = folder.dockmill(&["diff", "--against", "HEAD", "--format", "json"]).ended(1).stdout;
    schema_fits(&serde_json::from_str(&json).unwrap());
    snapshots("review").bind(|| insta::assert_snapshot!(name, shown));
}

#[test]
fn a_package_a_version_and_six_services() {
    review("three", 3, |folder| {
        let packages = "packages = [\"ca-certificates\", \"libssl3t64\"]\n";
        let more = "packages = [\"ca-certificates\", \"curl\", \"libssl3t64\"]\n";
        // Of trixie alone.
        folder.edit(
            "dockmill.toml",
            &format!("icu = \"libicu76\"\n{packages}"),
            &format!("icu = \"libicu76\"\n{more}"),
        );
        let cmd = "CMD [\"python3\"]";
        folder.edit("python/Dockerfile.dockmill", cmd, &format!("@if(python == \"3.12.8\")\nENV PY312=1\n@end\n{cmd}"));
        for service in services().skip(3).take(6) {
            folder.edit(&template(&service), "COPY . .\n", "COPY . .\nENV NEW_RELIC=1\n");
        }
    });
}

#[test]
fn a_service_is_removed() {
    review("removed", 1, |folder| {
        folder.shell("rm -r services/s24").ended(0);
    });
}

#[test]
fn a_python_is_added() {
    review("added", 1, |folder| {
        let last = entry("3.14.0", "3140abc");
        folder.edit("versions.json", &last, &format!("{last},\n{}", entry("3.15.0", "3150abc")));
    });
}

/// The value that changed with it is a cause of its own.
#[test]
fn a_python_is_renamed() {
    review("renamed", 2, |folder| {
        folder.edit("versions.json", &entry("3.12.8", "3128abc"), &entry("3.12.9", "3129abc"));
    });
}

#[test]
fn outputs_stand_elsewhere() {
    review("moved", 1, |folder| {
        folder.edit(
            "dockmill.toml",
            "header = false\n",
            "header = false\noutput = \"images/@{target.id}/Dockerfile\"\n",
        );
    });
}

#[test]
fn all_images_come_from_a_registry() {
    review("registry", 1, |folder| {
        folder.edit("base/Dockerfile.dockmill", "FROM ", "FROM registry.example.org/");
        folder.edit("python/Dockerfile.dockmill", "FROM ", "FROM registry.example.org/");
        for service in services() {
            folder.edit(&template(&service), "FROM ", "FROM registry.example.org/");
        }
    });
}

/// What moves between files, and is included another way, changes nothing.
#[test]
fn a_macro_that_moves_is_no_cause() {
    review("moved_macro", 1, |folder| {
        let macros = folder.read("lib/common.dockmill");
        let (left, moved) = macros.split_at(macros.find("@define(run_as").unwrap());
        folder.write("lib/common.dockmill", left);
        folder.write("lib/user.dockmill", &moved.replace("USER @{name}", "USER @{name}:@{name}"));
        for service in services() {
            let import = "@import(\"../../lib/common.dockmill\")\n";
            folder.edit(&template(&service), import, &format!("{import}@import(\"../../lib/user.dockmill\")\n"));
        }
    });
}

/// Each is told where it was written: a word that was gathered, an item of a loop, a condition, a line that moves.
#[test]
fn values_are_followed_to_where_they_were_written() {
    review("values", 4, |folder| {
        folder.edit("parts/tls.dockmill", "[\"openssl\"]", "[\"openssl\", \"p11-kit\"]");
        folder.edit("dockmill.toml", "port = 8003,", "user = \"nobody\", port = 8003,");
        folder.edit("versions.json", "3140abc", "deadbeef");
        folder.edit("python/Dockerfile.dockmill", ">=3.13", ">=3.12");
    });
}

#[test]
fn one_cause_one_target_or_all_of_it() {
    let folder = family();
    folder.edit("lib/common.dockmill", "USER @{name}", "USER @{name}:root");
    folder.edit("dockmill.toml", "port = 8003,", "user = \"nobody\", port = 8003,");
    let run = |words: &[&str]| {
        let all: Vec<&str> = ["diff", "--against", "HEAD"].iter().chain(words).copied().collect();
        let ran = folder.dockmill(&all);
        format!("$ dockmill diff --against HEAD {}\n{}", words.join(" "), ran.stdout)
    };
    let shown = [
        run(&[]),
        run(&["--stat"]),
        run(&["--target", "s04/trixie/3.14.0"]),
        run(&["--cause", "2"]),
        run(&["s04/trixie/3.14.0", "--full"]),
    ];
    snapshots("review").bind(|| insta::assert_snapshot!("views", shown.join("\n")));
    let failed = folder.dockmill(&["diff", "--against", "HEAD", "--cause", "3"]).ended(2).stderr;
    assert!(failed.contains("there is no cause 3: 2 causes found"), "{failed}");
}

/// What stands on disk was made of what git has: causes are found without a revision, too.
#[test]
fn outputs_on_disk_are_led_back_to_what_git_has() {
    let folder = family();
    folder.dockmill(&["render"]).ended(0);
    folder.edit("lib/common.dockmill", "USER @{name}", "USER @{name}:root");
    folder.edit("dockmill.toml", "icu = \"libicu76\"", "icu = \"libicu76t64\"");
    folder.edit("dockerfiles/base/noble/Dockerfile", "LANG=C.UTF-8", "LANG=C");
    let shown = folder.dockmill(&["diff"]).ended(1).stdout;
    snapshots("review").bind(|| insta::assert_snapshot!("disk", shown));
}

/// A project with a list in its data and a text of all targets, committed.
fn small() -> Folder {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"x\"\nheader = false\n\n[data]\ntools = \"tools.json\"\n\n[vars]\nversion = \"1.26.7\"\n\n\
         [axis]\nrelease = [\"bookworm\", \"trixie\"]\n\n[image.a]\nmatrix = [\"release\"]\n\
         tags = [\"acme/a:@{version}-@{release}\"]\n\n[text.list]\ntemplate = \"list.dockmill\"\noutput = \"list.txt\"\n",
    );
    let entry = |name: &str, port: u16| format!("  {{\n    \"name\": \"{name}\",\n    \"port\": {port}\n  }}");
    let entries = [entry("awk", 1), entry("gcc", 2), entry("sed", 3)];
    folder.write("tools.json", &format!("[\n{}\n]\n", entries.join(",\n")));
    folder.write(
        "a/Dockerfile.dockmill",
        "FROM debian:@{release}\nENV VERSION=@{version}\n@foreach(tool, tools)\nRUN get @{tool.name} @{tool.port}\n@end\nCMD a\n",
    );
    folder.write("list.dockmill", "All images:\n@foreach(t, targets)\n@{t.id}: @{t.tags|join(\", \")}\n@end\n");
    folder.shell("git init -q . && git config user.name t && git config user.email t@example.org").ended(0);
    folder.shell("git add -A && git commit -qm start").ended(0);
    folder
}

/// An entry that is put between others changes none of these, and is one cause with all that it holds.
#[test]
fn entries_of_lists_are_known_by_their_names() {
    let folder = small();
    let between = "  {\n    \"name\": \"gawk\",\n    \"port\": 7\n  },\n";
    folder.edit("tools.json", "  {\n    \"name\": \"gcc\"", &format!("{between}  {{\n    \"name\": \"gcc\""));
    folder.edit("tools.json", "\"port\": 3", "\"port\": 33");
    let shown = folder.dockmill(&["diff", "--against", "HEAD"]).ended(1).stdout;
    snapshots("review").bind(|| insta::assert_snapshot!("entries", shown));
}

/// A text of all targets has no line of its own that tells why: the value does that stands in it, or what happened to targets.
#[test]
fn texts_follow_from_what_happened_to_targets() {
    let folder = small();
    let mut shown = String::new();
    let mut add = |what: &str| {
        let ran = folder.dockmill(&["diff", "--against", "HEAD"]).ended(1);
        shown.push_str(&["# ", what, "\n", &ran.stdout, "\n"].concat());
    };
    folder.edit("dockmill.toml", "1.26.7", "1.26.8");
    add("a version");
    folder.edit("a/Dockerfile.dockmill", "CMD a", "CMD b");
    add("a version, and a template");
    folder.shell("git checkout -q .").ended(0);
    folder.edit("dockmill.toml", "\"trixie\"", "\"trixie\", \"sid\"");
    add("a release more");
    folder.edit("dockmill.toml", "acme/a", "acme/b");
    add("a release more, and another tag, of which only the text tells");
    snapshots("review").bind(|| insta::assert_snapshot!("texts", shown));
}
