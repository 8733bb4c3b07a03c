//! Random release tables: whatever `import m4` makes of them, project and manifest give the bytes of GNU m4.

use std::fmt::Write;

use libtest_mimic::Trial;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::oracle::m4::gnu;
use crate::support::Folder;
use crate::support::program::Random;

pub(super) fn trials() -> Vec<Trial> {
    trials![random_tables_give_the_bytes_of_gnu_m4]
}

/// Templates of an ordinary run; `DOCKMILL_IMPORT_FUZZ=N` runs N of them.
const TEMPLATES: u64 = 40;

const RELEASES: [&str; 3] = ["bullseye", "bookworm", "trixie"];
const PYTHONS: [&str; 2] = ["3.9", "3.11"];
const NAMES: [&str; 6] = ["PYVER", "SSLPKG", "dict_x", "FFI", "target", "python"];
const WORDS: [&str; 12] =
    ["3.9", "libssl3", "a b", "\"q\"", "@{x}", "@x(1)", "x\\y", "-dev", "", "RELEASE", "$HOME", "%s"];

/// Writes a template.
struct Writer(Random);

impl Writer {
    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        self.0.one_of(words)
    }

    /// Definitions of names, each with a word or a name that stands before it: nothing expands without an end.
    fn definitions(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..=self.0.below(2) {
            let at = self.0.below(NAMES.len());
            let body = match self.0.below(4) {
                0 if at > 0 => format!("`'{} x", self.pick(&NAMES[..at])),
                _ => self.pick(&WORDS).to_owned(),
            };
            let _ = write!(text, "define(`{}', `{body}')", NAMES[at]);
        }
        text
    }

    fn lines(&mut self) -> String {
        match self.0.below(3) {
            0 => format!("{}RUN echo x\n", self.definitions()),
            _ => format!("RUN echo {}\n", self.pick(&WORDS)),
        }
    }

    /// A choice over an axis, or over two in each other.
    fn choice(&mut self, leaf: &mut dyn FnMut(&mut Self) -> String, depth: usize) -> String {
        let (variable, values) = if self.0.below(6) == 0 { ("PY", &PYTHONS[..]) } else { ("RELEASE", &RELEASES[..]) };
        let mut text = "ifelse(".to_owned();
        for _ in 0..=self.0.below(3) {
            let value = self.pick(values);
            let _ = write!(text, "{variable}, `{value}', `{}', ", leaf(self));
        }
        let last = match self.0.below(10) {
            0..3 if depth < 2 => self.choice(leaf, depth + 1),
            0..8 => leaf(self),
            _ => String::new(),
        };
        let _ = write!(text, "`{last}')");
        text
    }

    fn words(&mut self) -> String {
        self.choice(&mut |writer| writer.pick(&WORDS).to_owned(), 0)
    }

    fn used(&mut self) -> String {
        let name = self.pick(&NAMES);
        match self.0.below(8) {
            0 => format!("ifdef(`{name}', `yes {name}', `no')"),
            1 => format!("py`'{name}`'x"),
            2 => "pick(RELEASE)".to_owned(),
            3 => "pick(PY) pick(`trixie')".to_owned(),
            4 => self.words(),
            5 => format!("lib`'{}-y", self.words()),
            _ => name.to_owned(),
        }
    }

    fn statement(&mut self) -> String {
        let name = self.pick(&NAMES);
        match self.0.below(10) {
            0..3 => format!("{}dnl\n", self.choice(&mut Self::definitions, 0)),
            3 => format!("define(`{name}', `{}')dnl\n", self.words()),
            4 => format!("define(`{name}', {})dnl\n", self.words()),
            5 => format!("{}dnl\n", self.choice(&mut Self::lines, 0)),
            _ => format!("RUN echo {} {}\n", self.used(), self.used()),
        }
    }

    fn template(&mut self) -> String {
        let mut text = "define(`pick', `ifelse(".to_owned();
        for _ in 0..=self.0.below(3) {
            let _ = write!(text, "$1, `{}', `{}', ", self.pick(&RELEASES), self.pick(&WORDS));
        }
        let _ = write!(text, "`{}')')dnl\nFROM debian:RELEASE\n", self.pick(&WORDS));
        for _ in 0..self.0.below(7) + 2 {
            text.push_str(&self.statement());
        }
        text
    }
}

fn random_tables_give_the_bytes_of_gnu_m4() {
    Tool::GnuM4.wanted();
    let count = std::env::var("DOCKMILL_IMPORT_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(TEMPLATES);
    let mut tables = 0;
    for seed in 1..=count {
        let text = Writer(Random::new(seed)).template();
        let folder = Folder::new();
        folder.write("Dockerfile.m4", &text);
        let (releases, pythons) = (format!("RELEASE={}", RELEASES.join(",")), format!("PY={}", PYTHONS.join(",")));
        let ran = folder.dockmill(&["import", "m4", "-s", &releases, "-s", &pythons, "-o", "new", "Dockerfile.m4"]);
        assert_eq!(ran.status, 0, "seed {seed}\n{text}\n{}", ran.stderr);
        let ran = folder.dockmill(&["-C", "new", "render"]);
        assert_eq!(ran.status, 0, "seed {seed}\n{text}\n{}", ran.stderr);
        for (release, py) in RELEASES.iter().flat_map(|release| PYTHONS.map(|py| (release, py))) {
            let old =
                gnu(&[&format!("-DRELEASE={release}"), &format!("-DPY={py}"), "Dockerfile.m4"], folder.path(), b"");
            let new = folder.read(&format!("new/dockerfiles/project/{release}/{py}/Dockerfile"));
            assert_eq!(String::from_utf8_lossy(&old.output), new, "seed {seed} {release} {py}\n{text}");
        }
        tables += u64::from(folder.read("new/dockmill.toml").contains("[axis.RELEASE."));
    }
    assert!(tables > count / 3, "{tables} of {count} have a table");
}
