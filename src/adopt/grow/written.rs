//! The text of a manifest, to which values and points are added; all else stays as people wrote it.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use toml::{Table, Value};

use super::place::{Axis, Image};
use super::value::Brought;
use crate::adopt::natural;
use crate::import::{WrittenAxis, key, matrix, string, write_matrix};

/// The lines of a manifest.
#[derive(Debug)]
pub(super) struct Text {
    lines: Vec<String>,
    ends: &'static str,
}

/// `name = value`, as a manifest has it.
pub(super) fn assignment((name, value): (&String, &Value)) -> String {
    let value = value.as_str().map_or_else(|| value.to_string(), string);
    format!("{} = {value}", key(name))
}

/// The names in a table's header.
fn header(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    if !line.starts_with('[') {
        return None;
    }
    let table: Table = line.parse().ok()?;
    let mut names = Vec::new();
    let mut value = Value::Table(table);
    loop {
        value = match value {
            Value::Table(table) => {
                let Some((name, inner)) = table.into_iter().next() else { return Some(names) };
                names.push(name);
                inner
            }
            // `[[name]]`, which no key of the table before is in.
            Value::Array(_) => return Some(names.into_iter().chain([String::new()]).collect()),
            _ => return None,
        };
    }
}

/// The key of `key = value`.
fn key_of(line: &str) -> Option<String> {
    let (name, _) = line.split_once('=')?;
    let table: Table = format!("{name}= 0").parse().ok()?;
    let (name, value) = table.into_iter().next()?;
    value.is_integer().then_some(name)
}

/// How much deeper the brackets of a line go than they come back.
fn depth(line: &str) -> isize {
    let (mut depth, mut quote, mut is_escaped) = (0, None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open && !is_escaped => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth -= 1,
            (None, '#') => break,
            _ => {}
        }
        is_escaped = quote == Some('"') && c == '\\' && !is_escaped;
    }
    depth
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let ends = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self { lines: text.lines().map(str::to_owned).collect(), ends }
    }

    /// The lines of a table without its header, if the table is there.
    fn table(&self, names: &[&str]) -> Option<Range<usize>> {
        let start = self.lines.iter().position(|line| header(line).is_some_and(|found| found == names))? + 1;
        let end = self.lines[start..].iter().position(|line| header(line).is_some());
        Some(start..end.map_or(self.lines.len(), |end| start + end))
    }

    /// A table without blank lines and comments at its end, which belong to what follows.
    fn content(&self, table: Range<usize>) -> Range<usize> {
        let is_content = |line: &&String| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let rest = self.lines[table.clone()].iter().rev().take_while(|line| !is_content(line)).count();
        table.start..table.end - rest
    }

    /// The lines of a key in a table.
    fn entry(&self, table: Range<usize>, name: &str) -> Option<Range<usize>> {
        let mut at = table.start;
        while at < table.end {
            let start = at;
            let mut open = 0;
            loop {
                open += depth(&self.lines[at]);
                at += 1;
                if open <= 0 || at == table.end {
                    break;
                }
            }
            if key_of(&self.lines[start]).is_some_and(|found| found == name) {
                return Some(start..at);
            }
        }
        None
    }

    /// Adds a value to an axis, where the order of the others has its place.
    pub(super) fn add_value(&mut self, axis: &mut Axis, value: &str, brought: &Brought) -> Result<(), String> {
        let unknown = || {
            let given: Vec<String> = brought.iter().map(assignment).collect();
            let given = if given.is_empty() { String::new() } else { format!(", with {}", given.join(", ")) };
            format!(
                "add `{value}` to the axis `{}` yourself{given}: its values are not listed in the manifest",
                axis.name
            )
        };
        let descends =
            axis.values.windows(2).all(|two| natural::compare(&two[0], &two[1]).is_gt()) && axis.values.len() > 1;
        let is_before = |known: &&String| natural::compare(known, value).is_lt() != descends;
        let at = axis.values.iter().rposition(|known| is_before(&known)).map_or(0, |at| at + 1);
        // The value beside it, and whether the new one follows it.
        let (beside, follows) = match at.checked_sub(1) {
            Some(before) => (axis.values.get(before), true),
            None => (axis.values.first(), false),
        };
        let beside = beside.ok_or_else(unknown)?.clone();
        if axis.brought.is_empty() {
            let table = self.table(&["axis"]).ok_or_else(unknown)?;
            let list = self.entry(table, &axis.name).ok_or_else(unknown)?;
            let literals = [string(&beside), format!("'{beside}'"), beside.clone()];
            let place = list.clone().find_map(|line| {
                let from = if line == list.start { self.lines[line].find('=')? } else { 0 };
                let found = |literal: &String| {
                    Some((line, from + self.lines[line][from..].find(literal.as_str())?, literal.len()))
                };
                literals.iter().find_map(found)
            });
            let (line, at, length) = place.ok_or_else(unknown)?;
            let (at, new) = if follows {
                (at + length, format!(", {}", string(value)))
            } else {
                (at, format!("{}, ", string(value)))
            };
            self.lines[line].insert_str(at, &new);
        } else if let Some(table) = self.table(&["axis", &axis.name, &beside]) {
            let second = axis.values.get(1).and_then(|second| self.table(&["axis", &axis.name, second]));
            let has_gap =
                second.is_some_and(|second| second.start > 1 && self.lines[second.start - 2].trim().is_empty());
            let mut block = vec![format!("[axis.{}.{}]", key(&axis.name), key(value))];
            block.extend(brought.iter().map(assignment));
            let place = if follows {
                let end = self.content(table).end;
                if has_gap {
                    block.insert(0, String::new());
                }
                end
            } else {
                if has_gap {
                    block.push(String::new());
                }
                table.start - 1
            };
            self.lines.splice(place..place, block);
        } else {
            let table = self.table(&["axis", &axis.name]).ok_or_else(unknown)?;
            let entry = self.entry(table, &beside).ok_or_else(unknown)?;
            let given: Vec<String> = brought.iter().map(assignment).collect();
            let line = format!("{} = {{ {} }}", key(value), given.join(", "));
            self.lines.insert(if follows { entry.end } else { entry.start }, line);
        }
        axis.values.insert(at, value.to_owned());
        Ok(())
    }

    /// Says anew which points an image has.
    pub(super) fn set_points(
        &mut self,
        image: &Image,
        axes: &[Axis],
        wanted: &BTreeSet<Vec<String>>,
    ) -> Result<(), String> {
        let unknown = || format!("the matrix of `{}` is not written in a way that can be added to", image.name);
        let own = |name: &String| {
            let axis = axes.iter().find(|axis| axis.name == *name)?;
            Some(WrittenAxis { name: &axis.name, values: &axis.values })
        };
        let own: Vec<WrittenAxis<'_>> = image.axes.iter().map(own).collect::<Option<_>>().ok_or_else(unknown)?;
        let numbered = |point: &Vec<String>| {
            let number =
                |(value, axis): (&String, &WrittenAxis<'_>)| axis.values.iter().position(|known| known == value);
            point.iter().zip(&own).map(number).collect::<Option<Vec<usize>>>()
        };
        let numbers: BTreeSet<Vec<usize>> = wanted.iter().map(numbered).collect::<Option<_>>().ok_or_else(unknown)?;
        let sizes: Vec<usize> = own.iter().map(|axis| axis.values.len()).collect();
        let mut new = String::new();
        write_matrix(&mut new, &matrix(&numbers, &sizes), &own);
        let mut place = None;
        for name in ["exclude", "matrix"] {
            let table = self.table(&["image", &image.name]).ok_or_else(unknown)?;
            if let Some(entry) = self.entry(table, name) {
                place = Some(entry.start);
                self.lines.drain(entry);
            }
        }
        let place = place.ok_or_else(unknown)?;
        self.lines.splice(place..place, new.lines().map(str::to_owned));
        Ok(())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| write!(f, "{line}{}", self.ends))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn axis(values: &[&str], brought: bool) -> Axis {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let brought = values.iter().filter(|_| brought).map(|value| (value.clone(), Brought::new())).collect();
        Axis { name: "v".to_owned(), values, brought }
    }

    fn added(text: &str, axis: &mut Axis, value: &str) -> String {
        let mut text = Text::new(text);
        let brought = Brought::from_iter([("sha".to_owned(), Value::from("x"))]);
        text.add_value(axis, value, &brought).unwrap();
        text.to_string()
    }

    #[test]
    fn a_value_is_added_in_its_place_and_comments_stay() {
        let list = "[axis]\nv = [\n  \"1\", # the first\n  \"3\",\n]\n";
        assert_eq!(
            added(list, &mut axis(&["1", "3"], false), "2"),
            "[axis]\nv = [\n  \"1\", \"2\", # the first\n  \"3\",\n]\n"
        );
        assert_eq!(
            added("[axis]\nv = [\"3\", \"2\"]\n", &mut axis(&["3", "2"], false), "4"),
            "[axis]\nv = [\"4\", \"3\", \"2\"]\n"
        );
        let tables = "[axis.v.1]\nsha = \"a\"\n\n[axis.v.3]\nsha = \"b\"\n\n# The image.\n[image.a]\n";
        assert_eq!(
            added(tables, &mut axis(&["1", "3"], true), "4"),
            "[axis.v.1]\nsha = \"a\"\n\n[axis.v.3]\nsha = \"b\"\n\n[axis.v.4]\nsha = \"x\"\n\n# The image.\n[image.a]\n"
        );
        let rows = "[axis.v]\n1 = { sha = \"a\" }\n\"3\" = { sha = \"b\" }\n";
        assert_eq!(
            added(rows, &mut axis(&["1", "3"], true), "2"),
            "[axis.v]\n1 = { sha = \"a\" }\n2 = { sha = \"x\" }\n\"3\" = { sha = \"b\" }\n"
        );
        let computed =
            Text::new("[axis]\nfrom = \"x.toml\"\n").add_value(&mut axis(&["1"], true), "2", &Brought::new());
        assert!(computed.unwrap_err().starts_with("add `2` to the axis `v` yourself"));
    }

    #[test]
    fn headers_keys_and_brackets_are_read_as_toml_does() {
        assert_eq!(header("[axis.v.\"1.2\"] # x").unwrap(), ["axis", "v", "1.2"]);
        assert_eq!(header("[[image.a.set]]").unwrap(), ["image", "a", "set", ""]);
        assert_eq!((header("a = [1]"), header("  \"x\",")), (None, None));
        assert_eq!((key_of("\"a b\" = [").as_deref(), key_of("a.b = 1")), (Some("a b"), None));
        assert_eq!((depth("a = [ \"]\", # ["), depth("] }")), (1, -2));
    }
}
