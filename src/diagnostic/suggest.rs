//! Good English and good guesses for messages.

/// The known word nearest to `word`, where one is near enough to be meant.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &&str| {
        let distance = strsim::damerau_levenshtein(word, candidate);
        let allowed = 1 + word.chars().count().max(candidate.chars().count()) / 4;
        (distance <= allowed && distance < word.chars().count()).then_some(distance)
    };
    let scored = known.into_iter().filter_map(|candidate| Some((near(&candidate)?, candidate)));
    scored.min().map(|(_, candidate)| candidate)
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
