//! `recipes/official`: all that follows from `versions.json`, held against a computation of its own.

mod expected;
mod library_file;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Folder;
use expected::Expected;
use library_file::LibraryFile;

fn recipe() -> Folder {
    Folder::copy("recipes/official")
}

fn expected(recipe: &Folder) -> BTreeMap<String, Expected> {
    expected::images(&recipe.read("versions.json"), &recipe.read("bases.toml"))
}

/// The texts of a list of JSON.
fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// What `list` and the Dockerfiles say of each image is what it should be.
fn assert_images(recipe: &Folder) -> BTreeMap<String, Expected> {
    let images = expected(recipe);
    let listed = recipe.dockmill(&["list", "--json"]).ended(0).stdout;
    let listed: BTreeMap<String, Value> = listed
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|target| (target["context"].as_str().unwrap().to_owned(), target))
        .collect();
    assert_eq!(listed.keys().collect::<Vec<_>>(), images.keys().collect::<Vec<_>>());
    for (folder, image) in &images {
        let named = |tags: &[String]| tags.iter().map(|tag| format!("acme/golang:{tag}")).collect::<Vec<_>>();
        assert_eq!(texts(&listed[folder]["tags"]), named(&image.tags), "{folder}");
        assert_eq!(texts(&listed[folder]["shared_tags"]), named(&image.shared_tags), "{folder}");
        assert_eq!(texts(&listed[folder]["platforms"]), image.platforms(), "{folder}");
        let dockerfile = recipe.read(&format!("{folder}/Dockerfile"));
        assert!(dockerfile.contains(&format!("\nENV GOLANG_VERSION={}\n", image.version)), "{dockerfile}");
        // Each architecture's own archive, or none where another image has unpacked it.
        let archives = if folder.contains("nanoserver") { 0 } else { image.architectures.len() };
        assert_eq!(dockerfile.matches(&format!("/go{}.", image.version)).count(), archives, "{dockerfile}");
        let script = recipe.file(&format!("{folder}/go-entrypoint")).exists();
        assert_eq!(script, !folder.contains("windows/"), "{folder}");
    }
    images
}

/// A tag is one image's own; a shared one may be that of several, but of none alone.
fn assert_each_tag_means_one_thing(images: &BTreeMap<String, Expected>) {
    let mut own = BTreeSet::new();
    for image in images.values() {
        for tag in &image.tags {
            assert!(own.insert(tag), "two images are {tag}");
        }
    }
    let shared: BTreeSet<&String> = images.values().flat_map(|image| &image.shared_tags).collect();
    assert!(own.is_disjoint(&shared), "{:?}", own.intersection(&shared).collect::<Vec<_>>());
}

/// The library file says of each image what it should.
fn assert_library(recipe: &Folder, images: &BTreeMap<String, Expected>) {
    let library = LibraryFile::parse(&recipe.read("library/golang"));
    assert_eq!(library.header["GitRepo"], "https://github.com/acme/golang.git");
    assert!(library.header["Maintainers"].contains("(@ada), Grace Example"), "{:?}", library.header);
    assert_eq!(&library.images, images);
}

/// The rows of the table between the markers, by what each links to: its cells.
fn table(readme: &str) -> BTreeMap<String, Vec<String>> {
    let region =
        readme.split("dockmill:begin tags -->\n").nth(1).unwrap().split("<!-- dockmill:end tags").next().unwrap();
    let rows = region.lines().skip(2).map(|row| {
        let cells: Vec<String> = row.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let link = cells[0].split(['(', ')']).nth(1).unwrap().strip_suffix("/Dockerfile").unwrap().to_owned();
        (link, cells)
    });
    rows.collect()
}

/// README and the list for CI say of each image what it is.
fn assert_texts_agree(recipe: &Folder, images: &BTreeMap<String, Expected>) {
    let table = table(&recipe.read("README.md"));
    assert_eq!(table.keys().collect::<Vec<_>>(), images.keys().collect::<Vec<_>>());
    let ci: Value = serde_json::from_str(&recipe.read("ci.json")).unwrap();
    let jobs: BTreeMap<&str, &Value> =
        ci["include"].as_array().unwrap().iter().map(|job| (job["directory"].as_str().unwrap(), job)).collect();
    assert_eq!(jobs.keys().collect::<Vec<_>>(), images.keys().collect::<Vec<_>>());
    for (folder, image) in images {
        let row = &table[folder];
        assert!(row[0].starts_with(&format!("[{}]", image.version)), "{row:?}");
        assert_eq!(
            row[1..],
            [image.tags.join(", "), image.shared_tags.join(", "), image.architectures.join(", ")],
            "{folder}"
        );
        let job = jobs[folder.as_str()];
        let runner = job["runner"].as_str().unwrap();
        assert_eq!(runner.strip_prefix("windows-"), folder.split_once("-ltsc").map(|(_, year)| year), "{job}");
        let platforms = job["platforms"].as_str().unwrap().split(',').count();
        assert_eq!(platforms, image.architectures.len(), "{job}");
    }
}

#[test]
fn point_1_all_that_is_committed_is_what_one_render_gives() {
    let recipe = recipe();
    recipe.dockmill(&["check", "--deny-warnings"]).ended(0);
    recipe.shell("rm -r 1.* library ci.json docker-bake.json").ended(0);
    recipe.dockmill(&["render", "--deny-warnings"]).ended(0);
    let committed = self::recipe();
    recipe.shell(&format!("diff -r -x .dockmill . '{}'", committed.path().display())).ended(0);
}

#[test]
fn point_2_tags_and_platforms_are_what_the_versions_ask_for() {
    let images = assert_images(&recipe());
    assert_eq!(images.len(), 20);
    assert_each_tag_means_one_thing(&images);
}

#[test]
fn point_3_library_file_readme_and_ci_say_the_same() {
    let recipe = recipe();
    let images = expected(&recipe);
    assert_library(&recipe, &images);
    assert_texts_agree(&recipe, &images);
}

/// The new version is the newest, so `latest` and `1` go to it from another one.
#[test]
fn point_4_a_version_is_one_entry_and_shows_up_everywhere_in_one_diff() {
    let recipe = recipe();
    let mut versions: serde_json::Map<String, Value> = serde_json::from_str(&recipe.read("versions.json")).unwrap();
    let entry = versions["1.26"].to_string().replace("1.26.7", "1.28.0");
    versions.insert("1.28".to_owned(), serde_json::from_str(&entry).unwrap());
    recipe.write("versions.json", &serde_json::to_string_pretty(&versions).unwrap());

    let diff = recipe.dockmill(&["diff", "--patch"]).ended(1).stdout;
    for line in [
        "+++ b/1.28/alpine3.24/Dockerfile",
        "+++ b/1.28/windows/nanoserver-ltsc2022/Dockerfile",
        "+COPY --from=acme/golang:1.28.0-windowsservercore-ltsc2025 [\"C:/Program Files/Go\", \"C:/Program Files/Go\"]",
        "+++ b/library/golang",
        "-SharedTags: 1.26.7, 1.26, 1, latest",
        "+SharedTags: 1.28.0, 1.28, 1, latest",
        "+Directory: 1.28/bookworm",
        "+++ b/README.md",
        "+++ b/ci.json",
        "+++ b/docker-bake.json",
    ] {
        assert!(diff.contains(&format!("{line}\n")), "no `{line}` in\n{diff}");
    }
    recipe.dockmill(&["render"]).ended(0);
    let images = assert_images(&recipe);
    assert_eq!(images.len(), 28);
    assert_each_tag_means_one_thing(&images);
    assert_library(&recipe, &images);
    assert_texts_agree(&recipe, &images);
}

/// The key loses its `-rc`: the same entry becomes the newest, and what bore the old name is removed.
#[test]
fn point_4_a_release_moves_latest_and_leaves_nothing_behind() {
    let recipe = recipe();
    let versions = recipe.read("versions.json").replace("\"1.27-rc\"", "\"1.27\"").replace("1.27rc3", "1.27.0");
    recipe.write("versions.json", &versions);
    recipe.dockmill(&["render"]).ended(0);
    assert!(!recipe.file("1.27-rc/trixie/Dockerfile").exists());
    let images = assert_images(&recipe);
    assert!(images["1.27/trixie"].shared_tags.contains(&"latest".to_owned()));
    assert_library(&recipe, &images);
    assert_texts_agree(&recipe, &images);
}

#[test]
fn point_5_the_order_of_the_versions_does_not_matter() {
    let recipe = recipe();
    let versions: serde_json::Map<String, Value> = serde_json::from_str(&recipe.read("versions.json")).unwrap();
    let turned: serde_json::Map<String, Value> = versions.into_iter().rev().collect();
    recipe.write("versions.json", &serde_json::to_string_pretty(&turned).unwrap());
    recipe.dockmill(&["render"]).ended(0);
    let images = assert_images(&recipe);
    assert_library(&recipe, &images);
}

/// In the second level are the images that need one of the first.
#[test]
fn point_6_nano_server_is_built_after_server_core_on_its_own_machines() {
    let recipe = recipe();
    let plan = recipe.dockmill(&["export", "github", "--with", "base"]).ended(0).stdout;
    let level = |name: &str| -> Value {
        let line = plan.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap();
        serde_json::from_str(line).unwrap()
    };
    let mut jobs = 0;
    for (name, nano) in [("level0", false), ("level1", true)] {
        for job in level(name)["include"].as_array().unwrap() {
            let id = job["id"].as_str().unwrap();
            assert_eq!(id.contains("nanoserver"), nano, "{id} is in {name}");
            let release = job["vars"]["base"]["runner"].as_str().unwrap().strip_prefix("windows-");
            assert_eq!(release, id.split_once("-ltsc").map(|(_, release)| release), "{job}");
            jobs += 1;
        }
    }
    assert_eq!(jobs, 20);
}

#[test]
fn point_7_a_copy_of_the_library_file_names_the_commit() {
    let recipe = recipe();
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let told = recipe.dockmill(&["render", "text/library", "-D", &format!("commit={commit}")]).ended(0).stdout;
    let path = told.trim_end().strip_prefix("created ").unwrap();
    assert!(path.starts_with(".dockmill/"), "{path}");
    let copy = recipe.read(path);
    assert_eq!(LibraryFile::parse(&copy).header["GitCommit"], commit);
    assert_eq!(copy.replace(&format!("GitCommit: {commit}\n"), ""), recipe.read("library/golang"));
    let refused = recipe.dockmill(&["render", "text/library", "-D", "commit=main"]).ended(2);
    assert!(refused.stderr.contains("commit"), "{}", refused.stderr);
}

/// With a stand-in of `go` that says how it was called.
#[test]
fn point_8_the_entrypoint_knows_the_commands_of_go() {
    let recipe = recipe();
    recipe
        .shell("mkdir bin home tmp && printf '#!/bin/sh\necho go \"$@\" in \"$GOPATH\"\n' > bin/go && chmod +x bin/go")
        .ended(0);
    let here = recipe.path().display().to_string();
    let run = |gopath: &str, command: &str| {
        let variables = "PATH=\"$PWD/bin:$PATH\" HOME=\"$PWD/home\" TMPDIR=\"$PWD/tmp\"";
        let line = format!("{variables} GOPATH={gopath} 1.26/trixie/go-entrypoint {command}");
        recipe.shell(&line).ended(0).stdout.replace(&here, ".")
    };
    assert_eq!(run("\"$PWD/home\"", "build ./..."), "go build ./... in ./home\n");
    assert_eq!(run("\"$PWD/home\"", "go version"), "go version in ./home\n");
    assert_eq!(run("\"$PWD/home\"", "echo a 'b  c'"), "a b  c\n");
    let elsewhere = run("/nowhere/go", "vet");
    assert!(elsewhere.starts_with("go vet in ./tmp/go-"), "{elsewhere}");
}

#[test]
fn point_9_bake_builds_each_image_for_its_platforms() {
    let recipe = recipe();
    let exported = recipe.dockmill(&["export", "bake"]).ended(0).stdout;
    assert_eq!(exported, recipe.read("docker-bake.json"));
    let bake: Value = serde_json::from_str(&recipe.read("docker-bake.json")).unwrap();
    let images = expected(&recipe);
    let targets = bake["target"].as_object().unwrap();
    assert_eq!(targets.len(), images.len());
    for target in targets.values() {
        let image = &images[target["context"].as_str().unwrap()];
        assert_eq!(texts(&target["platforms"]), image.platforms(), "{target}");
        let tags: Vec<String> = image.tags.iter().map(|tag| format!("acme/golang:{tag}")).collect();
        assert_eq!(texts(&target["tags"]), tags);
    }
    assert_eq!(bake["group"]["golang"]["targets"].as_array().unwrap().len(), images.len());
}
