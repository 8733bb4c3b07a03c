//! How each kind of file writes a comment, which is what a header has to be.

use camino::Utf8Path;

/// What stands before and behind the words of a comment that is a line of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// With the blank behind it.
    pub(super) open: &'static str,
    /// With the blank before it; most kinds have none.
    pub(super) close: &'static str,
}

const fn comment(open: &'static str, close: &'static str) -> Comment {
    Comment { open, close }
}

/// As in a Dockerfile.
pub(super) const HASH: Comment = comment("# ", "");

/// The kinds of comments, each with the endings of files that have it. No ending stands twice.
const KINDS: [(Comment, &[&str]); 8] = [
    (
        HASH,
        &[
            "bash",
            "bzl",
            "cfg",
            "conf",
            "dockerignore",
            "env",
            "gitattributes",
            "gitignore",
            "hcl",
            "mk",
            "nix",
            "pl",
            "properties",
            "ps1",
            "py",
            "r",
            "rb",
            "sh",
            "tf",
            "toml",
            "yaml",
            "yml",
        ],
    ),
    (
        comment("// ", ""),
        &[
            "adoc", "c", "cpp", "cs", "cue", "go", "groovy", "h", "java", "js", "json5", "jsonc", "jsonnet", "kt",
            "mjs", "proto", "rs", "scss", "swift", "ts",
        ],
    ),
    (comment("<!-- ", " -->"), &["htm", "html", "markdown", "md", "svg", "xml"]),
    (comment("/* ", " */"), &["css"]),
    (comment(".. ", ""), &["rst"]),
    (comment("; ", ""), &["ini"]),
    (comment("-- ", ""), &["lua", "sql"]),
    (comment("% ", ""), &["tex"]),
];

/// Names of files without an ending in which `#` begins a comment.
const HASH_NAMES: [&str; 9] = [
    "CODEOWNERS",
    "Containerfile",
    "Dockerfile",
    "GNUmakefile",
    "Gemfile",
    "Justfile",
    "Makefile",
    "justfile",
    "makefile",
];

impl Comment {
    /// The comments of a file, by its name; `None` where it has none, as JSON, or where they are not known.
    pub fn of(path: &Utf8Path) -> Option<Self> {
        let name = path.file_name()?;
        // `.gitignore` has no ending.
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        match ending {
            Some(ending) => {
                let ending = ending.to_ascii_lowercase();
                KINDS.iter().find(|(_, endings)| endings.contains(&&*ending)).map(|(comment, _)| *comment)
            }
            None => HASH_NAMES.contains(&name).then_some(HASH),
        }
    }

    /// As in a Dockerfile?
    pub(crate) fn is_hash(self) -> bool {
        self == HASH
    }

    /// Each kind once.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|(comment, _)| *comment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_comments() {
        let of = |name: &str| Comment::of(name.into()).map_or("none", |comment| comment.open);
        let names = ["docs/a.MD", "ci.yml", ".gitignore", "x/Makefile", "a.json", "library/golang", "LICENSE", "a.d/b"];
        assert_eq!(names.map(of), ["<!-- ", "# ", "# ", "# ", "none", "none", "none", "none"]);
        let mut endings: Vec<&str> = KINDS.iter().flat_map(|(_, endings)| endings.iter().copied()).collect();
        let count = endings.len();
        endings.sort_unstable();
        endings.dedup();
        assert_eq!(endings.len(), count);
    }
}
