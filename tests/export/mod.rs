//! The plan of a build for other tools.

#[cfg(unix)]
mod github;
#[cfg(unix)]
mod make;

use crate::support::case;

#[test]
fn cases() {
    case::run_all("export");
}
