//! A builder of the user's own.

use camino::Utf8Path;

use crate::source::Span;

use super::builder_path::{local, program};
use super::{ArgumentList, Command, Lacks, Order, Placeholder, labels};

/// A program of the user's own.
#[derive(Debug, Clone)]
pub struct OwnBuilder {
    /// Where the manifest names it.
    pub span: Span,
    /// Builds an image. Without any placeholder it takes the arguments of `docker build`.
    pub build: ArgumentList,
    /// Pulls an image.
    pub pull: Option<ArgumentList>,
    /// Pushes a tag.
    pub push: Option<ArgumentList>,
}

/// Equal if they do the same, wherever the manifests name them.
impl PartialEq for OwnBuilder {
    fn eq(&self, other: &Self) -> bool {
        (&self.build, &self.pull, &self.push) == (&other.build, &other.pull, &other.push)
    }
}

impl Eq for OwnBuilder {}

impl OwnBuilder {
    pub(super) fn fill(&self, order: &Order<'_>) -> Result<Command, Lacks> {
        let values = |placeholder| match placeholder {
            Placeholder::File => vec![local(order.file).into_string()],
            Placeholder::Context => vec![local(order.context).into_string()],
            Placeholder::Project => vec![local(order.root).into_string()],
            Placeholder::Target => vec![order.id.to_owned()],
            Placeholder::Stage => order.stage.map(str::to_owned).into_iter().collect(),
            Placeholder::Tag => order.tags.to_vec(),
            Placeholder::Label => labels(order.project, order.tags),
            Placeholder::Platforms if order.platforms.is_empty() => Vec::new(),
            Placeholder::Platforms => vec![order.platforms.join(",")],
            Placeholder::Secret => order.secrets.to_vec(),
            Placeholder::Output => order.outputs.to_vec(),
            Placeholder::Args => order.arguments.to_vec(),
            Placeholder::Image => Vec::new(),
        };
        // Nothing that the user asked for may be dropped; labels are dockmill's own, so they may.
        let asked = [
            Placeholder::Stage,
            Placeholder::Tag,
            Placeholder::Platforms,
            Placeholder::Secret,
            Placeholder::Output,
            Placeholder::Args,
        ];
        if let Some(lost) = asked.into_iter().find(|asked| !values(*asked).is_empty() && !self.build.has(*asked)) {
            return Err(Lacks::Placeholder(lost));
        }
        let mut command = self.build.fill(&values);
        command.program = program(&command.program, order.root);
        Ok(command)
    }
}

/// A list that pulls or pushes one thing.
pub(super) fn fill_one(list: &ArgumentList, placeholder: Placeholder, value: &str, root: &Utf8Path) -> Command {
    let mut command = list.fill(&|asked| match asked {
        Placeholder::Project => vec![local(root).into_string()],
        asked if asked == placeholder => vec![value.to_owned()],
        _ => Vec::new(),
    });
    command.program = program(&command.program, root);
    command
}
