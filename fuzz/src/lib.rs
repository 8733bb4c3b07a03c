//! What the fuzz targets have in common: how an input is read, and what holds of everything that dockmill gives.
//!
//! A find is a panic: the targets assert.

mod case;
mod holds;
mod mutate;
pub mod project;

pub use case::Case;
pub use holds::{diagnostics_hold, is_over, text_holds};
pub use mutate::mutate;
pub use project::ROOT;
