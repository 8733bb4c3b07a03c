//! The images in a builder's store, found by the labels that dockmill gave them.

use super::{Builder, Command, PROJECT, TAGS};

/// An image in the builder's store, under one of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What the builder calls it by.
    pub id: String,
    /// `repository:tag`; none where it has lost its last name to a newer image, or never had one.
    pub name: Option<String>,
}

impl Builder {
    /// The command that lists the images with a project's label, for [`read_list`]. `None`: a builder of the user's own.
    pub fn list_images(&self, project: &str) -> Option<Command> {
        let name = if *self == Self::Buildah { "{{.Name}}" } else { "{{.Repository}}" };
        let format = format!("{{{{.ID}}}} {name} {{{{.Tag}}}}");
        let filter = format!("label={PROJECT}={project}");
        Some(Command::new(self.program()?, ["images", "--no-trunc", "--filter", &filter, "--format", &format]))
    }

    /// The command that prints the tags that dockmill gave an image, with commas between.
    pub fn given_tags(&self, id: &str) -> Option<Command> {
        let format = |labels: &str| format!("{{{{index {labels} \"{TAGS}\"}}}}");
        Some(match self {
            Self::Buildah => {
                let format = format(".OCIv1.Config.Labels");
                Command::new("buildah", ["inspect", "--type", "image", "--format", &format, id])
            }
            _ => Command::new(self.program()?, ["image", "inspect", "--format", &format(".Config.Labels"), id]),
        })
    }

    /// The command that removes an image by its id, or takes one of its names away and removes it with the last.
    pub fn remove_image(&self, image: &str) -> Option<Command> {
        Some(match self {
            Self::Buildah => Command::new("buildah", ["rmi", image]),
            _ => Command::new(self.program()?, ["image", "rm", image]),
        })
    }
}

/// Reads what [`Builder::list_images`] printed.
pub fn read_list(text: &str) -> Vec<Listed> {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let (id, repository, tag) = (words.next()?, words.next()?, words.next()?);
        let is_named = repository != "<none>" && tag != "<none>";
        Some(Listed { id: id.to_owned(), name: is_named.then(|| format!("{repository}:{tag}")) })
    };
    text.lines().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_lists() {
        let text = "sha256:1 acme/app 1\nsha256:2 <none> <none>\nsha256:3 localhost/acme/app <none>\n\n";
        let named: Vec<(String, Option<String>)> =
            read_list(text).into_iter().map(|image| (image.id, image.name)).collect();
        let expected = [("sha256:1", Some("acme/app:1")), ("sha256:2", None), ("sha256:3", None)];
        assert_eq!(named, expected.map(|(id, name)| (id.to_owned(), name.map(str::to_owned))));
    }
}
