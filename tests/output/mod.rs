//! Outputs on a real disk.

mod kill;
mod leftovers;
mod mark;
mod ownership;
mod state;
mod write;

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use dockmill::output::{Action, Change, Companion, Header, Irregular, NotWritten, OutputFile, Outputs, State};

/// A project in a folder of its own.
struct Project {
    root: tempfile::TempDir,
    name: &'static str,
}

impl Project {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap(), name: "debbase" }
    }

    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.root.path()).unwrap()
    }

    fn path(&self, path: &str) -> Utf8PathBuf {
        self.root().join(path)
    }

    fn outputs(&self) -> Outputs {
        Outputs::open(self.root(), self.name, Utf8Path::new("dockmill.toml")).unwrap()
    }

    /// An output of this project with the given text, before its header is added.
    fn file(&self, path: &str, text: &str, companions: &[(&str, &str, u32)]) -> OutputFile {
        let companions: Vec<Companion> = companions
            .iter()
            .map(|(path, text, mode)| Companion { path: (*path).into(), bytes: (*text).into(), mode: *mode })
            .collect();
        let header = Header::new(self.name, "Dockerfile.dockmill".into());
        let bytes = header.add(text.as_bytes()).bytes;
        OutputFile { path: path.into(), bytes, companions, marked: true, regions: vec![] }
    }

    /// What `write` did, as `+ path`, `~ path`, `x path`, `- path`, `= path` taken over, `s path` saved, or the refusals.
    fn write(&self, file: &OutputFile, force: bool) -> Result<Vec<String>, Vec<String>> {
        match self.outputs().write(file, force) {
            Ok(changes) => Ok(changes.iter().map(told).collect()),
            Err(NotWritten::InTheWay(found)) => {
                Err(found.into_iter().map(|found| format!("`{}` {}", found.path, found.state)).collect())
            }
            Err(NotWritten::Failed(errors)) => Err(errors.into_iter().map(|error| error.message).collect()),
        }
    }

    /// Runs a line of a shell in the project.
    fn shell(&self, line: &str) {
        let mut command = std::process::Command::new("sh");
        let ran = command.args(["-ec", line]).current_dir(self.root()).output().unwrap();
        assert!(ran.status.success(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    /// Commits all that is there, in a repository of its own.
    fn commit(&self) {
        self.shell(
            "[ -d .git ] || git init -q .; git add -A && git -c user.name=t -c user.email=t@example.org commit -qm x",
        );
    }

    fn states(&self, file: &OutputFile) -> Vec<State> {
        self.outputs().look(file).unwrap().into_iter().map(|found| found.state).collect()
    }

    fn state(&self, file: &OutputFile) -> State {
        self.states(file).remove(0)
    }

    fn read(&self, path: &str) -> String {
        String::from_utf8(fs::read(self.path(path)).unwrap()).unwrap()
    }

    fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Every path below the root but those in `.git` and `.dockmill`, folders with a `/` behind.
    fn tree(&self) -> Vec<String> {
        fn walk(root: &Utf8Path, folder: &Utf8Path, tree: &mut Vec<String>) {
            for entry in folder.read_dir_utf8().unwrap() {
                let path = entry.unwrap().into_path();
                let name = path.strip_prefix(root).unwrap();
                if path.symlink_metadata().unwrap().is_dir() {
                    tree.push(format!("{name}/"));
                    walk(root, &path, tree);
                } else {
                    tree.push(name.to_string());
                }
            }
        }
        let mut tree = Vec::new();
        walk(self.root(), self.root(), &mut tree);
        tree.retain(|path| !path.starts_with(".git/") && !path.starts_with(".dockmill/"));
        tree.sort();
        tree
    }
}

fn told(change: &Change) -> String {
    let sign = match change.action {
        Action::Created => '+',
        Action::Updated => '~',
        Action::ModeSet => 'x',
        Action::Removed => '-',
        Action::TakenOver => '=',
        Action::Saved => 's',
    };
    format!("{sign} {}", change.path)
}

const CURRENT: State = State::Current { exact: true };
const EDITED: State = State::Edited { conflict: None };

fn to_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn mode(path: &Utf8Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Utf8Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn irregular(irregular: Irregular) -> State {
    State::Irregular(irregular)
}
