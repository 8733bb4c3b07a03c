//! What a text must not be: one that programs cannot read, though its file's name says so, or one that a region cannot hold.

use camino::Utf8Path;
use saphyr_parser::Parser;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::dockerfile::Finding;
use crate::output::marker_line;
use crate::render::at_template;
use crate::source::{SourceMap, Traced};

/// What is wrong with the text of a whole file, told at the template's line.
pub(super) fn check_file(path: &Utf8Path, text: &Traced, sources: &SourceMap) -> Option<Diagnostic> {
    let (format, fault) = match path.extension()?.to_ascii_lowercase().as_str() {
        "json" => ("JSON", json(&text.bytes)),
        "toml" => ("TOML", of_unicode(&text.bytes, toml)),
        "yaml" | "yml" => ("YAML", of_unicode(&text.bytes, yaml)),
        _ => return None,
    };
    let (line, why) = fault?;
    let finding = Finding::at_line(Severity::Error, Code::DataSyntax, line, format!("what this makes is no {format}"));
    Some(at_template(text, sources, finding.label(why)))
}

/// What is wrong with the text of a region: with a marker in it, the next run would not find its end.
pub(super) fn check_region(text: &Traced, sources: &SourceMap) -> Option<Diagnostic> {
    let line = marker_line(&text.bytes)?;
    let message = "this makes a marker within the region that it goes into";
    Some(at_template(text, sources, Finding::at_line(Severity::Error, Code::TextRegion, line, message)))
}

fn json(text: &[u8]) -> Option<(u32, String)> {
    let error = serde_json::from_slice::<serde::de::IgnoredAny>(text).err()?;
    let said = error.to_string();
    // The place is told by itself.
    let why = said.rsplit_once(" at line ").map_or(said.as_str(), |(why, _)| why).to_owned();
    Some((u32::try_from(error.line()).unwrap_or(u32::MAX).max(1), why))
}

/// Checks what must be UTF-8 first of all.
fn of_unicode(text: &[u8], check: fn(&str) -> Option<(u32, String)>) -> Option<(u32, String)> {
    match std::str::from_utf8(text) {
        Ok(text) => check(text),
        Err(error) => Some((line_at(text, error.valid_up_to()), "this is no UTF-8".to_owned())),
    }
}

fn toml(text: &str) -> Option<(u32, String)> {
    let error = toml::from_str::<toml::Table>(text).err()?;
    let at = error.span().map_or(0, |span| span.start);
    Some((line_at(text.as_bytes(), at), error.message().to_owned()))
}

/// All of YAML may be written, unlike in data files: tags, `<<` and several documents have their meaning to other programs.
fn yaml(text: &str) -> Option<(u32, String)> {
    let error = Parser::new_from_str(text).find_map(Result::err)?;
    Some((u32::try_from(error.marker().line()).unwrap_or(u32::MAX), error.info().to_owned()))
}

fn line_at(text: &[u8], offset: usize) -> u32 {
    let before = memchr::memchr_iter(b'\n', &text[..offset.min(text.len())]).count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}
