//! Outputs are committed: what becomes of them in branches, merges, hooks and other people's hands, with the real git.

mod merge;
mod ownership;
mod staged;

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

const A: &str = "dockerfiles/app/a/Dockerfile";
const B: &str = "dockerfiles/app/b/Dockerfile";
