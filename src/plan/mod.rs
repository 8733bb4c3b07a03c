//! What is built on what, what a change reaches, and the plans of a build: its steps, and those that other tools read.

pub(crate) mod build;
mod counterparts;
pub(crate) mod export;
mod external;
pub(crate) mod onbuild;
mod reach;
mod reached_texts;
mod since;
mod survey;

pub(crate) use counterparts::Counterparts;
pub(crate) use external::external_images;
pub(crate) use reach::{ChangedPaths, Reach, TargetReach};
pub(crate) use reached_texts::ReachedTexts;
pub(crate) use since::reached_since;
pub(crate) use survey::{Seen, Survey, graph_with, survey};
