//! The findings of each case, rendered for reading.
