//! A diff as a comment of a pull request, or as a page.

use std::io::{BufWriter, Write};

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use crate::project::Session;
use crate::review::{About, Detail, Link, Review, html, json, markdown};

use super::write;

/// In which form the causes are given.
#[derive(Debug, Args)]
pub(crate) struct Page {
    /// The form: Markdown for a comment of a pull request, a page in one HTML file, or JSON with the edits of each output; without it, text for a terminal
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["patch", "stat", "cause", "target", "full"])]
    format: Option<Format>,
    /// With --format: write to this file
    #[arg(short, long, value_name = "FILE", requires = "format", value_hint = clap::ValueHint::FilePath)]
    output: Option<Utf8PathBuf>,
    /// With --format: where a line of a template can be read, such as `https://git.example.org/shop/blob/main/{path}#L{line}`
    #[arg(long, value_name = "URL", requires = "format")]
    link: Option<Link>,
}

/// What a diff is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A comment of at most 60 kB
    Markdown,
    /// A page that needs no network and no script
    Html,
    /// As docs/review.schema.json says
    Json,
}

impl Page {
    /// How much of each output is shown, if it is shown in this form at all.
    pub(crate) fn detail(&self) -> Option<Detail> {
        Some(match self.format? {
            Format::Markdown => Detail::Causes,
            Format::Html => Detail::Texts,
            Format::Json => Detail::Edits,
        })
    }

    /// Writes the review, if it is wanted in this form. Whoever posts it wants it, too, where there is nothing to tell.
    pub(crate) fn print(&self, session: &Session<'_>, review: &Review, against: Option<&str>) -> Result<bool> {
        let Some(format) = self.format else { return Ok(false) };
        let about = About { project: &session.manifest.name, against, link: self.link.as_ref() };
        let write = |out: &mut dyn Write| match format {
            Format::Markdown => out.write_all(markdown(review, &about).as_bytes()),
            Format::Json => json(review, out),
            Format::Html => {
                let all = session.manifest.places().filter(|_| session.all).map(|(_, id, _)| id);
                html(review, &about, &all.collect::<Vec<_>>(), out)
            }
        };
        if let Some(file) = &self.output {
            let mut text = Vec::new();
            write(&mut text)?;
            write::whole(file, &text)?;
        } else {
            let mut out = BufWriter::new(std::io::stdout().lock());
            write(&mut out)?;
            out.flush()?;
        }
        Ok(true)
    }
}
