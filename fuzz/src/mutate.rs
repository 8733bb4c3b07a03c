//! Changes of an input by its lines and words: more of what comes out can be read than where bytes change.

use libfuzzer_sys::fuzzer_mutate;

/// Numbers: the same seed, the same change.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 3) as usize % bound.max(1)
    }
}

/// Changes the first `size` bytes of the buffer; the new size.
pub fn mutate(data: &mut [u8], size: usize, longest: usize, seed: u32) -> usize {
    let mut random = Random(seed | 1);
    // libFuzzer's own ways: bytes, words of the dictionary, pieces of other inputs.
    if size == 0 || random.below(2) == 0 {
        return fuzzer_mutate(data, size, longest);
    }
    let mut text = data[..size].to_vec();
    for _ in 0..=random.below(3) {
        text = if random.below(3) == 0 { words(&text, &mut random) } else { lines(&text, &mut random) };
    }
    text.truncate(longest.min(data.len()));
    data[..text.len()].copy_from_slice(&text);
    text.len()
}

fn lines(text: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let (from, to) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(6) {
        0 => drop(lines.remove(from)),
        1 => lines.swap(from, to),
        2 => lines[to] = lines[from],
        3 => lines.insert(to, lines[from]),
        // Some lines, again.
        4 => {
            let end = (from + 1 + random.below(5)).min(lines.len());
            let some = lines[from..end].to_vec();
            lines.splice(to..to, some);
        }
        // Two lines become one.
        _ => lines[from] = lines[from].strip_suffix(b"\n").unwrap_or(lines[from]),
    }
    lines.concat()
}

/// Puts a word in the place of another, before it, or nowhere.
fn words(text: &[u8], random: &mut Random) -> Vec<u8> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut pieces: Vec<&[u8]> = text.chunk_by(|one, other| is_word(one) && is_word(other)).collect();
    if pieces.is_empty() {
        return Vec::new();
    }
    let (from, to) = (random.below(pieces.len()), random.below(pieces.len()));
    match random.below(4) {
        0 => drop(pieces.remove(from)),
        1 => pieces.insert(to, pieces[from]),
        2 => pieces.swap(from, to),
        _ => pieces[to] = pieces[from],
    }
    pieces.concat()
}
