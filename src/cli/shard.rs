//! `dockmill list --shard I/N`: a share of the work, with the parents that it needs.

use std::collections::HashSet;
use std::str::FromStr;

use crate::graph::Graph;

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
    /// Neighbours in the order of building go together, as they need the same parents.
    pub(crate) fn of<'s>(self, graph: &'s Graph, wanted: &[String]) -> Vec<(&'s str, bool)> {
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let is_wanted: HashSet<&str> = wanted.iter().copied().collect();
        let order = graph.order(&wanted);
        let own: Vec<&str> = order.iter().map(|node| &*node.id).filter(|id| is_wanted.contains(id)).collect();
        let bound = |index: usize| own.len() * index / self.count;
        let ids = &own[bound(self.index - 1)..bound(self.index)];
        let own: HashSet<&str> = ids.iter().copied().collect();
        let order = graph.order(ids);
        order.into_iter().map(|node| (&*node.id, !own.contains(&*node.id))).collect()
    }
}
