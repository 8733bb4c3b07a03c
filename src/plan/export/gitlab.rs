//! A child pipeline for GitLab CI.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{ExportPlan, shown};
use crate::diagnostic::escaped;
use crate::graph::Node;
use crate::manifest::Manifest;

/// How the file begins.
pub(crate) const MARK: &str = "# Written by dockmill export gitlab";

/// A job may name so many others that it waits for.
/// Source: "needs" in GitLab's "CI/CD YAML syntax reference".
const MOST_NEEDS: usize = 50;

/// The longest name of a job.
/// Source: "Job names" in GitLab's documentation of jobs.
const LONGEST_NAME: usize = 255;

/// What runs where nothing is to be built: a pipeline without jobs is an error.
const NOTHING: &str = "nothing to build";

/// Writes the pipeline, in YAML: a job for each target and stage. A job waits for those that it needs; where these are more than
/// GitLab takes, for all stages before its own, which are the levels of the graph. `values` are the arguments that the project is
/// read with.
///
/// # Errors
/// An id is longer than GitLab takes.
pub(crate) fn write(manifest: &Manifest, plan: &ExportPlan, values: &[String], out: &mut dyn Write) -> Result<()> {
    let levels = plan.levels();
    let jobs: HashSet<&str> = levels.iter().flatten().map(|node| &*node.id).collect();
    let mut text = Vec::new();
    writeln!(text, "{MARK}: what stands in a file that is included later takes the place of what is here.")?;
    let count = levels.len().max(1);
    let stages: Vec<String> = (0..count).map(|level| format!("level{level}")).collect();
    entry(&mut text, "stages", &json!(stages))?;
    let build = ["dockmill", "build", "--no-deps", "--push"].into_iter().chain(values.iter().map(String::as_str));
    let script = format!("{} \"$DOCKMILL_ID\"", shlex::try_join(build)?);
    entry(&mut text, ".dockmill", &json!({ "script": [script] }))?;
    if jobs.is_empty() {
        entry(&mut text, NOTHING, &json!({ "stage": "level0", "script": [format!("echo {NOTHING}")] }))?;
    }
    for (level, nodes) in levels.iter().enumerate() {
        for node in nodes {
            let Some(variables) = variables(manifest, plan, node) else { continue };
            let mut job = json!({ "extends": ".dockmill", "stage": format!("level{level}"), "variables": variables });
            let needs = node.needs.iter().filter(|edge| !edge.pinned && jobs.contains(&*edge.on));
            let mut needs: Vec<String> = needs.map(|edge| name(&edge.on)).collect();
            needs.sort_unstable();
            needs.dedup();
            if needs.len() <= MOST_NEEDS {
                job["needs"] = json!(needs);
            }
            let name = name(&node.id);
            if name.chars().count() > LONGEST_NAME {
                bail!(
                    "`{}` is too long for GitLab, whose names of jobs have {LONGEST_NAME} characters at most",
                    node.id
                );
            }
            entry(&mut text, &name, &job)?;
        }
    }
    out.write_all(escaped(&String::from_utf8_lossy(&text)).as_bytes())?;
    Ok(())
}

/// A job's name. What precedes the id keeps it from being one of GitLab's keywords, such as `cache`.
fn name(id: &str) -> String {
    format!("build {id}")
}

/// What a job's script can use. GitLab would expand a dollar.
fn variables(manifest: &Manifest, plan: &ExportPlan, node: &Node) -> Option<BTreeMap<String, String>> {
    let files = plan.files.get(&node.target)?;
    let mut variables = BTreeMap::from([
        ("DOCKMILL_ID".to_owned(), node.id.to_string()),
        ("DOCKMILL_FILE".to_owned(), files.output.to_string()),
        ("DOCKMILL_CONTEXT".to_owned(), shown(&files.context).to_owned()),
        ("DOCKMILL_TARGET".to_owned(), node.stage.as_deref().unwrap_or_default().to_owned()),
        ("DOCKMILL_TAGS".to_owned(), manifest.build.tags(&node.tags).join(" ")),
        ("DOCKMILL_PLATFORMS".to_owned(), files.platforms.join(",")),
    ]);
    variables.extend(files.point.iter().map(|(axis, value)| (format!("DOCKMILL_POINT_{axis}"), value.to_string())));
    variables.extend(files.vars.iter().map(|(name, value)| {
        let text = if value.is_none() { String::new() } else { value.to_string() };
        (format!("DOCKMILL_VARS_{name}"), text)
    }));
    for value in variables.values_mut() {
        *value = value.replace('$', "$$");
    }
    Some(variables)
}

/// A key of the file with its value. JSON is YAML, too, so what needs quotes has them.
fn entry(text: &mut Vec<u8>, key: &str, value: &Value) -> Result<()> {
    writeln!(text)?;
    match value {
        Value::Object(members) => {
            writeln!(text, "{}:", Value::from(key))?;
            for (name, value) in members {
                match value {
                    Value::Object(inner) => {
                        writeln!(text, "  {name}:")?;
                        for (name, value) in inner {
                            writeln!(text, "    {name}: {value}")?;
                        }
                    }
                    value => writeln!(text, "  {name}: {value}")?,
                }
            }
        }
        value => writeln!(text, "{key}: {value}")?,
    }
    Ok(())
}
