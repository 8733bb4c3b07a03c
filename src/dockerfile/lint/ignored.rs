//! What is copied but left out of the build context.

use camino::Utf8Path;

use crate::diagnostic::Code;

use super::super::check::Checks;
use super::super::finding::Finding;
use super::super::ignore::Ignore;
use super::super::keyword::Keyword;
use super::super::sources::LocalSource;
use super::{Scope, rule};

rule! {
    /// A COPY or ADD names a path that the `.dockerignore` leaves out of the build context: the build fails, for the builder
    /// never gets the file.
    ///
    /// ```dockerfile
    /// # .dockerignore: build
    /// FROM debian
    /// COPY build/app /app
    /// ```
    ///
    /// Take the path back in with `!build/app`, or copy from elsewhere. dockmill looks for it where it is certain which file
    /// counts: the image names its `context`, or its output stands at the top of the context. Unlike BuildKit it tells of paths
    /// that no `!` line takes back, too.
    COPY_IGNORED_FILE = CopyIgnoredFile, On;
}

/// Checks what COPY and ADD read of the context against the ignore file of this name.
pub(in super::super) fn check(checks: &mut Checks<'_, '_>, sources: &[LocalSource], ignore: &Ignore, file: &Utf8Path) {
    let dockerfile = checks.dockerfile;
    for source in sources.iter().filter(|source| is_left_out(source, ignore)) {
        let at = dockerfile.instructions.binary_search_by_key(&source.line, |found| found.start_line);
        let (Some(path), Ok(index)) = (source.inside(), at) else { continue };
        let instruction = &dockerfile.instructions[index];
        if !matches!(instruction.keyword, Some(Keyword::Copy | Keyword::Add)) {
            continue;
        }
        let place = dockerfile.locate(instruction, &source.written);
        let (message, help) = if path.as_str().is_empty() {
            (format!("`{file}` leaves everything out of the build context"), "`!PATH` takes a path back in".to_owned())
        } else {
            (format!("`{file}` leaves `{path}` out of the build context"), format!("`!{path}` takes it back in"))
        };
        let finding = Finding::warning(Code::CopyIgnoredFile, place, message).label("it is read here").help(help);
        checks.lint(&Scope::Stage(instruction, source.stage), finding);
    }
}

/// Folders in each other that a path may name.
const DEEPEST: usize = 100;

/// Is all that the path or pattern names left out?
pub(in super::super) fn is_left_out(source: &LocalSource, ignore: &Ignore) -> bool {
    // No system has a deeper one, and each folder in it would be compared with every pattern.
    let Some(path) = source.inside().filter(|path| path.components().count() <= DEEPEST) else { return false };
    let takes_back = ignore.rules().iter().any(|rule| rule.exception);
    match path.as_str() {
        // The context itself.
        "" => !takes_back && ignore.rules().iter().any(|rule| ["*", "**", "**/*"].contains(&&*rule.pattern)),
        // As BuildKit, which compares the pattern as if it were a path: some of what it names may be taken back.
        path if path.contains(['*', '?', '[']) => !takes_back && ignore.excludes(path),
        path => ignore.excludes_folder(path),
    }
}
