//! `dockmill build` and `clean --images` with each real builder.

use std::path::Path;

use libtest_mimic::Trial;

use crate::builder::{Builder, Images};
use crate::harness::trials;
use crate::support::{Folder, Ran};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        a_family_is_built_and_cleaned,
        failures_are_where_they_were_recorded,
        outputs_and_secrets,
        an_interrupt_stops_the_builder
    ]
}

/// The builder as the manifest names it.
fn of_manifest(builder: Builder) -> &'static str {
    if builder == Builder::Legacy { "docker" } else { builder.name() }
}

fn dockmill(builder: Builder, folder: &Folder, arguments: &str) -> Ran {
    let legacy = if builder == Builder::Legacy { "DOCKER_BUILDKIT=0 " } else { "" };
    folder.shell(&format!("{legacy}dockmill {arguments}"))
}

/// A base, an image on it with a stage of its own, and one that fails.
fn family(builder: Builder, images: &Images) -> Folder {
    let folder = Folder::new();
    let base = images.name("stand-in");
    builder.stand_in(&base);
    let (project, name) = (images.name("project"), |of: &str| images.name(of));
    folder.write(
        "dockmill.toml",
        &format!(
            "[project]\nname = \"{project}\"\n[builder]\nuse = \"{}\"\n\
             [image.base]\ntags = [\"{}:1\"]\n\
             [image.app]\ncontext = \"app\"\ntags = [\"{}:1\", \"{}:latest\"]\nstages = {{ made = {{ tags = [\"{}:1\"] }} }}\n\
             [image.broken]\ntags = [\"{}:1\"]\n",
            of_manifest(builder),
            name("base"),
            name("app"),
            name("app"),
            name("made"),
            name("broken"),
        ),
    );
    folder.write("base/Dockerfile.dockmill", &format!("FROM {base}\nRUN echo {project} > /base\n"));
    folder.write(
        "app/Dockerfile.dockmill",
        "FROM @{image(\"base\")} AS made\nRUN cp /base /made && echo \"a step of made\"\n\
         FROM @{image(\"base\")}\nCOPY --from=made /made /app\nCOPY file /file\nCMD [\"cat\", \"/app\"]\n",
    );
    // The context is not where the Dockerfile is.
    folder.write("app/file", "");
    folder.write("lib.dockmill", "@define(fail, code)\nRUN echo \"the last words\" \\\n    && exit @{code}\n@end\n");
    folder.write(
        "broken/Dockerfile.dockmill",
        "@import(\"../lib.dockmill\")\nFROM @{image(\"base\")}\nENV A=1\n@fail(7)\n",
    );
    folder
}

fn a_family_is_built_and_cleaned() {
    for builder in Builder::all_at_hand() {
        let images = Images::of(builder);
        let folder = family(builder, &images);
        let ran = dockmill(builder, &folder, "build -j2 -k -- --network=host").ended(1);
        // In which order `app:made` and `app` come is theirs to say: none needs the other.
        let mut built: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("built ")).collect();
        built.sort_unstable();
        assert_eq!(built, ["built app", "built app:made", "built base"], "{builder:?}: {}", ran.stderr);
        let failed = "error[build-failed]: building `broken` failed: exit code 7
 --> lib.dockmill:2:1
  |
2 | RUN echo \"the last words\" \\
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^ this step failed
  |
  = note: its last words:
          the last words
note: in macro `fail`, from here
 --> broken/Dockerfile.dockmill:4:1
";
        assert!(ran.stderr.contains(failed), "{builder:?}: {}", ran.stderr);
        let own = ["app:1", "app:latest", "base:1", "made:1"].map(|name| images.name(name));
        let stand_in = images.name("stand-in:latest");
        let all = builder.images(&images.name(""));
        assert!(own.iter().all(|name| all.contains(name)) && all.len() == 5, "{builder:?}: {all:?}");
        if builder != Builder::Podman && builder != Builder::Buildah {
            let said = builder.container(&[&images.name("app:1")]).ended(0).stdout;
            assert_eq!(said, format!("{}\n", images.name("project")), "{builder:?}");
        }

        // Someone else's, with the labels of the image that it is built on.
        let other = images.name("other:1");
        let theirs = Folder::new();
        theirs.write("Dockerfile", &format!("FROM {}\nRUN echo theirs > /theirs\n", images.name("app:1")));
        builder.build(theirs.path(), &["-t", &other, "."]).ended(0);
        // The base of other projects has the label of none.
        let cleaned = dockmill(builder, &folder, "clean --images").ended(0);
        let left: Vec<String> = builder.images(&images.name("")).into_iter().collect();
        assert_eq!(left, [other.clone(), stand_in], "{builder:?}: {}{}", cleaned.stdout, cleaned.stderr);
        assert!(cleaned.stderr.contains("dockmill did not give it this tag"), "{builder:?}: {}", cleaned.stderr);
        assert!(folder.file("dockerfiles/app/Dockerfile").exists());
    }
}

/// The failures of tests/cases/build are told at the same places as their recorded logs, by the builders of today.
fn failures_are_where_they_were_recorded() {
    for builder in Builder::all_at_hand() {
        let images = Images::of(builder);
        let folder = Folder::copy("tests/cases/build/failures");
        let base = images.name("stand-in");
        builder.stand_in(&base);
        let (manifest, name) = (folder.read("dockmill.toml"), of_manifest(builder));
        let manifest = manifest.replace("failures/@{", &format!("{}-@{{", images.name("failures")));
        folder.write("dockmill.toml", &format!("{manifest}[builder]\nuse = \"{name}\"\n"));
        folder.shell(&format!("sed -i 's/debian:bookworm/{base}/' */Dockerfile.dockmill")).ended(0);
        let said = dockmill(builder, &folder, "build -j2 -k -- --network=host").ended(1).stderr;
        let recorded = if builder == Builder::Docker { "buildkit" } else { builder.name() };
        let mut seen = 0;
        for (image, place) in recorded_places(recorded) {
            let message = format!("building `{image}` failed: ");
            let at = said.find(&message).unwrap_or_else(|| panic!("{builder:?}: {image} did not fail: {said}"));
            let found = said[at..].lines().nth(1).unwrap().trim();
            assert_eq!(found, place, "{builder:?}: {image}: {}", &said[at..said.len().min(at + 2000)]);
            seen += 1;
        }
        assert!(seen > 12, "{builder:?}: {seen}");
    }
}

/// Each image with the place that the snapshot of a builder's log shows.
fn recorded_places(builder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let logs = std::fs::read_dir(root.join("tests/cases/build/failures/logs").join(builder)).unwrap();
    let mut places: Vec<(String, String)> = Vec::new();
    for log in logs {
        let image = log.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        let snapshot = std::fs::read_to_string(root.join(format!("snapshots/build/{image}.snap"))).unwrap();
        let mut lines = snapshot.lines();
        let is_heading =
            |line: &str| line.ends_with(':') && line.trim_end_matches(':').split(", ").any(|name| name == builder);
        lines.by_ref().find(|line| is_heading(line)).unwrap();
        let place = lines.find(|line| line.starts_with(" --> ")).unwrap().trim().to_owned();
        places.push((image, place));
    }
    places
}

/// A folder comes out, no container is made; a secret goes in, and stays in no layer and no log.
fn outputs_and_secrets() {
    for builder in Builder::all_at_hand() {
        // The old builder has neither; the podman of Debian 12 takes secrets of files only.
        if builder == Builder::Legacy {
            continue;
        }
        let images = Images::of(builder);
        let folder = family(builder, &images);
        let template = "FROM @{image(\"base\")}\nRUN --mount=type=secret,id=token cat /run/secrets/token | tee /dev/stderr | wc -c > /length\n\
                        FROM scratch AS out\nCOPY --from=0 /length /wheels/length\n";
        folder.write("app/Dockerfile.dockmill", template);
        folder.edit("dockmill.toml", "made = {", "out = {");
        folder.write("token", "hunter2-the-token");
        let arguments = "build app:out --secret id=token,src=token --output type=local,dest=out -- --network=host";
        let ran = dockmill(builder, &folder, arguments).ended(0);
        assert_eq!(folder.read("out/wheels/length").trim(), "17", "{builder:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("***") && !ran.stderr.contains("hunter2"), "{builder:?}: {}", ran.stderr);
    }
}

/// Ctrl-C ends a build that would take a minute.
fn an_interrupt_stops_the_builder() {
    for builder in Builder::all_at_hand() {
        let images = Images::of(builder);
        let folder = family(builder, &images);
        folder.write(
            "broken/Dockerfile.dockmill",
            "FROM @{image(\"base\")}\nRUN echo it runs && sleep 67 && echo slept $((60 + 7)) s\n",
        );
        // What stands in the background of a script ignores Ctrl-C, unless it is told otherwise.
        let legacy = if builder == Builder::Legacy { "DOCKER_BUILDKIT=0 " } else { "" };
        let line = format!(
            "{legacy}env --default-signal dockmill build broken -- --network=host > said 2>&1 & pid=$!\n\
             until grep -q '^broken.* it runs$' said; do kill -0 $pid; sleep 0.1; done\n\
             kill -s INT $pid; wait $pid || echo \"status $?\""
        );
        let ran = folder.shell(&line);
        assert!(ran.stdout.contains("status 130"), "{builder:?}: {}{}{}", ran.stdout, ran.stderr, folder.read("said"));
        assert!(!folder.read("said").contains("slept 67 s"), "{builder:?}: {}", folder.read("said"));
        assert!(folder.read("said").contains("1 done, 1 stopped, in "), "{builder:?}: {}", folder.read("said"));
    }
}
