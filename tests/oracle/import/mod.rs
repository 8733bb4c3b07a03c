//! `dockmill import m4`: project and manifest give the bytes of GNU m4.

mod tables;

use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    tables::trials()
}
