//! `regexp`, `patsubst`.

use std::rc::Rc;

use super::string::whole;
use crate::m4::call::MacroCall;
use crate::m4::engine::{Engine, Stop};
use crate::m4::host::Gravity;
use crate::m4::pattern::{Exceeded, Fuel, Match, Pattern, SEARCH};
use crate::m4::text::Text;

/// Compiled patterns that are kept, and how long they may be: they take some hundred times the memory.
const KEPT: usize = 64;
const LONG: usize = 512;

/// The cost of a byte of a pattern that is compiled: about as many bytes could be read in the same time.
const BYTE: u64 = 192;

/// The pattern in argument 2; `None` if it is invalid, which is reported.
fn pattern(engine: &mut Engine<'_>, call: &MacroCall, complaint: &str) -> Result<Option<Rc<Pattern>>, Stop> {
    let text = engine.argument(call, 2);
    if let Some(known) = engine.patterns.get(text) {
        return Ok(Some(Rc::clone(known)));
    }
    let text = text.to_vec();
    charged(engine, |fuel| fuel.burn(SEARCH + BYTE * text.len() as u64))?;
    match Pattern::new(&text) {
        Ok(pattern) => {
            if engine.patterns.len() >= KEPT {
                engine.patterns.clear();
            }
            let pattern = Rc::new(pattern);
            if text.len() <= LONG {
                engine.patterns.insert(text, Rc::clone(&pattern));
            }
            Ok(Some(pattern))
        }
        Err(reason) => {
            engine.about(Gravity::Problem, complaint, &text, &format!(": {reason}"))?;
            Ok(None)
        }
    }
}

/// Does a search within the remaining work of the expansion, and deducts what it needed.
pub(super) fn charged<T>(
    engine: &mut Engine<'_>,
    search: impl FnOnce(&mut Fuel) -> Result<T, Exceeded>,
) -> Result<T, Stop> {
    let most = engine.options.limits.work;
    let mut fuel = Fuel::new(most.saturating_sub(engine.input.work));
    let found = search(&mut fuel);
    engine.input.work = most.saturating_sub(fuel.left());
    found.map_err(|exceeded| match exceeded {
        Exceeded::Work => engine.passed(&format!("expansion passes {most} steps of work")),
        Exceeded::Ways => engine.passed("a pattern with `\\1' passes all bounds: there are too many ways to match it"),
    })
}

/// Argument 1.
fn subject(engine: &Engine<'_>, call: &MacroCall) -> Vec<u8> {
    engine.argument(call, 1).to_vec()
}

pub(super) fn regexp(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    if engine.lacks(call, 2)? {
        out.bytes.push(b'0');
        return Ok(());
    }
    let Some(pattern) = pattern(engine, call, "bad regular expression: ")? else { return Ok(()) };
    let text = subject(engine, call);
    let found = charged(engine, |fuel| pattern.search(&text, 0, fuel))?;
    if call.count == 2 {
        let answer = found.map_or_else(|| "-1".to_owned(), |found| found.whole.0.to_string());
        out.bytes.extend_from_slice(answer.as_bytes());
    } else if let Some(found) = found {
        let replacement = engine.argument(call, 3).to_vec();
        replace(engine, &pattern, &text, &found, &replacement, out)?;
    }
    Ok(())
}

pub(super) fn patsubst(engine: &mut Engine<'_>, call: &MacroCall, out: &mut Text) -> Result<(), Stop> {
    if engine.lacks(call, 2)? {
        whole(engine, call, out);
        return Ok(());
    }
    let Some(pattern) = pattern(engine, call, "bad regular expression ")? else { return Ok(()) };
    let text = subject(engine, call);
    let replacement = engine.argument(call, 3).to_vec();
    let base = engine.given(call, 1).map_or(0, |argument| argument.start);
    let mut at = 0;
    while at <= text.len() {
        // The error for too much text is reported at the end of the call.
        if out.bytes.len() > engine.options.limits.bytes {
            break;
        }
        let Some(found) = charged(engine, |fuel| pattern.search(&text, at, fuel))? else { break };
        let (start, end) = found.whole;
        out.copy(&engine.arena, base + at..base + start);
        engine.generated(call, b"", out);
        replace(engine, &pattern, &text, &found, &replacement, out)?;
        at = end;
        if start == end {
            // An empty match: skip the next byte.
            if end < text.len() {
                out.copy(&engine.arena, base + end..base + end + 1);
            }
            at += 1;
        }
    }
    if at < text.len() {
        out.copy(&engine.arena, base + at..base + text.len());
    }
    Ok(())
}

/// Writes what stands in place of a match.
fn replace(
    engine: &mut Engine<'_>,
    pattern: &Pattern,
    text: &[u8],
    found: &Match,
    replacement: &[u8],
    out: &mut Text,
) -> Result<(), Stop> {
    let mut groups = None;
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'\\', &replacement[at..]) {
        if out.bytes.len() > engine.options.limits.bytes {
            return Ok(());
        }
        out.bytes.extend_from_slice(&replacement[at..at + step]);
        at += step + 2;
        match replacement.get(at - 1) {
            Some(b'&') => out.bytes.extend_from_slice(&text[found.whole.0..found.whole.1]),
            Some(b'0') => {
                if !std::mem::replace(&mut engine.told_of_zero, true) {
                    let text = br"\0 will disappear, use \& instead in replacements";
                    engine.tell(Gravity::Warning, text)?;
                }
                out.bytes.extend_from_slice(&text[found.whole.0..found.whole.1]);
            }
            Some(digit @ b'1'..=b'9') => {
                let number = usize::from(digit - b'0');
                if number > pattern.groups {
                    let text = format!("sub-expression {number} not present");
                    engine.tell(Gravity::Warning, text.as_bytes())?;
                } else {
                    let known = match groups.take() {
                        Some(known) => known,
                        None => charged(engine, |fuel| pattern.groups(text, found, fuel))?,
                    };
                    if let Some((start, end)) = groups.insert(known)[number - 1] {
                        out.bytes.extend_from_slice(&text[start..end]);
                    }
                }
            }
            Some(byte) => out.bytes.push(*byte),
            None => {
                engine.tell(Gravity::Warning, br"trailing \ ignored in replacement")?;
                return Ok(());
            }
        }
    }
    out.bytes.extend_from_slice(&replacement[at..]);
    Ok(())
}
