//! What a change of files reaches, as `dockmill affected` tells it.

use crate::support::case;

#[test]
fn cases() {
    case::run_all("affected");
}
