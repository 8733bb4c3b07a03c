//! The arguments of the command line, as clap reads them.

use camino::Utf8PathBuf;
use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

use crate::diagnostic::Format;

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
    Render(Render),
    /// Ask whether the outputs are up to date; nothing is written
    ///
    /// Exits with 1 where an output is missing, out of date, edited by hand or left over, and says which and why.
    Check(Check),
    /// Show what render would change; nothing is written
    ///
    /// The same change in many targets is shown once, with the targets that it reaches, what it costs of the build
    /// cache, and as a patch of the first of them. Exits with 1 where there is a difference.
    Diff(Diff),
    /// Expand one template; no manifest is needed
    ///
    /// The result goes to standard output. Included files are looked for beside the file that asks, then in the folders
    /// of -I. The result is checked as a Dockerfile; where that finds an error, nothing is written. A file that ends in
    /// .m4 is expanded as m4 does; its includes are looked for as m4 looks for them: in this folder, then in those of
    /// -I.
    Expand(Expand),
    /// Show which image is built on which
    ///
    /// Prints the chosen targets and stages with all that they are built on. Edges come from `image()`, FROM, COPY
    /// --from and RUN --mount in what the templates render to; a pinned tag is an edge for which nothing is built.
    Graph(super::graph::Arguments),
    /// Translate templates of another tool, and compare what both give
    Import(super::import::Import),
    /// List targets with their outputs and tags, separated by tabs
    List(List),
    /// Expand templates that are m4: GNU m4's command line, answers as GNU m4 1.4.19
    ///
    /// All arguments are m4's; `dockmill m4 --help` lists them. Commands are run, and files outside of this folder and
    /// those of -I are read, with --allow-exec only.
    M4(super::m4::M4),
    /// Tell where a line of an output comes from
    ///
    /// Shows the template's line, the macros and includes that led there, and the values that mattered. Files beside an
    /// output have lines, too: those of a copy come from its source.
    Explain(Explain),
    /// Write the plan of a build for another tool, to standard output
    Export(super::export::Export),
    /// Add the template's place to every OUTPUT:LINE in the text of another tool
    ///
    /// A filter: reads what hadolint, docker build or a scanner prints from standard input, and writes it to standard
    /// output.
    Map(Map),
    /// Show a plain Dockerfile as BuildKit understands it
    ///
    /// What is wrong in it goes to standard error, and makes the exit status 2, as it does for an output.
    Inspect(Inspect),
    /// Render whenever a file of the project changes
    ///
    /// Prints what a change does to the outputs. Errors are shown and waited out.
    Watch(Watch),
    /// Write a small project that renders, with comments
    Init(Init),
    /// Print the JSON Schema of dockmill.toml, for editors
    Schema,
    /// Print the completions of a shell
    Completions(Completions),
    /// Print the manual page, or write the pages of all commands
    Man(Man),
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

#[derive(Debug, Args)]
pub(crate) struct Render {
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Overwrite outputs that were edited by hand, and files that dockmill did not write
    #[arg(long)]
    pub(crate) force: bool,
    /// Exit with 1 where something was written or removed
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Compare with what the templates of this git revision render to, not with the files on disk
    #[arg(long, value_name = "REV")]
    pub(crate) against: Option<String>,
    /// The whole patch of every output, for `git apply`
    #[arg(long)]
    pub(crate) patch: bool,
    /// Only count changed lines
    #[arg(long)]
    pub(crate) stat: bool,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

impl Diff {
    /// The default form.
    pub(crate) fn grouped() -> Self {
        let choice = Choice { targets: Vec::new(), narrow: Vec::new() };
        let which = Which { file: None, define: Vec::new(), profile: None };
        Self { choice, which, against: None, patch: false, stat: false, deny_warnings: false }
    }
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) choice: Choice,
    #[command(flatten)]
    pub(crate) which: Which,
    /// One JSON object on a line for each target
    #[arg(long)]
    pub(crate) json: bool,
    /// Only the share I of N equal ones, and what it needs; each target and stage has a line, what is needed first
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<super::shard::Shard>,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The output, or a file beside it, and the line in it, from 1
    #[arg(value_name = "FILE:LINE")]
    pub(crate) place: String,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) render: Render,
}

#[derive(Debug, Args)]
pub(crate) struct Map {
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The Dockerfile; `-` is standard input
    #[arg(value_name = "DOCKERFILE")]
    pub(crate) file: Utf8PathBuf,
    /// For programs
    #[arg(long)]
    pub(crate) json: bool,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: Utf8PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write the pages of all commands to this folder
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<Utf8PathBuf>,
}

/// What a template is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// dockmill's own dialect
    Mill,
    /// m4
    M4,
}

#[derive(Debug, Args)]
pub(crate) struct Expand {
    /// The template; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: Utf8PathBuf,
    /// Give a variable
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE")]
    pub(crate) define: Vec<String>,
    /// Look for included files in this folder too
    #[arg(short = 'I', long = "include", value_name = "DIR")]
    pub(crate) include: Vec<Utf8PathBuf>,
    /// What the template is written in; without it, m4 if its name ends in .m4
    #[arg(long, value_enum, value_name = "DIALECT")]
    pub(crate) dialect: Option<Language>,
    /// Give the names of m4's builtins the prefix `m4_`, as m4 -P does
    #[arg(short = 'P', long)]
    pub(crate) prefix: bool,
    /// Write the result to this file, and only if it differs
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<Utf8PathBuf>,
    /// Write the files that were read to this file, as a rule for make; the output is then written in any case
    #[arg(long, value_name = "FILE")]
    pub(crate) depfile: Option<Utf8PathBuf>,
    /// Do not check the result: it is a fragment, no whole Dockerfile
    #[arg(long)]
    pub(crate) no_check: bool,
    /// Take warnings for errors
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Change a bound of the expansion: depth, steps or output (bytes)
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) limit: Vec<String>,
}
