//! Comparisons with a text that is almost one of those that may stand there: they are never true.

use crate::diagnostic::{Code, Diagnostic, misspelt, mistyped, quoted};
use crate::expression::{Compared, Comparing, Use, UseKind};

use super::image::Image;
use super::interpolation::place;
use super::manifest::Manifest;

/// So many of the values that may stand there are shown.
const SHOWN: usize = 12;

impl Manifest {
    /// A warning for each such comparison in the strings and excludes of images, and for each key that no value has.
    pub(super) fn unlikely_uses(&self) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        for image in &self.images {
            let mut look = |found: Use<'_>, whole| {
                if found.kind == UseKind::Name {
                    // To know the values of an axis that depends on others, all points would have to be walked.
                    let may_look = !image.has_axis(found.name) || self.is_fixed(found.name);
                    let warning = if may_look { self.wrong_comparison(image, &found) } else { None };
                    let warning = warning.or_else(|| image.unlikely_key(&found, &self.guesses));
                    wrong.extend(warning.map(|warning| place(warning, whole)));
                }
            };
            image.uses(&mut look);
            image.matrix.excludes.uses(&mut look);
        }
        wrong
    }

    /// A warning where an expression compares with a text that is almost one of the values. Any other text may name a release
    /// that was dropped or is yet to come.
    pub(super) fn wrong_comparison(&self, image: &Image, found: &Use<'_>) -> Option<Diagnostic> {
        let compared = found.compared()?;
        let steps = found.steps();
        let is_axis = steps.is_empty() && compared.how == Comparing::Equal;
        if let Some(known) = self.own_values(found.name).filter(|_| is_axis) {
            let known: Vec<&str> = known.iter().map(|known| &**known).collect();
            let slips = self.slips(&compared, &known, |text| misspelt(text, known.iter().copied()));
            let axis = found.name;
            return told(Code::UnknownAxisValue, &compared, &slips, |text| {
                (format!("axis `{axis}` has no value `{text}`"), "no target has this value", quoted(&known))
            });
        }
        let known = self.known_texts(image, found.name, &steps, compared.how == Comparing::Within)?;
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let slips = self.slips(&compared, &known, |text| mistyped(text, known.iter().copied()));
        told(Code::UnknownValue, &compared, &slips, |text| {
            let more = if known.len() > SHOWN { ", …" } else { "" };
            let shown = format!("{}{more}", quoted(&known[..known.len().min(SHOWN)]));
            (format!("nothing that may stand here is `{text}`"), "none of the values is this", shown)
        })
    }

    /// The texts that none of the known ones is, with what each is near to.
    fn slips<'k>(
        &self,
        compared: &Compared,
        known: &[&str],
        near: impl Fn(&str) -> Option<&'k str>,
    ) -> Vec<(String, &'k str)> {
        let is_there = |text: &str| match compared.how {
            Comparing::Beginning => known.iter().any(|known| known.starts_with(text)),
            Comparing::Equal | Comparing::Within => known.contains(&text),
        };
        let texts = compared.texts.iter().filter_map(|text| text.as_str()).filter(|text| !is_there(text));
        let slip = |text: &str| {
            let near = if self.guesses.may_compare(known.len()) { near(text) } else { None };
            Some((text.to_owned(), near?))
        };
        texts.filter_map(slip).collect()
    }
}

fn told(
    code: Code,
    compared: &Compared,
    slips: &[(String, &str)],
    say: impl FnOnce(&str) -> (String, &'static str, String),
) -> Option<Diagnostic> {
    let ((text, near), others) = slips.split_first()?;
    let (message, label, known) = say(text);
    let warning = Diagnostic::warning(code, compared.span, message).label(label).meant(compared.span, text, near);
    let and = |warning: Diagnostic, (text, near): &(String, &str)| {
        warning.help(format!("for `{text}`, did you mean `{near}`?"))
    };
    Some(others.iter().fold(warning, and).note(format!("values: {known}")))
}
