//! What a hostile project can make a command do: each attack ends in a clear error, or in nothing.

use std::process::{Command, Output};

use crate::support::{Project, stderr};
