//! The labels by which dockmill recognizes its images.

/// The label with the name of the project.
pub const PROJECT: &str = "io.github.dockmill.project";

/// The label with the tags that dockmill gave, with commas between. An image that someone built on this one has inherited
/// its labels, but has another tag.
pub const TAGS: &str = "io.github.dockmill.tags";

/// The labels of an image, as `name=value`.
pub fn labels(project: &str, tags: &[String]) -> Vec<String> {
    vec![format!("{PROJECT}={project}"), format!("{TAGS}={}", tags.join(","))]
}
