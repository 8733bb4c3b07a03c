//! Where a new file belongs: the image whose outputs have such paths, and the point of its matrix.

use indexmap::IndexMap;
use regex::Regex;
use toml::{Table, Value};

use super::{AllPoints, value::Brought};
use crate::source::is_name;

/// An axis of the manifest.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub(super) name: String,
    /// In the order of the manifest.
    pub(super) values: Vec<String>,
    /// What each value brings, where the manifest gives the values tables.
    pub(super) brought: IndexMap<String, Brought>,
}

/// An image of the manifest.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) name: String,
    pub(super) axes: Vec<String>,
    /// The points that it has.
    pub(super) points: Vec<Vec<String>>,
    /// The paths of its outputs, with the names of the groups; `None`: they are computed.
    output: Option<(Regex, Vec<String>)>,
}

/// What a manifest says of axes and images.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) axes: Vec<Axis>,
    pub(super) images: Vec<Image>,
}

/// Where a file belongs.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) image: String,
    /// The value of each axis of the image.
    pub(super) point: Vec<String>,
    /// The axis that gets a value, and the value.
    pub(super) new_value: Option<(String, String)>,
    /// What the path says of the variables that the new value brings.
    pub(super) brought: Vec<(String, String)>,
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn axis((name, value): (&String, &Value)) -> Option<Axis> {
    let (values, brought) = match value {
        Value::Array(list) => (list.iter().map(text).collect(), IndexMap::new()),
        Value::Table(table) => {
            let table_of = |(value, brings): (&String, &Value)| {
                let brings = brings.as_table()?;
                Some((value.clone(), brings.iter().map(|(name, value)| (name.clone(), value.clone())).collect()))
            };
            let brought: IndexMap<String, Brought> = table.iter().map(table_of).collect::<Option<_>>()?;
            (brought.keys().cloned().collect(), brought)
        }
        _ => return None,
    };
    Some(Axis { name: name.clone(), values, brought })
}

/// The axes of a matrix as it is written.
fn axes_of(matrix: &Value) -> Option<Vec<String>> {
    let list = matrix.as_array()?;
    match list.first()? {
        Value::String(_) => list.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        Value::Table(first) => Some(first.keys().cloned().collect()),
        _ => None,
    }
}

/// The form of the paths of outputs, if they only have plain names of variables in them.
fn form(output: &str) -> Option<(Regex, Vec<String>)> {
    let mut form = String::from("^");
    let mut names = Vec::new();
    let mut parts = output.split("@{");
    form.push_str(&regex::escape(parts.next()?));
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        let name = name.trim();
        if !is_name(name) {
            return None;
        }
        names.push(name.to_owned());
        form.push_str("([^/]+?)");
        form.push_str(&regex::escape(rest));
    }
    form.push('$');
    Some((Regex::new(&form).ok()?, names))
}

impl Project {
    /// Reads the text of a manifest that has no errors.
    pub(super) fn read(text: &str, points: &AllPoints) -> Self {
        let table: Table = text.parse().unwrap_or_default();
        let entries = |key: &str| table.get(key).and_then(Value::as_table).into_iter().flatten();
        let image = |(name, image): (&String, &Value)| {
            let points = points.get(name).cloned().unwrap_or_default();
            let output = image.get("output").and_then(Value::as_str).and_then(form);
            let axes = image.get("matrix").and_then(axes_of)?;
            Some(Image { name: name.clone(), axes, points, output })
        };
        Self { axes: entries("axis").filter_map(axis).collect(), images: entries("image").filter_map(image).collect() }
    }

    pub(super) fn axis(&self, name: &str) -> Option<&Axis> {
        self.axes.iter().find(|axis| axis.name == name)
    }

    /// The place of a file. `Err`: why it has none.
    pub(super) fn place(&self, path: &str) -> Result<Place, String> {
        let mut places: Vec<(usize, Vec<String>, Place)> =
            self.images.iter().filter_map(|image| self.place_in(image, path)).collect();
        places.sort_by_key(|(new, _, _)| *new);
        match places.into_iter().next() {
            Some((0 | 1, _, place)) => Ok(place),
            Some((_, new, place)) => Err(format!(
                "as an output of `{}`, it would have new values of several axes: {}",
                place.image,
                new.join(", ")
            )),
            None => Err("no image has outputs with such paths".to_owned()),
        }
    }

    /// The place of a file in an image, and the new values.
    fn place_in(&self, image: &Image, path: &str) -> Option<(usize, Vec<String>, Place)> {
        let (form, names) = image.output.as_ref()?;
        let groups = form.captures(path)?;
        let mut known: IndexMap<&str, &str> = IndexMap::new();
        for (name, group) in names.iter().zip(groups.iter().skip(1)) {
            let text = group?.as_str();
            if *known.entry(name.as_str()).or_insert(text) != text {
                return None;
            }
        }
        let mut place = Place { image: image.name.clone(), point: Vec::new(), new_value: None, brought: Vec::new() };
        let mut new = Vec::new();
        for name in &image.axes {
            let value = *known.get(name.as_str())?;
            place.point.push(value.to_owned());
            let axis = self.axis(name)?;
            if !axis.values.iter().any(|known| known == value) {
                new.push(format!("{name} {value}"));
                place.new_value = Some((name.clone(), value.to_owned()));
            }
        }
        for (name, text) in known {
            if image.axes.iter().any(|axis| axis == name) {
                continue;
            }
            let by = self.axes.iter().find(|axis| axis.brought.values().any(|brought| brought.contains_key(name)))?;
            if place.new_value.as_ref().is_some_and(|(axis, _)| *axis == by.name) {
                place.brought.push((name.to_owned(), text.to_owned()));
                continue;
            }
            // What the values that are known bring must be what the path says.
            let at = image.axes.iter().position(|axis| *axis == by.name)?;
            let brings = by.brought.get(&place.point[at]).and_then(|brought| brought.get(name)).map(self::text);
            if brings.as_deref() != Some(text) {
                return None;
            }
        }
        Some((new.len(), new, place))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        [axis]
        version = ["1", "2"]
        [axis.release.noble]
        os = "ubuntu"
        [axis.release.trixie]
        os = "debian"
        [image.a]
        matrix = ["version", "release"]
        output = "@{version}/@{os}/@{release}/Dockerfile"
        [image.b]
        matrix = ["version"]
        output = "@{version}/@{version|upto(1)}/Dockerfile"
    "#;

    #[test]
    fn a_path_tells_the_image_and_what_is_new() {
        let project = Project::read(MANIFEST, &AllPoints::new());
        let place = |path: &str| project.place(path).map(|place| (place.point, place.new_value, place.brought));
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        let point = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(place("1/ubuntu/noble/Dockerfile"), Ok((point(&["1", "noble"]), None, vec![])));
        assert_eq!(
            place("3/ubuntu/noble/Dockerfile"),
            Ok((point(&["3", "noble"]), Some(pair("version", "3")), vec![]))
        );
        assert_eq!(
            place("1/debian/forky/Dockerfile"),
            Ok((point(&["1", "forky"]), Some(pair("release", "forky")), vec![pair("os", "debian")]))
        );
        assert!(place("3/debian/forky/Dockerfile").unwrap_err().contains("version 3, release forky"));
        assert!(place("1/debian/noble/Dockerfile").is_err());
        assert!(place("x/Dockerfile").is_err());
    }
}
