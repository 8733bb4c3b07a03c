//! The arguments of the command line, as clap reads them.

use std::cell::OnceCell;

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::{Args, ColorChoice, Parser, Subcommand};
use clap_complete::engine::ArgValueCompleter;

use crate::diagnostic::Format;
use crate::project::{Values, Wanted};
use crate::source::note_options;

use super::complete;
use super::report::Report;

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
#[derive(Debug, Default, Args)]
pub(crate) struct Global {
    /// Work in this folder
    #[arg(short = 'C', long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, global = true)]
    pub(crate) directory: Option<Utf8PathBuf>,
    /// When to use colour; `NO_COLOR` is respected
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(crate) color: ColorChoice,
    /// The format of errors and warnings; by default github in GitHub Actions, and full elsewhere
    #[arg(long, value_name = "FORMAT", global = true)]
    pub(crate) message_format: Option<Format>,
    /// Print only errors and requested output
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

/// What is to be done. The help of the commands is here. Their arguments are only built for the command that is run, because
/// building them for all takes longer than a short run.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(crate) enum Command {
    /// Make a project of Dockerfiles that are there
    ///
    /// Looks for what the Dockerfiles in the folders share, and writes templates and a manifest that render them byte for byte.
    /// Every output is compared before anything is written; a file that would come out differently is left out, with the reason.
    /// With --edit, outputs of a project that were edited are taken back into what they are made from.
    Adopt(super::adopt::Adopt),
    /// List the targets that a change of files affects
    ///
    /// A target is affected by its template and the files that this includes, by the manifest and its data, by what COPY
    /// and ADD take from the build context (except what .dockerignore excludes), and by the images that it is built on.
    /// Prints one id per line, in the order of the manifest, and nothing if no target is affected. `dockmill build --since main`
    /// builds these; `check`, `render`, `list`, `graph` and `export` take `--since`, too.
    Affected(super::affected::Affected),
    /// Build images, in the order of their dependencies
    ///
    /// Renders, then runs the builder that the manifest names, once for each target and stage. Prints what was built. Logs
    /// go to standard error, each line prefixed with the target's id. A failure is shown at the line of the template.
    /// Arguments after `--` are passed to the builder unchanged.
    Build(super::build::Build),
    /// Remove the outputs, or the images, that dockmill made
    ///
    /// Removes outputs, with the files beside them, if they are dockmill's and were not edited since. Without
    /// targets, this includes the outputs of earlier manifests and those under .dockmill/. Reports which files it keeps,
    /// and why.
    Clean(super::clean::Clean),
    /// Write the outputs that changed
    ///
    /// Prints which files were written and removed. Does not overwrite outputs that were edited by hand, or files that
    /// dockmill did not write. Outputs that no target makes any more are removed, unless targets are named.
    Render(super::render::Render),
    /// Check whether the outputs are up to date; nothing is written
    ///
    /// Exits with 1 if an output is missing, out of date, edited by hand or left over, and reports which and why.
    Check(super::check::Check),
    /// Show what render would change; nothing is written
    ///
    /// A change that is the same in many targets is shown once: as a patch of the first of them, with all targets that it
    /// is in, and with how much of the build cache it costs. Images that are built on a changed one are shown, too,
    /// unless targets are named. Exits with 1 if there is a difference.
    Diff(super::diff::Diff),
    /// Expand one template; no manifest is needed
    ///
    /// The result goes to standard output. Included files are looked for beside the including file, then in the folders of
    /// -I. The result is checked as a Dockerfile, and nothing is written if that finds an error. A file that ends in .m4
    /// is expanded as m4 does, and its includes are looked for where m4 does: in this folder, then in those of -I.
    Expand(super::expand::Expand),
    /// Show which image is built on which
    ///
    /// Prints the chosen targets and stages with all images of the project that they are built on. Edges come from
    /// `image()`, FROM, COPY --from and RUN --mount in the rendered Dockerfiles. A pinned tag makes an edge, but nothing
    /// is built for it.
    Graph(super::graph::Arguments),
    /// Translate templates of another tool, and compare the results
    Import(super::import::Import),
    /// List targets with their outputs and tags, separated by tabs
    List(super::list::List),
    /// Expand m4 templates with the options and the behaviour of GNU m4 1.4.19
    ///
    /// All arguments are those of m4; `dockmill m4 --help` lists them. Only with --allow-exec does it run programs, and read
    /// files outside of this folder and those of -I.
    M4(super::m4::M4),
    /// Show where a line of an output comes from, or where one of a template goes
    ///
    /// Shows the line of the template, the macros, includes, loops and conditions that led there, the values that were used,
    /// and where these were born: the keys of the manifest and of data, an argument, the word of a template that was
    /// gathered. It also works for the files beside an output: a line of a copied file comes from the source of the
    /// copy. Of a line of a template, of the manifest or of data it shows the lines of the outputs that it makes, leads to or
    /// gives a value to.
    Explain(super::explain::Explain),
    /// Write a build plan for another tool to standard output
    Export(super::export::Export),
    /// Add the place in the template to each OUTPUT:LINE in the messages of another tool
    ///
    /// A filter: reads the messages of hadolint, docker build or a scanner from standard input, and writes them to
    /// standard output. With a target, `Dockerfile:3` and `(line 3)` are lines of its output:
    /// `docker build --check -f dockerfiles/app/Dockerfile . 2>&1 | dockmill map app`.
    /// What is JSON, such as `hadolint --format json` and SARIF, is read whole, and a finding that many outputs have is shown once, at
    /// the template's line; --fold does the same with text. --format sarif writes a log whose places are the templates'.
    Map(super::map::Map),
    /// Show a plain Dockerfile as BuildKit understands it
    ///
    /// Errors in it go to standard error and make the exit status 2, as for an output.
    Inspect(super::inspect::Inspect),
    /// Render whenever a file of the project changes
    ///
    /// Prints how a change alters the outputs. After an error, it waits for the next change.
    Watch(super::watch::Watch),
    /// Write a small, commented project that renders
    Init(super::init::Init),
    /// Print a JSON Schema: of dockmill.toml, or of what a command prints
    Schema(super::shell::Schema),
    /// Print the completion script for a shell
    ///
    /// The script asks dockmill for each word, so it completes the targets, axes with their values, profiles and git
    /// revisions of the project: `source <(dockmill completions bash)` in .bashrc, the same with zsh in .zshrc after
    /// compinit, `dockmill completions fish | source` in config.fish.
    Completions(super::shell::Completions),
    /// Print the manual page, or write the pages of all commands
    Man(super::shell::Man),
}

// Which project, with which values.
#[derive(Debug, Default, Args)]
pub(crate) struct Which {
    /// The manifest; by default, dockmill.toml in this folder or in one above
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) file: Option<Utf8PathBuf>,
    /// Set a variable, `@FILE` to the text of a file; outputs then go under .dockmill/
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE", add = ArgValueCompleter::new(complete::defines))]
    pub(crate) define: Vec<String>,
    /// Use the variables of a profile; outputs then go under .dockmill/
    #[arg(short, long, value_name = "NAME", add = ArgValueCompleter::new(complete::profiles))]
    pub(crate) profile: Option<String>,
    /// Bound what an expansion may use, whatever the manifest says; `DOCKMILL_LIMITS` holds several
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) limit: Vec<String>,
}

impl Which {
    /// Has the commands that messages advise mean the same project, with the same values.
    pub(crate) fn note(&self) {
        let profile = self.profile.iter().flat_map(|profile| ["--profile".to_owned(), profile.clone()]);
        note_options(self.project().into_iter().chain(profile).collect());
    }

    /// `--file` and `-D`, as they were given.
    pub(crate) fn project(&self) -> Vec<String> {
        let file = self.file.iter().flat_map(|file| ["--file".to_owned(), file.to_string()]);
        file.chain(self.define.iter().flat_map(|define| ["-D".to_owned(), define.clone()])).collect()
    }

    /// The values that the project is read with.
    pub(crate) fn values(&self) -> Values<'_> {
        Values { define: &self.define, profile: self.profile.as_deref(), limit: &self.limit, may_be_lacking: false }
    }
}

// Which targets.
#[derive(Debug, Default, Args)]
pub(crate) struct Choice {
    /// Targets: ids, beginnings of ids, or globs; `-` or `@FILE` for a list, one on a line; all by default
    #[arg(value_name = "TARGET", add = ArgValueCompleter::new(complete::targets))]
    pub(crate) targets: Vec<String>,
    /// Only targets with these values of an axis or variable
    #[arg(short = 's', long = "select", value_name = "NAME=VALUE[,VALUE]", add = ArgValueCompleter::new(complete::axes))]
    pub(crate) narrow: Vec<String>,
    #[arg(skip)]
    wanted: OnceCell<Wanted>,
}

impl Choice {
    /// What it names; lists are read once.
    pub(crate) fn wanted(&self, report: &Report) -> Result<&Wanted> {
        if let Some(known) = self.wanted.get() {
            return Ok(known);
        }
        let wanted = Wanted::read(&self.targets, &self.narrow)?;
        if wanted.is_none {
            report.say("the list of targets is empty: none is meant");
        }
        Ok(self.wanted.get_or_init(|| wanted))
    }
}

// Which targets, for commands that may be asked for what has changed.
#[derive(Debug, Default, Args)]
pub(crate) struct Scope {
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// Only targets that differ from this git revision: those that `affected --since` lists
    #[arg(long, value_name = "REV", add = ArgValueCompleter::new(complete::revisions))]
    pub(crate) since: Option<String>,
}

/// The targets that a command is asked for.
pub(crate) trait Asked {
    fn choice(&self) -> &Choice;

    /// Only what differs from a revision.
    fn since(&self) -> Option<&str> {
        None
    }

    /// Can that be asked for?
    fn takes_since(&self) -> bool {
        false
    }
}

impl Asked for Choice {
    fn choice(&self) -> &Choice {
        self
    }
}

impl Asked for Scope {
    fn choice(&self) -> &Choice {
        &self.choice
    }

    fn since(&self) -> Option<&str> {
        self.since.as_deref()
    }

    fn takes_since(&self) -> bool {
        true
    }
}
