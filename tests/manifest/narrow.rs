//! Commands that name one target make no others.

use dockmill::diagnostic::Diagnostics;
use dockmill::manifest::{Manifest, Request, Selection};
use dockmill::source::{Memory, SourceMap};

use crate::support::Folder;

fn load(manifest: &str) -> Manifest {
    let files = ["a", "b"].into_iter().fold(Memory::default().with("/p/dockmill.toml", manifest), |files, name| {
        files.with(format!("/p/{name}/Dockerfile.dockmill"), "").with(format!("/p/{name}/run.sh"), "")
    });
    let mut out = Diagnostics::default();
    let sources = SourceMap::default();
    let manifest = Manifest::load(&sources, &files, "/p/dockmill.toml".into(), &Request::default(), &mut out).unwrap();
    assert!(out.is_empty(), "{:?}", out.into_vec());
    manifest
}

const AXES: &str = "[project]\nname = 'p'\n[vars]\ntop = 'out'\n[axis]\nx = ['1', '12', 'a/b', '']\ny = 'range(3)'\n\
                    [axis.z.k]\nbrought = 'd'\n[axis.z.l]\nbrought = 'e/f'\n";

/// Outputs as people write them, in the order of the axes and against it, with gaps that may be empty.
#[test]
fn every_file_is_found_by_its_path() {
    let outputs = [
        "dockerfiles/@{target.id}/Dockerfile",
        "@{top}/@{z}/@{y}/@{x}/Dockerfile",
        "./@{top}/x@{x}-@{y}//@{brought}/@{y ~ x}.Dockerfile",
        "@{computed}/@{target.image}/Dockerfile",
    ];
    for output in outputs {
        for files in ["", "files = ['run.sh', { from = 'run.sh', to = 'deep/@{x}run' }]\n"] {
            let matrix = "matrix = ['x', 'y', 'z']\nvars = { computed = 'of/@{z}@{y}/@{x}' }";
            let extra = "extra = [{ x = '12', y = 7, z = 'm', brought = 'g' }]";
            let image = format!("{matrix}\n{extra}\noutput = '{output}'\n{files}");
            let manifest = load(&format!("{AXES}[image.a]\n{image}"));
            for target in manifest.targets(&Selection::all()).map(Result::unwrap) {
                let (found, beside) = manifest.made_by(&target.output).expect(output);
                assert_eq!((&found.id, beside), (&target.id, None), "{output}");
                for file in &target.files {
                    let (_, beside) = manifest.made_by(&file.to).expect(output);
                    assert_eq!(beside.unwrap().to, file.to);
                }
            }
            assert!(manifest.made_by("dockerfiles/none".into()).is_none());
        }
    }
}

/// Each tag is found in any form, and no more targets are made for it than those at its point, whatever the axes are.
#[test]
fn every_tag_is_found() {
    let tags = "tags = ['acme/@{x}.x:@{y}-@{z}', 'docker.io/library/@{brought|replace(\"/\", \".\")}:@{x ~ y}']\n";
    let axes = AXES.replace(", 'a/b', ''", ", '3'");
    let manifest = load(&format!(
        "{axes}[image.a]\nmatrix = ['x', 'y', 'z']\n{tags}stages = {{ s = {{ tags = ['acme/s:@{{x}}.@{{y}}.@{{z}}'] }} }}\n"
    ));
    for target in manifest.targets(&Selection::all()).map(Result::unwrap) {
        let tags = target.tags.iter().chain(&target.stages[0].tags);
        for tag in tags {
            let (repository, tag) = tag.trim_start_matches("docker.io/library/").split_once(':').unwrap();
            let library = if repository.contains('/') { "" } else { "library/" };
            let (mut seen, mut found) = (0, false);
            manifest.maybe_tagged(&format!("docker.io/{library}{repository}"), Some(tag), &mut |other| {
                seen += 1;
                found |= other.id == target.id;
                false
            });
            assert!(found && seen <= 2, "{repository}:{tag} {seen}");
        }
    }
    let visit = &mut |_: &_| panic!("nothing has such a tag");
    manifest.maybe_tagged("docker.io/library/debian", Some("12"), visit);
    manifest.maybe_tagged("docker.io/acme/other", None, visit);
}

/// A target with an error keeps nobody from asking for another one.
#[test]
fn the_others_are_not_made() {
    let folder = Folder::new();
    let images =
        "[image.a]\nmatrix = [\"x\"]\ntags = [\"acme/a:@{x}\"]\n[image.b]\nmatrix = [\"x\"]\ntags = [\"NO@{x}\"]\n";
    folder.write("dockmill.toml", &format!("[project]\nname = \"p\"\n[axis]\nx = [\"1\", \"2\"]\n{images}"));
    folder.write("a/Dockerfile.dockmill", "FROM scratch\nENV x @{x}\n");
    folder.write("b/Dockerfile.dockmill", "FROM @{image(\"a\")}\n");
    folder.dockmill(&["list", "a/2"]).ended(0);
    folder.dockmill(&["explain", "dockerfiles/a/2/Dockerfile:3"]).ended(0);
    assert!(folder.dockmill(&["check", "a/2"]).ended(1).stdout.contains("missing"));
    for all in [["list"].as_slice(), &["check"], &["render", "a/2"]] {
        let said = folder.dockmill(all).ended(2).stderr;
        assert!(said.contains("NO1"), "{all:?}: {said}");
    }
}

/// What a tag is to the project is known without all of its tags.
#[test]
fn a_base_that_is_not_there_is_told() {
    let folder = Folder::new();
    let images = "[image.a]\nmatrix = [\"x\"]\ntags = [\"acme/a:@{x}\"]\n[image.b]\n";
    folder.write("dockmill.toml", &format!("[project]\nname = \"p\"\n[axis]\nx = [\"1\", \"2\"]\n{images}"));
    folder.write("a/Dockerfile.dockmill", "FROM scratch\n");
    folder.write("b/Dockerfile.dockmill", "FROM acme/a:3\nCOPY --from=acme/a:1 / /\nCOPY --from=debian / /\n");
    let narrow = folder.dockmill(&["check", "b"]).ended(1).stderr;
    let whole = folder.dockmill(&["check"]).ended(1).stderr;
    let about = |said: &str| said.find("warning[unknown-tag]").map(|at| said[at..].to_owned());
    assert!(about(&narrow).is_some(), "{narrow}");
    assert_eq!(about(&narrow), about(&whole));
}
