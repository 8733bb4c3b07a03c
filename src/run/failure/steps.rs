//! Failures of builders that count their steps: Docker's old builder, buildah, podman.

use crate::dockerfile::{Dockerfile, Instruction};

use super::{is_shown_as, squeeze};

/// What the end of a log says.
pub(super) struct Said<'l> {
    pub(super) line: u32,
    pub(super) words: Vec<&'l str>,
}

/// A step as it is announced.
struct NumberedStep<'l> {
    /// The line of the log.
    at: usize,
    /// The stage, from 1; the old builder counts through all of them.
    stage: Option<usize>,
    /// From 1.
    number: usize,
    shown: &'l str,
}

/// Reads such a log; `None` where it is none.
pub(super) fn read<'l>(lines: &[&'l str], dockerfile: &Dockerfile<'_>) -> Option<Said<'l>> {
    let steps: Vec<NumberedStep<'l>> =
        lines.iter().enumerate().filter_map(|(at, line)| NumberedStep::parse(at, line)).collect();
    let line = |step: &NumberedStep<'_>| Some((step.at, step.instruction(dockerfile)?.start_line));
    // Where stages are built at the same time, the last step need not be the one that failed. What buildah prints there is
    // squeezed and may be cut, so the step is only looked for.
    let named = lines.iter().rev().find_map(|line| line.split_once("building at STEP \"")).and_then(|(_, text)| {
        let text = squeeze(text);
        steps.iter().rev().filter(|step| text.starts_with(&format!("{}\":", squeeze(step.shown)))).find_map(line)
    });
    // A command may print what looks like a step, but then it fits no instruction.
    let (at, line) = named.or_else(|| steps.iter().rev().find_map(line))?;
    let words = lines[at + 1..].iter().copied().filter(|line| !is_noise(line));
    let mut words: Vec<&str> = words.collect();
    // The last line is told as the reason.
    words.pop();
    Some(Said { line, words })
}

impl<'l> NumberedStep<'l> {
    /// `Step 3/7 : RUN make`, `STEP 3/7: RUN make`, `[1/2] STEP 3/7: RUN make`; older buildahs leave the number out.
    fn parse(at: usize, line: &'l str) -> Option<Self> {
        if let Some(rest) = line.strip_prefix("Step ") {
            let (count, shown) = rest.split_once(" : ")?;
            return Some(Self { at, stage: None, number: first_of(count)?, shown });
        }
        let (stage, rest) = match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((count, rest)) => (first_of(count)?, rest),
            None => (1, line),
        };
        let (count, shown) = rest.strip_prefix("STEP ")?.split_once(": ")?;
        Some(Self { at, stage: Some(stage), number: first_of(count)?, shown })
    }

    fn instruction<'d, 't>(&self, dockerfile: &'d Dockerfile<'t>) -> Option<&'d Instruction<'t>> {
        let stages = dockerfile.stages();
        let range = match self.stage {
            None => 0..dockerfile.instructions.len(),
            Some(stage) => stages.get(stage.checked_sub(1)?).map(|stage| stage.instructions.clone())?,
        };
        let counted = dockerfile.instructions[range].get(self.number.checked_sub(1)?);
        let fits = |instruction: &&Instruction<'_>| is_shown_as(instruction, self.shown);
        // Stages that are not needed are not counted by all; one that is the only one of its text is it all the same.
        counted.filter(fits).or_else(|| {
            let mut fitting = dockerfile.instructions.iter().filter(fits);
            fitting.next().filter(|_| fitting.next().is_none())
        })
    }
}

/// The 3 of `3/7`.
fn first_of(count: &str) -> Option<usize> {
    let (number, total) = count.split_once('/').unwrap_or((count, count));
    total.parse::<usize>().ok()?;
    number.parse().ok()
}

/// Lines of the builder itself between those of a command.
fn is_noise(line: &str) -> bool {
    line.is_empty()
        || line.starts_with(" ---> ")
        || line.starts_with("--> ")
        || line.starts_with("subprocess exited with status ")
        || line.starts_with("# Executing ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::parse;

    #[test]
    fn what_a_command_prints_is_no_step() {
        let dockerfile = parse(b"ARG V\nFROM a\nRUN x\nRUN echo 'STEP 1/2: FROM a'\n");
        let log =
            ["Step 1/4 : ARG V", "Step 2/4 : FROM a", "Step 3/4 : RUN x", "Step 4/4 : RUN echo 'STEP 1/2: FROM a'"];
        let echoed = [&log[..], &["Step 9/9 : RUN y", "STEP 1/1: RUN nothing", "no"]].concat();
        assert_eq!(read(&echoed, &dockerfile).map(|said| said.line), Some(4));
    }

    #[test]
    fn stages_at_the_same_time() {
        let dockerfile = parse(b"FROM a AS one\nRUN slow\nFROM a AS two\nRUN quick\nFROM one\nCOPY --from=two /a /a\n");
        let log = [
            "[1/3] STEP 1/2: FROM a AS one",
            "[2/3] STEP 1/2: FROM a AS two",
            "[1/3] STEP 2/2: RUN slow",
            "[2/3] STEP 2/2: RUN quick",
            "Error: building at STEP \"RUN slow\": exit status 1",
        ];
        assert_eq!(read(&log, &dockerfile).map(|said| said.line), Some(2));
    }
}
