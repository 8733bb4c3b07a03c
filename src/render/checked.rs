//! What was found in outputs of one shape before.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::RandomState;

use crate::dockerfile::{self, Abridged, Finding, Reference, ReferenceKind, Rules, Seen, Target};

/// A project has few shapes; what is seen later is looked at each time.
const MOST: usize = 4096;

/// All that a check gives.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub(super) findings: Vec<Finding>,
    pub(super) references: Vec<Reference>,
    pub(super) onbuild: Vec<Reference>,
    pub(super) stage_names: Vec<String>,
}

/// What was found in each shape; `None` where it may show a word that was blanked.
type Shapes = HashMap<Box<[u8]>, Option<Arc<Checked>>, RandomState>;

/// Checks outputs, each shape once. Threads share it.
#[derive(Debug, Default)]
pub(super) struct Checker {
    seen: Seen,
    shapes: RwLock<Shapes>,
}

impl Checker {
    /// Checks a text as it is.
    pub(super) fn check(&self, text: &[u8], rules: &Rules, is_image: &dyn Fn(&str) -> bool) -> Checked {
        let dockerfile = dockerfile::parse(text);
        let outline = dockerfile.outline();
        let findings = dockerfile::check_with(&dockerfile, &outline, &self.seen, rules, is_image);
        let stage_names = outline.stage_names().into_iter().map(str::to_owned).collect();
        Checked { findings, stage_names, references: outline.references, onbuild: outline.onbuild }
    }

    /// Checks what is left of an output; lines are those of the whole.
    pub(super) fn check_abridged(&self, left: &Abridged, rules: &Rules, is_image: &dyn Fn(&str) -> bool) -> Checked {
        let known = self.shapes.read().unwrap_or_else(PoisonError::into_inner).get(&*left.shape).cloned();
        let of_shape = known.unwrap_or_else(|| {
            let checked = self.check(&left.shape, rules, is_image);
            let checked = (!checked.shows_blank()).then(|| Arc::new(checked));
            let mut shapes = self.shapes.write().unwrap_or_else(PoisonError::into_inner);
            if shapes.len() < MOST {
                shapes.insert(left.shape.as_slice().into(), checked.clone());
            }
            checked
        });
        let mut checked = match of_shape {
            Some(checked) => checked.with_words_of(&left.text),
            None => self.check(&left.text, rules, is_image),
        };
        for reference in checked.references.iter_mut().chain(&mut checked.onbuild) {
            reference.place.line = left.line(reference.place.line);
        }
        checked.findings = checked.findings.into_iter().map(|found| found.moved(|line| left.line(line))).collect();
        checked
    }
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

    /// The same for a text of this shape: its bases have their tags.
    fn with_words_of(&self, text: &[u8]) -> Self {
        let mut checked = self.clone();
        let bases = checked.references.iter_mut().filter(|found| found.kind == ReferenceKind::From);
        for reference in bases.filter(|found| dockerfile::may_show(&found.written)) {
            let Some(columns) = &reference.place.columns else { continue };
            let line = super::findings::line_of(text, reference.place.line);
            let written = String::from_utf8_lossy(&line[columns.start as usize..columns.end as usize]).into_owned();
            if let Target::Image(image) = &mut reference.target {
                image.clone_from(&written);
            }
            reference.written = written;
        }
        checked
    }
}
