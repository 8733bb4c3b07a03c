//! Image references, as `github.com/distribution/reference` takes them apart.

use std::ops::ControlFlow;

/// Is it a reference that BuildKit accepts: `debian`, `ghcr.io/a/b:tag`, `a@sha256:…`?
///
/// ```
/// use dockmill::dockerfile::is_image_reference;
/// assert!(is_image_reference("localhost:5000/team/app:1.0"));
/// assert!(!is_image_reference("Builder"));
/// ```
#[must_use]
pub fn is_image_reference(text: &str) -> bool {
    let (domain, remainder) = split_domain(text);
    if remainder.is_empty() || text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return false;
    }
    let (named, digest) = remainder.split_once('@').map_or((remainder, None), |(named, digest)| (named, Some(digest)));
    let (path, tag) = named.split_once(':').map_or((named, None), |(path, tag)| (path, Some(tag)));
    domain.is_none_or(is_domain)
        && path.split('/').all(is_component)
        && domain.map_or("docker.io/library/".len(), |domain| domain.len() + 1) + path.len() <= 255
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest)
}

/// The repository of a reference in its full form, without tag and digest: `docker.io/library/debian`.
#[must_use]
pub fn repository(text: &str) -> String {
    let (domain, remainder) = split_domain(text);
    let named = remainder.split('@').next().unwrap_or_default();
    let path = named.split(':').next().unwrap_or_default();
    match domain {
        Some("index.docker.io" | "docker.io") | None if path.contains('/') => format!("docker.io/{path}"),
        Some("index.docker.io" | "docker.io") | None => format!("docker.io/library/{path}"),
        Some(domain) => format!("{domain}/{path}"),
    }
}

/// The part before the first `/` is a domain only where it looks like one.
fn split_domain(text: &str) -> (Option<&str>, &str) {
    match text.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':']) || first == "localhost" || first.chars().any(char::is_uppercase) =>
        {
            (Some(first), rest)
        }
        _ => (None, text),
    }
}

fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = match address {
        Some(address) => !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':'),
        None => host.split('.').all(|label| {
            let bytes = label.as_bytes();
            bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
                && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
                && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        }),
    };
    host && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Lower-case letters and digits, parted by `.`, `_`, `__` or any number of `-`.
fn is_component(text: &str) -> bool {
    let is_word = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    let ends = text.bytes().next().is_some_and(is_word) && text.bytes().last().is_some_and(is_word);
    let separators = text.split(|character: char| character.is_ascii() && is_word(character as u8));
    let checked = separators.filter(|part| !part.is_empty()).try_for_each(|part| match part {
        "." | "_" | "__" => ControlFlow::Continue(()),
        dashes if dashes.bytes().all(|byte| byte == b'-') => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    });
    ends && checked.is_continue()
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().next().is_some_and(is_word)
        && text.len() <= 128
        && text.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let parts = |text: &str| {
        text.split(['+', '.', '_', '-']).all(|part| {
            part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    };
    parts(algorithm) && hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
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
            assert!(is_image_reference(good), "{good}");
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
            assert!(!is_image_reference(bad), "{bad}");
        }
    }

    #[test]
    fn repositories() {
        assert_eq!(repository("debian:12"), "docker.io/library/debian");
        assert_eq!(repository("docker.io/a/b@sha256:0"), "docker.io/a/b");
        assert_eq!(repository("ghcr.io:1/a/b:c"), "ghcr.io:1/a/b");
    }
}
