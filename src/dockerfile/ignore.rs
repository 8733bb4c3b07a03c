//! What a `.dockerignore` leaves out of the build context.

use std::fmt::Write;

use regex::{Regex, RegexSet};

/// Lines of a file whose patterns count: each path is compared with all of them.
const LINES: usize = 2_000;

/// Bytes of a file that is read.
pub(crate) const LONGEST: usize = 1 << 20;

/// The patterns of a `.dockerignore`, or of a `DOCKERFILE.dockerignore`.
///
/// Rules are those of `github.com/moby/patternmatcher` and its `ignorefile`, as BuildKit and Docker's old builder apply them.
/// A pattern that Docker refuses, such as `[`, is left out, and told of by [`Ignore::refused`].
///
/// ```
/// use dockmill::dockerfile::Ignore;
/// let ignore = Ignore::parse(b"# what is made anew\n**/*.pyc\ndocs\n!docs/README.md\n");
/// assert!(ignore.excludes("a/b/c.pyc"));
/// assert!(ignore.excludes("docs/a/b"));
/// assert!(!ignore.excludes("docs/README.md"));
/// ```
#[derive(Debug, Default)]
pub struct Ignore {
    rules: Vec<IgnoreRule>,
    refused: Vec<(usize, BadPattern)>,
    too_large: bool,
    /// Their expressions, in the same order.
    set: RegexSet,
}

/// Why Docker refuses a pattern, and with it the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPattern {
    /// A `!` with nothing behind it.
    Alone,
    /// `filepath.Match` of Go cannot read it: a `[` that is not closed, a range that is none, a backslash at the end.
    Syntax,
}

/// A line that is a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreRule {
    /// `!`: what it matches is taken back in.
    pub exception: bool,
    /// As it is written, but for what is not needed.
    pub pattern: String,
    /// A regular expression for a whole path, without anchors.
    pub expression: String,
}

impl Ignore {
    /// Reads the lines of the file.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        // So many are no list that someone wrote.
        if bytes.len() > LONGEST || memchr::memchr_iter(b'\n', bytes).count() > LINES {
            return Self::too_large();
        }
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (mut rules, mut refused) = (Vec::new(), Vec::new());
        for (number, line) in (1..).zip(text.lines()) {
            match rule(line) {
                Ok(rule) => rules.extend(rule),
                Err(why) => refused.push((number, why)),
            }
        }
        let whole = rules.iter().map(|rule| whole(&rule.expression));
        let set = RegexSet::new(whole);
        let too_large = set.is_err();
        Self { rules, refused, too_large, set: set.unwrap_or_default() }
    }

    /// What a file says that is longer than is read.
    pub(crate) fn too_large() -> Self {
        Self { too_large: true, ..Self::default() }
    }

    /// Has the file more patterns than paths can be compared with? Then it leaves nothing out here, rather than too much, though
    /// Docker may read it.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// Its patterns, in order.
    #[must_use]
    pub fn rules(&self) -> &[IgnoreRule] {
        &self.rules
    }

    /// The lines (from 1) that Docker refuses.
    #[must_use]
    pub fn refused(&self) -> &[(usize, BadPattern)] {
        &self.refused
    }

    /// Is there a pattern that Docker refuses, or are there too many?
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.too_large || !self.refused.is_empty()
    }

    /// Is the path, from the context's root and with `/`, left out? What is in a folder that is left out goes with it, but
    /// for exceptions.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        let path = clean(path);
        if self.set.is_empty() || path == "." {
            return false;
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        // Which rules hold for a folder, and so for what is in it. One that would change nothing at that point is not
        // looked at, and does not hold: `MatchesUsingParentResults` does the same.
        let mut holds = vec![false; self.rules.len()];
        let mut excluded = false;
        for end in ends.filter(|end| *end > 0) {
            let matched = self.set.matches(&path[..end]);
            excluded = false;
            for (at, rule) in self.rules.iter().enumerate() {
                holds[at] |= rule.exception == excluded && matched.matched(at);
                if holds[at] {
                    excluded = !rule.exception;
                }
            }
        }
        excluded
    }

    /// Is the folder left out with all that is in it? No where an exception may be for something in it.
    #[must_use]
    pub fn excludes_folder(&self, path: &str) -> bool {
        let folder = clean(path);
        self.excludes(path) && !self.rules.iter().any(|rule| rule.exception && rule.reaches_into(&folder))
    }
}

impl IgnoreRule {
    /// May it match a path in this folder that has no match in it so far?
    fn reaches_into(&self, folder: &str) -> bool {
        let mut parts = self.pattern.split('/');
        for name in folder.split('/') {
            let Some(part) = parts.next() else { return false };
            // These go past a slash.
            if part.contains("**") || part.contains("[^") {
                return true;
            }
            let of_part = expression(part).and_then(|expression| Regex::new(&whole(&expression)).ok());
            if of_part.is_some_and(|expression| !expression.is_match(name)) {
                return false;
            }
        }
        parts.next().is_some()
    }
}

/// The pattern of a line; `None` for comments and empty lines.
fn rule(line: &str) -> Result<Option<IgnoreRule>, BadPattern> {
    if line.starts_with('#') {
        return Ok(None);
    }
    let line = line.trim();
    let (exception, pattern) = match line.strip_prefix('!') {
        Some(rest) => (true, rest.trim()),
        None => (false, line),
    };
    if pattern.is_empty() {
        return if exception { Err(BadPattern::Alone) } else { Ok(None) };
    }
    let pattern = clean(pattern);
    // Docker cleans it together with its `!`.
    if exception && pattern == "/" {
        return Err(BadPattern::Alone);
    }
    let pattern = if pattern.len() > 1 { pattern.strip_prefix('/').unwrap_or(&pattern) } else { &pattern };
    let expression = expression(pattern).ok_or(BadPattern::Syntax)?;
    // One that is refused would take all others with it.
    Regex::new(&whole(&expression)).map_err(|_| BadPattern::Syntax)?;
    Ok(Some(IgnoreRule { exception, pattern: pattern.to_owned(), expression }))
}

fn whole(expression: &str) -> String {
    format!("(?s)^(?:{expression})$")
}

/// The shortest path that means the same: no `.`, `..` only at the start, single slashes, none at the end.
/// Source: `path.Clean` of Go.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// A pattern of `filepath.Match` for one part of a path; `None` where Go refuses it.
pub(super) fn part(pattern: &str) -> Option<Regex> {
    Regex::new(&whole(&expression(pattern)?)).ok()
}

/// A pattern as a regular expression for whole paths; `None` where `filepath.Match` of Go refuses it.
///
/// `*` and `?` stop at slashes, `**` does not. `**/` stands for any number of folders, none too.
fn expression(pattern: &str) -> Option<String> {
    let is_literal = |text: &str| !text.contains(['*', '?', '[', ']', '\\']);
    let mut expression = String::new();
    let mut rest = pattern;
    // Before plain text, `**` ends anywhere: `**foo` is `barfoo`, too.
    if let Some(end) = pattern.strip_prefix("**").filter(|end| is_literal(end) && !end.starts_with('/')) {
        expression.push_str(".*");
        rest = end;
    }
    let mut characters = rest.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' if characters.next_if_eq(&'*').is_some() => {
                characters.next_if_eq(&'/');
                expression.push_str(if characters.peek().is_none() { ".*" } else { "(.*/)?" });
            }
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '[' => class(&mut characters, &mut expression)?,
            '\\' => literal(characters.next()?, &mut expression),
            other => literal(other, &mut expression),
        }
    }
    Some(expression)
}

/// The rest of `[a-z]` or `[^a-z]`.
fn class(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, expression: &mut String) -> Option<()> {
    expression.push('[');
    if characters.next_if_eq(&'^').is_some() {
        expression.push('^');
    }
    let mut is_first = true;
    while is_first || characters.next_if_eq(&']').is_none() {
        is_first = false;
        let from = member(characters)?;
        let to = if characters.next_if_eq(&'-').is_some() { member(characters)? } else { from };
        let _ = write!(expression, "\\x{{{:x}}}-\\x{{{:x}}}", u32::from(from), u32::from(to));
    }
    expression.push(']');
    Some(())
}

/// A character of a class. A `-` or `]` needs a backslash.
fn member(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match characters.next()? {
        '-' | ']' => None,
        '\\' => characters.next(),
        other => Some(other),
    }
}

fn literal(character: char, expression: &mut String) {
    if ".^$*+?()[]{}|\\".contains(character) {
        expression.push('\\');
    }
    expression.push(character);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excludes(patterns: &str, path: &str) -> bool {
        Ignore::parse(patterns.as_bytes()).excludes(path)
    }

    /// Each pattern, the paths that it leaves out, and those that it does not.
    #[test]
    fn patterns() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("**", &["file", "dir/file"], &[".", ""]),
            ("**/", &["file", "dir/file"], &[]),
            ("dir/**", &["dir/file", "dir/a/b"], &["dir", "dire/file"]),
            ("dir**", &["dir", "dire/file"], &["a/dir"]),
            ("**/dir", &["dir", "dir/file", "a/b/dir/file"], &["adir"]),
            ("**file", &["file", "a/file", "profile"], &["file1"]),
            ("**file*", &["file1", "a/file"], &["profile1"]),
            ("**/*.txt", &["a.txt", "a/b.txt/c"], &["txt"]),
            ("a**/*.txt", &["a/b.txt", "a/b/c.txt", "ab/c.txt"], &["b/a/b.txt"]),
            ("a/**/b", &["a/b", "a/x/y/b/c"], &["ab", "a/xb"]),
            ("*", &["a", "a/b"], &[]),
            ("*.go", &["a.go", "a.go/b"], &["a/b.go"]),
            ("*/b", &["a/b/c"], &["b", "a/a/b"]),
            ("a?c", &["abc", "a☺c"], &["ac", "a/c", "abbc"]),
            ("a[b-d]e", &["ace"], &["aae", "ae"]),
            ("a[^b-d]e", &["aze", "a☺e"], &["ace"]),
            ("[\\]a]", &["]", "a"], &["\\"]),
            ("[x\\-]", &["x", "-"], &["z"]),
            ("[!a]", &["!", "a"], &["b"]),
            ("[a&&b]", &["&"], &["c"]),
            ("a\\*b", &["a*b"], &["aab"]),
            ("a(b)+.|{c}$", &["a(b)+.|{c}$"], &["abb"]),
            ("abc.def", &["abc.def"], &["abcXdef"]),
            ("/a/./b//../c/", &["a/c", "a/c/d"], &["c"]),
            ("../a", &[], &["a"]),
            ("  a b  ", &["a b"], &["a"]),
            ("\u{feff}a\r\n b\r\n", &["a", "b"], &[]),
            ("#a\n #b", &["#b"], &["#a", "b"]),
            // Docker refuses these.
            ("[\n[]a]\n[-x]\n[x-]\na\\\n!\n[b-a]\nright", &["right"], &["[", "a", "x", "b"]),
        ];
        for (patterns, out, kept) in cases {
            for (path, expected) in out.iter().map(|path| (path, true)).chain(kept.iter().map(|path| (path, false))) {
                assert_eq!(excludes(patterns, path), expected, "{patterns:?} of {path:?}");
            }
        }
    }

    #[test]
    fn refused_patterns_are_known_by_their_lines() {
        use BadPattern::{Alone, Syntax};
        let ignore = Ignore::parse(b"right\n[\n# [\n!\n\n! a\\\n[b-a]\n[^]\n**/[\n!/\n/\n");
        let expected = [(2, Syntax), (4, Alone), (6, Syntax), (7, Syntax), (8, Syntax), (9, Syntax), (10, Alone)];
        assert_eq!(ignore.refused(), expected);
    }

    #[test]
    fn a_file_of_too_many_patterns_is_known() {
        for (text, expected) in [
            ("a\n".repeat(2_000), false),
            ("a\n".repeat(2_001), true),
            (format!("{}x\n", "[a-z]**/".repeat(200)).repeat(400), true),
        ] {
            let ignore = Ignore::parse(text.as_bytes());
            assert_eq!(ignore.is_too_large(), expected);
            assert_eq!(ignore.excludes("a"), !expected);
        }
    }

    #[test]
    fn the_last_pattern_decides() {
        let patterns = "docs\n!docs/README.md\n! /docs/api\n*.md";
        assert!(excludes(patterns, "docs/guide"));
        assert!(!excludes(patterns, "docs/README.md"));
        assert!(!excludes(patterns, "docs/api/index"));
        assert!(excludes(patterns, "a.md"));
        assert!(!excludes("!a\n", "a"));
        assert!(excludes("!a\na", "a"));
        assert!(!excludes("*\n!src", "src/a/b"));
        assert!(excludes("*\n!src\n**/*.o", "src/a.o"));
    }

    /// What a folder's rules say is kept for what is in it, and only that.
    #[test]
    fn an_exception_holds_where_it_took_something_back() {
        assert!(excludes("a/b\n!a", "a/b/c"));
        assert!(!excludes("a\n!a/x\n*", "a/x"));
    }

    #[test]
    fn a_folder_is_left_out_where_no_exception_is_for_something_in_it() {
        let ignore = Ignore::parse(b"build\n!build/a/kept\n!build/*/deep/x\nother\n");
        for (folder, expected) in [
            ("build", false),
            ("build/a", false),
            ("build/a/kept", false),
            ("build/b/deep", false),
            ("build/b/c", true),
            ("other", true),
            ("src", false),
        ] {
            assert_eq!(ignore.excludes_folder(folder), expected, "{folder}");
        }
        assert!(!Ignore::parse(b"build\n!**/x\n").excludes_folder("build/a"));
        assert!(Ignore::parse(b"build\n!build\nbuild/a\n").excludes_folder("build/a"));
    }

    #[test]
    fn paths_are_cleaned() {
        for path in ["a/b", "./a/b", "a//b/", "a/c/../b"] {
            assert!(excludes("a/b", path), "{path}");
        }
        assert!(!excludes("", "a"));
    }
}
