//! What a program printed, bounded.

use std::collections::VecDeque;

/// How many bytes of a program's last output are kept; the reason for a failure stands at the end.
const LIMIT: usize = 1 << 20;

/// What a program printed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// Announcements of steps that fell out of `last`: a step may print more than is kept.
    steps: Vec<String>,
    last: VecDeque<String>,
    bytes: usize,
}

impl Transcript {
    /// Adds a line.
    pub(crate) fn push(&mut self, line: &str) {
        self.bytes += line.len() + 1;
        self.last.push_back(line.to_owned());
        while self.bytes > LIMIT
            && let Some(line) = self.last.pop_front()
        {
            self.bytes -= line.len() + 1;
            if is_announcement(&line) {
                self.steps.push(line);
            }
        }
    }

    /// The text, as far as it is kept.
    pub fn text(&self) -> String {
        let lines: Vec<&str> = self.steps.iter().chain(&self.last).map(String::as_str).collect();
        lines.join("\n")
    }
}

fn is_announcement(line: &str) -> bool {
    let line = line.split_once("] ").filter(|(count, _)| count.starts_with('[')).map_or(line, |(_, rest)| rest);
    line.len() < 4096 && (line.starts_with("Step ") || line.starts_with("STEP "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_and_the_steps_are_kept() {
        let mut transcript = Transcript::default();
        transcript.push("[1/2] STEP 1/2: FROM a");
        for _ in 0..LIMIT / 50 {
            transcript.push(&"x".repeat(99));
        }
        transcript.push("the end");
        let text = transcript.text();
        assert!(text.starts_with("[1/2] STEP 1/2: FROM a\nxxx") && text.ends_with("x\nthe end"));
        assert!(text.len() < LIMIT + 100);
    }
}
