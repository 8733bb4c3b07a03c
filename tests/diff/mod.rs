//! Patches, with git as the judge.

mod apply;
mod bounds;
mod screen;
mod stat;

use std::os::unix::fs::PermissionsExt;
use std::{collections::BTreeMap, fs, io::Write, path::Path, process::Command};

use dockmill::output::diff::{Change, ChangeKind, FileRole, Mode, Paint, write_patch};

/// A folder that git takes for a repository, with files.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "-q"], b"");
        for (path, bytes) in files {
            repository.write(path, bytes);
        }
        repository
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn set_mode(&self, path: &str, mode: Mode) {
        let bits = if mode == Mode::Executable { 0o755 } else { 0o644 };
        fs::set_permissions(self.0.path().join(path), fs::Permissions::from_mode(bits)).unwrap();
    }

    fn mode(&self, path: &str) -> Mode {
        Mode::of(fs::metadata(self.0.path().join(path)).unwrap().permissions().mode() & 0o100 != 0)
    }

    fn git(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut child = Command::new("git")
            .args(["-c", "core.autocrlf=false", "-c", "diff.algorithm=myers"])
            .args(arguments)
            .current_dir(&self.0)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn apply(&self, patch: &[u8]) {
        self.git(&["apply", "--whitespace=nowarn"], patch);
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        read(self.0.path(), self.0.path(), &mut files);
        files
    }
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with(".git") {
        } else if path.is_dir() {
            read(root, &path, files);
        } else {
            files.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
}

fn change(target: &str, old: Option<&str>, new: Option<&str>) -> Change {
    Change {
        target: target.to_owned(),
        path: format!("{target}/Dockerfile").into(),
        role: FileRole::Output,
        old: old.map(|text| text.as_bytes().to_vec()),
        new: new.map(|text| text.as_bytes().to_vec()),
        old_mode: Mode::Regular,
        mode: Mode::Regular,
        kind: match (old, new) {
            (None, _) => ChangeKind::New,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        },
        notes: Vec::new(),
    }
}

fn patch(changes: &[Change]) -> Vec<u8> {
    let mut patch = Vec::new();
    write_patch(changes, Paint::default(), &mut patch).unwrap();
    patch
}

fn show(changes: &[Change], paint: Paint) -> String {
    let mut patch = Vec::new();
    write_patch(changes, paint, &mut patch).unwrap();
    String::from_utf8(patch).unwrap()
}
