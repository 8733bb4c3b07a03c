//! The macro library `std/` that ships in the binary; its files are those of `recipes/std/`.

/// The file of a path such as `std/apt.mill`.
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
    "apk.mill",
    "apt.mill",
    "dnf.mill",
    "download.mill",
    "init.mill",
    "labels.mill",
    "locale.mill",
    "node.mill",
    "python.mill",
    "user.mill",
);
