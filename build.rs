//! How the program is linked. Options of the linker are not for `Cargo.toml`, and those of a `.cargo/config.toml` do not
//! reach those who install by `cargo install`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    // Where the program may be loaded anywhere, eleven thousand addresses are written at each start: a tenth of the time
    // that `dockmill expand` takes for a template of the usual size.
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
