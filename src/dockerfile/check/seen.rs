//! What was found in instructions before.

use std::sync::Arc;

use crate::memo::Memo;

use super::super::finding::Finding;

/// Instructions that were looked at, by their text, with the warnings that they gave: a thousand outputs of one template
/// have most of them in common, and each is looked at once. Lines count from the instruction's own. Threads share it.
#[derive(Debug, Default)]
pub struct Seen(pub(super) Memo<Arc<[Finding]>>);
