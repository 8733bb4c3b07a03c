//! The project's folder on disk: reading, atomic writing and removing, by paths relative to it that never lead out of it.
//!
//! On Linux a few system calls do this; elsewhere the standard library and `tempfile` do the same with more calls. Both
//! ways are compiled and tested on Linux.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod portable;
mod temporary;

use camino::{Utf8Path, Utf8PathBuf};

#[cfg(target_os = "linux")]
pub(super) use linux::Folder;
#[cfg(not(target_os = "linux"))]
pub(super) use portable::Folder;
pub(super) use temporary::is_stray;

/// Bytes of the largest output that `[limits]` allows: dockmill has written nothing that is larger.
const LARGEST: u64 = 1 << 30;

/// Something that is no regular file of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Irregular {
    /// A folder.
    Folder,
    /// A device, a socket, a named pipe.
    Special,
    /// A symbolic link to nothing, or in a circle.
    DanglingLink,
    /// A symbolic link on the way leads out of the project.
    OutsideProject,
    /// A file that is larger than any output can be. It is not read.
    TooLarge,
    /// A file stands where a folder of this path would have to be.
    BehindFile(Utf8PathBuf),
}

/// What was found at a path.
pub(super) enum Look<Opened> {
    Missing,
    File(Opened),
    Irregular(Irregular),
}

/// The first part of `path` that is there and is no folder.
fn file_on_the_way(root: &Utf8Path, path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut above: Vec<&Utf8Path> = path.ancestors().skip(1).filter(|folder| !folder.as_str().is_empty()).collect();
    above.reverse();
    let is_file = |folder: &&Utf8Path| std::fs::metadata(root.join(folder)).is_ok_and(|meta| !meta.is_dir());
    above.into_iter().find(is_file).map(Utf8Path::to_owned)
}

/// The path, relative to `root`, that the links in `path` lead to. `root` has no links.
fn resolve(root: &Utf8Path, path: &Utf8Path) -> Result<Utf8PathBuf, Irregular> {
    match root.join(path).canonicalize_utf8() {
        Ok(real) => real.strip_prefix(root).map(Utf8Path::to_owned).map_err(|_| Irregular::OutsideProject),
        Err(_) => Err(Irregular::DanglingLink),
    }
}

/// Of the mode of an existing file only the right to execute changes, for everyone who may read it, as `chmod +x` does.
#[cfg(unix)]
fn with_executable(old: u32, executable: bool) -> u32 {
    if executable { old | ((old >> 2) & 0o111) } else { old & !0o111 }
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    /// Both ways behave in the same way.
    macro_rules! folder_tests {
        ($($module:ident),+) => {$(
            mod $module {
                use std::fs;
                use std::io::ErrorKind;
                use std::os::unix::fs::{PermissionsExt as _, symlink};

                use camino::Utf8Path;

                use super::{Irregular, Look};
                use crate::source::FileKind;
                use crate::output::disk::$module::Folder;

                fn mode(path: &std::path::Path) -> u32 {
                    fs::metadata(path).unwrap().permissions().mode() & 0o7777
                }

                #[test]
                fn files_are_made_replaced_and_removed() {
                    let root = tempfile::tempdir().unwrap();
                    let mut folder = Folder::open(Utf8Path::from_path(root.path()).unwrap()).unwrap();
                    let path = Utf8Path::new("a/b");
                    assert_eq!(folder.create(path, b"1", 0o666).unwrap_err().kind(), ErrorKind::NotFound);
                    folder.make_folder(Utf8Path::new("a")).unwrap();
                    assert_eq!(folder.make_folder(Utf8Path::new("a")).unwrap_err().kind(), ErrorKind::AlreadyExists);
                    folder.create(path, b"1", 0o750).unwrap();
                    assert_eq!(folder.create(path, b"2", 0o666).unwrap_err().kind(), ErrorKind::AlreadyExists);
                    let full = root.path().join("a/b");
                    assert_eq!((fs::read(&full).unwrap(), mode(&full) & 0o700), (b"1".to_vec(), 0o700));
                    fs::set_permissions(&full, fs::Permissions::from_mode(0o640)).unwrap();
                    folder.replace(path, b"22", None).unwrap();
                    assert_eq!((fs::read(&full).unwrap(), mode(&full)), (b"22".to_vec(), 0o640));
                    folder.replace(path, b"333", Some(true)).unwrap();
                    assert_eq!(mode(&full), 0o750);
                    folder.set_executable(path, false).unwrap();
                    assert_eq!(mode(&full), 0o640);
                    symlink("a/b", root.path().join("link")).unwrap();
                    folder.replace(Utf8Path::new("link"), b"4", None).unwrap();
                    assert_eq!(fs::read(&full).unwrap(), b"4");
                    assert_eq!(fs::read_dir(root.path().join("a")).unwrap().count(), 1, "nothing is left beside it");
                    for text in ["1", "2"] {
                        let mut log = folder.open_log(Utf8Path::new("a/log")).unwrap();
                        std::io::Write::write_all(&mut log, text.as_bytes()).unwrap();
                    }
                    folder.rename(Utf8Path::new("a/log"), "log.1").unwrap();
                    assert_eq!(fs::read(root.path().join("a/log.1")).unwrap(), b"12");
                    folder.remove_file(Utf8Path::new("a/log.1")).unwrap();
                    assert!(folder.remove_folder(Utf8Path::new("a")).is_err());
                    folder.remove_file(path).unwrap();
                    folder.remove_folder(Utf8Path::new("a")).unwrap();
                }

                #[test]
                fn what_stands_at_a_path() {
                    let root = tempfile::tempdir().unwrap();
                    let mut folder = Folder::open(Utf8Path::from_path(root.path()).unwrap()).unwrap();
                    fs::write(root.path().join("file"), "123456").unwrap();
                    fs::create_dir(root.path().join("folder")).unwrap();
                    symlink("nowhere", root.path().join("dangling")).unwrap();
                    symlink("/", root.path().join("out")).unwrap();
                    symlink(root.path(), root.path().join("in")).unwrap();
                    let mut look = |path: &str| folder.look(Utf8Path::new(path)).unwrap();
                    for path in ["file", "in/file"] {
                        let Look::File(mut file) = look(path) else { panic!("{path}") };
                        let mut bytes = Vec::new();
                        file.read(&mut bytes, 3).unwrap();
                        assert!(bytes.starts_with(b"123"));
                        file.read(&mut bytes, usize::MAX).unwrap();
                        assert_eq!(bytes, b"123456");
                        assert!(file.mode().unwrap().is_ok());
                    }
                    for path in ["missing", "missing/too", "folder/missing", "in/missing"] {
                        assert!(matches!(look(path), Look::Missing), "{path}");
                    }
                    assert!(matches!(look("dangling"), Look::Irregular(Irregular::DanglingLink)));
                    for path in ["out", "out/missing", "out/missing/too", "out/tmp"] {
                        assert!(matches!(look(path), Look::Irregular(Irregular::OutsideProject)), "{path}");
                    }
                    let Look::Irregular(behind) = look("file/below") else { panic!("file/below") };
                    assert_eq!(behind, Irregular::BehindFile("file".into()));
                    let kind = match look("folder") {
                        Look::File(file) => file.mode().unwrap().unwrap_err(),
                        Look::Irregular(irregular) => irregular,
                        Look::Missing => panic!("folder"),
                    };
                    assert_eq!(kind, Irregular::Folder);
                    let mut names = Vec::new();
                    folder.list(Utf8Path::new(""), &mut |name, kind| names.push((name.to_owned(), kind))).unwrap();
                    names.sort();
                    let expected = [
                        ("dangling", FileKind::Other),
                        ("file", FileKind::File),
                        ("folder", FileKind::Directory),
                        ("in", FileKind::Other),
                        ("out", FileKind::Other),
                    ];
                    assert_eq!(names, expected.map(|(name, kind)| (name.to_owned(), kind)));
                }
            }
        )+};
    }

    folder_tests!(linux, portable);

    /// A folder may be swapped for a link at any moment: what is done beneath it is done in the project, or not at all.
    #[test]
    fn nothing_is_done_through_a_link_that_leads_out() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut folder = super::linux::Folder::open(Utf8Path::from_path(root.path()).unwrap()).unwrap();
        std::fs::write(outside.path().join("kept"), "1").unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("a")).unwrap();
        let kept = Utf8Path::new("a/kept");
        assert!(folder.create("a/new".into(), b"2", 0o666).is_err());
        assert!(folder.make_folder("a/folder".into()).is_err());
        assert!(folder.replace(kept, b"2", None).is_err());
        assert!(folder.set_executable(kept, true).is_err());
        assert!(folder.remove_file(kept).is_err());
        assert!(folder.list("a".into(), &mut |_, _| ()).is_err());
        assert!(folder.open_log("a/new".into()).is_err());
        assert!(folder.rename(kept, "moved").is_err());
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
        assert_eq!(std::fs::read(outside.path().join("kept")).unwrap(), b"1");
        // One that stays in the project is followed.
        folder.make_folder("b".into()).unwrap();
        std::os::unix::fs::symlink(root.path().join("b"), root.path().join("c")).unwrap();
        folder.create("c/new".into(), b"2", 0o666).unwrap();
        assert!(root.path().join("b/new").exists());
    }

    /// The folder of the last new file is known by its handle, which outlives its name.
    #[test]
    fn the_folder_of_the_last_new_file_may_be_removed_or_swapped() {
        let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut folder = super::linux::Folder::open(Utf8Path::from_path(root.path()).unwrap()).unwrap();
        let real = root.path().join("a");
        folder.make_folder("a".into()).unwrap();
        folder.create("a/1".into(), b"1", 0o666).unwrap();
        folder.create("a/2".into(), b"2", 0o666).unwrap();
        std::fs::remove_dir_all(&real).unwrap();
        let missing = folder.create("a/3".into(), b"3", 0o666).unwrap_err();
        assert_eq!(missing.kind(), std::io::ErrorKind::NotFound);
        folder.make_folder("a".into()).unwrap();
        folder.create("a/3".into(), b"3", 0o666).unwrap();
        std::fs::remove_dir_all(&real).unwrap();
        std::fs::create_dir(&real).unwrap();
        folder.create("a/4".into(), b"4", 0o666).unwrap();
        assert_eq!(std::fs::read(real.join("4")).unwrap(), b"4");
        folder.make_folder("a/b".into()).unwrap();
        std::fs::remove_dir_all(&real).unwrap();
        std::fs::create_dir(&real).unwrap();
        folder.make_folder("a/c".into()).unwrap();
        assert!(real.join("c").is_dir());
        std::fs::remove_dir_all(&real).unwrap();
        std::os::unix::fs::symlink(outside.path(), &real).unwrap();
        assert!(folder.create("a/5".into(), b"5", 0o666).is_err());
        assert!(folder.make_folder("a/d".into()).is_err());
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}
