//! The wheel that is published: built by maturin, installed by pip, and the hook of README.md that has it from there.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::{long, trials};
use crate::support::{Folder, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![a_wheel_brings_the_program_and_the_hook_needs_no_compiler].into_iter().map(long).collect()
}

fn a_wheel_brings_the_program_and_the_hook_needs_no_compiler() {
    Tool::Maturin.wanted();
    Tool::PreCommit.wanted();
    let folder = Folder::new();
    let root = env!("CARGO_MANIFEST_DIR");
    // As the tests are built, so that it is quick: what is published differs in the profile alone.
    folder
        .shell(&format!("maturin build --quiet --profile dev --locked --manifest-path {root}/Cargo.toml --out wheels"))
        .ended(0);
    let python = std::env::var("DOCKMILL_ORACLE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    folder
        .shell(&format!(
            "{python} -m venv venv && venv/bin/pip install --quiet --no-index --find-links wheels dockmill"
        ))
        .ended(0);
    let version = folder.shell("venv/bin/dockmill --version").ended(0).stdout;
    let expected = concat!("dockmill ", env!("CARGO_PKG_VERSION"));
    assert!(version.starts_with(expected), "{version}");

    let readme = include_str!("../../README.md");
    let hook = markdown::of_kind(readme, "yaml").into_iter().find(|block| block.contains("language: python")).unwrap();
    assert!(hook.contains(concat!("\"dockmill==", env!("CARGO_PKG_VERSION"), "\"")), "{hook}");
    folder.write("project/dockmill.toml", "[project]\nname = \"x\"\n[image.app]\n");
    folder.write("project/app/Dockerfile.dockmill", "FROM debian:trixie\n");
    folder.write("project/.pre-commit-config.yaml", &hook);
    // Without cargo and without the dockmill of the tests: the wheel's is run.
    let hooked = "cd project && git init -q . && git add -A \
        && export PRE_COMMIT_HOME=$PWD/../cache PIP_FIND_LINKS=$PWD/../wheels PATH=$(echo $PATH | tr : '\\n' | grep -v -e cargo -e target | paste -sd:) \
        && ! command -v dockmill && ! command -v cargo && pre-commit run --all-files 2>&1";
    let first = folder.shell(hooked).ended(1).stdout;
    assert!(first.contains("created dockerfiles/app/Dockerfile"), "{first}");
    folder.shell("cd project && git add -A").ended(0);
    folder.shell(hooked).ended(0);
}
