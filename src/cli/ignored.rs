//! Which ignore file counts for a target, and what it says.

use camino::{Utf8Path, Utf8PathBuf};

use crate::dockerfile::Ignore;
use crate::manifest::Target;
use crate::output::Companion;
use crate::source::{Disk, FileKind, FileSystem};

/// The file's name, and the end of the name of one that belongs to a Dockerfile.
const NAME: &str = ".dockerignore";

/// One of more bytes than this is a mistake.
const LARGEST: u64 = 1 << 20;

fn own(target: &Target) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{}{NAME}", target.output))
}

/// What the ignore file beside the target's output says, where the project makes one.
pub(super) fn made<'c>(target: &Target, companions: &'c [Companion]) -> Option<&'c [u8]> {
    let own = own(target);
    companions.iter().find(|companion| companion.path == own).map(|companion| companion.bytes.as_slice())
}

/// Where the file that counts may stand.
pub(super) fn files(target: &Target) -> [Utf8PathBuf; 2] {
    [own(target), target.context.join(NAME)]
}

/// The ignore file that counts, whether it is there or not. One that belongs to the Dockerfile comes before that of the
/// context, as with BuildKit; one that is yet to be written, `made`, counts, too.
pub(super) fn file(root: &Utf8Path, target: &Target, made: Option<&[u8]>) -> Utf8PathBuf {
    let own = own(target);
    if made.is_some() || root.join(&own).is_file() { own } else { target.context.join(NAME) }
}

/// What that file says.
pub(super) fn read(root: &Utf8Path, file: &Utf8Path, made: Option<&[u8]>) -> Ignore {
    made.map_or_else(|| Ignore::parse(&read_within(root, file)), Ignore::parse)
}

/// The bytes of a file of the project; none where it is not there, leads out of the project or is no file.
fn read_within(root: &Utf8Path, path: &Utf8Path) -> Vec<u8> {
    let path = root.join(path);
    let is_within = Disk.canonicalize(&path).is_ok_and(|real| real.starts_with(root));
    let is_file = Disk.metadata(&path).is_ok_and(|meta| meta.kind == FileKind::File && meta.len <= LARGEST);
    if is_within && is_file { Disk.read(&path).unwrap_or_default() } else { Vec::new() }
}
