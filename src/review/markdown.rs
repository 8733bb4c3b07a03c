//! A review as a comment of a pull request: Markdown of a bounded size.
//!
//! What a stranger's pull request has in its templates stands in this text, and must stay text: no mention, no link, no command
//! of the forge, no end of a block that it stands in. So a name is in `<code>` with each character that Markdown knows as a
//! reference, and lines are in a fence that is longer than any in them, each with a sign at its begin.

use std::fmt::Write;

use super::about::About;
use super::link::Link;
use super::model::{Cause, CauseKind, Pattern, Place, Review};
use super::ranges::ranges;
use super::title::{self, Piece, built, cache, summary};
use crate::diagnostic::{plural, printable};

/// GitHub takes 65,536 characters; a few are left for what a workflow adds.
const MOST: usize = 60_000;
/// The part of it that the table of causes may take.
const TABLE: usize = 24_000;
/// What is kept for the words at the end.
const END: usize = 2_000;
/// The part of it that the lines of a cause may take in its source, and again in outputs.
const LINES: usize = 4_000;
/// No cause is told in less.
const LEAST: usize = 150;
/// Characters of a line, and of a name.
const WIDTH: usize = 300;
/// Characters of a line in the table.
const CELL: usize = 100;
/// Terms of the outputs of a cause, in the table and below it.
const TERMS: [usize; 2] = [3, 24];

/// The comment. Its first line is the same for every review of a project, and no other's: by it a workflow finds its comment
/// again.
pub(crate) fn markdown(review: &Review, about: &About<'_>) -> String {
    let mut text = head(review, about);
    if review.causes.is_empty() {
        return text;
    }
    text.push_str("\n| | Change | Outputs | Built again |\n| --: | --- | --- | --- |\n");
    let mut rows = 0;
    for (index, cause) in review.causes.iter().enumerate() {
        let row = row(index, cause, review, about);
        if text.len() + row.len() > TABLE {
            break;
        }
        text.push_str(&row);
        rows += 1;
    }
    text.push('\n');
    let mut left_out = Vec::new();
    for (index, cause) in review.causes.iter().enumerate() {
        // Near the end nothing more fits: there may be thousands of causes.
        let left = (MOST - END).saturating_sub(text.len());
        let details = if left > LEAST { details(index, cause, review, about) } else { String::new() };
        if details.is_empty() || details.len() > left {
            left_out.push(index + 1);
        } else {
            text.push_str(&details);
        }
    }
    end(review, rows, &left_out, &mut text);
    text
}

fn head(review: &Review, about: &About<'_>) -> String {
    // The name of a project has no character that could end the mark.
    let mut text = format!("<!-- dockmill review of {} -->\n### ", about.project);
    let project = code(about.project, CELL);
    if review.is_empty() {
        _ = writeln!(text, "{project}: no generated file changes");
        return text;
    }
    _ = writeln!(text, "{project}: {}", summary(review).join(" · "));
    if review.built_again > 0 {
        _ = writeln!(text, "\nBuilt again: {}.", plural(review.built_again, "image"));
    }
    for remark in review.remarks.iter().take(10) {
        _ = writeln!(text, "\n> {}", code(remark, WIDTH));
    }
    let more = review.remarks.len().saturating_sub(10);
    if more > 0 {
        _ = writeln!(text, "\n> and {}", plural(more, "more remark"));
    }
    text
}

/// A title with what it leaves out.
fn whole_title(review: &Review, cause: &Cause, link: Option<&Link>) -> Vec<Piece> {
    let mut pieces = title::title(review, cause, link);
    pieces.extend(title::rest(cause));
    pieces
}

fn row(index: usize, cause: &Cause, review: &Review, about: &About<'_>) -> String {
    let mut change = pieces(&whole_title(review, cause, about.link), CELL);
    if let Some(form) = cause.forms.first().filter(|_| cause.kind != CauseKind::Removed) {
        for (sign, side) in [("−", &form.old), ("+", &form.new)] {
            if let Some(side) = side {
                _ = write!(change, "<br>{sign} {}", code(side.to_string().trim(), CELL));
            }
        }
        let more = cause.forms.len() - 1;
        if more > 0 {
            _ = write!(change, "<br>and {more} more");
        }
    }
    let outputs = format!("{}: {}", cause.outputs.len(), code(&cause.reach.short(TERMS[0]), WIDTH));
    format!("| {} | {change} | {outputs} | {} |\n", index + 1, built(cause))
}

fn details(index: usize, cause: &Cause, review: &Review, about: &About<'_>) -> String {
    // Of names only those without an address: a link in a summary would be opened instead of it.
    let title: Vec<Piece> =
        whole_title(review, cause, about.link).into_iter().map(|piece| Piece { link: None, ..piece }).collect();
    let mut text = format!(
        "<details><summary><b>{}</b> · {} · {}</summary>\n\n",
        index + 1,
        pieces(&title, CELL),
        plural(cause.outputs.len(), "output")
    );
    let forms = forms(cause);
    if !cause.places.is_empty() {
        let links: Vec<Piece> = cause.places.iter().take(5).map(|at| title::place(at, about.link)).collect();
        let links: Vec<String> = links.iter().map(|piece| pieces(std::slice::from_ref(piece), CELL)).collect();
        let more = cause.places.len() - links.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        _ = writeln!(text, "In {}{more}:\n", links.join(", "));
        let source = cause.places.first().map(source).unwrap_or_default();
        if !says_the_same(&source, &forms) {
            text.push_str(&fenced(&source));
            text.push_str("\nIn the outputs:\n\n");
        }
    }
    if !forms.is_empty() {
        text.push_str(&fenced(&forms));
    }
    let cache = cache(cause);
    if !cache.is_empty() {
        _ = writeln!(text, "\nThe cache of a build is lost {}.", pieces(&cache, WIDTH));
    }
    for (outputs, causes) in cause.shared() {
        _ = writeln!(text, "\nIn {} also because of {}.", plural(outputs, "output"), ranges(&causes));
    }
    _ = writeln!(text, "\nOutputs: {}\n\n</details>\n", code(&cause.reach.short(TERMS[1]), 2 * WIDTH));
    text
}

fn end(review: &Review, rows: usize, left_out: &[usize], text: &mut String) {
    if !review.unreached.is_empty() {
        let shown: Vec<String> = review.unreached.iter().take(5).map(|at| code(&at.title(), CELL)).collect();
        let more = review.unreached.len() - shown.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        _ = writeln!(text, "Changes of templates that reach no output: {}{more}.\n", shown.join(", "));
    }
    if !left_out.is_empty() {
        let table = match review.causes.len() - rows {
            0 => String::new(),
            1 => "1 cause is not in the table, and ".to_owned(),
            more => format!("{more} causes are not in the table, and "),
        };
        _ = writeln!(
            text,
            "**Cut, as a comment has an end:** {table}the lines of {} are not shown ({}). `dockmill diff` tells all of them.",
            plural(left_out.len(), "cause"),
            ranges(left_out)
        );
    }
}

/// A line of a diff.
type Signed = (char, String);

/// What changed at a place.
fn source(place: &Place) -> Vec<Signed> {
    let side = |sign: char, lines: &[String]| lines.iter().map(|line| (sign, line.clone())).collect::<Vec<_>>();
    [side('-', &place.old), side('+', &place.new)].concat()
}

/// What changes in outputs. Lines that go, and those that come, stand together.
fn forms(cause: &Cause) -> Vec<Signed> {
    let line = |pattern: &Pattern| pattern.to_string();
    let mut lines = Vec::new();
    // Of what is gone it is enough to know that.
    for form in cause.forms.iter().filter(|_| cause.kind != CauseKind::Removed) {
        lines.extend(form.old.as_ref().map(|old| ('-', line(old))));
        lines.extend(form.new.as_ref().map(|new| ('+', line(new))));
    }
    lines
}

/// Would the lines of the outputs repeat those of the template, but for the marks of values?
fn says_the_same(source: &[Signed], forms: &[Signed]) -> bool {
    let plain = |(sign, line): &Signed| {
        let line: String = line.chars().filter(|c| !"@{}⟨⟩ \t".contains(*c)).collect();
        (!line.is_empty()).then_some((*sign, line))
    };
    let plain = |lines: &[Signed]| {
        let mut lines: Vec<_> = lines.iter().filter_map(plain).collect();
        lines.sort_unstable();
        lines
    };
    plain(source) == plain(forms)
}

/// Lines in a fence that none of them can end.
fn fenced(lines: &[Signed]) -> String {
    let mut body = String::new();
    let mut shown = 0;
    for (sign, line) in lines {
        // A line break within what is called a line would begin one without a sign.
        let line = printable(&shorten(line, WIDTH)).replace('\n', "␊");
        if body.len() + line.len() > LINES {
            break;
        }
        _ = writeln!(body, "{sign} {line}");
        shown += 1;
    }
    if shown < lines.len() {
        _ = writeln!(body, "  … and {}", plural(lines.len() - shown, "more line"));
    }
    let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}diff\n{body}{fence}\n")
}

fn pieces(pieces: &[Piece], width: usize) -> String {
    let mut text = String::new();
    for piece in pieces {
        let shown = if piece.is_code { code(&piece.text, width) } else { piece.text.clone() };
        _ = match &piece.link {
            Some(link) => write!(text, "<a href=\"{}\">{shown}</a>", link.replace('&', "&amp;").replace('"', "&quot;")),
            None => write!(text, "{shown}"),
        };
    }
    text
}

/// A text as code, in a table, a heading or HTML alike. Its characters are references, which are never markup; in `<code>`
/// neither are those marks that a forge looks for when all markup is read.
fn code(text: &str, width: usize) -> String {
    let mut made = String::from("<code>");
    let mut w = 0;
    for character in printable(&shorten(text, width)).chars() {
        match character {
            '\n' => made.push('␊'),
            // A comment splits what would be the address of a mail.
            '@' => made.push_str("&#64;<!-- -->"),
            // `www.` begins an address, too.
            '.' if w >= 3 => made.push_str("&#46;"),
            character if character.is_ascii_punctuation() && !"/-.,()=+".contains(character) => {
                _ = write!(made, "&#{};", u32::from(character));
            }
            character => made.push(character),
        }
        w = if matches!(character, 'w' | 'W') { w + 1 } else { 0 };
    }
    made + "</code>"
}

fn shorten(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        Some((end, _)) => text[..end].to_owned() + "…",
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::fold::Fold;
    use crate::review::model::{Form, Output, OutputChange, Role};

    fn review(causes: usize, lines: usize, width: usize) -> Review {
        let long = "x".repeat(width);
        let ids: Vec<String> = (0..200).map(|number| format!("{long}/{number}")).collect();
        let fold = Fold::new(&ids);
        let cause = |number: usize| Cause {
            kind: CauseKind::Source,
            places: (0..30)
                .map(|line| Place {
                    file: format!("{long}/{number}").as_str().into(),
                    line,
                    key: Some(long.clone()),
                    old: vec![long.clone(); lines],
                    new: Vec::new(),
                })
                .collect(),
            names: Vec::new(),
            forms: (0..lines)
                .map(|line| Form {
                    old: None,
                    new: Some(Pattern::text(&format!("{line} {long}"))),
                    outputs: vec![0],
                    lines: vec![],
                })
                .collect(),
            outputs: vec![0],
            alike: 0,
            reach: fold.fold(ids.iter().step_by(3).map(String::as_str)),
            also: Vec::new(),
            cache: Vec::new(),
            built_again: 1,
            built_on: 0,
            added: lines,
            removed: 0,
        };
        let output = Output {
            target: long.clone(),
            role: Role::Dockerfile,
            path: long.as_str().into(),
            old_path: None,
            change: OutputChange::Changed,
            like: None,
            mode: None,
            causes: (0..causes).collect(),
            cache: None,
            notes: Vec::new(),
            edits: Vec::new(),
            texts: None,
        };
        Review {
            causes: (0..causes).map(cause).collect(),
            outputs: vec![output],
            unreached: vec![cause(0).places.remove(0); 100],
            remarks: vec![long; 100],
            built_again: 1,
        }
    }

    /// The comment of a review, and whether it says that something is cut.
    fn made(review: &Review, link: Option<&crate::review::Link>) -> (String, bool) {
        let text = markdown(review, &About { project: "shop", against: Some("main..."), link });
        let is_cut = text.contains("**Cut, as a comment has an end:**");
        (text, is_cut)
    }

    #[test]
    fn it_fits_into_a_comment() {
        let address = format!("https://git.example.org/{}/{{path}}#L{{line}}", "a".repeat(500));
        let link = address.parse().ok();
        for (causes, lines, width, cut) in
            [(1, 1, 1, false), (3, 1_000, 40, false), (40, 200, 40, true), (1_000, 1, 10, true), (60, 60, 5_000, true)]
        {
            let (text, is_cut) = made(&review(causes, lines, width), link.as_ref());
            assert!(text.len() <= MOST, "{causes} causes of {lines} lines: {} bytes", text.len());
            assert_eq!(is_cut, cut, "{causes} causes of {lines} lines: {} bytes", text.len());
            assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        }
    }

    #[test]
    fn what_is_cut_is_named() {
        let (text, _) = made(&review(40, 200, 40), None);
        let last = text.lines().last().unwrap_or_default();
        let shown = text.matches("<details>").count();
        assert!(shown >= 3, "{shown}");
        let said = format!("the lines of {} causes are not shown ({}–40).", 40 - shown, shown + 1);
        assert!(last.contains(&said), "{last}");
    }

    #[test]
    fn nothing_leaves_its_fence() {
        let line = |text: &str| ('+', text.to_owned());
        let text = fenced(&[line("```"), line("`````\r\n```` </details>\n@everyone"), line("\u{202e}x")]);
        assert_eq!(text, "``````diff\n+ ```\n+ `````␍␊```` </details>␊@everyone\n+ \u{fffd}x\n``````\n");
    }

    #[test]
    fn nothing_leaves_its_code() {
        assert_eq!(code("a_b|c</code>", 99), "<code>a&#95;b&#124;c&#60;/code&#62;</code>");
        assert_eq!(code("www.x.org me@x.org\n", 99), "<code>www&#46;x.org me&#64;<!-- -->x.org␊</code>");
        assert_eq!(code("abcdef", 3), "<code>abc…</code>");
    }
}
