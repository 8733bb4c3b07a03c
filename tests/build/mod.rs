//! Building without a builder: logs of real ones, and scripts that pretend.

mod arguments;
mod clean;
mod failures;
mod fake;
mod interrupt;
mod order;
mod terminal;
