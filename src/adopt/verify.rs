//! What a project renders, in memory: nothing is believed that was not compared.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::dockerfile::RULES;
use crate::manifest::{Ceiling, MANIFEST, Manifest, Request, Selection, Target};
use crate::project::{Location, Opened, Wanted};
use crate::render::{self, into_output_file};
use crate::source::{FileSystem, Memory, SourceMap};

/// Where the files are while they are compared.
const PROJECT: &str = "/project";

/// What a project gives.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    /// The bytes of each output; `Err`: what is wrong with it.
    pub(super) outputs: BTreeMap<Utf8PathBuf, Result<Vec<u8>, String>>,
    /// BuildKit's checks that outputs do not pass, and other kinds of warnings.
    pub(super) checks: BTreeSet<String>,
    pub(super) has_blank_lines: bool,
    /// What is said beside that.
    pub(super) warnings: Vec<Diagnostic>,
    /// The steps that it took.
    pub(super) spent: u64,
}

/// What a file is compared with that is to become an output: it bears a header of the project's own, but not dockmill's.
pub(crate) fn bytes(manifest: &Manifest, target: &Target, rendered: render::Rendered) -> Vec<u8> {
    if manifest.header { rendered.text.bytes } else { into_output_file(manifest, target, rendered).bytes }
}

/// Renders all targets, in so many steps and within these limits. `Err`: what is wrong with the project as a whole.
pub(super) fn render(
    files: &BTreeMap<Utf8PathBuf, Vec<u8>>,
    limits: &Ceiling,
    work: u64,
) -> Result<Rendered, Vec<Diagnostic>> {
    let root = Utf8Path::new(PROJECT);
    let memory =
        files.iter().fold(Memory::default(), |memory, (path, bytes)| memory.with(root.join(path), bytes.clone()));
    let location =
        Location { manifest: root.join(MANIFEST), prefix: Utf8PathBuf::new(), seen_from: Utf8PathBuf::new() };
    let mut limits = limits.clone();
    if let Some(Err(most)) = limits.set("work", work.max(1)) {
        let _ = limits.set("work", most);
    }
    rendered(&location, &memory, None, &SourceMap::default(), &limits)
}

/// Renders the targets of these outputs, or all, within these limits. `Err`: what is wrong with the project as a whole.
pub(super) fn rendered(
    location: &Location,
    files: &dyn FileSystem,
    only: Option<&BTreeSet<Utf8PathBuf>>,
    sources: &SourceMap,
    limits: &Ceiling,
) -> Result<Rendered, Vec<Diagnostic>> {
    let mut found = Diagnostics::default();
    let request = Request { ceiling: Some(limits), ..Request::default() };
    let manifest = Manifest::load(sources, files, &location.manifest, &request, &mut found);
    let Some(manifest) = manifest.filter(|_| found.errors() == 0) else { return Err(found.into_vec()) };
    let opened = Opened { manifest: &manifest, sources, location, files };
    let mut made: BTreeMap<Utf8PathBuf, Vec<u8>> = BTreeMap::new();
    let is_wanted = |target: &Target| only.is_none_or(|only| only.contains(&target.output));
    let targets: Vec<Target> = manifest.targets(&Selection::all()).flatten().filter(is_wanted).collect();
    let ids = only.map(|_| targets.iter().map(|target| target.id.clone()).collect::<Vec<_>>());
    if ids.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Rendered::default());
    }
    let wanted = Wanted::named(ids.unwrap_or_default());
    let mut spent = 0;
    let done = opened.run(&wanted, false, true, &(), &mut found, |session, found| {
        session.each_owned(
            found,
            |target, rendered| bytes(&manifest, target, rendered),
            |one, _| made.extend(one.map(|(target, bytes)| (target.output, bytes))),
        );
        session.unused(found);
        spent = session.renderer.spent();
        Ok(())
    });
    if !matches!(done, Ok(Some(()))) {
        return Err(found.into_vec());
    }
    let mut rendered = Rendered { spent, ..Rendered::default() };
    let mut errors: BTreeMap<String, String> = BTreeMap::new();
    let mut general = Vec::new();
    for diagnostic in found.into_vec() {
        if diagnostic.is_error() {
            for target in diagnostic.targets.iter() {
                errors.entry(target.clone()).or_insert_with(|| diagnostic.message.clone());
            }
            if diagnostic.targets.is_empty() {
                general.push(diagnostic);
            }
        } else if diagnostic.code == Code::BlankLines {
            rendered.has_blank_lines = true;
        } else if RULES.iter().any(|rule| rule.code == diagnostic.code) {
            rendered.checks.insert(diagnostic.code.to_string());
        } else {
            rendered.warnings.push(diagnostic);
        }
    }
    if !general.is_empty() {
        return Err(general);
    }
    for target in targets {
        let bytes = made.remove(&target.output);
        let failed = || errors.get(&target.id).cloned().unwrap_or_else(|| "it is not rendered".to_owned());
        rendered.outputs.insert(target.output, bytes.ok_or_else(failed));
    }
    Ok(rendered)
}
