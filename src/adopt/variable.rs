//! Variables that the manifest gives: values that follow from those of one axis or of several.

use std::collections::BTreeMap;
use std::rc::Rc;

use foldhash::HashMap;

use super::effort::Effort;
use super::feature::{Comparison, Feature, Features, name_of};
use super::text::symbol;

/// What targets have in a hole, in the order of the targets.
pub(super) type Values = Vec<(usize, Rc<str>)>;

/// On which features a variable depends, with its value for each of their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// The numbers of the features; one that is an axis, or several.
    pub(super) by: Vec<usize>,
    pub(super) rows: BTreeMap<Vec<String>, Rc<str>>,
}

/// A variable of the manifest.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) symbol: usize,
    /// The name that it was made for.
    pub(super) wish: String,
    pub(super) values: Values,
    pub(super) table: Table,
    /// Its values are `true` and `false`.
    pub(super) is_boolean: bool,
}

/// The work of comparing a value with what is made of that of a feature, and with that of a variable.
const WORD: usize = 8;
pub(super) const KNOWN: usize = 30;
/// The work of a row of a table that may be.
const ROW: usize = 3;

/// The cost of a variable for which there is no table.
pub(super) const IMPOSSIBLE: f32 = 50.0;

/// The value at a target.
pub(super) fn at(values: &Values, target: usize) -> Option<&Rc<str>> {
    values.binary_search_by_key(&target, |(target, _)| *target).ok().map(|at| &values[at].1)
}

/// Are these values so special that two variables cannot have them by chance?
fn is_special(values: &Values) -> bool {
    let mut all: Vec<&Rc<str>> = values.iter().map(|(_, value)| value).collect();
    all.sort_unstable();
    all.dedup();
    let special =
        |value: &&Rc<str>| value.len() >= 12 || value.len() >= 4 && value.contains(|c: char| c.is_ascii_digit());
    all.len() > 1 && (all.len() >= 5 || all.iter().all(special))
}

/// The first numbers of a version.
pub(super) fn upto(text: &str, count: usize) -> &str {
    text.match_indices('.').nth(count - 1).map_or(text, |(end, _)| &text[..end])
}

/// The variables of one image.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub(super) all: Vec<Variable>,
}

impl Variables {
    /// An expression over what is known that has these values, with its cost. `wish`: the name that a new variable would have.
    pub(super) fn known(
        &self,
        values: &Values,
        wish: &str,
        features: &[Feature],
        effort: &Effort,
    ) -> Option<(f32, String)> {
        let mut best: Option<(f32, String)> = None;
        let mut offer = |cost: f32, text: String| {
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, text));
            }
        };
        for feature in features.iter().filter(|feature| feature.comparison != Comparison::Flag) {
            let is = |get: &dyn Fn(&str) -> String| {
                values.iter().all(|(target, value)| effort.spend(WORD) && get(feature.value(*target)) == **value)
            };
            let name = &feature.text;
            if is(&str::to_owned) {
                offer(0.1, name.clone());
                continue;
            }
            for count in [2, 1] {
                if is(&|text| upto(text, count).to_owned()) {
                    offer(0.4, format!("{name}|upto({count})"));
                }
            }
            for with in ["", "-", "_"] {
                if is(&|text| text.replace('.', with)) {
                    offer(0.5, format!("{name}|replace(\".\", \"{with}\")"));
                }
            }
        }
        let differs = values.windows(2).any(|two| two[0].1 != two[1].1);
        let (name, is_special) = (name_of(wish), is_special(values));
        for variable in self.all.iter().filter(|variable| !variable.is_boolean) {
            if !effort.spend(1) {
                break;
            }
            if variable.wish != name && !is_special {
                continue;
            }
            let has = |target: usize| match &variable.table.by[..] {
                _ if !effort.spend(KNOWN) => None,
                [by] if differs => variable.table.rows.get(&vec![features[*by].value(target).to_owned()]),
                _ => at(&variable.values, target),
            };
            if values.iter().all(|(target, value)| has(*target) == Some(value)) {
                offer(0.15, symbol(variable.symbol));
            } else if differs
                && values.iter().all(|(target, value)| has(*target).is_some_and(|known| *upto(known, 2) == **value))
            {
                offer(0.45, format!("{}|upto(2)", symbol(variable.symbol)));
            }
        }
        best
    }

    /// The features that decide the values: an axis, or the fewest entries of several features.
    pub(super) fn table(values: &Values, features: &[Feature], effort: &Effort) -> Option<Table> {
        let rows = |by: &[usize]| {
            let mut rows = BTreeMap::new();
            for (target, value) in values {
                let key: Vec<String> = by.iter().map(|at| features[*at].value(*target).to_owned()).collect();
                if rows.entry(key).or_insert_with(|| Rc::clone(value)) != value {
                    return None;
                }
            }
            Some(Table { by: by.to_vec(), rows })
        };
        // How many rows there would be, if the features decide the values.
        let count = |by: &[usize]| {
            let mut known: HashMap<usize, &str> = HashMap::default();
            for (target, value) in values {
                let number =
                    |all: usize, at: &usize| all * features[*at].values.len() + features[*at].value_number(*target);
                let key = by.iter().fold(0, number);
                if !effort.spend(ROW) || *known.entry(key).or_insert(value) != &**value {
                    return None;
                }
            }
            Some(known.len())
        };
        let axes: Vec<usize> = (0..features.len()).filter(|at| features[*at].is_axis).collect();
        if let Some(axis) = axes.iter().find(|axis| count(&[**axis]).is_some()) {
            return rows(&[*axis]);
        }
        let telling: Vec<usize> = (0..features.len())
            .filter(|at| features[*at].comparison != Comparison::Flag && !features[*at].text.contains('|'))
            .collect();
        for width in 2..=3_usize.min(axes.len()) {
            let mut best: Option<(usize, Vec<usize>)> = None;
            each_choice(&telling, width, &mut Vec::new(), &mut |by| {
                let differ = |(at, one): (usize, &usize)| {
                    by[at + 1..].iter().all(|other| features[*one].axis != features[*other].axis)
                };
                if by.iter().enumerate().all(differ)
                    && let Some(count) = count(by)
                    && best.as_ref().is_none_or(|(least, _)| count < *least)
                {
                    best = Some((count, by.to_vec()));
                }
            });
            if let Some((_, by)) = best {
                return rows(&by);
            }
        }
        rows(&axes)
    }

    /// The cost of a new variable with this table.
    #[allow(clippy::cast_precision_loss)] // Rows of a table.
    pub(super) fn cost(table: Option<&Table>) -> f32 {
        let Some(table) = table else { return IMPOSSIBLE };
        let rows = table.rows.len() as f32;
        if table.by.len() == 1 { 0.8 + 0.12 * rows } else { 1.5 + 0.3 * rows }
    }

    /// A variable with these values. One of the same name that agrees with them gets them, too.
    pub(super) fn add(
        &mut self,
        values: &Values,
        wish: &str,
        table: Table,
        features: &mut Features,
        effort: &Effort,
    ) -> usize {
        let wish = match name_of(wish) {
            wish if wish.is_empty() => "value".to_owned(),
            wish => wish,
        };
        for variable in self.all.iter_mut().filter(|variable| variable.wish == wish && !variable.is_boolean) {
            let agrees =
                |(target, value): &(usize, Rc<str>)| at(&variable.values, *target).is_none_or(|known| known == value);
            let meets = values.iter().any(|(target, _)| at(&variable.values, *target).is_some());
            if !meets || !values.iter().all(agrees) {
                continue;
            }
            let mut merged = variable.values.clone();
            merged.extend(values.iter().filter(|(target, _)| at(&variable.values, *target).is_none()).cloned());
            merged.sort_by_key(|(target, _)| *target);
            if let Some(table) = Self::table(&merged, &features.all, effort)
                && table.by.len() <= variable.table.by.len()
            {
                (variable.values, variable.table) = (merged, table);
                return variable.symbol;
            }
        }
        self.push(values, wish, table, false, features)
    }

    /// A new variable that is `true` at some targets.
    pub(super) fn add_boolean(
        &mut self,
        values: &Values,
        wish: &str,
        features: &mut Features,
        effort: &Effort,
    ) -> usize {
        if let Some(known) = self.all.iter().find(|variable| variable.is_boolean && variable.values == *values) {
            return known.symbol;
        }
        let by: Vec<usize> = (0..features.all.len()).filter(|at| features.all[*at].is_axis).collect();
        let table = Self::table(values, &features.all, effort).unwrap_or(Table { by, rows: BTreeMap::new() });
        self.push(values, name_of(wish), table, true, features)
    }

    fn push(
        &mut self,
        values: &Values,
        wish: String,
        table: Table,
        is_boolean: bool,
        features: &mut Features,
    ) -> usize {
        let symbol = features.symbol(&wish);
        self.all.push(Variable { symbol, wish, values: values.clone(), table, is_boolean });
        symbol
    }
}

/// Calls for each choice of so many from a list.
fn each_choice(list: &[usize], count: usize, chosen: &mut Vec<usize>, call: &mut impl FnMut(&[usize])) {
    if count == 0 {
        call(chosen);
        return;
    }
    for (at, one) in list.iter().enumerate() {
        chosen.push(*one);
        each_choice(&list[at + 1..], count - 1, chosen, call);
        chosen.pop();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::super::feature::features;
    use super::super::group::Source;
    use super::super::part::parts;
    use super::*;

    /// The features of these paths.
    pub(in super::super) fn of(paths: &[&str]) -> Features {
        let source = |path: &&str| Source {
            path: (*path).to_owned(),
            parts: parts(path),
            lines: Vec::new(),
            is_open: false,
            header: 0,
        };
        let sources: Vec<Source> = paths.iter().map(source).collect();
        features(&sources.iter().collect::<Vec<_>>(), |_| None)
    }

    /// A value for each target.
    pub(in super::super) fn values(list: &[&str]) -> Values {
        list.iter().map(|value| Rc::from(*value)).enumerate().collect()
    }

    const PATHS: [&str; 4] = ["1.9/a/Dockerfile", "1.9/b/Dockerfile", "1.10/a/Dockerfile", "1.10/b/Dockerfile"];

    #[test]
    fn values_that_follow_from_an_axis_are_expressions() {
        let features = of(&PATHS);
        let none = Variables::default();
        let known =
            |list: &[&str]| none.known(&values(list), "x", &features.all, &Effort::default()).map(|(_, text)| text);
        let version = symbol(0);
        assert_eq!(known(&["1.9", "1.9", "1.10", "1.10"]), Some(version.clone()));
        assert_eq!(known(&["19", "19", "110", "110"]), Some(format!("{version}|replace(\".\", \"\")")));
        assert_eq!(known(&["p", "p", "q", "q"]), None);
    }

    #[test]
    fn a_variable_is_shared_where_names_agree_or_chance_is_out() {
        let mut features = of(&PATHS);
        let mut variables = Variables::default();
        for (wish, list) in [("arch", ["x", "x", "y", "y"]), ("tag", ["10.2.3", "10.2.3", "11.0.1", "11.0.1"])] {
            let values = values(&list);
            let table = Variables::table(&values, &features.all, &Effort::default()).unwrap();
            assert_eq!(table.by, [0]);
            variables.add(&values, wish, table, &mut features, &Effort::default());
        }
        let known = |wish: &str, list: &[&str]| {
            variables.known(&values(list), wish, &features.all, &Effort::default()).is_some()
        };
        assert!(known("arch", &["x", "x", "y", "y"]));
        assert!(!known("suffix", &["x", "x", "y", "y"]));
        assert!(known("other", &["10.2.3", "10.2.3", "11.0.1", "11.0.1"]));
    }

    #[test]
    fn values_of_two_axes_have_a_table_of_both() {
        let features = of(&PATHS);
        let table = Variables::table(&values(&["p", "q", "q", "p"]), &features.all, &Effort::default()).unwrap();
        assert_eq!((table.by.len(), table.rows.len()), (2, 4));
    }
}
