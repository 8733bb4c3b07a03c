//! Matrices for GitHub Actions.

use std::io::Write;

use anyhow::Result;
use indexmap::IndexMap;
use minijinja::Value;
use serde::Serialize;

use super::{ExportPlan, shown};
use crate::diagnostic::escaped;
use crate::graph::Node;
use crate::manifest::{Manifest, Selection, Target};

/// GitHub runs at most so many jobs of one matrix.
/// Source: the limits of `jobs.<job_id>.strategy.matrix` in GitHub's documentation of workflows.
const MOST: usize = 256;

#[derive(Serialize)]
struct Matrix<'a> {
    include: &'a [Job<'a>],
}

#[derive(Serialize)]
struct Job<'a> {
    id: &'a str,
    file: &'a str,
    context: &'a str,
    /// Empty for the last stage: expressions of workflows have no way to ask whether a key is there.
    target: &'a str,
    tags: String,
    /// With commas between, as builders take them.
    platforms: String,
    /// Each axis with its value. In a table of their own: an axis may be called `file`.
    point: IndexMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    vars: IndexMap<&'a str, &'a Value>,
}

/// Writes a line `levelN=…` for each level, for the file that `$GITHUB_OUTPUT` names. A level with more jobs than GitHub takes is
/// split: `levelN_2=…` and so on have the rest. Where nothing is to be built, `level0` is empty: a matrix without jobs is an error.
///
/// Gives the names of the lines that have the rest.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write(manifest: &Manifest, plan: &ExportPlan, out: &mut dyn Write) -> Result<Vec<String>> {
    let mut split = Vec::new();
    let levels = plan.levels();
    if levels.iter().all(Vec::is_empty) {
        writeln!(out, "level0=")?;
    }
    for (number, level) in levels.into_iter().enumerate() {
        let jobs: Vec<Job<'_>> = level.into_iter().filter_map(|node| job(manifest, plan, node)).collect();
        for (part, include) in jobs.chunks(MOST).enumerate() {
            let part = if part == 0 { String::new() } else { format!("_{}", part + 1) };
            writeln!(out, "level{number}{part}={}", escaped(&serde_json::to_string(&Matrix { include })?))?;
            split.extend((!part.is_empty()).then(|| format!("level{number}{part}")));
        }
    }
    Ok(split)
}

#[derive(Serialize)]
struct TextJob<'a> {
    id: &'a str,
    file: &'a str,
}

/// Writes a line `texts=…` with the texts of a selection.
pub(crate) fn write_texts(manifest: &Manifest, selection: &Selection, out: &mut dyn Write) -> Result<()> {
    let texts: Vec<Target> = manifest.text_targets(selection).flatten().map(|text| text.target).collect();
    let include: Vec<TextJob<'_>> =
        texts.iter().map(|text| TextJob { id: &text.id, file: text.output.as_str() }).collect();
    writeln!(out, "texts={}", serde_json::json!({ "include": include }))?;
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
        platforms: files.platforms.join(","),
        point: files.point.iter().map(|(axis, value)| (&**axis, &**value)).collect(),
        vars: files.vars.iter().map(|(name, value)| (name.as_str(), value)).collect(),
    })
}
