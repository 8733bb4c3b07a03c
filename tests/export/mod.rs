//! The plan of a build for other tools.

#[cfg(unix)]
mod github;
