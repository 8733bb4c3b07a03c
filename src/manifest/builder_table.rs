//! `[builder]`: the program that builds.

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic, list_or};
use crate::run::{ArgumentList, ArgumentProblem, Builder, OwnBuilder, Placeholder};
use crate::source::Span;

use super::document::{Item, Reader, Section, Text};
use super::keys::BUILDER;

/// Reads `[builder]`: the program, and how many images are built at the same time.
pub(super) fn read(table: Option<&DeTable<'_>>, reader: &mut Reader<'_>) -> (Builder, usize) {
    let Some(table) = table else { return (Builder::default(), 1) };
    let section = reader.section(table, "`[builder]`", &BUILDER);
    let jobs = reader.whole(section, "jobs").and_then(|(jobs, _)| usize::try_from(jobs).ok());
    (program(reader, section), jobs.unwrap_or(1))
}

fn program(reader: &mut Reader<'_>, section: Section<'_>) -> Builder {
    let lists = [("pull", Placeholder::PULL), ("push", Placeholder::PUSH)];
    let [pull, push] = lists.map(|(key, known)| Some((reader.value_of(section, key)?, key, known)));
    let item = reader.value_of(section, "use");
    if let Some(item) = item.filter(|item| item.value.is_array()) {
        let mut read = |(item, key, known)| read_list(reader, item, &format!("`{key}`"), known);
        let (pull, push) = (pull.map(&mut read), push.map(&mut read));
        let build = read((item, "use", Placeholder::BUILD));
        return Builder::Own(OwnBuilder { span: item.span, build, pull, push });
    }
    for (item, key, _) in [pull, push].into_iter().flatten() {
        let message = format!("`{key}` belongs to a builder of your own, whose `use` is an argument list");
        reader.error(Diagnostic::error(Code::InvalidValue, item.key, message));
    }
    let Some(item) = item else { return Builder::default() };
    let Some(name) = item.value.as_str() else {
        reader.wrong_type(item, "`use`", "the name of a builder or an argument list");
        return Builder::default();
    };
    let known = Builder::KNOWN.iter().find(|(known, _)| *known == name);
    let Some((_, builder)) = known else {
        let names: Vec<&str> = Builder::KNOWN.iter().map(|(name, _)| *name).collect();
        let span = reader.inner(item.span);
        reader.error(
            Diagnostic::error(Code::InvalidValue, span, format!("`{name}` is no builder that dockmill knows"))
                .label(format!("expected {}", list_or(&names)))
                .suggest(span, name, names)
                .help("a builder of your own is an argument list: `use = [\"program\", \"build\"]`"),
        );
        return Builder::default();
    };
    builder.clone()
}

/// Reads an argument list. Arguments that belong together form a nested list.
fn read_list(reader: &mut Reader<'_>, item: Item<'_>, what: &str, known: &[Placeholder]) -> ArgumentList {
    let mut list = ArgumentList::default();
    for (index, item) in reader.list(item, what).unwrap_or_default().into_iter().enumerate() {
        let words = if item.value.is_array() {
            reader.strings(item, &format!("a list in {what}")).unwrap_or_default()
        } else {
            reader.string(item, &format!("an element of {what}")).into_iter().collect()
        };
        let texts: Vec<&str> = words.iter().map(|word| word.value).collect();
        if index == 0 && (texts.len() != 1 || texts[0].is_empty() || texts[0].contains(['{', '}'])) {
            let message = "the argument list of a builder begins with its program";
            reader.error(Diagnostic::error(Code::InvalidValue, item.span, message));
        }
        for (word, problem) in list.push(&texts, known).err().into_iter().flatten() {
            reader.error(no_placeholder(words[word], problem, known));
        }
    }
    if list == ArgumentList::default() {
        let message = "the argument list of a builder begins with its program";
        reader.error(Diagnostic::error(Code::InvalidValue, item.span, message));
    }
    list
}

fn no_placeholder(word: Text<'_>, problem: ArgumentProblem, known: &[Placeholder]) -> Diagnostic {
    let at = |range: std::ops::Range<usize>| {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        word.offset.map_or(word.span, |start| Span {
            start: start + offset(range.start),
            end: start + offset(range.end),
            ..word.span
        })
    };
    let names = known.iter().map(|placeholder| placeholder.name());
    let listed: Vec<String> = names.clone().map(|name| format!("{{{name}}}")).collect();
    let listed = list_or(&listed.iter().map(String::as_str).collect::<Vec<_>>());
    match problem {
        ArgumentProblem::Unknown { name, at: range } => {
            let error = Diagnostic::error(
                Code::InvalidValue,
                at(range.clone()),
                format!("there is no placeholder `{{{name}}}`"),
            );
            error.suggest(at(range), &name, names).note(format!("an argument may hold {listed}"))
        }
        ArgumentProblem::Brace { at: range } => {
            let error = Diagnostic::error(Code::InvalidValue, at(range), "this brace begins no placeholder");
            error.label("a plain brace is written twice").note(format!("an argument may hold {listed}"))
        }
        ArgumentProblem::Several { at: range } => {
            let message = "one argument cannot stand for each value of two placeholders";
            Diagnostic::error(Code::InvalidValue, at(range), message).help("give each an argument of its own")
        }
    }
}
