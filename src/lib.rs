//! dockmill expands a macro dialect of Dockerfiles into plain Dockerfiles, one for each point of a matrix.
//!
//! `docs/architecture.md` shows the way of the data through the modules, each arrow one function of values to values.
//! Files are read and written at the two ends only, through [`source::FileSystem`] and [`output`].
//!
//! # As a library
//!
//! ```
//! use camino::Utf8Path;
//! use dockmill::{Project, Selection};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let temporary = tempfile::tempdir()?;
//! let folder = Utf8Path::from_path(temporary.path()).ok_or("the folder's name is not UTF-8")?;
//! let manifest = r#"
//!     [project]
//!     name = "demo"
//!
//!     [axis.release.bookworm]
//!     [axis.release.trixie]
//!
//!     [image.app]
//!     template = "Dockerfile.dockmill"
//!     matrix = ["release"]
//!     output = "@{release}/Dockerfile"
//! "#;
//! std::fs::write(folder.join("dockmill.toml"), manifest)?;
//! std::fs::write(folder.join("Dockerfile.dockmill"), "FROM debian:@{release}\n")?;
//!
//! let project = Project::open(folder)?;
//! for (target, rendered) in project.render(&project.select(["app/bookworm"])?)?.outputs {
//!     println!("{}\n{}", target.id, String::from_utf8_lossy(&rendered.text.bytes));
//! }
//! assert_eq!(project.render(&Selection::all())?.outputs.len(), 2);
//! # Ok(())
//! # }
//! ```

pub mod adopt;
pub mod cli;
pub mod diagnostic;
pub mod dockerfile;
// It is open to the tests alone: it shows the values of minijinja.
#[doc(hidden)]
pub mod expression;
mod git;
mod grammar;
pub mod graph;
pub mod import;
pub mod m4;
pub mod manifest;
mod memo;
pub mod output;
mod plan;
pub mod project;
pub mod render;
pub mod review;
pub mod run;
pub mod source;
mod stack;
pub mod template;
mod text;

pub use manifest::Selection;
pub use project::Project;
