//! The rules of make for the targets of one profile.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::makefile::{ProfileRules, Rule, name};
use super::seen;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Label, Severity};
use crate::dockerfile::LocalSource;
use crate::graph::Tags;
use crate::manifest::{Manifest, stage_id};
use crate::plan::{Seen, Survey};
use crate::project::Session;
use crate::run::{Builder, Command, Lacks, Order};

/// What make puts into a command for further arguments.
const ARGUMENTS: &str = "$(DOCKMILL_ARGS)";

/// The rule of a target or of one of its stages, before it is known what that is built on.
pub(crate) struct Unlinked {
    stage: Option<Arc<str>>,
    rule: Result<Box<Rule>, Box<Diagnostic>>,
    /// What it is built on by FROM, of the project.
    bases: Vec<Arc<str>>,
}

/// The rules of one profile; `values` are the arguments that it is read with.
pub(crate) fn make_rules(
    session: &Session<'_>,
    mut survey: Survey<Vec<Unlinked>>,
    values: Vec<String>,
    word: &str,
    found: &mut Diagnostics,
) -> ProfileRules {
    let manifest = session.manifest;
    let mut render = vec!["render".to_owned(), "--quiet".to_owned()];
    render.extend(values);
    render.extend(manifest.profile.iter().flat_map(|profile| ["--profile".to_owned(), profile.clone()]));
    let mut part = ProfileRules { word: word.to_owned(), render, rules: Vec::new() };
    let chosen = session.chosen_ids(found);
    let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
    let Survey { graph, answers, left } = &mut survey;
    for node in graph.order(&chosen) {
        let Some(rules) = answers.get_mut(&node.target) else { continue };
        let Some(at) = rules.iter().position(|rule| rule.stage == node.stage) else { continue };
        let Unlinked { rule, bases, .. } = rules.swap_remove(at);
        let linked = rule.and_then(|mut rule| {
            if manifest.build.deps {
                let needed = graph.dependencies(&node.id).filter(|(_, pinned)| !pinned);
                let needs = needed.map(|(on, _)| plain(&name(&on.id)).map(|_| Arc::clone(&on.id)));
                rule.needs = needs.collect::<Result<_, _>>()?;
            }
            let context = Utf8Path::new(&*rule.context);
            let by_bases: Vec<&LocalSource> = bases.iter().filter_map(|base| left.get(&**base)).flatten().collect();
            if !by_bases.is_empty() {
                let mut further = reads(context, by_bases.iter().map(|source| source.path.as_deref())).into_vec();
                further.retain(|word| !rule.reads.contains(word));
                rule.reads = [std::mem::take(&mut rule.reads).into_vec(), further].concat().into();
            }
            Ok(rule)
        });
        match linked {
            Ok(rule) => part.rules.push(rule),
            Err(problem) => found.extend_for(&node.id, [*problem]),
        }
    }
    part
}

/// The rules of a target and its stages.
pub(crate) fn unlinked(manifest: &Manifest, tags: &Tags<'_>, seen: &Seen<'_>) -> Vec<Unlinked> {
    let unlinked = |stage: Option<&Arc<str>>| {
        let name = stage.map(|stage| &**stage);
        Unlinked {
            stage: stage.cloned(),
            rule: rule(manifest, tags, seen, name).map(Box::new).map_err(Box::new),
            bases: seen.bases(name),
        }
    };
    seen.parts().map(unlinked).collect()
}

fn bare(message: String) -> Diagnostic {
    Diagnostic::bare(Severity::Error, Code::InvalidValue, message)
}

fn rule(manifest: &Manifest, known: &Tags<'_>, seen: &Seen<'_>, stage: Option<&str>) -> Result<Rule, Diagnostic> {
    let target = seen.target;
    let root = Utf8Path::new("");
    let of_stage = target.stages.iter().find(|known| Some(&*known.name) == stage);
    let (id, own_tags) = match of_stage {
        Some(stage) => (stage_id(&target.id, &stage.name), &stage.tags),
        None => (target.id.clone(), &target.tags),
    };
    let tags = manifest.build.tags(own_tags);
    let order = Order {
        id: &id,
        project: &manifest.name,
        root,
        file: &target.output,
        context: &target.context,
        stage,
        tags,
        platforms: &[],
        secrets: &[],
        outputs: &[],
        arguments: &[],
        push: false,
        legacy: false,
    };
    let lacks = |_: Lacks| bare(format!("the builder has no place for what `{id}` needs"));
    let build = manifest.builder.build(&order).map_err(lacks)?;
    let build = build_recipe(build, &manifest.builder)?;
    let mut commands = Vec::new();
    if manifest.build.pull {
        for image in seen.images(stage) {
            let built = known.find(image).is_some() && manifest.build.deps;
            if !built {
                commands.push(recipe(&manifest.builder.pull(image, root).map_err(lacks)?, &manifest.builder)?);
            }
        }
    }
    commands.push(build);
    let each = |call: &dyn Fn(&str) -> Result<Command, Lacks>| -> Result<Box<[Box<str>]>, Diagnostic> {
        // A builder without such a call has no such rule.
        own_tags.iter().filter_map(|tag| call(tag).ok()).map(|command| recipe(&command, &manifest.builder)).collect()
    };
    if !target.context.as_str().is_empty() {
        plain(target.context.as_str())?;
    }
    let passed_on = seen::program(&seen.ignore(), &target.context).map(Arc::from);
    let ignore_file = seen.ignore_file();
    // What cannot stand in a rule is looked for by `find` alone.
    let beside: Box<[Box<str>]> = target.files.iter().filter_map(|file| plain(file.to.as_str()).ok()).collect();
    let ignore_file = plain(ignore_file.as_str()).ok().filter(|file| !beside.contains(file));
    plain(&name(&id))?;
    Ok(Rule {
        id: id.into(),
        span: manifest.images[target.image].span,
        output: plain(target.output.as_str())?,
        beside,
        ignore_file,
        seen: passed_on,
        context: target.context.as_str().into(),
        reads: reads(&target.context, seen.sources(stage).iter().map(|source| source.path.as_deref())),
        needs: Box::default(),
        commands: commands.into(),
        push: if tags.is_empty() { Box::default() } else { each(&|tag| manifest.builder.push(tag, root))? },
        pull: each(&|tag| manifest.builder.pull(tag, root))?,
    })
}

/// The command that builds, as make reads it: the builders that dockmill knows take further arguments, before the context.
fn build_recipe(mut command: Command, builder: &Builder) -> Result<Box<str>, Diagnostic> {
    let context = if matches!(builder, Builder::Own(_)) { None } else { command.arguments.pop() };
    let text = recipe(&command, builder)?;
    let Some(context) = context else { return Ok(text) };
    let context = recipe(&Command { program: context, arguments: Vec::new() }, builder)?;
    Ok(format!("{text} {ARGUMENTS} {context}").into())
}

/// A command of a shell as make reads it.
fn recipe(command: &Command, builder: &Builder) -> Result<Box<str>, Diagnostic> {
    let mut words = std::iter::once(&command.program).chain(&command.arguments);
    words.try_for_each(|word| one_line(word)).map_err(|error| match builder {
        Builder::Own(own) => Diagnostic { primary: Some(Label { span: own.span, text: String::new() }), ..error },
        _ => error,
    })?;
    Ok(command.to_string().replace('$', "$$").into())
}

/// An error for a word that make would not take for a part of one line.
pub(crate) fn one_line(text: &str) -> Result<(), Diagnostic> {
    if !text.contains(['\n', '\r']) {
        return Ok(());
    }
    let error = bare(format!("`{}` cannot stand in a rule of make", text.escape_debug()));
    Err(error.note("it has a line break; a script of its own may hold it"))
}

/// A text without what make or a shell reads as its own.
fn plain(text: &str) -> Result<Box<str>, Diagnostic> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "._/+@,-".contains(letter);
    if text.chars().all(is_plain) && !text.starts_with('-') {
        return Ok(text.into());
    }
    let error = bare(format!("`{text}` cannot stand in a rule of make"));
    Err(error.note("letters, digits and `._/+@,-` can"))
}

/// What a build reads of its context, as words for `find`; all of the context where a path is not known or not plain.
fn reads<'a>(context: &Utf8Path, paths: impl Iterator<Item = Option<&'a str>>) -> Box<[Box<str>]> {
    let whole = if context.as_str().is_empty() { Utf8PathBuf::from(".") } else { context.to_owned() };
    let mut words: Vec<Box<str>> = Vec::new();
    for path in paths {
        let is_plain = |letter: char| letter.is_alphanumeric() || "._/+@-*?".contains(letter);
        let path = path.map(|path| path.trim_start_matches("./").trim_matches('/'));
        let word = match path {
            Some(path) if !path.is_empty() && path != "." && !path.contains("..") && path.chars().all(is_plain) => {
                context.join(path).to_string()
            }
            _ => whole.to_string(),
        };
        let word = if word.starts_with('-') { format!("./{word}") } else { word }.into_boxed_str();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.into()
}
