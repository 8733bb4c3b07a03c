//! Every file of tests/cases/m4, given to both. A first line `dnl m4 OPTION…` gives options.

use std::path::Path;

use libtest_mimic::Trial;

use super::{gnu, ours};
use crate::harness::tool::Tool;
use crate::support::case;

pub(super) fn trials() -> Vec<Trial> {
    let paths = case::paths("m4", "m4").into_iter();
    paths.map(|path| crate::harness::of(&format!("cases::m4::{}", case::name(&path)), move || answer(&path))).collect()
}

fn answer(path: &Path) {
    Tool::GnuM4.wanted();
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let options = text.lines().next().and_then(|line| line.strip_prefix("dnl m4 ")).unwrap_or_default();
    let name = path.file_name().unwrap().to_str().unwrap();
    let arguments: Vec<&str> = options.split_whitespace().chain([name]).collect();
    let folder = path.parent().unwrap();
    let (theirs, ours) = (gnu(&arguments, folder, b""), ours(&arguments, folder, b""));
    assert!(theirs == ours, "GNU m4: {}\ndockmill m4: {}", theirs.show(), ours.show());
}
