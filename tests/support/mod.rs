//! Running the real program in folders of its own.

pub(crate) mod case;
pub(crate) mod law;
pub(crate) mod markdown;
pub(crate) mod program;
pub(crate) mod random;
pub(crate) mod template;
pub(crate) mod told;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How a room's snapshots are kept: in `snapshots/ROOM`, without what insta would put before a name.
pub(crate) fn snapshots(room: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(room));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

/// The script that asks BuildKit's parser.
pub(crate) const BUILDKIT_PARSER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/buildkit.py");

/// The Python that has the packages which tests want.
pub(crate) fn python() -> Command {
    Command::new(std::env::var("DOCKMILL_ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned()))
}

/// Where the source of GNU m4 is unpacked, if it is.
pub(crate) fn m4_suite() -> PathBuf {
    Path::new(&std::env::var_os("DOCKMILL_M4_SUITE").unwrap_or_default()).join("m4-1.4.19")
}

/// A folder that is gone when the test ends.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A copy of a folder of this repository.
    pub(crate) fn copy(of: &str) -> Self {
        let folder = Self::new();
        copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join(of), folder.path());
        folder
    }

    /// A copy of it, as it is now.
    pub(crate) fn copied(&self) -> Self {
        let copy = Self::new();
        self.shell(&format!("cp -a . '{}'", copy.path().display())).ended(0);
        copy
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let file = self.file(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// Writes a file with one text of it replaced, which must be there.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// Runs dockmill here.
    pub(crate) fn dockmill(&self, arguments: &[&str]) -> Ran {
        Ran::of(
            Command::new(env!("CARGO_BIN_EXE_dockmill")).args(arguments).current_dir(self.path()).env("NO_COLOR", "1"),
        )
    }

    /// Runs a line of a shell here, with dockmill on the PATH.
    pub(crate) fn shell(&self, line: &str) -> Ran {
        let binary = Path::new(env!("CARGO_BIN_EXE_dockmill")).parent().unwrap();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        Ran::of(Command::new("sh").args(["-ec", line]).current_dir(self.path()).env("PATH", path).env("NO_COLOR", "1"))
    }
}

/// What a program did.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        // Where a git hook runs the tests, these would lead git from the test's repository into this one.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        // Where GitHub's workflows run the tests, these would change what dockmill prints.
        for name in ["GITHUB_ACTIONS", "GITHUB_WORKSPACE"] {
            command.env_remove(name);
        }
        // Where make runs the tests, these would pass its options and its job slots on to the test's make.
        for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL"] {
            command.env_remove(name);
        }
        let Output { status, stdout, stderr } = command.stdin(std::process::Stdio::null()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }

    /// It ended with this status; else what it said is shown.
    #[track_caller]
    pub(crate) fn ended(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
