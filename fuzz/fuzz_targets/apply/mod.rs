//! Applies a patch in git's format as strictly as git does: context, counts and places must fit.

use std::collections::BTreeMap;

/// The lines of the patch that are still to be read.
struct Patch<'p>(std::iter::Peekable<std::vec::IntoIter<&'p [u8]>>);

fn is_end(byte: &u8) -> bool {
    *byte == b'\n'
}

/// Bytes, and whether they may be executed, by path.
pub(super) fn apply(patch: &[u8], files: &mut BTreeMap<String, (Vec<u8>, bool)>) {
    let mut patch = Patch(patch.split_inclusive(is_end).collect::<Vec<_>>().into_iter().peekable());
    while let Some(line) = patch.0.next() {
        // What stands between is the text of a mail.
        if let Some(names) = line.strip_prefix(b"diff --git ") {
            file(names, &mut patch, files);
        } else {
            assert!(
                !line.starts_with(b"@@") && !line.starts_with(b"+") && !line.starts_with(b"-"),
                "outside: {line:?}"
            );
        }
    }
}

fn file(names: &[u8], patch: &mut Patch<'_>, files: &mut BTreeMap<String, (Vec<u8>, bool)>) {
    let name = name(names);
    let before = files.remove(&name);
    let (mut is_new, mut is_gone, mut mode) = (false, false, before.as_ref().is_some_and(|(_, mode)| *mode));
    let executable = |mode: &[u8]| match mode {
        b"100644\n" => false,
        b"100755\n" => true,
        mode => panic!("a mode: {mode:?}"),
    };
    while let Some(line) = patch.0.next_if(|line| !line.starts_with(b"--- ") && is_head(line)) {
        if let Some(of) = line.strip_prefix(b"new file mode ") {
            (is_new, mode) = (true, executable(of));
        } else if let Some(of) = line.strip_prefix(b"deleted file mode ") {
            is_gone = true;
            assert_eq!(executable(of), mode, "the mode that it had");
        } else if let Some(of) = line.strip_prefix(b"old mode ") {
            assert_eq!(executable(of), mode, "the mode that it had");
        } else if let Some(of) = line.strip_prefix(b"new mode ") {
            mode = executable(of);
        }
    }
    assert_eq!(before.is_none(), is_new, "{name:?} is new where it was not there");
    let old = before.map(|(bytes, _)| bytes).unwrap_or_default();
    let old: Vec<&[u8]> = old.split_inclusive(is_end).collect();
    let (mut new, mut at) = (Vec::new(), 0);
    if patch.0.next_if(|line| line.starts_with(b"--- ")).is_some() {
        let second = patch.0.next().unwrap_or_default();
        assert!(second.starts_with(b"+++ "), "{second:?}");
        while let Some(head) = patch.0.next_if(|line| line.starts_with(b"@@ ")) {
            hunk(head, patch, &old, &mut new, &mut at);
        }
    }
    new.extend(old[at..].concat());
    if is_gone {
        assert!(new.is_empty(), "a file that goes is empty at the end");
    } else {
        files.insert(name, (new, mode));
    }
}

fn is_head(line: &[u8]) -> bool {
    let heads: [&[u8]; 4] = [b"new file mode ", b"deleted file mode ", b"old mode ", b"new mode "];
    heads.iter().any(|head| line.starts_with(head))
}

fn hunk(head: &[u8], patch: &mut Patch<'_>, old: &[&[u8]], new: &mut Vec<u8>, at: &mut usize) {
    let head = String::from_utf8_lossy(head).into_owned();
    let mut ranges = head.split(' ').skip(1).map(range);
    let (Some((start, mut gone)), Some((new_start, mut added))) = (ranges.next(), ranges.next()) else {
        panic!("a head: {head}");
    };
    // A side without lines is said to stand behind the line that is named.
    let first = if gone == 0 { start } else { start - 1 };
    new.extend(old[*at..first].concat());
    *at = first;
    let lines = new.split_inclusive(is_end).count();
    assert_eq!(lines, if added == 0 { new_start } else { new_start - 1 }, "where it stands: {head}");
    while gone > 0 || added > 0 {
        let line = patch.0.next().unwrap_or_default();
        let (sign, text) = line.split_first().unwrap_or((&b'?', &[]));
        let open = patch.0.next_if(|next| next.starts_with(b"\\ ")).is_some();
        let text = if open { &text[..text.len() - 1] } else { text };
        if matches!(sign, b' ' | b'-') {
            assert_eq!(old.get(*at), Some(&text), "line {} of the old file: {head}", *at + 1);
            *at += 1;
            gone -= 1;
        }
        if matches!(sign, b' ' | b'+') {
            new.extend_from_slice(text);
            added -= 1;
        }
        assert!(matches!(sign, b' ' | b'+' | b'-'), "in a hunk: {line:?}");
    }
}

/// `-first,count`
fn range(text: &str) -> (usize, usize) {
    let text = text.trim_start_matches(['-', '+']);
    let (first, count) = text.split_once(',').unwrap_or((text, "1"));
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("a number: {text}"));
    (number(first), number(count))
}

/// The name in `a/NAME b/NAME`, both quoted or none.
fn name(names: &[u8]) -> String {
    let names = names.strip_suffix(b"\n").unwrap_or(names);
    let half = names.len() / 2;
    let (a, b) = (&names[..half], &names[half + 1..]);
    let (a, b) = (unquoted(a), unquoted(b));
    assert!(a.starts_with("a/") && b.starts_with("b/") && a[2..] == b[2..], "{a} {b}");
    a[2..].to_owned()
}

/// A name without C's quotes.
fn unquoted(name: &[u8]) -> String {
    let Some(inner) = name.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return String::from_utf8_lossy(name).into_owned();
    };
    let mut bytes = Vec::new();
    let mut rest = inner.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match (byte, rest.as_slice()) {
            (b'\\', [first @ b'0'..=b'3', second, third, ..]) => {
                rest = rest.as_slice()[3..].iter();
                (first - b'0') << 6 | (second - b'0') << 3 | (third - b'0')
            }
            (b'\\', [escaped, ..]) => {
                rest.next();
                match escaped {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => 9,
                    b'n' => 10,
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => 13,
                    other => *other,
                }
            }
            _ => *byte,
        });
    }
    String::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}"))
}
