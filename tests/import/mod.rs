//! `dockmill import m4`: what is written, what is said, and that the bytes are those of GNU m4.

use crate::support::case;

#[test]
fn cases() {
    if !crate::m4::has_oracle() {
        return;
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/import");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../cases/import", "*.case", |path| {
            insta::assert_snapshot!(case::run(&std::fs::read_to_string(path).unwrap()));
        });
    });
}
