//! Work is bounded.

use super::{change, patch};
use std::time::{Duration, Instant};

/// Two hundred thousand lines in another order: the worst for a diff. The patch may be long, it may not take long.
#[test]
fn a_huge_change_takes_no_huge_time() {
    let text = |step: usize| {
        (0..200_003_usize).flat_map(|n| [(n * step % 200_003).to_string(), "\n".to_owned()]).collect::<String>()
    };
    let start = Instant::now();
    let patch = patch(&[change("t", Some(&text(1)), Some(&text(7919)))]);
    assert!(!patch.is_empty());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
