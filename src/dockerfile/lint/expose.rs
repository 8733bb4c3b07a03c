//! The ports of EXPOSE: what BuildKit refuses, and what it warns of.

use std::net::IpAddr;

use crate::diagnostic::{Code, did_you_mean};

use super::super::check::{Checks, Source, Word};
use super::super::finding::Finding;
use super::super::json::{self, Array};
use super::super::model::{Arguments, Instruction};
use super::super::shell::Lexer;
use super::{Scope, rule};

rule! {
    /// The protocol of a port has capital letters. BuildKit reads it, other programs may not.
    ///
    /// ```dockerfile
    /// EXPOSE 80/TCP
    /// ```
    ///
    /// Use lower case: `EXPOSE 80/tcp`.
    EXPOSE_PROTO_CASING = ExposeProtoCasing, On;
    /// EXPOSE names an address or a port of the host. Both are decided where the container is run, and passed over here; a
    /// later version of BuildKit will refuse them.
    ///
    /// ```dockerfile
    /// EXPOSE 127.0.0.1:8080:80
    /// ```
    ///
    /// Use the container's port alone: `EXPOSE 80`.
    EXPOSE_INVALID_FORMAT = ExposeInvalidFormat, On;
}

const PROTOCOLS: &[&str] = &["tcp", "udp", "sctp"];

/// Checks the ports that are written without variables.
pub(super) fn check(
    checks: &mut Checks<'_, '_>,
    index: usize,
    instruction: &Instruction<'_>,
    arguments: &Arguments<'_>,
) {
    let Some(stage) = checks.stage_of(index) else { return };
    if is_array(instruction.rest()) {
        return array(checks, stage, instruction);
    }
    let lexer = Lexer::new(char::from(instruction.escape), &|_| None);
    for written in arguments.list.iter().filter(|word| !word.contains('$')) {
        // What cannot be read is told elsewhere.
        let Ok(lexed) = lexer.lex(written.as_bytes()) else { continue };
        for text in &lexed.words {
            port(checks, stage, instruction, Word { written, text, source: Source::Written });
        }
        // What follows was meant as one comment.
        if written.starts_with('#') {
            return;
        }
    }
}

/// Were brackets meant as those of a JSON array? `[::1]:80:80` is an address.
fn is_array(rest: &[u8]) -> bool {
    let inner = rest.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    inner.is_some_and(|inner| matches!(inner.first(), Some(b'"' | b'\''))) || json::array(rest) != Array::Invalid
}

fn array(checks: &mut Checks<'_, '_>, stage: usize, instruction: &Instruction<'_>) {
    let written = String::from_utf8_lossy(instruction.rest());
    let word = Word { written: &written, text: &written, source: Source::Written };
    let finding = word.finding(checks, stage, instruction, "`EXPOSE` takes no JSON array".to_owned());
    let items = written.split(|letter: char| letter.is_whitespace() || "[]\"',".contains(letter));
    let ports: Vec<&str> = items.filter(|item| !item.is_empty()).collect();
    let ports = ports.join(" ");
    checks.add(finding.replace(format!("write `{ports}`"), ports));
}

/// Checks what one word of EXPOSE stands for, which BuildKit reads when it builds the stage.
pub(in super::super) fn port(checks: &mut Checks<'_, '_>, stage: usize, instruction: &Instruction<'_>, word: Word<'_>) {
    let port = Port::of(word.text);
    if let Some(message) = port.problem(word.text) {
        let finding = word.finding(checks, stage, instruction, message);
        return checks.add(advised(finding, &port, word));
    }
    let scope = Scope::Stage(instruction, stage);
    let lower = port.protocol.to_lowercase();
    if lower != port.protocol {
        let message = format!("the protocol `{}` has capital letters", port.protocol);
        let place = checks.locate(instruction, word.written);
        let finding = Finding::warning(Code::ExposeProtoCasing, place, message);
        let with = format!("{}{lower}", &word.text[..word.text.len() - port.protocol.len()]);
        checks.lint(&scope, word.replace(finding, format!("write `{with}`"), with));
    }
    if !port.address.is_empty() || !port.host.is_empty() {
        let message = format!("`{}` names more than a port of the container", word.text);
        let place = checks.locate(instruction, word.written);
        let finding = Finding::warning(Code::ExposeInvalidFormat, place, message);
        let with = port.container.to_owned();
        checks.lint(&scope, word.replace(finding, format!("write `{with}`"), with));
    }
}

fn advised(finding: Finding, port: &Port<'_>, word: Word<'_>) -> Finding {
    let bare = word.text.trim_end_matches([',', ';']);
    if bare != word.text && Port::of(bare).problem(bare).is_none() {
        return word.replace(finding, "blanks stand between ports, and no commas".to_owned(), bare.to_owned());
    }
    if word.text.starts_with('#') {
        return finding.help("a comment needs a line of its own");
    }
    let container = Port::of(port.container);
    if container.problem(port.container).is_none() && port.container != word.text {
        return word.replace(finding, format!("write `{}`", port.container), port.container.to_owned());
    }
    match did_you_mean(port.protocol, PROTOCOLS.iter().copied()).filter(|_| ports(port.range).is_some()) {
        Some(near) => {
            let with = format!("{}{near}", &word.text[..word.text.len() - port.protocol.len()]);
            word.replace(finding, format!("did you mean `{near}`?"), with)
        }
        None => finding.help("write a number up to 65535 or a range, such as `80`, `53/udp` or `8000-8010`"),
    }
}

/// A port, cut as BuildKit cuts it: `ADDRESS:HOST:CONTAINER`.
struct Port<'p> {
    address: &'p str,
    host: &'p str,
    /// `RANGE/PROTOCOL`.
    container: &'p str,
    range: &'p str,
    protocol: &'p str,
}

impl<'p> Port<'p> {
    fn of(text: &'p str) -> Self {
        let (before, container) = text.rsplit_once(':').unwrap_or(("", text));
        let (address, host) = before.rsplit_once(':').unwrap_or(("", before));
        let (range, protocol) = container.split_once('/').unwrap_or((container, ""));
        Self { address, host, container, range, protocol }
    }

    /// Why BuildKit refuses it.
    fn problem(&self, text: &str) -> Option<String> {
        let lower = self.protocol.to_lowercase();
        if !lower.is_empty() && !PROTOCOLS.contains(&&*lower) {
            return Some(format!("`{}` is no protocol of a port", self.protocol));
        }
        let bare = self.address.strip_prefix('[').map_or(Some(self.address), |inner| inner.strip_suffix(']'));
        if !self.address.is_empty() && bare.and_then(|address| address.parse::<IpAddr>().ok()).is_none() {
            return Some(format!("`{}` is no IP address", self.address));
        }
        let no_port = || Some(format!("`{text}` is no port"));
        let Some((start, end)) = ports(self.range) else { return no_port() };
        if self.host.is_empty() {
            return None;
        }
        let Some((host_start, host_end)) = ports(self.host) else { return no_port() };
        let is_unlike = end != start && host_end - host_start != end - start;
        is_unlike.then(|| format!("`{}` and `{}` are ranges of unlike length", self.host, self.range))
    }
}

/// `80`, or `8000-8010`.
fn ports(text: &str) -> Option<(u16, u16)> {
    // Go's `ParseInt` takes a sign.
    let (start, end) = text.split_once('-').unwrap_or((text, text));
    let (start, end) = (start.parse().ok()?, end.parse().ok()?);
    (start <= end).then_some((start, end))
}
