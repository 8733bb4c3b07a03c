//! Projects that grow by new Dockerfiles, and whether what is adopted from some files holds for others.

use std::collections::BTreeMap;

use super::{family, round_trip};
use crate::support::Folder;

/// A folder with Dockerfiles.
fn folder(files: &BTreeMap<String, Vec<u8>>) -> Folder {
    let folder = Folder::new();
    put_all(&folder, files);
    folder
}

fn put_all(folder: &Folder, files: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in files {
        put(folder, path, bytes);
    }
}

fn put(folder: &Folder, path: &str, bytes: &[u8]) {
    folder.write(path, "");
    std::fs::write(folder.file(path), bytes).unwrap();
}

/// A family without the files of a part of its paths, and these files.
fn without(part: &str) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Vec<u8>>) {
    family().into_iter().partition(|(path, _)| !path.contains(part))
}

#[test]
fn a_new_version_is_a_new_value_with_its_differences() {
    let (old, new) = without("3.14-rc/");
    let folder = folder(&old);
    folder.dockmill(&["adopt"]).ended(0);
    folder.edit("dockmill.toml", "header = false", "header = false # as they were");
    put_all(&folder, &new);
    let before = folder.read("dockmill.toml");
    let tried = folder.dockmill(&["adopt", "--dry-run"]).ended(0).stderr;
    assert!(
        tried.contains("axis version: 3.14-rc is new, with app_version = \"3.14.0rc2\", app_sha256 = \"ccc"),
        "{tried}"
    );
    assert_eq!(folder.read("dockmill.toml"), before);
    let told = folder.dockmill(&["adopt"]).ended(0).stderr;
    assert!(told.contains("4 of 4 new files equal byte for byte, beside 8 Dockerfiles"), "{told}");
    let after = folder.read("dockmill.toml");
    let added: Vec<&str> = after.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
    assert_eq!(added[..2], ["[axis.version.\"3.14-rc\"]", "app_version = \"3.14.0rc2\""], "{after}");
    assert_eq!(added.len(), 3, "{after}");
    assert!(before.lines().all(|line| after.lines().any(|new| new == line)), "{after}");
    folder.dockmill(&["check", "--deny-warnings"]).ended(0);
    assert_eq!(folder.read("dockmill.outputs").lines().count(), 12);
    let again = folder.dockmill(&["adopt"]).ended(0).stderr;
    assert!(again.contains("12 Dockerfiles: the project makes all of them already"), "{again}");
    assert_eq!(folder.read("dockmill.toml"), after);
}

#[test]
fn a_point_that_was_left_out_is_taken_in() {
    let (old, new) = without("3.13/trixie");
    let folder = folder(&old);
    folder.dockmill(&["adopt"]).ended(0);
    assert!(folder.read("dockmill.toml").contains("exclude"));
    put_all(&folder, &new);
    folder.dockmill(&["adopt"]).ended(0);
    assert!(!folder.read("dockmill.toml").contains("exclude"));
    folder.dockmill(&["check", "--deny-warnings"]).ended(0);
}

#[test]
fn a_value_that_has_not_all_files_leaves_the_others_out() {
    let (old, new) = without("3.14-rc/");
    let folder = folder(&old);
    folder.dockmill(&["adopt"]).ended(0);
    let (path, bytes) = new.first_key_value().unwrap();
    put(&folder, path, bytes);
    let told = folder.dockmill(&["adopt"]).ended(0).stderr;
    assert!(told.contains("1 of 1 new file equal"), "{told}");
    folder.dockmill(&["check", "--deny-warnings"]).ended(0);
    assert_eq!(folder.read("dockmill.outputs").lines().count(), 9);
    assert!(folder.read("dockmill.toml").contains("exclude"));
}

#[test]
fn what_does_not_fit_is_said_and_nothing_is_written() {
    let (old, new) = without("3.14-rc/");
    let folder = folder(&old);
    folder.dockmill(&["adopt"]).ended(0);
    let before = folder.read("dockmill.toml");
    let (path, bytes) = new.first_key_value().unwrap();
    let odd = String::from_utf8(bytes.clone()).unwrap().replace("make install", "ninja install --strip");
    put(&folder, path, odd.as_bytes());
    put(&folder, "tools/lint/x/Dockerfile", b"FROM alpine\n");
    put(&folder, "4.0/forky/Dockerfile", b"FROM alpine\n");
    let told = folder.dockmill(&["adopt"]).ended(1).stderr;
    for expected in [
        "left out 3.14-rc/bookworm/Dockerfile: line 8: it has `ninja install --strip`, where the template gives `make install`",
        "left out tools/lint/x/Dockerfile: no image has outputs with such paths",
        "left out 4.0/forky/Dockerfile: as an output of `",
        "0 of 3 new files equal",
    ] {
        assert!(told.contains(expected), "{expected}:\n{told}");
    }
    assert_eq!(folder.read("dockmill.toml"), before);
    assert!(!std::fs::exists(folder.file("dockmill.adopt")).unwrap());
    // What fits is taken, even if something else does not.
    put_all(&folder, &new);
    let told = folder.dockmill(&["adopt", "--keep", "tools/**"]).ended(1).stderr;
    assert!(told.contains("4 of 5 new files"), "{told}");
    assert!(folder.read("dockmill.adopt").contains("keep = [\"tools/**\"]"));
    folder.dockmill(&["check", "--deny-warnings"]).ended(0);
    let shaped = folder.dockmill(&["adopt", "--matrix"]).ended(2).stderr;
    assert!(shaped.contains("is for a project that is made anew"), "{shaped}");
}

/// A new file for which the template would have to give other lines: its values go into the manifest, its lines into the template.
#[test]
fn a_new_file_with_new_lines_becomes_an_output() {
    let (old, new) = without("3.14-rc/");
    let folder = folder(&old);
    folder.dockmill(&["adopt"]).ended(0);
    let sources = || (folder.read("dockmill.toml"), folder.read("Dockerfile.dockmill"));
    let before = sources();
    let odd = |bytes: &Vec<u8>| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        text.replace("RUN set -eux", "ENV APP_GIL=0\nRUN set -eux").into_bytes()
    };
    let (path, bytes) = new.first_key_value().unwrap();
    put(&folder, path, &odd(bytes));
    let told = folder.dockmill(&["adopt"]).ended(1).stderr;
    assert!(
        told.contains(&format!("note: `dockmill adopt --edit {path}` looks for a change of the template")),
        "{told}"
    );
    let told = folder.dockmill(&["adopt", "--edit", path]).ended(1).stderr;
    assert!(told.contains("1: 8 other outputs follow") && told.contains("no other output changes"), "{told}");
    assert!(told.contains("`app_version = \"3.14.0rc2\"` is new") && told.contains("`ENV APP_GIL=0` is new"), "{told}");
    let count = told.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).count().to_string();
    let only = ["adopt", "--edit", path, "--reach", &count];
    let patch = folder.dockmill(&[&only[..], &["--dry-run"]].concat()).ended(0).stdout;
    assert!(patch.contains("+[axis.version.\"3.14-rc\"]") && patch.contains("+ENV APP_GIL=0"), "{patch}");
    assert_eq!(sources(), before);
    folder.dockmill(&only).ended(0);
    assert_eq!(folder.read(path).into_bytes(), odd(bytes));
    folder.dockmill(&["check", "--deny-warnings"]).ended(0);
    assert_eq!(folder.read("dockmill.outputs").lines().count(), 9);
    // What fits by its values is taken as it is without `--edit`.
    let (path, bytes) = new.last_key_value().unwrap();
    put(&folder, path, &odd(bytes));
    let told = folder.dockmill(&["adopt", "--edit", path]).ended(0).stderr;
    assert!(told.contains("1 of 1 new file equal"), "{told}");
    folder.dockmill(&["check", "--deny-warnings"]).ended(0);
    put(&folder, "tools/lint/x/Dockerfile", b"FROM alpine\n");
    let told = folder.dockmill(&["adopt", "--edit", "tools/lint/x/Dockerfile"]).ended(2).stderr;
    assert!(told.contains("cannot become an output of this project: no image has outputs with such paths"), "{told}");
}

/// What people wrote by hand grows as well: comments, their order of versions, a list of grids.
#[test]
fn a_project_of_people_grows() {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"p\"\n\n[axis]\n# Newest first.\nversion = [\"2.0\", \"1.9\"]\nos = [\"alpine\", \"debian\"]\n\n\
         [image.p]\nmatrix = [\n    { version = [\"2.0\", \"1.9\"], os = [\"debian\"] },\n    { version = [\"2.0\"], os = [\"alpine\"] },\n]\n\
         template = \"p.dockmill\"\noutput = \"@{version}/@{os}/Dockerfile\"\n",
    );
    folder.write("p.dockmill", "FROM @{os}\nENV V=@{version}\n");
    folder.dockmill(&["render"]).ended(0);
    folder.write("2.1/debian/Dockerfile", "FROM debian\nENV V=2.1\n");
    let told = folder.dockmill(&["adopt"]).ended(0).stderr;
    assert!(told.contains("render --force writes the new outputs with the project's header"), "{told}");
    let manifest = folder.read("dockmill.toml");
    assert!(manifest.contains("# Newest first.\nversion = [\"2.1\", \"2.0\", \"1.9\"]\n"), "{manifest}");
    folder.dockmill(&["render", "--force"]).ended(0);
    folder.dockmill(&["check"]).ended(0);
    assert!(folder.read("2.1/debian/Dockerfile").ends_with("FROM debian\nENV V=2.1\n"));
}

/// Each file of a family is taken away in turn: the project that is made of the others makes it, once it has the point.
#[test]
fn what_is_adopted_holds_for_the_file_that_was_not_there() {
    let all = family();
    for held in all.keys() {
        let mut rest = all.clone();
        let bytes = rest.remove(held).unwrap();
        let (_, project) = round_trip(&rest);
        put(&project, held, &bytes);
        let told = project.dockmill(&["adopt"]).ended(0).stderr;
        assert!(told.contains("1 of 1 new file equal"), "{held}: {told}");
    }
}

#[test]
fn answers_are_kept_for_the_next_run_and_flags_come_first() {
    let mut files = family();
    files.insert("tools/lint/Dockerfile".to_owned(), b"FROM alpine\nRUN apk add shellcheck\n".to_vec());
    let folder = folder(&files);
    let told = folder.dockmill(&["adopt", "--axis", "python=[0-9.rc-]+", "--keep", "tools/**"]).ended(0).stderr;
    assert!(told.contains("wrote dockmill.adopt"), "{told}");
    let (manifest, answers) = (folder.read("dockmill.toml"), folder.read("dockmill.adopt"));
    insta::assert_snapshot!(answers, @r##"
    # What `dockmill adopt` was told. The next run keeps to it; what is then given on the command line has precedence.
    keep = ["tools/**"]

    [axis]
    python = "[0-9.rc-]+"
    "##);
    folder.shell("rm dockmill.toml dockmill.outputs *.dockmill").ended(0);
    folder.dockmill(&["adopt"]).ended(0);
    assert_eq!((folder.read("dockmill.toml"), folder.read("dockmill.adopt")), (manifest, answers));
    folder.shell("rm dockmill.toml dockmill.outputs *.dockmill").ended(0);
    folder.dockmill(&["adopt", "--axis", "python=x", "--name", "app_sha256=checksum"]).ended(0);
    assert!(folder.read("dockmill.adopt").contains("python = \"x\"\n\n[name]\napp_sha256 = \"checksum\"\n"));
    assert!(!folder.read("dockmill.toml").contains("axis.python"));
    folder.shell("rm dockmill.toml dockmill.outputs *.dockmill").ended(0);
    folder.write("dockmill.adopt", "keep = []\nkeeps = []\n");
    let wrong = folder.dockmill(&["adopt"]).ended(2).stderr;
    assert!(wrong.contains("dockmill.adopt:2:1: unknown field `keeps`"), "{wrong}");
}

#[test]
fn images_are_put_together_and_taken_apart() {
    let folder = folder(&family());
    let told = folder.dockmill(&["adopt", "-o", "one", "--split", "x", "--merge", "a,b"]).ended(0).stderr;
    assert!(told.contains("note: `--split x`: no image is called `x`"), "{told}");
    assert!(told.contains("note: `--merge a,b`: no image is called `a`"), "{told}");
    let name = told.split(':').next().unwrap();
    let told = folder.dockmill(&["adopt", "-o", "two", "--split", name]).ended(0).stderr;
    assert!(
        told.contains("12 of 12 files") && folder.read("two/dockmill.toml").matches("[image.").count() == 2,
        "{told}"
    );
    let names: Vec<&str> = told.lines().filter_map(|line| line.split_once(": 6 files")).map(|(name, _)| name).collect();
    let old = folder.dockmill(&["adopt", "-o", "three", "--merge", &names.join(",")]).ended(0).stderr;
    assert!(old.contains("no image is called"), "{old}");
    folder.dockmill(&["adopt", "-o", "two", "--verify"]).ended(0);
    folder.edit("two/dockmill.toml", "3.13.1", "3.13.2");
    let told = folder.dockmill(&["adopt", "-o", "two", "--verify"]).ended(1).stderr;
    assert!(told.contains("3.13/bookworm/Dockerfile:3: the project renders it otherwise from here on"), "{told}");
    assert!(told.contains("8 of 12 files equal"), "{told}");
}

/// What says that files are generated is about the outputs, not about the template, which people edit.
#[test]
fn the_note_that_files_are_generated_becomes_the_header_of_the_project() {
    let note = "#\n# GENERATED VIA \"make\\all\", DO NOT EDIT\n#\n\n";
    let noted = |bytes: &Vec<u8>| [note.as_bytes(), bytes].concat();
    let mut files: BTreeMap<String, Vec<u8>> =
        family().iter().map(|(path, bytes)| (path.clone(), noted(bytes))).collect();
    let held = "3.13/bookworm/Dockerfile";
    let bytes = files.remove(held).unwrap();
    let (_, project) = round_trip(&files);
    let (manifest, template) = (project.read("dockmill.toml"), project.read("Dockerfile.dockmill"));
    assert!(
        manifest.contains("header = \"\"\"\n#\n# GENERATED VIA \"make\\\\all\", DO NOT EDIT\n#\n\n\"\"\"\n"),
        "{manifest}"
    );
    assert!(template.starts_with("FROM"), "{template}");
    // A new file that has it, too, is one of the project's.
    put(&project, held, &bytes);
    let told = project.dockmill(&["adopt"]).ended(0).stderr;
    assert!(told.contains("1 of 1 new file equal"), "{told}");
    files.insert(held.to_owned(), bytes);
    put_all(&project, &files);
    assert!(project.dockmill(&["adopt", "--verify"]).ended(0).stderr.contains("12 of 12 files equal"));
    // Where not all files have it, it stays where it was.
    let others = ["a", "b", "c"]
        .map(|name| (format!("other/{name}/x/Dockerfile"), b"FROM scratch\nCOPY a b\nCOPY c d\n".to_vec()));
    files.extend(others);
    let (_, project) = round_trip(&files);
    assert!(project.read("dockmill.toml").contains("header = false"));
}

/// The Dockerfiles of two images on three releases and three versions. Of old versions, all have two more architectures.
fn siblings() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for version in [22, 24, 26] {
        for release in ["bookworm", "bullseye", "trixie"] {
            let (is_old, is_new) = (version < 24, release == "trixie");
            let arms = |more: &str| {
                let arm =
                    |is: bool, name: &str| if is { format!("  {name}) A={name}{more};; \\\n") } else { String::new() };
                [arm(true, "amd64"), arm(is_old || release != "bullseye", "ppc64"), arm(is_old || is_new, "s390x")]
                    .concat()
            };
            let run = |more: &str| {
                format!(
                    "ENV V={version}.1.0\nRUN case \"$(arch)\" in \\\n{}  *) exit 1;; \\\n  esac; \\\n  install $A\n",
                    arms(more)
                )
            };
            let text = format!("FROM base:{release}\n{}CMD [\"app\"]\n", run(""));
            files.insert(format!("{version}/{release}/Dockerfile"), text.into_bytes());
            let text = format!(
                "FROM debian:{release}\nRUN apt-get update\nUSER app\nEXPOSE 80\n{}WORKDIR /srv\nVOLUME /srv\nENTRYPOINT [\"app\"]\n",
                run(" B=linux")
            );
            files.insert(format!("{version}/{release}/server/Dockerfile"), text.into_bytes());
        }
    }
    files
}

/// A file that an image lacks is as its sibling's conditions say, even where a shorter one holds for the files that are there.
#[test]
fn what_siblings_know_of_a_missing_file_holds() {
    let all = siblings();
    for held in
        ["22/bookworm/Dockerfile", "22/bullseye/Dockerfile", "24/bullseye/Dockerfile", "24/bookworm/server/Dockerfile"]
    {
        let mut rest = all.clone();
        let bytes = rest.remove(held).unwrap();
        let (_, project) = round_trip(&rest);
        assert_eq!(project.read("dockmill.toml").matches("[image.").count(), 2);
        put(&project, held, &bytes);
        let told = project.dockmill(&["adopt"]).ended(0).stderr;
        assert!(told.contains("1 of 1 new file equal"), "{held}: {told}");
    }
}

/// The Dockerfiles of four versions on two releases, slim or not. All but the old ones clean up, as their release does it.
fn pairs() -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for version in [20, 22, 24, 26] {
        for (release, clean) in [("bookworm", "rm -rf /var/lib/apt/lists/*"), ("trixie", "apt-get dist-clean")] {
            for slim in ["", "slim-"] {
                let block = if version >= 24 || !slim.is_empty() {
                    format!(
                        "\tapt-mark auto '.*'; \\\n\tapt-mark manual $saved; \\\n\tapt-get purge -y; \\\n\t{clean}; \\\n"
                    )
                } else {
                    String::new()
                };
                let text = format!(
                    "FROM base:{slim}{release}\nENV V={version}.1.0\nRUN set -eux; \\\n\tmake; \\\n\tmake install; \\\n{block}\
                     \tapp --version\nCMD [\"app\"]\n"
                );
                files.insert(format!("{version}/{slim}{release}/Dockerfile"), text.into_bytes());
            }
        }
    }
    files
}

/// Where a condition is as short with the missing file as without it, a line in a block has it if the block has.
#[test]
fn a_missing_file_of_a_pair_is_in_no_line_of_a_block_that_it_is_not_in() {
    let all = pairs();
    for held in ["22/bookworm", "22/trixie", "24/bookworm", "24/trixie", "26/bookworm", "26/trixie", "24/slim-trixie"] {
        let held = format!("{held}/Dockerfile");
        let mut rest = all.clone();
        let bytes = rest.remove(&held).unwrap();
        let (_, project) = round_trip(&rest);
        put(&project, &held, &bytes);
        let told = project.dockmill(&["adopt"]).ended(0).stderr;
        assert!(told.contains("1 of 1 new file equal"), "{held}: {told}");
    }
}
