//! `dockmill list --shard I/N`: a share of the work, with the parents that it needs.

use std::collections::HashSet;
use std::str::FromStr;

use crate::graph::{Graph, Node};

/// One share of several, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shard {
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err("expected `I/N`, the share I of N, such as `1/4`".to_owned()),
        }
    }
}

impl Shard {
    /// What this share builds, what is needed first: ids of nodes, each with whether it is only carried as a parent. Each of
    /// `wanted` is the own of exactly one share.
    ///
    /// Neighbours in the order of building go together, as they need the same parents. Where one share ends and the next begins
    /// is decided by the sums of weights: a node belongs to the share that its middle falls into.
    pub(crate) fn of<'s>(
        self,
        graph: &'s Graph,
        wanted: &[String],
        weight: impl Fn(&Node) -> u32,
    ) -> Vec<(&'s str, bool)> {
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let is_wanted: HashSet<&str> = wanted.iter().copied().collect();
        let order = graph.order(&wanted);
        let own: Vec<&Node> = order.into_iter().filter(|node| is_wanted.contains(&*node.id)).collect();
        let weights: Vec<u128> = own.iter().map(|node| u128::from(weight(node))).collect();
        let sum: u128 = weights.iter().sum();
        let (mut before, mut ids) = (0, Vec::new());
        for (node, weight) in own.iter().zip(&weights) {
            // Twice the middle, times the number of shares: whole numbers alone.
            let middle = (2 * before + weight) * self.count as u128;
            let of_share = (2 * sum * (self.index as u128 - 1), 2 * sum * self.index as u128);
            if middle > of_share.0 && middle <= of_share.1 {
                ids.push(&*node.id);
            }
            before += weight;
        }
        let own: HashSet<&str> = ids.iter().copied().collect();
        let order = graph.order(&ids);
        order.into_iter().map(|node| (&*node.id, !own.contains(&*node.id))).collect()
    }
}
