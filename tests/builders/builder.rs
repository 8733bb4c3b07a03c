//! The builders that are at hand, and what the tests ask of them.
//!
//! `DOCKMILL_BUILDERS` names them, separated by commas: `.ci/engines COMMAND` sets it for engines of its own, whose images
//! a test may tag and remove as it likes. A builder that it names and that does not answer fails the test. One that it does
//! not name is left out, so that `cargo test` passes where there is no builder:
//!
//! ```ignore
//! let docker = Builder::Docker.at_hand();
//! docker.stand_in("ubuntu:trusty");                      // dockmill-stand-in under that name: busybox and pretended tools
//! let mut images = Images::of(docker);                   // removed when the test ends, however it ends
//! let name = images.name("app");                         // a name that no other test has, such as `test-4711-1-app`
//! docker.build(folder.path(), &["-t", &name, "."]).ended(0);
//! ```
//!
//! `docker`, `podman` and `buildah` that dockmill starts find the same engine: it is in their environment.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::leave_out;
use crate::support::{Folder, Ran};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builder {
    /// `docker build` with BuildKit.
    Docker,
    /// `docker build` without: `DOCKER_BUILDKIT=0`.
    Legacy,
    /// `docker buildx build`.
    Buildx,
    Podman,
    Buildah,
}

impl Builder {
    pub(crate) const ALL: [Self; 5] = [Self::Docker, Self::Legacy, Self::Buildx, Self::Podman, Self::Buildah];

    /// As `DOCKMILL_BUILDERS` names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Legacy => "legacy",
            Self::Buildx => "buildx",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
        }
    }

    /// This builder; the test is left out where it is not at hand.
    #[track_caller]
    pub(crate) fn at_hand(self) -> Self {
        if !self.is_promised() {
            leave_out(NO_BUILDER);
        }
        let version = match self {
            Self::Buildx => self.run(&["buildx", "version"]),
            Self::Docker | Self::Legacy => self.run(&["version"]),
            Self::Podman | Self::Buildah => self.run(&["info"]),
        };
        assert_eq!(version.status, 0, "DOCKMILL_BUILDERS names {}: {}", self.name(), version.stderr);
        self
    }

    /// All that are at hand; the test is left out where none is.
    pub(crate) fn all_at_hand() -> impl Iterator<Item = Self> {
        if !Self::ALL.into_iter().any(Self::is_promised) {
            leave_out(NO_BUILDER);
        }
        Self::ALL.into_iter().filter(|builder| builder.is_promised()).map(Self::at_hand)
    }

    fn is_promised(self) -> bool {
        let promised = std::env::var("DOCKMILL_BUILDERS").unwrap_or_default();
        promised.split(',').any(|name| name == self.name())
    }

    /// Its program; what is started by it finds the engine, too.
    pub(crate) fn command(self) -> Command {
        let mut command = Command::new(match self {
            Self::Docker | Self::Legacy | Self::Buildx => "docker",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
        });
        if self == Self::Legacy {
            command.env("DOCKER_BUILDKIT", "0");
        }
        command
    }

    pub(crate) fn run(self, arguments: &[&str]) -> Ran {
        Ran::of(self.command().args(arguments))
    }

    /// A build in the folder.
    pub(crate) fn build(self, folder: &Path, arguments: &[&str]) -> Ran {
        let mut command = self.command();
        command.args(match self {
            Self::Docker => &["build", "--progress=plain"][..],
            Self::Buildx => &["buildx", "build", "--progress=plain", "--load"],
            Self::Legacy | Self::Podman | Self::Buildah => &["build"],
        });
        Ran::of(command.args(arguments).current_dir(folder))
    }

    /// What a container of the image prints, which is gone when it ends. buildah starts none.
    pub(crate) fn container(self, arguments: &[&str]) -> Ran {
        let run = || Ran::of(self.command().args(["run", "--rm"]).args(arguments));
        // On a busy machine docker may end before it has passed on what a short container said.
        let said = |ran: &Ran| ran.status != 0 || !ran.stdout.is_empty();
        (0..4).map(|_| run()).find(said).unwrap_or_else(run)
    }

    /// Runs lines of a shell as a document gives them, but that pip in a container finds what it needs in `/src/tools`: it
    /// may not reach the registry, or not trust the way there.
    pub(crate) fn shell(self, folder: &Folder, lines: &str) -> Ran {
        assert_eq!(self, Self::Docker, "documents say docker");
        let docker = "docker() {
            if [ \"$1\" = run ]; then
                shift
                set -- run --env PIP_NO_INDEX=1 --env PIP_FIND_LINKS=/src/tools \"$@\"
            fi
            command docker \"$@\"
        }";
        folder.shell(&format!("{docker}\n{lines}"))
    }

    /// The images whose names begin so, each with its tag.
    pub(crate) fn images(self, prefix: &str) -> BTreeSet<String> {
        let format = match self {
            Self::Buildah => "{{.Name}}:{{.Tag}}",
            _ => "{{.Repository}}:{{.Tag}}",
        };
        // podman and buildah fail where another test removes an image meanwhile.
        let list = || self.run(&["images", "--format", format]);
        let listed = (0..9).map(|_| list()).find(|listed| listed.status == 0).unwrap_or_else(list).ended(0).stdout;
        // podman and buildah put a registry before the names that have none.
        let short =
            |name: &str| name.trim_start_matches("localhost/").trim_start_matches("docker.io/library/").to_owned();
        listed.lines().map(short).filter(|name| name.starts_with(prefix)).collect()
    }

    /// Gives the stand-in a name that only a registry has.
    pub(crate) fn stand_in(self, name: &str) {
        self.run(&["tag", "dockmill-stand-in", name]).ended(0);
    }
}

/// The registry that Docker may push to and pull from; `.ci/engines` says where there is none.
pub(crate) fn registry() -> Option<String> {
    std::env::var("DOCKMILL_REGISTRY").ok()
}

/// Why tests with builders are left out.
const NO_BUILDER: &str = "its builder is not at hand (`.ci/engines cargo test --locked --test builders` brings them)";

/// Images that are removed when the test ends.
///
/// podman and buildah share a store, and fail where somebody removes an image while they look for one; so does Docker's
/// legacy builder, whose cache is the images themselves. A test that has images of one of them is alone with it, and has one
/// `Images` at a time.
pub(crate) struct Images {
    builder: Builder,
    prefix: String,
    _turn: Option<File>,
}

impl Images {
    pub(crate) fn of(builder: Builder) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let prefix = format!("test-{}-{}-", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let store = match builder {
            Builder::Docker | Builder::Buildx => None,
            Builder::Legacy => Some("legacy"),
            Builder::Podman | Builder::Buildah => Some("containers"),
        };
        Self { builder, prefix, _turn: store.map(turn) }
    }

    /// A name for a project or an image, as no other test has it.
    pub(crate) fn name(&self, of: &str) -> String {
        format!("{}{of}", self.prefix)
    }
}

/// A lock against other tests, of other runs as well; it is given back when the file is closed.
fn turn(store: &str) -> File {
    let file = File::create(std::env::temp_dir().join(format!("dockmill-{store}.lock"))).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
    file
}

impl Drop for Images {
    fn drop(&mut self) {
        let of_registry = registry().map(|registry| self.builder.images(&format!("{registry}/{}", self.prefix)));
        for image in self.builder.images(&self.prefix).into_iter().chain(of_registry.into_iter().flatten()) {
            // An image that is gone by now is no failure.
            let remove: &[&str] = if self.builder == Builder::Buildah { &["rmi"] } else { &["image", "rm"] };
            self.builder.run(&[remove, &["-f", &image]].concat());
        }
    }
}
