//! A review for a terminal: what one reads first is what reaches most.
//!
//! Lines of outputs are indented, so that nothing of it can be taken for a patch: each hunk of a patch has the lines of one file,
//! and these stand for many.

use std::io::{self, Write};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};

use super::forms::words;
use super::model::{CacheLoss, Cause, CauseKind, Form, Output, OutputChange, Review, Role};
use super::ranges::ranges;
use super::sources::differences;
use crate::diagnostic::{plural, printable};

const TITLE: Style = Style::new().bold();
const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();

/// So many kinds of lines are shown of a cause.
const FORMS: usize = 8;
/// So many terms describe where a cause reaches.
const TERMS: usize = 4;
/// So many names of an axis are told in a term.
const NAMES: usize = 4;
/// So many notes on single outputs are told of a cause.
const NOTES: usize = 2;

/// How a review is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    pub(crate) colour: bool,
    /// Columns; where there are fewer than 40, lines are longer.
    pub(crate) width: usize,
    /// Name every output, and show every line.
    pub(crate) full: bool,
}

impl Terminal {
    fn width(self) -> usize {
        self.width.max(40)
    }

    fn paint(self, style: Style, text: &str, out: &mut dyn Write) -> io::Result<()> {
        if self.colour { write!(out, "{style}{text}{style:#}") } else { out.write_all(text.as_bytes()) }
    }
}

/// Writes all causes.
pub(crate) fn write(review: &Review, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    write_remarks(review, out)?;
    if review.outputs.is_empty() {
        return Ok(());
    }
    terminal.paint(TITLE, &summary(review), out)?;
    writeln!(out)?;
    for number in 0..review.causes.len() {
        write_cause(review, number, terminal, out)?;
    }
    write_unreached(review, terminal, out)
}

fn write_remarks(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    review.remarks.iter().try_for_each(|remark| writeln!(out, "# {}", printable(remark)))
}

/// What it all comes to, in a line.
pub(crate) fn summary(review: &Review) -> String {
    let count = |is: &dyn Fn(&Output) -> bool| review.outputs.iter().filter(|output| is(output)).count();
    let stays = |output: &Output| output.change == OutputChange::Changed;
    let renamed = count(&|output| stays(output) && output.like.is_some());
    let moved = count(&|output| stays(output) && output.like.is_none() && output.old_path.is_some());
    let changed = count(&stays) - renamed - moved;
    let mut words = vec![plural(review.causes.len(), "cause")];
    let counts = [
        (changed, "changed"),
        (renamed, "renamed"),
        (moved, "moved"),
        (review.count(OutputChange::Edited), "edited by hand"),
        (review.count(OutputChange::Removed), "removed"),
        (review.count(OutputChange::New), "new"),
    ];
    for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
        let is_first = words.len() == 1;
        words.push(if is_first { format!("{} {what}", plural(count, "output")) } else { format!("{count} {what}") });
    }
    if review.built_again > 0 {
        let verb = if review.built_again == 1 { "is" } else { "are" };
        words.push(format!("{} {verb} built again", plural(review.built_again, "image")));
    }
    words.join(" · ")
}

/// Writes one cause.
pub(crate) fn write_cause(review: &Review, number: usize, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let Some(cause) = review.causes.get(number) else { return Ok(()) };
    writeln!(out)?;
    let title = printable(&review.title(cause));
    let reach = if terminal.full { cause.reach.to_string() } else { cause.reach.brief(TERMS, NAMES) };
    let reach = format!("{}: {}", plural(cause.outputs.len(), "output"), printable(&reach));
    let head = format!("{}  {title}", number + 1);
    terminal.paint(TITLE, &head, out)?;
    if head.chars().count() + 3 + reach.chars().count() <= terminal.width() {
        writeln!(out, "   {reach}")?;
    } else {
        writeln!(out)?;
        wrap(&reach, terminal, out)?;
    }
    for line in notes(review, cause, terminal.full) {
        wrap(&line, terminal, out)?;
    }
    let told = told(review, cause, terminal.full);
    let all = cause.outputs.len() - if terminal.full { 0 } else { texts(review, cause).len() };
    let shown = shown(&told, terminal.full);
    for form in &shown {
        let is_all = form.outputs.len() == all;
        if terminal.full && !form.lines.is_empty() {
            let pattern = |line: &Option<Arc<str>>| line.as_ref().map(|line| super::Pattern::text(line.trim_end()));
            for (old, new) in &form.lines {
                let line = Form { old: pattern(old), new: pattern(new), lines: Vec::new(), ..(*form).clone() };
                write_form(&line, is_all, terminal, out)?;
            }
        } else {
            write_form(form, is_all, terminal, out)?;
        }
    }
    if shown.len() < told.len() {
        let left = plural(told.len() - shown.len(), "more kind");
        wrap(&format!("and {left} of lines: `--cause {}` shows them", number + 1), terminal, out)?;
    }
    if terminal.full {
        for output in &cause.outputs {
            writeln!(out, "   {}", printable(review.outputs[*output].path.as_str()))?;
        }
    }
    Ok(())
}

/// What is to be known of a cause beside its lines.
pub(crate) fn notes(review: &Review, cause: &Cause, full: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if cause.kind == CauseKind::Source && cause.places.len() > 1 {
        let rest = cause.places[1..].iter().map(super::Place::title);
        let most = if full { usize::MAX } else { 2 };
        let named: Vec<String> = rest.take(most).collect();
        let left = cause.places.len() - 1 - named.len();
        let more = if left > 0 { format!(" and {}", plural(left, "more place")) } else { String::new() };
        notes.push(format!("also at {}{more}", named.join(", ")));
    }
    if cause.kind == CauseKind::Cut {
        notes.push("of fewer outputs more lines are led back: `dockmill diff ID`".to_owned());
    }
    if let (CauseKind::Moved, Some(name)) = (cause.kind, cause.names.first()) {
        notes.push(format!(
            "{} → {}",
            name.old.as_deref().unwrap_or_default(),
            name.new.as_deref().unwrap_or_default()
        ));
    }
    if matches!(cause.kind, CauseKind::Renamed | CauseKind::New) {
        let (is, are) = if cause.kind == CauseKind::New {
            ("as its neighbour is", "as their neighbours are")
        } else {
            ("the same", "the same")
        };
        match cause.alike {
            0 => {}
            1 if cause.outputs.len() == 1 => notes.push(format!("it is {is} but for the name")),
            1 => notes.push(format!("1 of them is {is} but for the name")),
            alike => notes.push(format!("{alike} of them are {are} but for the name")),
        }
    }
    let texts: Vec<&str> = texts(review, cause).into_iter().map(|text| text.path.as_str()).collect();
    let images = cause.outputs.len() - texts.len();
    notes.extend(cache(cause, images, full));
    if cause.built_on > 0 {
        let them = if images == 1 { "it" } else { "them" };
        notes.push(format!("{} built on {them}", plural(cause.built_on, "image")));
    }
    if !texts.is_empty() && !full {
        let most = texts.len().min(TERMS);
        let more = if texts.len() > most { format!(" and {} more", texts.len() - most) } else { String::new() };
        let follow = if texts.len() == 1 { "text follows" } else { "texts follow" };
        notes.push(format!("{} {follow}: {}{more}", texts.len(), texts[..most].join(", ")));
    }
    for (outputs, causes) in cause.shared() {
        notes.push(format!("{} also changed by {}", plural(outputs, "output"), ranges(&causes)));
    }
    if matches!(cause.kind, CauseKind::Unknown | CauseKind::Mode) || full {
        let said = cause.outputs.iter().flat_map(|output| &review.outputs[*output].notes);
        let said: Vec<&String> = said.collect();
        notes.extend(said.iter().take(if full { usize::MAX } else { NOTES }).map(|note| (*note).clone()));
        if !full && said.len() > NOTES {
            notes.push(format!("and {} like that", plural(said.len() - NOTES, "more output")));
        }
    }
    notes
}

/// Where builds lose their cache: at one line, or in a range of them where outputs differ. `all`: how many outputs may.
fn cache(cause: &Cause, all: usize, full: bool) -> Vec<String> {
    let layers =
        |layers: usize| if layers > 0 { format!(", {} behind it", plural(layers, "layer")) } else { String::new() };
    let from = |line: Option<u32>| line.map_or_else(|| "at the end".to_owned(), |line| format!("from line {line} on"));
    let whole = |loss: &CacheLoss| loss.outputs == all;
    if full || cause.cache.len() == 1 {
        let note = |loss: &CacheLoss| {
            let of = if whole(loss) { String::new() } else { format!(" in {}", loss.reach.brief(TERMS, NAMES)) };
            format!("builds lose their cache {}{}{of}", from(loss.line), layers(loss.layers))
        };
        return cause.cache.iter().map(note).collect();
    }
    let lines = cause.cache.iter().filter_map(|loss| loss.line);
    let (Some(first), Some(last)) = (lines.clone().min(), lines.max()) else { return Vec::new() };
    let range = if first == last { from(Some(first)) } else { format!("from lines {first} to {last} on") };
    let most = cause.cache.iter().map(|loss| loss.layers).max().unwrap_or_default();
    let most = if most > 0 { format!(", up to {} behind them", plural(most, "layer")) } else { String::new() };
    let count: usize = cause.cache.iter().map(|loss| loss.outputs).sum();
    let of = if count == all { String::new() } else { format!(" in {}", plural(count, "output")) };
    vec![format!("builds lose their cache {range}{most}{of}")]
}

/// The texts that follow from what a cause does to other outputs.
fn texts<'r>(review: &'r Review, cause: &Cause) -> Vec<&'r Output> {
    let outputs = || cause.outputs.iter().map(|output| &review.outputs[*output]);
    let texts: Vec<&Output> = outputs().filter(|output| output.role == Role::Text).collect();
    if texts.len() < cause.outputs.len() { texts } else { Vec::new() }
}

/// The forms that are told of: those of texts alone say again what the others do.
fn told<'r>(review: &Review, cause: &'r Cause, full: bool) -> Vec<&'r Form> {
    let is_all = full || texts(review, cause).is_empty();
    let is_text = |output: &usize| review.outputs[*output].role == Role::Text;
    cause.forms.iter().filter(|form| is_all || !form.outputs.iter().all(is_text)).collect()
}

/// The forms that are shown: those of most outputs, in the order of the file.
fn shown<'r>(told: &[&'r Form], full: bool) -> Vec<&'r Form> {
    if full || told.len() <= FORMS {
        return told.to_vec();
    }
    let mut order: Vec<usize> = (0..told.len()).collect();
    order.sort_by_key(|index| usize::MAX - told[*index].outputs.len());
    order.truncate(FORMS);
    order.sort_unstable();
    order.into_iter().map(|index| told[index]).collect()
}

/// Writes a kind of lines; `is_all`: all outputs of its cause have it.
fn write_form(form: &Form, is_all: bool, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let text = |side: &Option<super::Pattern>| {
        side.as_ref().map(|side| printable(side.to_string().trim_end_matches(['\n', '\r'])))
    };
    let (old, new) = (text(&form.old), text(&form.new));
    let same = match (&old, &new) {
        (Some(old), Some(new)) => old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count(),
        _ => 0,
    };
    let of = if is_all { String::new() } else { format!("   [{}]", plural(form.outputs.len(), "output")) };
    let longest = [&old, &new].into_iter().flatten().map(|line| line.chars().count()).max().unwrap_or_default();
    let lines = [("-", OLD, old), ("+", NEW, new)];
    let last = usize::from(lines[1].2.is_some());
    let mut shown = [None, None];
    for (index, (sign, style, line)) in lines.into_iter().enumerate() {
        let Some(line) = line else { continue };
        // Both are cut at the same place, so that they can be compared.
        let room = terminal.width().saturating_sub(5 + of.chars().count());
        let line = if terminal.full { line } else { fitted(&line, same, longest, room) };
        shown[index] = Some((sign, style, line));
    }
    let texts = shown.each_ref().map(|line| line.as_ref().map(|(.., text)| text.as_str()));
    let words = if terminal.colour { changed_words(texts) } else { None };
    for (index, line) in shown.iter().enumerate() {
        let Some((sign, style, line)) = line else { continue };
        out.write_all(b"   ")?;
        terminal.paint(*style, &format!("{sign} "), out)?;
        match words.as_ref().map(|words| &words[index]) {
            Some(words) => {
                for (is_changed, word) in words {
                    terminal.paint(if *is_changed { style.invert() } else { *style }, word, out)?;
                }
            }
            None => terminal.paint(*style, line, out)?,
        }
        writeln!(out, "{}", if index == last { &*of } else { "" })?;
    }
    Ok(())
}

/// The words of a line, each with whether the other side has it not.
type Words<'l> = Vec<(bool, &'l str)>;

/// What changes within a line. None where its sides have less than half in common: then no part is the one that changed.
fn changed_words(sides: [Option<&str>; 2]) -> Option<[Words<'_>; 2]> {
    let [Some(old), Some(new)] = sides else { return None };
    let [old, new] = [old, new].map(words);
    let (mut made, mut same) = ([Words::new(), Words::new()], 0);
    for op in differences(&old, &new) {
        same += if op.equal { old[op.old.clone()].iter().map(|word| word.len()).sum() } else { 0 };
        made[0].extend(old[op.old].iter().map(|word| (!op.equal, *word)));
        made[1].extend(new[op.new].iter().map(|word| (!op.equal, *word)));
    }
    let all: usize = old.iter().chain(&new).map(|word| word.len()).sum();
    (4 * same >= all).then_some(made)
}

/// As much of a line as there is room for; what differs, from `from` on, is in it. Where its other side is longer, both begin at
/// the same place.
fn fitted(line: &str, from: usize, longest: usize, room: usize) -> String {
    let room = room.max(20);
    let characters: Vec<char> = line.chars().collect();
    if longest.max(characters.len()) <= room {
        return line.to_owned();
    }
    let last = longest.max(characters.len()) - room + 1;
    let start = if from + room / 3 < room { 0 } else { (from - room / 3).min(last).min(characters.len()) };
    let mut text: String = if start > 0 { "…".to_owned() } else { String::new() };
    let left = room - text.chars().count();
    if characters.len() - start <= left {
        text.extend(&characters[start..]);
    } else {
        text.extend(&characters[start..start + left - 1]);
        text.push('…');
    }
    text
}

/// Writes a note, in several lines where it is long.
fn wrap(note: &str, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::new();
    for word in note.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() + 3 > terminal.width() {
            writeln!(out, "   {line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&printable(word));
    }
    writeln!(out, "   {line}")
}

fn write_unreached(review: &Review, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    if review.unreached.is_empty() {
        return Ok(());
    }
    let most = if terminal.full { usize::MAX } else { 3 };
    let places: Vec<String> = review.unreached.iter().take(most).map(super::Place::title).collect();
    let left = review.unreached.len() - places.len();
    let more = if left > 0 { format!(" and {left} more") } else { String::new() };
    writeln!(out)?;
    let count = plural(review.unreached.len(), "change");
    let verb = if review.unreached.len() == 1 { "reaches" } else { "reach" };
    writeln!(out, "{count} of templates that {verb} no output:")?;
    wrap(&format!("{}{more}", places.join(", ")), terminal, out)
}

/// Writes what happens to the outputs of one target, each edit with its lines and its cause.
pub(crate) fn write_target(review: &Review, target: &str, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    for output in review.outputs.iter().filter(|output| output.target == target) {
        let what = match output.change {
            OutputChange::New => "new",
            OutputChange::Changed => "changed",
            OutputChange::Edited => "edited by hand, render would refuse",
            OutputChange::Removed => "removed",
        };
        terminal.paint(TITLE, &format!("{}: {what}", printable(output.path.as_str())), out)?;
        writeln!(out)?;
        for (label, text) in
            [("stood at", output.old_path.as_ref().map(ToString::to_string)), ("compared with", output.like.clone())]
        {
            if let Some(text) = text {
                writeln!(out, "   {label} {}", printable(&text))?;
            }
        }
        for note in &output.notes {
            wrap(note, terminal, out)?;
        }
        let last = output.edits.iter().flat_map(|edit| [&edit.old, &edit.new]).flatten().map(|line| line.number).max();
        let digits = last.unwrap_or_default().to_string().len();
        let mut cause = None;
        for edit in &output.edits {
            if cause != Some(edit.cause) {
                let title = review.causes.get(edit.cause).map(|cause| review.title(cause)).unwrap_or_default();
                writeln!(out, "{}  {}", edit.cause + 1, printable(&title))?;
                cause = Some(edit.cause);
            }
            for (sign, style, line) in [("-", OLD, &edit.old), ("+", NEW, &edit.new)] {
                let Some(line) = line else { continue };
                write!(out, "   {:>digits$} ", line.number)?;
                let text = printable(line.text.strip_suffix('\n').unwrap_or(&line.text));
                terminal.paint(style, &format!("{sign} {text}"), out)?;
                writeln!(out)?;
            }
        }
        for cause in output.causes.iter().filter(|cause| review.causes[**cause].kind == CauseKind::Cut) {
            writeln!(out, "{}  {}", cause + 1, printable(&review.title(&review.causes[*cause])))?;
        }
    }
    Ok(())
}

/// Writes a row for each cause, with the lines that it adds and removes.
pub(crate) fn write_stat(review: &Review, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    write_remarks(review, out)?;
    if review.outputs.is_empty() {
        return Ok(());
    }
    let cells = |cause: &Cause| {
        let outputs = plural(cause.outputs.len(), "output");
        [printable(&review.title(cause)), outputs, format!("+{}", cause.added), format!("-{}", cause.removed)]
    };
    let rows: Vec<[String; 4]> = review.causes.iter().map(cells).collect();
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let [title, outputs, added, removed] = [0, 1, 2, 3].map(widest);
    let digits = rows.len().to_string().len();
    let title = title.min(terminal.width().saturating_sub(digits + outputs + added + removed + 6).max(20));
    for (number, row) in rows.iter().enumerate() {
        let name = tail(&row[0], title);
        writeln!(
            out,
            "{:>digits$}  {name:title$}  {:>outputs$} {:>added$} {:>removed$}",
            number + 1,
            row[1],
            row[2],
            row[3]
        )?;
    }
    writeln!(out, "{}", summary(review))
}

/// The end of a title that is too long: it tells more than the beginning.
fn tail(title: &str, width: usize) -> String {
    let count = title.chars().count();
    if count <= width {
        return title.to_owned();
    }
    std::iter::once('…').chain(title.chars().skip(count + 1 - width)).collect()
}

#[cfg(test)]
mod tests {
    use super::{changed_words, fitted, tail};

    #[test]
    fn changed_words_are_marked() {
        let marked = |old: &str, new: &str| {
            let sides = changed_words([Some(old), Some(new)])?;
            let shown =
                |(is_changed, word): &(bool, &str)| if *is_changed { format!("<{word}>") } else { (*word).to_owned() };
            Some(sides.map(|words| words.iter().map(shown).collect::<String>()))
        };
        let [old, new] = marked("FROM debian:trixie", "FROM debian:bookworm AS x").unwrap_or_default();
        assert_eq!((&*old, &*new), ("FROM debian:<trixie>", "FROM debian:<bookworm>< ><AS>< ><x>"));
        assert_eq!(marked("RUN a", "ENV b=c"), None);
        assert_eq!(changed_words([Some("RUN a"), None]), None);
    }

    #[test]
    fn what_differs_is_shown() {
        let line = format!("{}X{}", "a".repeat(100), "b".repeat(100));
        assert_eq!(fitted("short", 3, 5, 30), "short");
        let shown = fitted(&line, 100, 201, 30);
        assert!(shown.contains('X') && shown.chars().count() == 30, "{shown}");
        assert_eq!(fitted(&line, 2, 201, 30), format!("{}…", "a".repeat(29)));
        let end = fitted(&line, 200, 201, 30);
        assert_eq!(end, format!("…{}", "b".repeat(29)));
        assert_eq!(tail("services/very/long/Dockerfile.dockmill:12", 20), "…kerfile.dockmill:12");
    }
}
