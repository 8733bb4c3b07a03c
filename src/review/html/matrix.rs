//! The matrix of targets as tables: a row for each image, a column for each point; large ones are split.

use indexmap::{IndexMap, IndexSet};
use serde::Serialize;

use crate::diagnostic::printable;
use crate::review::link::encoded;

/// A table has at most so many columns, as far as ids can be split.
const COLUMNS: usize = 32;
/// Above so many columns their names stand upright.
const UPRIGHT: usize = 12;

/// What is told of a target.
#[derive(Debug, Clone)]
pub(super) struct Cell<'u> {
    pub(super) id: &'u str,
    pub(super) state: State,
    /// How many lines change.
    pub(super) lines: usize,
    /// From 1.
    pub(super) causes: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Same,
    Changed,
    Edited,
    New,
    Gone,
}

impl<'u> Cell<'u> {
    /// A target that does not change.
    pub(super) fn same(id: &'u str) -> Self {
        Self { id, state: State::Same, lines: 0, causes: Vec::new() }
    }
}

/// It becomes a map of what the template asks for.
impl Serialize for Cell<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            name: String,
            href: String,
            /// The class of its colour.
            look: &'static str,
            sign: String,
            said: String,
            causes: &'a [usize],
        }
        let lines = crate::diagnostic::plural(self.lines, "line");
        let (look, sign, said) = match self.state {
            State::Same => ("same", String::new(), "not changed".to_owned()),
            State::New => ("new", "+".to_owned(), format!("new, {lines} other than its neighbour's")),
            State::Gone => ("gone", "−".to_owned(), "not made any more".to_owned()),
            State::Edited => ("edited", "!".to_owned(), format!("edited by hand, {lines}")),
            State::Changed => {
                let look = match self.lines {
                    0..=1 => "h1",
                    2..=4 => "h2",
                    5..=14 => "h3",
                    _ => "h4",
                };
                let sign = if self.lines > 999 { "∞".to_owned() } else { self.lines.to_string() };
                (look, sign, format!("{lines} changed"))
            }
        };
        Shown { name: printable(self.id), href: encoded(self.id), look, sign, said, causes: &self.causes }
            .serialize(serializer)
    }
}

/// A part of the matrix.
#[derive(Debug, Serialize)]
pub(super) struct Table<'c, 'u> {
    /// There are so many columns that their names stand upright.
    is_wide: bool,
    /// The names over the columns, a row for each part of the ids; each over so many columns.
    heads: Vec<Vec<(String, usize)>>,
    rows: Vec<Row<'c, 'u>>,
}

#[derive(Debug, Serialize)]
struct Row<'c, 'u> {
    name: String,
    /// A cell for each column, if there is such a target.
    cells: Vec<Option<&'c Cell<'u>>>,
}

/// What stands in the head of a row and of a column, of one id.
type At<'u> = (Vec<&'u str>, Vec<&'u str>);

/// The tables of all targets.
pub(super) fn tables<'c, 'u>(cells: &'c [Cell<'u>]) -> Vec<Table<'c, 'u>> {
    let mut families: Vec<Family<'c, 'u>> = Vec::new();
    for (image, cells) in images(cells) {
        let points: IndexSet<Vec<&str>> = cells.iter().map(|cell| point(cell.id)).collect();
        match families.iter_mut().find(|family| family.takes(&points)) {
            Some(family) => family.add(image, cells, points),
            None => families.push(Family { points, images: vec![(image, cells)] }),
        }
    }
    families.iter().map(Family::table).collect()
}

/// The cells of each image.
fn images<'c, 'u>(cells: &'c [Cell<'u>]) -> IndexMap<&'u str, Vec<&'c Cell<'u>>> {
    let mut images: IndexMap<&str, Vec<&Cell<'_>>> = IndexMap::new();
    for cell in cells {
        images.entry(cell.id.split('/').next().unwrap_or_default()).or_default().push(cell);
    }
    images
}

/// What follows on the image.
fn point(id: &str) -> Vec<&str> {
    id.split('/').skip(1).collect()
}

/// Images that mostly have the same points, so that one table shows them.
struct Family<'c, 'u> {
    points: IndexSet<Vec<&'u str>>,
    images: Vec<(&'u str, Vec<&'c Cell<'u>>)>,
}

impl<'c, 'u> Family<'c, 'u> {
    fn takes(&self, points: &IndexSet<Vec<&str>>) -> bool {
        let depth = |points: &IndexSet<Vec<&str>>| points.first().map(Vec::len);
        let shared = points.iter().filter(|point| self.points.contains(*point)).count();
        depth(points) == depth(&self.points) && 2 * shared >= self.points.len().max(points.len())
    }

    fn add(&mut self, image: &'u str, cells: Vec<&'c Cell<'u>>, points: IndexSet<Vec<&'u str>>) {
        self.points.extend(points);
        self.images.push((image, cells));
    }

    /// How many parts of a point stand at the head of a row: none where the columns are few enough.
    fn split(&self) -> usize {
        let depth = self.points.iter().map(Vec::len).max().unwrap_or_default();
        let columns = |at: usize| {
            let tails: IndexSet<&[&str]> = self.points.iter().map(|point| &point[at.min(point.len())..]).collect();
            tails.len()
        };
        (0..depth.saturating_sub(1)).find(|at| columns(*at) <= COLUMNS).unwrap_or(depth.saturating_sub(1))
    }

    fn table(&self) -> Table<'c, 'u> {
        let split = self.split();
        let at = |image: &'u str, id: &'u str| -> At<'u> {
            let point = point(id);
            let (row, column) = point.split_at(split.min(point.len()));
            ([&[image], row].concat(), column.to_vec())
        };
        let columns = ordered(self.points.iter().map(|point| point[split.min(point.len())..].to_vec()).collect());
        let mut rows: IndexMap<Vec<&str>, Vec<Option<&Cell<'_>>>> = IndexMap::new();
        for (image, cells) in &self.images {
            for cell in cells {
                let (row, column) = at(image, cell.id);
                let row = rows.entry(row).or_insert_with(|| vec![None; columns.len()]);
                if let Some(place) = columns.get_index_of(&column).and_then(|index| row.get_mut(index)) {
                    *place = Some(cell);
                }
            }
        }
        let depth = columns.iter().map(Vec::len).max().unwrap_or_default();
        Table {
            is_wide: columns.len() > UPRIGHT,
            heads: (0..depth).map(|level| heads(&columns, level)).collect(),
            rows: rows.into_iter().map(|(name, cells)| Row { name: printable(&name.join("/")), cells }).collect(),
        }
    }
}

/// Columns in the order in which their parts were met, so that those with the same first part stand together.
fn ordered(columns: IndexSet<Vec<&str>>) -> IndexSet<Vec<&str>> {
    let mut order: Vec<IndexSet<&str>> = Vec::new();
    for column in &columns {
        for (level, part) in column.iter().enumerate() {
            if level == order.len() {
                order.push(IndexSet::new());
            }
            order[level].insert(part);
        }
    }
    let mut columns: Vec<Vec<&str>> = columns.into_iter().collect();
    columns.sort_by_key(|column| {
        column.iter().enumerate().map(|(level, part)| order[level].get_index_of(part)).collect::<Vec<_>>()
    });
    columns.into_iter().collect()
}

/// The names over the columns at one level: of neighbours with the same beginning, one name.
fn heads(columns: &IndexSet<Vec<&str>>, level: usize) -> Vec<(String, usize)> {
    let mut heads: Vec<(&[&str], usize)> = Vec::new();
    for column in columns {
        let begin = &column[..column.len().min(level + 1)];
        match heads.last_mut() {
            Some((known, count)) if *known == begin => *count += 1,
            _ => heads.push((begin, 1)),
        }
    }
    let name = |begin: &[&str]| begin.get(level).map(|part| printable(part)).unwrap_or_default();
    heads.into_iter().map(|(begin, count)| (name(begin), count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(ids: &[String]) -> String {
        let cells: Vec<Cell<'_>> = ids.iter().map(|id| Cell::same(id)).collect();
        let mut lines = Vec::new();
        for table in tables(&cells) {
            for head in &table.heads {
                let names: Vec<String> = head.iter().map(|(name, count)| format!("{name}*{count}")).collect();
                lines.push(format!("| {}", names.join(" ")));
            }
            for row in &table.rows {
                let cells: String = row.cells.iter().map(|cell| if cell.is_some() { 'x' } else { '.' }).collect();
                lines.push(format!("{} {cells}", row.name));
            }
        }
        lines.join("\n")
    }

    #[test]
    fn images_with_the_same_points_share_a_table() {
        let ids = ["a/x/1", "a/x/2", "a/y/1", "b/x/2", "b/y/1", "c", "d", "e/1", "f/2", "f/1"];
        assert_eq!(
            shown(&ids.map(str::to_owned)),
            "| x*2 y*1\n| 1*1 2*1 1*1\na xxx\nb .xx\nc x\nd x\n| 1*1 2*1\ne x.\nf xx"
        );
    }

    #[test]
    fn a_large_matrix_is_split() {
        let mut ids = Vec::new();
        for first in 0..4 {
            for second in 0..6 {
                ids.extend((0..3).map(|third| format!("a/{first}/{second}/{third}")));
            }
        }
        let text = shown(&ids);
        assert!(text.starts_with("| 0*3 1*3 2*3 3*3 4*3 5*3\n"), "{text}");
        assert!(text.ends_with(&format!("\na/3 {}", "x".repeat(18))), "{text}");
    }
}
