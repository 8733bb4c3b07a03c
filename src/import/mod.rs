//! From m4 to the dialect: `dockmill import m4`.
//!
//! [`translate`] reads each template as m4 does, but with variables that have no value yet, and writes what came out with
//! the conditions, macros and files that depend on them. [`compare`] then renders both for each target. What cannot be
//! translated is left out and said: nothing is guessed, and nothing is believed that was not compared.

mod assigned;
mod atom;
mod axis;
mod call;
mod choose;
mod compare;
mod compute;
mod dialect_names;
mod escape;
mod expression;
mod finish;
mod idiom;
mod include;
mod layout;
mod macros;
mod make_function;
pub mod makefile;
pub mod manifest;
mod matrix;
mod merge;
mod points;
mod reader;
mod state;
mod tables;
mod token;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::Utf8PathBuf;
use indexmap::IndexSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::Limits;
use crate::source::{SourceMap, has_word};
use crate::stack::deep;
use crate::template;

use atom::{Atom, Construct, Left, constructs};
use finish::Finish;
use include::Library;
use macros::{Macro, Translated};
use reader::{Done, Reader};

pub(crate) use dialect_names::variable;
pub(crate) use escape::is_text;
pub(crate) use expression::quoted;
pub(crate) use manifest::{key, string};
pub(crate) use points::{Matrix, matrix};
pub(crate) use written::{Axis as WrittenAxis, WIDTH, list, write_matrix};

pub use compare::{Compared, Outcome, check_manifest, compare};
pub use include::{Files, Found};
pub use tables::Table;

/// One output of a template: what the command line of m4 gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The template.
    pub file: String,
    /// The `-D`s.
    pub values: BTreeMap<String, String>,
}

/// What an import may use: the limits of each expansion, and what all of them have together.
#[derive(Debug)]
pub struct Bounds {
    limits: template::Limits,
    budget: template::Budget,
}

impl Bounds {
    /// The bounds of a run with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits: limits.expansion, budget: limits.budget() }
    }
}

/// The result of an import.
#[derive(Debug, Default)]
pub struct Imported {
    /// The new files.
    pub files: BTreeMap<Utf8PathBuf, Vec<u8>>,
    /// Each template's new path.
    pub templates: BTreeMap<String, Utf8PathBuf>,
    /// The variables that axes bring.
    pub tables: Vec<Table>,
    /// What was left out (errors), and what was expanded where it is called (warnings).
    pub found: Vec<Diagnostic>,
}

/// Translates the templates of these targets. `prefix`: builtins are named `m4_…`. `order`: the variables, in the order in
/// which they were given.
///
/// # Errors
/// A template that is not there, or that m4 could not read to its end either: an unclosed quote or call, an endless
/// expansion.
pub fn translate(
    targets: &[Target],
    order: &[String],
    prefix: bool,
    files: &dyn Files,
    sources: &SourceMap,
    bounds: &Bounds,
) -> Result<Imported, Vec<Diagnostic>> {
    // Values and conditions nest as deep as the template in m4 builds them.
    deep(|| {
        let mut imported = Imported::default();
        let mut wrong = Vec::new();
        let names: IndexSet<&str> = targets.iter().map(|target| target.file.as_str()).collect();
        let mut templates = Vec::new();
        for name in names {
            let values: Vec<_> =
                targets.iter().filter(|target| target.file == name).map(|target| target.values.clone()).collect();
            let mut library = Library::new(sources, files);
            match template(name, &values, prefix, &mut library, &mut imported, bounds) {
                Ok(template) => templates.push(template),
                Err(error) => wrong.push(*error),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        imported.tables = tables::tables(&mut templates, targets, order);
        for template in templates {
            write(template, &mut imported);
        }
        // Tables that no template refers to are left out of the manifest.
        let files = &imported.files;
        imported.tables.retain(|table| files.values().any(|text| has_word(text, table.name.as_bytes())));
        Ok(imported)
    })
}

/// A template that was read.
struct Template {
    file: String,
    atoms: Vec<Atom>,
    macros: Vec<Macro>,
    /// Variables that every target gives.
    given: BTreeSet<Rc<str>>,
    /// Variables that are asked for by `ifdef`, and not in all targets.
    optional: BTreeSet<Rc<str>>,
    /// Values that were inlined.
    inlined: BTreeSet<Rc<str>>,
    /// Macros whose calls were all inlined.
    expanded: BTreeSet<usize>,
}

/// The path of the new template for a template of m4.
fn new_path(name: &str) -> Utf8PathBuf {
    let stem = name.strip_suffix(".m4").unwrap_or(name);
    let path = Utf8PathBuf::from(format!("{stem}.dockmill"));
    let last = path.file_name().unwrap_or("Dockerfile.dockmill").into();
    finish::inside(&path).unwrap_or(last)
}

fn template<'a>(
    name: &str,
    targets: &'a [expression::TargetValues],
    prefix: bool,
    library: &'a mut Library<'a>,
    imported: &mut Imported,
    bounds: &'a Bounds,
) -> Done<Template> {
    let (_, file) = library.get(name).map_err(|unread| {
        let message = format!("`{name}` cannot be read: {}", include::why(&unread));
        Box::new(Diagnostic::bare(crate::diagnostic::Severity::Error, Code::FileNotFound, message))
    })?;
    let mut reader = Reader::new(library, targets, prefix, bounds);
    let text = reader.text_of(file)?;
    let (mut atoms, _) = reader.apart(text)?;
    while let Some(wrapped) = reader.state.wrapped.pop() {
        atoms.extend(reader.apart(wrapped)?.0);
    }
    reader.state.divert = 0;
    reader.undivert_all();
    atoms.append(&mut reader.run.out);
    let number = |node: &Construct| if let Construct::Define(number) = node { Some(*number) } else { None };
    let numbers: BTreeSet<usize> = constructs(&atoms).into_iter().filter_map(number).collect();
    for number in &numbers {
        if matches!(reader.macros[*number].text, Translated::NotYet) {
            reader.translate(*number)?;
        }
    }
    report(&reader, &atoms, &numbers, imported);
    let given: BTreeSet<Rc<str>> = match targets {
        [first, rest @ ..] => {
            let always = first.keys().filter(|name| rest.iter().all(|target| target.contains_key(*name)));
            always.map(|name| dialect_names::variable(name).into()).collect()
        }
        [] => BTreeSet::new(),
    };
    let inlined = |id: &u64| reader.inlined.contains(id);
    let expanded = reader.macros.iter().enumerate();
    let expanded = expanded.filter(|(_, known)| !known.called && inlined(&known.defined.id));
    let template = Template {
        file: name.to_owned(),
        atoms,
        given,
        inlined: reader.held.iter().filter(|(_, id)| inlined(id)).map(|(name, _)| Rc::clone(name)).collect(),
        expanded: expanded.map(|(number, _)| number).collect(),
        macros: reader.macros,
        optional: reader.optional,
    };
    reader.share.close(reader.steps, 0, 0);
    Ok(template)
}

/// Writes a template and its files.
fn write(template: Template, imported: &mut Imported) {
    let path = new_path(&template.file);
    let mut finish = Finish { macros: &template.macros, given: template.given, files: &mut imported.files };
    let atoms = finish.pruned(&template.atoms, &template.inlined, &template.expanded);
    finish.template(&path, &atoms, &template.optional);
    imported.templates.insert(template.file, path);
}

/// Reports what was left out, and which macros were inlined.
fn report(reader: &Reader<'_>, atoms: &[Atom], numbers: &BTreeSet<usize>, imported: &mut Imported) {
    for node in constructs(atoms) {
        let Construct::LeftOut(Left { span, message, why }) = node else { continue };
        let error = Diagnostic::error(Code::NotTranslated, *span, message).label("left out").note(why);
        if !imported.found.contains(&error) {
            imported.found.push(error);
        }
    }
    for number in numbers {
        let known = &reader.macros[*number];
        if let Translated::Not(why) = &known.text {
            let name = String::from_utf8_lossy(&known.defined.name).into_owned();
            let message = format!("`{name}` becomes no macro: it is expanded where it is called");
            let place = known.defined.place.span("define".len());
            let warning = Diagnostic::warning(Code::NotTranslated, place, message);
            imported.found.push(warning.note(format!("{}: {}", why.message, why.why)));
        }
    }
}
