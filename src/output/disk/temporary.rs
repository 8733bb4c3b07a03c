//! Names of the files that stand beside an output while it is replaced: `.Dockerfile.dockmill-1f3c-0`, after the process
//! and a count. A killed process may leave one behind; its name tells the next run that it may be removed.

use std::sync::atomic::{AtomicU32, Ordering};

use camino::Utf8Path;

const TAG: &str = ".dockmill-";

/// A path beside this one that no other file of this process has.
#[cfg(any(not(target_os = "linux"), test))]
pub(super) fn path_beside(path: &Utf8Path) -> camino::Utf8PathBuf {
    path.with_file_name(name_beside(path))
}

/// A name that no other file of this process has.
pub(super) fn name_beside(path: &Utf8Path) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // File systems allow 255 bytes; the tag and two numbers take 28.
    let name = path.file_name().unwrap_or_default();
    let name = (0..=220).rev().find_map(|end| name.get(..end)).unwrap_or_default();
    format!(".{name}{TAG}{:x}-{count:x}", std::process::id())
}

/// Is it the name of such a file, and is the process that made it gone?
pub(in crate::output) fn is_stray(name: &str) -> bool {
    let Some((_, numbers)) = name.strip_prefix('.').and_then(|name| name.rsplit_once(TAG)) else { return false };
    let Some((process, count)) = numbers.split_once('-') else { return false };
    match (i32::from_str_radix(process, 16), u32::from_str_radix(count, 16)) {
        (Ok(process), Ok(_)) => process > 0 && !is_running(process),
        _ => false,
    }
}

#[cfg(unix)]
fn is_running(process: i32) -> bool {
    // One that nobody waited for still has its number, but runs no program; and a number may be given to another program.
    #[cfg(target_os = "linux")]
    match (std::fs::read_link(format!("/proc/{process}/exe")), std::env::current_exe()) {
        (Err(error), _) if error.kind() == std::io::ErrorKind::NotFound => return false,
        (Ok(theirs), Ok(own)) if theirs.file_name() != own.file_name() => return false,
        _ => {}
    }
    // Only "no such process" says that it is gone; a refusal says that it belongs to someone else.
    rustix::process::Pid::from_raw(process)
        .is_some_and(|process| rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH))
}

/// Without a way to know, a file of that name is left alone.
#[cfg(not(unix))]
fn is_running(_: i32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_gone_processes_are_strays() {
        let path = path_beside("a/Dockerfile".into());
        assert!(path.as_str().starts_with("a/.Dockerfile.dockmill-"));
        assert!(!is_stray(path.file_name().unwrap_or_default()), "this process runs");
        assert!(is_stray(".Dockerfile.dockmill-7fffffff-0"));
        for name in ["Dockerfile", ".Dockerfile.dockmill-", ".Dockerfile.dockmill-x-0", ".Dockerfile.dockmill-0-0"] {
            assert!(!is_stray(name), "{name}");
        }
    }
}
