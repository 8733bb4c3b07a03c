//! Families that one template makes in fewer lines than two: how much two files have in common tells it roughly, so that both
//! ways are tried. So it is with a file that stands alone and a family that it is like.

use std::rc::Rc;

use super::adoption::Made;
use super::group::{self, Source};
use super::image::{Image, draft};
use super::line::Lines;
use super::manifest::Settings;
use super::{Style, Wishes, natural, targets};

/// Among more families, or of more files, nothing is tried: there is too much of it.
const FAMILIES: usize = 6;
const FILES: usize = 100;
/// Two families are tried where a template for both would cost less than this part of two templates.
const NEAR: f32 = 0.95;
/// One in so many lines must be saved.
const SAVED: usize = 32;
/// At most one in so many lines may be a condition: else the files have little in common but lines.
const CONDITIONS: usize = 4;

/// A family with what it is as an image.
struct Tried {
    members: Vec<usize>,
    image: Image,
}

/// What some images take, in lines: their templates with what they share, and the manifest.
struct Size {
    templates: usize,
    manifest: usize,
}

/// The families, of which those that are shorter together are one.
pub(super) fn joined(
    families: Vec<Vec<usize>>,
    sources: &[Source],
    lines: &mut Lines,
    wishes: &Wishes,
) -> Vec<Vec<usize>> {
    let files: usize = families.iter().map(Vec::len).sum();
    if wishes.style != Style::Fitting || !(2..=FAMILIES).contains(&families.len()) || files > FILES {
        return families;
    }
    let mut trial = Trial { sources, lines, wishes };
    let (mut tried, mut rest) = (Vec::new(), Vec::new());
    for family in families {
        // Files that stand alone are on no grid: they share lines by including them.
        let is_settled =
            family.len() == 1 || family.iter().any(|number| wishes.image(&sources[*number].path).is_some());
        match if is_settled { None } else { trial.image(&family) } {
            Some(image) => tried.push(Tried { members: family, image }),
            None => rest.push(family),
        }
    }
    while let Some((one, other, both)) = trial.best(&tried) {
        tried[one] = both;
        tried.remove(other);
    }
    rest.extend(tried.into_iter().map(|tried| tried.members));
    rest
}

/// Does a file that would stand alone make the template of a family hardly longer, and hardly harder to read? That is not looked at
/// in a large family, of which it is a small part.
pub(super) fn is_worth_it(
    family: Option<&Image>,
    members: &[usize],
    number: usize,
    sources: &[Source],
    lines: &mut Lines,
    wishes: &Wishes,
) -> bool {
    let read = |image: &Image| image.template.len() + conditions(image);
    let alone = sources[number].lines.len();
    let mut trial = Trial { sources, lines, wishes };
    if members.len() > FILES {
        return true;
    }
    let own = family.map(&read).or_else(|| trial.image(members).as_ref().map(read));
    let both = trial.image(&trial.in_order(&[members, &[number]].concat()));
    own.zip(both).is_none_or(|(own, both)| read(&both) < own + alone)
}

/// The lines of a template that are no text.
fn conditions(image: &Image) -> usize {
    image.template.iter().filter(|line| line.starts_with('@') && !line.starts_with("@{")).count()
}

/// What is needed to try.
struct Trial<'a> {
    sources: &'a [Source],
    lines: &'a mut Lines,
    wishes: &'a Wishes,
}

impl Trial<'_> {
    /// The two families that save the most as one.
    fn best(&mut self, tried: &[Tried]) -> Option<(usize, usize, Tried)> {
        let mut best: Option<(usize, (usize, usize, Tried))> = None;
        for (other, second) in tried.iter().enumerate() {
            for (one, first) in tried[..other].iter().enumerate() {
                let file = |tried: &Tried| &self.sources[tried.members[0]];
                if group::cost(file(first), file(second), self.lines) >= NEAR {
                    continue;
                }
                let Some((saved, both)) = self.both(first, second) else { continue };
                if best.as_ref().is_none_or(|(most, _)| saved > *most) {
                    best = Some((saved, (one, other, both)));
                }
            }
        }
        best.map(|(_, best)| best)
    }

    fn in_order(&self, members: &[usize]) -> Vec<usize> {
        let mut members = members.to_vec();
        members.sort_by(|one, other| natural::compare(&self.sources[*one].path, &self.sources[*other].path));
        members
    }

    fn image(&mut self, family: &[usize]) -> Option<Image> {
        let axis = |values: &[String]| self.wishes.axis(values);
        let effort = Rc::clone(&self.lines.effort);
        draft(family, self.sources, self.lines, axis).ok()?.finished(&[], &effort).ok()
    }

    fn size(&self, images: &[&Image]) -> Size {
        let made = Made::of(images, self.sources, &Settings::default(), self.wishes, &self.lines.effort);
        Size { templates: made.lines(), manifest: made.manifest_lines() }
    }

    /// Both families as one with the lines that this saves, if it is shorter.
    fn both(&mut self, one: &Tried, other: &Tried) -> Option<(usize, Tried)> {
        let members = self.in_order(&[one.members.as_slice(), &other.members].concat());
        if members.len() > targets::MOST {
            return None;
        }
        let image = self.image(&members)?;
        if conditions(&image) * CONDITIONS > image.template.len() {
            return None;
        }
        let (apart, together) = (self.size(&[&one.image, &other.image]), self.size(&[&image]));
        let saved = apart.templates.checked_sub(together.templates)?;
        let is_worth_it = saved * SAVED >= apart.templates
            && together.manifest <= apart.manifest + saved
            && !self.lines.effort.was_short();
        is_worth_it.then_some((saved, Tried { members, image }))
    }
}
