//! What is built when, and what becomes of the rest after a failure.

use super::fake::{calls, project};

const DIAMOND: &[(&str, &[&str])] =
    &[("app", &["left", "right"]), ("left", &["base"]), ("right", &["base"]), ("base", &[]), ("other", &[])];

#[test]
fn what_is_needed_comes_first() {
    let folder = project(DIAMOND, "");
    let ran = folder.dockmill(&["build", "app"]).ended(0);
    let lines =
        ["begin base", "end base", "begin left", "end left", "begin right", "end right", "begin app", "end app"];
    assert_eq!(calls(&folder), lines);
    let built: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("built ")).collect();
    assert_eq!(built, ["built base", "built left", "built right", "built app"]);
    assert!(ran.stderr.contains("base  | log of base\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("4 done, in "), "{}", ran.stderr);
}

#[test]
fn all_are_built_once() {
    let folder = project(DIAMOND, "");
    folder.dockmill(&["build"]).ended(0);
    let begun: Vec<String> = calls(&folder).into_iter().filter(|call| call.starts_with("begin ")).collect();
    assert_eq!(begun, ["begin base", "begin left", "begin right", "begin app", "begin other"]);
}

#[test]
fn no_deps_builds_what_is_named() {
    let folder = project(DIAMOND, "");
    folder.dockmill(&["build", "--no-deps", "left", "base"]).ended(0);
    assert_eq!(calls(&folder), ["begin base", "end base", "begin left", "end left"]);
}

/// Each waits for the other: one after the other they would wait for ever.
#[test]
fn jobs_run_at_the_same_time() {
    let folder = project(DIAMOND, "");
    for (name, count) in [("left", "3"), ("right", "3")] {
        folder.write(&format!("meet-{name}"), count);
    }
    folder.dockmill(&["build", "-j2", "app"]).ended(0);
    let of_argument = calls(&folder);
    assert_eq!(of_argument[..2], ["begin base", "end base"]);
    assert_eq!(of_argument[6..], ["begin app", "end app"]);
    // So it is where the manifest says it.
    folder.edit("dockmill.toml", "[builder]\n", "[builder]\njobs = 2\n");
    for name in ["left", "right"] {
        folder.write(&format!("meet-{name}"), "3");
    }
    folder.dockmill(&["build", "app"]).ended(0);
    assert_eq!(calls(&folder).len(), of_argument.len() + 8);
}

#[test]
fn there_are_never_more_jobs_than_wanted() {
    let names: Vec<String> = (0..9).map(|number| format!("i{number}")).collect();
    let images: Vec<(&str, &[&str])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    let folder = project(&images, "");
    folder.dockmill(&["build", "-j3"]).ended(0);
    let (mut running, mut most, mut done) = (0, 0, 0);
    for call in calls(&folder) {
        if call.starts_with("begin ") {
            running += 1;
        } else {
            (running, done) = (running - 1, done + 1);
        }
        most = most.max(running);
    }
    assert!(most <= 3 && done == 9, "{most} {done}");
}

#[test]
fn after_a_failure_nothing_new_begins() {
    let folder = project(DIAMOND, "");
    folder.write("fail-left", "");
    let ran = folder.dockmill(&["build"]).ended(1);
    assert_eq!(calls(&folder), ["begin base", "end base", "begin left", "fail left"]);
    assert!(ran.stderr.contains("not begun           app (needs left)\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("not begun           other\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 done, 1 failed, 3 not begun, in "), "{}", ran.stderr);
}

#[test]
fn keep_going_builds_what_does_not_need_the_failed() {
    let folder = project(DIAMOND, "");
    folder.write("fail-left", "");
    let ran = folder.dockmill(&["build", "-k"]).ended(1);
    let lines = ["begin base", "end base", "begin left", "fail left", "begin right", "end right", "begin other"];
    assert_eq!(calls(&folder)[..7], lines);
    assert!(ran.stderr.contains("3 done, 1 failed, 1 not begun, in "), "{}", ran.stderr);
    assert!(ran.stderr.contains("error[build-failed]: building `left` failed"), "{}", ran.stderr);
}

#[test]
fn pulls_come_before_and_pushes_behind() {
    let folder = project(DIAMOND, "");
    folder.dockmill(&["build", "--pull", "--push", "left"]).ended(0);
    let begun: Vec<String> = calls(&folder).into_iter().filter(|call| call.starts_with("begin ")).collect();
    // Only what is not built here is pulled, once; only what was chosen is pushed.
    assert_eq!(begun, ["begin pull-debian:bookworm", "begin base", "begin left", "begin push-acme/left:1"]);
}

#[test]
fn a_pull_that_fails_is_told_where_the_image_is_named() {
    let folder = project(&[("app", &[])], "");
    folder.write("fail-pull-debian:bookworm", "");
    let ran = folder.dockmill(&["build", "--pull"]).ended(1);
    assert!(ran.stderr.contains("error[build-failed]: pulling `debian:bookworm` failed"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--> app/Dockerfile.dockmill:1:1"), "{}", ran.stderr);
    assert_eq!(calls(&folder).len(), 2);
}

#[test]
fn a_push_that_fails_is_told_at_its_image() {
    let folder = project(&[("app", &[])], "");
    folder.write("fail-push-acme_app:1", "");
    let ran = folder.dockmill(&["build", "--push"]).ended(1);
    assert!(
        ran.stderr.contains("error[build-failed]: pushing `acme/app:1` failed\n --> dockmill.toml:3:"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("1 done, 1 failed, in "), "{}", ran.stderr);
}

/// A stage is built alone, on what it needs itself.
#[test]
fn stages_are_targets() {
    let more = "[image.staged]\nstages = { wheels = { tags = [\"acme/wheels:1\"] } }\n[image.user]\n";
    let folder = project(DIAMOND, more);
    let staged = "FROM acme/base:1 AS wheels\nFROM acme/left:1\nCOPY --from=wheels / /\n";
    folder.write("staged/Dockerfile.dockmill", staged);
    folder.write("user/Dockerfile.dockmill", "FROM acme/wheels:1\n");
    folder.dockmill(&["build", "staged:wheels"]).ended(0);
    assert_eq!(calls(&folder), ["begin base", "end base", "begin staged:wheels", "end staged:wheels"]);
    std::fs::remove_file(folder.file("calls")).unwrap();
    folder.dockmill(&["build", "user"]).ended(0);
    let lines = ["begin base", "end base", "begin staged:wheels", "end staged:wheels", "begin user", "end user"];
    assert_eq!(calls(&folder), lines);
    let planned = folder.dockmill(&["build", "-n", "--no-deps", "staged:wheels"]).ended(0).stdout;
    let command = "./builder staged:wheels dockerfiles/staged/Dockerfile -t acme/wheels:1 --target wheels\n";
    assert_eq!(planned, command);
}

/// Of many targets most are rendered again where they are needed again: for what is said of them, and to be written.
#[test]
fn of_many_each_is_written_and_its_lines_are_told() {
    let folder = project(&[("many", &[])], "");
    let builder = "[builder]\nuse = [\"test\", \"{target}\", \"!=\", \"many/1099\"]\n";
    let axis = "[axis]\nn = \"range(1100)\"\n[image.many]\nmatrix = [\"n\"]\n";
    folder.write("dockmill.toml", &format!("[project]\nname = \"acme\"\n{axis}{builder}"));
    folder.write("many/Dockerfile.dockmill", "FROM scratch\n@if(n == 1099)\nCOPY nothing /\n@end\nENV N @{n}\n");
    let ran = folder.dockmill(&["build", "-j4"]).ended(1);
    let missing = "the build context has no `nothing`\n --> many/Dockerfile.dockmill:3:6\n";
    assert!(ran.stderr.contains(missing), "{}", ran.stderr);
    assert!(ran.stderr.contains("error[build-failed]") && ran.stderr.contains("many/1099"), "{}", ran.stderr);
    for n in [0, 1023, 1024, 1099] {
        assert!(folder.read(&format!("dockerfiles/many/{n}/Dockerfile")).ends_with(&format!("ENV N {n}\n")));
    }
}
