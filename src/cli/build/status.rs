//! What a run came to, with times.

use std::fmt::Write;
use std::time::Duration;

use crate::run::{BuildStep, Outcome, Ran};

use super::super::report::Report;

/// Says of every step what became of it.
pub(super) fn summarize(report: &Report, steps: &[BuildStep], ran: &Ran) {
    let mut text = String::new();
    let mut counts: [(usize, &str); 4] = [(0, "done"), (0, "failed"), (0, "stopped"), (0, "not begun")];
    for (step, outcome) in steps.iter().zip(&ran.outcomes) {
        let (count, word, time, why) = match outcome {
            Outcome::Done(time) => (0, step.kind.done(), Some(*time), String::new()),
            Outcome::Failed { time, .. } => (1, "failed", Some(*time), String::new()),
            Outcome::NotStarted(_) => (1, "failed", None, String::new()),
            Outcome::Stopped(time) => (2, "stopped", Some(*time), String::new()),
            Outcome::NotRun(None) => (3, "not begun", None, String::new()),
            Outcome::NotRun(Some(cause)) => (3, "not begun", None, format!(" (needs {})", steps[*cause].name)),
        };
        counts[count].0 += 1;
        let time = time.map_or(String::new(), seconds);
        // Writing into a string does not fail.
        let _ = writeln!(text, "{word:<9} {time:>8}  {}{why}", step.name);
    }
    let counted = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() {
        text.push_str("there is nothing to build");
    } else {
        let _ = write!(text, "{}, in {}", counted.join(", "), seconds(ran.time));
    }
    report.say(&text);
}

/// `0.4 s`, `12.3 s`, `2:05 min`.
pub(super) fn seconds(time: Duration) -> String {
    let tenths = time.as_millis() / 100;
    if tenths < 600 {
        return format!("{}.{} s", tenths / 10, tenths % 10);
    }
    let seconds = time.as_secs();
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}
