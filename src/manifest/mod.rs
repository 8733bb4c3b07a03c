//! `dockmill.toml`: axes, images, parameters, and the targets that they make.
