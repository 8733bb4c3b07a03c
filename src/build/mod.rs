//! Building images with the user's own builder: how it is called, in which order, and what its failures mean.

mod diagnose;
mod failure;
mod log;

pub use diagnose::{Built, diagnose};
pub use failure::Failure;
pub use log::clean;
