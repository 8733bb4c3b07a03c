//! The ports of EXPOSE: what BuildKit refuses, and what it warns of.

use crate::diagnostic::Code;

use super::super::check::Checks;
use super::super::finding::Finding;
use super::super::model::{Arguments, Instruction};
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

pub(super) fn check(
    checks: &mut Checks<'_, '_>,
    index: usize,
    instruction: &Instruction<'_>,
    arguments: &Arguments<'_>,
) {
    let Some(stage) = checks.stage_of(index) else { return };
    let scope = Scope::Stage(instruction, stage);
    for word in &arguments.list {
        // What BuildKit expands may become anything.
        if word.contains(['$', '"', '\'', '\\', '`']) {
            continue;
        }
        let place = checks.locate(instruction, word);
        let (rest, port) = word.rsplit_once(':').map_or((None, &**word), |(rest, port)| (Some(rest), port));
        let (range, protocol) = port.split_once('/').unwrap_or((port, ""));
        let lower = protocol.to_lowercase();
        let host = rest.map(|rest| rest.rsplit(':').next().unwrap_or(rest)).filter(|host| !host.is_empty());
        let wrong = if !matches!(&*lower, "" | "tcp" | "udp" | "sctp") {
            Some(format!("`{protocol}` is no protocol of a port"))
        } else if ports(range).is_none() || host.is_some_and(|host| ports(host).is_none()) {
            Some(format!("`{word}` is no port"))
        } else {
            None
        };
        if let Some(message) = wrong {
            let finding = Finding::new(checks.severity_in(stage), Code::InvalidInstruction, place, message);
            let bare = word.trim_end_matches([',', ';']);
            let finding = if bare != word && ports(bare).is_some() {
                finding.replace("blanks stand between ports, and no commas", bare)
            } else if word.starts_with('#') {
                finding.help("a comment needs a line of its own")
            } else {
                finding.help("write a number up to 65535 or a range, such as `80`, `53/udp` or `8000-8010`")
            };
            checks.add(finding);
            // What follows a `#` was meant as one comment.
            if word.starts_with('#') {
                return;
            }
            continue;
        }
        if lower != protocol {
            let message = format!("the protocol `{protocol}` has capital letters");
            let finding = Finding::warning(Code::ExposeProtoCasing, place.clone(), message);
            let with = format!("{}{lower}", &word[..word.len() - protocol.len()]);
            checks.lint(&scope, finding.replace(format!("write `{with}`"), with));
        }
        if rest.is_some_and(|rest| !rest.is_empty()) {
            let message = format!("`{word}` names more than a port of the container");
            let finding = Finding::warning(Code::ExposeInvalidFormat, place, message);
            checks.lint(&scope, finding.replace(format!("write `{port}`"), port));
        }
    }
}

/// `80`, or `8000-8010`.
fn ports(text: &str) -> Option<(u16, u16)> {
    // Go's `ParseInt` takes a sign.
    let (start, end) = text.split_once('-').unwrap_or((text, text));
    let (start, end) = (start.parse().ok()?, end.parse().ok()?);
    (start <= end).then_some((start, end))
}
