//! Building images with the user's own builder: what each builder can do and how it is called, steps in order and in parallel,
//! and what a failure means.

mod argument_list;
mod build_step;
mod builder;
mod builder_path;
mod command;
mod diagnose;
mod failure;
mod image_labels;
mod image_list;
mod image_names;
mod interrupt;
mod log_line;
mod mask;
mod order;
mod own_builder;
mod process;
mod schedule;
mod secret;
mod transcript;

pub use argument_list::{ArgumentList, ArgumentProblem, Placeholder};
pub use build_step::{BuildStep, BuildStepKind};
pub use builder::Builder;
pub use command::Command;
pub use diagnose::{Built, diagnose, why};
pub use failure::Failure;
pub use image_labels::{PROJECT, TAGS, labels};
pub use image_list::{Listed, read_list};
pub use image_names::{is_given, normal_name};
pub use log_line::clean;
pub use mask::Mask;
pub use order::{Lacks, Order};
pub use own_builder::OwnBuilder;
pub use schedule::{Event, Outcome, Ran, RunOptions, run_steps};
pub use secret::given_secrets;
pub use transcript::Transcript;
