//! Failures as BuildKit tells them: an excerpt of the Dockerfile, or else the step.

use crate::dockerfile::{Dockerfile, ImageName, Instruction, Keyword, Stage, Target};

use super::is_shown_as;

/// What the end of a log says about the failure.
pub(super) struct Said<'l> {
    pub(super) line: Option<u32>,
    /// The line that says why. Newer ones say behind it where to read more.
    pub(super) error: &'l str,
    pub(super) words: Vec<&'l str>,
}

/// How errors of BuildKit begin behind `ERROR: `: newer clients put one before the other, and which of the last two it is
/// may depend on what the client hears of first.
pub(super) const FAILED: [&str; 3] = ["failed to build", "failed to run Build function", "failed to solve"];

/// Reads a log of BuildKit; `None` where it is none.
pub(super) fn read<'l>(lines: &[&'l str], dockerfile: &Dockerfile<'_>) -> Option<Said<'l>> {
    let is_error = |line: &&str| {
        let head = line.get(..7).filter(|head| head.eq_ignore_ascii_case("error: "));
        head.is_some() && FAILED.iter().any(|failed| line[7..].starts_with(failed))
    };
    let end = lines.iter().rposition(is_error)?;
    let (error, lines) = (lines[end], &lines[..end]);
    let step = ProgressStep::last(lines);
    let words = step.as_ref().map(|step| step.words(lines)).unwrap_or_default();
    let excerpt = excerpt(lines).filter(|line| is_instruction(dockerfile, *line));
    let line = excerpt.or_else(|| step.and_then(|step| step.line(dockerfile)));
    Some(Said { line, error, words })
}

/// A trigger of the base image is said to stand on line 1.
fn is_instruction(dockerfile: &Dockerfile<'_>, line: u32) -> bool {
    dockerfile.instructions.iter().any(|instruction| (instruction.start_line..=instruction.end_line).contains(&line))
}

/// The first line that an excerpt marks:
/// ```text
/// Dockerfile:8
/// --------------------
///    7 |     # a comment
///    8 | >>> RUN echo fine \
///    9 | >>>     && false
/// --------------------
/// ```
fn excerpt(lines: &[&str]) -> Option<u32> {
    let is_rule = |line: &str| line.len() == 20 && line.bytes().all(|byte| byte == b'-');
    let end = lines.iter().rposition(|line| is_rule(line))?;
    let start = lines[..end].iter().rposition(|line| is_rule(line))?;
    let marked = lines[start + 1..end].iter().find_map(|line| {
        let (number, text) = line.split_once(" | ")?;
        text.starts_with(">>>").then(|| number.trim().parse().ok())?
    });
    marked.or_else(|| lines[start.checked_sub(1)?].rsplit_once(':')?.1.parse().ok())
}

/// A step as it is shown above the excerpt:
/// ```text
/// ------
///  > [build 2/3] RUN make:
/// 0.118 make: *** No targets specified
/// ------
/// ```
struct ProgressStep<'l> {
    /// The line of the log.
    at: usize,
    /// `build`, `stage-1`; none in a file of one stage.
    stage: Option<&'l str>,
    /// Which of the stage's steps, from 1.
    number: Option<usize>,
    /// The instruction, on one line.
    shown: &'l str,
}

impl<'l> ProgressStep<'l> {
    fn last(lines: &[&'l str]) -> Option<Self> {
        let at = lines.iter().rposition(|line| line.starts_with(" > ["))?;
        let (place, shown) = lines[at].strip_prefix(" > [")?.split_once("] ")?;
        let shown = shown.strip_suffix(':').unwrap_or(shown);
        let (stage, count) = match place.rsplit_once(' ') {
            Some((stage, count)) => (Some(stage), count),
            None => (None, place),
        };
        let number = count.split_once('/').and_then(|(number, _)| number.parse().ok());
        Some(Self { at, stage, number, shown })
    }

    fn words(&self, lines: &[&'l str]) -> Vec<&'l str> {
        let words = lines[self.at + 1..].iter().take_while(|line| !line.starts_with("------"));
        words.map(|line| without_time(line)).collect()
    }

    fn line(&self, dockerfile: &Dockerfile<'_>) -> Option<u32> {
        if let Some(image) = self.shown.strip_prefix("load metadata for ") {
            return base(dockerfile, image);
        }
        let stages = dockerfile.stages();
        let stage = match self.stage {
            None => stages.last(),
            Some(name) => {
                stages.iter().enumerate().find_map(|(index, stage)| is_named(stage, index, name).then_some(stage))
            }
        }?;
        let instructions = &dockerfile.instructions[stage.instructions.clone()];
        let fits = |instruction: &&Instruction<'_>| is_shown_as(instruction, self.shown);
        let counted = || instructions.iter().filter(|instruction| makes_a_step(instruction.keyword));
        let numbered = self.number.and_then(|number| counted().nth(number.checked_sub(1)?)).filter(fits);
        // A trigger of the base image is in no line, but its base is.
        let found = numbered.or_else(|| instructions.iter().find(fits)).or_else(|| instructions.first());
        found.map(|instruction| instruction.start_line)
    }
}

/// A stage without a name is `stage-1`, counted from 0.
fn is_named(stage: &Stage<'_>, index: usize, name: &str) -> bool {
    match &stage.name {
        Some(own) => own.eq_ignore_ascii_case(name),
        None => name.strip_prefix("stage-").is_some_and(|number| number.parse() == Ok(index)),
    }
}

fn makes_a_step(keyword: Option<Keyword>) -> bool {
    matches!(keyword, Some(Keyword::From | Keyword::Run | Keyword::Copy | Keyword::Add | Keyword::Workdir))
}

/// The line that names an image.
fn base(dockerfile: &Dockerfile<'_>, image: &str) -> Option<u32> {
    let wanted = ImageName::parse_tag(image).ok()?.normal();
    let found = dockerfile.outline().references.into_iter().find(|reference| match &reference.target {
        Target::Image(name) => ImageName::parse_tag(name).is_ok_and(|name| name.normal() == wanted),
        _ => false,
    });
    found.map(|reference| reference.place.line)
}

/// Output of a step stands behind the seconds since its start: `0.118 hello`.
fn without_time(line: &str) -> &str {
    match line.split_once(' ') {
        Some((time, text)) if time.split_once('.').is_some_and(|(whole, part)| is_number(whole) && is_number(part)) => {
            text
        }
        _ => line,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::dockerfile::parse;

    /// Frontends before 1.5, and programs that print progress only, show no excerpt.
    #[test]
    fn without_an_excerpt_the_step_tells() {
        let text = "FROM a AS one\nRUN x\nENV a=b\nRUN x\nFROM b:1\nWORKDIR /\nRUN x \\\n  y\nRUN <<E\nset -e\nE\n";
        let dockerfile = parse(text.as_bytes());
        let cases = [
            ("[one 2/3] RUN x", Some(2)),
            ("[one 3/3] RUN x", Some(4)),
            ("[stage-1 3/4] RUN x     y", Some(7)),
            ("[stage-1 4/4] RUN <<E (set -e)", Some(9)),
            ("[stage-1 2/4] RUN trigger", Some(5)),
            ("[internal] load metadata for docker.io/library/b:1", Some(5)),
            ("[elsewhere 1/1] RUN x", None),
        ];
        for (step, line) in cases {
            let log = format!("#5 ERROR: no\n------\n > {step}:\n0.1 last words\n------\nERROR: failed to solve: no");
            let lines: Vec<&str> = log.lines().collect();
            let said = read(&lines, &dockerfile).unwrap();
            assert_eq!((said.line, said.words), (line, vec!["last words"]), "{step}");
        }
    }
}
