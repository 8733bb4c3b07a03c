//! The functions, filters and tests of the language. minijinja's, less those that make no sense where nothing is HTML
//! (`safe`, `escape`) or that look into the engine (`debug`, `pprint`), and dockmill's own.

/// Filters that minijinja brings and that are used as they are, but for case (see `filter.rs`).
pub(super) const FILTERS: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "zip",
];

/// Filters of dockmill's own, or whose meaning is stricter.
pub(super) const OWN_FILTERS: &[&str] =
    &["cont", "d", "default", "json", "regex_replace", "shell_quote", "tojson", "upto"];

/// Tests that minijinja brings.
pub(super) const TESTS: &[&str] = &[
    "boolean",
    "divisibleby",
    "endingwith",
    "even",
    "false",
    "float",
    "integer",
    "iterable",
    "lower",
    "mapping",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "upper",
];

/// Tests of dockmill's own, or whose meaning is stricter.
pub(super) const OWN_TESTS: &[&str] = &["defined", "eq", "ge", "gt", "in", "le", "lt", "ne", "undefined", "version"];

/// Functions.
pub(super) const FUNCTIONS: &[&str] = &["dict", "range"];

pub(super) fn is_filter(name: &str) -> bool {
    FILTERS.contains(&name) || OWN_FILTERS.contains(&name)
}

pub(super) fn is_test(name: &str) -> bool {
    TESTS.contains(&name) || OWN_TESTS.contains(&name)
}

pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}
