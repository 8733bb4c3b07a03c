//! The page on trust: each promise names a test that is there.

#[test]
fn each_promise_has_its_tests() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/trust.md")).unwrap();
    let rows = page.lines().filter(|line| line.contains("| `tests/") || line.contains("| `src/"));
    let mut count = 0;
    for row in rows {
        let mut words = row.rsplit("| ").next().unwrap().split('`').skip(1).step_by(2);
        let file = words.next().unwrap();
        let source = std::fs::read_to_string(root.join(file)).unwrap();
        let names: Vec<&str> = words.collect();
        assert!(!names.is_empty(), "{row}");
        for name in names {
            let mut lines = source.lines().map(str::trim).skip_while(|line| *line != format!("fn {name}() {{"));
            assert!(lines.next().is_some(), "{file} has no test `{name}`");
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}
