//! Diagnostics as a person sees them.

use dockmill::diagnostic::{Diagnostic, Format, Style};
use dockmill::source::SourceMap;

/// In the full form, on a terminal of 100 columns without colours.
pub(crate) fn told(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let fold = |targets: &[String]| targets.join(", ");
    Format::Full.render(diagnostics, sources, &Style { colour: false, width: 100, fold: &fold })
}
