//! What a render would change, as patches in git's format (unified hunks with three lines of context), over bytes: `git apply` of
//! them gives exactly what `render` writes. What people read is a [review](crate::review).

mod differing;
mod hunks;
mod paint;
mod pair;
mod patch;
mod patches;
mod path;
mod stat;

use std::io::{self, Write};

use camino::Utf8PathBuf;

pub use differing::differing_lines;
use hunks::FileDiff;
pub use paint::Paint;
pub use pair::{between, from_disk, removal};
pub use patches::Patches;
pub use stat::Stat;

/// Tells whether a line, without its end, is the generated header.
pub type IsHeader<'h> = dyn Fn(&[u8]) -> bool + 'h;

/// One output that a render would write or remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The id of the target that the output belongs to.
    pub target: String,
    /// Where the output stands, relative to the root of the project.
    pub path: Utf8PathBuf,
    /// What it is to its target.
    pub role: FileRole,
    /// What stands there now; none: no such file.
    pub old: Option<Vec<u8>>,
    /// What shall stand there; none: the file goes.
    pub new: Option<Vec<u8>>,
    /// The mode of what stands there now, if anything does.
    pub old_mode: Mode,
    /// The mode of what shall stand there, if anything shall.
    pub mode: Mode,
    /// How a heading names the change.
    pub kind: ChangeKind,
    /// What else a reader should know, one line each: "3 later layers lose their cache".
    pub notes: Vec<String>,
}

/// What a file is to the target that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRole {
    /// Its Dockerfile.
    Output,
    /// It stands beside the output.
    Companion,
    /// It is no Dockerfile, and the target is named after it alone: a text, or a file that no target makes any more.
    Text,
}

/// The two modes of a regular file that git knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// 100644
    #[default]
    Regular,
    /// 100755
    Executable,
}

impl Mode {
    /// The mode of a file that may be executed, or may not.
    pub fn of(executable: bool) -> Self {
        if executable { Self::Executable } else { Self::Regular }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "100644",
            Self::Executable => "100755",
        }
    }
}

/// What becomes of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It was not there.
    New,
    /// It was written by an earlier render and is out of date.
    Changed,
    /// No target makes it any more.
    Removed,
    /// It was edited by hand since it was written: a render refuses to overwrite it.
    Edited,
}

impl Change {
    fn is_none(&self) -> bool {
        self.old == self.new && !self.changes_mode()
    }

    /// Is there a file on both sides, with the right to execute on one of them only?
    fn changes_mode(&self) -> bool {
        self.old.is_some() && self.new.is_some() && self.old_mode != self.mode
    }

    /// The sizes of both sides where one is no text, as git decides it.
    fn binary_sizes(&self) -> Option<(usize, usize)> {
        let (old, new) = (self.old.as_deref().unwrap_or_default(), self.new.as_deref().unwrap_or_default());
        let is_binary = |bytes: &[u8]| memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some();
        (old != new && (is_binary(old) || is_binary(new))).then_some((old.len(), new.len()))
    }

    fn compare(&self, header: Option<&IsHeader<'_>>) -> FileDiff<'_> {
        FileDiff::new(self.old.as_deref().unwrap_or_default(), self.new.as_deref().unwrap_or_default(), header)
    }
}

/// Writes every change in full, as `git diff` would (without its `index` lines), for `git apply`. A change that changes nothing
/// is left out.
///
/// ```
/// use dockmill::output::diff::{Change, ChangeKind, FileRole, Mode, Paint, write_patch};
///
/// let change = Change {
///     target: "base".into(),
///     path: "base/Dockerfile".into(),
///     role: FileRole::Output,
///     old: None,
///     new: Some(b"FROM scratch\n".to_vec()),
///     old_mode: Mode::Regular,
///     mode: Mode::Regular,
///     kind: ChangeKind::New,
///     notes: Vec::new(),
/// };
/// let mut patch = Vec::new();
/// write_patch([&change], Paint::default(), &mut patch)?;
/// assert_eq!(
///     String::from_utf8_lossy(&patch),
///     "diff --git a/base/Dockerfile b/base/Dockerfile\nnew file mode 100644\n--- /dev/null\n+++ b/base/Dockerfile\n\
///      @@ -0,0 +1 @@\n+FROM scratch\n"
/// );
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// Those of `out`.
pub fn write_patch<'a>(
    changes: impl IntoIterator<Item = &'a Change>,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    for change in changes.into_iter().filter(|change| !change.is_none()) {
        patch::write(change, &change.compare(None), paint, out)?;
    }
    Ok(())
}
