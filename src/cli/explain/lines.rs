//! Which lines of which file are asked about.

use std::ops::RangeInclusive;

use anyhow::{Result, bail};
use camino::Utf8Path;

/// The lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lines {
    All,
    These(RangeInclusive<u32>),
}

impl Lines {
    pub(super) fn has(&self, line: u32) -> bool {
        match self {
            Self::All => true,
            Self::These(lines) => lines.contains(&line),
        }
    }
}

/// `FILE:LINE`, `FILE:LINE-LINE`, or `FILE:LINE:COLUMN` as other tools print it; for a program, `FILE` alone.
pub(super) fn split(place: &str, whole: bool) -> Result<(&Utf8Path, Lines)> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|line| *line > 0);
    let Some((front, last)) = place.rsplit_once(':').filter(|(_, last)| !last.is_empty()) else {
        if whole && !place.ends_with(':') {
            return Ok((Utf8Path::new(place), Lines::All));
        }
        bail!("`{place}` names no line: write `FILE:LINE`, such as `dockerfiles/base/Dockerfile:7`");
    };
    if let Some((file, middle)) = front.rsplit_once(':')
        && let (Some(line), Some(_)) = (number(middle), number(last))
    {
        return Ok((Utf8Path::new(file), Lines::These(line..=line)));
    }
    let lines = match last.split_once('-') {
        Some((first, last)) => number(first).zip(number(last)),
        None => number(last).map(|line| (line, line)),
    };
    match lines {
        Some((first, last)) if first <= last => Ok((Utf8Path::new(front), Lines::These(first..=last))),
        Some(_) => bail!("`{last}` ends before it begins"),
        None => bail!("`{last}` is no line number: lines count from 1"),
    }
}
