//! Plain Dockerfiles as BuildKit reads them, and the checks on them.
//!
//! [`parse`] never fails and borrows from the text; [`check`] tells what BuildKit would refuse, and what is probably not
//! meant. Nothing here knows where the text came from.
//!
//! ```
//! use dockmill::dockerfile::{check, parse};
//! let dockerfile = parse(b"FROM debian\nRUM apt-get update\n");
//! let findings = check(&dockerfile);
//! assert_eq!(findings[0].message, "`RUM` is no Dockerfile instruction");
//! assert_eq!(findings[0].line, 2);
//! ```

mod cache;
mod check;
mod directive;
mod finding;
mod heredoc;
mod ignore;
mod image_name;
mod inert;
mod inspect;
mod json;
mod keyword;
mod lint;
mod model;
mod outline;
mod parse;
mod pattern;
mod platform;
mod scope;
mod shell;
mod sources;
mod space;
mod stage;
mod summary;
mod words;

pub use cache::{CacheImpact, cache_impact};
pub(crate) use check::instruction::NOT_CONTINUED;
pub use check::{Seen, check, check_by, check_ignored, check_with};
pub use finding::{Advice, Finding};
pub(crate) use ignore::LONGEST as LONGEST_IGNORE;
pub use ignore::{BadPattern, Ignore, IgnoreRule};
pub(crate) use image_name::check_tag;
pub use image_name::{ImageName, NameProblem};
pub(crate) use inert::may_show;
pub use inspect::{InspectedDirective, InspectedHeredoc, InspectedInstruction, InspectedStage, Inspection, inspect};
pub use keyword::Keyword;
pub use lint::{RULES, Rule, RuleDefault, Rules};
pub use model::{Arguments, Directive, DirectiveKind, Dockerfile, Heredoc, Instruction, Problem, ProblemKind};
pub use outline::Outline;
pub use parse::parse;
pub(crate) use platform::{is_valid as is_platform, unknown_part};
pub use sources::{LocalSource, local_sources, onbuild_sources};
pub use stage::{Place, Reference, ReferenceKind, Stage, Target};
pub(crate) use summary::{Abridged, Summary};
pub use words::Malformed;
