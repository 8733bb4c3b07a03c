//! One line for all variants of a line, with expressions in its holes.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::compose::{Word, composed};
use super::feature::{Comparison, Feature, Features};
use super::hole::{Segment, ways};
use super::line::{LineId, Lines, instruction};
use super::name::{self, Hole};
use super::targets::Targets;
use super::text::{is_plain, symbol};
use super::variable::{IMPOSSIBLE, Table, Values, Variables};
use crate::import::{is_text, quoted};

/// What stands in a hole.
#[derive(Debug, Clone)]
enum Filling {
    Known(String),
    Words(Vec<Word>),
    New(Values),
}

/// A piece of the line; of a hole, what the first variant has there.
#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Hole(Filling, Vec<String>),
}

/// A line that gives all variants.
#[derive(Debug, Clone)]
pub(super) struct Solved {
    pub(super) cost: f32,
    pieces: Vec<Piece>,
    /// The line as the first variant has it.
    line: String,
}

/// What lines are made with.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) lines: &'a Lines,
    pub(super) features: &'a [Feature],
    pub(super) names: &'a [String],
    pub(super) variables: &'a Variables,
    /// The case of a shell script that the line is in.
    pub(super) case: &'a str,
}

/// So long a value belongs into no variable.
const LONG: usize = 80;
/// The work of a line and of each of its holes, for each target.
const SOLVE: usize = 20;
const HOLE: usize = 16;
/// The work of a table for each target.
const TABLE: usize = 100;
/// The cost of one of two texts.
const CHOICE: f32 = 0.9;
/// A longer text stands in no choice of two.
const SHORT: usize = 24;

impl Known<'_> {
    /// The name that a variable for a hole would have.
    fn wish(&self, line: &str, before: &str, after: &str, values: &[String], table: Option<&Table>) -> String {
        let by = table.and_then(|table| if let [by] = table.by[..] { Some(&self.features[by]) } else { None });
        let axis = by.map_or("", |feature| if feature.is_words { name::NAME } else { &self.names[feature.symbol] });
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        name::name(&Hole { before, after, line, case: self.case, axis }, &values)
    }

    /// One of two texts, as something that follows from an axis has one of two values: the axis can grow without it.
    fn choice(&self, values: &Values) -> Option<String> {
        let is_short = |text: &str| text.len() <= SHORT && is_plain(text) && !text.contains(['"', '\\']);
        if values.iter().any(|(_, text)| text.is_empty() || !is_short(text)) {
            return None;
        }
        // An axis with two values does not tell what its next one will have in common with them.
        let has_more = |feature: &&Feature| {
            let axis = self.features.iter().find(|axis| axis.is_axis && axis.axis == feature.axis);
            let numbers: BTreeSet<usize> = axis
                .map(|axis| values.iter().map(|(target, _)| axis.value_number(*target)).collect())
                .unwrap_or_default();
            numbers.len() > 2 && !feature.is_axis && !feature.text.contains('|')
        };
        self.features.iter().filter(has_more).find_map(|feature| {
            let mut texts: Vec<(&str, &str)> = Vec::new();
            for (target, text) in values {
                let value = feature.value(*target);
                match texts.iter().find(|(known, _)| *known == value) {
                    Some((_, known)) if *known != &**text => return None,
                    Some(_) => {}
                    None => texts.push((value, text)),
                }
            }
            let [(value, text), (_, other)] = texts[..] else { return None };
            let (text, other) = (quoted(text), quoted(other));
            Some(match (feature.comparison, value) {
                (Comparison::Flag, "true") => format!("{text} if {} else {other}", feature.text),
                (Comparison::Flag, _) => format!("{other} if {} else {text}", feature.text),
                _ => format!("{text} if {} == {} else {other}", feature.text, quoted(value)),
            })
        })
    }

    /// What fills a hole of a line, with its cost. `is_cut`: it begins or ends within a word.
    fn filling(
        &self,
        values: &Values,
        table: Option<&Table>,
        wish: &str,
        line: &str,
        is_cut: bool,
    ) -> (f32, Option<Filling>) {
        if let Some((cost, text)) = self.variables.known(values, wish, self.features, &self.lines.effort) {
            return (cost + 0.1, Some(Filling::Known(text)));
        }
        if !self.lines.effort.spend(TABLE * values.len()) {
            return (IMPOSSIBLE, None);
        }
        let cost = Variables::cost(table);
        if let Some(text) = self.choice(values).filter(|_| CHOICE < cost + 0.2) {
            // Whole words are chosen from more easily than what makes words of the text around it.
            return (CHOICE + if is_cut { 0.2 } else { 0.1 }, Some(Filling::Known(text)));
        }
        let words = composed(values, self.features, self.variables, &self.lines.effort);
        if let Some((price, words)) = words.filter(|(price, _)| price + 0.1 < cost + 0.3) {
            return (price + 0.1, Some(Filling::Words(words)));
        }
        let any = |is: &dyn Fn(&str) -> bool| values.iter().any(|(_, value)| is(value));
        let has_word = |text: &str| text.chars().any(|c| c.is_ascii_alphanumeric());
        let is_from = instruction(line) == Some("FROM");
        let is_comment = line.trim_start().starts_with('#');
        let mut cost = cost + 0.3;
        if any(&|text| text.contains(' ')) {
            cost += if is_from { 4.0 } else { 2.0 };
        }
        if any(&|text| !text.trim().is_empty() && !has_word(text) || text.contains('\\')) {
            cost += 2.5;
        }
        if any(&str::is_empty) {
            cost += 0.8;
        }
        // A word of a comment is no value that anything depends on.
        let is_word = |text: &str| text.chars().all(|c| c.is_ascii_lowercase());
        if is_comment && values.iter().all(|(_, value)| is_word(value)) {
            cost += 2.0;
        }
        if any(&|text| text.contains(['"', '\'', '('])) {
            cost += 3.0;
        }
        if any(&|text| !is_plain(text)) {
            cost += IMPOSSIBLE;
        }
        (cost, table.map(|_| Filling::New(values.clone())))
    }

    /// The cheapest line for these variants. `None`: none can be had.
    #[allow(clippy::cast_precision_loss)] // Holes of a line.
    pub(super) fn solve(&self, variants: &[(LineId, Targets)]) -> Option<Solved> {
        let targets: usize = variants.iter().map(|(_, targets)| targets.len()).sum();
        if !self.lines.effort.spend(SOLVE * targets) {
            return None;
        }
        let ids: Vec<LineId> = variants.iter().map(|(line, _)| *line).collect();
        let line = self.lines.text(*ids.first()?).to_owned();
        let mut best: Option<Solved> = None;
        for (number, way) in ways(&ids, self.lines).into_iter().enumerate() {
            let (mut cost, mut pieces, mut holes) = (number as f32 * 0.05, Vec::new(), Vec::<(Values, Filling)>::new());
            let mut before = String::new();
            for (at, segment) in way.iter().enumerate() {
                let texts = match segment {
                    Segment::Common(text) => {
                        before.push_str(text);
                        pieces.push(Piece::Text(text.clone()));
                        continue;
                    }
                    Segment::Hole(texts) => texts,
                };
                if !self.lines.effort.spend(HOLE * targets) {
                    return None;
                }
                let mut values: Values = Vec::new();
                for ((_, targets), text) in variants.iter().zip(texts) {
                    let text: Rc<str> = Rc::from(text.as_str());
                    values.extend(targets.iter().map(|target| (target, Rc::clone(&text))));
                }
                values.sort_by_key(|(target, _)| *target);
                if let Some((_, filling)) = holes.iter().find(|(known, _)| *known == values) {
                    cost += 0.1;
                    pieces.push(Piece::Hole(filling.clone(), texts.clone()));
                } else {
                    let after = if let Some(Segment::Common(text)) = way.get(at + 1) { text } else { "" };
                    let table = Variables::table(&values, self.features, &self.lines.effort);
                    let wish = self.wish(&line, &before, after, texts, table.as_ref());
                    let is_of_word = |c: char| c.is_ascii_alphanumeric();
                    let is_cut = before.ends_with(is_of_word) || after.starts_with(is_of_word);
                    let (price, filling) = self.filling(&values, table.as_ref(), &wish, &line, is_cut);
                    let Some(filling) = filling else {
                        cost += IMPOSSIBLE;
                        continue;
                    };
                    cost += price;
                    pieces.push(Piece::Hole(filling.clone(), texts.clone()));
                    holes.push((values, filling));
                }
                before.push_str(&texts[0]);
            }
            let longest = way.iter().map(|segment| match segment {
                Segment::Hole(values) => values.iter().map(String::len).max().unwrap_or(0),
                Segment::Common(_) => 0,
            });
            cost += 0.25 * (holes.len().max(1) - 1) as f32;
            cost += if longest.max().is_some_and(|longest| longest > LONG) { 2.0 } else { 0.0 };
            if cost < IMPOSSIBLE && best.as_ref().is_none_or(|best| cost < best.cost) {
                best = Some(Solved { cost, pieces, line: line.clone() });
            }
        }
        best
    }
}

/// Writes a solved line; the variables that it needs are made.
pub(super) fn write(
    solved: &Solved,
    lines: &Lines,
    features: &mut Features,
    variables: &mut Variables,
    case: &str,
) -> String {
    let mut new = String::new();
    let mut before = String::new();
    let mut made: Vec<(Values, usize)> = Vec::new();
    for (at, piece) in solved.pieces.iter().enumerate() {
        let after = if let Some(Piece::Text(text)) = solved.pieces.get(at + 1) { text } else { "" };
        match piece {
            Piece::Text(text) => {
                let is_last = at + 1 == solved.pieces.len();
                add_text(&mut new, text, if is_last { "" } else { "@" });
                before.push_str(text);
            }
            Piece::Hole(filling, texts) => {
                let mut variable = |values: &Values, texts: &[String]| {
                    if let Some((_, known)) = made.iter().find(|(known, _)| known == values) {
                        return symbol(*known);
                    }
                    let Some(table) = Variables::table(values, &features.all, &lines.effort) else {
                        return String::new();
                    };
                    let known = Known { lines, features: &features.all, names: &features.names, variables, case };
                    let wish = known.wish(&solved.line, &before, after, texts, Some(&table));
                    if let Some((_, text)) = variables.known(values, &wish, &features.all, &lines.effort) {
                        return text;
                    }
                    let number = variables.add(values, &wish, table, features, &lines.effort);
                    made.push((values.clone(), number));
                    symbol(number)
                };
                match filling {
                    Filling::Known(text) => new.extend(["@{", text, "}"]),
                    Filling::New(values) => {
                        let text = variable(values, texts);
                        new.extend(["@{", &text, "}"]);
                    }
                    Filling::Words(words) => {
                        for (at, word) in words.iter().enumerate() {
                            match word {
                                Word::Literal(text) => {
                                    add_text(&mut new, text, if at + 1 < words.len() { "@" } else { after });
                                }
                                Word::Known(text) => new.extend(["@{", text, "}"]),
                                Word::Optional(text, condition) => new.push_str(&option(text, condition)),
                                Word::New(values) => {
                                    let texts: Vec<String> = values.iter().map(|(_, text)| text.to_string()).collect();
                                    let text = variable(values, &texts);
                                    new.extend(["@{", &text, "}"]);
                                }
                            }
                        }
                    }
                }
                before.push_str(&texts[0]);
            }
        }
    }
    new
}

/// A text that is there on a condition.
fn option(text: &str, condition: &str) -> String {
    format!("@{{{} if {condition} else \"\"}}", quoted(text))
}

/// Adds plain text to a line of a template; `follows`: the text behind it.
fn add_text(line: &mut String, text: &str, follows: &str) {
    for (at, character) in text.char_indices() {
        let is_tag = || {
            let rest = &text[at + 1..];
            // What follows is looked at where a word goes on into it: a copy each time would take long in a long line.
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let joined = rest.chars().all(is_word).then(|| [rest, follows].concat());
            !is_text(line.as_bytes(), joined.as_deref().unwrap_or(rest).as_bytes())
        };
        if character == '@' && is_tag() {
            line.push_str("@{\"@\"}");
        } else {
            line.push(character);
        }
    }
}

/// The options of a line's words: `@{"-slim" if slim else ""}`.
pub(super) fn options(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("@{\"").filter_map(move |(at, _)| {
        let rest = &line[at..];
        let end = rest.find(" else \"\"}")? + " else \"\"}".len();
        let option = &rest[..end];
        let is_one = option.matches("@{").count() == 1 && option.contains("\" if ");
        is_one.then_some(option)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::super::text::named;
    use super::super::variable::tests::of;
    use super::*;

    fn solved(paths: &[&str], texts: &[&str]) -> String {
        let mut lines = Lines::default();
        let mut features = of(paths);
        let mut variables = Variables::default();
        let mut variants: Vec<(LineId, Targets)> = Vec::new();
        for (target, text) in texts.iter().enumerate() {
            let line = lines.id(text);
            match variants.iter_mut().find(|(known, _)| *known == line) {
                Some((_, targets)) => *targets |= Targets::one(target),
                None => variants.push((line, Targets::one(target))),
            }
        }
        let known =
            Known { lines: &lines, features: &features.all, names: &features.names, variables: &variables, case: "" };
        let solved = known.solve(&variants).unwrap();
        let text = write(&solved, &lines, &mut features, &mut variables, "");
        named(&text, |number| features.names[number].clone())
    }

    #[test]
    fn a_line_gives_all_its_variants() {
        let paths = [
            "1.9/slim-bookworm/Dockerfile",
            "1.9/bookworm/Dockerfile",
            "1.10/slim-bookworm/Dockerfile",
            "1.10/bookworm/Dockerfile",
        ];
        let from =
            ["FROM debian:slim-bookworm", "FROM debian:bookworm", "FROM debian:slim-bookworm", "FROM debian:bookworm"];
        assert_eq!(solved(&paths, &from), "FROM debian:@{variant}");
        let env = ["ENV GO 1.9.4", "ENV GO 1.9.4", "ENV GO 1.10.1", "ENV GO 1.10.1"];
        assert_eq!(solved(&paths, &env), "ENV GO @{go}");
        let mail = ["RUN x a@{b} -9", "RUN x a@{b} -9", "RUN x a@{b} -10", "RUN x a@{b} -10"];
        assert_eq!(solved(&paths, &mail), "RUN x a@{\"@\"}{b} -@{number}");
    }
}
