//! What changed paths reach, and why.

use std::collections::{HashMap, HashSet};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::{IndexMap, IndexSet};

use crate::dockerfile::Ignore;
use crate::manifest::{Target, stage_id};
use crate::project::Session;

use super::super::survey::{Survey, Surveyed};

/// The nodes that are reached, each with the reasons.
pub(super) struct Reach<'s> {
    session: &'s Session<'s>,
    /// By id.
    pub(super) nodes: IndexMap<String, IndexSet<String>>,
    /// The changed paths that reach something.
    pub(super) known: HashSet<Utf8PathBuf>,
}

/// Is it the file, or a folder that it is in?
fn covers(changed: &Utf8Path, file: &Utf8Path) -> bool {
    file.starts_with(changed)
}

impl<'s> Reach<'s> {
    pub(super) fn new(session: &'s Session<'s>) -> Self {
        Self { session, nodes: IndexMap::new(), known: HashSet::new() }
    }

    fn node(&mut self, id: &str, why: String) {
        self.nodes.entry(id.to_owned()).or_default().insert(why);
    }

    /// A target with all its stages.
    pub(super) fn target(&mut self, target: &Target, why: &str) {
        self.node(&target.id, why.to_owned());
        for stage in &target.stages {
            self.node(&stage_id(&target.id, &stage.name), why.to_owned());
        }
    }

    /// Manifest, data, templates with all that they read, outputs with the files beside them.
    pub(super) fn by_templates(&mut self, survey: &Survey, changed: &IndexSet<Utf8PathBuf>) {
        let project = self.session.project;
        for Surveyed { target, files, .. } in survey.targets.values() {
            let read = |id| self.session.sources.get(id).project_path().map(Utf8Path::to_owned);
            let general = std::iter::once(&project.manifest_path).chain(&project.data_files).cloned();
            let templates = files.iter().filter_map(|id| read(*id));
            let beside = target.files.iter().flat_map(|file| [file.from.clone(), file.to.clone()]);
            let all = general
                .map(|file| (file, "the manifest reads"))
                .chain(templates.map(|file| (file, "its template reads")))
                .chain(beside.map(|file| (file, "beside its output stands")))
                .chain([(target.output.clone(), "its output is")]);
            for (file, how) in all {
                for path in changed.iter().filter(|path| covers(path, &file)) {
                    self.known.insert(path.clone());
                    self.target(target, &format!("{how} {file}"));
                }
            }
        }
    }

    /// What a build takes from its context.
    pub(super) fn by_contexts(&mut self, survey: &Survey, changed: &IndexSet<Utf8PathBuf>) {
        let root = &self.session.project.root;
        let mut ignores: HashMap<Utf8PathBuf, Ignore> = HashMap::new();
        for surveyed in survey.targets.values() {
            let target = &surveyed.target;
            let file = surveyed.ignore_file(root);
            // One that is gone by now decided, too.
            let decides = surveyed.ignore_files();
            let ignore = ignores.entry(file.clone()).or_insert_with(|| surveyed.ignore(root, &file));
            let stages = std::iter::once(None).chain(target.stages.iter().map(|stage| Some(&*stage.name)));
            for stage in stages {
                let id = stage.map_or_else(|| target.id.clone(), |stage| stage_id(&target.id, stage));
                for source in surveyed.sources(stage) {
                    for path in changed {
                        let taken = match path.strip_prefix(&target.context) {
                            Ok(inside) if !source.reads(inside) => false,
                            Ok(inside) if root.join(path).is_dir() => !ignore.excludes_folder(inside.as_str()),
                            Ok(inside) => !ignore.excludes(inside.as_str()),
                            Err(_) => covers(path, &target.context),
                        };
                        if taken || decides.contains(path) {
                            self.known.insert(path.clone());
                            let by = if source.by_base { ", by an ONBUILD of what it is built on" } else { "" };
                            self.node(&id, format!("it takes {path} from its context{by}"));
                        }
                    }
                }
            }
        }
    }

    /// What is built on what is reached.
    pub(super) fn by_images(&mut self, survey: &Survey) {
        let graph = &survey.graph;
        let ids: Vec<String> = self.nodes.keys().cloned().collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let above: Vec<&str> = graph.dependents(&ids).iter().map(|node| &*node.id).collect();
        let reached: HashSet<&str> = ids.iter().chain(&above).copied().collect();
        for id in above {
            for (on, pinned) in graph.dependencies(id).filter(|(on, _)| reached.contains(&*on.id)) {
                let pinned = if pinned { ", by a pinned tag" } else { "" };
                self.nodes.entry(id.to_owned()).or_default().insert(format!("it is built on {}{pinned}", on.id));
            }
        }
    }
}
