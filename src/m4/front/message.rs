//! GNU m4's messages as diagnostics: a sentence in the user's words, at its place, with the macros that led there.

use crate::diagnostic::{Code, Diagnostic};
use crate::m4::host::{Gravity, Message};
use crate::m4::text::ByteOrigin;
use crate::template;

use super::origin::Origins;

/// A message that the engine gave during an expansion.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) gravity: Gravity,
    pub(super) text: Vec<u8>,
    pub(super) place: ByteOrigin,
    /// The file that was not read: its error says more than the message.
    pub(super) unread: Option<Diagnostic>,
}

impl Told {
    pub(super) fn new(message: &Message<'_>, unread: Option<Diagnostic>) -> Self {
        Self { gravity: message.gravity, text: message.text.to_vec(), place: message.place, unread }
    }

    /// Is it the rest of a line that `errprint` began?
    pub(super) fn goes_on(&self, next: &Told) -> bool {
        let both = self.gravity == Gravity::Said && next.gravity == Gravity::Said;
        both && !self.text.ends_with(b"\n")
    }

    pub(super) fn diagnostic(&self, origins: &mut Origins<'_>) -> Diagnostic {
        let span = origins.span(self.place);
        let stack = origins.stack(self.place);
        if let Some(unread) = &self.unread {
            let mut diagnostic = unread.clone();
            if let Some(primary) = &mut diagnostic.primary {
                primary.span = span;
            }
            return diagnostic.traced(&stack);
        }
        if self.gravity == Gravity::Said {
            let text = String::from_utf8_lossy(&self.text);
            let message = crate::diagnostic::printable(text.trim());
            return Diagnostic::warning(Code::UserWarning, span, message).traced(&stack);
        }
        let text = in_backticks(&self.text);
        // The option that would allow it belongs to `dockmill m4`.
        let text = text.split("; `--allow-exec`").next().unwrap_or_default();
        let said = |code, message: String| match self.gravity {
            Gravity::Error | Gravity::Fatal => Diagnostic::error(code, span, message),
            _ => Diagnostic::warning(code, span, message),
        };
        let diagnostic = match text {
            "end of file in string" => said(Code::UnclosedBlock, "a quoted string has no end".to_owned())
                .label("it begins here")
                .note("everything behind it, to the end of the input, is in it"),
            "end of file in comment" => {
                said(Code::UnclosedBlock, "a comment of m4 has no end".to_owned()).label("it begins here")
            }
            "end of file in argument list" => {
                said(Code::UnclosedBlock, "the arguments of a call have no closing parenthesis".to_owned())
                    .label("the call begins here")
            }
            _ if text.contains("is refused") => said(Code::RefusedBuiltin, text.to_owned())
                .note("a template gives the same bytes on every machine, and does nothing else"),
            _ => said(code(text), text.to_owned()),
        };
        let diagnostic = match limit(text) {
            Some((limit, note)) => diagnostic.note(note).help(template::how_to_raise(limit)),
            None => diagnostic,
        };
        diagnostic.traced(&stack)
    }
}

/// The kind of a message, which begins with these words.
fn code(text: &str) -> Code {
    let kinds: [(&[&str], Code); 4] = [
        (
            &[
                "expansion passes",
                "the expansions of this run",
                "output passes",
                "diversions grow",
                "a number is to",
                "recursion limit",
            ],
            Code::LimitExceeded,
        ),
        (&["undefined macro", "undefined builtin"], Code::UnknownMacro),
        (&["too few arguments", "excess arguments"], Code::WrongArguments),
        (&["cannot open", "cannot undivert"], Code::FileUnreadable),
    ];
    let kind = kinds.iter().find(|(words, _)| words.iter().any(|word| text.starts_with(word)));
    kind.map_or(Code::EvaluationFailed, |(_, code)| *code)
}

/// The limit that was exceeded, and what is said of it.
fn limit(text: &str) -> Option<(&'static str, &'static str)> {
    let passed = ["expansion passes", "output passes", "the expansions of"].iter().any(|start| text.starts_with(start))
        || text.ends_with("all bounds");
    let fixed = ["include each other", "bytes of memory", "rounds of `m4wrap'"].iter().any(|end| text.ends_with(end));
    (passed && !fixed).then(|| {
        if text.ends_with("macro calls") || text.ends_with("steps of work") {
            ("steps", "`steps` bounds them")
        } else if text.contains("steps together") {
            ("work", "`work` bounds them")
        } else if text.ends_with("in each other") {
            let why = "`depth` bounds them: a template in m4 may have 500 times as many, as its loops are macros that call themselves";
            ("depth", why)
        } else {
            ("output", "`output` bounds them")
        }
    })
}

/// The text with `` `name' `` as `` `name` ``.
fn in_backticks(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut out = String::with_capacity(text.len());
    let mut open = false;
    for letter in text.chars() {
        match letter {
            '`' => open = true,
            '\'' if open => {
                open = false;
                out.push('`');
                continue;
            }
            _ => {}
        }
        out.push(letter);
    }
    crate::diagnostic::printable(out.trim_end())
}
