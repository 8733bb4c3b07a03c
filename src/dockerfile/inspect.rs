//! A Dockerfile laid open, for people and for programs.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::hash::Hash;

use indexmap::IndexSet;
use serde::Serialize;

use crate::diagnostic::is_control;

use super::model::{Dockerfile, Instruction};
use super::outline::Outline;
use super::stage::{Reference, Target};

/// Everything that is known of a Dockerfile. Serialized, it is what `dockmill inspect --json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The parser directives that count.
    pub directives: Vec<InspectedDirective>,
    /// The escape character.
    pub escape: char,
    /// The stages, in order.
    pub stages: Vec<InspectedStage>,
    /// The instructions, in order.
    pub instructions: Vec<InspectedInstruction>,
}

/// A parser directive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedDirective {
    /// `syntax`, `escape` or `check`.
    pub name: &'static str,
    /// What stands after the `=`.
    pub value: String,
    /// The line, from 1.
    pub line: u32,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedStage {
    /// The name in lower case.
    pub name: Option<String>,
    /// What FROM names, as it is written.
    pub base: String,
    /// The same with the defaults of `ARG`s; `None` where it depends on a name without a default.
    pub resolved: Option<String>,
    /// The value of `--platform`, as it is written.
    pub platform: Option<String>,
    /// The indices of the stages that its FROM, `COPY --from` and mounts name: what is built before it.
    pub needs: Vec<usize>,
    /// The images that these name, each once.
    pub images: Vec<String>,
    /// The line of FROM.
    pub start_line: u32,
    /// The last line of its last instruction.
    pub end_line: u32,
}

/// An instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedInstruction {
    /// The name as it is written.
    pub name: String,
    /// The instruction that an `ONBUILD` holds; `flags`, `args` and `json` are then its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The flags, quotes removed.
    pub flags: Vec<String>,
    /// The arguments; where BuildKit cannot read them, and of an instruction that it does not know, their text as one.
    pub args: Vec<String>,
    /// The arguments were in the JSON form.
    pub json: bool,
    /// The texts that follow.
    pub heredocs: Vec<InspectedHeredoc>,
    /// The index of its stage; `None` before the first FROM.
    pub stage: Option<usize>,
    /// The first line.
    pub start_line: u32,
    /// The last line, heredocs included.
    pub end_line: u32,
}

/// A heredoc.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InspectedHeredoc {
    /// The word that ends it.
    pub name: String,
    /// The text as it stands in the file.
    pub content: String,
    /// Variables in it are expanded.
    pub expand: bool,
    /// Tabs at the start of its lines are cut.
    pub chomp: bool,
    /// The file descriptor.
    pub file_descriptor: u64,
}

/// Lays a Dockerfile open.
pub fn inspect(dockerfile: &Dockerfile<'_>) -> Inspection {
    let Outline { stages, references, scope, .. } = dockerfile.outline();
    let inspected_stages = stages.iter().enumerate().map(|(index, stage)| InspectedStage {
        name: stage.name.clone(),
        base: stage.base.clone().into_owned(),
        resolved: scope
            .expand(&stage.base)
            .ok()
            .filter(|lexed| !lexed.unset.iter().any(|name| scope.is_declared(name)))
            .map(|lexed| lexed.word),
        platform: stage.platform.clone(),
        needs: named(&references, index, |target| match target {
            Target::Stage(index) => Some(*index),
            _ => None,
        }),
        images: named(&references, index, |target| target.image().map(str::to_owned)),
        start_line: stage.start_line,
        end_line: stage.end_line,
    });
    let directives = dockerfile.directives.iter().map(|directive| InspectedDirective {
        name: directive.kind.name(),
        value: directive.value.clone().into_owned(),
        line: directive.line,
    });
    let instructions = dockerfile.instructions.iter().enumerate().map(|(index, instruction)| {
        inspect_instruction(instruction, stages.iter().position(|stage| stage.instructions.contains(&index)))
    });
    Inspection {
        directives: directives.collect(),
        escape: char::from(dockerfile.escape),
        stages: inspected_stages.collect(),
        instructions: instructions.collect(),
    }
}

/// What a stage names of one kind, each once.
fn named<T: Eq + Hash>(references: &[Reference], stage: usize, kind: impl Fn(&Target) -> Option<T>) -> Vec<T> {
    let own = references.iter().filter(|reference| reference.stage == stage);
    let found: IndexSet<T> = own.filter_map(|reference| kind(&reference.target)).collect();
    found.into_iter().collect()
}

fn inspect_instruction(instruction: &Instruction<'_>, stage: Option<usize>) -> InspectedInstruction {
    let heredocs = instruction.heredocs.iter().map(|heredoc| InspectedHeredoc {
        name: heredoc.name.clone(),
        content: String::from_utf8_lossy(&heredoc.content).into_owned(),
        expand: heredoc.expand,
        chomp: heredoc.chomp,
        file_descriptor: heredoc.file_descriptor,
    });
    let trigger = instruction.trigger();
    let inner = trigger.as_ref().unwrap_or(instruction);
    let (args, json) = match instruction.arguments() {
        Ok(arguments) if inner.keyword.is_some() => {
            (arguments.list.into_iter().map(Cow::into_owned).collect(), arguments.json)
        }
        _ => {
            let text = String::from_utf8_lossy(inner.rest()).into_owned();
            (if text.is_empty() { Vec::new() } else { vec![text] }, false)
        }
    };
    InspectedInstruction {
        name: instruction.name().into_owned(),
        trigger: trigger.as_ref().map(|trigger| trigger.name().into_owned()),
        flags: inner.flags(),
        args,
        json,
        heredocs: heredocs.collect(),
        stage,
        start_line: instruction.start_line,
        end_line: instruction.end_line,
    }
}

impl Inspection {
    /// The same as text: a block for each stage, a line for each instruction, heredocs below it.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for directive in &self.directives {
            let _ = writeln!(out, "{:>9}  # {}={}", directive.line, directive.name, directive.value);
        }
        let mut stage = None;
        for instruction in &self.instructions {
            if instruction.stage != stage {
                stage = instruction.stage;
                if let Some((index, found)) = stage.and_then(|index| Some((index, self.stages.get(index)?))) {
                    separate(&mut out);
                    out.push_str(&heading(index, found, &self.stages));
                }
            }
            line(&mut out, instruction);
        }
        out
    }
}

fn separate(out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
}

fn heading(index: usize, stage: &InspectedStage, stages: &[InspectedStage]) -> String {
    let mut out = format!("stage {index}");
    if let Some(name) = &stage.name {
        let _ = write!(out, " `{name}`");
    }
    let _ = write!(out, ", lines {}-{}", stage.start_line, stage.end_line);
    match &stage.resolved {
        Some(resolved) if *resolved != stage.base => {
            let _ = write!(out, ", from {resolved}");
        }
        Some(_) => {}
        None => out.push_str(", from an image that the build decides"),
    }
    for (at, need) in stage.needs.iter().enumerate() {
        let name = stages.get(*need).and_then(|stage| stage.name.as_deref());
        let name = name.map_or_else(|| format!("stage {need}"), |name| format!("`{name}`"));
        let _ = write!(out, "{}{name}", if at == 0 { ", needs " } else { " and " });
    }
    out.push('\n');
    out
}

fn line(out: &mut String, instruction: &InspectedInstruction) {
    let lines = if instruction.start_line == instruction.end_line {
        instruction.start_line.to_string()
    } else {
        format!("{}-{}", instruction.start_line, instruction.end_line)
    };
    let _ = write!(out, "{lines:>9}  {}", instruction.name);
    for word in instruction.trigger.iter().chain(&instruction.flags) {
        let _ = write!(out, " {}", shown(word));
    }
    if instruction.json {
        let _ = write!(out, " {}", serde_json::Value::from(instruction.args.clone()));
    } else if is_pairs(instruction) {
        for pair in instruction.args.chunks(2) {
            let _ = write!(out, " {}", shown(&pair.join("=")));
        }
    } else {
        for arg in &instruction.args {
            let _ = write!(out, " {}", shown(arg));
        }
    }
    out.push('\n');
    for heredoc in &instruction.heredocs {
        let quote = if heredoc.expand { "" } else { "'" };
        let chomp = if heredoc.chomp { "-" } else { "" };
        let _ = writeln!(out, "{:11}<<{chomp}{quote}{}{quote}", "", shown(&heredoc.name));
        for text in heredoc.content.lines() {
            let _ = writeln!(out, "{:11}| {}", "", shown(text));
        }
    }
}

/// Names and values in turn.
fn is_pairs(instruction: &InspectedInstruction) -> bool {
    let name = instruction.trigger.as_ref().unwrap_or(&instruction.name);
    name.eq_ignore_ascii_case("env") || name.eq_ignore_ascii_case("label")
}

/// Control characters made visible: they would play with the terminal.
fn shown(text: &str) -> Cow<'_, str> {
    let is_hidden = |character: char| is_control(character) && character != '\t';
    if text.chars().any(is_hidden) {
        let show = |character: char| {
            if is_hidden(character) { character.escape_default().to_string() } else { character.to_string() }
        };
        text.chars().map(show).collect()
    } else {
        Cow::Borrowed(text)
    }
}
