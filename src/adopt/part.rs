//! The parts of a path, and what each of them says: a version, an operating system, an architecture, a word.

/// What a part of a path is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// `3.12`, `18-rc`.
    Version,
    /// `arm64v8`.
    Architecture,
    /// `slim-bookworm`, `alpine3.23`.
    System(System),
    /// Any other word.
    Word,
    /// What is constant in the name of a file: `Dockerfile`, `Dockerfile.`, `.Dockerfile`.
    Name,
}

/// An operating system in a path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct System {
    pub(super) os: String,
    pub(super) release: String,
    /// What else the part says, such as `slim`.
    pub(super) flags: Vec<String>,
}

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// Does a `/` stand before it?
    pub(super) is_below: bool,
}

const DEBIAN: [&str; 10] =
    ["buster", "bullseye", "bookworm", "trixie", "forky", "duke", "sid", "stretch", "jessie", "unstable"];
const UBUNTU: [&str; 11] =
    ["trusty", "xenial", "bionic", "focal", "jammy", "noble", "oracular", "plucky", "questing", "resolute", "devel"];
const SYSTEMS: [&str; 22] = [
    "alpine",
    "debian",
    "ubuntu",
    "windowsservercore",
    "nanoserver",
    "azurelinux",
    "mariner",
    "cbl",
    "centos",
    "fedora",
    "ubi",
    "almalinux",
    "rockylinux",
    "rocky",
    "opensuse",
    "c9s",
    "rhel",
    "windows",
    "amazonlinux",
    "oraclelinux",
    "archlinux",
    "wolfi",
];
const ARCHITECTURES: [&str; 20] = [
    "amd64",
    "arm64",
    "arm64v8",
    "arm32v7",
    "armv7",
    "arm32v5",
    "arm32v6",
    "armhf",
    "i386",
    "ppc64le",
    "s390x",
    "riscv64",
    "x64",
    "arm",
    "x86",
    "x86_64",
    "aarch64",
    "arm64-musl",
    "amd64-musl",
    "loongarch64",
];
const ACCELERATORS: [&str; 7] = ["cpu", "cuda", "gpu", "hpu", "rocm", "tpu", "xpu"];
/// What stands behind the numbers of a version that is not released.
const STAGES: [&str; 6] = ["rc", "beta", "alpha", "preview", "dev", "ea"];

/// Is it the name of a release of Debian or Ubuntu?
pub(super) fn is_release(text: &str) -> bool {
    DEBIAN.contains(&text) || UBUNTU.contains(&text)
}

/// Is it the name of an operating system?
pub(super) fn is_system(text: &str) -> bool {
    SYSTEMS.contains(&text)
}

/// What a part of a path says of an operating system.
pub(super) fn system(text: &str) -> Option<System> {
    if let Kind::System(system) = kind(text) { Some(system) } else { None }
}

/// Is it the name of what computes?
pub(super) fn is_accelerator(text: &str) -> bool {
    ACCELERATORS.contains(&text)
}

/// Numbers with points between them, and nothing else.
pub(super) fn is_numbers(text: &str) -> bool {
    !text.is_empty() && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The numbers of a version, without what says that it is not released: `18` of `18-rc`.
pub(super) fn series(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let numbers = text[..end].trim_end_matches('.');
    let stage = text[numbers.len()..].trim_start_matches(['-', '.']);
    let is_stage = || {
        STAGES.iter().any(|known| stage.starts_with(known))
            && stage.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    (is_numbers(numbers) && (end == text.len() && numbers.len() == end || is_stage())).then_some(numbers)
}

fn kind(text: &str) -> Kind {
    if series(text).is_some() {
        return Kind::Version;
    }
    if ARCHITECTURES.contains(&text) {
        return Kind::Architecture;
    }
    let mut system = System::default();
    for piece in text.split(['-', '_']) {
        let letters = piece.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = &piece[letters.len()..];
        if DEBIAN.contains(&piece) {
            (system.os, system.release) = ("debian".to_owned(), piece.to_owned());
        } else if UBUNTU.contains(&piece) {
            (system.os, system.release) = ("ubuntu".to_owned(), piece.to_owned());
        } else if is_system(piece) && system.os.is_empty() {
            piece.clone_into(&mut system.os);
        } else if is_system(letters) && is_numbers(number) {
            (system.os, system.release) = (letters.to_owned(), number.to_owned());
        } else if letters == "ltsc" || is_numbers(piece) && system.release.is_empty() {
            piece.clone_into(&mut system.release);
        } else {
            system.flags.push(piece.to_owned());
        }
    }
    if system.os.is_empty() && (system.release.is_empty() || is_numbers(&system.release)) {
        return Kind::Word;
    }
    system.flags.sort();
    Kind::System(system)
}

/// The constant beginning and end of a file's name: the rest of it is a part of its own.
fn name_around(name: &str) -> Option<(&str, &str)> {
    for word in ["Dockerfile", "Containerfile", "dockerfile", "containerfile"] {
        if let Some(rest) = name.strip_prefix(word) {
            return rest.starts_with(['.', '-', '_']).then(|| (&name[..=word.len()], ""));
        }
        if let Some(rest) = name.strip_suffix(word) {
            return rest.ends_with(['.', '-', '_']).then(|| ("", &name[rest.len() - 1..]));
        }
    }
    None
}

/// The parts of a path, whose separator is `/`.
pub(super) fn parts(path: &str) -> Vec<Part> {
    let mut texts: Vec<&str> = path.split('/').collect();
    let name = texts.pop().unwrap_or_default();
    let folder = |text: &&str| Part { text: (*text).to_owned(), kind: kind(text), is_below: true };
    let mut parts: Vec<Part> = texts.iter().map(folder).collect();
    let mut add = |text: &str, kind: Kind, is_below| {
        if !text.is_empty() {
            parts.push(Part { text: text.to_owned(), kind, is_below });
        }
    };
    match name_around(name) {
        Some((before, after)) if name.len() > before.len() + after.len() => {
            let own = &name[before.len()..name.len() - after.len()];
            add(before, Kind::Name, true);
            add(own, kind(own), before.is_empty());
            add(after, Kind::Name, false);
        }
        _ => add(name, Kind::Name, true),
    }
    if let Some(first) = parts.first_mut() {
        first.is_below = false;
    }
    parts
}

impl Part {
    /// What is the same in parts that may be values of one axis.
    pub(super) fn form(&self) -> String {
        match &self.kind {
            Kind::Version => "version".to_owned(),
            Kind::Architecture => "architecture".to_owned(),
            Kind::System(system) => format!("{} {}", system.os, system.flags.join(" ")),
            Kind::Name => self.text.clone(),
            Kind::Word => {
                let letters = self.text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
                if letters.len() < self.text.len()
                    && letters.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
                {
                    format!("{letters}#")
                } else {
                    self.text.clone()
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(path: &str) -> Vec<String> {
        parts(path).iter().map(Part::form).collect()
    }

    #[test]
    fn paths_say_what_their_parts_are() {
        assert_eq!(forms("18-rc/alpine3.23/Dockerfile"), ["version", "alpine ", "Dockerfile"]);
        assert_eq!(forms("3.12/slim-bookworm/Dockerfile"), ["version", "debian slim", "Dockerfile"]);
        assert_eq!(forms("net8.0/arm64v8/x/Dockerfile.ubi9"), ["net#", "architecture", "x", "Dockerfile.", "ubi "]);
        assert_eq!(forms("cuda-12.4.Dockerfile"), ["cuda-#", ".Dockerfile"]);
        assert_eq!(forms("Dockerfile"), ["Dockerfile"]);
    }

    #[test]
    fn series_are_versions_without_their_stage() {
        for (text, expected) in [
            ("18", Some("18")),
            ("3.15-rc", Some("3.15")),
            ("8.6.0alpha3", Some("8.6.0")),
            ("11.0.0-preview.7", Some("11.0.0")),
        ] {
            assert_eq!(series(text), expected, "{text}");
        }
        for text in ["slim", "3.13-slim", "", "1.", "v1"] {
            assert_eq!(series(text), None, "{text}");
        }
    }
}
