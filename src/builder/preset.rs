//! The builders and how each is called.

use camino::{Utf8Path, Utf8PathBuf};

use crate::source::Span;

use super::own::{ArgumentList, Placeholder};
use super::{Command, labels};

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
    Own(Own),
}

/// A program of the user's own.
#[derive(Debug, Clone)]
pub struct Own {
    /// Where the manifest names it.
    pub span: Span,
    /// Builds an image. Without any placeholder it takes the arguments of `docker build`.
    pub build: ArgumentList,
    /// Pulls an image.
    pub pull: Option<ArgumentList>,
    /// Pushes a tag.
    pub push: Option<ArgumentList>,
}

/// Two are equal that do the same, wherever their manifests name them.
impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        (&self.build, &self.pull, &self.push) == (&other.build, &other.pull, &other.push)
    }
}

impl Eq for Own {}

/// What is to be built, with paths from where the builder runs.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The id of the target or stage.
    pub id: &'a str,
    /// The name of the project, for the label.
    pub project: &'a str,
    /// The project's folder.
    pub root: &'a Utf8Path,
    /// The Dockerfile.
    pub file: &'a Utf8Path,
    /// The build context.
    pub context: &'a Utf8Path,
    /// The stage; none for the last.
    pub stage: Option<&'a str>,
    /// The tags to give.
    pub tags: &'a [String],
    /// `--secret`s, as they were given.
    pub secrets: &'a [String],
    /// `--output`s, as they were given.
    pub outputs: &'a [String],
    /// What goes to the builder as it is.
    pub arguments: &'a [String],
    /// Push it in the same go, for builders that can.
    pub push: bool,
    /// `docker build` is the old builder: `DOCKER_BUILDKIT=0`.
    pub legacy: bool,
}

/// Something that a builder of the user's own has no place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lacks {
    /// A placeholder in its argument list.
    Placeholder(Placeholder),
    /// An argument list that pulls.
    Pull,
    /// An argument list that pushes.
    Push,
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
    /// Something is asked for that a builder of the user's own has no place for.
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
        command.add_each("--secret", order.secrets);
        command.add_each("--output", order.outputs);
        command.arguments.extend(order.arguments.iter().cloned());
        command.add(local(order.context).as_str());
        Ok(command)
    }

    /// Does [`Self::build`] push, where it is asked to?
    #[must_use]
    pub fn pushes_itself(&self) -> bool {
        *self == Self::Buildx
    }

    /// The command that pulls an image.
    ///
    /// # Errors
    /// The user's own builder has none.
    pub fn pull(&self, image: &str, root: &Utf8Path) -> Result<Command, Lacks> {
        match self {
            Self::Own(own) => Ok(run(own.pull.as_ref().ok_or(Lacks::Pull)?, Placeholder::Image, image, root)),
            known => Ok(Command::new(known.program().unwrap_or_default(), ["pull", image])),
        }
    }

    /// The command that pushes a tag.
    ///
    /// # Errors
    /// The user's own builder has none.
    pub fn push(&self, tag: &str, root: &Utf8Path) -> Result<Command, Lacks> {
        match self {
            Self::Own(own) => Ok(run(own.push.as_ref().ok_or(Lacks::Push)?, Placeholder::Tag, tag, root)),
            known => Ok(Command::new(known.program().unwrap_or_default(), ["push", tag])),
        }
    }
}

impl Own {
    fn fill(&self, order: &Order<'_>) -> Result<Command, Lacks> {
        let values = |placeholder| match placeholder {
            Placeholder::File => vec![local(order.file).into_string()],
            Placeholder::Context => vec![local(order.context).into_string()],
            Placeholder::Project => vec![local(order.root).into_string()],
            Placeholder::Target => vec![order.id.to_owned()],
            Placeholder::Stage => order.stage.map(str::to_owned).into_iter().collect(),
            Placeholder::Tag => order.tags.to_vec(),
            Placeholder::Label => labels(order.project, order.tags),
            Placeholder::Secret => order.secrets.to_vec(),
            Placeholder::Output => order.outputs.to_vec(),
            Placeholder::Args => order.arguments.to_vec(),
            Placeholder::Image => Vec::new(),
        };
        // What is asked for must not be lost. Labels are dockmill's own wish.
        let asked = [Placeholder::Stage, Placeholder::Tag, Placeholder::Secret, Placeholder::Output, Placeholder::Args];
        if let Some(lost) = asked.into_iter().find(|asked| !values(*asked).is_empty() && !self.build.has(*asked)) {
            return Err(Lacks::Placeholder(lost));
        }
        let mut command = self.build.fill(&values);
        command.program = program(&command.program, order.root);
        Ok(command)
    }
}

/// A list that pulls or pushes one thing.
fn run(list: &ArgumentList, placeholder: Placeholder, value: &str, root: &Utf8Path) -> Command {
    let mut command = list.fill(&|asked| match asked {
        Placeholder::Project => vec![local(root).into_string()],
        asked if asked == placeholder => vec![value.to_owned()],
        _ => Vec::new(),
    });
    command.program = program(&command.program, root);
    command
}

/// A program with a path is the project's, wherever the user stands.
fn program(written: &str, root: &Utf8Path) -> String {
    if written.contains('/') { local(&root.join(written)).into_string() } else { written.to_owned() }
}

/// A path that no builder takes for a flag, a URL or standard input.
fn local(path: &Utf8Path) -> Utf8PathBuf {
    let text = path.as_str();
    if text.is_empty() {
        return Utf8PathBuf::from(".");
    }
    // `github.com/a/b` is a repository to docker, `ssh:x` may be one.
    if text.starts_with('-') || text.contains(':') || text.starts_with("github.com/") {
        return Utf8Path::new(".").join(path);
    }
    path.to_owned()
}
