//! `export github`: what the workflow of docs/export.md makes of it.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::PermissionsExt;

use crate::support::Folder;

/// An entry of a matrix. Another key, or one that is no text, is not known to the documentation.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Job {
    id: String,
    file: String,
    context: String,
    target: String,
    tags: String,
    platforms: String,
    point: HashMap<String, String>,
    #[serde(default)]
    vars: HashMap<String, serde_json::Value>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    include: Vec<Job>,
}

#[derive(serde::Deserialize)]
struct Node {
    id: String,
    needs: Vec<Need>,
}

#[derive(serde::Deserialize)]
struct Need {
    id: String,
    pinned: bool,
}

/// The matrices, level by level, as `$GITHUB_OUTPUT` takes them: a name and a value on one line.
fn levels(folder: &Folder, arguments: &[&str]) -> Vec<Vec<Job>> {
    let text = folder.dockmill(&[&["export", "github"], arguments].concat()).ended(0).stdout;
    let level = |(number, line): (usize, &str)| {
        let matrix: Matrix = serde_json::from_str(line.strip_prefix(&format!("level{number}=")).unwrap()).unwrap();
        assert!((1..=256).contains(&matrix.include.len()), "{line}");
        matrix.include
    };
    text.lines().enumerate().map(level).collect()
}

/// Runs the jobs of each level, the last first, as the workflow does: `dockmill build --no-deps --push ID`, on a docker that
/// only notes its calls. Each image is built and pushed once, and all that it is built on was pushed by a level before.
fn run(folder: &Folder, arguments: &[&str]) -> usize {
    folder.write("bin/docker", "#!/bin/sh\necho \"$*\" >> \"$CALLS\"\n");
    std::fs::set_permissions(folder.file("bin/docker"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let graph = folder.dockmill(&[&["graph", "--json"], arguments].concat()).ended(0).stdout;
    let nodes = graph.lines().map(|line| serde_json::from_str::<Node>(line).unwrap());
    let mut needs: HashMap<String, Vec<Need>> = nodes.map(|node| (node.id, node.needs)).collect();
    let (mut done, mut pushed) = (HashSet::new(), HashSet::new());
    for level in levels(folder, arguments) {
        let before = done.clone();
        for job in level.iter().rev() {
            for need in needs.remove(&job.id).unwrap_or_else(|| panic!("{} comes twice", job.id)) {
                assert!(need.pinned || before.contains(&need.id), "{} before {}", job.id, need.id);
            }
            folder.write(".dockmill/calls", "");
            let build =
                format!("CALLS=$PWD/.dockmill/calls PATH=$PWD/bin:$PATH dockmill build --no-deps --push '{}'", job.id);
            folder.shell(&build).ended(0);
            let calls = folder.read(".dockmill/calls");
            let (builds, pushes): (Vec<&str>, Vec<&str>) = calls.lines().partition(|call| call.starts_with("build "));
            let [call] = builds[..] else { panic!("{} is one build: {calls}", job.id) };
            let mut parts = vec![format!("build --file {}", job.file)];
            parts.extend((!job.target.is_empty()).then(|| format!("--target {}", job.target)));
            parts.extend(job.tags.split_whitespace().map(|tag| format!("--tag {tag}")));
            assert!(call.starts_with(&format!("{} --label ", parts.join(" "))), "{call}");
            assert!(call.ends_with(&format!(" {}", job.context)), "{call}");
            let tags: Vec<&str> = pushes.iter().map(|call| call.strip_prefix("push ").unwrap()).collect();
            assert_eq!(tags, job.tags.split_whitespace().collect::<Vec<_>>());
            assert!(tags.iter().all(|tag| pushed.insert((*tag).to_owned())), "{tags:?} once more");
            done.insert(job.id.clone());
        }
    }
    assert!(needs.is_empty(), "not built: {:?}", needs.keys());
    done.len()
}

#[test]
fn each_image_is_built_once_and_after_what_it_is_built_on() {
    assert_eq!(run(&Folder::copy("recipes/edx"), &[]), 14);
    // Four levels, one on the other.
    let debbase = Folder::copy("recipes/debbase");
    let release = ["-s", "release=bookworm"];
    let depth = levels(&debbase, &release).len();
    assert_eq!((depth, run(&debbase, &release) > depth), (4, true));
    // Two siblings, then what takes both.
    let invenio = Folder::copy("recipes/invenio");
    assert_eq!((levels(&invenio, &[]).len(), run(&invenio, &[])), (2, 3));
}

/// A chosen image brings what it is built on, and nothing else.
#[test]
fn a_part_of_the_project_is_a_plan_of_its_own() {
    let edx = Folder::copy("recipes/edx");
    let ids: Vec<Vec<String>> = levels(&edx, &["edxapp", "forums"])
        .into_iter()
        .map(|level| level.into_iter().map(|job| job.id).collect())
        .collect();
    assert_eq!(ids, [vec!["precise-common"], vec!["edxapp", "forums"]]);
}

/// A level of more jobs than GitHub takes of one matrix is in several, and each job in one of them.
#[test]
fn a_large_level_is_split() {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = 'x'\n[axis]\nn = 'range(600)'\n[image.a]\nmatrix = ['n']\nvars = { runner = 'r@{n}' }\nplatforms = ['linux/amd64', 'linux/arm64']\n",
    );
    folder.write("a/Dockerfile.dockmill", "FROM debian\n");
    let ran = folder.dockmill(&["export", "github", "--with", "runner"]).ended(0);
    // A workflow has no job for them yet.
    assert!(ran.stderr.contains("the rest is in `level0_2`, `level0_3`"), "{}", ran.stderr);
    let text = ran.stdout;
    let parts: Vec<(&str, Matrix)> = text
        .lines()
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, matrix)| (name, serde_json::from_str(matrix).unwrap()))
        .collect();
    let sizes: Vec<(&str, usize)> = parts.iter().map(|(name, matrix)| (*name, matrix.include.len())).collect();
    assert_eq!(sizes, [("level0", 256), ("level0_2", 256), ("level0_3", 88)]);
    let jobs = parts.iter().flat_map(|(_, matrix)| &matrix.include);
    let numbers: HashSet<&str> = jobs
        .map(|job| {
            assert_eq!(job.platforms, "linux/amd64,linux/arm64");
            assert_eq!(job.vars["runner"], format!("r{}", job.point["n"]));
            job.point["n"].as_str()
        })
        .collect();
    assert_eq!(numbers.len(), 600);
}
