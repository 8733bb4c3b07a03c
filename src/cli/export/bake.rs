//! A file for `docker buildx bake`.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Result;
use serde::Serialize;

use crate::dockerfile::ImageName;
use crate::graph::Node;
use crate::project::{Session, path};
use crate::run::labels;

use super::{Plan, shown};

#[derive(Serialize)]
struct File {
    group: BTreeMap<&'static str, Group>,
    target: indexmap::IndexMap<String, Baked>,
}

#[derive(Serialize)]
struct Group {
    targets: Vec<String>,
}

/// A target of bake: a target or stage of the project.
#[derive(Serialize)]
struct Baked {
    context: String,
    dockerfile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// Images that FROM, `COPY --from` and mounts name, each with the target that makes it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    contexts: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pull: bool,
}

/// The file, in JSON, which bake takes beside HCL.
pub(super) fn text(session: &Session<'_>, plan: &Plan) -> Result<String> {
    let nodes: Vec<&Node> = plan.levels().into_iter().flatten().collect();
    let names = names(&nodes);
    let project = session.project;
    let mut targets = indexmap::IndexMap::new();
    for node in &nodes {
        let Some(target) = plan.target(node) else { continue };
        let needs = node.needs.iter().filter(|edge| !edge.pinned);
        let contexts = needs.filter_map(|edge| {
            let name = names.get(&*edge.on)?;
            Some((literal(&familiar(&edge.image)), format!("target:{name}")))
        });
        let tags = project.build.tags(&node.tags);
        let labels = labels(&project.name, tags).into_iter();
        let labels =
            labels.filter_map(|label| label.split_once('=').map(|(name, text)| (name.to_owned(), literal(text))));
        let baked = Baked {
            context: literal(shown(&target.context)),
            // bake looks for Dockerfiles from the context.
            dockerfile: literal(path::way(&target.context, &target.output).as_str()),
            target: node.stage.as_deref().map(literal),
            contexts: contexts.collect(),
            labels: labels.collect(),
            tags: tags.iter().map(|tag| literal(tag)).collect(),
            pull: project.build.pull,
        };
        targets.insert(names[&*node.id].clone(), baked);
    }
    let chosen = plan.chosen.iter().filter_map(|id| names.get(id.as_str()).cloned()).collect();
    let file = File { group: BTreeMap::from([("default", Group { targets: chosen })]), target: targets };
    let mut text = serde_json::to_string_pretty(&file)?;
    text.push('\n');
    Ok(text)
}

/// A text that bake evaluates to itself: it reads templates of HCL in JSON, too.
/// Source: "Template Expressions" and "Expressions" of HCL's JSON syntax specification.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// Names that bake takes for targets: letters, digits, `_` and `-`. Different ids have different names.
fn names<'n>(nodes: &[&'n Node]) -> HashMap<&'n str, String> {
    let mut taken: HashSet<String> = HashSet::from(["default".to_owned()]);
    let mut names = HashMap::new();
    for node in nodes {
        let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
        let base: String = node.id.chars().map(plain).collect();
        let mut name = base.clone();
        let mut count = 1;
        while !taken.insert(name.clone()) {
            count += 1;
            name = format!("{base}_{count}");
        }
        names.insert(&*node.id, name);
    }
    names
}

/// An image as BuildKit looks for it among the contexts: without `docker.io/`, `library/` and `:latest`.
/// Source: `NamedContext` in `frontend/dockerui/config.go` of BuildKit.
fn familiar(image: &str) -> String {
    let Ok(name) = ImageName::parse_tag(image) else { return image.to_owned() };
    let full = name.normal();
    let short = full.strip_prefix("docker.io/").unwrap_or(&full);
    let short = short.strip_prefix("library/").filter(|rest| !rest.contains('/')).unwrap_or(short);
    short.strip_suffix(":latest").unwrap_or(short).to_owned()
}
