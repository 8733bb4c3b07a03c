//! What a change does to a project: which outputs differ, which targets it reaches.

mod counterparts;

pub(crate) use counterparts::Counterparts;
