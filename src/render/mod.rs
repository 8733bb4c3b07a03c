//! From a project to its texts: templates loaded and checked once, each target expanded and checked as a Dockerfile.
//! All commands that need outputs come through here.

mod abridge;
mod alike;
pub(crate) mod blank_lines;
mod checked;
mod companion;
mod context;
mod cycle;
mod escape_slip;
mod findings;
mod front;
mod frozen;
mod headed;
pub(crate) mod ignore_file;
mod late;
mod line_breaks;
mod parallel;
mod parsed;
mod provenance;
mod reads;
mod scope;
mod slip;
mod stages;
mod text;
mod unused;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::dockerfile;
use crate::expression::{Use, Value};
use crate::graph::{Dependency, Tags};
use crate::m4;
use crate::manifest::{
    BlankLines, CopiedFile, Define, Dialect, Image, ImageRef, Manifest, Selection, Target, TextTarget,
};
use crate::output::Companion;
use crate::source::{FileId, FileSystem, SourceMap, Span, Traced};
use crate::template::{
    Budget, Computed, Expanded, GATHERED_COMMENT, Globals, Loader, Only, Piece, Placed, Roots, Task, Template,
};

use abridge::abridge;
use checked::Checker;
use companion::Companions;
use context::Contexts;
pub(crate) use context::{ContextFault, place_of};
pub use cycle::cycles;
pub(crate) use findings::unknown_tags_once;
pub use findings::{at_place, at_template, diagnose};
use front::M4;
pub(crate) use headed::traced;
pub use headed::{headed, into_output_file, output_file, point};
use ignore_file::{Counted, IgnoreFiles};
use late::Late;
pub use parallel::{in_order, in_order_by_size};
use parsed::Parsed;
pub(crate) use provenance::ComputedIndex;
pub use provenance::{LineProvenance, Provenance, Step};
use scope::{ImageFunction, WithDefines};
pub(crate) use slip::hint;
use unused::{Question, Used};

/// A project, ready to be rendered; shared by threads.
pub struct Renderer<'a> {
    manifest: &'a Manifest,
    sources: &'a SourceMap,
    loader: Loader<'a>,
    templates: HashMap<Utf8PathBuf, Template>,
    m4: M4<'a>,
    tags: Tags<'a>,
    checker: Checker,
    file_system: &'a dyn FileSystem,
    used: Used,
    late: Late,
    /// `-D`s of names that only templates declare, by `@default`.
    defines: Vec<(Arc<str>, Value)>,
    budget: Budget,
    /// What targets with errors take when they are rendered once more.
    budget_for_births: Budget,
    ignore_files: IgnoreFiles,
    contexts: Contexts,
}

/// The files that texts are written to, with the ids of the texts.
fn text_files(manifest: &Manifest) -> HashMap<Utf8PathBuf, String> {
    let all = Selection::all();
    let variant = manifest.variant.as_deref().unwrap_or(Utf8Path::new(""));
    let file = |text: TextTarget| {
        let path = text.target.output.strip_prefix(variant).unwrap_or(&text.target.output);
        (manifest.root.join(path), text.target.id)
    };
    manifest.text_targets(&all).flatten().map(file).collect()
}

/// What one target renders to.
#[derive(Debug, Default)]
pub struct Rendered {
    /// The Dockerfile, without dockmill's header.
    pub text: Traced,
    /// The files that stand beside it.
    pub companions: Vec<Companion>,
    /// The project's targets that it is built on.
    pub dependencies: Vec<Dependency>,
    /// Errors and warnings, which targets may share; where there is an error, `text` is not to be used.
    pub diagnostics: Vec<Arc<Diagnostic>>,
    /// The values that led to it; only from [`Renderer::explain`].
    pub computed: Vec<Computed>,
    /// What its lines are made of; only from [`Renderer::explain`], and not of a template in m4.
    pub pieces: Vec<Piece>,
    /// The files that it was made of, each once, sorted: templates and what they include, insert and import. Files that
    /// are copied as they are stand in [`Target::files`].
    pub files: Vec<FileId>,
    /// The chunks that the text was made of, in order, without what stands between them.
    pub(crate) placed: Vec<Placed>,
    parsed: OnceLock<Parsed>,
}

impl From<Expanded> for Rendered {
    fn from(expanded: Expanded) -> Self {
        let Expanded { text, pieces, diagnostics, computed, files } = expanded;
        let diagnostics = diagnostics.into_iter().map(Arc::new).collect();
        Self { text, diagnostics, computed, pieces, files, ..Self::default() }
    }
}

impl Rendered {
    /// The bytes that it holds, as far as they grow with the output.
    pub(crate) fn size(&self) -> usize {
        let beside = self.companions.iter().map(|companion| companion.bytes.len()).sum::<usize>();
        self.text.bytes.len() + size_of_val(&*self.text.lines) + beside
    }

    /// Is there an error?
    #[must_use]
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(|said| said.is_error())
    }
}

impl<'a> Renderer<'a> {
    /// Loads the templates of all images and checks their names; `tags` are those of all targets. Errors go to `out`; then nothing should be rendered.
    #[must_use]
    pub fn load(
        manifest: &'a Manifest,
        tags: Tags<'a>,
        file_system: &'a dyn FileSystem,
        sources: &'a SourceMap,
        out: &mut Diagnostics,
    ) -> Self {
        let roots = Roots {
            project: manifest.root.clone(),
            include: manifest.include.iter().map(|folder| manifest.root.join(folder)).collect(),
            lacks_include: manifest.lacks_include,
            search: Vec::new(),
            texts: Arc::new(text_files(manifest)),
        };
        let m4 = M4::new(m4::Front::new(file_system, sources, roots.clone()), sources, &manifest.unclaimed_defines);
        let loader = Loader::new(file_system, sources, roots).within(manifest.limits.expansion.memory);
        let text = |define: &Define| (Arc::from(define.name.as_str()), Value::from(define.value.as_str()));
        let defines: Vec<(Arc<str>, Value)> = manifest.unclaimed_defines.iter().map(text).collect();
        let (templates, checker) = (HashMap::new(), Checker::default());
        let (used, late) = (Used::default(), Late::default());
        let (budget, budget_for_births) = (manifest.limits.budget(), manifest.limits.budget());
        let ignore_files = IgnoreFiles::default();
        let mut renderer = Self {
            manifest,
            sources,
            loader,
            templates,
            m4,
            tags,
            checker,
            file_system,
            used,
            late,
            defines,
            budget,
            budget_for_births,
            ignore_files,
            contexts: Contexts::default(),
        };
        // After errors, images may be missing.
        let whole = out.errors() == 0;
        renderer.load_templates(whole, out);
        renderer.load_texts(whole, out);
        renderer.check_defines(out);
        renderer
    }

    fn load_templates(&mut self, whole: bool, out: &mut Diagnostics) {
        let manifest = self.manifest;
        let mut all: Vec<Arc<str>> = manifest.images.iter().flat_map(|image| self.names_of(image)).collect();
        all.sort();
        all.dedup();
        for image in &manifest.images {
            let wrong = &|found: &Use<'_>| if whole { manifest.wrong_use(image, found) } else { None };
            let names = self.names_of(image);
            let globals = Globals { names: &names, all: &all, functions: ImageFunction::NAMES, wrong };
            for path in &image.templates {
                if image.dialect(path) == Dialect::M4 {
                    self.m4.load(path, image.template_span, out);
                    self.used.m4(image);
                } else if let Some(template) = self.load_template(path, image.template_span, out) {
                    let checked = template.check(globals);
                    out.extend(self.used.add(image, checked));
                }
            }
            for (path, dialect, span) in &image.companions {
                if *dialect == Dialect::M4 {
                    self.m4.load(path, *span, out);
                } else if let Some(template) = self.load_template(path, *span, out) {
                    let checked = template.check(globals);
                    out.extend(self.used.add(image, checked));
                }
            }
            if image.more_companions {
                self.used.open(image);
            }
        }
    }

    /// Every global that the templates of an image may use: `-D` may give names that no manifest has.
    fn names_of(&self, image: &Image) -> Vec<Arc<str>> {
        image.names.iter().chain(self.defines.iter().map(|(name, _)| name)).map(Arc::clone).collect()
    }

    /// A template, read once; its errors are told once.
    fn load_template(&mut self, path: &Utf8Path, span: Span, out: &mut Diagnostics) -> Option<Template> {
        if !self.templates.contains_key(path) {
            match self.loader.template(path, span) {
                Ok(template) => {
                    out.extend(template.errors().iter().cloned());
                    self.templates.insert(path.to_owned(), template);
                }
                // That it is not there was told with the manifest.
                Err(error) if error.code == Code::FileNotFound => {}
                Err(error) => out.push(error),
            }
        }
        self.templates.get(path).cloned()
    }

    /// A `-D` that neither the manifest nor a template knows is a typo. A template in m4 declares nothing: there it is
    /// known when all is expanded, by [`unused_defines`](Self::unused_defines).
    fn check_defines(&self, out: &mut Diagnostics) {
        if !self.m4.is_empty() {
            return;
        }
        let defaults = self.loader.defaults();
        let known: Vec<&str> = defaults.iter().map(|name| &**name).collect();
        for define in &self.manifest.unclaimed_defines {
            if !known.contains(&define.name.as_str()) {
                out.push(self.manifest.unknown_define(define, &known));
            }
        }
    }

    /// The project.
    #[must_use]
    pub fn manifest(&self) -> &'a Manifest {
        self.manifest
    }

    /// The tags of all targets.
    #[must_use]
    pub fn tags(&self) -> &Tags<'a> {
        &self.tags
    }

    /// The files that were read.
    pub(crate) fn sources(&self) -> &'a SourceMap {
        self.sources
    }

    /// The steps that all its expansions took, and what outputs take by themselves.
    pub(crate) fn spent(&self) -> u64 {
        self.budget.spent()
    }

    /// Where the project's files are read from.
    pub(crate) fn file_system(&self) -> &'a dyn FileSystem {
        self.file_system
    }

    /// Is any of its templates in m4? Then what a `-D` does is known when all is expanded.
    #[must_use]
    pub fn has_m4(&self) -> bool {
        !self.m4.is_empty()
    }

    /// A warning for each `-D` that nothing declares and no template in m4, of those rendered so far, asked for.
    #[must_use]
    pub fn unused_defines(&self) -> Vec<Diagnostic> {
        if self.m4.is_empty() {
            return Vec::new();
        }
        let defaults = self.loader.defaults();
        self.m4.unused(&defaults.iter().map(|name| &**name).collect::<Vec<_>>())
    }

    /// A warning for each variable, parameter, data file and axis of the manifest that nothing uses. All targets must have
    /// been rendered: a template in m4 says only then what it asks for.
    #[must_use]
    pub fn unused(&self) -> Vec<Diagnostic> {
        let defaults = self.loader.defaults();
        let defaults: Vec<&str> = defaults.iter().map(|name| &**name).collect();
        let question = Question::new(&self.used, self.m4.asked(), self.manifest, self.file_system, self.sources);
        self.manifest.unused(&|image, name| question.is_used(image, name), &defaults)
    }

    /// The files on disk that templates were read from: absolute, symbolic links resolved, sorted. What a template in m4
    /// includes is known when it has been rendered.
    #[must_use]
    pub fn read_files(&self) -> Vec<Utf8PathBuf> {
        let mut files = self.loader.read_files();
        files.extend(self.m4.read_files());
        files.sort();
        files.dedup();
        files
    }

    /// Renders a target.
    #[must_use]
    pub fn render(&self, target: &Target) -> Rendered {
        self.run(target, false, &self.budget)
    }

    /// Renders a target and keeps the values that led to its lines.
    #[must_use]
    pub fn explain(&self, target: &Target) -> Rendered {
        self.run(target, true, &self.budget)
    }

    /// What was said of a target, with the places where the values were written that errors are about. The target is rendered
    /// once more, as only who asks for the way of values is told it; what that takes is not taken from other targets.
    #[must_use]
    pub(crate) fn with_births(&self, target: &Target, said: Vec<Arc<Diagnostic>>) -> Vec<Arc<Diagnostic>> {
        let known = self.run(target, true, &self.budget_for_births).diagnostics;
        // The rounds of loops on the way are told only here.
        let is_same = |one: &Diagnostic, other: &Diagnostic| {
            (one.code, &one.message, &one.primary) == (other.code, &other.message, &other.primary)
        };
        let with = |said: Arc<Diagnostic>| match known.iter().find(|known| known.has_birth() && is_same(known, &said)) {
            Some(known) => Arc::new(Diagnostic { example: known.example.clone(), ..Diagnostic::clone(&said) }),
            None => said,
        };
        said.into_iter().map(with).collect()
    }

    /// Renders one of the [files](Target::files) beside a target's output, as its text, and keeps the values that led to
    /// its lines. A file that is copied comes from the same lines of its source.
    #[must_use]
    pub fn explain_companion(&self, target: &Target, file: &CopiedFile) -> Rendered {
        let image = &self.manifest.images[target.image];
        let globals = WithDefines::new(self.manifest, image, &target.globals, &self.defines);
        let host = ImageFunction::new(self.manifest, target);
        let task = self.task(&globals, &host, true);
        self.companions(target, &task)
            .explain(file)
            .unwrap_or_else(|diagnostics| Rendered { diagnostics, ..Rendered::default() })
    }

    fn task<'t>(&'t self, globals: &'t WithDefines<'t>, host: &'t ImageFunction<'t>, record: bool) -> Task<'t> {
        Task { globals, host, limits: self.manifest.limits.expansion, budget: &self.budget, record, only: None }
    }

    fn companions<'r>(&'r self, target: &'r Target, task: &'r Task<'r>) -> Companions<'r> {
        let image = &self.manifest.images[target.image];
        let keeps_blank_lines = self.manifest.blank_lines == Some(BlankLines::Keep);
        let (loader, m4, sources) = (&self.loader, &self.m4, self.sources);
        Companions { loader, m4, image, target, task, sources, keeps_blank_lines }
    }

    fn run(&self, target: &Target, record: bool, budget: &Budget) -> Rendered {
        let mut rendered = self.run_template(target, record, budget);
        rendered.diagnostics.extend(target.warnings.iter().cloned());
        rendered
    }

    fn run_template(&self, target: &Target, record: bool, budget: &Budget) -> Rendered {
        if let Some(committed) = &target.frozen {
            return self.frozen(target, committed);
        }
        budget.begin_output();
        let image = &self.manifest.images[target.image];
        let globals = WithDefines::new(self.manifest, image, &target.globals, &self.defines);
        let host = ImageFunction::new(self.manifest, target);
        let task = Task { budget, ..self.task(&globals, &host, record) };
        // Where there is none, it could not be loaded, which is reported.
        let Some((mut rendered, mut placed)) = self.expand(target, &task) else { return Rendered::default() };
        if !rendered.failed() {
            self.see_to_blank_lines(&mut rendered, &mut placed, image.dialect(&target.template));
            self.check(&mut rendered, &placed, target, &host.asked());
        }
        rendered.placed = placed;
        let companions = self.companions(target, &task);
        for file in &target.files {
            let wrong = self.check_late(target, file);
            let failed = wrong.iter().any(Diagnostic::is_error);
            rendered.diagnostics.extend(wrong.into_iter().map(Arc::new));
            if failed {
                continue;
            }
            match companions.render(file) {
                Ok(made) => {
                    rendered.companions.push(made.companion);
                    rendered.diagnostics.extend(made.said);
                    rendered.files.extend(made.files);
                }
                Err(errors) => rendered.diagnostics.extend(errors),
            }
        }
        rendered.files.sort_unstable();
        rendered.files.dedup();
        if !rendered.failed() {
            let said = self.ignore_file(target, &rendered, &companions);
            rendered.diagnostics.extend(said.into_iter().map(Arc::new));
        }
        rendered
    }

    /// What is wrong with the ignore file, where it is certain which one counts: what the builder refuses in it, also of one that
    /// the project makes, and what the output copies although it is left out.
    fn ignore_file(&self, target: &Target, rendered: &Rendered, companions: &Companions<'_>) -> Vec<Diagnostic> {
        let is_certain = ignore_file::is_certain(self, target);
        if !is_certain && ignore_file::made(target, &rendered.companions).is_none() {
            return Vec::new();
        }
        let counted = Counted::of(self, target, &rendered.companions);
        let mut said: Vec<_> = ignore_file::too_large(&counted.file, &counted.ignore).into_iter().collect();
        if !counted.ignore.refused().is_empty() {
            let copied = counted.copied(target).and_then(|copied| companions.explain(copied).ok());
            let text = copied.map(|rendered| rendered.text);
            said.extend(ignore_file::refused(self, &counted.file, &counted.ignore, text.as_ref()));
        }
        if is_certain {
            said.extend(self.ignored(target, rendered, &counted));
        }
        said
    }

    /// What the output copies of the context although the ignore file leaves it out.
    pub(crate) fn ignored(&self, target: &Target, rendered: &Rendered, counted: &Counted<'_>) -> Vec<Diagnostic> {
        if counted.ignore.rules().is_empty() {
            return Vec::new();
        }
        let (text, rules) = (&rendered.text, &self.manifest.checks);
        // Of a copy the source is told: it is the one to change.
        let shown = counted.copied(target).map_or(&counted.file, |copied| &copied.from);
        let found = dockerfile::check_ignored(&text.bytes, rendered.local_sources(), rules, &counted.ignore, shown);
        found.into_iter().map(|finding| at_template(text, self.sources, finding)).collect()
    }

    /// The text of a target, and the chunks that it was made of.
    fn expand(&self, target: &Target, task: &Task<'_>) -> Option<(Rendered, Vec<Placed>)> {
        let image = &self.manifest.images[target.image];
        self.m4.ran();
        if image.dialect(&target.template) == Dialect::M4 {
            return Some((self.m4.expand(image, target, task), Vec::new()));
        }
        let (expanded, placed) = self.templates.get(&target.template)?.expand_in_chunks(&self.loader, task);
        Some((Rendered::from(expanded), placed))
    }

    /// Renders a target that is known to have no errors, or a file beside its output, and keeps the values that led to it: `only`
    /// some, where that is given. What was checked before is not checked again.
    #[must_use]
    pub(crate) fn record(&self, target: &Target, beside: Option<&CopiedFile>, only: Option<Only<'_>>) -> Rendered {
        if let (None, Some(committed)) = (beside, &target.frozen) {
            return self.frozen(target, committed);
        }
        self.budget.begin_output();
        let image = &self.manifest.images[target.image];
        let globals = WithDefines::new(self.manifest, image, &target.globals, &self.defines);
        let host = ImageFunction::new(self.manifest, target);
        let task = Task { only, ..self.task(&globals, &host, true) };
        if let Some(file) = beside {
            let made = self.companions(target, &task).explain(file);
            return made.unwrap_or_else(|diagnostics| Rendered { diagnostics, ..Rendered::default() });
        }
        let (mut rendered, _) = self.expand(target, &task).unwrap_or_default();
        if self.manifest.blank_lines == Some(BlankLines::Squeeze) {
            blank_lines::squeeze(&mut rendered.text, &mut rendered.pieces);
        }
        rendered
    }

    /// Does with runs of blank lines what the manifest says.
    fn see_to_blank_lines(&self, rendered: &mut Rendered, placed: &mut Vec<Placed>, dialect: Dialect) {
        let is_said = self.manifest.blank_lines.is_some();
        if self.manifest.blank_lines == Some(BlankLines::Squeeze)
            && blank_lines::squeeze(&mut rendered.text, &mut rendered.pieces)
        {
            // The chunks stand elsewhere now.
            placed.clear();
        }
        if dialect == Dialect::M4 && is_said {
            rendered.diagnostics.retain(|said| said.code != Code::BlankLines);
        } else if dialect == Dialect::Dockmill && !is_said {
            let found = blank_lines::check(&rendered.text, blank_lines::IN_A_PROJECT);
            let told = found.map(|finding| Arc::new(at_template(&rendered.text, self.sources, finding)));
            rendered.diagnostics.extend(told);
        }
    }

    /// Checks an output as BuildKit reads it, and finds what it is built on.
    fn check(&self, rendered: &mut Rendered, placed: &[Placed], target: &Target, asked: &[ImageRef]) {
        let rules = &self.manifest.checks;
        let abridged = if rules.only_default() { abridge(&rendered.text, placed) } else { None };
        let is_image = |name: &str| self.tags.find(name).is_some();
        let text = &rendered.text;
        let image = &self.manifest.images[target.image];
        let is_known = |name: &str| self.names_of(image).iter().any(|known| **known == *name);
        let hint = |found| slip::hint(found, self.sources, &is_known);
        let mut said: Vec<Arc<Diagnostic>>;
        let (references, onbuild, no_stages);
        if let Some(left) = &abridged {
            let checked = self.checker.check_abridged(left, rules, &is_image);
            let say = |finding| hint(at_template(text, self.sources, finding));
            said = self.checker.say(&checked, left, placed, target.image, say);
            (references, onbuild) = if self.tags.is_empty() { Default::default() } else { checked.references_in(left) };
            no_stages = stages::missing(image, target, &checked.stage_names);
        } else {
            let dockerfile = dockerfile::parse(&text.bytes);
            let checked = self.checker.check(&dockerfile, rules, &is_image);
            let provenance = (!rendered.computed.is_empty()).then(|| Provenance::new(rendered, self.sources));
            let findings = checked.findings;
            let found = findings::at_templates(text, &dockerfile, self.sources, findings, provenance.as_ref());
            said = found.into_iter().map(|found| Arc::new(hint(found))).collect();
            (references, onbuild) = (checked.references, checked.onbuild);
            no_stages = stages::missing(image, target, &checked.stage_names);
        }
        said.extend(no_stages.into_iter().map(Arc::new));
        let found = self.tags.dependencies(references, onbuild, asked, &target.id);
        let unknown = found.unknown.iter();
        said.extend(unknown.map(|unknown| Arc::new(findings::unknown_tag(unknown, &self.tags, text, self.sources))));
        rendered.dependencies = found.dependencies;
        if rendered.diagnostics.iter().any(|known| tells_of_gathered_comment(known)) {
            said.retain(|said| !is_of_gathered_comment(said, self.sources));
        }
        rendered.diagnostics.extend(said);
    }
}

/// Does it say that what is gathered holds a comment?
pub(crate) fn tells_of_gathered_comment(said: &Diagnostic) -> bool {
    said.message.ends_with(GATHERED_COMMENT)
}

/// Does it say of a line that its rest is a comment, although the template has none there? What was gathered has one, which is
/// told already.
pub(crate) fn is_of_gathered_comment(said: &Diagnostic, sources: &SourceMap) -> bool {
    let Some(label) = said.primary.as_ref().filter(|_| said.code == Code::SwallowedCommand) else { return false };
    let file = sources.get(label.span.file);
    let place = label.span.start as usize..label.span.end as usize;
    file.bytes().get(place).is_some_and(|text| !text.contains(&b'#'))
}
