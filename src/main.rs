//! The `dockmill` program: run the command line, turn its answer into an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    dockmill::cli::main()
}
