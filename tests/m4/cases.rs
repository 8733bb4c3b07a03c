//! Every file of tests/cases/m4, given to both. A first line `dnl m4 OPTION…` gives options.

use std::path::Path;

use super::{gnu, has_oracle, ours};

#[test]
fn every_case_is_answered_as_gnu_m4_answers_it() {
    if !has_oracle() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/m4");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "m4"))
        .collect();
    names.sort();
    assert!(names.len() > 10, "{names:?}");
    let mut wrong = Vec::new();
    for name in &names {
        let text = String::from_utf8_lossy(&std::fs::read(folder.join(name)).unwrap()).into_owned();
        let options = text.lines().next().and_then(|line| line.strip_prefix("dnl m4 ")).unwrap_or_default();
        let arguments: Vec<&str> = options.split_whitespace().chain([name.as_str()]).collect();
        let (theirs, ours) = (gnu(&arguments, &folder, b""), ours(&arguments, &folder, b""));
        if theirs != ours {
            wrong.push(format!("== {name}\nGNU m4: {}\ndockmill m4: {}", theirs.show(), ours.show()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
