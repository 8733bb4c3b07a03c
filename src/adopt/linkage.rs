//! Groups of what is near: average linkage.

/// Distances between groups; infinite where two can never become one.
#[derive(Debug)]
pub(super) struct Distances {
    between: Vec<Vec<f32>>,
    sizes: Vec<f32>,
}

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
        Self { between, sizes: sizes.iter().map(|size| *size as f32).collect() }
    }

    /// The two groups that are nearest to each other, if they are nearer than this; the second becomes part of the first. Its
    /// distance from others is the mean of theirs.
    pub(super) fn join(&mut self, most: f32) -> Option<(usize, usize)> {
        let mut best = (most, 0, 0);
        for (one, row) in self.between.iter().enumerate() {
            for (other, distance) in row[..one].iter().enumerate() {
                if *distance < best.0 {
                    best = (*distance, other, one);
                }
            }
        }
        let (_, one, other) = best;
        if one == other {
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
}
