//! The wheel that is published: built by maturin, installed by pip, and the hook of README.md that has it from there.

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::{long, trials};
use crate::support::{Folder, Ran, markdown};

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
    // The commit that it was built from.
    let commit = version.trim().strip_prefix(expected).and_then(|rest| rest.strip_prefix(" (")?.strip_suffix(')'));
    let commit = commit.map(|commit| commit.strip_suffix("-modified").unwrap_or(commit)).unwrap_or_default();
    assert!(commit.len() >= 9 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{version}");

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
    the_action_installs_and_checks(&folder, &python);
}

/// The scripts of `action.yml`, in the shell that it names, where `pipx` has the wheel.
fn the_action_installs_and_checks(folder: &Folder, python: &str) {
    let action = include_str!("../../action.yml");
    assert_eq!(action.matches("shell: bash\n").count(), 2);
    let mut scripts = action.split(" run: ").skip(1).map(|rest| match rest.strip_prefix("|\n") {
        Some(block) => block.lines().map(str::trim_start).collect::<Vec<_>>().join("\n"),
        None => rest.lines().next().unwrap_or_default().to_owned(),
    });
    let scripts: [String; 2] = std::array::from_fn(|_| scripts.next().unwrap());
    folder.write("install.sh", &scripts[0]);
    folder.write("check.sh", &scripts[1]);
    let pip = "#!/bin/sh\n[ $1 = install ] && exec \"$ACTION/bin/pip\" install --quiet --no-index --find-links \"$ACTION/../wheels\" \"$2\"\n";
    folder.write("action/bin/pipx", pip);
    folder.shell(&format!("{python} -m venv action && chmod +x action/bin/pipx")).ended(0);
    let version = action.split("default: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    // As GitHub runs them: each with what its step names in the environment.
    let run = |script: &str, variables: &str| {
        folder.shell(&format!(
            "cd project && export ACTION=$PWD/../action PATH=$(echo $PATH | tr : '\\n' | grep -v -e cargo -e target | paste -sd:) \
             && env PATH=$ACTION/bin:$PATH GITHUB_ACTIONS=true GITHUB_WORKSPACE=$PWD {variables} bash --noprofile --norc -eo pipefail ../{script}"
        ))
    };
    run("install.sh", &format!("VERSION={version}")).ended(0);
    assert_eq!(run("check.sh", "ARGUMENTS=").ended(0).stdout, "");
    folder.write("project/app/Dockerfile.dockmill", "FROM debian:sid\nMAINTAINER a\n");
    let Ran { stdout, stderr, .. } = run("check.sh", "ARGUMENTS=").ended(1);
    // GitHub reads both.
    let told = stdout + &stderr;
    assert!(told.contains("::error file=dockerfiles/app/Dockerfile"), "{told}");
    assert!(told.contains("::warning file=app/Dockerfile.dockmill,line=2"), "{told}");
    folder.shell("cd project && ../action/bin/dockmill render").ended(0);
    run("check.sh", "ARGUMENTS=").ended(0);
    // Arguments are words, and nothing in them is run.
    run("check.sh", "ARGUMENTS='--deny-warnings --quiet'").ended(2);
    run("check.sh", "ARGUMENTS='$(touch/made)'").ended(2);
}
