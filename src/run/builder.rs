//! Builders: what they are called, and the commands that build, pull and push an image with one.

use camino::Utf8Path;

use super::builder_path::{local, program};
use super::own_builder::fill_one;
use super::{Command, Lacks, Order, OwnBuilder, Placeholder, labels};

/// The program that builds images.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Builder {
    /// `docker build`: BuildKit, or the old builder under `DOCKER_BUILDKIT=0`.
    #[default]
    Docker,
    /// `docker buildx build`.
    Buildx,
    /// `podman build`.
    Podman,
    /// `buildah build`.
    Buildah,
    /// `nerdctl build`.
    Nerdctl,
    /// A program of the user's own.
    Own(OwnBuilder),
}

impl Builder {
    /// The builders that dockmill knows by name.
    pub const KNOWN: &[(&str, Self)] = &[
        ("docker", Self::Docker),
        ("buildx", Self::Buildx),
        ("podman", Self::Podman),
        ("buildah", Self::Buildah),
        ("nerdctl", Self::Nerdctl),
    ];

    /// The program of a builder that dockmill knows.
    pub(crate) fn program(&self) -> Option<&'static str> {
        match self {
            Self::Docker | Self::Buildx => Some("docker"),
            Self::Podman => Some("podman"),
            Self::Buildah => Some("buildah"),
            Self::Nerdctl => Some("nerdctl"),
            Self::Own(_) => None,
        }
    }

    /// The command that builds.
    ///
    /// # Errors
    /// Something is asked for that the user's own builder has no placeholder for.
    pub fn build(&self, order: &Order<'_>) -> Result<Command, Lacks> {
        let mut command = match self {
            // Where a step fails, the old builder leaves its container behind.
            Self::Docker if order.legacy => Command::new("docker", ["build", "--force-rm"]),
            Self::Docker => Command::new("docker", ["build"]),
            // A builder in a container would keep the image to itself.
            Self::Buildx if order.push => Command::new("docker", ["buildx", "build", "--push"]),
            Self::Buildx if order.outputs.is_empty() => Command::new("docker", ["buildx", "build", "--load"]),
            Self::Buildx => Command::new("docker", ["buildx", "build"]),
            Self::Podman => Command::new("podman", ["build"]),
            // Without these buildah keeps no cache, and the container of a step that fails.
            Self::Buildah => Command::new("buildah", ["build", "--layers", "--force-rm"]),
            Self::Nerdctl => Command::new("nerdctl", ["build"]),
            Self::Own(own) if own.build.has_placeholders() => return own.fill(order),
            Self::Own(own) => own.build.fill(&|_| Vec::new()),
        };
        if let Self::Own(_) = self {
            command.program = program(&command.program, order.root);
        }
        command.add_each("--file", [local(order.file).as_str()]);
        command.add_each("--target", order.stage);
        command.add_each("--tag", order.tags);
        command.add_each("--label", labels(order.project, order.tags));
        if !order.platforms.is_empty() {
            command.add_each("--platform", [order.platforms.join(",").as_str()]);
        }
        command.add_each("--secret", order.secrets);
        command.add_each("--output", order.outputs);
        command.arguments.extend(order.arguments.iter().cloned());
        command.add(local(order.context).as_str());
        Ok(command)
    }

    /// Does [`Self::build`] push, where it is asked to?
    pub fn pushes_itself(&self) -> bool {
        *self == Self::Buildx
    }

    /// The command that pulls an image.
    ///
    /// # Errors
    /// The user's own builder has none.
    pub fn pull(&self, image: &str, root: &Utf8Path) -> Result<Command, Lacks> {
        match self {
            Self::Own(own) => Ok(fill_one(own.pull.as_ref().ok_or(Lacks::Pull)?, Placeholder::Image, image, root)),
            known => Ok(Command::new(known.program().unwrap_or_default(), ["pull", image])),
        }
    }

    /// The command that pushes a tag.
    ///
    /// # Errors
    /// The user's own builder has none.
    pub fn push(&self, tag: &str, root: &Utf8Path) -> Result<Command, Lacks> {
        match self {
            Self::Own(own) => Ok(fill_one(own.push.as_ref().ok_or(Lacks::Push)?, Placeholder::Tag, tag, root)),
            known => Ok(Command::new(known.program().unwrap_or_default(), ["push", tag])),
        }
    }
}
