//! `dockmill.toml`: axes, images, parameters, and the targets that they make.
//!
//! [`Manifest::load`] reads a manifest and reports all that is wrong with it; [`Manifest::select`] resolves selectors such
//! as `python/bookworm`; [`Manifest::targets`] makes the targets one by one, each an image at one point of its matrix with
//! the values that its template may use. `docs/manifest.md` explains every key.
//!
//! ```
//! use dockmill::diagnostic::Diagnostics;
//! use dockmill::manifest::{Manifest, Request, Selection};
//! use dockmill::source::{Memory, SourceMap};
//!
//! let manifest = r#"
//! [project]
//! name = "hello"
//! [axis]
//! release = ["bookworm", "trixie"]
//! [image.base]
//! matrix = ["release"]
//! tags = ["acme/base:@{release}"]
//! "#;
//! let files = Memory::default().with("/p/dockmill.toml", manifest).with("/p/base/Dockerfile.dockmill", "FROM scratch\n");
//! let mut out = Diagnostics::default();
//! let request = Request::default();
//! let project = Manifest::load(&SourceMap::default(), &files, "/p/dockmill.toml".into(), &request, &mut out).unwrap();
//! let all = Selection::all();
//! let ids: Vec<String> = project.targets(&all).map(|target| target.unwrap().id).collect();
//! assert_eq!(ids, ["base/bookworm", "base/trixie"]);
//! ```

mod axis;
mod blank_lines;
mod born;
mod builder_table;
mod check;
mod checks;
mod collisions;
mod comparison;
mod compile;
mod computed_axis;
mod constants;
mod data;
mod data_slips;
mod data_yaml;
mod definition;
mod document;
mod examine;
mod exceptions;
mod export;
mod files;
mod given;
mod grid;
mod id_pattern;
mod image;
mod image_ref;
mod interpolation;
mod keys;
mod known_axes;
mod known_texts;
mod layout;
mod leaves;
mod limits;
mod load;
#[expect(clippy::module_inception, reason = "it holds the manifest itself, as a reader expects")]
mod manifest;
mod matrix;
mod name_rules;
mod params;
mod path_pattern;
mod plain_names;
mod points;
mod profile;
mod room;
mod rules;
mod schema;
mod search;
mod select;
mod selectors;
mod set;
mod strings;
mod target;
mod text;
mod text_list;
mod unknown_target;
mod unlikely_key;
mod unused;
mod when;

pub use blank_lines::BlankLines;
pub use constants::Define;
pub(crate) use id_pattern::{IdPattern, PartPattern};
pub use image::{Dialect, Image};
pub use image_ref::ImageRef;
pub use layout::Globals;
pub(crate) use leaves::key_path;
pub use leaves::{Leaf, Leaves, Place, Places};
pub use limits::{Ceiling, Limits};
pub use load::Request;
pub use manifest::Manifest;
pub(crate) use manifest::{MANIFEST, list_of_outputs};
pub(crate) use name_rules::id_name_problem;
pub use profile::Build;
pub use schema::schema;
pub use select::{Chosen, Selection};
pub use target::{CopiedFile, Stage, Target, stage_id};
pub(crate) use text::names_texts;
pub use text::{TARGETS, Text, TextExport, TextTarget};
