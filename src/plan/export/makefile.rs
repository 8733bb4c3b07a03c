//! Rules for GNU make, as text.

use std::fmt;
use std::sync::Arc;

use foldhash::HashSet;
use indexmap::IndexSet;

use super::copied::Copied;
use crate::source::Span;

/// A file of rules.
pub(crate) struct Makefile {
    pub(crate) parts: Vec<ProfileRules>,
    /// The part whose images are pushed and pulled.
    pub(crate) pushed: usize,
    /// The arguments of dockmill that write this file, if it is one, and its state.
    pub(crate) export: Vec<String>,
    /// The file updates itself.
    pub(crate) is_file: bool,
}

/// The rules of one profile.
pub(crate) struct ProfileRules {
    /// The middle word.
    pub(crate) word: String,
    /// Where the manifest names the profile.
    pub(crate) span: Option<Span>,
    /// The arguments of dockmill that say which project this is, with which values.
    pub(crate) project: Vec<String>,
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
    /// The output, or a file beside it, is not what it is to be.
    pub(crate) is_stale: bool,
    /// What it takes of its context, if it takes anything.
    pub(crate) copied: Option<Copied>,
    /// What it takes beside others.
    pub(crate) weight: u32,
    /// The ids of others.
    pub(crate) needs: Box<[Arc<str>]>,
    /// A line of a shell as make reads it, as those that follow.
    pub(crate) build: Box<str>,
    /// Empty: it has no tag, or the builder no such call.
    pub(crate) push: Box<str>,
    pub(crate) pull: Box<str>,
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

/// Where it is remembered what was built, and of what.
const MADE: &str = ".dockmill/make";

const HEAD: &str = r"# Written by dockmill export make: do not edit. Rules for each image; `make docker.help` tells of them.
#
# An image is built again when its Dockerfile, a file that it copies, or an image that it is built on has changed since. That
# is remembered in .dockmill/make: after images were removed by hand, `make docker.clean` forgets it.

DOCKMILL ?= dockmill
# Further arguments for each build.
DOCKMILL_ARGS ?=

dockmill.self := $(lastword $(MAKEFILE_LIST))
dockmill.main := $(if $(filter 1,$(words $(MAKEFILE_LIST))),yes)
dockmill.short := $(dockmill.main)$(DOCKMILL_SHORT)
dockmill.goal := $(.DEFAULT_GOAL)
dockmill.flags = $(firstword -$(MAKEFLAGS))
dockmill.comma := ,
dockmill.hash := \#

.PHONY: dockmill.force
dockmill.force:
";

/// What comes before the rules of images. Make knows no status of a `$(shell)`: what may fail is called in recipes.
const FUNCTIONS: &str = r"
# The list of what the build of image $(1) copies is newer when that has changed. Without dockmill nobody knows: it is built.
dockmill.copied = $(if $(dockmill.known),.dockmill/make/$(1).paths,dockmill.force)

# Does the line of the shell $(1), and keeps its exit status. If it fails, dockmill shows where in the template of the output
# $(2), which belongs to the project $(3).
dockmill.run = $(if $(findstring n,$(dockmill.flags)),$(1),@$(if $(findstring s,$(dockmill.flags)),,printf '%s\n' '$(subst ','\'',$(1))';) rm -f $@.status; { ( $(1) ) 2>&1; echo $$? > $@.status; } | tee $@.log; status=1; read -r status < $@.status; rm -f $@.status; if [ $$status != 0 ]; then $(DOCKMILL) map $(3) --failed $(2) < $@.log >&2; exit $$status; fi; rm -f $@.log)

# Of the images $(2), those of share SHARD of SHARDS, with $(1) before each; all of them if neither is set. $(3) are their weights,
# which may be left out where all are the same: an image belongs to the share that the middle of its weight falls into.
dockmill.share = $(if $(filter-out undefined,$(origin SHARD) $(origin SHARDS)),$(call dockmill.slice,$(1),$(2),$(call dockmill.bounds,$(words $(2)) $(3))),$(addprefix $(1),$(2)))
dockmill.slice = $(if $(3),$(addprefix $(1),$(wordlist $(firstword $(3)),$(lastword $(3)),$(2))),dockmill.wrong.share)
dockmill.bounds = $(shell awk 'function w(k) { return ARGC > 4 ? ARGV[k + 3] : 1 } BEGIN { i = ARGV[1]; n = ARGV[2]; if (i ~ /^[0-9]+$$/ && n ~ /^[0-9]+$$/ && i + 0 >= 1 && i + 0 <= n + 0) { for (k = 1; k <= ARGV[3]; k++) sum += 2 * w(k); for (k = 1; k <= ARGV[3]; k++) { at += 2 * w(k); middle = (at - w(k)) * n; if (middle <= sum * (i - 1)) before = k; if (middle <= sum * i) last = k } print before + 1, last + 0 } }' '$(subst ','\'',$(SHARD))' '$(subst ','\'',$(SHARDS))' $(1))
.PHONY: dockmill.wrong.share
dockmill.wrong.share:
	$(error SHARD is `$(SHARD)` and SHARDS is `$(SHARDS)`: there is no such share. Shares are counted from 1: `SHARD=1 SHARDS=4` is the first of four)

# The images of profile $(1) that the goals name.
dockmill.named = $(foreach goal,$(MAKECMDGOALS),$(if $(filter docker.$(1) $(if $(dockmill.short),$(1)),$(goal)),$(dockmill.images.$(1)),$(if $(filter docker.$(1).shard,$(goal)),$(call dockmill.share,,$(dockmill.images.$(1)),$(dockmill.weights.$(1))),$(patsubst docker.$(1).%,%,$(filter docker.$(1).%,$(goal))))))
# The ids of those of the images $(2) of profile $(1) that cannot be built, perhaps: something is not there that they copy.
dockmill.lacking = $(sort $(foreach image,$(2),$(dockmill.lacks.$(1).$(image))))
# Shows what it is that the images of the ids $(1) lack, of the project $(2); $(3) are further options.
dockmill.show = $(if $(1),@$(DOCKMILL) build --dry-run $(3) $(2) $(1) $(if $(findstring --build-arg,$(DOCKMILL_ARGS)),-- $(DOCKMILL_ARGS)) > /dev/null)
";

const TAIL: &str = "
# The short names: where this file is the whole Makefile, or where DOCKMILL_SHORT is set before it is included.
";

impl fmt::Display for Makefile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        self.state_rule(f)?;
        f.write_str(FUNCTIONS)?;
        for (number, part) in self.parts.iter().enumerate() {
            part.write(number == self.pushed, f)?;
        }
        let pushed = &self.parts[self.pushed];
        for (verb, command) in [("push", (|rule| &rule.push) as fn(&Rule) -> &str), ("pull", |rule| &rule.pull)] {
            let rules = || pushed.rules.iter().filter(|rule| !command(rule).is_empty());
            let list = format!("dockmill.{verb}ed");
            let names: Vec<String> = rules().map(|rule| rule.name()).collect();
            writeln!(f, "\n{list} := {}", names.join(" "))?;
            for rule in rules() {
                writeln!(f, "dockmill.{verb}.{} = {}", rule.name(), value(command(rule)))?;
            }
            let needs = if verb == "push" { format!(" {MADE}/{}/%.stamp", pushed.word) } else { String::new() };
            all(f, verb, &list, &names, &needs)?;
            if !names.is_empty() {
                writeln!(f, "\t$(dockmill.{verb}.$*)")?;
            }
        }
        self.clean(f)?;
        self.help(f)?;
        f.write_str(TAIL)?;
        writeln!(f, "ifneq ($(dockmill.short),)")?;
        for word in self.parts.iter().map(|part| part.word.as_str()).chain(["clean", "help"]) {
            writeln!(f, ".PHONY: {word}\n{word}: docker.{word}")?;
        }
        writeln!(f, "endif\n\n.DEFAULT_GOAL := $(if $(dockmill.main),docker.help,$(dockmill.goal))")
    }
}

/// The rules `docker.WORD` for all images of a list, and `docker.WORD.IMAGE` for each.
fn all(f: &mut fmt::Formatter<'_>, word: &str, list: &str, names: &[String], needs: &str) -> fmt::Result {
    writeln!(f, ".PHONY: docker.{word} $({list}:%=docker.{word}.%)\ndocker.{word}: $({list}:%=docker.{word}.%)")?;
    if names.is_empty() {
        return Ok(());
    }
    writeln!(f, "$({list}:%=docker.{word}.%): docker.{word}.%:{needs}")
}

impl Makefile {
    /// The rule for what only holds until the next run, which make remakes before all others.
    fn state_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n# What is out of date, and what copied files there are, is looked at before each run, and with `make -n`, too.\n\
             dockmill.state := {MADE}/$(subst /,+,$(dockmill.self)).state\n\
             ifneq ($(DOCKMILL),true)\nifneq ($(filter-out docker.clean $(if $(dockmill.short),clean),$(or $(MAKECMDGOALS),all)),)\n\
             $(dockmill.state): dockmill.force\n\t@mkdir -p $(@D)\n\
             \t@$(DOCKMILL) {} --state $@ $(if $(MAKE_RESTARTS),--quiet)",
            shell(&self.export)
        )?;
        if self.is_file {
            writeln!(f, "$(dockmill.self): $(dockmill.state) ;")?;
        }
        writeln!(f, "include $(dockmill.state)\nendif\nendif")
    }

    /// What only holds until the next run, as make includes it.
    pub(crate) fn state(&self) -> String {
        let mut text = "# Written by dockmill export make before each run of make.\ndockmill.known := yes\n".to_owned();
        for part in &self.parts {
            part.state(&mut text);
        }
        text
    }

    /// The lists of what builds copy: a path, and a text that is another one when something of it has changed.
    pub(crate) fn copied(&self) -> impl Iterator<Item = (String, &str)> {
        self.parts.iter().flat_map(|part| {
            part.rules.iter().filter_map(|rule| Some((part.list(rule), rule.copied.as_ref()?.digest.as_str())))
        })
    }

    fn clean(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n.PHONY: docker.clean\ndocker.clean:\n\trm -rf {MADE}")?;
        for part in &self.parts {
            // The committed outputs stay.
            if part.project.iter().any(|word| word == "--profile" || word == "-D") {
                writeln!(f, "\t$(DOCKMILL) clean --quiet {}", shell(&part.project))?;
            }
        }
        Ok(())
    }

    fn help(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        for ProfileRules { word, .. } in &self.parts {
            lines.push(format!("docker.{word}[.IMAGE]     build all images, or this one, for `{word}`"));
            lines.push(format!("docker.{word}.shard       build the share SHARD of SHARDS, counted from 1"));
        }
        let pushed = &self.parts[self.pushed].word;
        lines.push(format!("docker.push[.IMAGE]      docker.{pushed}, then push"));
        lines.push("docker.pull[.IMAGE]      pull what was pushed".to_owned());
        lines.push("docker.clean             remove what the profiles generated; forget what was built".to_owned());
        writeln!(f, "\n.PHONY: docker.help\ndocker.help:")?;
        lines.iter().try_for_each(|line| writeln!(f, "\t@echo {}", shell(std::slice::from_ref(line))))?;
        writeln!(f, "\t@echo 'images: $(dockmill.images.{pushed})'")
    }
}

impl ProfileRules {
    fn write(&self, is_pushed: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { word, project, rules, span: _ } = self;
        let names: Vec<String> = rules.iter().map(|rule| rule.name()).collect();
        let list = format!("dockmill.images.{word}");
        writeln!(f, "\n{list} := {}", names.join(" "))?;
        if rules.iter().any(|rule| rule.weight != rules[0].weight) {
            let weights: Vec<String> = rules.iter().map(|rule| rule.weight.to_string()).collect();
            writeln!(f, "dockmill.weights.{word} := {}", weights.join(" "))?;
        }
        writeln!(f, "dockmill.project.{word} = {}\n", value(&shell(project)))?;
        let project = format!("$(dockmill.project.{word})");
        for (rule, name) in rules.iter().zip(&names) {
            write!(f, "{MADE}/{word}/{name}.stamp:")?;
            rule.files().try_for_each(|file| write!(f, " {file}"))?;
            rule.needs.iter().try_for_each(|need| write!(f, " {MADE}/{word}/{}.stamp", self::name(need)))?;
            if rule.copied.is_some() {
                write!(f, " $(call dockmill.copied,{})", format!("{word}/{name}").replace(',', "$(dockmill.comma)"))?;
            }
            writeln!(f, "\ndockmill.run.{word}.{name} = {}", value(&rule.build))?;
        }
        writeln!(f)?;
        all(f, word, &list, &names, &format!(" {MADE}/{word}/%.stamp"))?;
        writeln!(
            f,
            ".PHONY: docker.{word}.shard\ndocker.{word}.shard: $(call dockmill.share,docker.{word}.,$({list}),$(dockmill.weights.{word}))\n\
             .PHONY: dockmill.render.{word}\ndockmill.render.{word}:\n\t@$(DOCKMILL) render --quiet {project}"
        )?;
        let pushed = if is_pushed {
            " $(if $(filter docker.push,$(MAKECMDGOALS)),$(dockmill.pushed)) $(patsubst docker.push.%,%,$(filter docker.push.%,$(MAKECMDGOALS)))"
        } else {
            ""
        };
        writeln!(
            f,
            "# Before any build: is everything there that the named images copy?\n.PHONY: dockmill.ready.{word}\n\
             dockmill.ready.{word}:\n\
             \t$(call dockmill.show,$(call dockmill.lacking,{word},$(call dockmill.named,{word}){pushed}),{project})"
        )?;
        if names.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "$({list}:%={MADE}/{word}/%.stamp): {MADE}/{word}/%.stamp: | dockmill.ready.{word}\n\
             \t$(call dockmill.show,$(call dockmill.lacking,{word},$*),{project},--quiet)\n\
             \t@mkdir -p $(@D) && touch $@.begun\n\
             \t$(call dockmill.run,$(dockmill.run.{word}.$*),$<,{project})\n\
             \t@mv $@.begun $@"
        )
    }

    /// The list of what the build of a rule copies.
    fn list(&self, rule: &Rule) -> String {
        format!("{MADE}/{}/{}.paths", self.word, rule.name())
    }

    fn state(&self, text: &mut String) {
        let Self { word, rules, .. } = self;
        let files = |is_stale: bool| {
            let rules = rules.iter().filter(move |rule| rule.is_stale == is_stale);
            let files: IndexSet<&str> = rules.flat_map(|rule| rule.files()).collect();
            files
        };
        // An empty recipe: make then looks whether the file has changed.
        for file in files(true) {
            text.extend([file, ": dockmill.render.", word, " ;\n"]);
        }
        // Without a rule, make would look for a hundred files that each of these might be made from.
        let lists = rules.iter().filter(|rule| rule.copied.is_some()).map(|rule| self.list(rule));
        let settled: Vec<String> = files(false).into_iter().map(str::to_owned).chain(lists).collect();
        if !settled.is_empty() {
            text.extend([&*settled.join(" "), ": ;\n"]);
        }
        let mut lacking: HashSet<&str> = HashSet::default();
        // What is needed comes first.
        for rule in rules {
            let lacks = rule.copied.as_ref().is_some_and(|copied| copied.lacks);
            if lacks || rule.needs.iter().any(|need| lacking.contains(&**need)) {
                lacking.insert(&rule.id);
                text.extend(["dockmill.lacks.", word, ".", &rule.name(), " := ", &rule.id, "\n"]);
            }
        }
    }
}

/// A text as the value of a variable, where a `#` would begin a comment.
fn value(text: &str) -> String {
    text.replace('#', "$(dockmill.hash)")
}

/// Words as a shell in a recipe reads them.
fn shell(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| shlex::try_quote(word).unwrap_or_default().into_owned()).collect();
    words.join(" ").replace('$', "$$")
}
