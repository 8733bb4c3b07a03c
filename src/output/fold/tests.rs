//! Descriptions, and their expansion by other means.

use super::*;
use proptest::prelude::*;

fn fold(all: &[&str], selected: &[&str]) -> String {
    Fold::new(all.iter().copied()).fold(selected.iter().copied()).to_string()
}

/// The ids that a description selects, by a reading of it that knows nothing of how it was made.
fn expand<'a>(description: &str, all: &[&'a str]) -> Vec<&'a str> {
    let mut pattern = String::from("^(");
    let mut characters = description.chars().peekable();
    let mut depth = 0;
    while let Some(character) = characters.next() {
        match character {
            '\\' => pattern.push_str(&regex::escape(&characters.next().unwrap().to_string())),
            '{' => {
                depth += 1;
                pattern.push('(');
            }
            '}' => {
                depth -= 1;
                pattern.push(')');
            }
            ',' if depth > 0 => pattern.push('|'),
            ',' => {
                assert_eq!(characters.next(), Some(' '));
                pattern.push('|');
            }
            '*' => pattern.push_str("[^/]*"),
            other => pattern.push_str(&regex::escape(&other.to_string())),
        }
    }
    pattern.push_str(")$");
    let pattern = regex::Regex::new(&pattern).unwrap();
    all.iter().copied().filter(|id| !description.is_empty() && pattern.is_match(id)).collect()
}

const ALL: [&str; 11] = [
    "debbase/bullseye",
    "debbase/bookworm",
    "python/bullseye/3.11",
    "python/bullseye/3.12",
    "python/bookworm/3.11",
    "python/bookworm/3.12",
    "python/bookworm/3.13",
    "wheel/bullseye",
    "wheel/bookworm",
    "tool",
    "single/x",
];

#[test]
fn selections_read_well() {
    let cases: [(&[usize], &str); 13] = [
        (&[], ""),
        (&[9], "tool"),
        (&[10], "single/x"),
        (&[0], "debbase/bullseye"),
        (&[0, 1], "debbase/*"),
        (&[0, 1, 7, 8], "{debbase,wheel}/*"),
        (&[0, 1, 5], "debbase/*, python/bookworm/3.12"),
        (&[2, 3, 4, 5, 6], "python/*/*"),
        (&[3, 5], "python/*/3.12"),
        (&[2, 3, 4, 5], "python/bullseye/*, python/bookworm/{3.11,3.12}"),
        (&[6], "python/bookworm/3.13"),
        (&[8, 1], "{debbase,wheel}/bookworm"),
        (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "{debbase,wheel,single}/*, python/*/*, tool"),
    ];
    for (selected, expected) in cases {
        let selected: Vec<&str> = selected.iter().map(|index| ALL[*index]).collect();
        assert_eq!(fold(&ALL, &selected), expected);
    }
}

#[test]
fn a_lonely_value_joins_under_its_name() {
    assert_eq!(fold(&["a/x/1", "a/y/1", "a/y/2"], &["a/x/1", "a/y/1"]), "a/{x,y}/1");
    assert_eq!(fold(&["a/x/1", "a/y/1", "a/y/2"], &["a/x/1", "a/y/1", "a/y/2"]), "a/*/*");
}

#[test]
fn strangers_come_last() {
    assert_eq!(fold(&ALL, &["gone/1", "tool"]), "tool, gone/1");
}

#[test]
fn the_short_form_is_bounded() {
    let all: Vec<String> = (0..100).flat_map(|a| (0..100).map(move |b| format!("i/{a}/{b}"))).collect();
    let fold = Fold::new(all.iter().map(String::as_str));
    let diagonal: Vec<&str> = (0..100).map(|n| all[n * 101].as_str()).collect();
    assert_eq!(fold.fold(diagonal).short(2), "i/0/0, i/1/1 and 98 more");
    let row: Vec<&str> = (0..50).map(|n| all[n * 100].as_str()).collect();
    assert_eq!(fold.fold(row).short(2), "i/{0,1,2,3,4,5,6,7,8,9,10,11,… 38 more}/0");
}

#[test]
fn the_work_grows_with_the_ids() {
    let all: Vec<String> =
        (0..100_000).map(|n| format!("image{}/{}/{}/{}", n / 20_000, n / 200 % 100, n / 10 % 20, n % 10)).collect();
    let fold = Fold::new(all.iter().map(String::as_str));
    assert_eq!(fold.fold(all.iter().map(String::as_str)).to_string(), "{image0,image1,image2,image3,image4}/*/*/*");
    let scattered = fold.fold(all.iter().enumerate().filter(|(n, _)| n * 7919 % 13 < 6).map(|(_, id)| id.as_str()));
    assert!(!scattered.terms.is_empty());
    let steps = fold.looked_at.into_inner();
    assert!(steps > 0 && steps < 10 * all.len(), "{steps} steps for {} ids", all.len());
}

proptest! {
    #[test]
    fn a_description_selects_exactly_what_was_selected(
        ids in proptest::collection::btree_map("[ab]/[ab,*]/[12{]|[ab]/[ab]|[ab]|[abc]/[abcd]/[123]/[xy]", any::<bool>(), 0..40),
        most in any::<bool>(),
    ) {
        let all: Vec<&str> = ids.keys().map(String::as_str).collect();
        let selected: Vec<&str> = ids.iter().filter(|(id, yes)| **yes || most && !id.ends_with('x')).map(|(id, _)| id.as_str()).collect();
        let description = fold(&all, &selected);
        prop_assert_eq!(expand(&description, &all), selected, "{}", description);
    }

    #[test]
    fn terms_count_what_they_stand_for(ids in proptest::collection::btree_map("[ab]/[ab]/[12]|[ab]/[abc]", any::<bool>(), 1..20)) {
        let fold = Fold::new(ids.keys().map(String::as_str));
        let selected: Vec<&str> = ids.iter().filter(|(_, yes)| **yes).map(|(id, _)| id.as_str()).collect();
        let count = fold.fold(selected.iter().copied()).terms.iter().map(|term| term.count).sum::<usize>();
        prop_assert_eq!(count, selected.len());
    }
}
