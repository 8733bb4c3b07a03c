//! Properties: the walk over a matrix against the plain product, selectors against plain text.

use std::fmt::Write as _;

use dockmill::diagnostic::Diagnostics;
use dockmill::manifest::{Manifest, Request, Selection};
use dockmill::output::fold::Fold;
use dockmill::source::{Memory, SourceMap, Span};
use proptest::prelude::*;

/// Axes with their values, and excludes as an axis each and a value of it.
type Matrix = (Vec<Vec<&'static str>>, Vec<(usize, usize)>);

fn matrices() -> impl Strategy<Value = Matrix> {
    let values = proptest::sample::subsequence(vec!["a", "b", "a/b", "12", "1.2", "b-c"], 1..5);
    let axes = proptest::collection::vec(values, 0..4);
    (axes, proptest::collection::vec((0..4_usize, 0..5_usize), 0..3))
}

/// The ids as anyone would write them down: the whole product, then without what is excluded.
fn oracle(axes: &[Vec<&str>], excludes: &[(usize, &str)]) -> Vec<String> {
    let mut points: Vec<Vec<&str>> = vec![Vec::new()];
    for values in axes {
        points =
            points.iter().flat_map(|point| values.iter().map(|value| [point.as_slice(), &[*value]].concat())).collect();
    }
    points.retain(|point| !excludes.iter().any(|(axis, value)| point[*axis] == *value));
    points.iter().map(|point| [&["i"], point.as_slice()].concat().join("/")).collect()
}

fn load(axes: &[Vec<&str>], excludes: &[(usize, &str)]) -> (Option<Manifest>, Diagnostics) {
    let mut manifest = "[project]\nname = 'p'\n[axis]\n".to_owned();
    for (at, values) in axes.iter().enumerate() {
        _ = writeln!(manifest, "x{at} = {values:?}");
    }
    let names: Vec<String> = (0..axes.len()).map(|at| format!("x{at}")).collect();
    _ = writeln!(manifest, "[image.i]\nmatrix = {names:?}");
    for (axis, value) in excludes {
        _ = writeln!(manifest, "[[exclude]]\nx{axis} = {value:?}");
    }
    let files = Memory::default().with("/p/dockmill.toml", manifest).with("/p/i/Dockerfile.dockmill", "");
    let mut out = Diagnostics::default();
    let path = "/p/dockmill.toml".into();
    (Manifest::load(&SourceMap::default(), &files, path, &Request::default(), &mut out), out)
}

/// The terms of a description, and the names in their braces, sorted.
fn sorted(description: &str) -> String {
    let part = |(at, part): (usize, &str)| {
        let mut names: Vec<&str> = part.split(',').collect();
        // Every second part is one in braces.
        if at % 2 == 1 {
            names.sort_unstable();
        }
        names.join(",")
    };
    let description = description.split(['{', '}']).enumerate().map(part).collect::<Vec<_>>().join("|");
    let mut terms: Vec<&str> = description.split(", ").collect();
    terms.sort_unstable();
    terms.join(", ")
}

proptest! {
    #![proptest_config(crate::support::law::cases(256))]

    #[test]
    fn targets_are_the_product_without_what_is_excluded((axes, excludes) in matrices()) {
        let excludes: Vec<(usize, &str)> = excludes
            .into_iter()
            .filter(|(axis, _)| *axis < axes.len())
            .map(|(axis, value)| (axis, axes[axis][value % axes[axis].len()]))
            .collect();
        let expected = oracle(&axes, &excludes);
        let (manifest, out) = load(&axes, &excludes);
        prop_assert_eq!(out.is_empty(), !expected.is_empty(), "an image without targets is an error, nothing else is");
        let manifest = manifest.unwrap();
        let all = Selection::all();
        let ids: Vec<String> = manifest.targets(&all).map(|target| target.unwrap().id).collect();
        prop_assert_eq!(&ids, &expected);

        let span = Span::new(SourceMap::default().add("<command line>", Vec::new()), 0, 0);
        for id in &expected {
            for (end, _) in id.match_indices('/').chain([(id.len(), "")]) {
                let prefix = &id[..end];
                let selection = manifest.select(&[(prefix.to_owned(), span)], &[]).unwrap();
                let found: Vec<String> = manifest.targets(&selection).map(|target| target.unwrap().id).collect();
                let within = |id: &&String| *id == prefix || id.starts_with(&format!("{prefix}/"));
                let expected: Vec<String> = expected.iter().filter(within).cloned().collect();
                prop_assert_eq!(found, expected, "{}", prefix);
            }
        }
    }

    /// A selection is described in the same way whether all ids are at hand or only those that it takes. Names come in the
    /// order in which they were seen first, which may be another one where two axes have the same values in another order; and so do
    /// terms, where a value holds a slash and two points begin alike.
    #[test]
    fn a_selection_folds_without_all_ids(
        (axes, excludes) in matrices(),
        pairs in proptest::collection::vec((0..5_usize, 0..5_usize), 0..6),
        chosen in proptest::collection::vec(any::<u8>(), 32),
        most in 0..4_u8,
    ) {
        let value = |axis: usize, value: usize| axes[axis][value % axes[axis].len()];
        let names: Vec<String> = (0..axes.len()).map(|at| format!("x{at}")).collect();
        let mut manifest = "[project]\nname = 'p'\n[axis]\n".to_owned();
        for (at, values) in axes.iter().enumerate() {
            _ = writeln!(manifest, "x{at} = {values:?}");
        }
        for (image, names) in [("i", &names[..]), ("j", &names[..names.len().min(2)]), ("k", &[])] {
            _ = writeln!(manifest, "[image.{image}]\ntemplate = 'i/Dockerfile.dockmill'\nmatrix = {names:?}");
        }
        for (axis, at) in excludes.into_iter().filter(|(axis, _)| *axis < axes.len()) {
            _ = writeln!(manifest, "[[exclude]]\nx{axis} = {:?}", value(axis, at));
        }
        for (first, second) in pairs.into_iter().filter(|_| axes.len() > 1) {
            let last = axes.len() - 1;
            _ = writeln!(manifest, "[[exclude]]\nx0 = {:?}\nx{last} = {:?}", value(0, first), value(last, second));
        }
        let files = Memory::default().with("/p/dockmill.toml", manifest).with("/p/i/Dockerfile.dockmill", "");
        let path = "/p/dockmill.toml".into();
        let mut out = Diagnostics::default();
        let manifest = Manifest::load(&SourceMap::default(), &files, path, &Request::default(), &mut out).unwrap();
        let all = Selection::all();
        let ids: Vec<String> = manifest.targets(&all).map(|target| target.unwrap().id).collect();
        let selected: Vec<&str> = ids
            .iter()
            .zip(chosen.iter().cycle())
            .filter(|(id, chosen)| if most == 0 { !id.ends_with('b') } else { **chosen % 4 < most })
            .map(|(id, _)| id.as_str())
            .chain(["i/gone"])
            .collect();
        let whole = Fold::new(&ids).fold(selected.iter().copied());
        let narrow = Fold::of(&manifest, selected.iter().copied()).fold(selected.iter().copied());
        prop_assert_eq!(sorted(&narrow.to_string()), sorted(&whole.to_string()), "{:?} of {:?}", selected, ids);
    }

    /// Whatever stands in a manifest, loading ends with an answer: no panic.
    #[test]
    fn no_text_makes_the_loader_panic(text in "[a-z@{}\\[\\]=.\"'/\\\\ \n0-9-]{0,80}", key in "(project|axis|image|vars|data|params|profile|discover|exclude|builder|limits)") {
        let manifest = format!("[project]\nname = 'p'\n[image.i]\ntags = ['@{{x}}']\n[{key}.q]\n{text}");
        let files = Memory::default().with("/p/dockmill.toml", manifest).with("/p/i/Dockerfile.dockmill", "");
        let mut out = Diagnostics::default();
        let path = "/p/dockmill.toml".into();
        if let Some(manifest) = Manifest::load(&SourceMap::default(), &files, path, &Request::default(), &mut out) {
            manifest.verify(&mut out, |_| {});
        }
    }
}
