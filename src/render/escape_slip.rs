//! Lines that a `\` was to continue below a `# escape=` that dockmill did not see when it wrote it.

use crate::diagnostic::{Code, Diagnostic};
use crate::dockerfile::NOT_CONTINUED;
use crate::source::{SourceMap, Span};

/// Tells it at the directive where the `\` is not written out in the project: all such lines of an output are one mistake, and in
/// the library nobody can mend it.
pub(super) fn at_directive(mut diagnostic: Diagnostic, sources: &SourceMap) -> Diagnostic {
    if diagnostic.code != Code::UnknownInstruction || diagnostic.message != NOT_CONTINUED {
        return diagnostic;
    }
    let (Some(line), Some(directive)) = (diagnostic.primary.as_mut(), diagnostic.secondary.first_mut()) else {
        return diagnostic;
    };
    if is_written_out(line.span, sources) {
        return diagnostic;
    }
    std::mem::swap(line, directive);
    let message = String::from("this does not go with the `\\` at the ends of lines below");
    Diagnostic { message, trace: Vec::new(), example: None, help: Vec::new(), ..diagnostic }
        .help("write it out in the first lines of the template, or leave it out")
        .note("`cont` in the manifest always writes `\\`")
}

/// Does the line of the project end in a `\` itself?
fn is_written_out(line: Span, sources: &SourceMap) -> bool {
    let file = sources.get(line.file);
    let bytes = &file.bytes()[..line.end as usize];
    file.project_path().is_some() && bytes[line.start as usize..].trim_ascii_end().ends_with(b"\\")
}
