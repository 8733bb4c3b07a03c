//! A long answer page by page, as git shows it.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

/// Writes text to standard output: through a pager, if that is a terminal and `wanted`.
pub(crate) fn show(text: &[u8], wanted: bool) -> io::Result<()> {
    let stdout = io::stdout();
    if wanted
        && stdout.is_terminal()
        && let Some(pager) = chosen(|name| std::env::var(name).ok())
        && let Some(done) = page(text, &pager)
    {
        return done;
    }
    let mut out = stdout.lock();
    out.write_all(text)?;
    out.flush()
}

/// The command: `DOCKMILL_PAGER`, else `PAGER`, else `less`. None where it is empty or `cat`.
fn chosen(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let pager = variable("DOCKMILL_PAGER").or_else(|| variable("PAGER")).unwrap_or_else(|| "less".to_owned());
    (!pager.trim().is_empty() && pager.trim() != "cat").then_some(pager)
}

/// Runs the pager; none where it cannot be started.
fn page(text: &[u8], pager: &str) -> Option<io::Result<()>> {
    let mut command = if cfg!(windows) {
        let mut words = pager.split_whitespace();
        let mut command = Command::new(words.next()?);
        command.args(words);
        command
    } else {
        // As git does: a pager may have options, and be a line for a shell.
        let mut command = Command::new("sh");
        command.args(["-c", pager]);
        command
    };
    if std::env::var_os("LESS").is_none() {
        // What fits is printed and stays; colours are colours.
        command.env("LESS", "FRX");
    }
    let mut child = command.stdin(Stdio::piped()).spawn().ok()?;
    // Who leaves the pager has read enough.
    let written = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(text));
    let written = written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) });
    match child.wait() {
        // The shell has not found it.
        Ok(status) if status.code() == Some(127) => None,
        Ok(_) => Some(written),
        Err(error) => Some(Err(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn the_own_variable_comes_first() {
        let with = |own: Option<&str>, pager: Option<&str>| {
            chosen(|name| if name == "PAGER" { pager } else { own }.map(str::to_owned))
        };
        assert_eq!(with(Some("most -s"), Some("more")).as_deref(), Some("most -s"));
        assert_eq!(with(None, Some("more")).as_deref(), Some("more"));
        assert_eq!(with(None, None).as_deref(), Some("less"));
        assert_eq!(with(Some(""), Some("more")), None);
        assert_eq!(with(Some("cat"), None), None);
    }
}
