//! `-D NAME=VALUE` and `--limit NAME=NUMBER`.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Ceiling, Define};
use crate::source::{FileOrigin, SourceMap, Span, is_name};

/// Reads one `-D`; errors show the argument.
fn read(text: &str, sources: &SourceMap) -> Result<Define, Diagnostic> {
    let (name, value, span) = split(text, "-D", sources)?;
    let end = span.end + 1 + u32::try_from(value.len()).unwrap_or(0);
    Ok(Define { name: name.to_owned(), value: value.to_owned(), span: Span { end, ..span } })
}

/// Reads all of them; of a name that is given twice the last one holds, as with m4 and cc.
pub(crate) fn read_all(texts: &[String], sources: &SourceMap, found: &mut Diagnostics) -> Vec<Define> {
    let mut defines: Vec<Define> = Vec::new();
    for text in texts {
        match read(text, sources) {
            Ok(define) => {
                defines.retain(|known| known.name != define.name);
                defines.push(define);
            }
            Err(error) => found.push(error),
        }
    }
    defines
}

fn split<'a>(text: &'a str, flag: &str, sources: &SourceMap) -> Result<(&'a str, &'a str, Span), Diagnostic> {
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    let file = sources.add(FileOrigin::Argument, format!("{flag} {text}").into_bytes());
    let start = length(flag) + 1;
    let all = Span::new(file, start, start + length(text));
    let wrong = |message: String, help: &str| Err(Diagnostic::error(Code::InvalidValue, all, message).help(help));
    let Some((name, value)) = text.split_once('=') else {
        let empty = format!("; an empty value is written `{flag} {text}=`");
        let help = format!("write `{flag} {text}=…`{}", if flag == "-D" { &empty } else { "" });
        return wrong(format!("`{flag}` wants a name and a value"), &help);
    };
    if !is_name(name) {
        return wrong(format!("`{name}` is no name"), "a name has letters, digits and `_`, and begins with no digit");
    }
    Ok((name, value, Span { end: start + length(name), ..all }))
}

/// The variable that holds limits for every run.
const LIMITS: &str = "DOCKMILL_LIMITS";

/// Reads the limits of the environment, and then the `--limit`s, which come before them.
pub(crate) fn ceiling(given: &[String], sources: &SourceMap) -> Result<Ceiling, Diagnostic> {
    let mut ceiling = Ceiling::default();
    let all = std::env::var(LIMITS).unwrap_or_default();
    let everywhere = all.split([' ', ',']).filter(|text| !text.is_empty()).map(|text| (text, LIMITS));
    for (text, flag) in everywhere.chain(given.iter().map(|text| (text.as_str(), "--limit"))) {
        let (name, value, span) = split(text, flag, sources)?;
        let value_span =
            Span { start: span.end + 1, end: span.end + 1 + u32::try_from(value.len()).unwrap_or(0), ..span };
        let number: u64 = value
            .parse()
            .map_err(|_| Diagnostic::error(Code::InvalidValue, value_span, format!("`{value}` is no whole number")))?;
        match ceiling.set(name, number) {
            Some(Ok(())) => {}
            Some(Err(most)) => {
                let message = match most {
                    1..=0xFFFF_FFFF => format!("`{name}` must be between 1 and {most}"),
                    _ => format!("`{name}` must be at least 1"),
                };
                return Err(Diagnostic::error(Code::InvalidValue, value_span, message));
            }
            None => {
                let known: Vec<&str> = Ceiling::names().collect();
                return Err(Diagnostic::error(Code::InvalidValue, span, format!("there is no limit `{name}`"))
                    .suggest(span, name, known.iter().copied())
                    .note(format!("the limits are {}", crate::diagnostic::list_or(&known))));
            }
        }
    }
    Ok(ceiling)
}
