//! Where the program was started.

use std::path::PathBuf;
use std::sync::OnceLock;

static START: OnceLock<PathBuf> = OnceLock::new();

/// Keeps the current folder as the one where dockmill was started, before `-C` leads elsewhere. The user still stands there,
/// and paths in git's variables are from there.
pub(crate) fn note_start() {
    if let Ok(here) = std::env::current_dir() {
        let _ = START.set(here);
    }
}

/// The folder where dockmill was started; for those who use the library, the current one.
pub(crate) fn start() -> PathBuf {
    START.get().cloned().unwrap_or_else(|| PathBuf::from("."))
}
