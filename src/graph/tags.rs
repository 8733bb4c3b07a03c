//! The tags of a project's targets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::HashMap;

use crate::dockerfile::ImageName;
use crate::manifest::{Manifest, Selection, Target, stage_id};

/// Which target has which tag.
#[derive(Default)]
pub struct Tags<'p> {
    /// The project in which tags are looked up on demand.
    as_asked: Option<AsAsked<'p>>,
    /// By full repository (`docker.io/acme/x`), then by tag. Sorted: each of a thousand targets may ask for the first tags.
    repositories: HashMap<String, BTreeMap<String, Tagged>>,
    /// Which targets have which shared tag, by its full name.
    shared: HashMap<String, Vec<Tagged>>,
}

/// A project's tags, looked up one by one.
struct AsAsked<'p> {
    manifest: &'p Manifest,
    answers: Mutex<HashMap<String, Image>>,
    /// All tags, as soon as so many were asked for that this is cheaper.
    all: OnceLock<Box<Tags<'static>>>,
}

/// How many tags are looked up one by one.
const FEW: usize = 256;

/// What has a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// The id of the target, or of its stage.
    pub id: Arc<str>,
    /// The id of the target. It cannot be derived from the id of a stage, as values of axes may hold colons, too.
    pub target: Arc<str>,
}

/// What an image is to a project.
#[derive(Debug, Clone)]
pub(super) enum Image {
    /// The image of a target or of a stage.
    Of(Tagged),
    /// A name that several targets share.
    Shared(Vec<Tagged>),
    /// The project tags images of this repository, but not this one.
    Unknown,
    /// The project tags no image of this repository.
    Foreign,
}

impl<'p> Tags<'p> {
    /// The tags of a project, looked up on demand: whoever asks for few of them need not make every target.
    pub fn as_asked(manifest: &'p Manifest) -> Self {
        let as_asked = AsAsked { manifest, answers: Mutex::default(), all: OnceLock::new() };
        Self { as_asked: Some(as_asked), ..Self::default() }
    }

    /// The tags of all targets. A target that cannot be made is left out: its errors come up where it is wanted.
    pub fn of(manifest: &Manifest) -> Tags<'static> {
        let mut tags = Tags::default();
        let all = Selection::all();
        manifest.targets(&all).flatten().for_each(|target| tags.add_target(&target));
        tags
    }

    /// Adds the tags of a target and of its stages.
    pub fn add_target(&mut self, target: &Target) {
        if target.tags.is_empty() && target.shared_tags.is_empty() && target.stages.is_empty() {
            return;
        }
        let id: Arc<str> = target.id.as_str().into();
        for name in target.shared_tags.iter().filter_map(|tag| ImageName::parse_tag(tag).ok()) {
            let tagged = Tagged { id: Arc::clone(&id), target: Arc::clone(&id) };
            self.shared.entry(name.normal()).or_default().push(tagged);
        }
        for tag in &target.tags {
            self.add(tag, || Tagged { id: Arc::clone(&id), target: Arc::clone(&id) });
        }
        for stage in &target.stages {
            let of_stage: Arc<str> = stage_id(&id, &stage.name).into();
            for tag in &stage.tags {
                self.add(tag, || Tagged { id: Arc::clone(&of_stage), target: Arc::clone(&id) });
            }
        }
    }

    fn add(&mut self, tag: &str, tagged: impl FnOnce() -> Tagged) {
        if let Ok(name) = ImageName::parse_tag(tag) {
            let tags = self.repositories.entry(name.normal_repository()).or_default();
            tags.entry(name.tag().unwrap_or("latest").to_owned()).or_insert_with(tagged);
        }
    }

    /// Has no target a tag? Many projects tag nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.repositories.is_empty() && self.shared.is_empty() && self.as_asked.is_none()
    }

    /// The target, or the stage, that has this tag for itself.
    pub fn find(&self, image: &str) -> Option<Tagged> {
        match self.look_up(image) {
            Image::Of(tagged) => Some(tagged),
            Image::Shared(_) | Image::Unknown | Image::Foreign => None,
        }
    }

    /// Does a target or a stage make it, alone or with others?
    pub(crate) fn has(&self, image: &str) -> bool {
        matches!(self.look_up(image), Image::Of(_) | Image::Shared(_))
    }

    /// What an image is to the project.
    pub(super) fn look_up(&self, image: &str) -> Image {
        if self.is_empty() {
            return Image::Foreign;
        }
        let Ok(name) = ImageName::parse_tag(image) else { return Image::Foreign };
        match &self.as_asked {
            Some(as_asked) => as_asked.look_up(&name),
            None => self.answer(&name),
        }
    }

    fn answer(&self, name: &ImageName<'_>) -> Image {
        if let Some(shared) = (!self.shared.is_empty()).then(|| self.shared.get(&name.normal())).flatten() {
            return Image::Shared(shared.clone());
        }
        match self.repositories.get(&name.normal_repository()) {
            Some(tags) => tags.get(name.tag().unwrap_or("latest")).cloned().map_or(Image::Unknown, Image::Of),
            None => Image::Foreign,
        }
    }

    /// The first tags of the repository of `image`, in full and sorted, at most so many, and how many there are.
    pub fn of_same_repository(&self, image: &str, limit: usize) -> (Vec<String>, usize) {
        let none = (Vec::new(), 0);
        if let Some(as_asked) = &self.as_asked {
            return as_asked.all().of_same_repository(image, limit);
        }
        let Ok(wanted) = ImageName::parse_tag(image) else { return none };
        let repository = wanted.normal_repository();
        let Some(tags) = self.repositories.get(&repository) else { return none };
        (tags.keys().take(limit).map(|tag| [&repository, ":", tag].concat()).collect(), tags.len())
    }
}

impl AsAsked<'_> {
    fn all(&self) -> &Tags<'static> {
        self.all.get_or_init(|| Box::new(Tags::of(self.manifest)))
    }

    fn look_up(&self, name: &ImageName<'_>) -> Image {
        // A thread that panicked cannot have left a partial answer.
        let answers = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let normal = name.normal();
        if let Some(known) = answers().get(&normal) {
            return known.clone();
        }
        if answers().len() >= FEW {
            return self.all().answer(name);
        }
        let mut found = Tags::default();
        let repository = name.normal_repository();
        self.manifest.maybe_tagged(&repository, Some(name.tag().unwrap_or("latest")), &mut |target| {
            found.add_target(target);
            matches!(found.answer(name), Image::Of(_))
        });
        if matches!(found.answer(name), Image::Foreign) {
            self.manifest.maybe_tagged(&repository, None, &mut |target| {
                found.add_target(target);
                !matches!(found.answer(name), Image::Foreign)
            });
        }
        let answer = found.answer(name);
        answers().insert(normal, answer.clone());
        answer
    }
}
