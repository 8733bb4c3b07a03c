//! Building images with the user's own builder: steps in order and in parallel, and what failures mean.

mod diagnose;
mod failure;
mod interrupt;
mod log;
mod mask;
mod names;
mod process;
mod run;
mod secret;
mod step;
mod transcript;

pub use diagnose::{Built, diagnose, why};
pub use failure::Failure;
pub use log::clean;
pub use mask::Mask;
pub use names::{is_given, normal_name};
pub use run::{Event, Options, Outcome, Ran, run};
pub use secret::given_secrets;
pub use step::{Step, StepKind};
pub use transcript::Transcript;
