//! What plans ask of a rendered Dockerfile: its stages, what they name, what they read of the context.

use crate::dockerfile::{self, LocalSource, Outline};

use super::Rendered;

/// A rendered Dockerfile in large.
#[derive(Debug)]
pub(super) struct Parsed {
    outline: Outline<'static>,
    local_sources: Vec<LocalSource>,
    onbuild_sources: Vec<LocalSource>,
}

/// Parsed once, and only where it is asked for: most commands have no use for it.
impl Rendered {
    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(|| {
            let dockerfile = dockerfile::parse(&self.text.bytes);
            Parsed {
                outline: dockerfile.outline().into_owned(),
                local_sources: dockerfile::local_sources(&dockerfile),
                onbuild_sources: dockerfile::onbuild_sources(&dockerfile),
            }
        })
    }

    /// The stages of the Dockerfile, and what they name.
    pub fn outline(&self) -> &Outline<'static> {
        &self.parsed().outline
    }

    /// What the Dockerfile reads of the build context, as [`dockerfile::local_sources`] tells it.
    pub fn local_sources(&self) -> &[LocalSource] {
        &self.parsed().local_sources
    }

    /// What its `ONBUILD`s read, as [`dockerfile::onbuild_sources`] tells it.
    pub fn onbuild_sources(&self) -> &[LocalSource] {
        &self.parsed().onbuild_sources
    }
}
