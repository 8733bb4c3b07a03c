//! What `docs/architecture.md` says of the rooms, as far as the code shows it.

use std::path::Path;

/// Rooms, and files, that look at the disk by themselves.
const ON_DISK: [&str; 6] = ["cli/", "git/", "output/", "plan/export/copied.rs", "run/", "source/file_system.rs"];

/// What looks at the disk.
const LOOKS: [&str; 9] = [
    "std::fs",
    "File::open",
    ".is_file()",
    ".is_dir()",
    ".exists()",
    ".metadata()",
    "symlink_metadata",
    "canonicalize_utf8",
    "read_dir_utf8",
];

/// The files under `src` with their lines, without comments and unit tests.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            sources.push((name, lines.collect::<Vec<_>>().join("\n")));
        }
    }
    sources
}

#[test]
fn other_rooms_read_through_the_file_system() {
    for (file, code) in sources() {
        if ON_DISK.iter().any(|room| file.starts_with(room)) {
            continue;
        }
        for look in LOOKS {
            assert!(!code.contains(look), "src/{file}: `{look}` reads past `FileSystem`");
        }
    }
}

/// What a library's user sees of a file's code, item by item: signatures, fields, and traits as a whole.
fn public_items(code: &str) -> Vec<&str> {
    let item = r"(?m)^ *(?:#\[doc\(hidden\)\]\s+(?:#\[.*\]\s+)*)?pub (?:trait [^{]*\{(?s:.*?)^\}|fn [^{;]*|type [^;]*|(?:const|static) .*|use .*|\w+: .*)";
    regex::Regex::new(item).unwrap().find_iter(code).map(|found| found.as_str()).collect()
}

#[test]
fn no_public_item_shows_minijinja() {
    let shows = regex::Regex::new(r"\b(?:minijinja|Value)\b").unwrap();
    let mut seen = 0;
    for (file, code) in sources() {
        // The language itself: `lib.rs` hides it.
        if file.starts_with("expression/") {
            continue;
        }
        for item in public_items(&code) {
            seen += 1;
            let is_hidden = item.trim_start().starts_with("#[doc(hidden)]");
            assert!(is_hidden || !shows.is_match(item), "src/{file} shows a value of minijinja: {item}");
        }
    }
    assert!(seen > 500, "only {seen} items were found");
    assert_eq!(
        public_items("#[doc(hidden)]\npub trait A {\n    fn a() -> Value;\n}\npub fn b(\n    c: Value,\n) {}\n").len(),
        2
    );
}
