//! Completion, in the shells themselves: what was typed halfway is completed by a tab, and the command runs.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    trials![bash_completes, zsh_completes, fish_completes]
}

fn project() -> Folder {
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        "[project]\nname = \"x\"\n[vars]\nversion = \"1.0\"\n[axis]\nrelease = [\"bookworm\", \"bullseye\", \"trixie\"]\n\
         [image.app]\nmatrix = [\"release\"]\nstages = { build = {}, test = {} }\n[profile.testing]\n",
    );
    folder.write("some", "app/bullseye\n");
    folder
        .write("app/Dockerfile.dockmill", "FROM debian:@{release} AS build\nFROM build AS test\nLABEL v=@{version}\n");
    folder.shell("git init -q -b main . && git add -A && git -c user.name=t -c user.email=t@example.org commit -qm start && git tag v1.0").ended(0);
    folder
}

/// Halfway typed, and what is listed where each tab completes as it should.
const TYPED: &[(&str, &str)] = &[
    ("dockmill li\tapp/tri\t", "app/trixie\tdockerfiles/"),
    ("dockmill list -s rel\tbu\t", "app/bullseye\tdockerfiles/"),
    ("dockmill list -s release=bookworm,tr\t", "app/trixie\tdockerfiles/"),
    ("dockmill list --prof\ttes\t", "app/trixie\t.dockmill/testing/"),
    ("dockmill list app/trixie:te\t", "app/trixie:test\tdockerfiles/"),
    ("dockmill list @so\t", "app/bullseye\tdockerfiles/"),
    ("dockmill export github app/trixie --with ver\t", "\"vars\":{\"version\":\"1.0\"}"),
    // A busy machine shows how far it is, which would stand before the status.
    ("dockmill affected --since v1\t2>/dev/null; echo status $?", "\nstatus 0"),
];

/// Types into a shell at a terminal, and reads what it shows.
fn types(shell: &str, setup: &str) {
    Tool::Script.wanted();
    let folder = project();
    for (line, listed) in TYPED {
        // A shell reads what was typed before it was ready as well.
        folder.write("typed", &format!("{setup}\n{line}\nexit\n"));
        let seen = folder.shell(&format!("TERM=dumb script -qec '{shell}' /dev/null < typed")).stdout.replace('\r', "");
        assert!(seen.contains(listed), "{shell}: {line:?}: {seen}");
    }
}

fn bash_completes() {
    types("bash --norc --noprofile -i", "PS1=; source <(dockmill completions bash)");
}

fn zsh_completes() {
    Tool::Zsh.wanted();
    types("zsh -f -i", "PS1=; autoload -Uz compinit; compinit -u -D; source <(dockmill completions zsh)");
}

/// fish tells what it would complete.
fn fish_completes() {
    Tool::Fish.wanted();
    let folder = project();
    let asked = |line: &str| {
        let ask = format!("dockmill completions fish | source; complete -C {line:?}");
        folder.shell(&format!("fish --no-config -c '{ask}'")).ended(0).stdout
    };
    assert_eq!(asked("dockmill list app/"), "app/bookworm\napp/bullseye\napp/trixie\n");
    assert_eq!(asked("dockmill list -s rel"), "release=bookworm\nrelease=bullseye\nrelease=trixie\n");
    assert_eq!(asked("dockmill list -s release=bookworm,"), "release=bookworm,bullseye\nrelease=bookworm,trixie\n");
    assert_eq!(asked("dockmill list -s ver"), "version=1.0\n");
    assert_eq!(asked("dockmill list -D ver"), "version=\n");
    assert_eq!(asked("dockmill graph app/trixie:"), "app/trixie:build\napp/trixie:test\n");
    assert_eq!(asked("dockmill list app/trixie"), "app/trixie\napp/trixie:build\napp/trixie:test\n");
    assert_eq!(asked("dockmill diff --target app/trixie"), "app/trixie\n");
    assert_eq!(asked("dockmill list --format {t"), "{template}\n{tags}\n");
    assert_eq!(asked("dockmill build --profile "), "testing\n");
    assert_eq!(asked("dockmill diff --against "), "HEAD\nmain\nv1.0\n");
}
