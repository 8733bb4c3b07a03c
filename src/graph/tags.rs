//! The tags of a project's targets.

use foldhash::{HashMap, HashSet};

use crate::manifest::{Project, Reference, Selection, Target};

/// Which target has which tag.
#[derive(Debug, Default)]
pub struct Tags {
    /// Tags in full (`docker.io/acme/x:latest`), each with the id of its target, or of its stage.
    by_tag: HashMap<String, String>,
    /// Repositories in full, each with the tags in it, for suggestions.
    repositories: HashSet<String>,
}

impl Tags {
    /// The tags of all targets. A target that cannot be made is left out: its errors come up where it is wanted.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        let mut tags = Self::default();
        let all = Selection::all();
        project.targets(&all).flatten().for_each(|target| tags.add_target(&target));
        tags
    }

    /// Adds the tags of a target and of its stages.
    pub fn add_target(&mut self, target: &Target) {
        for tag in &target.tags {
            self.add(tag, || target.id.clone());
        }
        for stage in &target.stages {
            for tag in &stage.tags {
                self.add(tag, || format!("{}:{}", target.id, stage.name));
            }
        }
    }

    fn add(&mut self, tag: &str, id: impl FnOnce() -> String) {
        if let Ok(reference) = Reference::parse(tag) {
            let repository = reference.normal_repository();
            let tag = [&repository, ":", reference.tag().unwrap_or("latest")].concat();
            self.repositories.insert(repository);
            self.by_tag.entry(tag).or_insert_with(id);
        }
    }

    /// The id of the target, or of the stage, that has this tag.
    #[must_use]
    pub fn find(&self, image: &str) -> Option<&str> {
        let reference = Reference::parse(image).ok()?;
        self.by_tag.get(&reference.normal()).map(String::as_str)
    }

    /// Is it an image of a repository that the project tags, whatever its tag?
    #[must_use]
    pub fn is_own_repository(&self, image: &str) -> bool {
        // Most projects' bases are foreign: their repositories are few and short.
        !self.repositories.is_empty()
            && Reference::parse(image).is_ok_and(|reference| self.repositories.contains(&reference.normal_repository()))
    }

    /// The tags of the repository of `image`, sorted.
    #[must_use]
    pub fn of_same_repository(&self, image: &str) -> Vec<&str> {
        let Ok(wanted) = Reference::parse(image) else { return Vec::new() };
        let repository = wanted.normal_repository();
        let in_it =
            |tag: &&String| Reference::parse(tag).is_ok_and(|reference| reference.normal_repository() == repository);
        let mut tags: Vec<&str> = self.by_tag.keys().filter(in_it).map(String::as_str).collect();
        tags.sort_unstable();
        tags
    }
}
