//! What follows from `versions.json` and `bases.toml`, computed by the rules of the README and by nothing of dockmill.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the library file should say of an image.
#[derive(Debug, PartialEq)]
pub(super) struct Expected {
    pub(super) version: String,
    pub(super) tags: Vec<String>,
    pub(super) shared_tags: Vec<String>,
    pub(super) architectures: Vec<String>,
    pub(super) constraints: Vec<String>,
}

/// Names of the library file that are not simply `linux/NAME`.
const PLATFORMS: [(&str, &str); 5] = [
    ("arm32v6", "linux/arm/v6"),
    ("arm32v7", "linux/arm/v7"),
    ("arm64v8", "linux/arm64"),
    ("i386", "linux/386"),
    ("windows-amd64", "windows/amd64"),
];

impl Expected {
    /// The architectures as Docker calls them.
    pub(super) fn platforms(&self) -> Vec<String> {
        let platform = |name: &String| {
            let other = PLATFORMS.iter().find(|(from, _)| from == name).map(|(_, to)| (*to).to_owned());
            other.unwrap_or_else(|| format!("linux/{name}"))
        };
        self.architectures.iter().map(platform).collect()
    }
}

/// All images by their folders.
pub(super) fn images(versions: &str, bases: &str) -> BTreeMap<String, Expected> {
    let versions: serde_json::Map<String, Value> = serde_json::from_str(versions).unwrap();
    let bases: toml::Table = bases.parse().unwrap();
    // 1.26 as (1, 26): no pre-release has a number in the second place.
    let released: BTreeMap<(u32, u32), &String> = versions
        .keys()
        .filter_map(|key| {
            let (major, minor) = key.split_once('.')?;
            Some(((major.parse().ok()?, minor.parse().ok()?), key))
        })
        .collect();
    let mut images = BTreeMap::new();
    for (key, entry) in &versions {
        let mut names = vec![entry["version"].as_str().unwrap(), key];
        let major = key.split('.').next().unwrap();
        let mut of_major = released.iter().filter(|(number, _)| number.0.to_string() == major);
        if of_major.next_back().is_some_and(|(_, newest)| *newest == key) {
            names.push(major);
        }
        if released.last_key_value().is_some_and(|(_, newest)| *newest == key) {
            names.push("latest");
        }
        let variants: Vec<&str> =
            entry["variants"].as_array().unwrap().iter().map(|variant| variant.as_str().unwrap()).collect();
        let family = |variant: &str| bases[variant]["family"].as_str().unwrap().to_owned();
        let first = |of: &str| variants.iter().copied().find(|variant| family(variant) == of);
        for &variant in &variants {
            let with = |suffix: &str| -> Vec<String> {
                let named =
                    |name: &&str| if *name == "latest" { suffix.to_owned() } else { format!("{name}-{suffix}") };
                names.iter().map(named).collect()
            };
            let mut tags = with(variant.rsplit('/').next().unwrap());
            if first("alpine") == Some(variant) {
                tags.extend(with("alpine"));
            }
            let family = family(variant);
            let mut shared_tags = if variant.starts_with("windows/") { with(&family) } else { Vec::new() };
            if first("debian") == Some(variant) || family == "windowsservercore" {
                shared_tags.extend(names.iter().map(|&name| name.to_owned()));
            }
            let list = |key: &str| -> Vec<String> { bases[variant][key].clone().try_into().unwrap() };
            let expected = Expected {
                version: names[0].to_owned(),
                tags,
                shared_tags,
                architectures: list("arches").into_iter().filter(|arch| entry["arches"].get(arch).is_some()).collect(),
                constraints: list("constraints"),
            };
            images.insert(format!("{key}/{variant}"), expected);
        }
    }
    images
}
