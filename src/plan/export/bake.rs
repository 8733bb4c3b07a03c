//! A file for `docker buildx bake`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;

use anyhow::Result;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{ExportPlan, shown};
use crate::dockerfile::ImageName;
use crate::graph::Node;
use crate::manifest::Manifest;
use crate::run::labels;
use crate::source::way;

#[derive(Serialize)]
struct BakeFile<'p> {
    group: BTreeMap<&'static str, BakeGroup<'p>>,
    target: BakeTargets<'p>,
}

#[derive(Serialize)]
struct BakeGroup<'p> {
    targets: Vec<&'p str>,
}

/// A target of bake: a target or stage of the project.
#[derive(Serialize)]
struct BakeTarget {
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

/// Writes the file, in JSON, which bake takes beside HCL.
pub(crate) fn write(manifest: &Manifest, plan: &ExportPlan, out: &mut dyn Write) -> Result<()> {
    let nodes: Vec<&Node> = plan.levels().into_iter().flatten().collect();
    let names = names(&nodes);
    let chosen = plan.chosen.iter().filter_map(|id| names.get(id.as_str())).map(String::as_str).collect();
    let target = BakeTargets { manifest, plan, nodes: &nodes, names: &names };
    let file = BakeFile { group: BTreeMap::from([("default", BakeGroup { targets: chosen })]), target };
    serde_json::to_writer_pretty(&mut *out, &file)?;
    writeln!(out)?;
    Ok(())
}

/// All targets. They are made while they are written.
struct BakeTargets<'p> {
    manifest: &'p Manifest,
    plan: &'p ExportPlan,
    nodes: &'p [&'p Node],
    names: &'p HashMap<&'p str, String>,
}

impl Serialize for BakeTargets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for node in self.nodes {
            if let (Some(name), Some(target)) = (self.names.get(&*node.id), self.target(node)) {
                map.serialize_entry(name, &target)?;
            }
        }
        map.end()
    }
}

impl BakeTargets<'_> {
    fn target(&self, node: &Node) -> Option<BakeTarget> {
        let files = self.plan.files.get(&node.target)?;
        let needs = node.needs.iter().filter(|edge| !edge.pinned);
        let contexts = needs.filter_map(|edge| {
            let name = self.names.get(&*edge.on)?;
            Some((literal(&familiar(&edge.image)), format!("target:{name}")))
        });
        let tags = self.manifest.build.tags(&node.tags);
        let labels = labels(&self.manifest.name, tags).into_iter();
        let labels =
            labels.filter_map(|label| label.split_once('=').map(|(name, text)| (name.to_owned(), literal(text))));
        Some(BakeTarget {
            context: literal(shown(&files.context)),
            // bake looks for Dockerfiles from the context.
            dockerfile: literal(way(&files.context, &files.output).as_str()),
            target: node.stage.as_deref().map(literal),
            contexts: contexts.collect(),
            tags: tags.iter().map(|tag| literal(tag)).collect(),
            labels: labels.collect(),
            pull: self.manifest.build.pull,
        })
    }
}

/// A text that bake evaluates to itself: it reads templates of HCL in JSON, too.
/// Source: "Template Expressions" and "Expressions" of HCL's JSON syntax specification.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// Names that bake takes for targets: letters, digits, `_` and `-`. Different ids have different names.
fn names<'n>(nodes: &[&'n Node]) -> HashMap<&'n str, String> {
    let mut taken: HashSet<String> = HashSet::from(["default".to_owned()]);
    // The number to try next: thousands of ids may differ only in what is no such character.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut names = HashMap::with_capacity(nodes.len());
    for node in nodes {
        let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
        let base: String = node.id.chars().map(plain).collect();
        let mut name = base.clone();
        while !taken.insert(name.clone()) {
            let number = numbers.entry(base.clone()).or_insert(1);
            *number += 1;
            name = format!("{base}_{number}");
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
