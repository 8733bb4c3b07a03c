//! Names of images, as builders print them.

use crate::dockerfile::ImageName;

/// A name as it is compared: with its registry and tag written out, without the `localhost/` that podman and buildah put
/// before names that have no registry. `None`: it is no name of an image.
pub fn normal_name(name: &str) -> Option<String> {
    let name = name.strip_prefix("localhost/").unwrap_or(name);
    ImageName::parse_tag(name).map(|name| name.normal()).ok()
}

/// Is the name one of the tags that dockmill gave, with commas between? What someone built on an image has inherited its
/// labels, but has another.
pub fn is_given(name: &str, given: &str) -> bool {
    let name = normal_name(name);
    name.is_some() && given.trim().split(',').any(|tag| normal_name(tag) == name)
}

#[cfg(test)]
mod tests {
    use super::is_given;

    #[test]
    fn what_was_built_on_an_image_is_not_it() {
        let given = "acme/app:1,registry.example.org/app\n";
        for name in ["acme/app:1", "docker.io/acme/app:1", "localhost/acme/app:1", "registry.example.org/app:latest"] {
            assert!(is_given(name, given), "{name}");
        }
        for name in ["acme/app:2", "other/app:1", "app:1", ""] {
            assert!(!is_given(name, given), "{name}");
        }
        assert!(!is_given("acme/app:1", "\n"));
    }
}
