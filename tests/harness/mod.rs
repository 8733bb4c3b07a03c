//! Tests that are made as the program runs, such as one for each case file; and tests that may be left out.
//!
//! The harness of Rust knows neither: there a test that finds no GNU m4 could only pass. What is left out here shows as
//! ignored, with the reason, and is counted at the end.

pub(crate) mod tool;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Completion, Trial};

/// The functions of a file as tests, each under its path. One that no list names is dead code: the compiler tells of it.
macro_rules! trials {
    ($($test:ident),+ $(,)?) => {
        vec![$($crate::harness::of(concat!(module_path!(), "::", stringify!($test)), $test)),+]
    };
}
pub(crate) use trials;

/// A test; its name is the path without the crate.
pub(crate) fn of(path: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    let name = path.split_once("::").map_or(path, |(_, name)| name);
    Trial::ignorable_test(name, || match catch_unwind(AssertUnwindSafe(test)) {
        Ok(()) => Ok(Completion::Completed),
        Err(panic) => match panic.downcast::<LeftOut>() {
            Ok(reason) => Ok(Completion::ignored_with(reason.0)),
            Err(panic) => resume_unwind(panic),
        },
    })
}

/// A test that takes long: only `--include-ignored` runs it, as the gate does.
pub(crate) fn long(trial: Trial) -> Trial {
    trial.with_kind("long").with_ignored_flag(true)
}

/// Why a test is left out.
struct LeftOut(String);

/// How many tests were left out, for each reason.
static LEFT_OUT: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// Leaves the running test out.
pub(crate) fn leave_out(reason: &str) -> ! {
    *LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner).entry(reason.to_owned()).or_default() += 1;
    // Without the panic's hook, which would print it as a failure.
    resume_unwind(Box::new(LeftOut(reason.to_owned())))
}

/// Runs what the command line asks for, and says at the end what was left out.
pub(crate) fn run(trials: Vec<Trial>) -> ExitCode {
    let arguments = Arguments::from_args();
    let conclusion = libtest_mimic::run(&arguments, trials);
    for (reason, count) in &*LEFT_OUT.lock().unwrap_or_else(PoisonError::into_inner) {
        println!("{count} left out: {reason}");
    }
    conclusion.exit_code()
}
