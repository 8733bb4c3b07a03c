//! Parser directives: `# syntax=…`, `# escape=…`, `# check=…` at the very top.

use crate::diagnostic::did_you_mean;

use super::model::DirectiveKind;
use super::space;

/// The name and the value of a comment that has the form of a directive; `line` is without white space before it.
pub(crate) fn parse(line: &[u8]) -> Option<(DirectiveKind, &[u8])> {
    let text = space::trim_start(line.strip_prefix(b"#")?);
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let kind = match &text[..length] {
        name if name.eq_ignore_ascii_case(b"syntax") => DirectiveKind::Syntax,
        name if name.eq_ignore_ascii_case(b"escape") => DirectiveKind::Escape,
        name if name.eq_ignore_ascii_case(b"check") => DirectiveKind::Check,
        _ => return None,
    };
    let value = blanks_trimmed_start(&text[length..]).strip_prefix(b"=")?;
    let trimmed = blanks_trimmed_start(value);
    if trimmed.is_empty() {
        // The value needs one character, and takes it from the blanks.
        return value.last_chunk::<1>().map(|last| (kind, last.as_slice()));
    }
    let length = trimmed.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
    Some((kind, &trimmed[..length]))
}

/// A comment that may well be meant as a directive and is none, for its name or its `=` is misspelt: the directive, the name as
/// it is written, and where that ends.
pub(crate) fn misspelt(line: &[u8]) -> Option<(DirectiveKind, &str)> {
    let text = space::trim_start(line.strip_prefix(b"#")?);
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let name = std::str::from_utf8(&text[..length]).ok()?;
    let rest = &text[length..];
    let after = blanks_trimmed_start(rest);
    let value = after.strip_prefix(b"=").or_else(|| after.strip_prefix(b":")).unwrap_or(after);
    let value = space::trim(value);
    let names = [DirectiveKind::Syntax, DirectiveKind::Escape, DirectiveKind::Check];
    let kind = names.into_iter().find(|kind| {
        let is_exact = kind.name().eq_ignore_ascii_case(name);
        let is_near = after.starts_with(b"=") && did_you_mean(name, [kind.name()]).is_some();
        (is_exact && !after.starts_with(b"=") || !is_exact && is_near) && is_plausible(*kind, value)
    })?;
    Some((kind, name))
}

/// Does the value look as if a directive was meant, rather than prose?
pub(crate) fn is_plausible(kind: DirectiveKind, value: &[u8]) -> bool {
    match kind {
        DirectiveKind::Syntax => value.contains(&b'/') && !value.iter().any(|byte| is_blank(*byte)),
        DirectiveKind::Escape => matches!(value, b"`" | b"\\"),
        DirectiveKind::Check => {
            [&b"skip="[..], b"error=", b"experimental="].iter().any(|option| value.starts_with(option))
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

fn blanks_trimmed_start(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
    &text[blanks..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_directives() {
        assert_eq!(parse(b"#syntax=a/b"), Some((DirectiveKind::Syntax, &b"a/b"[..])));
        assert_eq!(parse(b"# \t Escape = ` "), Some((DirectiveKind::Escape, &b"`"[..])));
        assert_eq!(parse(b"# check=skip=all;error=true"), Some((DirectiveKind::Check, &b"skip=all;error=true"[..])));
        for line in ["# syntax", "# syntax=", "## syntax=a/b", "# syntaxes=a/b", "# the syntax=a/b", "syntax=a/b"] {
            assert_eq!(parse(line.as_bytes()), None, "{line}");
        }
    }
}
