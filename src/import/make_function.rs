//! Functions of make that name files. Those that need a program or a shell are left out; `wildcard` is answered in `makefile`.

use std::collections::BTreeSet;

use super::makefile::{DEPTH, Local, Variables, expand};

/// The names of the functions that are known.
pub(super) const FUNCTIONS: [&str; 16] = [
    "addprefix",
    "addsuffix",
    "basename",
    "dir",
    "filter",
    "filter-out",
    "firstword",
    "foreach",
    "lastword",
    "notdir",
    "patsubst",
    "sort",
    "strip",
    "subst",
    "suffix",
    "wildcard",
];

/// `$(LIST:a%b=c%d)`, and the functions that derive outputs from a list.
pub(super) fn function(
    name: &str,
    variables: &Variables,
    local: Option<&Local<'_>>,
    depth: usize,
) -> Result<String, String> {
    let unknown = || format!("$({name})");
    if depth >= DEPTH {
        return Err(unknown());
    }
    let value = |text: &str| expand(text, variables, local, depth + 1);
    let each = |list: &str, with: &dyn Fn(&str) -> String| -> Result<String, String> {
        Ok(value(list)?.split_whitespace().map(with).collect::<Vec<_>>().join(" "))
    };
    let (word, rest) = name.split_once(' ').unwrap_or((name, ""));
    let arguments: Vec<&str> = rest.splitn(3, ',').map(str::trim).collect();
    match (word, &arguments[..]) {
        ("addprefix", [prefix, list]) => {
            let prefix = value(prefix)?;
            each(list, &|item| format!("{prefix}{item}"))
        }
        ("addsuffix", [suffix, list]) => {
            let suffix = value(suffix)?;
            each(list, &|item| format!("{item}{suffix}"))
        }
        ("patsubst", [from, to, list]) => {
            let (from, to) = (value(from)?, value(to)?);
            each(list, &|item| replaced(item, &from, &to))
        }
        ("subst", [_, _, _]) => {
            // Blanks are significant here.
            let parts = rest.splitn(3, ',').map(value).collect::<Result<Vec<String>, String>>()?;
            Ok(parts[2].replace(&parts[0], &parts[1]))
        }
        ("firstword" | "lastword" | "notdir" | "dir" | "basename" | "suffix" | "strip", _) => {
            let text = value(rest)?;
            Ok(by_word(word, &text))
        }
        ("filter" | "filter-out", [patterns, list]) => {
            let (patterns, list) = (value(patterns)?, value(list)?);
            let fits = |word: &&str| patterns.split_whitespace().any(|pattern| fits(word, pattern));
            let wanted = list.split_whitespace().filter(|item| fits(item) == (word == "filter"));
            Ok(wanted.collect::<Vec<_>>().join(" "))
        }
        ("sort", _) => {
            let list = value(rest)?;
            let words: BTreeSet<&str> = list.split_whitespace().collect();
            Ok(words.into_iter().collect::<Vec<_>>().join(" "))
        }
        ("foreach", [name, list, text]) => {
            let mut all = Vec::new();
            for item in value(list)?.split_whitespace() {
                let mut variables = variables.clone();
                variables.insert((*name).to_owned(), item.to_owned());
                all.push(expand(text, &variables, local, depth + 1)?);
            }
            Ok(all.join(" "))
        }
        _ => {
            let (list, how) = name.split_once(':').ok_or_else(unknown)?;
            let (from, to) = how.split_once('=').ok_or_else(unknown)?;
            let list = variables.get(list).ok_or_else(unknown)?;
            let (from, to) = (value(from)?, value(to)?);
            let (from, to) = if from.contains('%') { (from, to) } else { (format!("%{from}"), format!("%{to}")) };
            each(list, &|item| replaced(item, &from, &to))
        }
    }
}

/// Functions whose arguments are lists of words.
fn by_word(function: &str, text: &str) -> String {
    let mut words = text.split_whitespace();
    match function {
        "firstword" => return words.next().unwrap_or_default().to_owned(),
        "lastword" => return words.next_back().unwrap_or_default().to_owned(),
        _ => {}
    }
    let each = |word: &str| {
        let name = word.rfind('/').map_or(0, |at| at + 1);
        let dot = word[name..].rfind('.').map_or(word.len(), |at| name + at);
        let part = match function {
            "notdir" => &word[name..],
            "dir" if name == 0 => "./",
            "dir" => &word[..name],
            "basename" => &word[..dot],
            "suffix" => &word[dot..],
            _ => word,
        };
        part.to_owned()
    };
    words.map(each).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Does a pattern fit a word?
fn fits(word: &str, pattern: &str) -> bool {
    match pattern.split_once('%') {
        Some((front, back)) => word.strip_prefix(front).is_some_and(|rest| rest.ends_with(back)),
        None => word == pattern,
    }
}

/// Replaces one word, if the pattern fits it.
fn replaced(item: &str, from: &str, to: &str) -> String {
    let stem = match from.split_once('%') {
        Some((front, back)) => item.strip_prefix(front).and_then(|rest| rest.strip_suffix(back)),
        None => (item == from).then_some(""),
    };
    stem.map_or_else(|| item.to_owned(), |stem| to.replacen('%', stem, 1))
}
