//! A file for `docker buildx bake`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Write;

use anyhow::Result;
use indexmap::IndexMap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{ExportPlan, shown};
use crate::diagnostic::write_json;
use crate::dockerfile::ImageName;
use crate::graph::Node;
use crate::manifest::Manifest;
use crate::run::labels;
use crate::source::way;

#[derive(Serialize)]
struct BakeFile<'p> {
    group: IndexMap<String, BakeGroup<'p>>,
    /// bake refuses an empty map of targets, and takes none.
    #[serde(skip_serializing_if = "BakeTargets::is_empty")]
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    platforms: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pull: bool,
}

/// How the file begins.
pub(crate) const MARK: &str = "{\n  \"group\": {\n    \"default\": {\n";

/// Writes the file, in JSON, which bake takes beside HCL.
pub(crate) fn write(manifest: &Manifest, plan: &ExportPlan, out: &mut dyn Write) -> Result<()> {
    let nodes: Vec<&Node> = plan.levels().into_iter().flatten().collect();
    let mut names = Names::default();
    let by_id: HashMap<&str, String> = nodes.iter().map(|node| (&*node.id, names.add(&node.id))).collect();
    let group = groups(manifest, plan, &by_id, &mut names);
    let file = BakeFile { group, target: BakeTargets { manifest, plan, nodes: &nodes, names: &by_id } };
    Ok(write_json(out, &file)?)
}

/// What is chosen, and of each image what of it is chosen. An image that is a single target of its name needs no group.
fn groups<'p>(
    manifest: &Manifest,
    plan: &ExportPlan,
    by_id: &'p HashMap<&str, String>,
    names: &mut Names,
) -> IndexMap<String, BakeGroup<'p>> {
    let mut default = Vec::new();
    let mut of_images: IndexMap<usize, Vec<&str>> = IndexMap::new();
    for id in &plan.chosen {
        let Some(name) = by_id.get(id.as_str()) else { continue };
        default.push(name.as_str());
        let image = plan.node(id).and_then(|node| plan.files.get(&node.target)).map(|files| files.image);
        if let Some(image) = image {
            of_images.entry(image).or_default().push(name);
        }
    }
    let mut groups = IndexMap::from([(DEFAULT.to_owned(), BakeGroup { targets: default })]);
    for (image, targets) in of_images {
        let image = &manifest.images[image].name;
        if !by_id.contains_key(&**image) {
            groups.insert(names.add(image), BakeGroup { targets });
        }
    }
    groups
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
    fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

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
            platforms: files.platforms.iter().map(|platform| literal(platform)).collect(),
            pull: self.manifest.build.pull,
        })
    }
}

/// A text that bake evaluates to itself: it reads templates of HCL in JSON, too.
/// Source: "Template Expressions" and "Expressions" of HCL's JSON syntax specification.
fn literal(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// The group that bake builds where none is named.
const DEFAULT: &str = "default";

/// Names that bake takes for targets and groups: letters, digits, `_` and `-`. Each is given once.
#[derive(Default)]
struct Names {
    taken: HashSet<String>,
    /// The number to try next: thousands of ids may differ only in what is no such character.
    numbers: HashMap<String, usize>,
}

impl Names {
    fn add(&mut self, id: &str) -> String {
        let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
        let base: String = id.chars().map(plain).collect();
        let mut name = base.clone();
        while name == DEFAULT || !self.taken.insert(name.clone()) {
            let number = self.numbers.entry(base.clone()).or_insert(1);
            *number += 1;
            name = format!("{base}_{number}");
        }
        name
    }
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
