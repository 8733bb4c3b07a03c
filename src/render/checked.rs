//! What was found in outputs of one shape before, and what was said of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::diagnostic::Diagnostic;
use crate::dockerfile::{self, Abridged, Dockerfile, Finding, Reference, ReferenceKind, Rules, Seen, Target, parse};
use crate::memo::Memo;
use crate::template::Placed;

/// All that a check gives.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    pub(super) references: Vec<Reference>,
    pub(super) onbuild: Vec<Reference>,
    pub(super) stage_names: Vec<String>,
    /// The number of the shape that it holds for; `None` where it is only of one output.
    shape: Option<u64>,
}

/// Checks outputs, each shape once. Threads share it.
#[derive(Debug, Default)]
pub(super) struct Checker {
    seen: Seen,
    /// What was found in each shape; `None` where it may show a word that was blanked.
    shapes: Memo<Option<Arc<Checked>>>,
    numbers: AtomicU64,
    /// What was said of the findings of shapes.
    said: Memo<Arc<Diagnostic>>,
}

impl Checker {
    /// Checks a text as it is.
    pub(super) fn check(&self, text: &Dockerfile<'_>, rules: &Rules, is_image: &dyn Fn(&str) -> bool) -> Checked {
        let outline = text.outline();
        let findings = dockerfile::check_with(text, &outline, &self.seen, rules, is_image);
        let stage_names = outline.stage_names().into_iter().map(str::to_owned).collect();
        Checked { findings, stage_names, references: outline.references, onbuild: outline.onbuild, shape: None }
    }

    /// Checks what is left of an output. What was found holds for all outputs of its shape, unless it shows a word that
    /// differs among them.
    pub(super) fn check_abridged(
        &self,
        left: &Abridged,
        rules: &Rules,
        is_image: &dyn Fn(&str) -> bool,
    ) -> Arc<Checked> {
        let of_shape = self.shapes.get(&left.shape).unwrap_or_else(|| {
            let mut checked = self.check(&parse(&left.shape), rules, is_image);
            checked.shape = Some(self.numbers.fetch_add(1, Ordering::Relaxed));
            let size = checked.size();
            let checked = (!checked.shows_blank()).then(|| Arc::new(checked));
            self.shapes.insert(&left.shape, checked.clone(), size);
            checked
        });
        of_shape.unwrap_or_else(|| Arc::new(self.check(&parse(&left.text), rules, is_image)))
    }

    /// What is to be said of findings in what is left of an output of an image: `say` is given one at its line in the whole.
    /// Where the shape and the chunks that the lines are of are the same as in an output before, the same is said again.
    pub(super) fn say(
        &self,
        checked: &Checked,
        left: &Abridged,
        placed: &[Placed],
        image: usize,
        say: impl Fn(Finding) -> Diagnostic,
    ) -> Vec<Arc<Diagnostic>> {
        let mut key = Vec::with_capacity(64);
        let mut said = Vec::with_capacity(checked.findings.len());
        for (index, finding) in checked.findings.iter().enumerate() {
            let new = || Arc::new(say(finding.clone().moved(|line| left.line(line))));
            key.clear();
            let Some(()) = checked.shape.and_then(|shape| {
                key.extend_from_slice(&shape.to_le_bytes());
                key.extend_from_slice(&image.to_le_bytes());
                key.extend_from_slice(&index.to_le_bytes());
                let related = finding.related.iter().map(|(line, _)| *line);
                std::iter::once(finding.line).chain(related).try_for_each(|line| place(line, left, placed, &mut key))
            }) else {
                said.push(new());
                continue;
            };
            said.push(self.said.get(&key).unwrap_or_else(|| {
                let new = new();
                self.said.insert(&key, Arc::clone(&new), size_of::<Diagnostic>() + new.message.len());
                new
            }));
        }
        said
    }
}

/// Adds to a key the chunk that a line is of, and its place there: they decide what the line says, and where it came from.
fn place(line: u32, left: &Abridged, placed: &[Placed], key: &mut Vec<u8>) -> Option<()> {
    let line = left.find_line(line)? as usize - 1;
    let chunk = &placed[placed.partition_point(|chunk| chunk.first_line <= line).checked_sub(1)?];
    let within = line - chunk.first_line;
    if within >= chunk.made.lines.len() {
        return None;
    }
    key.extend_from_slice(&chunk.made.number.to_le_bytes());
    key.extend_from_slice(&within.to_le_bytes());
    Some(())
}

impl Checked {
    fn shows_blank(&self) -> bool {
        let shows = |finding: &Finding| {
            let related = finding.related.iter().map(|(_, said)| said);
            let advice = finding.help.iter().flat_map(|advice| {
                [Some(&advice.text), advice.replacement.as_ref().map(|(_, with)| with)].into_iter().flatten()
            });
            let all = [&finding.message, &finding.label].into_iter().chain(related).chain(&finding.notes).chain(advice);
            all.into_iter().any(|text| dockerfile::may_show(text))
        };
        self.findings.iter().any(shows)
    }

    /// About the memory that it takes.
    fn size(&self) -> usize {
        // A finding has some texts of a line.
        size_of::<Self>() + self.findings.len() * 1024 + (self.references.len() + self.onbuild.len()) * 256
    }

    /// What an output of this shape names, and what its `ONBUILD`s do: at their lines in the whole, bases with their tags.
    pub(super) fn references_in(&self, left: &Abridged) -> (Vec<Reference>, Vec<Reference>) {
        let (mut references, mut onbuild) = (self.references.clone(), self.onbuild.clone());
        for reference in references.iter_mut().chain(&mut onbuild) {
            if reference.kind == ReferenceKind::From
                && dockerfile::may_show(&reference.written)
                && let Some(columns) = &reference.place.columns
            {
                let line = super::findings::line_of(&left.text, reference.place.line);
                let written = String::from_utf8_lossy(&line[columns.start as usize..columns.end as usize]).into_owned();
                if let Target::Image(image) = &mut reference.target {
                    image.clone_from(&written);
                }
                reference.written = written;
            }
            reference.place.line = left.line(reference.place.line);
        }
        (references, onbuild)
    }
}
