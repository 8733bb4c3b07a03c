//! Templates of a project that are in m4, as the user sees them: each file of tests/cases/m4-project, by the real program.

use crate::support::case;

#[test]
fn cases() {
    case::run_all("m4-project");
}
