//! The native front end: parser, tree, name check, expander.
