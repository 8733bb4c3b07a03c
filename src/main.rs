//! The `dockmill` program: run the command line, turn its answer into an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic is a mistake of dockmill's, on whatever thread: once it is told, nothing can be done. Nothing is unwound:
    // programs for release have no code for that.
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        std::process::exit(2);
    }));
    dockmill::cli::main()
}
