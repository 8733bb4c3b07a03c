//! Matrices for GitHub Actions.

use std::io::Write;

use anyhow::{Result, bail};
use serde::Serialize;

use super::{ExportPlan, shown};
use crate::graph::Node;
use crate::manifest::Manifest;

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

/// Writes a line `levelN=…` for each level, for the file that `$GITHUB_OUTPUT` names.
///
/// # Errors
/// A level has more jobs than GitHub takes.
pub(crate) fn write(manifest: &Manifest, plan: &ExportPlan, out: &mut dyn Write) -> Result<()> {
    // Nothing is written where a level is too large.
    let mut text = Vec::new();
    for (number, level) in plan.levels().into_iter().enumerate() {
        if level.len() > MOST {
            bail!(
                "level {number} has {} images, and GitHub runs at most {MOST} jobs of a matrix; choose fewer targets",
                level.len()
            );
        }
        let include = level.into_iter().filter_map(|node| job(manifest, plan, node)).collect();
        let matrix = Matrix { include };
        writeln!(text, "level{number}={}", serde_json::to_string(&matrix)?)?;
    }
    out.write_all(&text)?;
    Ok(())
}

fn job<'p>(manifest: &Manifest, plan: &'p ExportPlan, node: &'p Node) -> Option<Job<'p>> {
    let files = plan.files.get(&node.target)?;
    Some(Job {
        id: &node.id,
        file: files.output.as_str(),
        context: shown(&files.context),
        target: node.stage.as_deref().unwrap_or_default(),
        tags: manifest.build.tags(&node.tags).join(" "),
    })
}
