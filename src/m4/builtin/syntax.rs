//! `changequote`, `changecom`.

use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::text::Text;

/// Bytes of a quote, or of what begins or ends a comment: at each place of a text it is looked whether it stands there.
const LONGEST: usize = 1000;

/// The cost of a change, beside its bytes: what each byte can begin is worked out anew.
const CHANGE: u64 = 256;

/// Both arguments, `None` where one was not given.
fn both(engine: &mut Engine<'_>, call: &MacroCall) -> Result<[Option<Vec<u8>>; 2], Stop> {
    engine.input.work += CHANGE;
    let given = [1, 2].map(|index| (call.count >= index).then(|| engine.argument(call, index).to_vec()));
    if given.iter().flatten().any(|text| text.len() > LONGEST) {
        return Err(engine.passed(&format!("a quote or a sign of comments passes {LONGEST} bytes")));
    }
    Ok(given)
}

pub(super) fn changequote(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let [open, close] = both(engine, call)?;
    engine.syntax.quotes(open.as_deref(), close.as_deref());
    Ok(())
}

pub(super) fn changecom(engine: &mut Engine<'_>, call: &MacroCall, _: &mut Text) -> Result<(), Stop> {
    let [begin, end] = both(engine, call)?;
    engine.syntax.comments(begin.as_deref(), end.as_deref());
    Ok(())
}
