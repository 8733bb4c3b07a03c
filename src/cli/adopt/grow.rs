//! `dockmill adopt` where there is a project: new Dockerfiles become new values of its axes.

use anyhow::Result;
use camino::Utf8Path;

use crate::adopt::grow;
use crate::diagnostic::{Diagnostics, plural};
use crate::manifest::{Ceiling, MANIFEST};
use crate::project::{Location, path};
use crate::source::again;

use super::super::Status;
use super::super::arguments::Which;
use super::super::render::Render;
use super::super::report::Report;
use super::Adopt;
use super::dockerfiles::Collected;

/// Adds files to the project in a folder.
pub(super) fn run(
    root: &Utf8Path,
    collected: &Collected,
    limits: &Ceiling,
    arguments: &Adopt,
    report: &Report,
) -> Result<Status> {
    let location = Location::find(Some(root))?;
    let sources = location.sources();
    let mut grown = match grow(&location, &collected.files, limits, &sources) {
        Ok(grown) => grown,
        Err(errors) => {
            let mut found = Diagnostics::default();
            found.extend(errors);
            report.show(found, &sources, false);
            return Ok(Status::Failed);
        }
    };
    grown.left_out.extend(collected.unread.iter().cloned());
    for (axis, value, brought) in &grown.values {
        let with = if brought.is_empty() { String::new() } else { format!(", with {}", brought.join(", ")) };
        report.say(&format!("axis {axis}: {value} is new{with}"));
    }
    for (path, why) in &grown.left_out {
        report.say(&format!("left out {path}: {why}"));
    }
    if let Some(first) = grown.misfits.first().filter(|_| !grown.has_header) {
        let go = shlex::try_join([path::seen_from(root).join(first).as_str()]).unwrap_or_default();
        report.say(&format!(
            "note: `{} {go}` looks for a change of the template that gives its lines",
            again("adopt --edit")
        ));
    }
    let (adopted, new) = (grown.adopted.len(), grown.adopted.len() + grown.left_out.len());
    let known = plural(grown.known, "Dockerfile");
    let status = if new == 0 {
        report.say(&format!("{known}: the project makes all of them already"));
        return Ok(Status::Done);
    } else {
        let message = format!(
            "{adopted} of {} equal byte for byte, beside {known} that the project makes already",
            plural(new, "new file")
        );
        if adopted == new {
            report.say(&message);
            Status::Done
        } else {
            _ = report.fail(&message);
            Status::No
        }
    };
    let Some(manifest) = grown.manifest.filter(|_| !arguments.dry_run) else { return Ok(status) };
    super::super::write::whole(&location.manifest, manifest.as_bytes())?;
    report.say(&format!("updated {}", location.seen(Utf8Path::new(MANIFEST))));
    if grown.has_header {
        let go = shlex::try_join([path::seen_from(root).as_str()]).unwrap_or_default();
        report.say(&format!("next: dockmill -C {go} render --force writes the new outputs with the project's header"));
        return Ok(status);
    }
    let which = Which { file: Some(location.manifest), limit: arguments.limit.clone(), ..Which::default() };
    Ok(match super::super::render::run(&Render { which, ..Render::default() }, report)? {
        Status::Done => status,
        other => other,
    })
}
