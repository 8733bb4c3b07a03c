//! Lists and matrices in the text of a manifest.

use std::fmt::Write as _;

use super::manifest::string;
use super::points::{Grid, Matrix};

/// An axis of a matrix, with its values in their order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis<'a> {
    pub(crate) name: &'a str,
    pub(crate) values: &'a [String],
}

/// A longer line is cut into several.
pub(crate) const WIDTH: usize = 120;

/// `name = [...]`, on several lines where it is long.
pub(crate) fn list(text: &mut String, name: &str, values: &[String]) {
    let line = format!("{name} = [{}]", values.join(", "));
    if line.len() <= WIDTH {
        let _ = writeln!(text, "{line}");
        return;
    }
    let _ = writeln!(text, "{name} = [");
    let mut row = String::new();
    for value in values {
        if !row.is_empty() && row.len() + value.len() + 6 > WIDTH {
            let _ = writeln!(text, "   {row}");
            row.clear();
        }
        let _ = write!(row, " {value},");
    }
    let _ = writeln!(text, "   {row}\n]");
}

/// Says which points there are.
pub(crate) fn write_matrix(text: &mut String, matrix: &Matrix, axes: &[Axis<'_>]) {
    let names: Vec<String> = axes.iter().map(|axis| string(axis.name)).collect();
    match matrix {
        _ if axes.is_empty() => {}
        Matrix::Full => list(text, "matrix", &names),
        Matrix::Without(rows) => {
            list(text, "matrix", &names);
            let _ = writeln!(text, "exclude = [");
            for row in rows {
                let _ = writeln!(text, "    {},", table(row, axes, false));
            }
            text.push_str("]\n");
        }
        Matrix::Grids(grids) => {
            text.push_str("matrix = [\n");
            for grid in grids {
                let _ = writeln!(text, "    {},", table(grid, axes, true));
            }
            text.push_str("]\n");
        }
    }
}

/// Values of axes; `whole`: of all axes, each in a list.
fn table(grid: &Grid, axes: &[Axis<'_>], whole: bool) -> String {
    let mut parts = Vec::new();
    for (values, axis) in grid.iter().zip(axes) {
        if !whole && values.len() == axis.values.len() {
            continue;
        }
        let texts: Vec<String> = values.iter().map(|value| string(&axis.values[*value])).collect();
        let shown = match &texts[..] {
            [one] if !whole => one.clone(),
            _ if whole && values.len() == axis.values.len() && values.len() > 4 => string(axis.name),
            _ => format!("[{}]", texts.join(", ")),
        };
        parts.push(format!("{} = {shown}", axis.name));
    }
    format!("{{ {} }}", parts.join(", "))
}
