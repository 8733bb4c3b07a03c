//! Plain Dockerfiles as BuildKit reads them.
