//! Lines with their targets as text with conditions: `@if`, `@elif` and `@else`, in each other where that reads better.

use std::rc::Rc;

use foldhash::HashMap;

use super::condition::Conditions;
use super::row::Row;
use super::targets::Targets;

/// A piece of a template.
#[derive(Debug)]
enum Node {
    /// Lines as they are.
    Lines(usize),
    If(Vec<Branch>),
}

/// A branch of a condition.
#[derive(Debug)]
struct Branch {
    targets: Targets,
    /// The targets that no earlier branch has.
    among: Targets,
    nodes: Nodes,
}

type Nodes = Rc<Vec<Rc<Node>>>;

/// What was built, with its cost.
#[derive(Debug, Clone)]
struct Built {
    cost: f32,
    nodes: Vec<Rc<Node>>,
}

/// Lines one below the other with the same targets.
#[derive(Debug)]
struct Run {
    targets: Targets,
    texts: Vec<String>,
}

/// So many pieces are tried in all; behind that, the first way is taken.
const STEPS: usize = 60_000;
/// Up to so many runs every cut is tried.
const CUTS: usize = 40;
/// In so many runs cuts are tried, though branches have been found.
const BOTH_WAYS: usize = 24;

/// Builds the tree of one image.
struct Tree<'a, 'b> {
    runs: &'a [Run],
    conditions: &'a mut Conditions<'b>,
    known: HashMap<(Vec<usize>, Targets), Built>,
    steps: usize,
}

/// What no condition could be found for is given to `named`, which names it.
pub(super) fn write(
    rows: Vec<Row>,
    all: Targets,
    conditions: &mut Conditions<'_>,
    mut named: impl FnMut(&Targets, &str) -> String,
) -> Vec<String> {
    let mut runs: Vec<Run> = Vec::new();
    for row in rows {
        match runs.last_mut().filter(|run| run.targets == row.targets) {
            Some(run) => run.texts.push(row.text),
            None => runs.push(Run { targets: row.targets, texts: vec![row.text] }),
        }
    }
    let numbers: Vec<usize> = (0..runs.len()).collect();
    let mut tree = Tree { runs: &runs, conditions, known: HashMap::default(), steps: STEPS };
    let built = tree.sequence(&numbers, all);
    let mut lines = Vec::new();
    emit(&built.nodes, &runs, conditions, &mut named, &mut lines);
    lines
}

impl Tree<'_, '_> {
    #[allow(clippy::cast_precision_loss)] // Lines of a template.
    fn lines(&self, run: usize) -> Built {
        Built { cost: self.runs[run].texts.len() as f32, nodes: vec![Rc::new(Node::Lines(run))] }
    }

    /// Runs of which those of all targets stand as they are.
    fn sequence(&mut self, runs: &[usize], among: Targets) -> Built {
        let mut built = Built { cost: 0.0, nodes: Vec::new() };
        for part in
            runs.chunk_by(|one, other| (self.runs[*one].targets == among) == (self.runs[*other].targets == among))
        {
            let part = if self.runs[part[0]].targets == among {
                let mut all = Built { cost: 0.0, nodes: Vec::new() };
                for run in part {
                    let lines = self.lines(*run);
                    all.cost += lines.cost;
                    all.nodes.extend(lines.nodes);
                }
                all
            } else {
                crate::stack::deep(|| self.segment(part, among))
            };
            built.cost += part.cost;
            built.nodes.extend(part.nodes);
        }
        built
    }

    /// Sets of runs whose targets do not meet those of other sets: each can be a branch.
    fn components(&self, runs: &[usize]) -> Vec<(Targets, Vec<usize>)> {
        let mut components: Vec<(Targets, Vec<usize>)> = Vec::new();
        for run in runs {
            let mut all = (self.runs[*run].targets, vec![*run]);
            components.retain_mut(|(targets, own)| {
                let meets = targets.meets(&all.0);
                if meets {
                    all.0 |= *targets;
                    all.1.append(own);
                }
                !meets
            });
            all.1.sort_unstable();
            components.push(all);
        }
        components.sort_by_key(|(_, runs)| runs[0]);
        components
    }

    /// Runs none of which has all targets.
    fn segment(&mut self, runs: &[usize], among: Targets) -> Built {
        let key = (runs.to_vec(), among);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        self.steps = self.steps.saturating_sub(1);
        if !self.conditions.effort.spend(2 * runs.len() * (runs.len() + 8)) {
            return self.one_by_one(runs, among);
        }
        let components = self.components(runs);
        let is_whole = components.len() == 1 && components[0].0 == among;
        let mut best = if is_whole { None } else { Some(self.branches(&components, among)) };
        let is_far = best.is_some() && (runs.len() > BOTH_WAYS || self.steps == 0);
        if !is_far && runs.len() > 1 {
            let step = if runs.len() > 3 * CUTS { runs.len() / CUTS } else { 1 };
            let cuts: Vec<usize> = if self.steps == 0 { vec![1] } else { (1..runs.len()).step_by(step).collect() };
            for cut in cuts {
                let first = self.sequence(&runs[..cut], among);
                if best.as_ref().is_some_and(|best| first.cost >= best.cost) {
                    continue;
                }
                let second = self.sequence(&runs[cut..], among);
                let cost = first.cost + second.cost;
                if best.as_ref().is_none_or(|best| cost < best.cost - 1e-4) {
                    best = Some(Built { cost, nodes: first.nodes.into_iter().chain(second.nodes).collect() });
                }
            }
        }
        let best = best.unwrap_or_else(|| self.lines(runs[0]));
        self.known.insert(key, best.clone());
        best
    }

    /// A condition for each run.
    fn one_by_one(&self, runs: &[usize], among: Targets) -> Built {
        let mut built = Built { cost: 0.0, nodes: Vec::with_capacity(runs.len()) };
        for run in runs {
            let Built { cost, nodes } = self.lines(*run);
            built.cost += 1.0 + cost;
            let branch = Branch { targets: self.runs[*run].targets, among, nodes: Rc::new(nodes) };
            built.nodes.push(Rc::new(Node::If(vec![branch])));
        }
        built
    }

    /// A branch for each component.
    fn branches(&mut self, components: &[(Targets, Vec<usize>)], among: Targets) -> Built {
        let (mut cost, mut left, mut branches) = (1.0, among, Vec::new());
        for (targets, runs) in components {
            let price = if *targets == left { 0.3 } else { self.conditions.find(targets, &left).cost };
            let own = self.sequence(runs, *targets);
            cost += 1.0 + price + own.cost;
            branches.push(Branch { targets: *targets, among: left, nodes: Rc::new(own.nodes) });
            left = left.without(targets);
        }
        Built { cost, nodes: vec![Rc::new(Node::If(branches))] }
    }
}

fn emit(
    nodes: &[Rc<Node>],
    runs: &[Run],
    conditions: &mut Conditions<'_>,
    named: &mut impl FnMut(&Targets, &str) -> String,
    lines: &mut Vec<String>,
) {
    for node in nodes {
        match &**node {
            Node::Lines(run) => lines.extend(runs[*run].texts.iter().cloned()),
            Node::If(branches) => {
                for (at, branch) in branches.iter().enumerate() {
                    if at > 0 && branch.targets == branch.among {
                        lines.push("@else".to_owned());
                    } else {
                        let found = conditions.find(&branch.targets, &branch.among).text;
                        let text = found.unwrap_or_else(|| named(&branch.targets, first_text(&branch.nodes, runs)));
                        lines.push(format!("@{}({text})", if at == 0 { "if" } else { "elif" }));
                    }
                    crate::stack::deep(|| emit(&branch.nodes, runs, conditions, named, lines));
                }
                lines.push("@end".to_owned());
            }
        }
    }
}

/// The first line in a block: what it may be named after.
fn first_text<'a>(nodes: &[Rc<Node>], runs: &'a [Run]) -> &'a str {
    match nodes.first().map(|node| &**node) {
        Some(Node::Lines(run)) => {
            runs[*run].texts.iter().find(|text| !text.trim().is_empty()).map_or("", String::as_str)
        }
        Some(Node::If(branches)) => branches.first().map_or("", |branch| first_text(&branch.nodes, runs)),
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::feature::features;
    use super::super::group::Source;
    use super::super::part::parts;
    use super::super::text::named;
    use super::*;

    fn written(list: &[(&[usize], &str)]) -> Vec<String> {
        let source = |version: usize| {
            let path = format!("{version}/Dockerfile");
            Source { parts: parts(&path), path, lines: Vec::new(), is_open: false, header: 0 }
        };
        let sources: Vec<Source> = (0..4).map(source).collect();
        let features = features(&sources.iter().collect::<Vec<_>>(), |_| None);
        let row = |(targets, text): &(&[usize], &str)| Row {
            targets: targets.iter().map(|target| Targets::one(*target)).collect(),
            text: (*text).to_owned(),
        };
        let rows = list.iter().map(row).collect();
        let mut conditions = Conditions::new(&features.all, &Rc::default());
        let lines = write(rows, Targets::first(4), &mut conditions, |_, _| "named".to_owned());
        lines.iter().map(|line| named(line, |number| features.names[number].clone())).collect()
    }

    #[test]
    fn what_excludes_each_other_is_one_condition() {
        let all: &[usize] = &[0, 1, 2, 3];
        let lines = written(&[(all, "a"), (&[0], "b"), (&[1, 2, 3], "c"), (all, "d")]);
        assert_eq!(lines, ["a", "@if(version is version(\"<1\"))", "b", "@else", "c", "@end", "d"]);
    }

    #[test]
    fn what_is_within_stands_within() {
        let lines = written(&[(&[2, 3], "a"), (&[3], "b"), (&[2, 3], "c")]);
        let expected =
            ["@if(version is version(\">=2\"))", "a", "@if(version is version(\">=3\"))", "b", "@end", "c", "@end"];
        assert_eq!(lines, expected);
    }
}
