//! From `dockmill.toml` to a project.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::{IndexMap, IndexSet};
use minijinja::Value;
use sha2::{Digest, Sha256};
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity, guess_anew, listed_for_guess, may_guess};
use crate::dockerfile::Rules;
use crate::expression::Guesses;
use crate::source::{FileKind, FileSystem, SourceMap, Span, in_folder, reason};

use super::axis::{self, Axis};
use super::blank_lines::{self, BlankLines};
use super::builder_table;
use super::checks;
use super::compile::{self, Context};
use super::constants::{self, Base, Declared, Define, Known, Override, apply_defines, read_vars};
use super::data;
use super::data_slips;
use super::definition::{self, Definition};
use super::document::{Item, Reader, Section, Text};
use super::examine::examine;
use super::exceptions;
use super::export;
use super::files::{ProjectFiles, normalize};
use super::image::Pattern;
use super::keys;
use super::known_axes;
use super::layout::{Layout, Slot};
use super::limits::{self, Ceiling, Limits};
use super::manifest::{MANIFEST, Manifest, list_of_outputs};
use super::name_rules::{id_name_problem, value_name_problem};
use super::params::{self, Param, ValueType};
use super::profile;
use super::room::{Form, Room};
use super::set::{self, SetRule};
use super::text;
use super::unused;

/// What a run asks of a manifest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// The `-D`s.
    pub defines: &'a [Define],
    /// `--profile`, and where it was given.
    pub profile: Option<(&'a str, Span)>,
    /// Required parameters need no value: the command is about the project, not about the contents of outputs.
    pub may_lack_values: bool,
    /// What the manifest cannot raise.
    pub ceiling: Option<&'a Ceiling>,
}

impl Manifest {
    /// Reads a manifest, whose path is absolute, and the data files that it names.
    ///
    /// Everything that is wrong is pushed to `out`, each at its place. A project with errors lacks the images that have them;
    /// `None`: not even that can be read.
    pub fn load(
        sources: &SourceMap,
        system: &dyn FileSystem,
        manifest: &Utf8Path,
        request: &Request<'_>,
        out: &mut Diagnostics,
    ) -> Option<Manifest> {
        guess_anew();
        let folder = manifest.parent().unwrap_or(manifest);
        let bytes = match system.read(manifest) {
            Ok(bytes) => bytes,
            Err(error) => {
                out.push(if error.kind() == std::io::ErrorKind::NotFound {
                    let message = format!("there is no manifest `{manifest}`");
                    let error = Diagnostic::bare(Severity::Error, Code::FileNotFound, message);
                    error.help(format!("`{}` writes a first one", in_folder("dockmill", "init")))
                } else {
                    let message = format!("the manifest `{manifest}` cannot be read: {}", reason(&error));
                    Diagnostic::bare(Severity::Error, Code::FileUnreadable, message)
                });
                return None;
            }
        };
        let root = system.canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let path = Utf8PathBuf::from(manifest.file_name().unwrap_or(MANIFEST));
        let file = sources.add(path.clone(), bytes);
        let source = sources.get(file);
        let text = data::utf8(file, source.bytes(), out)?;
        let mut room = Room::new(request.ceiling.map(Ceiling::limits).unwrap_or_default().expansion.memory);
        if let Err(error) = room.take(file, text, Form::Manifest, "the manifest") {
            out.push(*error);
            return None;
        }
        let mut reader = Reader::new(file, text, out);
        let document = reader.parse()?;
        let files = ProjectFiles { system, root };
        let document = reader.section(&document, "the manifest", &keys::MANIFEST);
        let mut loader = Loader { sources, files: &files, reader, document, request, room };
        let (mut manifest, mut excludes) = loader.load(path);
        examine(&mut manifest, &files, &mut excludes, out);
        if out.errors() == 0 {
            out.extend(export::unknown(&manifest));
            out.extend(manifest.unlikely_uses());
        }
        Some(manifest)
    }
}

/// What `[project]` says.
struct Head<'t> {
    name: Option<String>,
    output: Option<Text<'t>>,
    include: Vec<Utf8PathBuf>,
    /// A folder that it names cannot be used.
    lacks_include: bool,
    /// Do outputs bear dockmill's header?
    has_dockmills_header: bool,
    /// The one that they bear instead.
    header: Option<Text<'t>>,
    blank_lines: Option<BlankLines>,
}

struct Loader<'l, 'a> {
    sources: &'l SourceMap,
    files: &'l ProjectFiles<'l>,
    reader: Reader<'a>,
    document: Section<'l>,
    request: &'l Request<'l>,
    /// What there is for data.
    room: Room,
}

impl<'l> Loader<'l, '_> {
    /// Does the manifest have this key, with anything in it?
    fn asks_for(&self, key: &str) -> bool {
        let item = self.reader.value_of(self.document, key);
        item.is_some_and(|item| item.value.as_table().is_none_or(|table| !table.is_empty()))
    }

    /// Reads `[limits]`, which hold for the data, too.
    fn limits(&mut self) -> Limits {
        let (ceiling, table) = (self.request.ceiling, self.table("limits"));
        let limits = limits::read(&mut self.reader, table, ceiling);
        self.room.narrow(limits.expansion.memory);
        limits
    }

    fn load(&mut self, path: Utf8PathBuf) -> (Manifest, Vec<exceptions::GlobalExclude>) {
        let head = self.head();
        let limits = self.limits();
        let checks = self.table("checks").map_or_else(Rules::default, |table| checks::read(&mut self.reader, table));
        let mut inputs = HashMap::from([
            (path.clone(), "the manifest".to_owned()),
            (list_of_outputs(&path), "the list of outputs".to_owned()),
        ]);
        let mut base = Base::default();
        let data_files = self.data(&mut base, &mut inputs);
        let params = self.values(&mut base);
        for (value, _) in base.constants.values() {
            self.reader.out().extend(data_slips::find(value));
        }
        let axes = self.axes(&mut base);
        let table = self.table("profile");
        let profiles = table.map(|table| profile::read(&mut self.reader, table, &base, &params)).unwrap_or_default();
        let chosen = profile::choose(&profiles, self.request.profile, &mut self.reader);
        let (builder, jobs) = builder_table::read(self.table("builder"), &mut self.reader);

        let images = self.table("image");
        let discover = self.tables("discover");
        let definitions = definition::read(&mut self.reader, self.files, images, discover);
        let vars = chosen.map(|profile| &profile.vars);
        for (name, (value, span)) in vars.into_iter().flatten() {
            base.overrides.insert(Arc::clone(name), Override::of_profile(value, *span));
        }
        let kinds = self.kinds(&base, &axes, &definitions);
        let known = Known { axes: &axes, params: &params, kinds: &kinds };
        let errors = self.reader.out().errors();
        let unclaimed = apply_defines(&mut base, self.request.defines, &known, self.reader.out());
        let missing = constants::missing(&base, self.request.defines, &known);
        let lacks_values = self.reader.out().errors() > errors || !missing.is_empty();
        if !self.request.may_lack_values {
            self.reader.out().extend(missing);
        }
        let mut declared: Vec<Arc<str>> = kinds.keys().chain(params.keys()).cloned().collect();
        declared.sort();
        declared.dedup();

        let (texts, excludes) = (self.table("text"), self.tables("exclude"));
        let axis_names = axes.keys().cloned().chain(definition::grid_axes(&self.reader, &definitions));
        let axis_names: Vec<Arc<str>> = axis_names.collect::<IndexSet<_>>().into_iter().collect();
        let (constants, mut of_points) = (constants(&base), of_points(&base, &axes, &axis_names));
        of_points.insert("target".into(), Slot::Target);
        let mut excludes =
            exceptions::read_global(&mut self.reader, excludes, &axes, &axis_names, &constants, &of_points);
        let item = self.reader.value_of(self.document, "set");
        let set = item.map(|item| SetRule::read(&mut self.reader, item, None, &axis_names, &constants));
        let set = set.unwrap_or_default();
        let set = set::check_project_rules(&mut self.reader, set, &base, &mut of_points);
        unused::used_by_axes(&axes, &mut |name| self.reader.note_use(name));
        let used = self.reader.take_used();
        let axis_table = self.table("axis");
        let (files, output, header, set_rules, targets) = (self.files, head.output, head.header, &set, limits.targets);
        let (base, written) = (&base, self.sources.files().into());
        let context =
            Context { files, base, written, axes: &axes, axis_table, output, header, set: set_rules, targets };
        let images: Vec<_> = definitions
            .iter()
            .filter_map(|definition| compile::image(&context, &mut self.reader, definition, &mut excludes))
            .collect();
        let texts = text::read(&context, &mut self.reader, &path, texts, &images, &mut excludes);
        if definitions.is_empty() && images.is_empty() {
            self.no_images();
        }
        let by_name = images.iter().enumerate().map(|(index, image)| (Arc::clone(&image.name), index)).collect();
        let profile = chosen.and(self.request.profile).map(|(name, _)| name.to_owned());
        let manifest = Manifest {
            name: head.name.unwrap_or_default(),
            root: self.files.root.clone(),
            path,
            include: head.include,
            lacks_include: head.lacks_include,
            data_files,
            limits,
            checks,
            header: head.has_dockmills_header,
            blank_lines: head.blank_lines,
            guesses: Guesses::default(),
            build: chosen.map(|profile| profile.build).unwrap_or_default(),
            builder,
            jobs,
            unclaimed_defines: unclaimed,
            lacks_values,
            variant: variant(profile.as_deref(), self.request.defines),
            profiles: profiles.iter().map(|(name, profile)| (name.clone(), profile.span)).collect(),
            profile_value: Value::from(profile.as_deref().unwrap_or("")),
            profile,
            declared,
            declarations: unused::declarations(base, &axes, &set, &profiles),
            set,
            used,
            with: self.with(),
            inputs,
            axes: known_axes::of_images(&images),
            by_name,
            images,
            texts,
            kept: Mutex::default(),
        };
        (manifest, excludes)
    }

    /// Reports that there are no images, unless there are some that were refused.
    fn no_images(&mut self) {
        if !self.asks_for("image") && !self.asks_for("discover") {
            let error = Diagnostic::error(Code::MissingValue, self.reader.span(0..0), "the manifest has no images");
            self.reader.error(error.help("an image is a table `[image.NAME]`, or found by `[[discover]]`"));
        }
    }

    /// A table of the manifest.
    fn table(&mut self, key: &str) -> Option<&'l DeTable<'l>> {
        let item = self.reader.value_of(self.document, key)?;
        self.reader.table(item, &format!("`{key}`"))
    }

    /// The elements of an array of tables.
    fn tables(&mut self, key: &str) -> Vec<Item<'l>> {
        let item = self.reader.value_of(self.document, key);
        item.and_then(|item| self.reader.list(item, &format!("`{key}`"))).unwrap_or_default()
    }

    fn head(&mut self) -> Head<'l> {
        let mut head = Head {
            name: None,
            output: None,
            include: Vec::new(),
            lacks_include: false,
            has_dockmills_header: true,
            header: None,
            blank_lines: None,
        };
        let Some(table) = self.table("project") else {
            let span = self.reader.span(0..0);
            let error = Diagnostic::error(Code::MissingValue, span, "the manifest needs `[project]` with a `name`");
            self.reader.error(error);
            return head;
        };
        let reader = &mut self.reader;
        let manifest = reader.section(table, "`[project]`", &keys::PROJECT);
        match reader.value_of(manifest, "name") {
            None => {
                let span = reader.value_of(self.document, "project").map_or(reader.span(0..0), |item| item.span);
                reader.error(Diagnostic::error(Code::MissingValue, span, "`[project]` needs a `name`"));
            }
            Some(item) => {
                if let Some(text) = reader.string(item, "`name`") {
                    reader.is_named(text.value, text.inner(), id_name_problem);
                    head.name = Some(text.value.to_owned());
                }
            }
        }
        head.output = reader.value_of(manifest, "output").and_then(|item| reader.string(item, "`output`"));
        if let Some(item) = reader.value_of(manifest, "header") {
            match item.value {
                DeValue::String(text) if text.is_empty() => {
                    let error = Diagnostic::error(Code::InvalidValue, item.span, "the header is empty");
                    reader.error(error.replace("no header is written", item.span, "false"));
                }
                DeValue::String(text) if matches!(&**text, "true" | "false") => {
                    reader.wrong_type(item, "`header`", "`true`, `false` or lines of comments");
                }
                DeValue::String(_) => head.header = reader.string(item, "`header`"),
                DeValue::Boolean(header) => head.has_dockmills_header = *header,
                _ => reader.wrong_type(item, "`header`", "`true`, `false` or a text"),
            }
            head.has_dockmills_header &= head.header.is_none();
        }
        head.blank_lines = blank_lines::read(reader, manifest);
        let include = reader.value_of(manifest, "include").and_then(|item| reader.strings(item, "`include`"));
        for text in include.unwrap_or_default() {
            let folder = self.include(text);
            head.lacks_include |= folder.is_none();
            head.include.extend(folder);
        }
        head
    }

    fn include(&mut self, text: Text<'_>) -> Option<Utf8PathBuf> {
        let what = "the include folder";
        let path = normalize(Utf8Path::new(""), text.value).map_err(|problem| problem.at(text.span, what, text.value));
        let checked = path.and_then(|path| match self.files.kind(&path, what, text.span)? {
            FileKind::Directory => Ok(path),
            _ => Err(Diagnostic::error(Code::FileUnreadable, text.span, format!("{what} `{path}` is no folder"))),
        });
        checked.map_err(|error| self.reader.error(self.near_folder(error, text))).ok()
    }

    /// Adds the folder of the project that is meant by one which is not there.
    fn near_folder(&self, error: Diagnostic, text: Text<'_>) -> Diagnostic {
        // One that is near may be told already.
        if !error.help.is_empty() || !may_guess() {
            return error;
        }
        let within = text.value.trim_start_matches("../");
        let Ok(path) = normalize(Utf8Path::new(""), within) else { return error };
        let folder = path.parent().unwrap_or(Utf8Path::new(""));
        let beside = self.files.system.read_dir(&self.files.root.join(folder)).unwrap_or_default();
        listed_for_guess(beside.len());
        let folders = beside.iter().filter(|(_, kind)| *kind == FileKind::Directory);
        let folders: Vec<String> = folders.map(|(name, _)| folder.join(name).into_string()).collect();
        match folders.iter().find(|folder| **folder == within) {
            Some(same) if within != text.value => error.meant(text.inner(), text.value, same),
            _ => error.suggest(text.inner(), within, folders.iter().map(String::as_str)),
        }
    }

    fn data(&mut self, base: &mut Base, inputs: &mut HashMap<Utf8PathBuf, String>) -> Vec<Utf8PathBuf> {
        let mut read = Vec::new();
        let Some(table) = self.table("data") else { return read };
        for (name, item) in self.reader.entries(table) {
            if !self.reader.is_named(name, item.key, value_name_problem) {
                continue;
            }
            let name: Arc<str> = name.into();
            base.declare(&name, Declared::Data, item.key, self.reader.out());
            let path = self.data_path(&name, item);
            let value = path.as_ref().and_then(|(path, span)| {
                data::read(self.sources, self.files, path, *span, &mut self.room, self.reader.out())
            });
            // After an error the name is declared all the same: otherwise each use of it would be an error, too.
            let (value, file) = value.unwrap_or((Value::UNDEFINED, item.span.file));
            base.constants.insert(name, (value, Span::new(file, 0, 0)));
            if let Some((path, _)) = path {
                inputs.insert(path.clone(), format!("the data file `{path}`"));
                read.push(path);
            }
        }
        read
    }

    fn data_path(&mut self, name: &str, item: Item<'l>) -> Option<(Utf8PathBuf, Span)> {
        let text = self.reader.string(item, &format!("data file `{name}`"))?;
        match normalize(Utf8Path::new(""), text.value) {
            Ok(path) => Some((path, text.span)),
            Err(problem) => {
                self.reader.error(problem.at(text.span, "the data file", text.value));
                None
            }
        }
    }

    /// Reads `[vars]` and `[params]`.
    fn values(&mut self, base: &mut Base) -> IndexMap<Arc<str>, Param> {
        if let Some(table) = self.table("vars") {
            for (name, (value, span)) in read_vars(&mut self.reader, table, "`[vars]`") {
                base.declare(&name, Declared::Var, span, self.reader.out());
                base.constants.insert(name, (value, span));
            }
        }
        let table = self.table("params");
        let params = table.map(|table| params::read(&mut self.reader, table)).unwrap_or_default();
        for param in params.values() {
            base.declare(&param.name, Declared::Param, param.span, self.reader.out());
            base.constants.insert(Arc::clone(&param.name), (param.default(), param.default_span));
        }
        params
    }

    /// Reads `[export]`.
    fn with(&mut self) -> Vec<(Arc<str>, Span)> {
        let table = self.table("export");
        table.map(|table| export::read(&mut self.reader, table)).unwrap_or_default()
    }

    fn axes(&mut self, base: &mut Base) -> IndexMap<Arc<str>, Arc<Axis>> {
        let Some(table) = self.table("axis") else { return IndexMap::new() };
        let axes = axis::read(&mut self.reader, table);
        for axis in axes.values() {
            base.declare(&axis.name, Declared::Axis, axis.span, self.reader.out());
        }
        for axis in axes.values() {
            for (variable, span) in &axis.brought {
                base.declare(variable, Declared::Brought, *span, self.reader.out());
            }
        }
        axes.into_iter().map(|(name, axis)| (name, Arc::new(axis))).collect()
    }

    /// The kind of every name that has a value somewhere in the manifest: the nearest to `[vars]` decides.
    fn kinds(
        &mut self,
        base: &Base,
        axes: &IndexMap<Arc<str>, Arc<Axis>>,
        definitions: &[Definition<'_>],
    ) -> IndexMap<Arc<str>, ValueType> {
        let mut kinds: IndexMap<Arc<str>, ValueType> = IndexMap::new();
        let vars = base.constants.iter().filter(|(name, _)| base.declared(name) == Some(Declared::Var));
        kinds.extend(vars.map(|(name, (value, _))| (Arc::clone(name), ValueType::of(value))));
        for axis in axes.values() {
            let axis::AxisValues::Listed(values) = &axis.values else { continue };
            let Some(first) = values.list().first() else { continue };
            for (variable, value) in axis.brought.keys().zip(&first.brings) {
                kinds.entry(Arc::clone(variable)).or_insert(ValueType::of(value));
            }
        }
        // Errors in these tables are reported when the rules are read and the images compiled.
        let mut aside = Diagnostics::default();
        let mut reader = self.reader.beside(&mut aside);
        let set: Vec<_> = self.reader.value_of(self.document, "set").into_iter().collect();
        let mut entries = set::entries(&mut reader, set);
        for definition in definitions {
            entries.extend(definition.merged(&mut reader, "vars"));
            let set = definition.all(&reader, "set");
            entries.extend(set::entries(&mut reader, set));
        }
        for (name, item) in entries {
            let kind = match super::check::pattern(&mut reader, item) {
                Some(Pattern::Constant(value)) => ValueType::of(&value),
                Some(Pattern::List(_)) => ValueType::List,
                Some(Pattern::Map(_)) => ValueType::Other,
                Some(Pattern::Text(_)) | None => ValueType::String,
            };
            kinds.entry(name.into()).or_insert(kind);
        }
        for (name, covering) in &base.overrides {
            if base.declared(name) != Some(Declared::Param) {
                kinds.entry(Arc::clone(name)).or_insert(ValueType::of(&covering.value));
            }
        }
        kinds
    }
}

/// What is the same for all targets, and any axis with what it brings: what images have, whatever their matrix.
fn of_points(base: &Base, axes: &IndexMap<Arc<str>, Arc<Axis>>, names: &[Arc<str>]) -> Layout {
    let mut layout = constants(base);
    for name in names.iter().chain(axes.values().flat_map(|axis| axis.brought.keys())) {
        layout.entry(Arc::clone(name)).or_insert(Slot::Axis(0));
    }
    layout
}

/// What is the same for all targets.
fn constants(base: &Base) -> Layout {
    let mut layout = base.layout();
    for (name, slot) in &mut layout {
        if let Some(covering) = base.overrides.get(name) {
            *slot = covering.slot();
        }
    }
    layout
}

/// The folder of outputs that are not the committed ones: the profile's name, and a hash that differs with the `-D`s.
fn variant(profile: Option<&str>, defines: &[Define]) -> Option<Utf8PathBuf> {
    let folder = Utf8Path::new(".dockmill");
    if defines.is_empty() {
        return profile.map(|profile| folder.join(profile));
    }
    let mut values: Vec<(&str, &str)> =
        defines.iter().map(|define| (define.name.as_str(), define.value.as_str())).collect();
    values.sort_unstable();
    let mut hash = Sha256::new();
    for (name, value) in values {
        hash.update(name);
        hash.update([0]);
        hash.update(value);
        hash.update([0]);
    }
    let mut name = format!("{}+", profile.unwrap_or(""));
    for byte in hash.finalize().iter().take(5) {
        // Writing into a string does not fail.
        _ = write!(name, "{byte:02x}");
    }
    Some(folder.join(name))
}
