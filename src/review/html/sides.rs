//! The lines of an output, the old side beside the new one, with the lines of templates that they come from.

use std::hash::{BuildHasher, Hash, Hasher};

use serde::Serialize;

use crate::diagnostic::printable;
use crate::review::link::Link;
use crate::review::model::{Edit, Line, Output, Part, TemplateLine};

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// Characters of a line that are shown.
const WIDTH: usize = 2_000;

/// A row of the table.
#[derive(Debug, Default, Serialize)]
pub(super) struct Row {
    /// Lines that are the same on both sides and not shown: so many.
    skipped: usize,
    /// A line that is the same on both sides.
    same: Option<String>,
    old: Option<Vec<Segment>>,
    new: Option<Vec<Segment>>,
    old_number: Option<u32>,
    new_number: Option<u32>,
    /// The cause, from 1.
    cause: usize,
    from: Option<From>,
}

/// A line of a template.
#[derive(Debug, Serialize)]
struct From {
    at: String,
    link: Option<String>,
    text: String,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Segment {
    text: String,
    /// The other side has something else there.
    differs: bool,
    /// A value that differs from output to output.
    is_value: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

impl Row {
    /// About so many bytes of the page.
    pub(super) fn size(&self) -> usize {
        let side = |side: &Option<Vec<Segment>>| -> usize {
            side.iter().flatten().map(|segment| segment.text.len() + 7).sum()
        };
        let from = self.from.as_ref().map_or(0, |from| from.at.len() + from.text.len() + 40);
        100 + side(&self.old) + side(&self.new) + from + self.same.as_ref().map_or(0, String::len)
    }
}

impl Segment {
    /// What would hide another part of the page, or turn it round, is shown as what it is.
    fn new(text: &str, differs: bool) -> Self {
        Self { text: printable(text), differs, is_value: false }
    }

    pub(super) fn trim_start(&mut self) {
        self.text = self.text.trim_start().to_owned();
    }

    pub(super) fn of_part(part: &Part) -> Self {
        match part {
            Part::Text(text) => Self::new(text, false),
            Part::Value(name) => Self { is_value: true, ..Self::new(name, false) },
        }
    }
}

/// What two outputs have in common if they can be shown as one: all that [`side_by_side`] tells, and what it is compared with.
pub(super) fn fingerprint(output: &Output) -> u64 {
    // Without a key of its own for each run: the page is the same each time.
    let mut hasher = foldhash::quality::FixedState::default().build_hasher();
    (output.notes.as_slice(), output.edits.len(), output.change).hash(&mut hasher);
    for Edit { old, new, cause } in &output.edits {
        for line in [old, new] {
            line.as_ref().map(|line| (line.number, &line.text, &line.from)).hash(&mut hasher);
        }
        cause.hash(&mut hasher);
    }
    if let Some(texts) = &output.texts {
        for line in around(&texts.new, output.edits.iter().filter_map(|edit| edit.new.as_ref())) {
            (line.number, &line.text).hash(&mut hasher);
        }
        // Where lines only go, what stands around them is known by the old side.
        for line in around(&texts.old, output.edits.iter().filter_map(|edit| edit.old.as_ref())) {
            (line.number, &line.text).hash(&mut hasher);
        }
        texts.new.len().hash(&mut hasher);
    }
    hasher.finish()
}

/// The lines in the context of others, some of them twice.
fn around<'a>(lines: &'a [Line], of: impl Iterator<Item = &'a Line>) -> impl Iterator<Item = &'a Line> {
    of.flat_map(|line| {
        let at = line.number as usize;
        let range = at.saturating_sub(CONTEXT + 1)..(at + CONTEXT).min(lines.len());
        lines.get(range).unwrap_or_default()
    })
}

/// Takes a row; `None`: no more are wanted.
type Take<'t> = dyn FnMut(Row) -> Option<()> + 't;

/// The rows of an output: its edits, with lines of context where the texts are known. `None`: not all of them were wanted.
pub(super) fn side_by_side(output: &Output, link: Option<&Link>, take: &mut Take<'_>) -> Option<()> {
    let lines = output.texts.as_ref().map(|texts| texts.new.as_slice()).unwrap_or_default();
    // How many lines of both sides have been told of.
    let (mut old_done, mut new_done) = (0u32, 0u32);
    let mut is_first = true;
    for edit in &output.edits {
        // Between two edits both sides are the same: one that is there on one side only tells by it how far the other is.
        let same = match (&edit.old, &edit.new) {
            (_, Some(new)) => new.number.saturating_sub(new_done + 1),
            (Some(old), None) => old.number.saturating_sub(old_done + 1),
            (None, None) => 0,
        };
        context(lines, (old_done, new_done), same, [!is_first, true], take)?;
        (old_done, new_done) = (old_done + same, new_done + same);
        take(row(edit, link))?;
        old_done += u32::from(edit.old.is_some());
        new_done += u32::from(edit.new.is_some());
        is_first = false;
    }
    let left = u32::try_from(lines.len()).unwrap_or(u32::MAX).saturating_sub(new_done);
    if !is_first {
        context(lines, (old_done, new_done), left, [true, false], take)?;
    }
    Some(())
}

/// Adds lines that are the same on both sides: those beside an edit, before and behind them.
fn context(
    lines: &[Line],
    (old, new): (u32, u32),
    count: u32,
    [behind, before]: [bool; 2],
    take: &mut Take<'_>,
) -> Option<()> {
    let count = count as usize;
    let head = if behind { CONTEXT.min(count) } else { 0 };
    let tail = if before { CONTEXT.min(count - head) } else { 0 };
    // One line is shown as quickly as it is said that it is left out.
    let skipped = if count - head - tail == 1 { 0 } else { count - head - tail };
    if skipped > 0 && head == 0 {
        take(Row { skipped, ..Row::default() })?;
    }
    let indexes = if skipped > 0 { (0..head).chain(count - tail..count) } else { (0..count).chain(0..0) };
    for index in indexes {
        if let Some(line) = lines.get(new as usize + index) {
            let at = |done: u32| Some(done + u32::try_from(index).unwrap_or_default() + 1);
            take(Row { same: Some(shown(&line.text)), old_number: at(old), new_number: at(new), ..Row::default() })?;
        }
        if skipped > 0 && index + 1 == head {
            take(Row { skipped, ..Row::default() })?;
        }
    }
    Some(())
}

fn row(edit: &Edit, link: Option<&Link>) -> Row {
    let text = |line: &Option<Line>| line.as_ref().map(|line| shown(&line.text));
    let (old, new) = (text(&edit.old), text(&edit.new));
    let side = |side, line: &Option<Line>| line.as_ref().map(|_| segments(side, old.as_deref(), new.as_deref()));
    let from = [&edit.new, &edit.old].into_iter().flatten().find_map(|line| line.from.as_deref());
    Row {
        old: side(Side::Old, &edit.old),
        new: side(Side::New, &edit.new),
        old_number: edit.old.as_ref().map(|line| line.number),
        new_number: edit.new.as_ref().map(|line| line.number),
        cause: edit.cause + 1,
        from: from.map(|from| template_line(from, link)),
        ..Row::default()
    }
}

fn template_line(from: &TemplateLine, link: Option<&Link>) -> From {
    let link = link.filter(|_| !from.file.starts_with("std/"));
    From {
        at: printable(&format!("{}:{}", from.file, from.line)),
        link: link.map(|link| link.to(&from.file, from.line)),
        text: shown(from.text.trim()),
    }
}

/// A line as it is shown: without its end, nothing in it that hides another part.
fn shown(text: &str) -> String {
    let line = text.strip_suffix('\n').unwrap_or(text);
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => printable(&line[..end]) + "…",
        None => printable(line),
    }
}

/// The parts of a side's line: what both begin with, what differs, what both end with.
pub(super) fn segments(side: Side, old: Option<&str>, new: Option<&str>) -> Vec<Segment> {
    let text = if side == Side::Old { old } else { new }.unwrap_or_default();
    let (Some(old), Some(new)) = (old, new) else { return vec![Segment::new(text, false)] };
    let (old_words, new_words) = (words(old), words(new));
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = old_words.iter().zip(&new_words).take_while(same).count();
    let most = old_words.len().min(new_words.len()) - head;
    let tail = old_words.iter().rev().zip(new_words.iter().rev()).take_while(same).count().min(most);
    let own = if side == Side::Old { &old_words } else { &new_words };
    let (head, tail) = (own[..head].concat().len(), own[own.len() - tail..].concat().len());
    let parts = [(&text[..head], false), (&text[head..text.len() - tail], true), (&text[text.len() - tail..], false)];
    parts.into_iter().filter(|(text, _)| !text.is_empty()).map(|(text, differs)| Segment::new(text, differs)).collect()
}

/// The words of a line, and each other character by itself: all of it, in order.
fn words(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, left) = rest.split_at(end);
        found.push(word);
        rest = left;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::model::{OutputChange, Role, Texts};

    fn marked(side: Side, old: &str, new: &str) -> String {
        let parts = segments(side, Some(old), Some(new)).into_iter();
        parts.map(|part| if part.differs { format!("[{}]", part.text) } else { part.text }).collect()
    }

    #[test]
    fn what_differs_within_a_line_is_marked() {
        assert_eq!(marked(Side::New, "USER bob", "USER bob:root"), "USER bob[:root]");
        assert_eq!(marked(Side::Old, "USER bob", "USER bob:root"), "USER bob");
        assert_eq!(marked(Side::Old, "FROM a:1.2-x", "FROM a:1.3-x"), "FROM a:1.[2]-x");
        assert_eq!(marked(Side::New, "a a", "a a a"), "a a[ a]");
    }

    fn line(number: u32, text: &str) -> Line {
        Line { number, text: format!("{text}\n").into(), from: None }
    }

    #[test]
    fn both_sides_keep_their_numbers() {
        let old: Vec<Line> = (1..=20).map(|number| line(number, &format!("line {number}"))).collect();
        // 5 goes, 11 is another, one comes behind 20.
        let mut texts: Vec<String> =
            (1..=20).filter(|number| *number != 5).map(|number| format!("line {number}")).collect();
        texts[9] = "eleven".to_owned();
        texts.push("more".to_owned());
        let new: Vec<Line> = (1..).zip(&texts).map(|(number, text)| line(number, text)).collect();
        let edits = vec![
            Edit { old: Some(old[4].clone()), new: None, cause: 0 },
            Edit { old: Some(old[10].clone()), new: Some(new[9].clone()), cause: 1 },
            Edit { old: None, new: Some(new[19].clone()), cause: 0 },
        ];
        let output = Output {
            target: "a/1".to_owned(),
            role: Role::Dockerfile,
            path: "a/1/Dockerfile".into(),
            old_path: None,
            change: OutputChange::Changed,
            like: None,
            mode: None,
            causes: vec![0, 1],
            cache: None,
            notes: Vec::new(),
            edits,
            texts: Some(Texts { old, new }),
        };
        let mut rows = Vec::new();
        let all = side_by_side(&output, None, &mut |row| {
            rows.push(row);
            Some(())
        });
        assert!(all.is_some());
        let shown: Vec<String> = rows
            .into_iter()
            .map(|row| {
                let number = |number: Option<u32>| number.map_or_else(|| "_".to_owned(), |number| number.to_string());
                match (row.skipped, row.same) {
                    (0, Some(same)) => format!("{}/{} {same}", number(row.old_number), number(row.new_number)),
                    (0, None) => format!("{}/{} !", number(row.old_number), number(row.new_number)),
                    (skipped, _) => format!("{skipped} skipped"),
                }
            })
            .collect();
        assert_eq!(
            shown,
            [
                "1/1 line 1",
                "2/2 line 2",
                "3/3 line 3",
                "4/4 line 4",
                "5/_ !",
                "6/5 line 6",
                "7/6 line 7",
                "8/7 line 8",
                "9/8 line 9",
                "10/9 line 10",
                "11/10 !",
                "12/11 line 12",
                "13/12 line 13",
                "14/13 line 14",
                "3 skipped",
                "18/17 line 18",
                "19/18 line 19",
                "20/19 line 20",
                "_/20 !",
            ]
        );
    }
}
