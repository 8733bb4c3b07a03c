//! Builders: what they are called, what each can do, and the commands that build, pull and push an image with one.

mod command;
mod labels;
mod own;
mod preset;

pub use command::Command;
pub use labels::{PROJECT, TAGS, labels};
pub use own::{ArgumentList, ArgumentProblem, Placeholder};
pub use preset::{Builder, Lacks, Order, Own};
