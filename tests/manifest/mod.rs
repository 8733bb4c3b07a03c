//! `dockmill.toml` in, targets or diagnostics out: `tests/cases/manifest/*.toml`, snapshots in `snapshots/manifest`.
//!
//! A case is a manifest, then further files after lines `--- PATH`; `--- request` has what the command line says:
//! `-D NAME=VALUE`, `--profile NAME`, `-s AXIS=VALUE`, selectors, `@default NAME` for a name that a template declares,
//! and `image TARGET NAME key=value…` for what `image()` in the target's template would give.

mod bounds;
mod case;
mod docs;
mod lazy;
mod narrow;
mod properties;
mod schema;

use crate::support::snapshots;
use case::Case;

#[test]
fn cases() {
    snapshots("manifest").bind(|| {
        insta::glob!("../cases/manifest", "*.toml", |path| {
            let case = Case::parse(&std::fs::read_to_string(path).unwrap());
            let (shown, failed) = case.run();
            let name = path.file_name().unwrap().to_string_lossy();
            assert_eq!(failed, name.starts_with("err_"), "{name}:\n{shown}");
            insta::assert_snapshot!("case", shown);
        });
    });
}
