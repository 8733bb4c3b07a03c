//! What is built on what, as `dockmill graph` tells it.

use crate::support::case;

#[test]
fn cases() {
    case::run_all("graph");
}
