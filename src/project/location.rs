//! Finding and reading the project that a command works on.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostics, list_or, plural};
use crate::manifest::{Ceiling, MANIFEST, Manifest, Request};
use crate::source::{Disk, FileKind, FileOrigin, FileSystem, SourceMap, Span, in_folder, way};

use super::{Dockerfiles, define, path};

/// Where the project is.
pub(crate) struct Location {
    /// The manifest, absolute.
    pub(crate) manifest: Utf8PathBuf,
    /// The way from the current folder to the project's, for commands that are run: empty, `sub` or `../..`.
    pub(crate) prefix: Utf8PathBuf,
    /// The way from where the user stands, which `-C` does not change, for names in messages: what a click on the terminal
    /// opens. In GitHub Actions the way from the root of the repository, as annotations want it.
    pub(crate) seen_from: Utf8PathBuf,
}

impl Location {
    /// The manifest that is `given`, or the nearest one in this folder and those above it, as git and cargo look.
    pub(crate) fn find(given: Option<&Utf8Path>) -> Result<Self> {
        let here = path::current_dir()?;
        let manifest = match given {
            Some(given) => {
                let given = if Disk.is_dir(given) { given.join(MANIFEST) } else { given.to_owned() };
                let folder = given.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
                path::folder(folder)?.join(given.file_name().unwrap_or(MANIFEST))
            }
            None => match here.ancestors().map(|folder| folder.join(MANIFEST)).find(|file| Disk.is_file(file)) {
                Some(found) => found,
                None => bail!("there is no `{MANIFEST}` here or in a folder above; {}", instead(&here)),
            },
        };
        let root = manifest.parent().unwrap_or(&manifest);
        let workspace = workspace().filter(|workspace| root.starts_with(workspace));
        let stands = workspace.or_else(path::start_dir).unwrap_or_else(|| here.clone());
        Ok(Self { prefix: way(&here, root), seen_from: way(&stands, root), manifest })
    }

    /// The project's folder.
    pub(crate) fn root(&self) -> &Utf8Path {
        self.manifest.parent().unwrap_or(&self.manifest)
    }

    /// A path of the project, for a message.
    pub(crate) fn seen(&self, path: &Utf8Path) -> Utf8PathBuf {
        // Joined, an empty path would leave a slash at the end.
        if path.as_str().is_empty() { self.seen_from.clone() } else { self.seen_from.join(path) }
    }

    /// The files of a run, with names as they are reached from here.
    pub(crate) fn sources(&self) -> SourceMap {
        SourceMap::seen_from(self.seen_from.clone())
    }

    /// Reads the manifest. `None`: nothing sensible is left; what is wrong is in `found`.
    pub(crate) fn load(
        &self,
        values: &Values<'_>,
        file_system: &dyn FileSystem,
        sources: &SourceMap,
        found: &mut Diagnostics,
    ) -> Option<Manifest> {
        let defines = define::read_all(values.define, sources, found);
        let profile = values.profile.map(|name| (name, argument(sources, "--profile ", name)));
        let ceiling = define::ceiling(values.limit, sources).unwrap_or_else(|error| {
            found.push(error);
            Ceiling::default()
        });
        let request =
            Request { defines: &defines, profile, may_lack_values: values.may_be_lacking, ceiling: Some(&ceiling) };
        Manifest::load(sources, file_system, &self.manifest, &request, found)
    }
}

/// What to do where no manifest is found: the projects below are named.
fn instead(here: &Utf8Path) -> String {
    let start = path::start_dir().unwrap_or_else(|| here.to_owned());
    let option = |folder: &Utf8PathBuf| {
        let words = ["-C".to_owned(), way(&start, folder).into_string()];
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
    };
    let below = projects_below(here);
    let options: Vec<String> = below.iter().take(SHOWN).map(option).collect();
    match below.len() {
        0 => first(here),
        count if count > SHOWN => format!("there are {count} below: did you mean {}?", list_or(&options)),
        _ => format!("did you mean {}?", list_or(&options)),
    }
}

/// How a first manifest comes to be.
fn first(here: &Utf8Path) -> String {
    let init = in_folder("dockmill", "init");
    let found = Dockerfiles::nearby(here);
    let ([file, _, ..], more) = (&found[..], found.len().saturating_sub(1)) else {
        return format!("`{init}` writes a first one");
    };
    format!(
        "`{}` makes one of `{}` and {}, as far as they are alike; `{init}` writes an example",
        in_folder("dockmill", "adopt"),
        path::seen_from(here).join(file),
        plural(more, "other Dockerfile")
    )
}

/// So many projects are named.
const SHOWN: usize = 4;

/// So many folders are looked into for projects: it is only for a message.
const FOLDERS: usize = 1_000;

/// The folders below that have a manifest, the nearest first. Hidden ones are not looked into.
fn projects_below(here: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut folders = vec![here.to_owned()];
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(folder) = folders.get(at).filter(|_| at < FOLDERS).cloned() {
        at += 1;
        for (name, kind) in Disk.read_dir(&folder).unwrap_or_default() {
            match kind {
                FileKind::File if name == MANIFEST => found.push(folder.clone()),
                FileKind::Directory if !name.starts_with('.') => folders.push(folder.join(name)),
                _ => {}
            }
        }
    }
    found
}

/// Do GitHub's workflows run this? They say so by `GITHUB_ACTIONS`.
pub(crate) fn in_github_actions() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Where a workflow of GitHub has checked out the repository.
fn workspace() -> Option<Utf8PathBuf> {
    let given = in_github_actions().then(|| std::env::var("GITHUB_WORKSPACE").ok())??;
    path::folder(Utf8Path::new(&given)).ok()
}

/// The folder that the names of files in messages begin at, as far as it is known without a project.
pub(crate) fn names_begin() -> Utf8PathBuf {
    workspace().or_else(path::start_dir).unwrap_or_default()
}

/// The values that a project is read with.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Values<'a> {
    /// `NAME=VALUE`, as `-D` takes it.
    pub(crate) define: &'a [String],
    /// The name of a profile.
    pub(crate) profile: Option<&'a str>,
    /// `NAME=NUMBER`, as `--limit` takes it.
    pub(crate) limit: &'a [String],
    /// The caller can do without the values of parameters that must be given.
    pub(crate) may_be_lacking: bool,
}

/// An argument as a source of its own, so that an error can show it.
pub(crate) fn argument(sources: &SourceMap, before: &str, text: &str) -> Span {
    let file = sources.add(FileOrigin::Argument, format!("{before}{text}").into_bytes());
    let length = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
    Span::new(file, length(before), length(before) + length(text))
}
