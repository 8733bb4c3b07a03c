//! The template language: laws as properties; its cases are files in `tests/cases/template`.

mod laws;
