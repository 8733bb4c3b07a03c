//! The macro library `std/` that ships in the binary; its files are those of `recipes/std/`.

/// The file of a path such as `std/apt.dockmill`.
pub(super) fn file(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// The paths that there are.
pub fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        const FILES: &[(&str, &str)] =
            &[$((concat!("std/", $name), include_str!(concat!("../../recipes/std/", $name)))),*];
    };
}

files!(
    "apk.dockmill",
    "apt.dockmill",
    "dnf.dockmill",
    "download.dockmill",
    "init.dockmill",
    "labels.dockmill",
    "locale.dockmill",
    "node.dockmill",
    "python.dockmill",
    "user.dockmill",
);
