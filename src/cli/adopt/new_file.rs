//! `dockmill adopt --edit` of a file that no target makes yet: it becomes an output, and what its values do not give becomes a change
//! of the template.

use anyhow::{Result, bail};
use camino::Utf8PathBuf;

use crate::adopt::edit::Edited;
use crate::adopt::{Dockerfile, Files, Overlay, near};
use crate::diagnostic::Diagnostics;
use crate::manifest::MANIFEST;
use crate::project::{Location, Opened, Session, Wanted, define};
use crate::source::Disk;

use super::super::Status;
use super::super::arguments::Which;
use super::super::render::Render;
use super::super::report::Report;
use super::Adopt;
use super::dockerfiles::Collected;
use super::edit::{chosen_meaning, reach, write};

pub(super) fn run(arguments: &Adopt, file: Dockerfile, report: &Report) -> Result<Status> {
    let location = Location::find(arguments.edited.file.as_deref())?;
    let sources = location.sources();
    let limits = match define::ceiling(&arguments.limit, &sources) {
        Ok(limits) => limits,
        Err(error) => return Ok(report.end(error, &sources)),
    };
    let mut found = Diagnostics::default();
    let near = match near(&location, &file, &limits, &sources) {
        Ok(Ok(near)) => near,
        Ok(Err(why)) => {
            bail!("`{}` cannot become an output of this project: {why}", location.seen(file.path.as_str().into()))
        }
        Err(errors) => {
            found.extend(errors);
            report.show(found, &sources, false);
            return Ok(Status::Failed);
        }
    };
    if near.is_equal {
        let collected = Collected { files: vec![file], unread: Vec::new() };
        return super::grow::run(location.root(), &collected, &limits, arguments, report);
    }
    let manifest = Utf8PathBuf::from(location.manifest.file_name().unwrap_or(MANIFEST));
    let was = Files::from([(manifest.clone(), near.old.into_bytes())]);
    let added = Files::from([(manifest, near.new.into_bytes())]);
    let files = Overlay::new(&Disk, location.root(), &added);
    // What was read before is the manifest as it is on disk.
    let sources = location.sources();
    let which = Which { file: arguments.edited.file.clone(), limit: arguments.limit.clone(), ..Which::default() };
    let Some(grown) = location.load(&which.values(), &files, &sources, &mut found) else {
        report.show(found, &sources, false);
        return Ok(Status::Failed);
    };
    let opened = Opened { manifest: &grown, sources: &sources, location: &location, files: &files };
    let settle = |session: &Session<'_>, found: &mut Diagnostics| -> Result<Status> {
        let edited = vec![Edited { path: file.path.as_str().into(), bytes: file.bytes.clone() }];
        let (meaning, lines) = match chosen_meaning(session, arguments, report, edited, &added, found)? {
            Ok(meaning) => meaning,
            Err(status) => return Ok(status),
        };
        write(session, &meaning, &was)?;
        for line in &lines {
            report.say(line);
        }
        report.say(&reach(session, &meaning));
        Ok(Status::Done)
    };
    let wanted = Wanted::named(Vec::<String>::new());
    let status = opened.run(&wanted, true, false, &report.progress(), &mut found, settle)?;
    report.show(found, &sources, false);
    match status.unwrap_or(Status::Failed) {
        Status::Done if !arguments.dry_run => super::super::render::run(&Render { which, ..Render::default() }, report),
        other => Ok(other),
    }
}
