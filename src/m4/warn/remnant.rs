//! Calls of macros that were not expanded.

use memchr::memmem;

use crate::diagnostic::{Code, did_you_mean};
use crate::dockerfile::{Dockerfile, Finding, Place};
use crate::source::is_word;

use super::Zone;
use super::macro_names::{MacroNames, NameKind};

/// How many findings are reported for one output: any further ones are noise.
const MOST: usize = 20;

/// Builtins with names that occur nowhere else. Quotes, heredocs and comments may hold text in other languages, and
/// `index(`, `substr(`, `format(`, `ifelse(` or `define(` are common in awk, SQL, Python, R and PHP.
const OWN: &str = "changecom changequote debugfile debugmode defn divert divnum dnl dumpdef errprint esyscmd \
    ifdef indir m4exit m4wrap maketemp patsubst popdef pushdef sinclude syscmd sysval traceoff traceon translit \
    undefine undivert";

/// Where in a line a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// As a word of an instruction or a command.
    Plain,
    /// In quotes or in a heredoc: it may be another language's.
    Text,
    Comment,
}

pub(super) fn check(
    dockerfile: &Dockerfile<'_>,
    lines: &[&[u8]],
    zones: &[Zone],
    names: &MacroNames<'_>,
    found: &mut Vec<Finding>,
) {
    let dnl = memmem::Finder::new("dnl");
    let is_comment = |line: &[u8]| line.trim_ascii_start().starts_with(b"#");
    let mut quotes = Quotes::default();
    let mut before = None;
    // The first line of the zone whose quotes were not read yet: quotes matter only if there is a call.
    let mut unread = 0;
    for (index, line) in lines.iter().enumerate() {
        let zone = zones[index];
        if before != Some(zone) {
            quotes = Quotes::default();
            before = Some(zone);
            unread = index;
        }
        if memchr::memchr(b'(', line).is_none() && dnl.find(line).is_none() {
            continue;
        }
        let comment = zone != Zone::Heredoc && is_comment(line);
        let calls = Calls { line, at: 0 };
        for call in calls {
            let place = match zone {
                _ if comment => Where::Comment,
                Zone::Heredoc => Where::Text,
                Zone::Between | Zone::Instruction(_) => {
                    for line in lines[unread..index].iter().filter(|line| !is_comment(line)) {
                        quotes.read(line, dockerfile.escape);
                        quotes.done = 0;
                    }
                    unread = index;
                    let quoted = quotes.read(&line[..call.start], dockerfile.escape);
                    if quoted { Where::Text } else { Where::Plain }
                }
            };
            if let Some(finding) = judge(line, &call, place, names) {
                let columns = Some(column(call.start)..column(call.end));
                let place = Place { line: column(index + 1), columns };
                found.push(finding(place));
                if found.len() >= MOST {
                    return;
                }
            }
        }
    }
}

fn column(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Whether one stands in quotes, as a shell sees it.
#[derive(Debug, Default)]
struct Quotes {
    open: Option<u8>,
    escaped: bool,
    /// Bytes of the line that were read.
    done: usize,
}

impl Quotes {
    /// Reads on to the end of `line`; is that in quotes?
    fn read(&mut self, line: &[u8], escape: u8) -> bool {
        for byte in &line[self.done.min(line.len())..] {
            if std::mem::take(&mut self.escaped) {
                continue;
            }
            match (self.open, *byte) {
                (Some(b'\''), b'\'') | (Some(b'"'), b'"') => self.open = None,
                (None, quote @ (b'\'' | b'"')) => self.open = Some(quote),
                (None | Some(b'"'), b'\\') => self.escaped = true,
                (None | Some(b'"'), byte) if byte == escape => self.escaped = true,
                _ => {}
            }
        }
        self.done = line.len();
        self.open.is_some()
    }
}

/// A name with a parenthesis, or `dnl`.
struct UnexpandedCall {
    start: usize,
    end: usize,
    open: bool,
}

struct Calls<'l> {
    line: &'l [u8],
    at: usize,
}

impl Iterator for Calls<'_> {
    type Item = UnexpandedCall;

    fn next(&mut self) -> Option<UnexpandedCall> {
        let line = self.line;
        while let Some(step) = memchr::memchr2(b'(', b'd', &line[self.at..]) {
            let at = self.at + step;
            self.at = at + 1;
            if line[at] == b'd' {
                let before = at.checked_sub(1).map(|before| line[before]);
                let start = if line[..at].ends_with(b"m4_") { at - 3 } else { at };
                let first = start == 0 || !(is_word(line[start - 1]) || b"-./".contains(&line[start - 1]));
                let last = line.get(at + 3).is_none_or(|byte| !is_word(*byte) && !b"-./(".contains(byte));
                if line[at..].starts_with(b"dnl") && first && last && (start < at || before != Some(b'_')) {
                    self.at = at + 3;
                    return Some(UnexpandedCall { start, end: at + 3, open: false });
                }
                continue;
            }
            let length = line[..at].iter().rev().take_while(|byte| is_word(**byte)).count();
            let start = at - length;
            // A method, a variable: `.format(`, `$index(`.
            let bound = start.checked_sub(1).is_some_and(|before| b".$%@>:\\".contains(&line[before]));
            if length > 0 && !line[start].is_ascii_digit() && !bound {
                return Some(UnexpandedCall { start, end: at, open: true });
            }
        }
        None
    }
}

/// The finding for a name in an output, if it deserves one.
fn judge(
    line: &[u8],
    call: &UnexpandedCall,
    place: Where,
    names: &MacroNames<'_>,
) -> Option<impl FnOnce(Place) -> Finding> {
    let name = &line[call.start..call.end];
    let behind = &line[call.end..];
    let quoted = behind.starts_with(b"(`");
    let kind = names.kind(name);
    let shown = String::from_utf8_lossy(name).into_owned();
    let prefixed = name.starts_with(b"m4_");
    // To m4 all behind a `#` is a comment, wherever it stands.
    let comment = line[..call.start].contains(&b'#');
    let (message, notes): (String, Vec<String>) = match kind {
        // A function of the shell, and the plural of prose.
        _ if is_function(behind) || behind.starts_with(b"(s)") => return None,
        NameKind::Builtin(builtin) | NameKind::Misnamed(builtin) => {
            let own = prefixed || OWN.split(' ').any(|own| own == builtin) && (call.open || builtin == "dnl");
            let told = match place {
                Where::Plain => call.open || own,
                Where::Text | Where::Comment => own || quoted && call.open,
            };
            // With `-P` a name without `m4_` may mean anything.
            if !told || names.prefix() && !prefixed && place != Where::Plain {
                return None;
            }
            let note = match kind {
                NameKind::Misnamed(builtin) if prefixed => {
                    format!("without `prefix = true` (`-P`) it is called `{builtin}`")
                }
                NameKind::Misnamed(builtin) => format!("with `prefix = true` (`-P`) it is called `m4_{builtin}`"),
                _ if comment => COMMENT.to_owned(),
                _ => QUOTED.to_owned(),
            };
            (format!("m4's `{shown}` is left in the output"), vec![note])
        }
        NameKind::Defined => {
            let note = if comment { COMMENT } else { QUOTED_OR_LATE };
            (format!("a call of `{shown}` is left in the output"), vec![note.to_owned()])
        }
        NameKind::Elsewhere(file) if place == Where::Plain => {
            let note = format!("`{file}` defines it, which this template does not include");
            (format!("a call of `{shown}` is left in the output"), vec![note])
        }
        NameKind::Unknown if place == Where::Plain && is_capital(name) => {
            let note = "to m4 a name that nothing defines is plain text: is an `include` missing?".to_owned();
            let near = did_you_mean(&shown, names.defined());
            let near = near.map(|near| format!("a macro is called `{near}`"));
            let message = format!("`{shown}` looks like a macro that nothing defines");
            (message, std::iter::once(note).chain(near).collect())
        }
        NameKind::Elsewhere(_) | NameKind::Unknown => return None,
    };
    Some(move |place| {
        let finding = Finding::warning(Code::MacroLeft, place, message);
        notes.into_iter().fold(finding, Finding::note)
    })
}

const COMMENT: &str = "m4 expands nothing in comments, which `#` begins; `changecom` makes it plain text";
const QUOTED: &str = "it is in one pair of quotes too many, or it was read when quotes were others";
const QUOTED_OR_LATE: &str = "it is in one pair of quotes too many, or its definition comes later";

/// `()` and the body of a function.
fn is_function(behind: &[u8]) -> bool {
    let Some(rest) = behind.strip_prefix(b"()") else { return false };
    rest.trim_ascii_start().first().is_none_or(|byte| matches!(byte, b'{' | b'(' | b'\\'))
}

/// `APT_INSTALL`: what people call macros.
fn is_capital(name: &[u8]) -> bool {
    name.len() > 1
        && name[0].is_ascii_uppercase()
        && name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}
