//! `[builder]` and the `build` tables of profiles.

use toml::de::DeTable;

use crate::diagnostic::{Code, Diagnostic, list_or};

use super::document::{Item, Reader};

/// The program that builds images.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Builder {
    /// `docker build`.
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
    /// A program of the user's own, with its first arguments.
    Own(Vec<String>),
}

/// The builders that dockmill knows by name.
pub(super) const BUILDERS: &[(&str, Builder)] = &[
    ("docker", Builder::Docker),
    ("buildx", Builder::Buildx),
    ("podman", Builder::Podman),
    ("buildah", Builder::Buildah),
    ("nerdctl", Builder::Nerdctl),
];

/// How images are built: the `build` table of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    /// Pull the base images first.
    pub pull: bool,
    /// Build the images that a target depends on, before it.
    pub deps: bool,
    /// Give the images their tags.
    pub tag: bool,
}

impl Default for Build {
    /// Without a profile: base images as they are, dependencies built, tags given.
    fn default() -> Self {
        Self { pull: false, deps: true, tag: true }
    }
}

/// The keys of `[builder]`.
pub(super) const BUILDER_KEYS: &[&str] = &["use"];

/// The keys of a profile's `build`.
pub(super) const BUILD_KEYS: &[&str] = &["pull", "deps", "tag"];

/// Reads `[builder]`.
pub(super) fn read_builder(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Builder {
    reader.known_keys(table, "`[builder]`", BUILDER_KEYS);
    let Some(item) = reader.get(table, "use") else { return Builder::default() };
    if item.value.is_array() {
        let words = reader.strings(item, "`use`").unwrap_or_default();
        if words.first().is_none_or(|program| program.value.is_empty()) {
            let message = "the argument list of a builder begins with its program";
            reader.error(Diagnostic::error(Code::InvalidValue, item.span, message));
        }
        return Builder::Own(words.into_iter().map(|word| word.value.to_owned()).collect());
    }
    let Some(name) = item.value.as_str() else {
        reader.wrong_type(item, "`use`", "the name of a builder or an argument list");
        return Builder::default();
    };
    let known = BUILDERS.iter().find(|(known, _)| *known == name);
    let Some((_, builder)) = known else {
        let names: Vec<&str> = BUILDERS.iter().map(|(name, _)| *name).collect();
        let span = reader.inner(item.span);
        reader.error(
            Diagnostic::error(Code::InvalidValue, span, format!("`{name}` is no builder that dockmill knows"))
                .label(format!("expected {}", list_or(&names)))
                .suggest(span, name, names)
                .help("a builder of your own is an argument list: `use = [\"program\", \"build\"]`"),
        );
        return Builder::default();
    };
    builder.clone()
}

/// Reads the `build` table of a profile.
pub(super) fn read_build(reader: &mut Reader<'_>, item: Item<'_>, place: &str) -> Build {
    let mut build = Build::default();
    let Some(table) = reader.table(item, place) else { return build };
    reader.known_keys(table, place, BUILD_KEYS);
    for (key, field) in [("pull", &mut build.pull), ("deps", &mut build.deps), ("tag", &mut build.tag)] {
        if let Some(value) = reader.get(table, key).and_then(|item| reader.boolean(item, &format!("`{key}`"))) {
            *field = value;
        }
    }
    build
}
