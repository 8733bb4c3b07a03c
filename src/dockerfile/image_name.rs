//! Names of images as registries know them.

use std::fmt;

/// A name such as `docker.io/acme/python:3.12` or `debian@sha256:…`, in its parts.
///
/// The grammar is the one of the [distribution project](https://github.com/distribution/reference), which BuildKit has.
///
/// ```
/// use dockmill::dockerfile::ImageName;
/// let name = ImageName::parse("acme/x").unwrap();
/// assert_eq!(name.normal(), ImageName::parse("docker.io/acme/x:latest").unwrap().normal());
/// assert_eq!(name.repository(), "acme/x");
/// assert!(ImageName::parse("Builder").is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageName<'a> {
    domain: Option<&'a str>,
    path: &'a str,
    tag: Option<&'a str>,
    repository: &'a str,
}

/// Why a text is no name of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameProblem(&'static str);

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl<'a> ImageName<'a> {
    /// Takes a name apart.
    ///
    /// # Errors
    /// What is wrong with the name, as the end of a sentence that begins with it.
    pub fn parse(text: &'a str) -> Result<Self, NameProblem> {
        // Byte by byte, here and below: names are short, they are read several times for each target, and to begin a
        // search of the standard library takes longer than to look at them.
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return Err(NameProblem("is empty"));
        }
        if bytes.len() == 64 && bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NameProblem("is an image's id, and no name"));
        }
        let name_end = bytes.iter().position(|byte| *byte == b'@').unwrap_or(bytes.len());
        if text.get(name_end + 1..).is_some_and(|digest| !is_digest(digest)) {
            return Err(NameProblem(
                "has no valid digest, such as `sha256:` and 64 digits of `0` to `9` and `a` to `f`",
            ));
        }
        let bytes = &bytes[..name_end];
        let name_start = bytes.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        let colon = bytes[name_start..].iter().position(|byte| *byte == b':').map(|colon| name_start + colon);
        let repository = &text[..colon.unwrap_or(name_end)];
        let tag = colon.map(|colon| &text[colon + 1..name_end]);
        if let Some(tag) = tag {
            check_tag(tag)?;
        }
        let (domain, path) = match repository.split_once('/') {
            Some((first, rest)) if is_domain(first) => (Some(first), rest),
            _ => (None, repository),
        };
        if let Some(domain) = domain {
            check_domain(domain)?;
        }
        if path.len() > 255 {
            return Err(NameProblem("has a name of more than 255 characters"));
        }
        path.as_bytes().split(|byte| *byte == b'/').try_for_each(check_component)?;
        Ok(Self { domain, path, tag, repository })
    }

    /// As [`parse`](Self::parse), for a name that is to be given: it cannot have a digest.
    ///
    /// # Errors
    /// As for `parse`; and a digest.
    pub fn parse_tag(text: &'a str) -> Result<Self, NameProblem> {
        if text.as_bytes().contains(&b'@') { Err(NameProblem("must not have a digest")) } else { Self::parse(text) }
    }

    /// The name without tag and digest, as it was written.
    pub fn repository(&self) -> &'a str {
        self.repository
    }

    /// The tag, where one was written.
    pub fn tag(&self) -> Option<&'a str> {
        self.tag
    }

    /// The name in full, with registry and tag: two names of one image are equal in this form.
    pub fn normal(&self) -> String {
        let mut name = self.normal_repository();
        name.push(':');
        name.push_str(self.tag.unwrap_or("latest"));
        name
    }

    /// The name in full, with registry, without tag and digest.
    pub fn normal_repository(&self) -> String {
        let domain = match self.domain {
            None | Some("index.docker.io") => "docker.io",
            Some(domain) => domain,
        };
        let library = if domain == "docker.io" && !self.path.contains('/') { "library/" } else { "" };
        // Asked for several times for each target, and `format!` takes four times as long.
        [domain, "/", library, self.path].concat()
    }
}

/// Is the first part of a name the registry's host? As Docker decides it: a dot, a port, `localhost`, a capital letter.
fn is_domain(first: &str) -> bool {
    first == "localhost" || first.bytes().any(|byte| matches!(byte, b'.' | b':') || byte.is_ascii_uppercase())
}

fn check_domain(domain: &str) -> Result<(), NameProblem> {
    let problem = Err(NameProblem("has no valid registry host"));
    let (host, port) = match domain.rfind(':') {
        Some(colon) if !domain.ends_with(']') => (&domain[..colon], Some(&domain[colon + 1..])),
        _ => (domain, None),
    };
    if port.is_some_and(|port| port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit())) {
        return problem;
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let valid = !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
        return if valid { Ok(()) } else { problem };
    }
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if host.split('.').all(label) { Ok(()) } else { problem }
}

/// Lower-case letters and digits, with `.`, `_`, `__` or dashes between them.
fn check_component(component: &[u8]) -> Result<(), NameProblem> {
    // Behind the last letter or digit.
    let mut end = 0;
    for (at, byte) in component.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => {
                let separators = &component[end..at];
                if end == 0 && at > 0 {
                    return Err(NameProblem(ENDS));
                }
                if !matches!(separators, b"" | b"." | b"_" | b"__") && separators.iter().any(|byte| *byte != b'-') {
                    return Err(NameProblem("has separators in a row"));
                }
                end = at + 1;
            }
            b'.' | b'_' | b'-' => {}
            b'A'..=b'Z' => return Err(NameProblem("must be in lower case")),
            _ => return Err(NameProblem("holds a character that a name must not have")),
        }
    }
    if component.is_empty() {
        Err(NameProblem("has an empty part"))
    } else if end < component.len() {
        Err(NameProblem(ENDS))
    } else {
        Ok(())
    }
}

const ENDS: &str = "has a part that begins or ends with a separator";

/// Is this a tag (the part after the colon)?
pub(crate) fn check_tag(tag: &str) -> Result<(), NameProblem> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match tag.as_bytes() {
        [] => Err(NameProblem("has an empty tag")),
        bytes if bytes.len() > 128 => Err(NameProblem("has a tag of more than 128 characters")),
        [first, rest @ ..] if word(*first) && rest.iter().all(|byte| word(*byte) || matches!(byte, b'.' | b'-')) => {
            Ok(())
        }
        _ => Err(NameProblem("has a tag with a character that a tag must not have there")),
    }
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    digits_of(algorithm).is_some_and(|length| hex.len() == length && is_hex(hex))
}

/// How many digits a digest has.
pub(crate) fn digits_of(algorithm: &str) -> Option<usize> {
    Some(match algorithm {
        // BuildKit knows `blake3` only where a builder is made with it.
        "sha256" | "blake3" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return None,
    })
}

pub(crate) fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_in_full() {
        let cases = [
            ("x", "docker.io/library/x:latest"),
            ("acme/x", "docker.io/acme/x:latest"),
            ("docker.io/x:1", "docker.io/library/x:1"),
            ("index.docker.io/acme/x", "docker.io/acme/x:latest"),
            ("localhost/x", "localhost/x:latest"),
            ("localhost:5000/a/b_c:v1.2-x", "localhost:5000/a/b_c:v1.2-x"),
            ("[::1]:5000/x", "[::1]:5000/x:latest"),
            ("a--b/c__d", "docker.io/a--b/c__d:latest"),
        ];
        for (text, normal) in cases {
            assert_eq!(ImageName::parse_tag(text).unwrap().normal(), normal, "{text}");
        }
    }

    #[test]
    fn what_registries_refuse_is_refused() {
        let bad = [
            "",
            "x:",
            "x:-slim",
            "X",
            "a//b",
            "a/",
            "/a",
            "a b",
            "a..b",
            "a___b",
            "-a",
            "x@sha256:00",
            "x:a:b",
            "-h.io/x",
            "h.io:/x",
            "x:a/b c",
            "é",
        ];
        for text in bad {
            assert!(ImageName::parse_tag(text).is_err(), "{text}");
        }
        assert!(ImageName::parse_tag(&format!("x:{}", "a".repeat(129))).is_err());
        assert!(ImageName::parse_tag(&"a".repeat(256)).is_err());
    }

    #[test]
    fn what_buildkit_takes_is_taken() {
        let digest = format!("debian:12@sha256:{}", "ab".repeat(32));
        for good in [
            "debian",
            "0",
            "a/b",
            "a__b-c/e.d--f:X_y",
            "localhost/x",
            "h.io:80/x",
            "UP/x",
            "[::1]:5000/x",
            digest.as_str(),
        ] {
            assert!(ImageName::parse(good).is_ok(), "{good}");
        }
        let hex = "a".repeat(64);
        for bad in [
            "",
            "Debian",
            "a//b",
            "a:",
            "a:b:c",
            "-a",
            "a_",
            "a___b",
            "a:-",
            "$x",
            "a b",
            "a@b",
            "x.y/",
            "a/B",
            hex.as_str(),
        ] {
            assert!(ImageName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn repositories() {
        let digest = format!("docker.io/a/b@sha256:{}", "0".repeat(64));
        for (name, repository) in [
            ("debian:12", "docker.io/library/debian"),
            (digest.as_str(), "docker.io/a/b"),
            ("ghcr.io:1/a/b:c", "ghcr.io:1/a/b"),
        ] {
            assert_eq!(ImageName::parse(name).unwrap().normal_repository(), repository, "{name}");
        }
    }
}
