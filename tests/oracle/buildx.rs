//! Bake files, as buildx itself understands them: `bake --print` reads a file, resolves its targets and groups, and asks no builder.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use serde_json::{Map, Value};

use crate::harness::tool::{Tool, buildx};
use crate::harness::trials;
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        it_takes_the_official_recipe_with_its_platforms,
        it_takes_images_that_are_built_on_each_other,
        it_takes_names_and_texts_that_mean_something_to_it,
        it_takes_a_plan_of_nothing
    ]
}

/// What buildx makes of `bake.json`, asked for these targets and groups.
fn understood(folder: &Folder, names: &str) -> Value {
    let buildx = buildx().unwrap();
    let printed = folder.shell(&format!("BUILDX_CONFIG=$PWD/.buildx {buildx} bake --file bake.json --print {names}"));
    serde_json::from_str(&printed.ended(0).stdout).unwrap()
}

/// The targets of `group`, and all that they are built on.
fn closure(targets: &Map<String, Value>, group: &Value) -> BTreeSet<String> {
    let mut open: Vec<String> = group["targets"].as_array().unwrap().iter().map(text).collect();
    let mut all = BTreeSet::new();
    while let Some(name) = open.pop() {
        let contexts = targets[&name]["contexts"].as_object().into_iter().flat_map(Map::values);
        open.extend(contexts.map(|context| text(context).strip_prefix("target:").unwrap().to_owned()));
        all.insert(name);
    }
    all
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The file with its expressions of HCL evaluated: there are none but what stands for itself.
fn evaluated(bake: &str) -> Value {
    serde_json::from_str(&bake.replace("$${", "${").replace("%%{", "%{")).unwrap()
}

/// Each group of the file is, to buildx, the targets that the file says, to the last key. Gives the file.
fn assert_taken(folder: &Folder) -> Value {
    folder.dockmill(&["export", "bake", "-o", "bake.json"]).ended(0);
    let bake = evaluated(&folder.read("bake.json"));
    let written = bake["target"].as_object().unwrap();
    for (group, members) in bake["group"].as_object().unwrap() {
        let taken = understood(folder, group);
        assert_eq!(taken["group"][group], *members, "{group}");
        let targets = taken["target"].as_object().unwrap();
        assert_eq!(targets.keys().cloned().collect::<BTreeSet<_>>(), closure(written, members), "{group}");
        for (name, target) in targets {
            let mut expected = written[name].clone();
            // bake sorts what is a set to it.
            let sorted = |value: &mut Value| {
                if let Some(list) = value.as_array_mut() {
                    list.sort_by_key(Value::to_string);
                }
            };
            let mut target = target.clone();
            for key in ["tags", "platforms"] {
                sorted(&mut expected[key]);
                sorted(&mut target[key]);
            }
            assert_eq!(target, expected, "{name}");
        }
    }
    bake
}

fn it_takes_the_official_recipe_with_its_platforms() {
    Tool::Buildx.wanted();
    let folder = Folder::copy("recipes/official");
    let bake = assert_taken(&folder);
    assert_eq!(folder.read("docker-bake.json"), folder.read("bake.json"));
    let with_several = |target: &&Value| target["platforms"].as_array().unwrap().len() > 1;
    let targets = bake["target"].as_object().unwrap();
    assert_eq!((targets.len(), targets.values().filter(with_several).count()), (20, 10));
}

fn it_takes_images_that_are_built_on_each_other() {
    Tool::Buildx.wanted();
    for (recipe, count) in [("recipes/edx", 14), ("recipes/debbase", 48), ("recipes/invenio", 3)] {
        let bake = assert_taken(&Folder::copy(recipe));
        assert_eq!(bake["target"].as_object().unwrap().len(), count, "{recipe}");
        assert!(bake["target"].as_object().unwrap().values().any(|target| target["contexts"].is_object()), "{recipe}");
    }
}

/// `default` is bake's own name, ids may end in the same name, and `${` begins an expression of HCL.
fn it_takes_names_and_texts_that_mean_something_to_it() {
    Tool::Buildx.wanted();
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = 'x'\n[axis]\nn = ['1', '2']\n[profile.plain]\nbuild = { pull = true, tag = false }\n\
         [image.default]\ntags = ['acme/default']\ncontext = 'a${b}%{c}'\n[image.'a.b']\nmatrix = ['n']\n\
         stages = { build = { tags = ['acme/build:@{n}'] } }\n[image.a-b]\nmatrix = ['n']\n",
    );
    folder.write("a${b}%{c}/file", "");
    folder.write("default/Dockerfile.dockmill", "FROM debian\nCOPY file /\n");
    for name in ["a.b", "a-b"] {
        folder.write(&format!("{name}/Dockerfile.dockmill"), "FROM acme/default AS build\nFROM build\nENV N=@{n}\n");
    }
    let bake = assert_taken(&folder);
    let context = |target: &Value| text(&target["context"]) == "a${b}%{c}";
    assert!(bake["target"].as_object().unwrap().values().any(context), "{bake}");
    let profile = folder.dockmill(&["export", "bake", "--profile", "plain"]).ended(0).stdout;
    folder.write("bake.json", &profile);
    let taken = understood(&folder, "default");
    for target in taken["target"].as_object().unwrap().values() {
        assert_eq!((&target["pull"], target.get("tags")), (&Value::Bool(true), None), "{target}");
    }
}

/// As `--since` and an empty list leave it.
fn it_takes_a_plan_of_nothing() {
    Tool::Buildx.wanted();
    let folder = Folder::copy("recipes/invenio");
    folder.write("none", "");
    folder.dockmill(&["export", "bake", "@none", "-o", "bake.json"]).ended(0);
    let taken = understood(&folder, "");
    let targets = |value: &Value| value.as_object().is_none_or(Map::is_empty);
    assert!(targets(&taken["target"]), "{taken}");
}
