//! The arguments of the command line, as clap reads them.

use camino::Utf8PathBuf;
use clap::{Args, ColorChoice, Parser, Subcommand};

use crate::diagnostic::Format;
use crate::project::Values;

/// Dockerfiles from templates: includes, macros, conditions and a matrix, expanded into plain Dockerfiles that are
/// committed and reviewed.
#[derive(Debug, Parser)]
#[command(name = "dockmill", version, about, max_term_width = 100, propagate_version = true)]
#[command(after_help = "Exit status: 0 done; 1 the answer is no (check, diff, build); 2 it could not be done.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

// Arguments of every command. What is flattened has no comment for the documentation: clap would take it for the help of
// the commands that have it.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Work in this folder
    #[arg(short = 'C', long, value_name = "DIR", global = true)]
    pub(crate) directory: Option<Utf8PathBuf>,
    /// When to use colour; `NO_COLOR` is respected
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(crate) color: ColorChoice,
    /// How errors and warnings are shown
    #[arg(long, value_name = "FORMAT", default_value = "full", global = true)]
    pub(crate) message_format: Format,
    /// Print only errors and what was asked for
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// What is to be done. The commands have their help here: what else they have is made for the one that is asked for, as
/// it takes more time than a short run does otherwise.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Tell which targets a change of files reaches
    ///
    /// By templates and what they include, the manifest, data, what COPY and ADD take from the build context (what
    /// .dockerignore leaves out is not taken), and the images that are built on those. Prints one id on a line, in the
    /// order of the manifest; nothing where nothing is reached: `dockmill affected --since main | xargs -r dockmill
    /// build`.
    Affected(super::affected::Affected),
    /// Build images, what they are built on first
    ///
    /// Renders, then runs the builder that the manifest names, once for each target and stage. Prints what was built;
    /// logs go to standard error, each line behind the target's id. A failure is shown at the template's line. What
    /// stands behind `--` goes to the builder as it is.
    Build(super::build::Build),
    /// Remove the outputs, or the images, that dockmill made
    ///
    /// Removes outputs that bear dockmill's mark and were not edited since, with the files beside them: all of them,
    /// what earlier manifests made and what is under .dockmill/ too, or those of the chosen targets. Says what it
    /// keeps, and why.
    Clean(super::clean::Clean),
    /// Write the outputs that changed
    ///
    /// Prints what was written and removed. Outputs that were edited by hand and files that dockmill did not write are
    /// not overwritten. Outputs that no target makes any more are removed, unless targets are named.
    Render(super::render::Render),
    /// Ask whether the outputs are up to date; nothing is written
    ///
    /// Exits with 1 where an output is missing, out of date, edited by hand or left over, and says which and why.
    Check(super::check::Check),
    /// Show what render would change; nothing is written
    ///
    /// The same change in many targets is shown once, with the targets that it reaches, what it costs of the build
    /// cache, and as a patch of the first of them. What is built on a changed image is told where no targets are named.
    /// Exits with 1 where there is a difference.
    Diff(super::diff::Diff),
    /// Expand one template; no manifest is needed
    ///
    /// The result goes to standard output. Included files are looked for beside the file that asks, then in the folders
    /// of -I. The result is checked as a Dockerfile; where that finds an error, nothing is written. A file that ends in
    /// .m4 is expanded as m4 does; its includes are looked for as m4 looks for them: in this folder, then in those of
    /// -I.
    Expand(super::expand::Expand),
    /// Show which image is built on which
    ///
    /// Prints the chosen targets and stages with all that they are built on. Edges come from `image()`, FROM, COPY
    /// --from and RUN --mount in what the templates render to; a pinned tag is an edge for which nothing is built.
    Graph(super::graph::Arguments),
    /// Translate templates of another tool, and compare what both give
    Import(super::import::Import),
    /// List targets with their outputs and tags, separated by tabs
    List(super::list::List),
    /// Expand templates that are m4: GNU m4's command line, answers as GNU m4 1.4.19
    ///
    /// All arguments are m4's; `dockmill m4 --help` lists them. Commands are run, and files outside of this folder and
    /// those of -I are read, with --allow-exec only.
    M4(super::m4::M4),
    /// Tell where a line of an output comes from
    ///
    /// Shows the template's line, the macros and includes that led there, and the values that mattered. Files beside an
    /// output have lines, too: those of a copy come from its source.
    Explain(super::explain::Explain),
    /// Write the plan of a build for another tool, to standard output
    Export(super::export::Export),
    /// Add the template's place to every OUTPUT:LINE in the text of another tool
    ///
    /// A filter: reads what hadolint, docker build or a scanner prints from standard input, and writes it to standard
    /// output.
    Map(super::map::Map),
    /// Show a plain Dockerfile as BuildKit understands it
    ///
    /// What is wrong in it goes to standard error, and makes the exit status 2, as it does for an output.
    Inspect(super::inspect::Inspect),
    /// Render whenever a file of the project changes
    ///
    /// Prints what a change does to the outputs. Errors are shown and waited out.
    Watch(super::watch::Watch),
    /// Write a small project that renders, with comments
    Init(super::init::Init),
    /// Print the JSON Schema of dockmill.toml, for editors
    Schema,
    /// Print the completions of a shell
    Completions(super::shell::Completions),
    /// Print the manual page, or write the pages of all commands
    Man(super::shell::Man),
}

// Which project, with which values.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The manifest; without it dockmill.toml in this folder or one above
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<Utf8PathBuf>,
    /// Give a variable; outputs then go under .dockmill/
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE")]
    pub(crate) define: Vec<String>,
    /// Use the variables of a profile; outputs then go under .dockmill/
    #[arg(short, long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
}

impl Which {
    /// The values that the project is read with.
    pub(crate) fn values(&self) -> Values<'_> {
        Values { define: &self.define, profile: self.profile.as_deref(), may_be_lacking: false }
    }
}

// Which targets.
#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// Targets: ids, beginnings of ids, or globs; without any, all
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    /// Only targets at these values of an axis
    #[arg(short = 's', long = "select", value_name = "AXIS=VALUE[,VALUE]")]
    pub(crate) narrow: Vec<String>,
}

impl Choice {
    /// Does it choose all targets?
    pub(crate) fn is_all(&self) -> bool {
        self.targets.is_empty() && self.narrow.is_empty()
    }
}
