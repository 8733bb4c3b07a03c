//! The texts of a session as files: whole ones, and those of which texts have regions.

use std::rc::Rc;

use indexmap::IndexMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, plural};
use crate::manifest::{Manifest, Selection, TextTarget};
use crate::output::{MarkerFault, MarkerFaultKind, OutputFile, RegionText, splice};
use crate::render::{Rendered, Renderer};
use crate::source::{FileId, FileSystem, SourceMap, Span, is_of_git, line_count, reason};
use crate::text::{self, RenderedText};

use super::Session;
use super::mapper::{MadeLine, headed_lines};

/// What the chosen texts make.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// Each file with the ids of its texts, separated by blanks.
    pub(crate) files: Vec<(String, OutputFile)>,
    /// How many texts have errors.
    pub(crate) failed: usize,
    /// What their templates were made of.
    pub(crate) read: Vec<FileId>,
    /// What was left out, in words.
    pub(crate) left_out: Option<String>,
}

impl Session<'_> {
    /// Renders the chosen texts. `targets_failed`: some target had errors when it was rendered.
    pub(crate) fn texts(&self, targets_failed: bool, found: &mut Diagnostics) -> Texts {
        let (manifest, mut texts) = (self.manifest, Texts::default());
        let chosen = self.chosen_texts(found);
        let count = chosen.len();
        if count == 0 {
            return texts;
        }
        if targets_failed || self.others_fail(found) {
            texts.failed = count;
            let (are, they) = if count == 1 { ("is", "it shows") } else { ("are", "they show") };
            texts.left_out = Some(format!("{} {are} not made: a target that {they} has errors", plural(count, "text")));
            return texts;
        }
        let rendered = text::render(self.renderer, chosen, false, found);
        texts.read =
            rendered.iter().filter_map(|(_, rendered)| rendered.as_ref()).flat_map(|made| made.files.clone()).collect();
        let (regions, whole): (Vec<RenderedText>, Vec<RenderedText>) =
            rendered.into_iter().partition(|(made, _)| manifest.texts[made.text].is_region);
        for (made, rendered) in whole {
            match rendered {
                Some(rendered) => {
                    texts.files.push((made.target.id.clone(), text::output_file(manifest, &made, &rendered)));
                }
                None => texts.failed += 1,
            }
        }
        if !manifest.standard() {
            texts.failed += regions.iter().filter(|(_, rendered)| rendered.is_none()).count();
            let files: Vec<String> = regions
                .iter()
                .map(|(made, _)| format!("`{}`", self.location.seen(&committed(manifest, made))))
                .collect();
            texts.left_out = (!files.is_empty()).then(|| {
                format!(
                    "{} left as it is: with `-D` or a profile, no text goes into a file that is yours",
                    files.join(", ")
                )
            });
            return texts;
        }
        let files = FilesWithRegions { manifest, sources: self.sources, files: self.renderer.file_system() };
        texts.failed += files.add(regions, &mut texts.files, found);
        texts
    }

    /// The chosen texts. What is wrong with those that cannot be made goes to `found`.
    pub(crate) fn chosen_texts(&self, found: &mut Diagnostics) -> Vec<TextTarget> {
        let mut texts = Vec::new();
        for text in self.manifest.text_targets(self.selection) {
            match text {
                Ok(text) => texts.push(text),
                Err(errors) => found.extend(errors),
            }
        }
        texts
    }

    /// Have targets that are not chosen errors? Texts show them all.
    fn others_fail(&self, found: &mut Diagnostics) -> bool {
        if self.selection.is_all() {
            return false;
        }
        let (all, mut failed, mut aside) = (Selection::all(), false, Diagnostics::default());
        self.over(&all).each(&mut aside, |_, _| (), |made, _| failed |= made.is_none());
        found.extend(aside.into_vec().into_iter().filter(Diagnostic::is_error));
        failed
    }
}

/// What makes each line of the file of a text, or of one in which texts have regions, and its bytes; nothing where that has
/// errors, which are for others to tell.
pub(super) fn text_lines(
    renderer: &Renderer<'_>,
    sources: &SourceMap,
    path: &Utf8Path,
    texts: &[TextTarget],
) -> (Vec<Option<MadeLine>>, Vec<u8>) {
    let manifest = renderer.manifest();
    let rendered = text::render(renderer, texts.to_vec(), false, &mut Diagnostics::default());
    let made: Vec<(&TextTarget, &Rendered)> =
        rendered.iter().filter_map(|(made, rendered)| Some((made, rendered.as_ref()?))).collect();
    let Some((first, whole)) = made.first() else { return Default::default() };
    if !manifest.texts[first.text].is_region {
        let headed = text::headed(manifest, first, whole);
        return (headed_lines(&first.target.id, whole, &headed), headed.bytes);
    }
    let name = |made: &TextTarget| manifest.texts[made.text].name.clone();
    let region = |(made, rendered): &(&TextTarget, &Rendered)| {
        ((*made).clone(), RegionText { name: name(made), bytes: rendered.text.bytes.clone() })
    };
    let regions: Vec<_> = made.iter().map(region).collect();
    let files = FilesWithRegions { manifest, sources, files: renderer.file_system() };
    let Ok(file) = files.fill(path, &regions) else { return Default::default() };
    let mut lines = vec![None; line_count(&file.bytes)];
    for region in &file.regions {
        let Some((of, rendered)) = made.iter().find(|(made, _)| name(made) == region.name) else { continue };
        let id: Rc<str> = of.target.id.as_str().into();
        for line in region.lines() {
            let origin = rendered.text.origin(line - region.line + 1);
            if let (Some(place), Some(origin)) = (lines.get_mut(line as usize - 1), origin) {
                *place = Some((Rc::clone(&id), origin));
            }
        }
    }
    (lines, file.bytes)
}

/// The file of a text as the manifest says it, without the folder of `-D` and profiles.
fn committed(manifest: &Manifest, made: &TextTarget) -> Utf8PathBuf {
    let variant = manifest.variant.as_deref().unwrap_or(Utf8Path::new(""));
    made.target.output.strip_prefix(variant).unwrap_or(&made.target.output).to_owned()
}

/// Fills the regions of files that are somebody's.
pub(crate) struct FilesWithRegions<'s> {
    pub(crate) manifest: &'s Manifest,
    pub(crate) sources: &'s SourceMap,
    pub(crate) files: &'s dyn FileSystem,
}

impl FilesWithRegions<'_> {
    /// Adds each file once, with all its regions. Gives the number of texts that could not be put anywhere.
    pub(crate) fn add(
        &self,
        texts: Vec<RenderedText>,
        out: &mut Vec<(String, OutputFile)>,
        found: &mut Diagnostics,
    ) -> usize {
        let mut failed = 0;
        let mut by_file: IndexMap<Utf8PathBuf, Vec<(TextTarget, RegionText)>> = IndexMap::new();
        for (made, rendered) in texts {
            let Some(rendered) = rendered else {
                failed += 1;
                continue;
            };
            let name = self.manifest.texts[made.text].name.clone();
            let region = RegionText { name, bytes: rendered.text.bytes };
            by_file.entry(made.target.output.clone()).or_default().push((made, region));
        }
        for (path, texts) in by_file {
            match self.fill(&path, &texts) {
                Ok(file) => {
                    let ids: Vec<&str> = texts.iter().map(|(made, _)| made.target.id.as_str()).collect();
                    out.push((ids.join(" "), file));
                }
                Err(errors) => {
                    failed += texts.len();
                    found.extend(errors);
                }
            }
        }
        failed
    }

    /// The file with its regions filled.
    pub(crate) fn fill(
        &self,
        path: &Utf8Path,
        texts: &[(TextTarget, RegionText)],
    ) -> Result<OutputFile, Vec<Diagnostic>> {
        let place = |made: &TextTarget| self.manifest.texts[made.text].file_span();
        let Some((first, _)) = texts.first() else { return Err(Vec::new()) };
        let seen = self.sources.seen(&path.into());
        let old = self.read(path, &seen, place(first)).map_err(|error| vec![error])?;
        let wanted: Vec<RegionText> = texts.iter().map(|(_, region)| region.clone()).collect();
        let (bytes, regions) = splice(&old, &wanted).map_err(|faults| {
            let file = self.sources.add(path, old.clone());
            let tell = |fault: &MarkerFault| {
                let named = texts.iter().find(|(_, region)| region.name == fault.name).map_or(first, |(made, _)| made);
                self.tell(fault, &seen, file, place(named))
            };
            faults.iter().map(tell).collect::<Vec<_>>()
        })?;
        Ok(OutputFile { path: path.to_owned(), bytes, companions: Vec::new(), marked: true, regions })
    }

    /// The file as it is; it must be there, within the project. `seen` is its name for people.
    fn read(&self, path: &Utf8Path, seen: &Utf8Path, span: Span) -> Result<Vec<u8>, Diagnostic> {
        let root = &self.manifest.root;
        let unreadable = |error: &std::io::Error| {
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            if missing {
                return Diagnostic::error(
                    Code::FileNotFound,
                    span,
                    format!("there is no file `{seen}` to put a text into"),
                )
                .help("`output` makes a file; `into` wants one that has the markers");
            }
            Diagnostic::error(Code::FileUnreadable, span, format!("`{seen}` cannot be read: {}", reason(error)))
        };
        let real = self.files.canonicalize(&root.join(path)).map_err(|error| unreadable(&error))?;
        if real.strip_prefix(root).map_or(true, is_of_git) {
            let message = format!("`{seen}` leads out of the project by a symbolic link");
            return Err(Diagnostic::error(Code::OutsideProject, span, message));
        }
        self.files.read(&real).map_err(|error| unreadable(&error))
    }

    fn tell(&self, fault: &MarkerFault, seen: &Utf8Path, file: FileId, asked: Span) -> Diagnostic {
        let MarkerFault { name, kind } = fault;
        let source = self.sources.get(file);
        let at = |line: u32| {
            let range = source.line_range(line).unwrap_or(0..0);
            Span::new(file, range.start, range.end)
        };
        let error = |span, message: String| Diagnostic::error(Code::TextRegion, span, message);
        let markers = format!("a line with `dockmill:begin {name}`, and one with `dockmill:end {name}` below it");
        match kind {
            MarkerFaultKind::Missing(begun) => {
                let error = error(asked, format!("`{seen}` has no region `{name}`"));
                let error = error.help(format!("it takes {markers}, in comments of the file"));
                let quoted: Vec<String> = begun.iter().map(|name| format!("`{name}`")).collect();
                match quoted.as_slice() {
                    [] => error,
                    others => error.note(format!("it has {}", others.join(", "))),
                }
            }
            MarkerFaultKind::NoEnd(line) => error(at(*line), format!("region `{name}` has no end"))
                .label(format!("`dockmill:end {name}` does not follow")),
            MarkerFaultKind::NoBegin(line) => error(at(*line), format!("region `{name}` has no beginning"))
                .label(format!("`dockmill:begin {name}` does not stand above")),
            MarkerFaultKind::Twice(line, first, marker) => {
                error(at(*line), format!("`{marker} {name}` stands twice")).also(at(*first), "first here")
            }
            MarkerFaultKind::EndFirst(end, begin) => {
                error(at(*end), format!("region `{name}` ends before it begins")).also(at(*begin), "it begins here")
            }
            MarkerFaultKind::Within(line, outer, other) => {
                error(at(*line), format!("region `{name}` begins within region `{other}`"))
                    .also(at(*outer), format!("`{other}` begins here"))
                    .help(format!("end `{other}` before: what stands in it is replaced as a whole"))
            }
        }
    }
}
