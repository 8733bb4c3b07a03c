//! What is recorded of lines: the steps that led there, the values, and where these were born.

use std::fmt::Write as _;

use camino::Utf8Path;
use dockmill::diagnostic::Diagnostics;
use dockmill::graph::Tags;
use dockmill::manifest::{Define, Manifest, Place, Places, Request, Selection};
use dockmill::render::{Provenance, Renderer};
use dockmill::source::{Disk, FileOrigin, FrameKind, SourceMap, Span};
use dockmill::template::Computed;

use crate::support::{Folder, snapshots};

const MANIFEST: &str = r#"[project]
name = "x"
[data]
versions = "versions.json"
more = "more.yaml"
[vars]
prefix = "acme"
note = "old"
flags = ["-a", "-b"]
[params.mirror]
default = "none"
[axis]
rel = ["18", "19"]
release.trixie.ssl = "libssl3t64"
release.bookworm.ssl = "libssl3"
[[set]]
when.release = "trixie"
vars.note = "new-@{ssl}"
[image.base]
matrix = ["rel"]
tags = ["acme/base:@{rel}"]
[image.t]
matrix = ["rel", "release"]
vars.full = "@{versions[rel].full}"
vars.registry = "@{prefix}.io"
"#;

const VERSIONS: &str = r#"{
  "18": {"full": "18.1", "pkgs": ["a18", "b18"]},
  "19": {"full": "19.0", "pkgs": ["a19", "b19"]}
}
"#;

const MORE: &str = "list:\n  - {name: x, on: true}\n  - {name: y, on: false}\n  - {name: z, on: true}\n";

/// What is told of the lines of one target: the value, then its places; a choice has a `?`.
fn told(template: &str, defines: &[(&str, &str)]) -> String {
    let folder = Folder::new();
    folder.write("dockmill.toml", MANIFEST);
    folder.write("versions.json", VERSIONS);
    folder.write("more.yaml", MORE);
    folder.write("base/Dockerfile.dockmill", "FROM debian:@{rel}\n");
    folder.write(
        "t/lib.dockmill",
        "@let(major(v), (v|split(\".\"))[0])\n@define(shout, word, end=\"!\")\nRUN @{word|upper}@{end}\n@end\n",
    );
    folder.write("t/Dockerfile.dockmill", template);
    let (sources, mut found) = (SourceMap::default(), Diagnostics::default());
    let define = |(name, value): &(&str, &str)| {
        let file = sources.add(FileOrigin::Argument, format!("{name}={value}").into_bytes());
        let span = Span::new(file, 0, u32::try_from(name.len() + value.len() + 1).unwrap());
        Define { name: (*name).to_owned(), value: (*value).to_owned(), span }
    };
    let defines: Vec<Define> = defines.iter().map(define).collect();
    let request = Request { defines: &defines, ..Request::default() };
    let manifest = Utf8Path::from_path(folder.path()).unwrap().join("dockmill.toml");
    let loaded = Manifest::load(&sources, &Disk, &manifest, &request, &mut found).unwrap();
    let renderer = Renderer::load(&loaded, Tags::of(&loaded), &Disk, &sources, &mut found);
    let target = loaded.targets(&Selection::all()).flatten().find(|target| target.id == "t/19/trixie").unwrap();
    let rendered = renderer.explain(&target);
    let errors: Vec<_> = rendered.diagnostics.iter().filter(|found| found.is_error()).collect();
    assert!(errors.is_empty() && found.errors() == 0, "{errors:?} {found:?}");
    let (provenance, places) = (Provenance::new(&rendered, &sources), Places::new(&loaded, &sources));
    let mut told = String::new();
    let shown = |place: &Place| {
        let (start, end) = (place.span.start as usize, place.span.end as usize);
        let text = String::from_utf8_lossy(&sources.get(place.span.file).bytes()[start..end]).into_owned();
        let text = text.lines().next().unwrap_or_default().to_owned();
        let choice = if place.is_choice { "? " } else { "" };
        let keys = if place.keys.is_empty() { String::new() } else { format!(" {}", place.path()) };
        format!("      {choice}{}:{}{keys} {text}\n", place.file, place.line)
    };
    let value = |told: &mut String, before: &str, computed: &Computed| {
        let _ = writeln!(told, "{before}{}", computed.value);
        computed.births.places().iter().for_each(|birth| told.push_str(&shown(&places.place(birth))));
    };
    for (number, line) in (1..).zip(String::from_utf8_lossy(&rendered.text.bytes).lines()) {
        let of_line = provenance.line(number).unwrap();
        let _ = writeln!(told, "{line}");
        for step in &of_line.steps {
            let what = match &step.frame.kind {
                FrameKind::Branch { holds, .. } => if *holds { "if" } else { "else" }.to_owned(),
                FrameKind::Round(number) => format!("round {number}"),
                FrameKind::Macro(name) => format!("macro {name}"),
                FrameKind::Diversion(name) => format!("diversion {name}"),
                FrameKind::Divert(name) => format!("divert {name}"),
                other => format!("{other:?}"),
            };
            let (at, _) = sources.get(step.frame.site.file).position(step.frame.site.start);
            let _ = writeln!(told, "  {what} at {}:{at}", sources.get(step.frame.site.file).name());
            step.values.iter().for_each(|computed| value(&mut told, "    ", computed));
        }
        of_line.values.iter().for_each(|computed| value(&mut told, "  = ", computed));
    }
    told
}

fn check(name: &str, template: &str, defines: &[(&str, &str)]) {
    let told = told(&format!("FROM scratch\n{template}"), defines);
    snapshots("render").bind(|| insta::assert_snapshot!(name, format!("{template}----\n{told}")));
}

#[test]
fn data_are_followed_through_names_indices_and_filters() {
    check("data", "@let(it, versions[rel])\nLABEL v=@{it.full|replace(\".\", \"-\")}\n", &[]);
}

#[test]
fn a_value_of_an_axis_and_what_it_brings_are_keys_of_the_manifest() {
    check("axis", "RUN @{release} @{ssl} @{rel}\n", &[]);
}

#[test]
fn rules_and_variables_of_the_manifest_are_followed_to_what_they_use() {
    check("rules", "RUN @{note} @{full} @{registry} @{flags|join(\" \")}\n", &[]);
}

#[test]
fn what_the_command_line_gives_is_its_argument() {
    let template = "@default(extra, \"no\")\nRUN @{mirror} @{extra}\n";
    check("default", template, &[]);
    check("define", template, &[("mirror", "eu"), ("extra", "e1")]);
}

#[test]
fn the_tag_of_an_image_is_born_in_its_tags() {
    check("image", "COPY --from=@{image(\"base\")} / /\n", &[]);
}

#[test]
fn rounds_branches_and_calls_tell_what_they_were_given() {
    check(
        "steps",
        "@import(\"lib.dockmill\")\n\
         @foreach(p, versions[rel].pkgs|sort)\n\
         @if(p == \"x\")\nRUN x\n\
         @elif(release == \"trixie\" and p != \"b19\")\n@shout(p)\n\
         @else\nRUN last\n@end\n\
         @end\n\
         RUN @{major(\"3.12\")}\n",
        &[],
    );
}

#[test]
fn gathered_words_know_who_set_them_aside() {
    check(
        "gather",
        "@gather(pkgs, \"pkgs\")\nRUN get @{pkgs|sort|unique|join(\" \")}\n@end\n\
         @if(release == \"trixie\")\n@divert(\"pkgs\")\ncurl @{ssl} git\n@end\n@end\n\
         @divert(\"pkgs\", [\"tar\", flags[1]])\n\
         @divert(\"text\")\nRUN aside\n@end\n  @undivert(\"text\")\n",
        &[],
    );
}

#[test]
fn elements_keep_their_births_when_they_are_picked() {
    check(
        "picked",
        "RUN @{more.list|selectattr(\"on\")|map(attribute=\"name\")|join(\",\")} @{(more.list|last).name}\n\
         @foreach(k, v, versions|dictsort)\nRUN @{k} @{v.full if v.full != \"x\" else \"none\"}\n@end\n",
        &[],
    );
}
