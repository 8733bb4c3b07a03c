//! The one parser that pest derives from `grammar/`; the rooms `expression` and `template` build their trees from its pairs.

use pest_derive::Parser;

/// The grammars of `grammar/`, combined: `template.pest` uses the rules of `expression.pest`.
#[derive(Parser)]
#[grammar = "grammar/expression.pest"]
#[grammar = "grammar/template.pest"]
pub(crate) struct Grammar;
