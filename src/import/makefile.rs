//! The calls of m4 in a Makefile: rules, pattern rules, `$(VAR)`, `$@`, `$<`, `$*`. make is not run: a rule that needs
//! a program to be understood is reported, not guessed.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::source::{FileId, SourceMap, Span};

use super::Target;
use super::make_function::{FUNCTIONS, function};

/// Variables in variables.
pub(super) const DEPTH: usize = 20;

/// A call of m4.
#[derive(Debug)]
pub struct Call {
    /// Template and definitions.
    pub target: Target,
    /// The file that the output goes to.
    pub output: Option<String>,
}

/// What was learnt from a Makefile.
#[derive(Debug, Default)]
pub struct Read {
    /// The calls, in the order of their rules.
    pub calls: Vec<Call>,
    /// The names that are defined, in the order of their first use.
    pub order: Vec<String>,
    /// The folders of `-I`.
    pub include: Vec<String>,
    /// `-P` is given.
    pub prefix: bool,
    /// Calls that cannot be understood.
    pub found: Vec<Diagnostic>,
}

/// A rule: what it makes, of what, and how.
struct Rule<'a> {
    /// Where it is written.
    place: (usize, usize),
    targets: &'a str,
    /// `LIST: PATTERN: NEEDS`: what the targets of the list fit.
    pattern: Option<&'a str>,
    needs: &'a str,
    recipe: Vec<(usize, String)>,
}

/// Variables, as they are written.
pub(super) type Variables = BTreeMap<String, String>;

/// Which files there are of a name, which may be a pattern: what make's `wildcard` answers.
pub type Wildcard<'a> = dyn Fn(&str) -> Vec<String> + 'a;

/// Reads a Makefile. A pattern rule applies only if its prerequisites are there, which `wildcard` tells.
pub fn read(name: &Utf8Path, text: &[u8], wildcard: &Wildcard<'_>, sources: &SourceMap) -> Read {
    let shown = String::from_utf8_lossy(text).into_owned();
    // Places are those of the decoded text, which is longer where a byte is no UTF-8.
    let file = sources.add(name.to_owned(), shown.clone().into_bytes());
    let lines = joined(&shown);
    let mut variables = Variables::from([("M4".to_owned(), "m4".to_owned())]);
    variables.extend(wildcards(&shown, wildcard));
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for (at, line) in &lines {
        if let Some(command) = line.strip_prefix('\t') {
            if let Some(rule) = rules.last_mut() {
                rule.recipe.push((*at, command.to_owned()));
            }
            continue;
        }
        let line = line.split(" #").next().unwrap_or_default();
        if line.trim_start().starts_with('#') {
            continue;
        }
        if let Some((name, value)) = assignment(line) {
            let known = variables.get(name.trim_end_matches(['+', '?', ':'])).cloned();
            let (name, value) = match (name.chars().last(), known) {
                (Some('?'), Some(known)) => (name.trim_end_matches('?'), known),
                (Some('+'), Some(known)) => (name.trim_end_matches('+'), format!("{known} {value}")),
                _ => (name.trim_end_matches(['+', '?', ':']), value.to_owned()),
            };
            variables.insert(name.trim().to_owned(), value);
        } else if let Some((targets, needs)) = line.split_once(':') {
            let needs = needs.split('|').next().unwrap_or_default();
            let (pattern, needs) = match needs.split_once(':').filter(|(pattern, _)| pattern.contains('%')) {
                Some((pattern, needs)) => (Some(pattern.trim()), needs),
                None => (None, needs),
            };
            rules.push(Rule { place: (*at, line.len()), targets, pattern, needs, recipe: Vec::new() });
        }
    }
    let mut read = Read { found: unknown(file, &rules, &variables), ..Read::default() };
    // The outputs of pattern rules are named as prerequisites of other rules, and in lists in variables.
    let mut wanted: Vec<String> = Vec::new();
    for rule in &rules {
        wanted.extend(words(rule.needs, &variables, None));
        wanted.extend(words(rule.targets, &variables, None));
    }
    for value in variables.values() {
        wanted.extend(words(value, &variables, None));
    }
    let mut seen = std::collections::BTreeSet::new();
    wanted.retain(|word| !word.contains('%') && seen.insert(word.clone()));
    let patterns: Vec<Vec<String>> = rules.iter().map(|rule| words(rule.targets, &variables, None)).collect();
    for (number, rule) in rules.iter().enumerate() {
        for pattern in &patterns[number] {
            let outputs: Vec<(&String, Option<&str>)> = match pattern.split_once('%') {
                None => vec![(pattern, rule.pattern.and_then(|fits| stem(pattern, fits)))],
                Some(_) => wanted
                    .iter()
                    .filter(|word| {
                        pattern_for(word, &rules, &patterns, &variables, wildcard) == Some((number, pattern))
                    })
                    .filter_map(|word| Some((word, Some(stem(word, pattern)?))))
                    .collect(),
            };
            for (output, stem) in outputs {
                let local = Local { output, needs: needs(rule, stem, &variables), stem };
                for (at, command) in &rule.recipe {
                    one(command, &variables, &local, (file, *at, command.len()), &mut read);
                }
            }
        }
    }
    read
}

/// The calls of `wildcard` with what they answer, as if they were variables. One whose patterns are computed is not known.
fn wildcards(text: &str, wildcard: &Wildcard<'_>) -> Variables {
    let calls = text.split("$(").skip(1).filter(|call| call.starts_with("wildcard "));
    let calls = calls.filter_map(|call| call.split_once(')')).map(|(call, _)| call);
    let answer = |call: &str| call.split_whitespace().skip(1).flat_map(wildcard).collect::<Vec<_>>().join(" ");
    calls.filter(|call| !call.contains('$')).map(|call| (call.to_owned(), answer(call))).collect()
}

/// What stands for the `%` of a pattern.
fn stem<'a>(word: &'a str, pattern: &str) -> Option<&'a str> {
    let (front, back) = pattern.split_once('%')?;
    word.strip_prefix(front)?.strip_suffix(back).filter(|stem| !stem.is_empty())
}

fn needs(rule: &Rule<'_>, stem: Option<&str>, variables: &Variables) -> Vec<String> {
    let all = words(rule.needs, variables, None).into_iter();
    all.map(|need| stem.map_or(need.clone(), |stem| need.replacen('%', stem, 1))).collect()
}

/// The pattern rule that make takes for a file, and its pattern: none where a rule of the file's own has a recipe; else, of
/// those that have what they need, the one with the shortest stem, and of these the first.
fn pattern_for<'a>(
    word: &str,
    rules: &'a [Rule<'_>],
    patterns: &'a [Vec<String>],
    variables: &Variables,
    wildcard: &Wildcard<'_>,
) -> Option<(usize, &'a String)> {
    let own = |(rule, patterns): (&Rule<'_>, &Vec<String>)| {
        !rule.recipe.is_empty() && patterns.iter().any(|known| known == word)
    };
    if rules.iter().zip(patterns).any(own) {
        return None;
    }
    let named = |need: &String| patterns.iter().flatten().any(|known| known == need);
    let mut found: Option<(usize, (usize, &String))> = None;
    for (number, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.recipe.is_empty()) {
        for pattern in &patterns[number] {
            let Some(stem) = stem(word, pattern) else { continue };
            let needs = needs(rule, Some(stem), variables);
            // `Dockerfile.%: Dockerfile.m4` does not make what it needs; make drops that, too.
            let is_there = |need: &String| named(need) || !wildcard(need).is_empty();
            let has = !needs.iter().any(|need| need == word) && needs.iter().all(is_there);
            if has && found.is_none_or(|(length, _)| stem.len() < length) {
                found = Some((stem.len(), (number, pattern)));
            }
        }
    }
    found.map(|(_, found)| found)
}

/// `$@`, `$^`, `$*`.
pub(super) struct Local<'a> {
    output: &'a str,
    needs: Vec<String>,
    stem: Option<&'a str>,
}

/// Lines with their continuations, and where each begins.
fn joined(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_end_matches(['\n', '\r']);
        let (part, goes_on) = plain.strip_suffix('\\').map_or((plain, false), |part| (part, true));
        match lines.last_mut().filter(|_| open) {
            Some((_, last)) => {
                last.push(' ');
                last.push_str(part.trim_start());
            }
            None => lines.push((at, part.to_owned())),
        }
        open = goes_on;
        at += line.len();
    }
    lines
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let plain = name.trim_end_matches([':', '+', '?', '!', ' ', '\t']).trim();
    let plain = plain.strip_prefix("export ").unwrap_or(plain).trim();
    let is_name = !plain.is_empty() && plain.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let name = name.trim().trim_start_matches("export ").trim_end_matches(':').trim();
    is_name.then(|| (name, value.trim()))
}

/// The words of a list, without those that cannot be known.
fn words(text: &str, variables: &Variables, local: Option<&Local<'_>>) -> Vec<String> {
    let known = pieces(text).into_iter().filter_map(|piece| expand(piece, variables, local, 0).ok());
    known.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// A list at the blanks outside of brackets.
fn pieces(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let is_end = |c: char| {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c.is_whitespace()
    };
    text.split(is_end).filter(|piece| !piece.is_empty()).collect()
}

/// Warns of files of rules that cannot be known, each once.
fn unknown(file: FileId, rules: &[Rule<'_>], variables: &Variables) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for rule in rules {
        for piece in pieces(rule.targets).into_iter().chain(pieces(rule.needs)) {
            let Err(what) = expand(piece, variables, None, 0) else { continue };
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span::new(file, offset(rule.place.0), offset(rule.place.0 + rule.place.1));
            let name = what.trim_start_matches(['$', '(', '{']).split([' ', ')', '}']).next().unwrap_or_default();
            let warning = Diagnostic::warning(Code::NotTranslated, span, "files of this rule are not known")
                .note(format!("`{what}` is known to make only; give templates with --target"));
            found.push(match did_you_mean(name, FUNCTIONS) {
                Some(near) => warning.help(format!("did you mean `$({near} …)`?")),
                None => warning,
            });
        }
    }
    found
}

/// Expands the variables in a text; `Err`: the part that cannot be known.
pub(super) fn expand(
    text: &str,
    variables: &Variables,
    local: Option<&Local<'_>>,
    depth: usize,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(first) = rest.chars().next() else { break };
        if first == '$' {
            // The shell's own.
            out.push('$');
            rest = &rest[1..];
            continue;
        }
        let (name, length) = match first {
            '(' | '{' => {
                let close = if first == '(' { ')' } else { '}' };
                let end = closing(rest, first, close).ok_or_else(|| rest.to_owned())?;
                (&rest[1..end], end + 1)
            }
            c => (&rest[..c.len_utf8()], c.len_utf8()),
        };
        rest = &rest[length..];
        let value = match (name, local) {
            ("@", Some(local)) => local.output.to_owned(),
            ("<", Some(local)) => local.needs.first().cloned().unwrap_or_default(),
            ("^", Some(local)) => local.needs.join(" "),
            ("*", Some(local)) => local.stem.ok_or("*")?.to_owned(),
            ("@D", Some(local)) => Utf8Path::new(local.output).parent().map_or(".", Utf8Path::as_str).to_owned(),
            ("@F", Some(local)) => Utf8Path::new(local.output).file_name().unwrap_or_default().to_owned(),
            (name, _) => match variables.get(name) {
                Some(value) if depth < DEPTH => expand(value, variables, local, depth + 1)?,
                _ if name.contains([' ', ',', ':', '$']) => function(name, variables, local, depth)?,
                _ => String::new(),
            },
        };
        out.push_str(&value);
    }
    out.push_str(rest);
    Ok(out)
}

/// The offset of the closing bracket.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// A line of a recipe.
fn one(command: &str, variables: &Variables, local: &Local<'_>, place: (FileId, usize, usize), read: &mut Read) {
    let line = command.trim_start_matches(['@', '-', '+', ' ', '\t']);
    let expanded = expand(line, variables, Some(local), 0);
    let calls = |text: &str| {
        let first = text.split_whitespace().find(|word| !word.contains('='));
        first.is_some_and(|word| word == "m4" || word.ends_with("/m4")) || text.contains("dockmill m4 ")
    };
    let mentions = line.contains("$(M4)") || line.contains("${M4}") || calls(line);
    let wrong = |why: String| {
        let (file, at, length) = place;
        let start = u32::try_from(at + 1).unwrap_or(0);
        let span = Span::new(file, start, start + u32::try_from(length).unwrap_or(0));
        Diagnostic::warning(Code::NotTranslated, span, "this call of m4 is left out").note(why)
    };
    let line = match expanded {
        Err(_) if !mentions => return,
        Err(what) => return read.found.push(wrong(format!("`{what}` is known to make only; give it with --target"))),
        Ok(line) => line,
    };
    if !line.split(['|', ';', '&']).any(|part| calls(part.trim())) {
        return;
    }
    if line.contains(['|', ';', '`', '$']) || line.contains("&&") {
        return read.found.push(wrong("it is more than a call of m4 with `> FILE`; give it with --target".to_owned()));
    }
    let line = line.replace('>', " > ").replace('<', " < ");
    let Some(words) = shlex::split(&line) else {
        return read.found.push(wrong("a quote is not closed".to_owned()));
    };
    let start = words.iter().position(|word| word == "m4" || word.ends_with("/m4")).map_or(0, |at| at + 1);
    let mut values = BTreeMap::new();
    let mut files = Vec::new();
    let mut output = None;
    let mut rest = words[start..].iter();
    while let Some(word) = rest.next() {
        let mut value = |flag: &str| match word.strip_prefix(flag) {
            Some("") => rest.next().cloned(),
            value => value.map(str::to_owned),
        };
        if let Some(text) = value("-D").or_else(|| word.strip_prefix("--define=").map(str::to_owned)) {
            let (name, value) = text.split_once('=').unwrap_or((&text, ""));
            if !read.order.iter().any(|known| known == name) {
                read.order.push(name.to_owned());
            }
            values.insert(name.to_owned(), value.to_owned());
        } else if let Some(folder) = value("-I").or_else(|| word.strip_prefix("--include=").map(str::to_owned)) {
            if !read.include.contains(&folder) {
                read.include.push(folder);
            }
        } else if word == ">" {
            output = rest.next().cloned();
        } else if word == "<" {
            files.extend(rest.next().cloned());
        } else if word == "-P" || word == "--prefix-builtins" {
            read.prefix = true;
        } else if word != "-" && !word.starts_with('-') {
            files.push(word.clone());
        }
    }
    match &files[..] {
        [file] => read.calls.push(Call { target: Target { file: file.clone(), values }, output }),
        [] => read.found.push(wrong("it names no template".to_owned())),
        _ => read.found.push(wrong("it names several files; include the first ones in the last".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use crate::source::SourceMap;

    /// Found by fuzzing: the text that is shown is longer than the bytes.
    #[test]
    fn places_are_in_a_text_that_is_no_utf_8() {
        let sources = SourceMap::default();
        let read = super::read("Makefile".into(), b"\xc9\xc9:\n\t$(M4)", &|_| Vec::new(), &sources);
        let places: Vec<_> = read.found.iter().filter_map(|found| Some(found.primary.as_ref()?.span)).collect();
        assert_eq!(places.len(), 1);
        for span in places {
            assert!(sources.get(span.file).bytes()[..span.end as usize].ends_with(b"$(M4)"));
        }
    }
}
