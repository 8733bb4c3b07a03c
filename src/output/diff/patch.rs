//! One file's change in git's format.

use std::{
    io::{self, Write},
    ops::Range,
};

use anstyle::Style;

use super::{
    Change,
    hunks::{ChangedLines, FileDiff, Hunk, body},
    paint::{self, Paint},
    path,
};

/// As git, which cuts the text after `@@`.
const SECTION: usize = 80;

/// Writes the change; nothing where it has no hunk, the mode stays and the file neither comes nor goes.
pub(super) fn write(change: &Change, diff: &FileDiff<'_>, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let hunks = diff.hunks();
    let changes_mode = change.changes_mode();
    if hunks.is_empty() && change.old.is_some() && change.new.is_some() && !changes_mode {
        return Ok(());
    }
    let name = change.path.as_str();
    let (a, b) = (path::quoted("a/", name), path::quoted("b/", name));
    paint.line(paint::FILE, &format!("diff --git {a} {b}"), out)?;
    if change.old.is_none() {
        paint.line(paint::FILE, &format!("new file mode {}", change.mode.as_str()), out)?;
    } else if change.new.is_none() {
        paint.line(paint::FILE, &format!("deleted file mode {}", change.old_mode.as_str()), out)?;
    } else if changes_mode {
        paint.line(paint::FILE, &format!("old mode {}", change.old_mode.as_str()), out)?;
        paint.line(paint::FILE, &format!("new mode {}", change.mode.as_str()), out)?;
    }
    if hunks.is_empty() {
        return Ok(());
    }
    let side = |sign: &str, quoted: &str, there: bool| {
        if there { format!("{sign} {quoted}{}", path::end(name)) } else { format!("{sign} /dev/null") }
    };
    paint.line(paint::FILE, &side("---", &a, change.old.is_some()), out)?;
    paint.line(paint::FILE, &side("+++", &b, change.new.is_some()), out)?;
    hunks.iter().try_for_each(|hunk| write_hunk(diff, hunk, paint, out))
}

fn write_hunk(diff: &FileDiff<'_>, hunk: &Hunk, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let head = format!("@@ -{} +{} @@", lines_of(&hunk.old), lines_of(&hunk.new));
    paint.write(paint::HUNK, head.as_bytes(), out)?;
    if let Some(section) = section(&diff.old[..hunk.old.start]) {
        out.write_all(b" ")?;
        paint.plain(section, out)?;
    }
    out.write_all(b"\n")?;
    let mut at = hunk.old.start;
    for run in &hunk.runs {
        write_context(&diff.old[at..run.old.start], paint, out)?;
        write_run(diff, run, paint, out)?;
        at = run.old.end;
    }
    write_context(&diff.old[at..hunk.old.end], paint, out)
}

fn write_context(lines: &[&[u8]], paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    lines.iter().try_for_each(|line| {
        out.write_all(b" ")?;
        paint.plain(line, out)?;
        end(line, out)
    })
}

fn write_run(diff: &FileDiff<'_>, run: &ChangedLines, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
    let lines = diff.old[run.old.clone()].iter().chain(&diff.new[run.new.clone()]);
    let marked = if paint.colour { diff.words(run) } else { Vec::new() };
    for (index, line) in lines.enumerate() {
        let (sign, style): (&[u8], Style) = if index < run.old.len() { (b"-", paint::OLD) } else { (b"+", paint::NEW) };
        paint.write(style, sign, out)?;
        match marked.get(index) {
            None => paint.plain(line, out)?,
            Some(parts) => {
                for (changed, part) in parts {
                    let text = part.strip_suffix(b"\n").unwrap_or(part);
                    paint.write(if *changed { style.invert() } else { style }, text, out)?;
                    out.write_all(&part[text.len()..])?;
                }
            }
        }
        end(line, out)?;
    }
    Ok(())
}

/// What follows a line that does not end in a line feed.
fn end(line: &[u8], out: &mut dyn Write) -> io::Result<()> {
    if line.ends_with(b"\n") { Ok(()) } else { out.write_all(b"\n\\ No newline at end of file\n") }
}

/// `first,count` as in a hunk's head: lines count from 1, a count of 1 is left out, and no lines stand after the line named.
fn lines_of(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        count => format!("{},{count}", range.start + 1),
    }
}

/// What git calls the function that a hunk is in: here, the stage.
fn section<'a>(before: &[&'a [u8]]) -> Option<&'a [u8]> {
    let is_from = |line: &&&[u8]| {
        let line = line.trim_ascii_start();
        line.len() > 5 && line[..4].eq_ignore_ascii_case(b"FROM") && line[4].is_ascii_whitespace()
    };
    let line = body(before.iter().rev().find(is_from)?).trim_ascii();
    let mut cut = line.len().min(SECTION);
    // Not in the middle of a character.
    while cut > 0 && line.get(cut).is_some_and(|byte| byte & 0xc0 == 0x80) {
        cut -= 1;
    }
    Some(&line[..cut])
}
