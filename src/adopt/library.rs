//! Lines that several templates share, as files that they include.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::effort::Effort;
use super::line::instruction;

/// The work of looking for what is shared, for each line.
const LOOK: usize = 50;
/// A shared file has at least so many lines.
const LEAST: usize = 8;
/// So many lines must be saved.
const SAVED: usize = 6;
/// No more files are made.
const FILES: usize = 40;
/// So many places at either end of a run are tried as its beginning or end.
const ENDS: usize = 12;

/// The lines of a template; the last line of one that has no line break at its end cannot be shared.
#[derive(Debug)]
pub(super) struct Template<'a> {
    pub(super) lines: &'a mut Vec<String>,
    pub(super) is_open: bool,
}

/// A run of lines that can be a file, and where it stands: templates and lines.
struct Run {
    saved: usize,
    length: usize,
    places: Vec<(usize, usize)>,
}

/// The directive that a line is.
fn directive(line: &str) -> Option<&str> {
    let name = line.trim_start().strip_prefix('@')?;
    let end = name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len());
    let known = ["if", "elif", "else", "end", "let", "include"];
    known.contains(&&name[..end]).then_some(&name[..end])
}

fn continues(line: &str) -> bool {
    line.trim_end().ends_with(['\\', '`'])
}

/// The words after `<<` of here-documents that begin in a line.
fn here_documents(line: &str) -> Vec<&str> {
    line.split("<<")
        .skip(1)
        .filter_map(|rest| {
            let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(['"', '\'']);
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            (end > 0 && !rest.starts_with(|c: char| c.is_ascii_digit())).then_some(&rest[..end])
        })
        .collect()
}

/// Before which lines a template may be cut: between whole instructions.
fn cuts(lines: &[String]) -> Vec<bool> {
    let mut cuts = Vec::with_capacity(lines.len() + 1);
    let (mut is_continued, mut open) = (false, Vec::new());
    for line in lines {
        cuts.push(!is_continued && open.is_empty());
        if directive(line).is_some() {
            continue;
        }
        if !open.is_empty() {
            open.retain(|word: &String| line.trim() != word);
            continue;
        }
        if line.trim_start().starts_with('#') {
            continue;
        }
        if matches!(instruction(line), Some("RUN" | "COPY" | "ADD")) || is_continued {
            open = here_documents(line).into_iter().map(str::to_owned).collect();
        }
        is_continued = continues(line) || is_continued && line.trim().is_empty();
    }
    cuts.push(open.is_empty());
    cuts
}

/// Is every block that begins in these lines closed in them?
fn is_balanced(lines: &[String]) -> bool {
    let mut depth = 0_usize;
    for line in lines {
        match directive(line) {
            Some("if") => depth += 1,
            Some("end") if depth > 0 => depth -= 1,
            Some("elif" | "else") if depth == 0 => return false,
            // What a file names is not known to who includes it.
            Some("end" | "let") => return false,
            _ => {}
        }
    }
    depth == 0
}

/// May a shared file begin at this line?
fn begins(lines: &[String], at: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |before| lines[before].as_str());
    let first =
        lines[at..].iter().find(|line| !line.trim().is_empty() && directive(line).is_none() && !line.starts_with('#'));
    !continues(before)
        && !before.starts_with('#')
        && !lines[at].trim().is_empty()
        && first.is_some_and(|line| instruction(line).is_some())
}

/// May a shared file end behind this line?
fn ends(line: &str) -> bool {
    !continues(line) && !line.starts_with('#') && !line.trim().is_empty()
}

/// The run that saves the most lines.
fn best<'a>(templates: &'a [Template<'_>]) -> Option<Run> {
    let mut numbers: HashMap<&'a str, u32> = HashMap::new();
    let ids: Vec<Vec<u32>> = templates
        .iter()
        .map(|template| {
            let end = template.lines.len() - usize::from(template.is_open && !template.lines.is_empty());
            let mut id = |line: &'a String| {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *numbers.entry(line.as_str()).or_insert(next)
            };
            template.lines[..end].iter().map(&mut id).collect()
        })
        .collect();
    let cuts: Vec<Vec<bool>> = templates.iter().map(|template| cuts(template.lines)).collect();
    let mut windows: HashMap<&[u32], Vec<(usize, usize)>> = HashMap::new();
    for (template, lines) in ids.iter().enumerate() {
        for (at, window) in lines.windows(LEAST).enumerate() {
            windows.entry(window).or_default().push((template, at));
        }
    }
    let mut windows: Vec<Vec<(usize, usize)>> = windows.into_values().filter(|places| places.len() > 1).collect();
    windows.sort();
    let mut best: Option<Run> = None;
    for places in windows {
        let (template, start) = places[0];
        let line = |(template, at): (usize, usize)| ids[template].get(at).copied();
        let same = |by: &dyn Fn(usize) -> Option<usize>| {
            let at = |(template, at): &(usize, usize)| by(*at).and_then(|at| line((*template, at)));
            let first = at(&places[0]);
            first.is_some() && places.iter().all(|place| at(place) == first)
        };
        if places.iter().all(|(other, _)| *other == template) || same(&|at| at.checked_sub(1)) {
            continue;
        }
        let mut length = LEAST;
        while same(&|at| Some(at + length)) {
            length += 1;
        }
        let lines = &templates[template].lines;
        let firsts = (start..start + length).filter(|at| cuts[template][*at] && begins(lines, *at));
        let lasts: Vec<usize> = (start + 1..=start + length)
            .rev()
            .filter(|at| cuts[template][*at] && ends(&lines[*at - 1]))
            .take(ENDS)
            .collect();
        let fit = firsts.take(ENDS).find_map(|first| {
            let last = lasts.iter().find(|last| **last >= first + LEAST && is_balanced(&lines[first..**last]))?;
            Some((first, *last))
        });
        let Some((first, last)) = fit else { continue };
        let length = last - first;
        let saved = ((length - 1) * (places.len() - 1)).saturating_sub(2);
        if saved >= SAVED && best.as_ref().is_none_or(|best| saved > best.saved) {
            let places = places.iter().map(|(template, at)| (*template, at + first - start)).collect();
            best = Some(Run { saved, length, places });
        }
    }
    best
}

/// The words that may name a file.
fn words(lines: &[String]) -> impl Iterator<Item = &str> {
    const COMMON: [&str; 26] = [
        "echo",
        "then",
        "else",
        "apt-get",
        "install",
        "update",
        "export",
        "recommends",
        "yes",
        "rm",
        "rf",
        "set",
        "eux",
        "true",
        "false",
        "grep",
        "find",
        "exec",
        "xargs",
        "sort",
        "print",
        "error",
        "null",
        "lists",
        "cache",
        "https",
    ];
    lines
        .iter()
        .flat_map(|line| line.split(|c: char| !c.is_ascii_alphabetic()))
        .filter(|word| (4..=16).contains(&word.len()) && !COMMON.contains(&word.to_ascii_lowercase().as_str()))
}

/// A name for shared lines: the word that is most theirs.
fn name(own: &[String], all: &[Template<'_>], taken: &BTreeSet<String>) -> String {
    let count = |lines: &mut dyn Iterator<Item = &[String]>| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for lines in lines {
            for word in words(lines) {
                *counts.entry(word.to_ascii_lowercase()).or_default() += 1;
            }
        }
        counts
    };
    let everywhere = count(&mut all.iter().map(|template| template.lines.as_slice()));
    let here = count(&mut std::iter::once(own));
    let worth = |(word, count): &(&String, &usize)| {
        let all = everywhere.get(*word).copied().unwrap_or(**count).max(1);
        **count * **count * word.len() * 1_000 / all
    };
    let word = here.iter().max_by_key(worth).map_or("common", |(word, _)| word.as_str());
    let numbered = (2..).map(|count| format!("{word}-{count}"));
    std::iter::once(word.to_owned()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// Takes shared lines out of templates; the files by their names, without ending.
pub(super) fn share(templates: &mut [Template<'_>], effort: &Effort) -> BTreeMap<String, Vec<String>> {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while files.len() < FILES {
        let lines: usize = templates.iter().map(|template| template.lines.len()).sum();
        if !effort.spend(LOOK * lines) {
            break;
        }
        let Some(Run { length, mut places, .. }) = best(templates) else { break };
        let (template, start) = places[0];
        let own = templates[template].lines[start..start + length].to_vec();
        let name = name(&own, templates, &files.keys().cloned().collect());
        // From the bottom up, so that the places stay right; what overlaps one that was taken stays.
        places.sort_unstable_by(|one, other| other.cmp(one));
        let mut last = (usize::MAX, 0);
        for (template, at) in places {
            if last.0 != template || at + length <= last.1 {
                templates[template].lines.splice(at..at + length, [format!("@include(\"lib/{name}.dockmill\")")]);
                last = (template, at);
            }
        }
        // A shared file includes others from its own folder.
        files.insert(name, own.into_iter().map(|line| line.replace("@include(\"lib/", "@include(\"")).collect());
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn whole_instructions_that_two_templates_share_are_a_file() {
        let shared = "RUN set -eux; \\\n  wget python.tar; \\\n  a; \\\n  b; \\\n  c; \\\n  python -m x; \\\n  d\nENV A b\nENV C d\n";
        let mut one = lines(&format!("FROM a\n{shared}CMD x\n"));
        let mut two = lines(&format!("FROM b\nUSER y\n{shared}CMD z\n"));
        let mut templates =
            [Template { lines: &mut one, is_open: false }, Template { lines: &mut two, is_open: false }];
        let files = share(&mut templates, &Effort::default());
        assert_eq!(files, BTreeMap::from([("python".to_owned(), lines(shared))]));
        assert_eq!(one, ["FROM a", "@include(\"lib/python.dockmill\")", "CMD x"]);
        assert_eq!(two, ["FROM b", "USER y", "@include(\"lib/python.dockmill\")", "CMD z"]);
    }

    #[test]
    fn blocks_and_here_documents_are_not_cut() {
        assert!(
            !is_balanced(&lines("@if(a)\nx"))
                && !is_balanced(&lines("x\n@else\ny"))
                && is_balanced(&lines("@if(a)\nx\n@end"))
        );
        assert_eq!(
            cuts(&lines("RUN <<EOF\nx\nEOF\nRUN a \\\n  b\nCMD x")),
            [true, false, false, true, false, true, true]
        );
    }
}
