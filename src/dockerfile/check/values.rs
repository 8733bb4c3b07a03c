//! Words with variables whose values the file tells: BuildKit refuses what they stand for, not what is written.

use std::cell::Cell;
use std::rc::Rc;

use super::super::keyword::Keyword;
use super::super::lint;
use super::super::model::Instruction;
use super::super::scope::PREDEFINED;
use super::super::shell::{Lexed, Lexer, Room, has_variable};
use super::inherited::Inherited;
use super::word::{Source, Word};
use super::{Checks, copies, signal};

/// Does what is wrong with the instruction depend on the values of variables?
pub(in super::super) fn depends(instruction: &Instruction<'_>) -> bool {
    let is_read = match instruction.keyword {
        Some(Keyword::Expose | Keyword::Stopsignal | Keyword::Volume) => true,
        Some(Keyword::Add) => instruction.flag("checksum").is_some_and(|value| value.contains('$')),
        _ => false,
    };
    is_read && has_variable(instruction.text())
}

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    if !has_variable(dockerfile.source) {
        return;
    }
    // What is set behind the last use is no matter.
    let Some(last) = dockerfile.instructions.iter().rposition(depends) else { return };
    let room = Room::default();
    let mut values = Values::default();
    for (index, stage) in checks.stages.iter().enumerate().take_while(|(_, stage)| stage.instructions.start <= last) {
        values.begin(checks, index);
        for instruction in &dockerfile.instructions[stage.instructions.start..stage.instructions.end.min(last + 1)] {
            if depends(instruction) {
                one(checks, index, instruction, &values, &room);
            }
            values.declare(checks, instruction, &room);
        }
    }
}

fn one(checks: &mut Checks<'_, '_>, stage: usize, instruction: &Instruction<'_>, values: &Values, room: &Room) {
    let Ok(arguments) = instruction.arguments() else { return };
    match instruction.keyword {
        Some(Keyword::Expose) => {
            for written in arguments.list.iter().filter(|word| word.contains('$')) {
                match values.expand(written, instruction.escape, room) {
                    Some(Expanded { lexed, source }) => {
                        for text in &lexed.words {
                            lint::port(checks, stage, instruction, Word { written, text, source });
                        }
                    }
                    // Whatever the port is, this is its protocol.
                    None => {
                        if let Some((_, protocol)) = written.rsplit_once('/').filter(|(_, end)| !end.contains('$')) {
                            let text = format!("80/{protocol}");
                            lint::port(checks, stage, instruction, Word { written, text: &text, source: Source::Part });
                        }
                    }
                }
            }
        }
        Some(Keyword::Stopsignal) => {
            for written in &arguments.list {
                if let Some(Expanded { lexed, source }) = values.expand(written, instruction.escape, room) {
                    signal::named(checks, stage, instruction, Word { written, text: &lexed.word, source });
                }
            }
        }
        Some(Keyword::Volume) => {
            for written in arguments.list.iter().filter(|word| word.contains('$')) {
                if let Some(Expanded { lexed, source }) = values.expand(written, instruction.escape, room)
                    && lexed.word.is_empty()
                {
                    let word = Word { written, text: "", source };
                    let finding = word.finding(checks, stage, instruction, "a path in `VOLUME` is blank".to_owned());
                    checks.add(finding);
                }
            }
        }
        Some(Keyword::Add) => {
            let Some(written) = instruction.flag("checksum") else { return };
            let mut sources = arguments.list.iter().rev().skip(1);
            // What is no file from the web is told whatever the digest is.
            let (Some(_), None) = (sources.next().filter(|source| copies::is_url(source)), sources.next()) else {
                return;
            };
            if let Some(Expanded { lexed, source }) = values.expand(&written, instruction.escape, room) {
                // Without a digest BuildKit asks for none.
                let word = Word { written: &written, text: &lexed.word, source };
                let finding = copies::digest(checks, stage, instruction, word).filter(|_| !lexed.word.is_empty());
                if let Some(finding) = finding {
                    checks.add(finding);
                }
            }
        }
        _ => {}
    }
}

/// The values that a stage's instructions see.
pub(in super::super) type Values = Inherited<Value>;

pub(in super::super) enum Value {
    /// ENV has set it: no build has another one.
    Fixed(Rc<str>),
    /// The default of an ARG; `None` where it has none.
    Open(Option<Rc<str>>),
    Unknown,
}

/// A text with the values of its variables.
pub(in super::super) struct Expanded {
    pub(in super::super) lexed: Lexed,
    pub(in super::super) source: Source,
}

impl Values {
    /// `None` where the value of a variable is not known here, or the text cannot be read.
    pub(in super::super) fn expand(&self, text: &str, escape: u8, room: &Room) -> Option<Expanded> {
        let is_open = Cell::new(false);
        let is_known = Cell::new(true);
        let value = |name: &str| match self.get(name) {
            Some(Value::Fixed(value)) => Some(value.to_string()),
            Some(Value::Open(value)) => {
                is_open.set(true);
                value.as_deref().map(str::to_owned)
            }
            Some(Value::Unknown) => {
                is_known.set(false);
                None
            }
            // The base image may set it: a default holds where it does not.
            None => {
                is_open.set(is_open.get() || !self.is_whole);
                None
            }
        };
        let lexer = Lexer { room: Some(room), ..Lexer::new(char::from(escape), &value) };
        let lexed = lexer.lex(text.as_bytes()).ok().filter(|_| is_known.get())?;
        let is_whole = self.is_whole || lexed.unset.iter().all(|name| self.get(name).is_some());
        let source = if is_open.get() { Source::Open } else { Source::Fixed };
        is_whole.then_some(Expanded { lexed, source })
    }

    /// The instruction sets what it declares.
    pub(in super::super) fn declare(&mut self, checks: &Checks<'_, '_>, instruction: &Instruction<'_>, room: &Room) {
        match instruction.keyword {
            Some(Keyword::Arg) => {
                for word in instruction.args() {
                    let (name, default) =
                        word.split_once('=').map_or((&*word, None), |(name, value)| (name, Some(value)));
                    // Whether an ARG counts behind an ENV is not the same in all versions.
                    let value = if PREDEFINED.contains(&name) || self.is_fixed(name) {
                        Value::Unknown
                    } else if let Some(default) = default {
                        let expanded = self.expand(default, instruction.escape, room);
                        expanded.map_or(Value::Unknown, |found| Value::Open(Some(found.lexed.word.into())))
                    } else if let Some(global) = checks.scope.global(name) {
                        global.bare.as_deref().map_or(Value::Unknown, |bare| Value::Open(Some(bare.into())))
                    } else {
                        Value::Open(None)
                    };
                    self.set(name, value);
                }
            }
            Some(Keyword::Env) => {
                let args = instruction.args();
                // All values of one ENV see what was before it.
                let values: Vec<(&str, Value)> = args
                    .chunks_exact(2)
                    .map(|pair| {
                        let value = match self.expand(&pair[1], instruction.escape, room) {
                            Some(Expanded { lexed, source: Source::Open }) => Value::Open(Some(lexed.word.into())),
                            Some(Expanded { lexed, .. }) => Value::Fixed(lexed.word.into()),
                            None => Value::Unknown,
                        };
                        (&*pair[0], value)
                    })
                    .collect();
                for (name, value) in values {
                    self.set(name, value);
                }
            }
            _ => {}
        }
    }

    fn is_fixed(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value::Fixed(_)))
    }
}
