//! hadolint has nothing to say of what the recipes and the library give, but what is left as it is for a reason.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    trials![bundles, derex, edx, invenio, library, official]
}

/// Rules, and why what they say is left as it is.
type Ignored<'a> = &'a [(&'a str, &'a str)];

fn is_content(folder: &Folder, files: &str, ignored: Ignored) {
    let ignored: Vec<String> = ignored.iter().map(|(rule, _)| format!("--ignore {rule}")).collect();
    let ran = folder.shell(&format!("hadolint --no-color {} {files}", ignored.join(" "))).ended(0);
    assert_eq!(ran.stdout, "");
}

fn bundles() {
    Tool::Hadolint.wanted();
    let recipe = Folder::copy("recipes/bundles");
    recipe
        .shell("rm -rf .dockmill && dockmill render --deny-warnings -D index=public -D run=libpq5 -D build=libpq-dev")
        .ended(0);
    let found = recipe.shell("find .dockmill -path '*/contexts/*' -name Dockerfile").ended(0).stdout;
    assert_eq!(found.lines().count(), 4, "{found}");
    is_content(&recipe, &found.replace('\n', " "), &[("DL3008", "old versions leave Debian's archive")]);
}

fn derex() {
    Tool::Hadolint.wanted();
    is_content(
        &Folder::copy("recipes/derex"),
        "dockerfiles/openedx/*/Dockerfile",
        &[
            ("DL3018", "old versions leave Alpine's archive"),
            ("DL4006", "a stage has the shell of its base, and that one has pipefail"),
            ("DL3013", "any scons builds rmlint"),
            ("DL3059", "lists of requirements change apart"),
        ],
    );
}

fn edx() {
    Tool::Hadolint.wanted();
    is_content(
        &Folder::copy("recipes/edx"),
        "docker/build/*/Dockerfile",
        &[
            ("DL3002", "the platform's convention: ansible and supervisord are run by root"),
            ("DL3066", "root is a name that every base knows"),
            ("DL3007", "what a profile builds on is its own `latest`, built before"),
            ("DL3008", "old versions leave Ubuntu's archive"),
            ("DL3013", "the agent takes the newest client of AWS"),
        ],
    );
}

fn invenio() {
    Tool::Hadolint.wanted();
    is_content(
        &Folder::copy("recipes/invenio"),
        "dockerfiles/*/Dockerfile",
        &[
            ("DL3018", "old versions leave Alpine's archive"),
            ("DL3006", "the bases are the team's own, always the ones just built"),
            ("DL3013", "a base takes the newest pipenv, and xmlsec that fits Alpine's libraries"),
            ("DL3042", "the builder stage is thrown away"),
            ("DL3045", "the bases set WORKDIR"),
            ("DL3059", "steps that change apart"),
            ("DL3066", "the base makes the user"),
        ],
    );
}

fn library() {
    Tool::Hadolint.wanted();
    let folder = Folder::new();
    folder.write("every_macro.dockmill", include_str!("../library/every_macro.dockmill"));
    folder.dockmill(&["expand", "--deny-warnings", "-o", "Dockerfile", "every_macro.dockmill"]).ended(0);
    is_content(
        &folder,
        "Dockerfile",
        &[
            ("DL3008", "versions of Debian's packages are the caller's choice: old ones leave the archive"),
            ("DL3018", "the same of Alpine's"),
            ("DL3041", "the same of Fedora's"),
            ("DL3040", "`dnf clean all` would empty the cache that is mounted"),
            ("DL4006", "`echo` is the only command before a pipe"),
            ("SC2086", "`apt-mark manual $manual` wants a word for each package"),
        ],
    );
}

/// Those for Linux: of PowerShell and cmd hadolint has no parser.
fn official() {
    Tool::Hadolint.wanted();
    is_content(
        &Folder::copy("recipes/official"),
        "*/trixie/Dockerfile */bookworm/Dockerfile */alpine*/Dockerfile",
        &[
            ("DL3008", "old versions leave Debian's archive"),
            ("DL3018", "old versions leave Alpine's archive"),
            ("DL4006", "`sha256sum -c` comes last in its pipe, and fails where the file is not there"),
        ],
    );
}
