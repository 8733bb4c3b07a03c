//! The numbers of causes, for people.

/// Numbers in order: `3, 7–12`; of very many ranges the first.
pub(super) fn ranges(numbers: &[usize]) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let shown = runs.iter().take(20).map(
        |(first, last)| {
            if first == last { first.to_string() } else { format!("{first}–{last}") }
        },
    );
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if runs.len() > 20 {
        text.push_str(", …");
    }
    text
}
