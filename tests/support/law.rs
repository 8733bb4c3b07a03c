//! How a law is tried on random cases.

use proptest::test_runner::{Config, FileFailurePersistence};

/// So many random cases, after those that once failed: proptest keeps them beside the law's file, as
/// `NAME.proptest-regressions`, to be committed with the fix.
pub(crate) fn cases(cases: u32) -> Config {
    let kept = FileFailurePersistence::WithSource("proptest-regressions");
    Config { cases, failure_persistence: Some(Box::new(kept)), ..Config::default() }
}
