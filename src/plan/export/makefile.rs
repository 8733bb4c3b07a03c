//! Rules for GNU make, as text.

use std::fmt;
use std::sync::Arc;

use crate::source::Span;

/// A file of rules.
pub(crate) struct Makefile {
    pub(crate) parts: Vec<ProfileRules>,
    /// The part whose images are pushed and pulled.
    pub(crate) pushed: usize,
    /// The arguments of dockmill that write this file again.
    pub(crate) export: Option<Vec<String>>,
}

/// The rules of one profile.
pub(crate) struct ProfileRules {
    /// The middle word.
    pub(crate) word: String,
    /// The arguments of dockmill that write the outputs.
    pub(crate) render: Vec<String>,
    #[expect(clippy::vec_box, reason = "they are made one by one; moving a hundred thousand takes the memory twice")]
    pub(crate) rules: Vec<Box<Rule>>,
}

/// How one image is made. There may be a hundred thousand: texts have no room to grow.
pub(crate) struct Rule {
    /// The id of what it builds.
    pub(crate) id: Arc<str>,
    /// The image in the manifest.
    pub(crate) span: Span,
    pub(crate) output: Box<str>,
    /// The files that stand beside it.
    pub(crate) beside: Box<[Box<str>]>,
    /// The context's ignore file, which may not be there.
    pub(crate) ignore_file: Option<Box<str>>,
    pub(crate) context: Box<str>,
    /// Words for `find`.
    pub(crate) reads: Box<[Box<str>]>,
    /// A program for awk that passes on what of that a build may take.
    pub(crate) seen: Option<Arc<str>>,
    /// The ids of others.
    pub(crate) needs: Box<[Arc<str>]>,
    /// As make reads them, as those that follow.
    pub(crate) commands: Box<[Box<str>]>,
    pub(crate) push: Box<[Box<str>]>,
    pub(crate) pull: Box<[Box<str>]>,
}

impl Rule {
    /// What it is called in make.
    pub(crate) fn name(&self) -> String {
        name(&self.id)
    }

    /// The output, and what stands beside it.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.output).chain(&self.beside).map(|file| &**file)
    }
}

/// The name of a node in make, where a colon has its own meaning.
pub(crate) fn name(id: &str) -> String {
    id.replace(':', ".")
}

const HEAD: &str = "\
# Written by dockmill export make: do not edit. Rules for each image; `make docker.help` tells of them.
#
# An image is built again when its Dockerfile, a file that it copies, or an image that it is built on has changed since. That
# is remembered in .dockmill/make: after images were removed by hand, `make docker.clean` forgets it.

DOCKMILL ?= dockmill
# Further arguments for each build.
DOCKMILL_ARGS ?=
# docker.*.shard builds the share SHARD of SHARDS.
SHARD ?= 1
SHARDS ?= 1

dockmill.self := $(lastword $(MAKEFILE_LIST))
dockmill.main := $(if $(filter 1,$(words $(MAKEFILE_LIST))),yes)
dockmill.goal := $(.DEFAULT_GOAL)
dockmill.stamps := .dockmill/make
# What of the paths $(1) a build takes: all but what an ignore file leaves out, by the program for awk in the variable $(2).
dockmill.find = find $(1) \\( -name .git -o -name .dockmill \\) -prune -o $(3) -print 2>/dev/null $(if $(2),| awk '$($(2))')
dockmill.list = $(call dockmill.find,$(1),$(2)) | LC_ALL=C sort
# Is there another path than at the build of the image $(1), or a newer file?
dockmill.newer = $(if $(wildcard $(1)),$(if $(shell $(call dockmill.list,$(2),$(3)) | cmp -s - $(1).paths || echo other; $(call dockmill.find,$(2),$(3),! -type d -newer $(1)) | head -n 1),dockmill.force))
# The names of the share's own images, without those that it only needs; $(1) says of which profile.
dockmill.share = $(shell $(DOCKMILL) list --quiet --shard $(SHARD)/$(SHARDS) $(1) | awk -F '\\t' '$$4 != \"parent\" { sub(\":\", \".\", $$1); print $$1 }')
";

const TAIL: &str = "
# The short names: where this file is the whole Makefile, or where DOCKMILL_SHORT is set before it is included.
";

impl fmt::Display for Makefile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        writeln!(f, "\n.SECONDEXPANSION:\n.PHONY: dockmill.force\ndockmill.force:")?;
        if let Some(words) = &self.export {
            writeln!(f, "\n$(dockmill.self): dockmill.force\n\t@$(DOCKMILL) {}", shell(words))?;
        }
        for part in &self.parts {
            part.write(f)?;
        }
        let pushed = &self.parts[self.pushed];
        for rule in pushed.rules.iter().filter(|rule| !rule.push.is_empty()) {
            let stamp = pushed.stamp(&rule.id);
            phony(f, &format!("docker.push.{}", rule.name()), &stamp, &rule.push)?;
        }
        for rule in pushed.rules.iter().filter(|rule| !rule.pull.is_empty()) {
            phony(f, &format!("docker.pull.{}", rule.name()), "", &rule.pull)?;
        }
        let all = |verb: &str, rules: &mut dyn Iterator<Item = &Rule>| {
            rules.map(|rule| format!("docker.{verb}.{}", rule.name())).collect::<Vec<_>>().join(" ")
        };
        let pushes = all("push", &mut pushed.rules.iter().map(|rule| &**rule).filter(|rule| !rule.push.is_empty()));
        let pulls = all("pull", &mut pushed.rules.iter().map(|rule| &**rule).filter(|rule| !rule.pull.is_empty()));
        phony(f, "docker.push", &pushes, &[])?;
        phony(f, "docker.pull", &pulls, &[])?;
        self.clean(f)?;
        self.help(f)?;
        f.write_str(TAIL)?;
        writeln!(f, "ifneq ($(dockmill.main)$(DOCKMILL_SHORT),)")?;
        for part in &self.parts {
            phony(f, &part.word, &format!("docker.{}", part.word), &[])?;
        }
        phony(f, "clean", "docker.clean", &[])?;
        phony(f, "help", "docker.help", &[])?;
        writeln!(f, "endif\n\n.DEFAULT_GOAL := $(if $(dockmill.main),docker.help,$(dockmill.goal))")
    }
}

impl Makefile {
    fn clean(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut commands = vec!["rm -rf $(dockmill.stamps)".to_owned()];
        for part in &self.parts {
            // The committed outputs stay.
            if part.render.iter().any(|word| word == "--profile" || word == "-D") {
                commands.push(format!("$(DOCKMILL) clean --quiet {}", shell(&part.render[2..])));
            }
        }
        writeln!(f, "\n.PHONY: docker.clean\ndocker.clean:")?;
        commands.iter().try_for_each(|command| writeln!(f, "\t{command}"))
    }

    fn help(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        for ProfileRules { word, .. } in &self.parts {
            lines.push(format!("docker.{word}[.IMAGE]     build all images, or this one, for `{word}`"));
            lines.push(format!("docker.{word}.shard       build the share SHARD of SHARDS"));
        }
        let pushed = &self.parts[self.pushed].word;
        lines.push(format!("docker.push[.IMAGE]      docker.{pushed}, then push"));
        lines.push("docker.pull[.IMAGE]      pull what was pushed".to_owned());
        lines.push("docker.clean             remove what the profiles generated; forget what was built".to_owned());
        let names: Vec<String> = self.parts[self.pushed].rules.iter().map(|rule| rule.name()).collect();
        lines.push(format!("images: {}", names.join(" ")));
        writeln!(f, "\n.PHONY: docker.help\ndocker.help:")?;
        lines.iter().try_for_each(|line| writeln!(f, "\t@echo {}", shell(std::slice::from_ref(line))))
    }
}

impl ProfileRules {
    fn stamp(&self, id: &str) -> String {
        format!("$(dockmill.stamps)/{}/{}.stamp", self.word, name(id))
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = &self.word;
        let mut outputs: Vec<&str> = self.rules.iter().flat_map(|rule| rule.files()).collect();
        outputs.sort_unstable();
        outputs.dedup();
        writeln!(
            f,
            "\n.PHONY: dockmill.render.{word}\ndockmill.render.{word}:\n\t@$(DOCKMILL) {}",
            shell(&self.render)
        )?;
        // An empty recipe: make then looks whether the file has changed.
        writeln!(f, "{}: dockmill.render.{word} ;", outputs.join(" "))?;
        for (number, rule) in self.rules.iter().enumerate() {
            let stamp = self.stamp(&rule.id);
            let mut needs: Vec<String> = rule.files().map(str::to_owned).collect();
            needs.extend(
                rule.ignore_file.iter().filter(|_| !rule.reads.is_empty()).map(|file| format!("$$(wildcard {file})")),
            );
            needs.extend(rule.needs.iter().map(|need| self.stamp(need)));
            let reads = rule.reads.join(" ");
            let seen = rule.seen.as_ref().map(|_| format!("dockmill.seen.{word}.{number}")).unwrap_or_default();
            if !reads.is_empty() {
                needs.push(format!("$$(call dockmill.newer,$$@,{reads},{seen})"));
            }
            if let Some(program) = rule.seen.as_ref().filter(|_| !reads.is_empty()) {
                writeln!(f, "\n{seen} = {}", program.replace('$', "$$"))?;
            }
            writeln!(f, "\n{stamp}: {}", needs.join(" "))?;
            // The time before the build: what changes during it is newer.
            writeln!(f, "\t@mkdir -p $(@D) && touch $@.begun")?;
            if !reads.is_empty() {
                writeln!(f, "\t@$(call dockmill.list,{reads},{seen}) > $@.begun.paths")?;
            }
            for command in &rule.commands {
                writeln!(f, "\t{command}")?;
            }
            let paths = if reads.is_empty() { "" } else { "mv $@.begun.paths $@.paths && " };
            writeln!(f, "\t@{paths}mv $@.begun $@")?;
            phony(f, &format!("docker.{word}.{}", rule.name()), &stamp, &[])?;
        }
        let all: Vec<String> = self.rules.iter().map(|rule| format!("docker.{word}.{}", rule.name())).collect();
        phony(f, &format!("docker.{word}"), &all.join(" "), &[])?;
        let list: Vec<String> = self.render[2..].to_vec();
        let list = if list.is_empty() { String::new() } else { format!(" {}", shell(&list)) };
        let share = format!("$$(addprefix docker.{word}.,$$(call dockmill.share,{}))", list.trim_start());
        phony(f, &format!("docker.{word}.shard"), &share, &[])
    }
}

fn phony(f: &mut fmt::Formatter<'_>, name: &str, needs: &str, commands: &[Box<str>]) -> fmt::Result {
    writeln!(f, "\n.PHONY: {name}\n{}", format!("{name}: {needs}").trim_end())?;
    commands.iter().try_for_each(|command| writeln!(f, "\t{command}"))
}

/// Words as a shell in a recipe reads them.
fn shell(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| shlex::try_quote(word).unwrap_or_default().into_owned()).collect();
    words.join(" ").replace('$', "$$")
}
