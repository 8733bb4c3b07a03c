//! Lines in which one file alone differs from all others, and hardly: probably nobody meant that.

use super::Mistake;
use super::align::Profile;
use super::group::Source;
use super::line::Lines;

/// So many files must agree.
const AGREEING: usize = 4;
/// So many letters may differ.
const LETTERS: usize = 2;
/// A longer line is not compared letter by letter.
const LONGEST: usize = 300;

/// Do two lines differ in blanks, or in a letter or two?
fn is_slip(text: &str, usual: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    if words(text) == words(usual) {
        return true;
    }
    // Another number is another version, and a word more or less is meant.
    let numbers = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    text.len().max(usual.len()) <= LONGEST
        && text.len() >= 8
        && numbers(text) == numbers(usual)
        && words(text).len() == words(usual).len()
        && strsim::levenshtein(text, usual) <= LETTERS
}

/// The probable mistakes of a family, in the order of its files.
pub(super) fn mistakes(profile: &Profile, family: &[&Source], lines: &Lines) -> Vec<Mistake> {
    let mut found = Vec::new();
    for column in profile {
        let Some((usual, most)) = column.iter().max_by_key(|(_, targets)| targets.len()) else { continue };
        if !lines.effort.spend(column.len()) {
            break;
        }
        let all: usize = column.iter().map(|(_, targets)| targets.len()).sum();
        if most.len() < AGREEING || most.len() * 4 < all * 3 {
            continue;
        }
        let usual = lines.text(*usual);
        for (line, targets) in column.iter().filter(|(_, targets)| targets.len() == 1) {
            let text = lines.text(*line);
            let Some(source) = targets.iter().next().and_then(|target| family.get(target)) else { continue };
            if !lines.effort.spend(source.lines.len() / 4 + text.len().min(LONGEST).pow(2) / 4) {
                break;
            }
            let Some(at) = source.lines.iter().position(|own| own == line).filter(|_| is_slip(text, usual)) else {
                continue;
            };
            found.push(Mistake {
                path: source.path.clone(),
                line: source.header + at + 1,
                text: text.to_owned(),
                usual: usual.to_owned(),
                others: most.len(),
            });
        }
    }
    found.sort_by(|one, other| (&one.path, one.line).cmp(&(&other.path, other.line)));
    found
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn blanks_and_letters_are_slips_and_versions_are_not() {
        assert!(is_slip("RUN make \\ ", "RUN make \\"));
        assert!(is_slip("RUN apt-get instal curl", "RUN apt-get install curl"));
        assert!(!is_slip("ENV VERSION 1.2.3", "ENV VERSION 1.2.4"));
        assert!(!is_slip("RUN apt-get install curl git", "RUN apt-get install curl"));
    }
}
