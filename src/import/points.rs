//! The points of a matrix as a table of the manifest: all of them, all but some, or a list of grids.

use std::collections::BTreeSet;

/// A point: the number of each axis's value.
pub(crate) type Point = Vec<usize>;
/// Values of each axis, each with each.
pub(crate) type Grid = Vec<BTreeSet<usize>>;

/// How a manifest says which points there are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Matrix {
    /// Every value with every other.
    Full,
    /// Every value with every other, but for these.
    Without(Vec<Grid>),
    /// These, which have no point in common.
    Grids(Vec<Grid>),
}

/// A larger matrix is not looked through for what is missing.
const LARGEST: usize = 20_000;
/// So many points are tried as the first one of a grid.
const SEEDS: usize = 6;

fn product(grid: &Grid) -> Vec<Point> {
    let mut points = vec![Vec::new()];
    for values in grid {
        points = points
            .iter()
            .flat_map(|point: &Point| {
                values.iter().map(|value| point.iter().copied().chain([*value]).collect()).collect::<Vec<Point>>()
            })
            .collect();
    }
    points
}

/// The largest grid within `allowed` that grows from a point, along the axes in this order.
fn grown(seed: &Point, allowed: &BTreeSet<Point>, sizes: &[usize], order: &[usize]) -> Grid {
    let mut grid: Grid = seed.iter().map(|value| BTreeSet::from([*value])).collect();
    for axis in order {
        for value in 0..sizes[*axis] {
            if grid[*axis].contains(&value) {
                continue;
            }
            let mut slice = grid.clone();
            slice[*axis] = BTreeSet::from([value]);
            if product(&slice).iter().all(|point| allowed.contains(point)) {
                grid[*axis].insert(value);
            }
        }
    }
    grid
}

/// Grids that cover the points; with `apart`, no two of them have a point in common.
fn cover(points: &BTreeSet<Point>, sizes: &[usize], apart: bool) -> Vec<Grid> {
    let mut left = points.clone();
    let mut grids = Vec::new();
    let forward: Vec<usize> = (0..sizes.len()).collect();
    let backward: Vec<usize> = forward.iter().rev().copied().collect();
    while !left.is_empty() {
        let mut best: Option<(usize, Grid)> = None;
        for seed in left.iter().take(SEEDS) {
            for order in [&forward, &backward] {
                let grid = grown(seed, if apart { &left } else { points }, sizes, order);
                let worth = product(&grid).iter().filter(|point| left.contains(*point)).count();
                if best.as_ref().is_none_or(|(most, _)| worth > *most) {
                    best = Some((worth, grid));
                }
            }
        }
        let Some((_, grid)) = best else { break };
        for point in product(&grid) {
            left.remove(&point);
        }
        grids.push(grid);
    }
    grids
}

/// The shortest way to say which points there are; `sizes`: how many values each axis has.
pub(crate) fn matrix(points: &BTreeSet<Point>, sizes: &[usize]) -> Matrix {
    let all = sizes.iter().try_fold(1_usize, |all, size| all.checked_mul(*size)).unwrap_or(usize::MAX);
    if all == points.len() {
        return Matrix::Full;
    }
    let grids = cover(points, sizes, true);
    if all <= LARGEST {
        let every: Grid = sizes.iter().map(|size| (0..*size).collect()).collect();
        let missing: BTreeSet<Point> = product(&every).into_iter().filter(|point| !points.contains(point)).collect();
        let rows = cover(&missing, sizes, false);
        if rows.len() < grids.len() || rows.len() == grids.len() && missing.len() < points.len() {
            return Matrix::Without(rows);
        }
    }
    Matrix::Grids(grids)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn points(list: &[[usize; 2]]) -> BTreeSet<Point> {
        list.iter().map(|point| point.to_vec()).collect()
    }

    #[test]
    fn a_full_matrix_says_nothing_and_a_hole_is_excluded() {
        assert_eq!(matrix(&points(&[[0, 0], [0, 1], [1, 0], [1, 1]]), &[2, 2]), Matrix::Full);
        let hole = BTreeSet::from([1]);
        let nearly = points(&[[0, 0], [0, 1], [1, 0]]);
        assert_eq!(matrix(&nearly, &[2, 2]), Matrix::Without(vec![vec![hole.clone(), hole]]));
    }

    #[test]
    fn scattered_points_are_grids() {
        let scattered = points(&[[0, 0], [1, 1], [2, 2], [3, 3], [4, 4]]);
        let Matrix::Grids(grids) = matrix(&scattered, &[5, 5]) else { panic!("grids were expected") };
        assert_eq!(grids.len(), 5);
        assert_eq!(grids.iter().flat_map(product).collect::<BTreeSet<_>>(), scattered);
    }
}
