//! The plan of a build for other tools.

#[cfg(unix)]
mod github;
#[cfg(unix)]
mod make;

use crate::support::case;

#[test]
fn cases() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/export");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../cases/export", "*.case", |path| {
            insta::assert_snapshot!(case::run(&std::fs::read_to_string(path).unwrap()));
        });
    });
}
