//! `clean` removes what was generated, and nothing else.

use crate::support::Folder;

fn project() -> Folder {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"acme\"\n[vars]\ntag = \"latest\"\n[profile.test]\nvars = { tag = \"test\" }\n\
         [image.a]\ntags = [\"acme/a:@{tag}\"]\nfiles = [\"run.sh\"]\n[image.b]\n[image.c]\n[image.d]\n",
    );
    for name in ["a", "b", "c", "d"] {
        folder.write(&format!("{name}/Dockerfile.dockmill"), "FROM debian:bookworm\n");
    }
    folder.write("a/run.sh", "#!/bin/sh\n");
    folder.dockmill(&["render"]).ended(0);
    folder
}

/// All files but the project's own, and what dockmill keeps for itself.
fn files(folder: &Folder) -> Vec<String> {
    let listed =
        folder.shell("find . -type f ! -name '*.dockmill' ! -path './a/*' ! -name dockmill.toml ! -path './.dockmill/.*' ! -path './.dockmill/saved/*' | sort").ended(0);
    listed.stdout.lines().map(|line| line.trim_start_matches("./").to_owned()).collect()
}

#[test]
fn what_was_generated_goes_and_the_rest_stays() {
    let folder = project();
    folder.dockmill(&["render", "--profile", "test"]).ended(0);
    // One edited, one that someone else wrote in its place, a copy elsewhere, a file beside an output, a left-over.
    folder.edit("dockerfiles/b/Dockerfile", "FROM debian:bookworm", "FROM debian:trixie");
    folder.write("dockerfiles/c/Dockerfile", "FROM scratch\n");
    let copy = folder.read("dockerfiles/d/Dockerfile");
    folder.write("elsewhere/Dockerfile", &copy);
    folder.write("dockerfiles/d/notes.txt", "mine\n");
    folder.edit("dockmill.toml", "[image.d]\n", "");
    let before = files(&folder);
    let dry = folder.dockmill(&["clean", "--dry-run"]).ended(0);
    assert_eq!(files(&folder), before);
    let ran = folder.dockmill(&["clean"]).ended(0);
    let removed = "removed .dockmill/test/dockerfiles/a/run.sh
removed .dockmill/test/dockerfiles/a/Dockerfile
removed .dockmill/test/dockerfiles/b/Dockerfile
removed .dockmill/test/dockerfiles/c/Dockerfile
removed .dockmill/test/dockerfiles/d/Dockerfile
removed dockerfiles/a/run.sh
removed dockerfiles/a/Dockerfile
removed dockerfiles/d/Dockerfile
removed dockmill.outputs
removed elsewhere/Dockerfile
saved .dockmill/saved/elsewhere/Dockerfile
";
    let mut lines: Vec<&str> = ran.stdout.lines().collect();
    let mut expected: Vec<&str> = removed.lines().collect();
    lines.sort_unstable();
    expected.sort_unstable();
    assert_eq!(lines, expected);
    for line in lines.iter().filter(|line| line.starts_with("removed") && !line.ends_with(".outputs")) {
        assert!(dry.stdout.contains(&line.replace("removed", "would remove")), "{line}");
    }
    let said = "kept: dockerfiles/b/Dockerfile was edited by hand
kept: dockerfiles/c/Dockerfile is not known to be this project's
9 files removed, 2 kept
";
    assert_eq!(ran.stderr, said);
    let left = ["dockerfiles/b/Dockerfile", "dockerfiles/c/Dockerfile", "dockerfiles/d/notes.txt"];
    assert_eq!(files(&folder), left);
    assert!(!folder.file("dockerfiles/a").exists() && !folder.file(".dockmill/test").exists());
    let forced = folder.dockmill(&["clean", "--force"]).ended(0);
    assert!(forced.stdout.contains("saved .dockmill/saved/dockerfiles/b/Dockerfile\n"), "{}", forced.stdout);
    assert_eq!(files(&folder), left[1..]);
}

#[test]
fn only_what_is_chosen() {
    let folder = project();
    folder.dockmill(&["render", "--profile", "test"]).ended(0);
    assert_eq!(folder.dockmill(&["clean", "b"]).ended(0).stdout, "removed dockerfiles/b/Dockerfile\n");
    let of_profile = folder.dockmill(&["clean", "--profile", "test", "b"]).ended(0).stdout;
    assert_eq!(of_profile, "removed .dockmill/test/dockerfiles/b/Dockerfile\n");
    folder.dockmill(&["clean", "--profile", "test"]).ended(0);
    assert!(!folder.file(".dockmill/test").exists() && folder.file("dockerfiles/a/Dockerfile").exists());
}

/// A broken template is no reason to keep what it made.
#[test]
fn templates_are_not_asked() {
    let folder = project();
    folder.write("b/Dockerfile.dockmill", "@nonsense(\n");
    folder.dockmill(&["clean"]).ended(0);
    assert!(!folder.file("dockerfiles").exists());
}

/// The store of images is a script here; tests/builders asks real ones.
#[test]
fn images_by_their_labels() {
    let folder = project();
    folder.write(
        "bin/docker",
        "#!/bin/sh
echo \"$*\" >> asked
case \"$1 $2\" in
'images --no-trunc')
    echo 'sha256:1 acme/a latest'
    echo 'sha256:1 other/name 1'
    echo 'sha256:2 <none> <none>'
    # A builder that forgot the label of an image whose steps it had in its cache.
    echo 'sha256:4 localhost/acme/a latest'
    echo 'sha256:3 acme/b test';;
'image inspect') case $5 in sha256:1) echo acme/a:latest,acme/a:1;; sha256:3) echo acme/b:test;; esac;;
'image rm')
    [ \"$3\" != acme/b:test ] || { echo 'Error response from daemon: conflict: a container uses it' >&2; exit 1; }
esac
",
    );
    super::fake::make_executable(&folder.file("bin/docker"));
    let dry = folder.shell("PATH=$PWD/bin:$PATH dockmill clean --images -n").ended(0);
    assert_eq!(
        dry.stdout,
        "would remove acme/a:latest\nwould remove sha256:2\nwould remove localhost/acme/a:latest\nwould remove acme/b:test\n"
    );
    let ran = folder.shell("PATH=$PWD/bin:$PATH dockmill clean --images || echo \"status $?\"").ended(0);
    assert_eq!(ran.stdout, "removed acme/a:latest\nremoved sha256:2\nremoved localhost/acme/a:latest\nstatus 1\n");
    let said = "kept other/name:1: dockmill did not give it this tag; it is built on an image of the project
kept acme/b:test: cannot be removed: Error response from daemon: conflict: a container uses it
3 images removed, 2 kept
";
    assert_eq!(ran.stderr, said);
    let chosen = folder.shell("PATH=$PWD/bin:$PATH dockmill clean --images -n a").ended(0);
    assert_eq!(chosen.stdout, "would remove acme/a:latest\nwould remove localhost/acme/a:latest\n");
    assert!(
        folder.read("asked").starts_with("images --no-trunc --filter label=io.github.dockmill.project=acme --format")
    );
    assert!(folder.file("dockerfiles/a/Dockerfile").exists());
}
