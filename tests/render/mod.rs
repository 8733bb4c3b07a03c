//! Rendering by chunks against the plain way, on random projects.

mod provenance;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::Utf8Path;
use dockmill::diagnostic::{Code, Diagnostic, Diagnostics, Example};
use dockmill::graph::Tags;
use dockmill::manifest::{Manifest, Request, Selection, Target};
use dockmill::render::{Rendered, Renderer};
use dockmill::source::{Disk, FrameKind, SourceMap};
use proptest::prelude::*;

use crate::support::Folder;

const MANIFEST: &str = "[project]\nname = \"x\"\n[axis]\na = [\"debian\", \"build\", \"RUN\"]\nb = [1, 2, 3]\nc = [1, 0]\n\
    [image.base]\ntags = [\"acme/base:1\", \"acme/base:debian\"]\n\
    [image.t]\nmatrix = [\"a\", \"b\", \"c\"]\nvars.n = 1.5\n[limits]\nsteps = LIMIT\n[checks]\nCHECKS\n";
const PART: &str = "ENV PART @{b}\n@let(own, a)\nLABEL own=@{own}\n@if(c == 1)\nCOPY --from=build /x /y\n@end\n";
const LIBRARY: &str = "@let(lib, a ~ b)\n@let(newest, [\"3.9\", \"3.\" ~ (7 + b)]|max)\n@let(twice(v), v ~ v ~ lib)\n\
     @let(newer(v), v is version(\">=3.12\"))\n@define(one, x, y=b)\nRUN one @{x} @{y} @{lib}\n@end\n\
     @define(two)\nRUN two \\\n@body()\n  && last\n@end\n";

const CHECKS: &[&str] =
    &["", "", "skip = [\"MaintainerDeprecated\"]", "error = true", "also = [\"JSONArgsRecommended\"]"];

/// What the pieces need: without it hardly any template would be one.
const BEGIN: &[&str] =
    &["@import(\"library.dockmill\")\n@default(v, b)\n", "@let(v, a)\n@import(\"library.dockmill\")\n"];

/// Pieces of templates: whole lines, of which not all make sense.
const PIECES: &[&str] = &[
    "FROM @{a}\n",
    "FROM debian:@{b} AS build\n",
    "FROM acme/base:@{b}\n",
    "FROM @{image(\"base\")}\n",
    "FROM acme/base:@{a}\n",
    "FROM registry:5000/acme/x:@{a}-@{b} as Stage\n",
    "ENV PLAIN @{a}\n",
    "ENV PLAIN=@{a}.@{b}\n",
    "ENV API_TOKEN @{a}\n",
    "COPY $PLAI /x\n",
    "FROM $V\n",
    "ARG V=@{b}\n",
    "ARG W\n",
    "RUN plain\n",
    "RUN :\n",
    "# a comment @{a}\n",
    "# syntax=docker/dockerfile:1\n",
    "# escape=`\n",
    "# check=skip=all\n",
    "# check=error=true\n",
    "# check=skip=UndefinedVar\n",
    "# check=experimental=all\n",
    "# V is what it is\n",
    "ENV VALUE=@{a} OTHER=$VALU\n",
    "ENV OLD @{b}\n",
    "COPY $VALUES @{a} $W/\n",
    "COPY <<EOF /x\n$V $@{a}\nEOF\n",
    "WORKDIR $V\n",
    "LABEL a=$OTHERS\n",
    "LABEL old @{a}\n",
    "@foreach(i, [a, b])\nRUN @{[i]}\n@end\n",
    "MAINTAINER @{a}\n",
    "CMD [\"one\"]\n",
    "CMD [\"@{a}\"]\n",
    "HEALTHCHECK CMD @{a}\n",
    "EXPOSE @{b}/TCP\n",
    "FROM debian:@{b} AS first\n",
    "from --platform=$TARGETPLATFORM debian as Build\n",
    "FROM scratch\n",
    "run lower @{a}\n",
    "RUN @{a} \\\n\n  on\n",
    "SHELL [\"@{a}\"]\n",
    "\n",
    "RUN going \\\n",
    "  on @{b} \\\n",
    "  ended\n",
    "COPY --from=build /a /b\n",
    "COPY --from=@{a} /a /b\n",
    "COPY --chown=@{a}:x a b\n",
    "RUN --mount=type=bind,from=build,target=/x y\n",
    "RUN <<EOF\nFROM inner\n",
    "EOF\n",
    "RUN cat <<@{a}\n",
    "@{a} x\n",
    "ENV A=$W \"@{b}\n",
    "ONBUILD COPY --from=@{a} x y\n",
    "CMD ['@{a}']\n",
    "@let(v, a)\n",
    "@let(a, \"set\")\n",
    "@default(v, b)\n",
    "RUN v @{v}\n",
    "@import(\"library.dockmill\")\n",
    "@one(a)\n",
    "  @one(\"x\", y=c)\n",
    "RUN @{twice(b)} @{lib}\n",
    "@call(two)\n  inner @{a}\n@end\n",
    "@include(\"part.dockmill\")\n",
    "@include(\"part.dockmill\", a=\"bound\")\n",
    "@include(\"imports.dockmill\")\n",
    "@include(\"pa\" ~ \"rt.dockmill\")\n",
    "@insert(\"plain.txt\")\n",
    "@if(c == 1)\nRUN only @{a} @{target.id}\n@elif(b == 2)\n@let(v, 3)\n@else\nRUN else \\\n@end\n",
    "@foreach(i, [a, b, n])\nRUN @{i} @{loop.index}\n@end\n",
    "@foreach(b, [1, 2])\n@one(b)\n@end\n",
    "@divert(\"d\", a)\n",
    "@undivert(\"d\", optional=true)\n",
    "@if(c == 1)\n@warn(\"c\")\n@end\n",
    "RUN @{[\"3.9\", \"3.\" ~ (8 + b)]|sort|join(\" \")}\n",
    "RUN @{newer(\"3.1\" ~ b ~ \"-rc\")} @{newest}\n",
    "@foreach(i, [1, 2])\n@one([\"2\", \"1\" ~ c]|max, y=\"3.12\" is startingwith(\"3.\" ~ b))\n@end\n",
    "@foreach(i, [\"9\", \"8\"])\n@if(not [i, \"10\"]|max)\n@end\n@end\n",
    "RUN @{\"yes\" if (\"no\" if c == 1 else b) else \"no\"}\n",
    "RUN last @{a}",
];

/// Those of which targets are warned, and some that are no reason to.
const WARNED: &[&str] = &[
    "RUN plain @{a}\n",
    "RUN @{[\"3.9\", \"3.\" ~ (8 + b)]|sort|join(\" \")}\n",
    "RUN @{newer(\"3.1\" ~ b ~ \"-rc\")} @{newest}\n",
    "@foreach(i, [1, 2])\n@one([\"2\", \"1\" ~ c]|max, y=\"3.12\" is startingwith(\"3.\" ~ b))\n@end\n",
    "RUN @{\"yes\" if (\"no\" if c == 1 else b) else \"no\"}\n",
    "@if(c == 1)\n@warn(\"c of \" ~ b)\n@end\n",
    "@call(two)\n  inner @{[\"9\", \"1\" ~ c]|min}\n@end\n",
    "MAINTAINER @{a}\n",
];

/// Only the plain way keeps these.
fn is_recorded(kind: &FrameKind) -> bool {
    matches!(kind, FrameKind::Round(_) | FrameKind::Branch { .. } | FrameKind::Divert(_))
}

/// What the lines are made of: each piece stands where it says, and together they are the lines.
fn check_pieces(rendered: &Rendered) {
    let lines: Vec<&[u8]> = rendered.text.bytes.split(|byte| *byte == b'\n').collect();
    for (at, piece) in rendered.pieces.iter().enumerate() {
        let line = String::from_utf8_lossy(lines[piece.line as usize - 1]).into_owned();
        let next = rendered.pieces.get(at + 1).filter(|next| next.line == piece.line);
        let end = next.map_or(line.len(), |next| next.column as usize);
        let before = at.checked_sub(1).map(|before| &rendered.pieces[before]).filter(|b| b.line == piece.line);
        match before {
            Some(before) => assert!(before.column <= piece.column, "{line}"),
            None => assert!(line[..piece.column as usize].trim().is_empty(), "{line}"),
        }
        if let Some(computed) = piece.computed {
            let value = &rendered.computed[computed].value;
            let part = &line[piece.column as usize..end];
            assert!(value.lines().any(|line| line == part), "`{part}` of `{line}` is no line of `{value}`");
        }
    }
    if !rendered.failed() {
        let begun: std::collections::BTreeSet<u32> = rendered.pieces.iter().map(|piece| piece.line).collect();
        let all = u32::try_from(rendered.text.lines.len()).unwrap();
        assert_eq!(begun.into_iter().collect::<Vec<_>>(), (1..=all).collect::<Vec<_>>());
    }
}

/// All that a target gives, but for what only the plain way keeps.
fn told(rendered: &Rendered) -> (String, Vec<String>, Vec<String>, Vec<String>) {
    let text = &rendered.text;
    let stack = |frame| {
        let steps = text.stack(frame).filter(|step| !is_recorded(&step.kind));
        steps.map(|step| format!("{:?} {:?}", step.kind, step.site)).collect::<Vec<_>>()
    };
    let lines = text.lines.iter().map(|origin| format!("{:?}:{} {:?}", origin.file, origin.line, stack(origin.frame)));
    let diagnostic = |found: &Arc<Diagnostic>| {
        let mut found = Diagnostic::clone(found);
        found.trace.retain(|step| !step.text.starts_with("in round"));
        // Only who asks for the way of values is told all places that they came from.
        found.example = found
            .example
            .and_then(|example| example.text)
            .map(|text| Box::new(Example { text: Some(text), ..Example::default() }));
        format!("{found:?}")
    };
    (
        String::from_utf8_lossy(&text.bytes).into_owned(),
        lines.collect(),
        rendered.diagnostics.iter().map(diagnostic).collect(),
        rendered
            .dependencies
            .iter()
            .map(|needed| format!("{needed:?}"))
            .chain([format!("{:?}", rendered.files)])
            .collect(),
    )
}

/// A project of one template with two targets.
fn with_template(text: &str, work: impl Fn(&Renderer<'_>, &Target)) {
    let folder = Folder::new();
    folder.write("dockmill.toml", "[project]\nname = \"x\"\n[axis]\nb = [1, 2]\n[image.t]\nmatrix = [\"b\"]\n");
    folder.write("t/Dockerfile.dockmill", text);
    let (sources, mut found) = (SourceMap::default(), Diagnostics::default());
    let manifest = Utf8Path::from_path(folder.path()).unwrap().join("dockmill.toml");
    let loaded = Manifest::load(&sources, &Disk, &manifest, &Request::default(), &mut found).unwrap();
    let renderer = Renderer::load(&loaded, Tags::of(&loaded), &Disk, &sources, &mut found);
    for target in loaded.targets(&Selection::all()).flatten() {
        work(&renderer, &target);
    }
}

/// The first target is expanded as a whole, the second one by its chunks.
#[test]
fn what_is_bounded_is_told_of_every_target() {
    // No chunk is too long alone.
    let many = format!("{0}RUN @{{b}}\n{0}", "RUN :\n".repeat(6_000));
    let wrong = "MAINTAINER x\n".repeat(250);
    for lines in [many, wrong] {
        with_template(&format!("FROM debian:@{{b}}\n{lines}"), |renderer, target| {
            let rendered = renderer.render(target);
            let bounded = rendered.diagnostics.iter().filter(|found| found.code == Code::LimitExceeded);
            assert_eq!(bounded.count(), 1, "{}", target.id);
            assert_eq!(told(&rendered), told(&renderer.explain(target)), "{}", target.id);
        });
    }
}

/// What is said of some targets, or of all: each with the targets of which it is said.
fn said_of(manifest: &Utf8Path, only: Option<&str>) -> BTreeMap<String, BTreeSet<String>> {
    let (sources, mut found) = (SourceMap::default(), Diagnostics::default());
    let loaded = Manifest::load(&sources, &Disk, manifest, &Request::default(), &mut found).unwrap();
    if only.is_none() {
        loaded.verify(&mut found, |_| {});
    }
    let tags = if only.is_none() { Tags::of(&loaded) } else { Tags::as_asked(&loaded) };
    let renderer = Renderer::load(&loaded, tags, &Disk, &sources, &mut found);
    for target in loaded.targets(&Selection::all()).flatten() {
        if only.is_none_or(|id| target.id == id) {
            found.extend_for(&target.id, renderer.render(&target).diagnostics);
        }
    }
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Diagnostic { severity, code, primary, message, targets, .. } in found.into_vec() {
        // The message is that of the first target, but where its author is who wrote it.
        let own = if code == Code::UserWarning { message } else { String::new() };
        let place = primary.map(|label| label.span);
        told.entry(format!("{severity:?} {code} {place:?} {own}")).or_default().extend(targets.iter().cloned());
    }
    told
}

proptest! {
    #![proptest_config(crate::support::law::cases(256))]

    #[test]
    fn chunks_give_what_the_plain_way_gives(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 1..14),
        begin in prop::sample::select(BEGIN),
        from_first in any::<bool>(),
        limit in prop::sample::select(&[10_000_000, 10_000_000, 40, 15][..]),
        checks in prop::sample::select(CHECKS),
    ) {
        let folder = Folder::new();
        folder.write("dockmill.toml", &MANIFEST.replace("LIMIT", &limit.to_string()).replace("CHECKS", checks));
        folder.write("base/Dockerfile.dockmill", "FROM debian\n");
        let first = if from_first { "FROM debian AS first\n" } else { "" };
        folder.write("t/Dockerfile.dockmill", &format!("{begin}{first}{}", pieces.concat()));
        folder.write("t/part.dockmill", PART);
        folder.write("t/imports.dockmill", "@import(\"library.dockmill\")\n@one(a)\n");
        folder.write("t/library.dockmill", LIBRARY);
        folder.write("t/plain.txt", "RUN inserted\n");
        let (sources, mut found) = (SourceMap::default(), Diagnostics::default());
        let manifest = Utf8Path::from_path(folder.path()).unwrap().join("dockmill.toml");
        let loaded = Manifest::load(&sources, &Disk, &manifest, &Request::default(), &mut found).unwrap();
        let renderer = Renderer::load(&loaded, Tags::of(&loaded), &Disk, &sources, &mut found);
        // A template with errors of its own is not rendered.
        prop_assume!(found.errors() == 0);
        for target in loaded.targets(&Selection::all()).flatten() {
            let explained = renderer.explain(&target);
            prop_assert_eq!(told(&renderer.render(&target)), told(&explained), "{}", target.id);
            check_pieces(&explained);
        }
    }
}

proptest! {
    // Each renders a project once for each of its targets.
    #![proptest_config(crate::support::law::cases(64))]

    #[test]
    fn warnings_of_all_targets_are_those_of_each(pieces in prop::collection::vec(prop::sample::select(WARNED), 1..8)) {
        let folder = Folder::new();
        folder.write("dockmill.toml", &MANIFEST.replace("LIMIT", "10000").replace("CHECKS", "").replace(
            "vars.n = 1.5",
            "vars.n = 1.5\nvars.o = \"@{['3.9', '3.' ~ (8 + b)]|max}\"\ntags = [\"acme/t:@{a}-@{b}-@{c}@{'x' if (c ~ '') else ''}\"]\n\
             exclude = [{ when = \"['9', '1' ~ c]|max == '9' and b == 3\" }]",
        ));
        folder.write("base/Dockerfile.dockmill", "FROM debian\n");
        folder.write("t/library.dockmill", LIBRARY);
        folder.write("t/Dockerfile.dockmill", &format!("{}FROM debian\nRUN @{{o}}\n{}", BEGIN[0], pieces.concat()));
        let manifest = Utf8Path::from_path(folder.path()).unwrap().join("dockmill.toml");
        let all = said_of(&manifest, None);
        let ids: BTreeSet<&String> = all.values().flatten().collect();
        let mut each: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for id in ids {
            for (said, targets) in said_of(&manifest, Some(id)) {
                each.entry(said).or_default().extend(targets);
            }
        }
        // Each run reads the manifest anew: its files have the same numbers.
        prop_assert!(all.len() > 1);
        prop_assert_eq!(all, each);
    }
}
