//! How the program is linked. Options of the linker are not for `Cargo.toml`, and those of a `.cargo/config.toml` do not
//! reach those who install by `cargo install`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    // Where the program may be loaded anywhere, eleven thousand addresses are written at each start: a tenth of the time
    // that `dockmill expand` takes for a template of the usual size.
    println!("cargo::rustc-link-arg-bins=-no-pie");
    // To load gcc's unwinder as a library of its own takes nearly as long.
    if let Some(folder) = static_unwinder() {
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}

/// The folder of gcc's unwinder as an archive, if the linker is a compiler that knows of one.
fn static_unwinder() -> Option<PathBuf> {
    if env::var("HOST") != env::var("TARGET") {
        return None;
    }
    let linker = env::var("RUSTC_LINKER").unwrap_or_else(|_| "cc".to_owned());
    let answer = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output().ok()?;
    let file = String::from_utf8(answer.stdout).ok()?;
    // A compiler that has none gives back the name alone.
    let file = Path::new(file.trim());
    file.is_file().then(|| file.parent().map(Path::to_owned))?
}
