//! Outputs are committed: what becomes of them in branches, merges, hooks and other people's hands, with the real git.

mod merge;
mod ownership;
mod seen;
mod staged;
mod texts;

use crate::support::{Folder, Ran};

/// A repository with one project.
struct Repository(Folder);

impl Repository {
    /// A project of these files, rendered and committed.
    fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self(Folder::new());
        for (name, text) in files {
            repository.0.write(name, text);
        }
        repository.git("init -q -b main . && git config user.name t && git config user.email t@example.org");
        repository.render();
        repository.commit("start");
        repository
    }

    fn git(&self, arguments: &str) -> Ran {
        self.0.shell(&format!("git {arguments}")).ended(0)
    }

    fn render(&self) -> Ran {
        self.0.dockmill(&["render"]).ended(0)
    }

    fn commit(&self, message: &str) {
        self.git(&format!("add -A && git commit -q --allow-empty -m {message}"));
    }

    /// Two branches: `theirs` is done on a new one of this name, `mine` on main, which is where it ends; both are rendered and
    /// committed.
    fn diverge(&self, other: &str, theirs: impl Fn(&Folder), mine: impl Fn(&Folder)) {
        self.git(&format!("checkout -q -b {other}"));
        theirs(&self.0);
        self.render();
        self.commit("theirs");
        self.git("checkout -q main");
        mine(&self.0);
        self.render();
        self.commit("mine");
    }

    /// Nothing is to be done, and nothing is left to be committed.
    #[track_caller]
    fn is_clean(&self) {
        self.0.dockmill(&["check"]).ended(0);
        assert_eq!(self.git("status --porcelain").stdout, "");
    }
}

const MANIFEST: &str =
    "[project]\nname = \"shop\"\n[axis]\nrelease = [\"a\", \"b\"]\n[image.app]\nmatrix = [\"release\"]\n";
const TEMPLATE: &str = "FROM debian:@{release}\nRUN one\nRUN two\nRUN three\nRUN four\nRUN five\n";

fn small() -> Repository {
    Repository::new(&[("dockmill.toml", MANIFEST), ("app/Dockerfile.dockmill", TEMPLATE)])
}

/// As [`small`], without headers and with a file beside each output.
fn headless() -> Repository {
    let manifest = MANIFEST.replace("[axis]", "header = false\n[axis]") + "files = [\"run.sh\"]\n";
    Repository::new(&[("dockmill.toml", &manifest), ("app/Dockerfile.dockmill", TEMPLATE), ("app/run.sh", "echo\n")])
}

/// Two branches that change neighbouring lines of the outputs by files of their own: the templates merge, the outputs do not.
fn parted() -> Repository {
    let project = Repository::new(&[
        ("dockmill.toml", MANIFEST),
        ("app/Dockerfile.dockmill", "FROM debian:@{release}\n@include(\"one.dockmill\")\n@include(\"two.dockmill\")\n"),
        ("app/one.dockmill", "RUN one\n"),
        ("app/two.dockmill", "RUN two\n"),
    ]);
    project.diverge(
        "other",
        |folder| folder.write("app/two.dockmill", "RUN 2\n"),
        |folder| folder.write("app/one.dockmill", "RUN 1\n"),
    );
    project
}

const A: &str = "dockerfiles/app/a/Dockerfile";
const B: &str = "dockerfiles/app/b/Dockerfile";
