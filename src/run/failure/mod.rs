//! What a builder said when it failed: which line of the Dockerfile, why, and its last words.
//!
//! Builders share no format. BuildKit prints `Dockerfile:14` with an excerpt, or the step as `[stage 3/4] RUN …`; the
//! old builder of Docker counts `Step 3/7 : RUN …`; buildah and podman `STEP 3/7: RUN …`. All read a file with the same
//! parser, whose errors say `dockerfile parse error on line 4`. The logs in `tests/cases/build/failures/logs` are of
//! real builders.

mod buildkit;
mod steps;

use std::collections::VecDeque;

use crate::dockerfile::{Dockerfile, Instruction};

use super::log_line::{clean, shorten};

/// So many of the builder's last lines are shown.
const WORDS: usize = 10;
/// A line of the log is shown up to this length.
const WIDTH: usize = 300;

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line of the Dockerfile, from 1; `None` where the builder does not tell.
    pub line: Option<u32>,
    /// The reason in the builder's own words, without the place; `exit code 7` if a command failed.
    pub reason: String,
    /// The last lines, without escape sequences.
    pub words: Vec<String>,
}

impl Failure {
    /// Reads a builder's log: standard output and standard error together, in order.
    ///
    /// ```
    /// use dockmill::run::Failure;
    /// let dockerfile = dockmill::dockerfile::parse(b"FROM debian\n# why\nRUN false\n");
    /// let log = "Step 1/2 : FROM debian\nStep 2/2 : RUN false\nThe command '/bin/sh -c false' returned a non-zero code: 1\n";
    /// let failure = Failure::read(log, &dockerfile);
    /// assert_eq!((failure.line, failure.reason.as_str()), (Some(3), "exit code 1"));
    /// ```
    pub fn read(log: &str, dockerfile: &Dockerfile<'_>) -> Self {
        let lines: Vec<String> = log.split('\n').map(clean).collect();
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        let last = lines.iter().rev().copied().find(|line| !line.is_empty()).unwrap_or_default();
        if let Some(line) = parse_error(last) {
            return Self { line: Some(line), reason: reason(last), words: Vec::new() };
        }
        if let Some(said) = buildkit::read(&lines, dockerfile) {
            return Self { line: said.line, reason: reason(said.error), words: tail(said.words.into_iter()) };
        }
        if let Some(said) = steps::read(&lines, dockerfile) {
            return Self { line: Some(said.line), reason: reason(last), words: tail(said.words.into_iter()) };
        }
        // In any other log the last line is a reason only if it begins like an error.
        let is_reason = without_prefix(last) != last;
        let words = lines.iter().copied().filter(|line| !line.is_empty() && (!is_reason || *line != last));
        Self { line: None, reason: if is_reason { reason(last) } else { String::new() }, words: tail(words) }
    }
}

/// `dockerfile parse error on line 4: unknown instruction: RUM`; older ones leave out `on`.
///
/// Only the beginning of the last line counts: a command of the build may print such text, too.
fn parse_error(last: &str) -> Option<u32> {
    let lower = without_prefix(last).to_ascii_lowercase();
    let after = lower.strip_prefix("dockerfile ").unwrap_or(&lower).strip_prefix("parse error ")?;
    let number = after.strip_prefix("on ").unwrap_or(after).strip_prefix("line ")?;
    let digits = number.len() - number.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    number[..digits].parse().ok()
}

/// The builder's last line without what repeats the instruction or says where.
fn reason(last: &str) -> String {
    let text = without_prefix(last);
    let behind = |from: &str, to: &str| Some(text.strip_prefix(from)?.rsplit_once(to)?.1);
    // BuildKit: process "/bin/sh -c …" did not complete successfully: exit code: 7
    let text = behind("process \"", "\" did not complete successfully: ")
        // The old builder: The command '/bin/sh -c …' returned a non-zero code: 7
        .or_else(|| behind("The command '", "' returned a non-zero "))
        // buildah: building at STEP "RUN …": exit status 7
        .or_else(|| behind("building at STEP \"", "\": ").filter(|rest| rest.starts_with("exit status ")))
        .or_else(|| Some(text.strip_prefix("building at STEP \"")?.split_once("\": ")?.1))
        // BuildKit: failed to compute cache key: failed to calculate checksum of ref 68d7::7fep: "/a": not found
        .or_else(|| Some(text.split_once("failed to calculate checksum of ref ")?.1.split_once(": ")?.1))
        .unwrap_or(text);
    // How the builders write an exit status.
    let code = ["exit code: ", "code: ", "exit status "].iter().find_map(|prefix| text.strip_prefix(prefix));
    code.map_or_else(|| shorten(text, WIDTH), |code| format!("exit code {code}"))
}

/// The line without what all errors begin with.
fn without_prefix(line: &str) -> &str {
    let mut text = line;
    let daemon = ["ERROR: ", "Error: ", "error: ", "Error response from daemon: "];
    for prefix in daemon.iter().chain(&buildkit::FAILED) {
        text = text.strip_prefix(prefix).map_or(text, |text| text.strip_prefix(": ").unwrap_or(text));
    }
    text
}

/// The last of the lines.
fn tail<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<String> {
    let mut last = VecDeque::with_capacity(WORDS);
    for line in lines {
        if last.len() == WORDS {
            last.pop_front();
        }
        last.push_back(line);
    }
    last.into_iter().map(|line| shorten(line, WIDTH)).collect()
}

/// Is it the instruction that a builder shows as `shown`? Builders join its lines, squeeze white space, and put the first
/// words of a heredoc behind it: `RUN <<EOF (set -e...)`.
fn is_shown_as(instruction: &Instruction<'_>, shown: &str) -> bool {
    let text = String::from_utf8_lossy(instruction.text());
    let text = squeeze(&text);
    let shown = squeeze(shown);
    text == shown
        || (!instruction.heredocs.is_empty() && shown.strip_prefix(&text).is_some_and(|rest| rest.starts_with(" (")))
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_parser() {
        // Docker 26.1.5 with BuildKit and without; moby before 2017.
        let cases = [
            ("ERROR: failed to solve: dockerfile parse error on line 3: time: invalid duration \"x\"", 3),
            ("Error response from daemon: dockerfile parse error on line 14: unknown instruction: RUM", 14),
            ("Error response from daemon: Dockerfile parse error line 4: Unknown flag: frm", 4),
            ("ERROR: parse error on line 2", 2),
        ];
        for (last, line) in cases {
            assert_eq!(Failure::read(last, &crate::dockerfile::parse(b"")).line, Some(line), "{last}");
        }
        assert_eq!(parse_error("parse error on line x"), None);
        assert_eq!(parse_error("a parse error"), None);
    }

    /// As buildx 0.14 and later end.
    #[test]
    fn what_follows_the_error_is_no_reason() {
        let log = "\
------
 > [2/2] RUN false:
------

 1 warning found (use docker --debug to expand):
 - JSONArgsRecommended: JSON arguments recommended for CMD (line 3)
Dockerfile:2
--------------------
   1 |     FROM debian
   2 | >>> RUN false
   3 |     CMD x
--------------------
ERROR: failed to solve: process \"/bin/sh -c false\" did not complete successfully: exit code: 1

View build details: docker-desktop://dashboard/build/default/default/x
";
        let dockerfile = crate::dockerfile::parse(b"FROM debian\nRUN false\nCMD x\n");
        for failed in ["failed to solve", "failed to run Build function", "failed to build: failed to solve"] {
            let failure = Failure::read(&log.replace("failed to solve", failed), &dockerfile);
            assert_eq!((failure.line, failure.reason.as_str()), (Some(2), "exit code 1"), "{failed}");
        }
    }

    #[test]
    fn reasons() {
        let cases = [
            (
                "ERROR: failed to solve: process \"/bin/sh -c x\" did not complete successfully: exit code: 7",
                "exit code 7",
            ),
            ("The command '/bin/sh -c it's' returned a non-zero code: 7", "exit code 7"),
            ("Error: building at STEP \"RUN a\": b\": exit status 7", "exit code 7"),
            ("Error: building at STEP \"COPY a b\": no such file", "no such file"),
            ("no such file", "no such file"),
            ("", ""),
        ];
        for (last, expected) in cases {
            assert_eq!(reason(last), expected, "{last}");
        }
    }
}
