//! Matrices for GitHub Actions.

use std::fmt::Write;

use anyhow::{Result, bail};
use serde::Serialize;

use crate::project::Session;

use super::{Plan, shown};

/// GitHub runs at most so many jobs of one matrix.
/// Source: the limits of `jobs.<job_id>.strategy.matrix` in GitHub's documentation of workflows.
const MOST: usize = 256;

#[derive(Serialize)]
struct Matrix<'a> {
    include: Vec<Job<'a>>,
}

#[derive(Serialize)]
struct Job<'a> {
    id: &'a str,
    file: &'a str,
    context: &'a str,
    /// Empty for the last stage: expressions of workflows have no way to ask whether a key is there.
    target: &'a str,
    tags: String,
}

/// A line `levelN=…` for each level, for the file that `$GITHUB_OUTPUT` names.
///
/// # Errors
/// A level has more jobs than GitHub takes.
pub(super) fn text(session: &Session<'_>, plan: &Plan) -> Result<String> {
    let mut text = String::new();
    for (number, level) in plan.levels().into_iter().enumerate() {
        if level.len() > MOST {
            bail!(
                "level {number} has {} images, and GitHub runs at most {MOST} jobs of a matrix; choose fewer targets",
                level.len()
            );
        }
        let job = |node| {
            let target = plan.target(node)?;
            Some(Job {
                id: &node.id,
                file: target.output.as_str(),
                context: shown(&target.context),
                target: node.stage.as_deref().unwrap_or_default(),
                tags: session.project.build.tags(&node.tags).join(" "),
            })
        };
        let matrix = Matrix { include: level.into_iter().filter_map(job).collect() };
        writeln!(text, "level{number}={}", serde_json::to_string(&matrix)?)?;
    }
    Ok(text)
}
