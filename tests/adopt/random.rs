//! Random projects are rendered, and what they render is adopted: the bytes are the same, and the new project is about as long.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::adopted;
use crate::support::Folder;
use crate::support::random::Random;

const WORDS: &[&str] = &[
    "curl",
    "git",
    "make",
    "libssl-dev",
    "zlib1g",
    "configure",
    "install",
    "wget",
    "python3",
    "nodejs",
    "ca-certificates",
    "gnupg",
    "tzdata",
    "locales",
    "build",
    "check",
    "clean",
    "strip",
];
const CONDITIONS: &[&str] = &[
    "version is version(\">=3\")",
    "version is version(\"<2\")",
    "variant == \"bookworm\"",
    "variant != \"alpine3.20\"",
    "version == \"2\" and variant == \"trixie\"",
    "version is version(\">=4\") or variant == \"alpine3.20\"",
];
const HOLES: &[&str] =
    &["@{version}", "@{full}", "@{variant}", "@{hash}", "@{\"-x\" if variant == \"bookworm\" else \"\"}"];

/// A template of instructions with holes and conditions.
fn template(random: &mut Random) -> String {
    let mut text = "FROM debian:@{variant}\nENV FULL @{full}\n".to_owned();
    for _ in 0..8 + random.below(12) {
        let conditional = random.below(3) == 0;
        if conditional {
            let _ = writeln!(text, "@if({})", random.one_of(CONDITIONS));
        }
        for _ in 0..=random.below(2) {
            let _ = write!(text, "RUN {} {}", random.one_of(WORDS), random.one_of(WORDS));
            if random.below(3) == 0 {
                let _ = write!(text, " --with={}", random.one_of(HOLES));
            }
            for _ in 0..random.below(3) {
                let _ = write!(text, " \\\n  && {} {} {}", random.one_of(WORDS), random.one_of(WORDS), random.below(9));
            }
            text.push('\n');
        }
        if conditional && random.below(2) == 0 {
            let _ = write!(text, "@else\nRUN {} {}\n", random.one_of(WORDS), random.one_of(WORDS));
        }
        if conditional {
            text.push_str("@end\n");
        }
    }
    text.push_str("CMD [\"sh\"]\n");
    text
}

fn manifest() -> String {
    let mut text = "[project]\nname = \"r\"\nheader = false\nblank_lines = \"keep\"\n".to_owned();
    text.push_str("[axis]\nvariant = [\"alpine3.20\", \"bookworm\", \"trixie\"]\n");
    for version in 1..=5 {
        let hash = char::from(b'a' + version).to_string().repeat(40);
        let _ = write!(text, "[axis.version.{version}]\nfull = \"{version}.{}.1\"\nhash = \"{hash}\"\n", version * 2);
    }
    text.push_str("[image.a]\ntemplate = \"a.dockmill\"\nmatrix = [\"version\", \"variant\"]\noutput = \"@{version}/@{variant}/Dockerfile\"\n");
    text
}

/// What a project with this template renders.
fn rendered(template: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Folder::new();
    folder.write("dockmill.toml", &manifest());
    folder.write("a.dockmill", template);
    let root = camino::Utf8Path::from_path(folder.path()).unwrap();
    let project = dockmill::Project::open(root).unwrap();
    let all = project.render(&dockmill::Selection::all()).unwrap_or_else(|error| panic!("{error}")).outputs;
    all.into_iter().map(|(target, rendered)| (target.output.into_string(), rendered.text.bytes)).collect()
}

/// Of each project a file is taken away, and shown to the project that was adopted from the others.
#[test]
fn what_is_adopted_of_random_projects_holds_for_the_file_that_was_not_there() {
    let mut held = 0;
    for seed in 0..20 {
        let mut files = rendered(&template(&mut Random::new(seed)));
        let path = files.keys().nth(usize::try_from(seed * 7 % 15).unwrap()).unwrap().clone();
        let bytes = files.remove(&path).unwrap();
        let folder = Folder::new();
        for (path, bytes) in &adopted(&files).files {
            folder.write(path.as_str(), std::str::from_utf8(bytes).unwrap());
        }
        folder.write(&path, std::str::from_utf8(&bytes).unwrap());
        held += usize::from(folder.dockmill(&["adopt", "--dry-run"]).status == 0);
    }
    // Where one target alone has a line, nothing tells that the missing one has it, too.
    assert!(held >= 14, "{held} of 20");
}

#[test]
fn what_random_projects_render_is_adopted() {
    let (mut old_lines, mut new_lines) = (0, 0);
    for seed in 0..40 {
        let template = template(&mut Random::new(seed));
        let files = rendered(&template);
        let adopted = adopted(&files);
        assert!(adopted.left_out.is_empty(), "seed {seed}: {:?}\n{template}", adopted.left_out);
        assert!(adopted.warnings.is_empty(), "seed {seed}: {:?}", adopted.warnings);
        old_lines += template.lines().count();
        new_lines += adopted.images.iter().map(|image| image.template).sum::<usize>();
    }
    assert!(new_lines * 100 <= old_lines * 115, "{old_lines} lines became {new_lines}");
}
