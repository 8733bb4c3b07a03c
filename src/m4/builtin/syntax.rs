//! `changequote`, `changecom`.

use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::text::Text;

/// The argument, `None` where it was not given.
fn optional(engine: &Engine<'_>, call: &MacroCall, index: usize) -> Option<Vec<u8>> {
    (call.count >= index).then(|| engine.argument(call, index).to_vec())
}

pub(super) fn changequote(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let (open, close) = (optional(engine, call, 1), optional(engine, call, 2));
    engine.syntax.quotes(open.as_deref(), close.as_deref());
    Ok(())
}

pub(super) fn changecom(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let (begin, end) = (optional(engine, call, 1), optional(engine, call, 2));
    engine.syntax.comments(begin.as_deref(), end.as_deref());
    Ok(())
}
