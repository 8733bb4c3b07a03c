//! Templates of a project that are in m4, as the user sees them: each file of tests/cases/m4-project, by the real program.

use crate::support::case;

#[test]
fn cases() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/m4-project");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        insta::glob!("../cases/m4-project", "*.case", |path| {
            insta::assert_snapshot!(case::run(&std::fs::read_to_string(path).unwrap()));
        });
    });
}
