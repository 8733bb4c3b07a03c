//! Arguments of builtins, checked when the expression is read.

use super::builtin::{self, Extra, Filter, Parameter};
use super::fault::{Advise, Fault, fault};
use super::filter::literal;
use super::test::{self, Test, TestRun};
use super::tree::{Call, Given, Node, NodeKind};
use super::version;
use crate::diagnostic::{Code, Diagnostic, list_or, plural};

/// The builtin filter that is called, where it is one; an error where it does not take the arguments.
pub(super) fn check_filter(call: &Call) -> Result<Option<&'static Filter>, Fault> {
    let Some(filter) = builtin::filter(&call.name) else { return Ok(None) };
    let places: Vec<&Parameter> = filter.parameters.iter().filter(|parameter| !parameter.named).collect();
    let given = &call.arguments;
    let name = filter.name;
    if let (Extra::No, Some(extra)) = (filter.extra, given.positional.get(places.len())) {
        return Err(too_many(name, places.len(), extra));
    }
    for (keyword, span, _) in &given.keywords {
        let known = filter.parameters.iter().any(|parameter| *parameter.name == **keyword);
        if known && places.iter().take(given.positional.len()).any(|parameter| *parameter.name == **keyword) {
            let message = format!("`{keyword}` is given twice: by its place and by its name");
            return Err(fault(Code::WrongArguments, *span, message));
        }
        if !known && filter.extra != Extra::AnyName {
            let message = format!("filter `{name}` has no argument `{keyword}`");
            let names = filter.parameters.iter().map(|parameter| parameter.name);
            let error = Diagnostic::error(Code::WrongArguments, *span, message).suggest(*span, keyword, names.clone());
            let names: Vec<&str> = names.collect();
            return Err(Box::new(if names.is_empty() {
                error.note("it takes no arguments by name")
            } else {
                error.note(format!("it takes {}", list_or(&names)))
            }));
        }
    }
    let missing = places.iter().enumerate().find(|(index, parameter)| {
        parameter.required
            && *index >= given.positional.len()
            && given.keywords.iter().all(|(keyword, ..)| **keyword != *parameter.name)
    });
    if let Some((_, parameter)) = missing {
        let message = format!("filter `{name}` wants an argument: `{}`", parameter.name);
        return Err(fault(Code::WrongArguments, call.name_span, message).help(format!(
            "it is written `{name}({})`",
            places.iter().filter(|parameter| parameter.required).map(|p| p.name).collect::<Vec<_>>().join(", ")
        )));
    }
    let names_attribute = || given.keywords.iter().any(|(keyword, ..)| &**keyword == "attribute");
    if let Some(form) = filter.form.filter(|_| given.positional.is_empty() && !names_attribute()) {
        let message = format!("filter `{name}` wants to know what to look at");
        return Err(fault(Code::WrongArguments, call.name_span, message).help(format!("it is written {form}")));
    }
    literal::check(filter, given)?;
    Ok(Some(filter))
}

/// The builtin test that is called, where it is one; an error where it does not take the arguments.
pub(super) fn check_test(call: &Call) -> Result<Option<&'static Test>, Fault> {
    let Some(test) = test::find(&call.name) else { return Ok(None) };
    let (name, wanted) = (test.name, test.arguments());
    let given = &call.arguments;
    if let Some((_, span, _)) = given.keywords.first() {
        let message = format!("test `{name}` takes no arguments by name");
        return Err(fault(Code::WrongArguments, *span, message));
    }
    if let Some(extra) = given.positional.get(*wanted.end()) {
        return Err(too_many(name, *wanted.end(), extra));
    }
    if given.positional.len() < *wanted.start() {
        let message = format!("test `{name}` wants {}", plural(*wanted.start(), "argument"));
        return Err(fault(Code::WrongArguments, call.name_span, message));
    }
    if let (TestRun::Version, Some(Node { kind: NodeKind::Constant(wanted), span })) =
        (test.run, given.positional.first())
        && let Some(text) = wanted.as_str()
    {
        version::matches("0", text).map_err(|problem| problem.at(*span))?;
    }
    Ok(Some(test))
}

/// An error where a builtin function does not take the arguments.
pub(super) fn check_function(call: &Call) -> Result<(), Fault> {
    let Given { positional, keywords } = &call.arguments;
    let most = match &*call.name {
        "range" => 3,
        "dict" => 1,
        _ => return Ok(()),
    };
    if let Some(extra) = positional.get(most) {
        return Err(too_many(&call.name, most, extra));
    }
    if &*call.name == "range" {
        if let Some((_, span, _)) = keywords.first() {
            return Err(fault(Code::WrongArguments, *span, "`range` takes no arguments by name"));
        }
        if positional.is_empty() {
            let error = fault(Code::WrongArguments, call.name_span, "`range` wants to know where to end");
            return Err(error.help("it is written `range(end)`, `range(start, end)` or `range(start, end, step)`"));
        }
    }
    Ok(())
}

fn too_many(name: &str, most: usize, extra: &Node) -> Fault {
    let takes = if most == 0 { "no arguments".to_owned() } else { format!("at most {}", plural(most, "argument")) };
    fault(Code::WrongArguments, extra.span, format!("`{name}` takes {takes}")).label("one too many")
}
