//! Building images with the user's own builder: how it is called, in which order, and what its failures mean.

mod builder;
mod command;
mod diagnose;
mod failure;
mod images;
mod interrupt;
mod labels;
mod log;
mod mask;
mod own;
mod process;
mod run;
mod secret;
mod step;
mod transcript;

pub use builder::{Builder, Lacks, Order, Own};
pub use command::Command;
pub use diagnose::{Built, diagnose, why};
pub use failure::Failure;
pub use images::{Listed, is_given, normal_name, read_list};
pub use labels::labels;
pub use log::clean;
pub use mask::Mask;
pub use own::{ArgumentList, ArgumentProblem, Placeholder};
pub use run::{Event, Options, Outcome, Ran, run};
pub use secret::given_secrets;
pub use step::{Step, StepKind};
pub use transcript::Transcript;
