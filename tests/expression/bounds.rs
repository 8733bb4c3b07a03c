//! No expression hangs: what takes long uses up the steps that an expansion has.

use crate::support::Folder;

/// What `expand` says of a template that asks for more than these steps.
fn refused(steps: u64, template: &str) -> String {
    let folder = Folder::new();
    folder.write("t", template);
    let ran = folder.dockmill(&["expand", "--limit", &format!("steps={steps}"), "t"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{template}\n{}", ran.stderr);
    assert!(ran.stderr.starts_with("error[limit-exceeded]"), "{template}\n{}", ran.stderr);
    ran.stderr
}

#[test]
fn a_pattern_has_a_size() {
    let stderr = refused(10_000_000, "FROM @{(\"a\" * 20000)|regex_replace(\"(a*)*b|((a?){100}){100}\", \"\")}\n");
    assert!(stderr.contains("this pattern is too large"), "{stderr}");
    assert!(stderr.contains("compiled it takes more than 1024 KiB"), "{stderr}");
    // Unicode's letters are many, and are no reason to refuse an ordinary pattern.
    let folder = Folder::new();
    folder.write("t", "FROM @{\"debian:12.8\"|regex_replace(\"^(\\\\w+):(\\\\d+)\\\\.(\\\\d+)$\", \"$1:$2\")}\n");
    let ran = folder.dockmill(&["expand", "--limit", "steps=1000", "t"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, "FROM debian:12\n"), "{}", ran.stderr);
}

#[test]
fn a_search_costs_what_it_compares() {
    for template in [
        // Many positions for each byte.
        "FROM @{(\"a\" * 2000000)|regex_replace(\"(a*)*b|((a?){20}){20}x\", \"\")}\n",
        // Each search looks at all that follows.
        "FROM @{(\"A\" * 1000000)|regex_replace(\".*[^A-Z]|[A-Z]\", \"b\")}\n",
        // A pattern for each round.
        "@foreach(i, range(100000))\n@let(x, \"a\"|regex_replace(\"a{\" ~ i % 900 ~ \"}\", \"\"))\n@end\n",
    ] {
        let stderr = refused(1_000_000, template);
        assert!(stderr.contains("the steps of this expansion are used up"), "{stderr}");
    }
}

#[test]
fn large_values_cost_their_size() {
    // Ten thousand rounds take some 50,000 steps, if what they do takes none.
    for expression in [
        "(\"a\" * 400000)|length",
        "range(10000)|sort",
        "range(10000)|list == range(10000)",
        "9999 in range(10000)",
        "big|upper",
        "big|title",
        "big[::-1]",
        "numbers[0:1]",
        "big is lower",
        "[numbers]",
        "[numbers] == [numbers]",
        "numbers|join(\",\")",
        "[big, big]|json",
        "numbers|map(\"string\")",
    ] {
        let stderr = refused(1_000_000, &rounds(expression));
        assert!(stderr.contains("steps"), "{expression}\n{stderr}");
    }
    let folder = Folder::new();
    folder.write("t", &rounds("big"));
    let ran = folder.dockmill(&["expand", "--no-check", "--limit", "steps=150000", "t"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}

/// Many rounds of a loop that compute an expression.
fn rounds(expression: &str) -> String {
    format!(
        "@let(big, \"a\" * 400000)\n@let(numbers, range(30000))\n@foreach(i, range(10000))\n@let(x, {expression})\n@end\n"
    )
}

#[test]
fn an_expression_of_the_manifest_has_the_same_bound() {
    let folder = Folder::new();
    folder.write("t", "FROM scratch\n");
    let search = "('A' * 1000000)|regex_replace('.*[^A-Z]|[A-Z]', 'b')|length";
    folder.write("dockmill.toml", &format!("[image.a]\ntemplate = \"t\"\noutput = \"Dockerfile.@{{{search}}}\"\n"));
    let ran = folder.dockmill(&["list", "--output", "paths"]);
    let ran = if ran.stderr.contains("limit-exceeded") { ran } else { folder.dockmill(&["check"]) };
    assert!(ran.stderr.contains("this expression takes more than 10000000 steps"), "{}", ran.stderr);
}
