//! Groups of what is near: average linkage.

/// Distances between groups; infinite where two can never become one.
#[derive(Debug)]
pub(super) struct Distances {
    between: Vec<Vec<f32>>,
    sizes: Vec<f32>,
    /// For each group, the nearest of those before it, the first one of several, with its distance.
    nearest: Vec<(f32, usize)>,
    /// How many distances may still be looked at.
    looks: usize,
}

/// So many distances are looked at in all: where many are the same, each join may change what is nearest to all others.
const LOOKS: usize = 400_000_000;

impl Distances {
    /// The distances between groups of these sizes.
    #[allow(clippy::cast_precision_loss)] // Files of a family.
    pub(super) fn new(sizes: &[usize], mut distance: impl FnMut(usize, usize) -> f32) -> Self {
        let mut between = vec![vec![f32::INFINITY; sizes.len()]; sizes.len()];
        let pairs = (0..sizes.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
        for (one, other) in pairs {
            let value = distance(other, one);
            between[one][other] = value;
            between[other][one] = value;
        }
        let sizes = sizes.iter().map(|size| *size as f32).collect();
        let mut distances = Self { nearest: Vec::new(), between, sizes, looks: LOOKS };
        distances.nearest = (0..distances.between.len()).map(|at| distances.look(at)).collect();
        distances
    }

    /// Looks for the nearest of the groups before one.
    fn look(&mut self, at: usize) -> (f32, usize) {
        self.looks = self.looks.saturating_sub(at);
        let nearer = |best: (f32, usize), (other, distance): (usize, &f32)| {
            if *distance < best.0 { (*distance, other) } else { best }
        };
        self.between[at][..at].iter().enumerate().fold((f32::INFINITY, at), nearer)
    }

    /// The two groups that are nearest to each other, if they are nearer than this; the second becomes part of the first. Its
    /// distance from others is the mean of theirs.
    pub(super) fn join(&mut self, most: f32) -> Option<(usize, usize)> {
        let mut best = (most, 0, 0);
        for (at, (distance, other)) in self.nearest.iter().enumerate() {
            if *distance < best.0 {
                best = (*distance, *other, at);
            }
        }
        let (_, one, other) = best;
        if one == other || self.looks == 0 {
            return None;
        }
        for at in 0..self.sizes.len() {
            let (first, second) = (self.between[one][at], self.between[other][at]);
            let is_out = at == one || at == other || first.is_infinite() || second.is_infinite();
            let mean = (self.sizes[one] * first + self.sizes[other] * second) / (self.sizes[one] + self.sizes[other]);
            let mean = if is_out { f32::INFINITY } else { mean };
            self.between[one][at] = mean;
            self.between[at][one] = mean;
            self.between[other][at] = f32::INFINITY;
            self.between[at][other] = f32::INFINITY;
        }
        for at in one..self.sizes.len() {
            let (distance, nearest) = self.nearest[at];
            let new = self.between[at][one];
            if at == one || at == other || nearest == other || nearest == one && new > distance {
                self.nearest[at] = self.look(at);
            } else if new < distance || one < nearest && new <= distance {
                self.nearest[at] = (new, one);
            }
        }
        self.sizes[one] += self.sizes[other];
        Some((one, other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_comes_together_first() {
        let places = [0.0_f32, 10.0, 1.0, 12.0];
        let mut distances = Distances::new(&[1; 4], |one, other| (places[one] - places[other]).abs());
        assert_eq!(distances.join(5.0), Some((0, 2)));
        assert_eq!(distances.join(5.0), Some((1, 3)));
        assert_eq!(distances.join(5.0), None);
        assert_eq!(distances.join(f32::INFINITY), Some((0, 1)));
    }

    /// What is kept is what a look at all of them finds.
    #[test]
    fn the_nearest_are_those_that_a_search_finds() {
        let mut number = 7_u32;
        for count in 2..40 {
            let mut distances = Distances::new(&vec![1; count], |_, _| {
                number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if number >> 28 == 0 { f32::INFINITY } else { f32::from((number >> 24) as u8 % 9) }
            });
            loop {
                let mut best = (f32::INFINITY, 0, 0);
                for (one, row) in distances.between.iter().enumerate() {
                    for (other, distance) in row[..one].iter().enumerate() {
                        if *distance < best.0 {
                            best = (*distance, other, one);
                        }
                    }
                }
                let expected = (best.1 != best.2).then_some((best.1, best.2));
                assert_eq!(distances.join(f32::INFINITY), expected);
                if expected.is_none() {
                    break;
                }
            }
        }
    }
}
