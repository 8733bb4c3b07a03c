//! The rules of make for the targets of one profile.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::copied::{Contexts, Outputs, hash};
use super::makefile::{ProfileRules, Rule, name};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Label, Severity};
use crate::dockerfile::{Ignore, LocalSource};
use crate::graph::Tags;
use crate::manifest::{Manifest, list_of_outputs, stage_id};
use crate::output::OutputFile;
use crate::plan::{Seen, Survey};
use crate::project::Session;
use crate::run::{Builder, Command, Lacks, Order};

/// What make puts into a command for further arguments.
const ARGUMENTS: &str = "$(DOCKMILL_ARGS)";

/// What is known of a target while it is at hand.
pub(crate) struct Unlinked {
    parts: Vec<UnlinkedPart>,
    /// Its output and the files beside it, with a hash of what each is to hold.
    outputs: Vec<(Utf8PathBuf, String)>,
}

/// The rule of a target or of one of its stages, before it is known what that is built on.
struct UnlinkedPart {
    stage: Option<Arc<str>>,
    rule: Result<Box<Rule>, Box<Diagnostic>>,
    takes: Option<Box<Takes>>,
}

/// What is taken of a context.
struct Takes {
    sources: Vec<LocalSource>,
    /// What it is built on of the project by FROM: it takes what their `ONBUILD`s name, too.
    bases: Vec<Arc<str>>,
    context: Utf8PathBuf,
    ignore: Arc<Ignore>,
}

/// The rules of one profile; `project` are the arguments that say which project this is, with which values.
pub(crate) fn make_rules(
    session: &Session<'_>,
    mut survey: Survey<Unlinked>,
    mut project: Vec<String>,
    word: &str,
    found: &mut Diagnostics,
) -> ProfileRules {
    let manifest = session.manifest;
    project.extend(manifest.profile.iter().flat_map(|profile| ["--profile".to_owned(), profile.clone()]));
    let span = manifest.profile.as_ref().and_then(|profile| manifest.profiles.get(profile)).copied();
    let mut part = ProfileRules { word: word.to_owned(), span, project, rules: Vec::new() };
    let chosen = session.chosen_ids(found);
    let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
    let Survey { graph, answers, left } = &mut survey;
    let mut outputs: Outputs =
        answers.values_mut().flat_map(|of_target| std::mem::take(&mut of_target.outputs)).collect();
    // It changes only with them.
    outputs.insert(list_of_outputs(&manifest.path), String::new());
    let mut contexts = Contexts::new(&manifest.root, &outputs);
    // A value of an axis is in the ids of many.
    let mut refused: IndexMap<_, (Box<Diagnostic>, usize)> = IndexMap::new();
    for node in graph.order(&chosen) {
        let Some(Unlinked { parts, .. }) = answers.get_mut(&node.target) else { continue };
        let Some(at) = parts.iter().position(|part| part.stage == node.stage) else { continue };
        let UnlinkedPart { rule, takes, .. } = parts.swap_remove(at);
        let linked = rule.and_then(|mut rule| {
            if manifest.build.deps {
                let needed = graph.dependencies(&node.id).filter(|(_, pinned)| !pinned);
                let needs = needed.map(|(on, _)| plain(&name(&on.id)).map(|_| Arc::clone(&on.id)));
                rule.needs = needs.collect::<Result<_, _>>()?;
            }
            if let Some(Takes { sources, bases, context, ignore }) = takes.as_deref() {
                let by_bases = bases.iter().filter_map(|base| left.get(&**base)).flatten();
                let sources: Vec<&LocalSource> = sources.iter().chain(by_bases).collect();
                rule.copied = contexts.look(context, &sources, ignore);
            }
            Ok(rule)
        });
        match linked {
            Ok(rule) => part.rules.push(rule),
            Err(problem) => {
                let place = problem.primary.as_ref().map(|label| label.span);
                refused.entry((place, problem.notes.clone())).or_insert((problem, 0)).1 += 1;
            }
        }
    }
    found.extend(refused.into_values().map(|(problem, count)| match count {
        1 => *problem,
        _ => problem.note(format!("nor can what {} more of this image have there", count - 1)),
    }));
    part
}

/// The rules of a target and its stages. `file` is the output, which is to be written anew where it `is_stale`.
pub(crate) fn unlinked(
    manifest: &Manifest,
    tags: &Tags<'_>,
    seen: &Seen<'_>,
    file: &OutputFile,
    is_stale: bool,
) -> Unlinked {
    let part = |stage: Option<&Arc<str>>| {
        let name = stage.map(|stage| &**stage);
        let sources: Vec<LocalSource> = seen.sources(name).into_iter().cloned().collect();
        let bases = seen.bases(name);
        let takes = !sources.is_empty() || !bases.is_empty();
        UnlinkedPart {
            stage: stage.cloned(),
            rule: rule(manifest, tags, seen, name, is_stale).map(Box::new).map_err(Box::new),
            takes: takes.then(|| {
                Box::new(Takes {
                    sources,
                    bases,
                    context: seen.target.context.clone(),
                    ignore: Arc::clone(&seen.ignore),
                })
            }),
        }
    };
    let beside = file.companions.iter().map(|companion| {
        (companion.path.clone(), hash(&companion.bytes) + if companion.is_executable() { " x" } else { "" })
    });
    let outputs = std::iter::once((file.path.clone(), hash(&file.bytes))).chain(beside).collect();
    Unlinked { parts: seen.parts().map(part).collect(), outputs }
}

fn bare(message: String) -> Diagnostic {
    Diagnostic::bare(Severity::Error, Code::InvalidValue, message)
}

fn rule(
    manifest: &Manifest,
    known: &Tags<'_>,
    seen: &Seen<'_>,
    stage: Option<&str>,
    is_stale: bool,
) -> Result<Rule, Diagnostic> {
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
    let mut commands: Vec<Box<str>> = Vec::new();
    if manifest.build.pull {
        for image in seen.images(stage) {
            let built = known.find(image).is_some() && manifest.build.deps;
            if !built {
                commands.push(recipe(&manifest.builder.pull(image, root).map_err(lacks)?, &manifest.builder)?);
            }
        }
    }
    commands.push(build);
    let each = |call: &dyn Fn(&str) -> Result<Command, Lacks>| -> Result<Box<str>, Diagnostic> {
        // A builder without such a call has no such rule.
        let commands = own_tags.iter().filter_map(|tag| call(tag).ok());
        let commands: Result<Vec<_>, _> = commands.map(|command| recipe(&command, &manifest.builder)).collect();
        Ok(commands?.join(" && ").into())
    };
    // What cannot stand in a rule is looked at as a part of the context alone.
    let beside: Box<[Box<str>]> = target.files.iter().filter_map(|file| plain(file.to.as_str()).ok()).collect();
    let at_image = |problem| Diagnostic {
        primary: Some(Label { span: manifest.images[target.image].span, text: String::new() }),
        ..problem
    };
    plain(&name(&id)).map_err(at_image)?;
    Ok(Rule {
        id: id.into(),
        span: manifest.images[target.image].span,
        output: plain(target.output.as_str()).map_err(at_image)?,
        beside,
        is_stale,
        copied: None,
        weight: target.weight,
        needs: Box::default(),
        build: commands.join(" && ").into(),
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
