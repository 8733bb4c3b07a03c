//! The expression language: parsed once with places, evaluated many times over minijinja's values, filters and tests.
