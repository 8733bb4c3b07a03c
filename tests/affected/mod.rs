//! What a change of files reaches, as `dockmill affected` tells it.

use crate::support::case;

#[test]
fn cases() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/affected");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../cases/affected", "*.case", |path| {
            insta::assert_snapshot!(case::run(&std::fs::read_to_string(path).unwrap()));
        });
    });
}
