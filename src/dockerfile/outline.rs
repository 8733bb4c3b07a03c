//! A Dockerfile in large: its stages, and what they name.

use std::collections::HashSet;

use indexmap::IndexSet;

use super::model::Dockerfile;
use super::scope::Scope;
use super::stage::{self, Reference, Stage, Target};

/// The stages of a Dockerfile, and every stage or image that they name.
#[derive(Debug)]
pub struct Outline<'d> {
    /// The stages, in order.
    pub stages: Vec<Stage<'d>>,
    /// What FROM, `COPY --from` and mounts name, in order. What an `ONBUILD` names is for another build and left out.
    pub references: Vec<Reference>,
    /// The images that `ONBUILD`s name, in order, with the stages that hold them. Where an image is built on such a stage, a
    /// name may be that of a stage there.
    pub onbuild: Vec<Reference>,
    pub(crate) scope: Scope,
}

impl Dockerfile<'_> {
    /// The stages, and what they name.
    ///
    /// ```
    /// use dockmill::dockerfile::{Target, parse};
    /// let dockerfile = parse(b"ARG V=12\nFROM debian:$V AS build\nFROM scratch\nCOPY --from=build /a /a\n");
    /// let targets: Vec<Target> = dockerfile.outline().references.into_iter().map(|found| found.target).collect();
    /// assert_eq!(targets, [Target::Image("debian:12".to_owned()), Target::Scratch, Target::Stage(0)]);
    /// ```
    pub fn outline(&self) -> Outline<'_> {
        let stages = self.stages();
        let scope = Scope::of(self);
        let references = stage::references(self, &stages, &scope);
        let onbuild = stage::onbuild_references(self, &stages);
        Outline { stages, references, onbuild, scope }
    }
}

impl Outline<'_> {
    /// The same without the text that it was read from.
    pub fn into_owned(self) -> Outline<'static> {
        let Self { stages, references, onbuild, scope } = self;
        let owned = |stage: Stage<'_>| Stage { base: stage.base.into_owned().into(), ..stage };
        Outline { stages: stages.into_iter().map(owned).collect(), references, onbuild, scope }
    }

    /// The names of the stages, in lower case and in order, each once.
    pub fn stage_names(&self) -> Vec<&str> {
        let names: IndexSet<&str> = self.stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
        names.into_iter().collect()
    }

    /// The stage that BuildKit builds where this one is asked for: a name in any case, the last of several; the last stage
    /// of all where none is asked for.
    pub fn built_stage(&self, name: Option<&str>) -> Option<usize> {
        let Some(name) = name.map(str::to_lowercase) else { return self.stages.len().checked_sub(1) };
        self.stages.iter().rposition(|stage| stage.name.as_ref() == Some(&name))
    }

    /// The stages that BuildKit builds for the [one that is asked for](Self::built_stage): those that it names, and those
    /// that they name. Empty where there is no such stage.
    ///
    /// ```
    /// use dockmill::dockerfile::parse;
    /// let dockerfile = parse(b"FROM a AS one\nFROM b AS two\nFROM c\nCOPY --from=one /x /x\n");
    /// let mut needed: Vec<usize> = dockerfile.outline().needed_stages(None).into_iter().collect();
    /// needed.sort();
    /// assert_eq!(needed, [0, 2]);
    /// ```
    pub fn needed_stages(&self, name: Option<&str>) -> HashSet<usize> {
        let mut open: Vec<usize> = self.built_stage(name).into_iter().collect();
        let mut needed = HashSet::new();
        while let Some(stage) = open.pop() {
            if needed.insert(stage) {
                let of_it = self.references.iter().filter(|reference| reference.stage == stage);
                open.extend(of_it.filter_map(|reference| match reference.target {
                    Target::Stage(index) => Some(index),
                    _ => None,
                }));
            }
        }
        needed
    }
}

#[cfg(test)]
mod tests {
    use crate::dockerfile::parse;

    #[test]
    fn of_two_stages_of_one_name_the_last_is_built() {
        let dockerfile = parse(b"FROM a AS x\nFROM b AS x\nFROM c\n");
        let needed = dockerfile.outline().needed_stages(Some("X"));
        assert_eq!(needed.into_iter().collect::<Vec<_>>(), [1]);
    }
}
