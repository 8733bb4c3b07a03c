//! Good English and good guesses for messages.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The beginning of a word must have this many characters to be taken for the word.
const MIN_PREFIX: usize = 3;

/// A word of so many letters, two of which are turned round, is mistyped.
const MIN_TURNED: usize = 4;

/// A shorter word with another letter is another word: `apk` and `apt`, `mssql` and `mysql`.
const MIN_TYPED: usize = 6;

/// A longer word is no name that one mistypes: nothing is compared with it.
const LONGEST: usize = 100;

/// What all guesses of a run take together, in looks at a word: very many names may be misspelt, each among very many others.
/// It is half a second. Whatever says that a name is unknown guesses, so it is counted for the whole program.
const MOST: usize = 10_000_000;

/// Letters that are compared in the time of a look at a word.
const COMPARED: usize = 4;

/// Looks at a word that take as long as to list a name of a folder.
const LISTED: usize = 16;

static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// A run begins: it may guess anew.
pub(crate) fn guess_anew() {
    TAKEN.store(0, Ordering::Relaxed);
}

/// Is there not so much to guess that nothing more is?
pub(crate) fn may_guess() -> bool {
    TAKEN.load(Ordering::Relaxed) <= MOST
}

/// A folder of so many names is listed for a guess, which takes longer than to look at them.
pub(crate) fn listed_for_guess(names: usize) {
    TAKEN.fetch_add(LISTED * names, Ordering::Relaxed);
}

/// The known word nearest to `word`, where one is near enough to be meant.
///
/// Near is: another letter case; one typing error for every three characters of the longer word, so that `RUM` is near
/// to `RUN` and `FOO` is not near to `FROM`; or, where nothing is as near as that, the beginning of exactly one word.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(word, &mut known.into_iter())
}

/// A word in lower case, with what tells most words apart before they are compared.
struct Folded<'w> {
    text: Cow<'w, str>,
    length: usize,
    /// Which letters it has, as far as so many bits tell.
    letters: u64,
}

impl<'w> Folded<'w> {
    fn of(word: &'w str) -> Self {
        let is_folded = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let text = if is_folded { Cow::Borrowed(word) } else { Cow::Owned(word.to_lowercase()) };
        let (mut length, mut letters) = (0, 0);
        for letter in text.chars() {
            length += 1;
            letters |= 1 << (u32::from(letter) % u64::BITS);
        }
        Self { text, length, letters }
    }

    /// Typing errors that lie between the two at least: each makes the word longer or shorter by one letter at most, and takes
    /// at most one letter away or brings one.
    fn at_least(&self, other: &Self) -> usize {
        let lost = (self.letters & !other.letters).count_ones();
        let new = (other.letters & !self.letters).count_ones();
        self.length.abs_diff(other.length).max(lost.max(new) as usize)
    }
}

// Not generic: compiled once, and not for each of some fifty kinds of list.
fn nearest<'a>(word: &str, known: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 4 * LONGEST || !may_guess() {
        return None;
    }
    let mut taken = 1;
    let folded = Folded::of(word);
    let length = folded.length;
    if length > LONGEST {
        return None;
    }
    let mut nearest: Option<((usize, usize), &'a str)> = None;
    let mut begun: Option<&'a str> = None;
    let mut several = false;
    // A name that is there and yet the wrong one is not what was meant.
    for candidate in known.filter(|candidate| *candidate != word) {
        taken += 1;
        // One so much longer is not near.
        if candidate.len() > 4 * LONGEST {
            continue;
        }
        let other = Folded::of(candidate);
        if length >= MIN_PREFIX && other.text.starts_with(&*folded.text) && begun != Some(candidate) {
            several |= begun.is_some();
            begun = Some(candidate);
        }
        let near = length.max(other.length) / 3;
        let most = near.min(length.saturating_sub(1)).min(nearest.map_or(usize::MAX, |((distance, _), _)| distance));
        // To compare two takes much longer than to see this.
        if folded.at_least(&other) > most {
            continue;
        }
        taken += length * other.length / COMPARED;
        let distance = strsim::damerau_levenshtein(&folded.text, &other.text);
        if distance <= most {
            // Of words that are equally near, one in the same letter case is nearer.
            let found = ((distance, strsim::damerau_levenshtein(word, candidate)), candidate);
            nearest = Some(nearest.map_or(found, |best| best.min(found)));
        }
    }
    TAKEN.fetch_add(taken, Ordering::Relaxed);
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

/// As [`misspelt`], for a word that may well be another value of its kind: only what hardly anyone means is a typing error.
#[must_use]
pub fn mistyped<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let near = misspelt(word, known)?;
    let length = word.chars().count().max(near.chars().count());
    let is_turned = length >= MIN_TURNED && letters(word) == letters(near);
    let distance = strsim::damerau_levenshtein(word, near);
    (distance == 1 && (is_turned || length >= MIN_TYPED)).then_some(near)
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

/// `` `a`, `b`, `c` ``; of a long list, the beginning.
pub(crate) fn quoted<W: IntoIterator<IntoIter: ExactSizeIterator, Item: AsRef<str>>>(words: W) -> String {
    const SHOWN: usize = 24;
    let words = words.into_iter();
    let count = words.len();
    let mut shown: Vec<String> = words.take(SHOWN).map(|word| format!("`{}`", word.as_ref())).collect();
    if count > SHOWN {
        shown.push(format!("and {} more", count - SHOWN));
    }
    shown.join(", ")
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
    fn other_values_are_not_mistyped() {
        assert_eq!(mistyped("stabel", ["oldstable", "stable"]), Some("stable"));
        assert_eq!(mistyped("libsll3", ["libssl3", "openssl"]), Some("libssl3"));
        assert_eq!(mistyped("trixe", ["trixie"]), Some("trixie"));
        for (word, known) in
            [("oldstable", "stable"), ("unstable", "stable"), ("apk", "apt"), ("mssql", "mysql"), ("amd46", "amd64")]
        {
            assert_eq!(mistyped(word, [known]), None, "{word}");
        }
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
