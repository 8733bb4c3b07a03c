//! Ctrl-C and its like, as messages.

use std::io;

/// The signal that no program can ignore.
pub(super) const KILL: i32 = 9;
/// The polite request to end.
pub(super) const TERMINATE: i32 = 15;

/// Listens to SIGINT, SIGTERM and SIGHUP as long as it lives.
pub(super) struct Interrupts {
    #[cfg(unix)]
    handle: signal_hook::iterator::Handle,
}

impl Interrupts {
    /// Calls `tell` with the number of each signal. An ignored signal stays ignored: `nohup` and a shell's `&` rely on it.
    #[cfg(unix)]
    pub(super) fn listen(tell: impl Fn(i32) + Send + 'static) -> io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let ignored = ignored();
        let heard = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0);
        let mut signals = signal_hook::iterator::Signals::new(heard)?;
        let handle = signals.handle();
        std::thread::Builder::new().spawn(move || signals.forever().for_each(tell))?;
        Ok(Self { handle })
    }

    #[cfg(not(unix))]
    pub(super) fn listen(_: impl Fn(i32) + Send + 'static) -> io::Result<Self> {
        Ok(Self {})
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        #[cfg(unix)]
        self.handle.close();
    }
}

/// The signals that were ignored when this process began, a bit each, where the system tells: Linux.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(0)
}

/// The signal for the children: a closed terminal means the same as a polite request, which all builders understand.
pub(super) fn handed_on(signal: i32) -> i32 {
    const HANGUP: i32 = 1;
    if signal == HANGUP { TERMINATE } else { signal }
}
