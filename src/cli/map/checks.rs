//! What `docker build --check` prints: a warning of several lines, its place behind it, and the lines of the Dockerfile there.

use super::finding::{Finding, Level};

/// Lines of which one message is put together.
#[derive(Debug, Default)]
pub(super) struct Checks {
    held: Vec<String>,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// None has begun.
    #[default]
    Between,
    /// What is wrong is told.
    Message,
    /// The place was told, and the lines there may follow.
    Placed(Finding),
    /// Lines of the Dockerfile.
    Excerpt(Finding),
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Part of a message that goes on.
    Held,
    /// The last line of a message.
    Last(Finding),
    /// No part of a message; what was held before it is none either.
    Other(Vec<String>),
    /// No part of a message; one ended before it.
    Behind(Finding),
}

/// A message has few lines, and shows few lines of the file.
const MOST: usize = 40;

impl Checks {
    /// Takes a line, without its line break.
    pub(super) fn take(&mut self, line: &str) -> Line {
        let line = line.trim_end();
        match std::mem::take(&mut self.state) {
            State::Between => self.begin(line, Vec::new()),
            State::Message if line.is_empty() || self.held.len() >= MOST => {
                let held = std::mem::take(&mut self.held);
                self.begin(line, held)
            }
            State::Message => {
                self.state = match place(line).filter(|_| self.held.len() > 1) {
                    Some((file, line)) => State::Placed(self.finding(file, line)),
                    None => State::Message,
                };
                self.held.push(line.to_owned());
                Line::Held
            }
            State::Placed(finding) if is_rule(line) => {
                self.state = State::Excerpt(finding);
                Line::Held
            }
            State::Excerpt(finding) if !is_rule(line) && is_shown(line) => {
                self.state = State::Excerpt(finding);
                Line::Held
            }
            State::Excerpt(finding) if is_rule(line) => {
                self.held.clear();
                Line::Last(finding)
            }
            State::Placed(finding) | State::Excerpt(finding) => {
                self.held.clear();
                Line::Behind(finding)
            }
        }
    }

    /// What is left at the end.
    pub(super) fn end(self) -> (Vec<String>, Option<Finding>) {
        match self.state {
            State::Placed(finding) | State::Excerpt(finding) => (Vec::new(), Some(finding)),
            State::Between | State::Message => (self.held, None),
        }
    }

    fn begin(&mut self, line: &str, before: Vec<String>) -> Line {
        if head(line).is_none() {
            return Line::Other(before);
        }
        self.state = State::Message;
        self.held.push(line.to_owned());
        if before.is_empty() { Line::Held } else { Line::Other(before) }
    }

    fn finding(&self, file: &str, line: u32) -> Finding {
        let (level, rule, page) = self.held.first().and_then(|first| head(first)).unwrap_or((Level::Warning, "", None));
        let told = self.held[1..].iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        let message = page.map_or_else(|| told.clone(), |page| format!("{told} ({page})"));
        Finding { file: Some(file.into()), line, rule: rule.to_owned(), level, message }
    }
}

/// `WARNING: StageNameCasing - https://…`: how bad it is, the rule and its page.
fn head(line: &str) -> Option<(Level, &str, Option<&str>)> {
    let (level, rest) = line.split_once(": ")?;
    let level = match level {
        "WARNING" => Level::Warning,
        "ERROR" => Level::Error,
        _ => return None,
    };
    let (rule, page) = rest.split_once(" - ").map_or((rest, None), |(rule, page)| (rule, Some(page)));
    let is_rule = rule.len() > 3 && rule.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_rule.then_some((level, rule, page))
}

/// `Dockerfile:3`, alone on its line.
fn place(line: &str) -> Option<(&str, u32)> {
    let (file, number) = line.rsplit_once(':')?;
    let is_file = !file.is_empty() && !file.contains(char::is_whitespace);
    Some((file, number.parse().ok().filter(|number| is_file && *number > 0)?))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 10 && line.bytes().all(|byte| byte == b'-')
}

/// `   3 | >>> RUN x`
fn is_shown(line: &str) -> bool {
    line.trim_start().split_once(" |").is_some_and(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_several_lines_is_one() {
        let text = "WARNING: StageNameCasing - https://docs.example/x\nStage name 'A' should be\nlowercase\nDockerfile:2\n\
                    --------------------\n   1 |     # x\n   2 | >>> FROM a AS A\n--------------------\n\nend";
        let mut checks = Checks::default();
        let lines: Vec<Line> = text.lines().map(|line| checks.take(line)).collect();
        let message = "Stage name 'A' should be lowercase (https://docs.example/x)".to_owned();
        let rule = "StageNameCasing".to_owned();
        let finding = Finding { file: Some("Dockerfile".into()), line: 2, rule, level: Level::Warning, message };
        assert!(lines[..7].iter().all(|line| *line == Line::Held), "{lines:?}");
        assert_eq!(lines[7], Line::Last(finding));
        assert_eq!(lines[8..], [Line::Other(Vec::new()), Line::Other(Vec::new())]);
    }

    #[test]
    fn what_is_none_is_passed_on() {
        let mut checks = Checks::default();
        assert_eq!(checks.take("WARNING: buildx is old"), Line::Other(Vec::new()));
        assert_eq!(checks.take("WARNING: StageNameCasing"), Line::Held);
        assert_eq!(checks.take("and so on"), Line::Held);
        assert_eq!(checks.take(""), Line::Other(vec!["WARNING: StageNameCasing".into(), "and so on".into()]));
        assert_eq!(checks.end(), (Vec::new(), None));
    }
}
