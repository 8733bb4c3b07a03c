//! Files are named as they are reached from where the user stands, in a repository that holds more than one project.

use super::*;

/// The project of [`small`] in `services/images`.
fn nested() -> Repository {
    let project = small();
    let moved =
        "mkdir -p services/images/sub && git mv dockmill.toml app dockerfiles services/images && rm -r .dockmill";
    project.0.shell(moved).ended(0);
    project.commit("moved");
    project
}

/// Where someone stands, what they say there, and the way from there to the project's folder.
const PLACES: [(&str, &str, &str); 5] = [
    ("services/images", "dockmill", ""),
    ("services/images/sub", "dockmill", "../"),
    ("services", "dockmill -C images", "images/"),
    (".", "dockmill -C services/images", "services/images/"),
    (".", "dockmill -C services/images/sub", "services/images/"),
];

#[test]
fn files_are_named_as_a_click_opens_them() {
    for (folder, dockmill, way) in PLACES {
        let project = nested();
        let run = |words: &str, status| project.0.shell(&format!("cd {folder}; {dockmill} {words}")).ended(status);
        let template = "services/images/app/Dockerfile.dockmill";
        project.0.edit(template, "RUN one", "RUN 1");
        let stale = format!("{way}{A} is out of date\n{way}{B} is out of date\n");
        assert_eq!(run("check", 1).stdout, stale, "{dockmill}");
        assert!(run("check --message-format json", 1).stdout.contains(&format!("\"file\":\"{way}{A}\"")));
        assert!(run("diff", 1).stdout.contains(&format!("  {way}app/Dockerfile.dockmill:")), "{dockmill}");
        let patch = run("diff --patch", 1).stdout;
        assert!(patch.contains(&format!("+++ b/{A}\n")), "it is applied in the project's folder: {patch}");
        project.git("add -A");
        assert!(run("check --staged", 1).stdout.starts_with(&format!("{way}{A} is not what")), "{dockmill}");
        assert_eq!(run("render", 0).stdout, format!("updated {way}{A}\nupdated {way}{B}\n"));
        // What is to be done is said for who stands there.
        let told = run("check --staged", 1).stderr;
        let line = told.split('`').find(|words| words.starts_with("git ")).unwrap();
        // Behind `-C`, which git has, too, paths are from there.
        let git = dockmill.replace("dockmill", "git");
        let from = if git == "git" { way } else { &"../"[..if git.ends_with("/sub") { 3 } else { 0 }] };
        assert_eq!(line, format!("{git} add -- {from}{A} {from}{B}"));
        project.0.shell(&format!("cd {folder}; {line}")).ended(0);
        run("check --staged", 0);
        // A place that a message names is one that `explain` takes.
        let explained = run(&format!("explain {way}{A}:3"), 0).stdout;
        assert!(explained.contains(&format!("comes from {way}app/Dockerfile.dockmill:2\n")), "{explained}");
        project.0.write(&format!("services/images/{A}"), "by hand\n");
        let refused = run("render", 2).stderr;
        assert!(refused.contains(&format!("`{way}{A}` was not written by dockmill")), "{refused}");
        project.0.edit(template, "RUN two", "RUN @{two}");
        assert!(run("check", 2).stderr.contains(&format!("--> {way}app/Dockerfile.dockmill:3:")), "{dockmill}");
        project.0.edit(template, "RUN @{two}", "RUN two");
        assert!(run("clean", 0).stdout.contains(&format!("removed {way}{B}\n")), "{dockmill}");
    }
}

/// Annotations of GitHub want paths from the root of the repository, commands of builders those from the current folder.
#[test]
fn a_workflow_in_a_folder_of_its_own() {
    let project = nested();
    project.0.edit("services/images/app/Dockerfile.dockmill", "RUN one", "RUN 1");
    let workflow = "export GITHUB_ACTIONS=true GITHUB_WORKSPACE=$PWD; cd services/images;";
    let run = |words: &str, status| project.0.shell(&format!("{workflow} dockmill {words}")).ended(status);
    assert!(run("check", 1).stdout.contains(&format!("file=services/images/{A}")));
    assert!(run("check --message-format full", 1).stdout.contains(&format!("services/images/{A} is out of date\n")));
    let commands = run("build --dry-run", 0).stdout;
    assert!(commands.contains(&format!(" {A}")) && !commands.contains("services"), "{commands}");
}

#[test]
fn projects_below_are_named() {
    let project = nested();
    let told = |line: &str| project.0.shell(line).ended(2).stderr;
    let none = "error: there is no `dockmill.toml` here or in a folder above; ";
    assert_eq!(told("dockmill check"), format!("{none}did you mean `-C services/images`?\n"));
    assert_eq!(told("cd services; dockmill -C .. check"), format!("{none}did you mean `-C images`?\n"));
    project.0.shell("mkdir empty 'services/a b' .hidden; cp services/images/dockmill.toml 'services/a b'").ended(0);
    project.0.shell("cp services/images/dockmill.toml .hidden").ended(0);
    assert_eq!(told("cd empty; dockmill list"), format!("{none}`dockmill init` writes a first one\n"));
    assert_eq!(told("dockmill list"), format!("{none}did you mean `-C 'services/a b'` or `-C services/images`?\n"));
    project.0.shell("for n in 1 2 3 4; do mkdir p$n; cp services/images/dockmill.toml p$n; done").ended(0);
    let many = "there are 6 below: did you mean `-C p1`, `-C p2`, `-C p3` or `-C p4`?\n";
    assert_eq!(told("dockmill list"), format!("{none}{many}"));
}
