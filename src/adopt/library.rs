//! Lines that several templates share, as files that they include.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::effort::Effort;
use super::line::instruction;

/// The work of looking for what is shared, for each line.
const LOOK: usize = 150;
/// The work of comparing a line of a place, and of asking of a line whether it may be shared.
const SAME: usize = 2;
const WHOLE: usize = 5;
/// A shared file has at least so many lines.
const LEAST: usize = 8;
/// So many lines must be saved.
const SAVED: usize = 6;
/// So many where the file has commands of an instruction, which are harder to read by themselves.
const SAVED_WITHIN: usize = 10;
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

/// Where a template may be cut before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// It may not: that would be within a command or a here-document.
    No,
    /// Between whole instructions.
    Instruction,
    /// Between the commands of one instruction, within so many that are open: `if`, `for`, `{`.
    Command(usize),
}

/// How many commands a line of a shell script closes that begin above it, and how many it leaves open.
fn depth(line: &str) -> (usize, usize) {
    let (mut closed, mut open) = (0, 0_usize);
    let mut close = |open: &mut usize| match open.checked_sub(1) {
        Some(less) => *open = less,
        None => closed += 1,
    };
    // The words of expressions are none of the shell's.
    let rests = line.split("@{").enumerate();
    let shell = rests.map(|(at, part)| if at == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) });
    for word in shell.flat_map(|part| part.split([' ', '\t', ';'])) {
        match word {
            "if" | "case" | "do" | "{" | "(" => open += 1,
            "fi" | "esac" | "done" | "}" | ")" => close(&mut open),
            // What follows is another branch, which what is above does not lead into.
            "else" | "elif" => {
                close(&mut open);
                open += 1;
            }
            _ => {}
        }
    }
    if line.contains(";;") {
        close(&mut open);
        open += 1;
    }
    (closed, open)
}

/// A template's places, before each of its lines and at its end.
struct Places {
    cuts: Vec<Cut>,
    /// The fewest commands that are open at any place of each line.
    least: Vec<usize>,
}

impl Places {
    fn new(lines: &[String]) -> Self {
        let (mut cuts, mut least) = (Vec::with_capacity(lines.len() + 1), Vec::with_capacity(lines.len()));
        let (mut is_continued, mut open) = (false, Vec::new());
        // The commands that are open, and whether the last one is over.
        let (mut commands, mut is_over) = (0_usize, false);
        let is_code = |line: &&String| directive(line).is_none() && !line.trim_start().starts_with('#');
        for (at, line) in lines.iter().enumerate() {
            let next = || lines[at..].iter().find(is_code).map_or("", |line| line.trim());
            cuts.push(match is_continued {
                _ if !open.is_empty() => Cut::No,
                false => Cut::Instruction,
                true if is_over || next().starts_with("&& ") => Cut::Command(commands),
                true => Cut::No,
            });
            least.push(commands);
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
            if !is_continued {
                commands = 0;
            }
            if matches!(instruction(line), Some("RUN" | "COPY" | "ADD")) || is_continued {
                open = here_documents(line).into_iter().map(str::to_owned).collect();
            }
            let (closed, opened) = depth(line);
            commands = commands.saturating_sub(closed);
            least[at] = commands;
            commands += opened;
            let code = line.trim_end().trim_end_matches(['\\', '`']).trim_end();
            is_over = code.trim().is_empty() || code.ends_with(';') || code.ends_with("&&");
            is_continued = continues(line) || is_continued && line.trim().is_empty();
        }
        cuts.push(if open.is_empty() { Cut::Instruction } else { Cut::No });
        Self { cuts, least }
    }

    /// May these lines be a file: whole instructions, or whole commands of one?
    fn is_whole(&self, from: usize, to: usize) -> bool {
        match (self.cuts[from], self.cuts[to]) {
            (Cut::Instruction, Cut::Instruction) => true,
            (Cut::Command(depth), Cut::Command(_) | Cut::Instruction) => {
                let ends_at = if let Cut::Command(end) = self.cuts[to] { end } else { 0 };
                depth == ends_at
                    && self.least[from..to].iter().all(|least| *least >= depth)
                    && !self.cuts[from..to].contains(&Cut::Instruction)
            }
            _ => false,
        }
    }
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
fn begins(lines: &[String], at: usize, cut: Cut) -> bool {
    let before = at.checked_sub(1).map_or("", |before| lines[before].as_str());
    let first =
        lines[at..].iter().find(|line| !line.trim().is_empty() && directive(line).is_none() && !line.starts_with('#'));
    let is_first = match cut {
        Cut::No => false,
        Cut::Instruction => !continues(before) && first.is_some_and(|line| instruction(line).is_some()),
        Cut::Command(_) => first.is_some_and(|line| line.trim() != "\\"),
    };
    is_first && !before.trim_start().starts_with('#') && !lines[at].trim().is_empty()
}

/// May a shared file end behind this line?
fn ends(line: &str, cut: Cut) -> bool {
    let is_last = match cut {
        Cut::No => false,
        Cut::Instruction => !continues(line),
        Cut::Command(_) => true,
    };
    is_last && !line.trim_start().starts_with('#') && !line.trim().is_empty()
}

fn longer(one: (usize, usize), other: (usize, usize)) -> (usize, usize) {
    if other.1 - other.0 > one.1 - one.0 { other } else { one }
}

/// The run that saves the most lines.
fn best<'a>(templates: &'a [Template<'_>], effort: &Effort) -> Option<Run> {
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
    let cuts: Vec<Places> = templates.iter().map(|template| Places::new(template.lines)).collect();
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
        while effort.spend(SAME * places.len()) && same(&|at| Some(at + length)) {
            length += 1;
        }
        let lines = &templates[template].lines;
        let own = &cuts[template];
        let firsts = (start..start + length).filter(|at| begins(lines, *at, own.cuts[*at]));
        let lasts: Vec<usize> =
            (start + 1..=start + length).rev().filter(|at| ends(&lines[*at - 1], own.cuts[*at])).take(ENDS).collect();
        let fits = |first: usize, last: usize| {
            last >= first + LEAST
                && effort.spend(WHOLE * (last - first))
                && own.is_whole(first, last)
                && is_balanced(&lines[first..last])
        };
        let longest = |first: usize| lasts.iter().find(|last| fits(first, **last)).map(|last| (first, *last));
        let Some((first, last)) = firsts.take(ENDS).filter_map(longest).reduce(longer) else { continue };
        let length = last - first;
        let saved = ((length - 1) * (places.len() - 1)).saturating_sub(2);
        let least = if own.cuts[first] == Cut::Instruction { SAVED } else { SAVED_WITHIN };
        if saved >= least && best.as_ref().is_none_or(|best| saved > best.saved) {
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
    // Where the word is taken, the next one tells more than a number.
    let mut others: Vec<(&String, &usize)> = here.iter().filter(|(other, _)| other.as_str() != word).collect();
    others.sort_by_key(|other| std::cmp::Reverse(worth(other)));
    let pairs = others.into_iter().map(|(other, _)| format!("{word}-{other}"));
    let numbered = (2..).map(|count| format!("{word}-{count}"));
    std::iter::once(word.to_owned()).chain(pairs).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// Takes shared lines out of templates; the files by their names, without ending. What templates share with a part of a file is a
/// file of its own, which that file includes.
pub(super) fn share(templates: &mut [Template<'_>], effort: &Effort) -> BTreeMap<String, Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut files: Vec<Vec<String>> = Vec::new();
    while files.len() < FILES {
        let count = templates.len();
        let mut all: Vec<Template<'_>> = templates
            .iter_mut()
            .map(|template| Template { lines: &mut *template.lines, is_open: template.is_open })
            .chain(files.iter_mut().map(|lines| Template { lines, is_open: false }))
            .collect();
        let lines: usize = all.iter().map(|template| template.lines.len()).sum();
        if !effort.spend(LOOK * lines) {
            break;
        }
        let Some(Run { length, mut places, .. }) = best(&all, effort) else { break };
        let (template, start) = places[0];
        let own = all[template].lines[start..start + length].to_vec();
        // A file that is nothing but these lines is the one that others include.
        let whole = places.iter().position(|(at, _)| *at >= count && all[*at].lines.len() == length);
        let whole = whole.map(|at| places.remove(at).0 - count);
        let name = match whole {
            Some(at) => names[at].clone(),
            None => name(&own, &all, &names.iter().cloned().collect()),
        };
        // From the bottom up, so that the places stay right; what overlaps one that was taken stays.
        places.sort_unstable_by(|one, other| other.cmp(one));
        let mut last = (usize::MAX, 0);
        for (template, at) in places {
            if last.0 != template || at + length <= last.1 {
                all[template].lines.splice(at..at + length, [format!("@include(\"lib/{name}.dockmill\")")]);
                last = (template, at);
            }
        }
        if whole.is_none() {
            names.push(name);
            files.push(own);
        }
    }
    // A shared file includes others from its own folder.
    let own = |line: String| line.replace("@include(\"lib/", "@include(\"");
    let files = files.into_iter().map(|lines| lines.into_iter().map(own).collect());
    names.into_iter().zip(files).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
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
    fn what_is_shared_with_a_part_of_a_file_is_a_file_of_its_own() {
        let part = |word: &str| (0..9).map(|at| format!("RUN {word} {word}{at}\n")).collect::<Vec<_>>().concat();
        let (first, middle, last) = (part("fetch"), part("compile"), part("verify"));
        let whole = [&*first, &middle, &last].concat();
        let mut texts = [format!("FROM a\n{whole}"), format!("FROM b\n{whole}"), format!("FROM c\n{middle}USER d\n")]
            .map(|text| lines(&text));
        let mut templates: Vec<Template<'_>> =
            texts.iter_mut().map(|lines| Template { lines, is_open: false }).collect();
        let files = share(&mut templates, &Effort::default());
        let inner = files.iter().find(|(_, own)| **own == lines(&middle)).map(|(name, _)| name).unwrap();
        let outer = files.keys().find(|name| *name != inner).unwrap();
        let include = |path: &str| format!("@include(\"{path}.dockmill\")\n");
        assert_eq!(files[outer], lines(&[first, include(inner), last].concat()));
        assert_eq!(texts[1], ["FROM b".to_owned(), include(&format!("lib/{outer}")).trim().to_owned()]);
        assert_eq!(texts[2][1], include(&format!("lib/{inner}")).trim());
        assert!(name(&lines(&middle), &[], &[inner.clone()].into()).starts_with(&format!("{inner}-")));
        // What is all of a file is no second one.
        let mut texts: [_; 3] = std::array::from_fn(|at| lines(&format!("FROM {at}\n{middle}RUN {at} a\n")));
        let mut templates: Vec<Template<'_>> =
            texts.iter_mut().map(|lines| Template { lines, is_open: false }).collect();
        assert_eq!(share(&mut templates, &Effort::default()).len(), 1);
    }

    #[test]
    fn blocks_and_here_documents_are_not_cut() {
        assert!(
            !is_balanced(&lines("@if(a)\nx"))
                && !is_balanced(&lines("x\n@else\ny"))
                && is_balanced(&lines("@if(a)\nx\n@end"))
        );
        let (no, yes) = (Cut::No, Cut::Instruction);
        let places = Places::new(&lines("RUN <<EOF\nx\nEOF\nRUN a \\\n  b\nCMD x"));
        assert_eq!(places.cuts, [yes, no, no, yes, no, yes, yes]);
    }

    #[test]
    fn whole_commands_of_one_instruction_are_a_file() {
        let places = Places::new(&lines(
            "RUN a \\\n  # why\n  && if @{\"b\" if c else \"d\"}; then \\\n    c; \\\n  else \\\n    d; \\\n    e; \\\n  fi \\\n  && f \\\n    g",
        ));
        let within = Cut::Command;
        let no = Cut::No;
        assert_eq!(
            places.cuts,
            [
                Cut::Instruction,
                within(0),
                within(0),
                no,
                within(1),
                no,
                within(1),
                within(1),
                within(0),
                no,
                Cut::Instruction
            ]
        );
        assert!(places.is_whole(1, 8) && places.is_whole(1, 10) && places.is_whole(6, 7));
        // Into another branch, out of the command that is open, and from one instruction into its middle.
        assert!(!places.is_whole(4, 6) && !places.is_whole(6, 8) && !places.is_whole(0, 8));
    }
}
