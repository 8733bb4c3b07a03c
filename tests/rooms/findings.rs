//! The findings of a Dockerfile.

use std::path::Path;

use dockmill::render::diagnose;
use dockmill::source::{SourceMap, Traced};

use crate::support::told::told;

pub(super) fn show(path: &Path) -> String {
    let (sources, bytes) = (SourceMap::default(), std::fs::read(path).unwrap());
    let file = sources.add("Dockerfile", bytes.clone());
    let findings = diagnose(&Traced::copy(file, bytes), &sources);
    assert!(!findings.is_empty());
    told(&findings, &sources)
}
