//! The lines that messages show stand in the files that they name.

use libtest_mimic::Trial;

use crate::harness::trials;
use crate::support::{Folder, case};

pub(super) fn trials() -> Vec<Trial> {
    trials![lines_are_found]
}

/// Holds what a command said against the files of the folder where it ran.
pub(super) fn hold(folder: &Folder, command: &str, said: &str) {
    for (file, number, text) in excerpts(said) {
        let Ok(source) = std::fs::read_to_string(folder.file(&case::named_file(command, &file))) else { continue };
        let line = source.lines().nth(number - 1).unwrap_or_default();
        // Tabs, what no terminal shows and long lines are shown otherwise.
        if !text.contains('…') && !text.ends_with("...") && !line.contains(|c: char| c.is_control() || !c.is_ascii())
        {
            assert_eq!(text.trim_end(), line.trim_end(), "{command}: {file}:{number}\n{said}");
        }
    }
}

/// The lines of excerpts: file, line and text. Proposals show what is not there yet.
fn excerpts(said: &str) -> Vec<(String, usize, String)> {
    let mut found = Vec::new();
    let mut file = None;
    let mut is_proposal = false;
    for line in said.lines() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || line.starts_with("help: ") || line.starts_with("note: ") {
            is_proposal = line.starts_with("help: ");
            file = None;
        } else if let Some(place) = trimmed.strip_prefix("--> ").or_else(|| trimmed.strip_prefix("::: ")) {
            file = place.rsplitn(3, ':').nth(2).map(str::to_owned);
        } else if let (Some(file), Some((number, text))) = (&file, trimmed.split_once(" |"))
            && let Ok(number) = number.parse()
            && !is_proposal
        {
            found.push((file.clone(), number, text.strip_prefix(' ').unwrap_or(text).to_owned()));
        }
    }
    found
}

fn lines_are_found() {
    let folder = Folder::new();
    folder.write("a/dockmill.toml", "[project]\nname = \"x\"\n[imgae.a]\n");
    folder.write("a/a/Dockerfile.dockmill", "FROM debian\n");
    let said = folder.shell("dockmill -C a render").stderr;
    assert_eq!(excerpts(&said), [("a/dockmill.toml".to_owned(), 3, "[imgae.a]".to_owned())], "{said}");
    assert_eq!(case::named_file("cd b && dockmill render", "dockmill.toml"), "b/dockmill.toml");
}
