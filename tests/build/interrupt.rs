//! Ctrl-C and its like.

use std::process::Command;

use super::fake::{calls, project, start, until};

fn is_alive(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid.trim()]).output().unwrap().status.success()
}

/// The builder and all that it started are stopped and waited for, and what was done is said.
#[test]
fn children_are_stopped() {
    for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let folder = project(&[("base", &[]), ("app", &["base"]), ("last", &["app"])], "");
        folder.write("slow-app", "");
        let running = start(&folder, &["build"]);
        until("app runs", || folder.file("child").exists() && !folder.read("child").is_empty());
        let child = folder.read("child");
        assert!(is_alive(&child));
        let pid = running.id().to_string();
        Command::new("kill").args(["-s", signal, &pid]).output().unwrap();
        let ended = running.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(status), "{said}");
        assert_eq!(calls(&folder), ["begin base", "end base", "begin app", "stopped app"]);
        assert!(said.contains("stopping …\n"), "{said}");
        assert!(said.contains("1 done, 1 stopped, 1 not begun, in "), "{said}");
        until("what the builder started is gone", || !is_alive(&child));
    }
}

/// A builder that does not listen is killed by the second Ctrl-C.
#[test]
fn the_second_interrupt_kills() {
    let folder = project(&[("app", &[])], "");
    folder.write("builder", "#!/bin/sh\ntrap '' INT TERM\necho $$ > child\nsleep 30\nsleep 30\n");
    let running = start(&folder, &["build"]);
    until("it runs", || folder.file("child").exists() && !folder.read("child").is_empty());
    let pid = running.id().to_string();
    Command::new("kill").args(["-s", "INT", &pid]).output().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(is_alive(&folder.read("child")));
    Command::new("kill").args(["-s", "INT", &pid]).output().unwrap();
    let ended = running.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    until("it is gone", || !is_alive(&folder.read("child")));
}
