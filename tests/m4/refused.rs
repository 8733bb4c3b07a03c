//! What `dockmill m4` does not do unless it is told to, and where it ends what GNU m4 would not.

use crate::support::Folder;

#[test]
fn programs_are_run_only_if_the_user_says_so() {
    let folder = Folder::new();
    folder.write("t.m4", "esyscmd(`echo made')syscmd(`touch here')sysval\n");
    let ran = folder.dockmill(&["m4", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "0\n"));
    assert_eq!(
        ran.stderr,
        "m4:t.m4:1: `esyscmd' is refused: templates run no programs; \
         `--allow-exec` allows it for templates of your own\n\
         m4:t.m4:1: `syscmd' is refused: templates run no programs; \
         `--allow-exec` allows it for templates of your own\n"
    );
    assert!(!folder.file("here").exists());
    let ran = folder.dockmill(&["m4", "--allow-exec", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str(), ran.stderr.as_str()), (0, "made\n0\n", ""));
    assert!(folder.file("here").exists());
}

#[test]
fn files_are_made_only_if_the_user_says_so() {
    let folder = Folder::new();
    folder.write("t.m4", "mkstemp(`temporary-XXXXXX')maketemp(`more-XXXXXX')debugfile(`trace')\n");
    let ran = folder.dockmill(&["m4", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "\n"));
    assert_eq!(ran.stderr.matches("--allow-exec").count(), 3, "{}", ran.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(folder.dockmill(&["m4", "--allow-exec", "t.m4"]).status, 0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn files_are_included_from_here_and_from_named_folders_only() {
    let folder = Folder::new();
    folder.write("project/t.m4", "include(`../secret')|include(`link')|undivert(`../secret')|sinclude(`../secret')");
    folder.write("secret", "secret");
    std::os::unix::fs::symlink("../secret", folder.file("project/link")).unwrap();
    let ran = folder.dockmill(&["-C", "project", "m4", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, "|||"));
    assert_eq!(ran.stderr.matches("outside of this folder; `-I ").count(), 4, "{}", ran.stderr);
    let ran = folder.dockmill(&["-C", "project", "m4", "-I", "..", "t.m4"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "secret|secret|secret|secret"));
}

#[test]
fn frozen_files_are_refused_with_the_reason() {
    let folder = Folder::new();
    for option in ["-Fstate", "-Rstate", "--freeze-state=state", "--reload-state=state"] {
        let ran = folder.dockmill(&["m4", option]);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
        assert!(ran.stderr.contains("frozen files (-F, -R) are not supported"), "{}", ran.stderr);
    }
}

#[test]
fn an_expansion_without_an_end_ends_with_its_stack() {
    let folder = Folder::new();
    folder.write("t.m4", "define(`x',`x x')dnl\n\nRUN x\n");
    let ran = folder.dockmill(&["m4", "t.m4"]);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.stderr,
        "m4:t.m4:3: ERROR: expansion passes 1000000 macros in each other\n\
         m4:t.m4:3: in the expansion of `x'\n"
    );
}
