//! Ctrl-C and its like.

use std::process::{Command, Stdio};

use super::fake::{calls, project, start, until};

/// The shell's own: not every machine has the program.
fn kill(arguments: &str) -> bool {
    Command::new("sh").args(["-c", &format!("kill {arguments}")]).output().unwrap().status.success()
}

fn is_alive(pid: &str) -> bool {
    kill(&format!("-0 {}", pid.trim()))
}

fn send(signal: &str, pid: &str) {
    assert!(kill(&format!("-s {signal} {pid}")));
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
        send(signal, &pid);
        let ended = running.wait_with_output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(status), "{said}");
        assert_eq!(calls(&folder), ["begin base", "end base", "begin app", "stopped app"]);
        assert!(said.contains("stopping …\n"), "{said}");
        assert!(said.contains("1 done, 1 stopped, 1 not begun, in "), "{said}");
        until("what the builder started is gone", || !is_alive(&child));
    }
}

/// `nohup` means it.
#[test]
fn what_is_ignored_stays_ignored() {
    let folder = project(&[("app", &[])], "");
    folder.write("builder", "#!/bin/sh\ntouch here\nuntil [ -e go ]; do sleep 0.05; done\n");
    let mut running = Command::new("env");
    running.args(["--ignore-signal=HUP", env!("CARGO_BIN_EXE_dockmill"), "build"]).current_dir(folder.path());
    let mut running = running.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("it runs", || folder.file("here").exists());
    send("HUP", &running.id().to_string());
    std::thread::sleep(std::time::Duration::from_millis(200));
    folder.write("go", "");
    assert_eq!(running.wait().unwrap().code(), Some(0));
}

/// A builder that does not listen is killed by the second Ctrl-C.
#[test]
fn the_second_interrupt_kills() {
    let folder = project(&[("app", &[])], "");
    folder.write("builder", "#!/bin/sh\ntrap '' INT TERM\necho $$ > child\nsleep 30\nsleep 30\n");
    let running = start(&folder, &["build"]);
    until("it runs", || folder.file("child").exists() && !folder.read("child").is_empty());
    let pid = running.id().to_string();
    send("INT", &pid);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert!(is_alive(&folder.read("child")));
    send("INT", &pid);
    let ended = running.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    until("it is gone", || !is_alive(&folder.read("child")));
}
