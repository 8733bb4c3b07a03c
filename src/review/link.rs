//! Addresses of lines, for what is read in a browser.

use std::fmt::Write;

/// How the address of a line is made: `https://git.example.org/shop/blob/main/{path}#L{line}`.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pattern: String,
}

impl Link {
    /// The address of a line of a file. What stands in a path cannot end it, nor what it is written in.
    pub(crate) fn to(&self, path: &str, line: u32) -> String {
        self.pattern.replace("{line}", &line.to_string()).replace("{path}", &encoded(path))
    }
}

impl std::str::FromStr for Link {
    type Err = String;

    fn from_str(pattern: &str) -> Result<Self, String> {
        // Anything else could be a script that runs where the page is read.
        if !pattern.starts_with("https://") && !pattern.starts_with("http://") {
            return Err("an address begins with https:// or http://".to_owned());
        }
        if !pattern.contains("{path}") {
            return Err("there is no {path} in it: write https://…/{path}#L{line}".to_owned());
        }
        Ok(Self { pattern: pattern.to_owned() })
    }
}

/// A path, or an id, as a part of an address.
pub(super) fn encoded(path: &str) -> String {
    let mut made = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            made.push(byte.into());
        } else {
            // A String takes all that is written to it.
            _ = write!(made, "%{byte:02X}");
        }
    }
    made
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_in_its_place() {
        let link: Link = "https://git.example.org/x/blob/main/{path}#L{line}".parse().unwrap();
        assert_eq!(
            link.to("a b/\"><script>)`{line}#L7.dockmill", 3),
            "https://git.example.org/x/blob/main/a%20b/%22%3E%3Cscript%3E%29%60%7Bline%7D%23L7.dockmill#L3"
        );
        assert!("javascript:alert('{path}')".parse::<Link>().is_err());
        assert!("https://git.example.org/".parse::<Link>().is_err());
    }
}
