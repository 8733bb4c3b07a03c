//! Two targets with one id, one output or one tag.

use std::hash::BuildHasher;
use std::sync::Arc;

use camino::Utf8Path;
use foldhash::HashMap;
use foldhash::quality::RandomState;
use indexmap::IndexMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, did_you_mean};
use crate::dockerfile::{ImageName, unknown_part};
use crate::source::Span;

use super::image::Image;
use super::manifest::{KEPT, Manifest};
use super::select::Selection;
use super::target::Target;
use super::text::{Text, TextTarget};

/// The things that two targets must not share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Shared {
    Id,
    Output,
    Tag,
    /// A shared tag, which must be no target's own.
    Alias,
    /// A file together with its copy. Several targets may share these: the copies are the same.
    Copy,
    /// An output, in small letters.
    Letters,
    /// A folder that outputs are in.
    Folder,
    /// A region of a file.
    Region,
}

/// Finds what two targets share. Of each target a few hashes of 128 bits are kept, no strings, so that 100,000 targets
/// take some megabytes. Which target had a hash first is found by a second walk, which is needed only for an error.
struct Collisions {
    /// Two hashers with different keys, 64 bits each.
    hashers: (RandomState, RandomState),
    seen: HashMap<(u64, u64), u32>,
    count: u32,
    /// Some image has shared tags: only then is a tag compared with them.
    is_shared: bool,
    /// For each kind of collision at each place: the first case, and how many there are.
    found: IndexMap<(Shared, Span), (Case, usize)>,
    /// The platforms of all targets, with the warning of one that is not known, and the targets that have it.
    platforms: IndexMap<String, Option<(Diagnostic, Vec<String>)>>,
}

/// A case: the text that two targets share, the number of the first target, the id of the second.
struct Case {
    text: String,
    first: u32,
    second: String,
}

impl Collisions {
    fn new(manifest: &Manifest) -> Self {
        Self {
            hashers: (RandomState::default(), RandomState::default()),
            seen: HashMap::default(),
            count: 0,
            is_shared: manifest.images.iter().any(|image| !image.shared_tags.written().is_empty()),
            found: IndexMap::new(),
            platforms: IndexMap::new(),
        }
    }

    fn add(&mut self, manifest: &Manifest, target: &Target) {
        let image = &manifest.images[target.image];
        // With the id, two targets mostly share all else.
        if !self.see(Shared::Id, &target.id, &target.id, image.span, target) {
            self.count += 1;
            return;
        }
        self.see_output(&target.output, image.output.span(), target);
        for (tag, span) in tags(manifest, target) {
            let normal = ImageName::parse_tag(tag).map_or_else(|_| tag.to_owned(), |name| name.normal());
            self.see(Shared::Tag, &normal, tag, span, target);
            if self.is_shared {
                self.compare(self.hash(Shared::Alias, &normal), Shared::Alias, tag, span, target);
            }
        }
        let view = target.globals.view();
        let places = image.shared_tags.places(&view, target.shared_tags.len());
        for (tag, span) in target.shared_tags.iter().zip(places) {
            let normal = ImageName::parse_tag(tag).map_or_else(|_| tag.clone(), |name| name.normal());
            let hash = self.hash(Shared::Alias, &normal);
            if self.compare(self.hash(Shared::Tag, &normal), Shared::Alias, tag, span, target) {
                self.seen.entry(hash).or_insert(self.count);
            }
        }
        self.see_platforms(image, target);
        for file in &target.files {
            // Several targets may copy one file to the same place. This does not apply to a template, whose text may differ.
            if file.expand.is_none() {
                let copy = self.hash(Shared::Copy, &format!("{}\0{}", file.to, file.from));
                if self.seen.insert(copy, self.count).is_some() {
                    continue;
                }
            }
            self.see_output(&file.to, file.span, target);
        }
        self.count += 1;
    }

    /// Notes platforms that are hardly meant, each text once.
    fn see_platforms(&mut self, image: &Image, target: &Target) {
        for (at, platform) in target.platforms.iter().enumerate() {
            if let Some(known) = self.platforms.get_mut(platform) {
                if let Some((_, targets)) = known {
                    targets.push(target.id.clone());
                }
                continue;
            }
            let warning = unknown_part(platform).map(|(part, what, known)| {
                let places = image.platforms.places(&target.globals.view(), target.platforms.len());
                let span = places.get(at).or(places.first()).copied().unwrap_or(image.span);
                let message = format!("`{part}` in `{platform}` is no {what} that is known");
                let warning = Diagnostic::warning(Code::InvalidValue, span, message);
                match did_you_mean(part, known) {
                    Some(near) => warning.help(format!("did you mean `{near}`?")),
                    None => warning,
                }
            });
            self.platforms.insert(platform.clone(), warning.map(|warning| (warning, vec![target.id.clone()])));
        }
    }

    /// An output, or a file beside one.
    fn see_output(&mut self, output: &Utf8Path, span: Span, target: &Target) {
        let path = output.as_str();
        if !self.see(Shared::Output, path, path, span, target) {
            return;
        }
        self.see(Shared::Letters, &path.to_lowercase(), path, span, target);
        self.compare(self.hash(Shared::Folder, path), Shared::Folder, path, span, target);
        for folder in output.ancestors().skip(1).map(Utf8Path::as_str).take_while(|folder| !folder.is_empty()) {
            self.compare(self.hash(Shared::Output, folder), Shared::Folder, folder, span, target);
            let hash = self.hash(Shared::Folder, folder);
            // If a folder is known, so are those above it.
            if self.seen.contains_key(&hash) {
                break;
            }
            self.seen.insert(hash, self.count);
        }
    }

    fn hash(&self, kind: Shared, key: &str) -> (u64, u64) {
        (self.hashers.0.hash_one((kind, key)), self.hashers.1.hash_one((kind, key)))
    }

    /// Notes what a target has; is it the first to have it?
    fn see(&mut self, kind: Shared, key: &str, shown: &str, span: Span, target: &Target) -> bool {
        let hash = self.hash(kind, key);
        let free = self.compare(hash, kind, shown, span, target);
        if free {
            self.seen.insert(hash, self.count);
        }
        free
    }

    /// Has no target had this hash? If one has, that is kept as a case of `kind`.
    fn compare(&mut self, hash: (u64, u64), kind: Shared, shown: &str, span: Span, target: &Target) -> bool {
        let Some(first) = self.seen.get(&hash) else { return true };
        let case = || Case { text: shown.to_owned(), first: *first, second: target.id.clone() };
        self.found.entry((kind, span)).or_insert_with(|| (case(), 0)).1 += 1;
        false
    }

    /// A text. Those with regions come behind all others: their files must be the output of nothing else.
    fn add_text(&mut self, manifest: &Manifest, text: &TextTarget) {
        let Text { name, is_region, image, .. } = &manifest.texts[text.text];
        let (target, span) = (&text.target, image.output.span());
        self.see(Shared::Id, &target.id, &target.id, image.span, target);
        let path = target.output.as_str();
        if !is_region {
            self.see_output(&target.output, span, target);
        } else if self.compare(self.hash(Shared::Output, path), Shared::Output, path, span, target) {
            self.see(Shared::Region, &format!("{path}\0{name}"), path, span, target);
        }
        self.count += 1;
    }

    fn report(mut self, manifest: &Manifest, out: &mut Diagnostics) {
        let unknown = self.platforms.drain(..).filter_map(|(_, unknown)| unknown);
        out.extend(unknown.map(|(warning, targets)| Diagnostic { targets: targets.into(), ..warning }));
        if self.found.is_empty() {
            return;
        }
        let selection = Selection::all();
        let mut firsts: HashMap<u32, Option<Target>> =
            self.found.values().map(|(case, _)| (case.first, None)).collect();
        let texts = texts(manifest, &mut Diagnostics::default()).into_iter().map(|text| text.target);
        for (number, target) in (0..).zip(manifest.targets(&selection).flatten().chain(texts)) {
            if let Some(first) = firsts.get_mut(&number) {
                *first = Some(target);
            }
        }
        for ((kind, span), (case, count)) in self.found {
            if let Some(Some(first)) = firsts.get(&case.first) {
                out.push(describe(manifest, kind, span, &case, first, count));
            }
        }
    }
}

fn describe(manifest: &Manifest, kind: Shared, span: Span, case: &Case, first: &Target, count: usize) -> Diagnostic {
    let (text, second) = (&case.text, &case.second);
    let message = match kind {
        Shared::Id => format!("two targets have the id `{text}`"),
        Shared::Tag if first.id == *second => format!("target `{second}` has the tag `{text}` twice"),
        Shared::Tag => format!("targets `{}` and `{second}` have the same tag, `{text}`", first.id),
        Shared::Alias if first.id == *second => {
            format!("target `{second}` has `{text}` as a tag and as a shared tag")
        }
        Shared::Alias => {
            format!("`{text}` is the tag of one and a shared tag of the other of `{}` and `{second}`", first.id)
        }
        Shared::Output | Shared::Copy if first.id == *second => format!("target `{second}` has `{text}` twice"),
        Shared::Output | Shared::Copy => {
            format!("targets `{}` and `{second}` have the same output, `{text}`", first.id)
        }
        Shared::Region => format!("`{}` and `{second}` would go into the same region of `{text}`", first.id),
        Shared::Letters if first.id == *second => {
            format!(
                "outputs `{}` and `{text}` of target `{second}` differ in capital letters alone",
                alike(first, text)
            )
        }
        Shared::Letters => {
            let (first, other) = (&first.id, alike(first, text));
            format!("outputs `{other}` of target `{first}` and `{text}` of `{second}` differ in capital letters alone")
        }
        Shared::Folder if first.id == *second => format!("target `{second}` has `{text}` as an output and as a folder"),
        Shared::Folder => {
            format!(
                "`{text}` is an output of one and a folder of the other of the targets `{}` and `{second}`",
                first.id
            )
        }
    };
    // A text is no image, and has no grids.
    let image = first.id.split('/').next().and_then(|name| manifest.image(name)).map(|(_, image)| image);
    let texts: Vec<_> = first.point.iter().map(|(_, text)| Arc::clone(text)).collect();
    let image = image.filter(|_| kind == Shared::Id);
    let grids = image.map(|image| image.matrix.grids_of(&texts)).unwrap_or_default();
    if let [one, another, ..] = *grids {
        let message = format!("the point of target `{text}` is in two grids");
        return Diagnostic::error(Code::Collision, another.span, message)
            .also(one.span, "here as well")
            .help("leave it out of one of them, or with `exclude`");
    }
    let mut error = match kind {
        Shared::Letters => {
            let warning = Diagnostic::warning(Code::Collision, span, message);
            warning.note("to file systems of macOS and Windows they are one file: a checkout there keeps one of them")
        }
        _ => Diagnostic::error(Code::Collision, span, message),
    };
    if kind == Shared::Tag {
        let normal = |tag: &str| ImageName::parse_tag(tag).map(|name| name.normal()).ok();
        let other = tags(manifest, first).into_iter().find(|(tag, _)| normal(tag) == normal(text));
        if let Some((tag, place)) = other {
            if place != span {
                error = error.also(place, "the same tag");
            }
            if tag != text {
                error = error.note(format!("`{tag}` and `{text}` are both `{}`", normal(text).unwrap_or_default()));
            }
        }
    }
    if count > 1 {
        error = error.note(format!("in all, {count} targets collide here with others"));
    }
    match kind {
        Shared::Id => error.help("ids leave out empty values: name them, or exclude one of the points"),
        Shared::Tag if first.id == *second => error.help("a tag is written once"),
        Shared::Tag => error.help(match (first.point.last(), first.id.split('/').next() == second.split('/').next()) {
            (Some((axis, _)), true) => format!("a tag that differs by target holds its axes, such as `@{{{axis}}}`"),
            _ => "images whose tags are alike need repositories of their own, or other tags".to_owned(),
        }),
        Shared::Region => {
            error.help("give the text no `matrix`, or `into` a file for each point: `docs/@{version}.md`")
        }
        Shared::Alias => error.help("a tag is one image's, a shared tag is a name for several"),
        Shared::Letters => error,
        Shared::Folder if first.id == *second => error,
        Shared::Output | Shared::Copy | Shared::Folder => {
            error.help("an output that differs by target holds `@{target.id}` or its axes")
        }
    }
}

/// All texts, those that are whole files first.
fn texts(manifest: &Manifest, out: &mut Diagnostics) -> Vec<TextTarget> {
    let mut texts = Vec::new();
    for text in manifest.text_targets(&Selection::all()) {
        match text {
            Ok(text) => texts.push(text),
            Err(problems) => out.extend(problems),
        }
    }
    texts.sort_by_key(|text| manifest.texts[text.text].is_region);
    texts
}

/// The file of a target that has this name, ignoring case.
fn alike<'t>(target: &'t Target, name: &'t str) -> &'t str {
    let small = name.to_lowercase();
    let mut files = std::iter::once(&target.output).chain(target.files.iter().map(|file| &file.to));
    files.find(|file| file.as_str().to_lowercase() == small).map_or(name, |file| file.as_str())
}

/// The tags of a target and of its stages, each with its place.
fn tags<'t>(manifest: &Manifest, target: &'t Target) -> Vec<(&'t str, Span)> {
    let image = &manifest.images[target.image];
    let view = target.globals.view();
    let stages = image.stages.iter().zip(&target.stages).map(|(pattern, stage)| (&pattern.tags, &stage.tags));
    let mut all = Vec::new();
    for (list, tags) in std::iter::once((&image.tags, &target.tags)).chain(stages) {
        all.extend(tags.iter().map(String::as_str).zip(list.places(&view, tags.len())));
    }
    all
}

impl Manifest {
    /// Makes every target once and reports what is wrong with them all: errors of single targets, and two targets with
    /// one id, one output or one tag. Tags are compared in full: `acme/x` is `docker.io/acme/x:latest`.
    /// `each` is called with every target that can be made, so that a caller that needs them all needs no walk of its own.
    ///
    /// Nothing is reported if a `-D` is missing or refused, as the targets may be others with it.
    pub fn verify(&self, out: &mut Diagnostics, mut each: impl FnMut(&Target)) {
        if self.lacks_values {
            return;
        }
        let mut collisions = Collisions::new(self);
        let selection = Selection::all();
        let (mut kept, mut whole, mut failed) = (Vec::new(), true, false);
        for target in self.targets(&selection) {
            match target {
                Ok(target) => {
                    collisions.add(self, &target);
                    out.extend_for(&target.id, target.warnings.iter().cloned());
                    each(&target);
                    whole &= kept.len() < KEPT;
                    if whole {
                        kept.push(target);
                    }
                }
                Err(problems) => {
                    (whole, failed) = (false, true);
                    out.extend(problems);
                }
            }
        }
        for text in texts(self, out) {
            out.extend_for(&text.target.id, text.target.warnings.iter().cloned());
            collisions.add_text(self, &text);
        }
        if whole {
            *self.kept() = kept;
        }
        if !failed {
            out.extend(self.idle_rules());
        }
        collisions.report(self, out);
    }
}
