//! `-D NAME=VALUE` and `--limit NAME=NUMBER`.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Ceiling, Define};
use crate::project::Values;
use crate::source::{Disk, FileOrigin, FileSystem, SourceMap, Span, is_name, reason};

/// Reads one `-D`; errors show the argument. If only its file cannot be read, the name is given all the same: otherwise each
/// use of it would be an error, too.
fn read(text: &str, sources: &SourceMap, found: &mut Diagnostics) -> Result<Define, Diagnostic> {
    let (name, value, span) = split(text, "-D", sources)?;
    let end = span.end + 1 + u32::try_from(value.len()).unwrap_or(0);
    let value = match value.strip_prefix('@') {
        Some(text) if text.starts_with('@') => text.to_owned(),
        Some(path) => in_file(path, Span { start: span.end + 2, end, ..span }).unwrap_or_else(|error| {
            found.push(error);
            String::new()
        }),
        None => value.to_owned(),
    };
    Ok(Define { name: name.to_owned(), value, span: Span { end, ..span } })
}

/// The largest file that gives a value: what expressions make of one is bounded, too.
const LARGEST: u64 = 16 << 20;

/// The text of a file that gives a value, as a shell's `$(cat FILE)`: without the line breaks at its end. The path is one of
/// the command line, so it is relative to the current folder.
fn in_file(path: &str, span: Span) -> Result<String, Diagnostic> {
    let unreadable = |why: &str| {
        let error = Diagnostic::error(Code::FileUnreadable, span, format!("the file `{path}` {why}"));
        error.help("a value that begins with `@` is written with two: `@@`")
    };
    let bytes = Disk.metadata(path.into()).and_then(|file| match file.len {
        ..=LARGEST => Disk.read(path.into()).map(Some),
        _ => Ok(None),
    });
    match bytes.map(|bytes| bytes.map(String::from_utf8)) {
        Ok(Some(Ok(text))) => Ok(text.trim_end_matches(['\n', '\r']).to_owned()),
        Ok(Some(Err(_))) => Err(unreadable("is not UTF-8")),
        Ok(None) => Err(unreadable("is too large")),
        Err(error) => Err(unreadable(&format!("cannot be read: {}", reason(&error)))),
    }
}

/// Reads all of them; of a name that is given twice the last one holds, as with m4 and cc.
pub(crate) fn read_all(texts: &[String], sources: &SourceMap, found: &mut Diagnostics) -> Vec<Define> {
    let mut defines: Vec<Define> = Vec::new();
    for text in texts {
        match read(text, sources, found) {
            Ok(define) => {
                defines.retain(|known| known.name != define.name);
                defines.push(define);
            }
            Err(error) => found.push(error),
        }
    }
    defines
}

/// What is wrong with limits and definitions themselves, whatever files say.
pub(crate) fn wrong(values: &Values<'_>, sources: &SourceMap) -> Option<Diagnostic> {
    let misread = |text: &String| split(text, "-D", sources).err();
    ceiling(values.limit, sources).err().or_else(|| values.define.iter().find_map(misread))
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

/// Reads the limits of the environment, and then the `--limit`s, which come before them. One that either has twice is an error:
/// the first would be lost without a word.
pub(crate) fn ceiling(given: &[String], sources: &SourceMap) -> Result<Ceiling, Diagnostic> {
    let mut ceiling = Ceiling::default();
    let mut seen: Vec<(&str, &str, Span)> = Vec::new();
    let all = std::env::var(LIMITS).unwrap_or_default();
    let everywhere = all.split([' ', ',']).filter(|text| !text.is_empty()).map(|text| (text, LIMITS));
    for (text, flag) in everywhere.chain(given.iter().map(|text| (text.as_str(), "--limit"))) {
        let (name, value, span) = split(text, flag, sources)?;
        let value_span =
            Span { start: span.end + 1, end: span.end + 1 + u32::try_from(value.len()).unwrap_or(0), ..span };
        let number: u64 = value
            .parse()
            .map_err(|_| Diagnostic::error(Code::InvalidValue, value_span, format!("`{value}` is no whole number")))?;
        if let Some((.., first)) = seen.iter().find(|(of, known, _)| (*of, *known) == (flag, name)) {
            let error = Diagnostic::error(Code::InvalidValue, span, format!("`{flag}` has `{name}` twice"));
            return Err(error.also(*first, "it is given here, too"));
        }
        seen.push((flag, name, span));
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
