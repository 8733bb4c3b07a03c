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
    // A source that comes without git has no commit to tell. It is asked for here, as the library would be compiled again for
    // each commit.
    dockmill::cli::main(git_version::git_version!(
        args = ["--always", "--abbrev=9", "--dirty=-modified", "--exclude=*"],
        fallback = ""
    ))
}
