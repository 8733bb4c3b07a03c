//! Good English and good guesses for messages.

/// The beginning of a word must have this many characters to be taken for the word.
const MIN_PREFIX: usize = 3;

/// A longer word is no name that one mistypes: nothing is compared with it.
const LONGEST: usize = 100;

/// The known word nearest to `word`, where one is near enough to be meant.
///
/// Near is: another letter case; one typing error for every three characters of the longer word, so that `RUM` is near
/// to `RUN` and `FOO` is not near to `FROM`; or, where nothing is as near as that, the beginning of exactly one word.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(word, &mut known.into_iter())
}

// Not generic: compiled once, and not for each of some fifty kinds of list.
fn nearest<'a>(word: &str, known: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let length = folded.chars().count();
    if length > LONGEST {
        return None;
    }
    let mut nearest: Option<((usize, usize), &'a str)> = None;
    let mut begun: Option<&'a str> = None;
    let mut several = false;
    // A name that is there and yet the wrong one is not what was meant.
    for candidate in known.filter(|candidate| *candidate != word) {
        let other = candidate.to_lowercase();
        // Comparing takes time with the lengths of both, and one so much longer is not near.
        if other.len() > 4 * LONGEST {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&folded, &other);
        if distance <= length.max(other.chars().count()) / 3 && distance < length {
            // Of words that are equally near, one in the same letter case is nearer.
            let found = ((distance, strsim::damerau_levenshtein(word, candidate)), candidate);
            nearest = Some(nearest.map_or(found, |best| best.min(found)));
        }
        if length >= MIN_PREFIX && other.starts_with(&folded) && begun != Some(candidate) {
            several |= begun.is_some();
            begun = Some(candidate);
        }
    }
    nearest.map(|(_, candidate)| candidate).or(if several { None } else { begun })
}

/// As [`did_you_mean`], for a file's name: what stands before the ending must be near, too, for that of most files is the same.
#[must_use]
pub fn near_name<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    fn stem(name: &str) -> &str {
        name.char_indices().find(|(at, c)| *at > 0 && *c == '.').map_or(name, |(at, _)| &name[..at])
    }
    let is_near = |other: &&str| stem(other) == stem(name) || did_you_mean(stem(name), [stem(other)]).is_some();
    did_you_mean(name, known.into_iter().filter(is_near))
}

/// As [`did_you_mean`], for a word that may be right although it is not known: one that differs only in digits, or that a
/// known word continues, names another version or variant.
#[must_use]
pub fn misspelt<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let near = did_you_mean(word, known)?;
    let goes_on = near.starts_with(word) && near.len() > word.len() + 1;
    (letters(near) != letters(word) && !goes_on).then_some(near)
}

/// `` `a`, `b` or `c` ``; empty for no words.
#[must_use]
pub fn list_or<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("`{}`", one.as_ref()),
        [init @ .., last] => {
            let init: Vec<String> = init.iter().map(|word| format!("`{}`", word.as_ref())).collect();
            format!("{} or `{}`", init.join(", "), last.as_ref())
        }
    }
}

/// `1 argument`, `2 arguments`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_seen_through() {
        assert_eq!(did_you_mean("RUM", ["ARG", "RUN", "FROM"]), Some("RUN"));
        assert_eq!(did_you_mean("relase", ["python", "release"]), Some("release"));
        assert_eq!(did_you_mean("tst", ["test", "prod"]), Some("test"));
        assert_eq!(did_you_mean("nmae", ["name", "output"]), Some("name"));
        assert_eq!(did_you_mean("apt_instal", ["apk_install", "apt_install"]), Some("apt_install"));
    }

    #[test]
    fn short_words_are_not_taken_for_others() {
        assert_eq!(did_you_mean("FOO", ["FROM", "RUN", "COPY"]), None);
        assert_eq!(did_you_mean("a", ["b", "ab"]), None);
        assert_eq!(did_you_mean("ab", ["ac", "b"]), None);
        assert_eq!(did_you_mean("", ["", "a", "abc"]), None);
        assert_eq!(did_you_mean("configure", ["configure", "build"]), None);
    }

    #[test]
    fn endings_make_no_names_alike() {
        assert_eq!(near_name("gone.dockmill", ["x.dockmill", "done.dockmill"]), Some("done.dockmill"));
        assert_eq!(near_name("gone.dockmill", ["x.dockmill"]), None);
        assert_eq!(near_name("a.dockmil", ["a.dockmill"]), Some("a.dockmill"));
        assert_eq!(near_name(".dockerignor", [".dockerignore"]), Some(".dockerignore"));
    }

    #[test]
    fn letter_case_is_no_difference() {
        assert_eq!(did_you_mean("RELEASE", ["release"]), Some("release"));
        assert_eq!(did_you_mean("frm", ["FROM"]), Some("FROM"));
        assert_eq!(did_you_mean("Release", ["RELEASE", "release"]), Some("release"));
        assert_eq!(did_you_mean("X", ["x"]), Some("x"));
    }

    #[test]
    fn the_beginning_of_one_word_stands_for_it() {
        assert_eq!(did_you_mean("apt_inst", ["apk_add", "apt_install"]), Some("apt_install"));
        assert_eq!(did_you_mean("entry", ["entrypoint", "cmd"]), Some("entrypoint"));
        assert_eq!(did_you_mean("python", ["python_three", "python_three_nine"]), None);
        assert_eq!(did_you_mean("py", ["python_three"]), None);
    }
}
