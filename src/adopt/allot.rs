//! Names for all symbols, and the tables of the manifest in which their values stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use indexmap::IndexMap;

use super::feature::{Comparison, name_of};
use super::image::Image;
use super::natural;
use super::text::{named, symbols};
use crate::import::{Matrix, matrix};

/// A value in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Given {
    Text(Rc<str>),
    Flag(bool),
}

impl Given {
    fn of(text: &Rc<str>, is_flag: bool) -> Self {
        if is_flag { Self::Flag(&**text == "true") } else { Self::Text(Rc::clone(text)) }
    }
}

/// An axis of the manifest.
#[derive(Debug, Default)]
pub(super) struct Axis {
    pub(super) name: String,
    pub(super) values: Vec<String>,
    /// What each value brings.
    pub(super) brought: IndexMap<String, BTreeMap<String, Given>>,
}

/// Variables with their values.
pub(super) type Vars = Vec<(String, Given)>;
/// Lists of values, one for each feature, and the variables that there are at them.
type Merged = (Vec<Vec<String>>, Vars);

/// Variables that some points have: values of features, and what they are there.
#[derive(Debug)]
pub(super) struct Rule {
    /// The expression of each feature with its values; `true` where it is an axis.
    pub(super) when: Vec<(String, Vec<String>, bool)>,
    pub(super) vars: Vars,
}

/// An image with its names.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) axes: Vec<usize>,
    pub(super) matrix: Matrix,
    pub(super) rules: Vec<Rule>,
    pub(super) output: String,
    pub(super) template: Vec<String>,
    pub(super) is_open: bool,
}

/// All that a manifest says of the images.
#[derive(Debug, Default)]
pub(super) struct Allotted {
    pub(super) axes: Vec<Axis>,
    /// What several images have of an axis that does not bring it.
    pub(super) rules: Vec<Rule>,
    pub(super) images: Vec<Named>,
    /// Names that were to be replaced, and that nothing has.
    pub(super) unknown: Vec<String>,
}

/// A symbol of an image whose values follow from one axis.
struct Wanted {
    image: usize,
    symbol: usize,
    axis: usize,
    wish: String,
    values: BTreeMap<String, Given>,
}

/// What is wanted, and the images with their symbols that agree on it.
type Agreed = (Wanted, Vec<(usize, usize)>);

/// Gives names to the symbols of the images, which have names themselves.
pub(super) fn allot(images: &[&Image], names: &[String], renames: &BTreeMap<String, String>) -> Allotted {
    let mut axes: Vec<Axis> = Vec::new();
    let mut own_axes: Vec<Vec<usize>> = Vec::new();
    for (image, name) in images.iter().zip(names) {
        let own = own_axes_of(image, name, &mut axes, renames);
        own_axes.push(own);
    }
    let mut allotment = Allotment {
        images,
        names,
        renames,
        final_names: images.iter().map(|_| HashMap::new()).collect(),
        taken: own_axes.iter().map(|own| own.iter().map(|axis| axes[*axis].name.clone()).collect()).collect(),
        axes,
        own_axes,
    };
    let wanted = allotment.wanted();
    let rest = allotment.bring(wanted);
    let (shared, rest) = allotment.shared(rest);
    let mut rules: Vec<Vec<Rule>> = Vec::new();
    for number in 0..images.len() {
        rules.push(allotment.rules(number, &rest));
    }
    let Allotment { axes, own_axes, final_names, .. } = allotment;
    let image = |((number, image), rules): ((usize, &&Image), Vec<Rule>)| {
        let name = |symbol: usize| {
            final_names[number].get(&symbol).cloned().unwrap_or_else(|| image.features.names[symbol].clone())
        };
        let points = points(image, &own_axes[number], &axes);
        let sizes: Vec<usize> = own_axes[number].iter().map(|axis| axes[*axis].values.len()).collect();
        Named {
            name: names[number].clone(),
            axes: own_axes[number].clone(),
            matrix: matrix(&points, &sizes),
            rules,
            output: named(&image.features.output, name),
            template: image.template.iter().map(|line| named(line, name)).collect(),
            is_open: image.is_open,
        }
    };
    let images = images.iter().enumerate().zip(rules).map(image).collect();
    let has = |name: &String| {
        axes.iter().any(|axis| axis.name == *name)
            || final_names.iter().any(|names| names.values().any(|known| known == name))
    };
    let unknown = renames.iter().filter(|(_, new)| !has(new)).map(|(old, _)| old.clone()).collect();
    Allotted { axes, rules: shared, images, unknown }
}

/// The axes of the manifest that an image has; it shares one of the same name with much the same values.
fn own_axes_of(image: &Image, name: &str, axes: &mut Vec<Axis>, renames: &BTreeMap<String, String>) -> Vec<usize> {
    let mut own: Vec<usize> = Vec::new();
    for number in 0..image.features.axes.len() {
        let Some(feature) = image.features.axis(number) else { continue };
        let wish = &image.features.names[feature.symbol];
        let candidates = candidates(name, wish);
        for candidate in candidates.map(|name| renames.get(&name).cloned().unwrap_or(name)) {
            match axes.iter().position(|axis| axis.name == candidate) {
                None => {
                    axes.push(Axis { name: candidate, values: feature.values.clone(), brought: IndexMap::new() });
                    own.push(axes.len() - 1);
                    break;
                }
                Some(at) if !own.contains(&at) && is_near(&axes[at].values, &feature.values) => {
                    let all = axes[at].values.iter().chain(&feature.values).cloned();
                    axes[at].values = natural::sorted(all);
                    own.push(at);
                    break;
                }
                Some(_) => {}
            }
        }
    }
    own
}

/// Names to try: the one wished for, then with the first word of the image's name before it, then with the whole name.
fn candidates(image: &str, wish: &str) -> impl Iterator<Item = String> + use<> {
    let wish = crate::import::variable(wish);
    let image = name_of(image);
    let short = format!("{}_{wish}", image.split('_').next().unwrap_or_default());
    let long = format!("{image}_{wish}");
    let first = [wish, short, long.clone()];
    first.into_iter().chain((2..).map(move |count| format!("{long}_{count}")))
}

fn is_near(one: &[String], other: &[String]) -> bool {
    let common = one.iter().filter(|value| other.contains(value)).count();
    let all = one.len() + other.len() - common;
    common * 2 >= one.len().min(other.len()) && common * 3 >= all
}

/// Are these values such that no two variables have them by chance?
fn is_special(values: &BTreeMap<String, Given>) -> bool {
    let is_long = |given: &Given| matches!(given, Given::Text(text) if text.len() >= 32);
    values.len() > 1 && values.values().all(is_long)
}

/// The points of an image: the numbers of its values.
fn points(image: &Image, own: &[usize], axes: &[Axis]) -> BTreeSet<Vec<usize>> {
    let point = |target: usize| {
        let value = |(number, axis): (usize, &usize)| {
            let value = image.features.axis(number).map_or("", |feature| feature.value(target));
            axes[*axis].values.iter().position(|known| known == value).unwrap_or_default()
        };
        own.iter().enumerate().map(value).collect()
    };
    (0..image.members.len()).map(point).collect()
}

struct Allotment<'a> {
    images: &'a [&'a Image],
    names: &'a [String],
    /// Names in place of those that are found.
    renames: &'a BTreeMap<String, String>,
    axes: Vec<Axis>,
    own_axes: Vec<Vec<usize>>,
    final_names: Vec<HashMap<usize, String>>,
    /// The names that an image knows.
    taken: Vec<BTreeSet<String>>,
}

impl<'a> Allotment<'a> {
    /// The symbols that an image's template, output or tables use.
    fn used(image: &Image) -> BTreeSet<usize> {
        let texts = image.template.iter().chain([&image.features.output]);
        let mut used: BTreeSet<usize> = texts.flat_map(|text| symbols(text)).collect();
        for variable in image.variables.iter().filter(|variable| used.contains(&variable.symbol)).collect::<Vec<_>>() {
            used.extend(variable.table.by.iter().map(|by| image.features.all[*by].symbol));
        }
        used
    }

    /// Gives the axes and the names that templates define themselves; what is left wants a place.
    fn wanted(&mut self) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for (number, image) in self.images.iter().enumerate() {
            let used = Self::used(image);
            let mut local: Vec<usize> = used.iter().copied().collect();
            for feature in &image.features.all {
                local.retain(|symbol| *symbol != feature.symbol);
                let axis = self.own_axes[number][feature.axis];
                if feature.is_axis {
                    self.final_names[number].insert(feature.symbol, self.axes[axis].name.clone());
                } else if used.contains(&feature.symbol) && feature.symbol != image.features.axes[feature.axis] {
                    let is_flag = feature.comparison == Comparison::Flag;
                    let of_axis =
                        |target: usize| image.features.axis(feature.axis).map_or("", |axis| axis.value(target));
                    let value =
                        |target: usize| (of_axis(target).to_owned(), Given::of(&feature.value(target).into(), is_flag));
                    let values = (0..image.members.len()).map(value).collect();
                    let wish = image.features.names[feature.symbol].clone();
                    wanted.push(Wanted { image: number, symbol: feature.symbol, axis, wish, values });
                }
            }
            for variable in &image.variables {
                local.retain(|symbol| *symbol != variable.symbol);
                let [by] = variable.table.by[..] else { continue };
                if !used.contains(&variable.symbol) {
                    continue;
                }
                let axis = self.own_axes[number][image.features.all[by].axis];
                let row = |(key, value): (&Vec<String>, &Rc<str>)| {
                    (key.first().cloned().unwrap_or_default(), Given::of(value, variable.is_boolean))
                };
                let values = variable.table.rows.iter().map(row).collect();
                wanted.push(Wanted {
                    image: number,
                    symbol: variable.symbol,
                    axis,
                    wish: variable.wish.clone(),
                    values,
                });
            }
            // The names that the template defines for itself.
            for symbol in local {
                let name = self.free(number, &image.features.names[symbol]);
                self.final_names[number].insert(symbol, name.clone());
                self.taken[number].insert(name);
            }
        }
        wanted
    }

    /// Names to try for a symbol.
    fn candidates(&self, image: usize, wish: &str) -> impl Iterator<Item = String> + use<'a> {
        let renames = self.renames;
        candidates(&self.names[image], wish).map(move |name| renames.get(&name).cloned().unwrap_or(name))
    }

    fn free(&self, image: usize, wish: &str) -> String {
        let is_free = |name: &String| !self.taken[image].contains(name);
        self.candidates(image, wish).find(is_free).unwrap_or_default()
    }

    /// Puts what all values of an axis have into its table; the rest, which only some of them have.
    fn bring(&mut self, wanted: Vec<Wanted>) -> Vec<Agreed> {
        // What agrees becomes one variable, if its images share the axis.
        let mut groups: Vec<Agreed> = Vec::new();
        for one in wanted {
            let agrees = |known: &Wanted, symbols: &[(usize, usize)]| {
                let same = |(key, value): (&String, &Given)| known.values.get(key).is_none_or(|known| known == value);
                known.axis == one.axis
                    && (known.wish == one.wish || known.values == one.values && is_special(&one.values))
                    && one.values.iter().all(same)
                    && symbols.iter().all(|(image, _)| *image != one.image)
            };
            if let Some((known, symbols)) = groups.iter_mut().find(|(known, symbols)| agrees(known, symbols)) {
                known.values.extend(one.values);
                symbols.push((one.image, one.symbol));
            } else {
                let symbols = vec![(one.image, one.symbol)];
                groups.push((one, symbols));
            }
        }
        let mut rest = Vec::new();
        for (one, symbols) in groups {
            if one.values.len() < self.axes[one.axis].values.len() {
                rest.push((one, symbols));
                continue;
            }
            let with: Vec<usize> = (0..self.images.len()).filter(|at| self.own_axes[*at].contains(&one.axis)).collect();
            let name = self.name(&one, &symbols, &with);
            self.axes[one.axis].brought.insert(name, one.values);
        }
        rest
    }

    /// Gives these symbols of several images one name, which none of some images has.
    fn name(&mut self, one: &Wanted, symbols: &[(usize, usize)], with: &[usize]) -> String {
        let is_free = |name: &String| with.iter().all(|image| !self.taken[*image].contains(name));
        let name = self.candidates(one.image, &one.wish).find(is_free).unwrap_or_default();
        for image in with {
            self.taken[*image].insert(name.clone());
        }
        for (image, symbol) in symbols {
            self.final_names[*image].insert(*symbol, name.clone());
        }
        name
    }

    /// Rules for all images: where several have a variable that only some values of an axis give, all that these values give. The
    /// rest is of one image.
    fn shared(&mut self, rest: Vec<Agreed>) -> (Vec<Rule>, Vec<Wanted>) {
        let axes: BTreeSet<usize> =
            rest.iter().filter(|(_, symbols)| symbols.len() > 1).map(|(one, _)| one.axis).collect();
        let (shared, own): (Vec<Agreed>, Vec<Agreed>) = rest.into_iter().partition(|(one, _)| axes.contains(&one.axis));
        let all: Vec<usize> = (0..self.images.len()).collect();
        let mut tables: BTreeMap<usize, BTreeMap<Vec<String>, Vars>> = BTreeMap::new();
        for (one, symbols) in shared {
            // A rule of the project gives no name that is an axis of any image.
            let name = self.name(&one, &symbols, &all);
            for (key, value) in one.values {
                tables.entry(one.axis).or_default().entry(vec![key]).or_default().push((name.clone(), value));
            }
        }
        let rule = |axis: usize, (mut values, vars): Merged| {
            let values = values.pop().unwrap_or_default();
            Rule { when: vec![(self.axes[axis].name.clone(), values, true)], vars }
        };
        let rules = tables.into_iter().flat_map(|(axis, rows)| merged(rows).into_iter().map(move |row| (axis, row)));
        let rules = rules.map(|(axis, row)| rule(axis, row)).collect();
        let alone = |(one, symbols): Agreed| {
            symbols.into_iter().map(move |(image, symbol)| Wanted {
                image,
                symbol,
                axis: one.axis,
                wish: one.wish.clone(),
                values: one.values.clone(),
            })
        };
        (rules, own.into_iter().flat_map(alone).collect())
    }

    /// The rules of an image: what depends on several features, and what only some values of an axis have.
    fn rules(&mut self, number: usize, rest: &[Wanted]) -> Vec<Rule> {
        let image = self.images[number];
        let used = Self::used(image);
        // By the features that decide: the rows of all variables that depend on them.
        let mut tables: IndexMap<Vec<usize>, BTreeMap<Vec<String>, Vars>> = IndexMap::new();
        let mut add = |by: Vec<usize>, key: Vec<String>, name: &str, value: Given| {
            tables.entry(by).or_default().entry(key).or_default().push((name.to_owned(), value));
        };
        for one in rest.iter().filter(|one| one.image == number) {
            let name = self.free(number, &one.wish);
            self.taken[number].insert(name.clone());
            self.final_names[number].insert(one.symbol, name.clone());
            let place = self.own_axes[number].iter().position(|axis| *axis == one.axis).unwrap_or_default();
            let Some(by) = image.features.all.iter().position(|feature| feature.is_axis && feature.axis == place)
            else {
                continue;
            };
            let own = &image.features.all[by].values;
            for (key, value) in one.values.iter().filter(|(key, _)| own.contains(key)) {
                add(vec![by], vec![key.clone()], &name, value.clone());
            }
        }
        for variable in image.variables.iter().filter(|variable| variable.table.by.len() != 1) {
            if !used.contains(&variable.symbol) {
                continue;
            }
            let name = self.free(number, &variable.wish);
            self.taken[number].insert(name.clone());
            self.final_names[number].insert(variable.symbol, name.clone());
            for (key, value) in &variable.table.rows {
                add(variable.table.by.clone(), key.clone(), &name, Given::of(value, variable.is_boolean));
            }
        }
        let names = &self.final_names[number];
        let mut rules = Vec::new();
        for (by, rows) in tables {
            for (values, vars) in merged(rows) {
                let when = by.iter().zip(values).map(|(feature, values)| {
                    let feature = &image.features.all[*feature];
                    let text = named(&feature.text, |symbol| names.get(&symbol).cloned().unwrap_or_default());
                    (text, values, feature.is_axis)
                });
                rules.push(Rule { when: when.collect(), vars });
            }
        }
        rules
    }
}

/// Rows with the same variables become one: lists of values for each feature.
fn merged(rows: BTreeMap<Vec<String>, Vars>) -> Vec<Merged> {
    let mut rows: Vec<Merged> =
        rows.into_iter().map(|(key, vars)| (key.into_iter().map(|value| vec![value]).collect(), vars)).collect();
    rows.sort_by(|(one, _), (other, _)| {
        let orders = one.iter().zip(other).map(|(one, other)| natural::compare(&one[0], &other[0]));
        orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    let width = rows.first().map_or(0, |(key, _)| key.len());
    for at in (0..width).rev() {
        let mut new: Vec<Merged> = Vec::new();
        for (key, vars) in rows {
            let same = |(known, other): &&mut Merged| {
                *other == vars
                    && known.iter().zip(&key).enumerate().all(|(place, (one, two))| place == at || one == two)
            };
            match new.iter_mut().find(same) {
                Some((known, _)) => known[at].extend(key.into_iter().nth(at).unwrap_or_default()),
                None => new.push((key, vars)),
            }
        }
        rows = new;
    }
    rows
}
