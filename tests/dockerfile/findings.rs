//! Files without findings, and findings with exact help; `tests/cases/dockerfile/findings` shows how each reads.

use std::fmt::Write as _;

use dockmill::dockerfile::{check, parse};

use crate::support::case;

/// What stands as the replacement is what makes the finding go away.
#[test]
fn exact_help_helps() {
    for path in case::paths("dockerfile/findings", "Dockerfile") {
        let bytes = std::fs::read(&path).unwrap();
        let dockerfile = parse(&bytes);
        for finding in check(&dockerfile) {
            let Some((place, with)) = finding.help.iter().find_map(|help| help.replacement.clone()) else { continue };
            let columns = place.columns.unwrap();
            let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            let line = &mut lines[place.line as usize - 1];
            line.splice(columns.start as usize..columns.end as usize, with.bytes());
            let mended = lines.join(&b'\n');
            let left = check(&parse(&mended));
            let again = left.iter().any(|other| other.line == finding.line && other.message == finding.message);
            assert!(!again, "{}: {}", path.display(), finding.message);
        }
    }
}

#[test]
fn no_false_alarm() {
    let mut alarms = String::new();
    for path in case::paths("dockerfile/quiet", "Dockerfile") {
        let bytes = std::fs::read(&path).unwrap();
        let dockerfile = parse(&bytes);
        for finding in check(&dockerfile) {
            let _ = writeln!(alarms, "{}:{}: {}", path.display(), finding.line, finding.message);
        }
    }
    assert!(alarms.is_empty(), "{alarms}");
}
