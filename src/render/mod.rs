//! From a template and the values of one target to a checked text: the pipeline's middle, in one place for all commands.

mod findings;

pub use findings::diagnose;
