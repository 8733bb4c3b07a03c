//! What BuildKit refuses in the values of RUN's flags: mounts, network, security.
//!
//! What is refused was tried on a real engine. A word that is near one that BuildKit knows is an error; any other may be
//! known to a frontend that is newer than these lists, and is a warning.

use crate::diagnostic::{Code, Severity, did_you_mean, list_or};

use super::super::finding::Finding;
use super::super::keyword::Keyword;
use super::super::model::{Instruction, flag_value};
use super::super::stage::{Place, Target};
use super::Checks;

const TYPES: &[&str] = &["bind", "cache", "secret", "ssh", "tmpfs"];
/// Those that have a place in the file system.
const PLACED: &[&str] = &["bind", "cache", "tmpfs"];
const SHARING: &[&str] = &["shared", "private", "locked"];
/// The keys that may stand without a value.
const SWITCHES: &[&str] = &["readonly", "readwrite", "required", "ro", "rw"];

/// The keys that tell which secret is meant.
const NAMES: &[&str] = &["destination", "dst", "id", "source", "src", "target"];

/// The keys of a mount, each with the types that take it.
const KEYS: &[(&str, &[&str])] = &[
    ("destination", TYPES),
    ("dst", TYPES),
    ("env", TYPES),
    ("from", &["bind", "cache", "ssh", "tmpfs"]),
    ("gid", &["cache", "secret", "ssh"]),
    ("id", TYPES),
    ("mode", &["cache", "secret", "ssh"]),
    ("readonly", TYPES),
    ("readwrite", TYPES),
    ("required", &["secret", "ssh"]),
    ("ro", TYPES),
    ("rw", TYPES),
    ("sharing", &["cache"]),
    ("size", &["tmpfs"]),
    ("source", &["bind", "cache", "secret", "tmpfs"]),
    ("src", &["bind", "cache", "secret", "tmpfs"]),
    ("target", TYPES),
    ("type", TYPES),
    ("uid", &["cache", "secret", "ssh"]),
];

/// Checks the flags of the RUN with this index.
pub(super) fn check(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>) {
    let flags = instruction.written_flags();
    // Mounts are read when their stage is built, the other flags with the file.
    let severity = checks.stage_of(index).map_or(Severity::Error, |stage| checks.severity_in(stage));
    for flag in &flags {
        for (name, known) in [("network", &["default", "none", "host"][..]), ("security", &["insecure", "sandbox"])] {
            if let Some(value) = flag_value(flag, name).filter(|value| !known.contains(value)) {
                let place = part(checks, instruction, flag, name.len() + 3, value);
                let message = if value.is_empty() {
                    format!("`--{name}` needs a value")
                } else {
                    format!("`--{name}` cannot be `{value}`")
                };
                checks.add(not_known(checks, Severity::Error, place, message, value, known));
            }
        }
        match flag_value(flag, "mount") {
            Some("") => {
                let place = checks.locate(instruction, "--mount");
                checks.add(
                    error(Severity::Error, place, "`--mount` needs a value".to_owned()).help(
                        "write `--mount=type=…,target=…`, without a blank before or after the `=` and the commas",
                    ),
                );
            }
            // What quotes make of a mount is left to BuildKit.
            Some(value) if !value.contains('"') => mount(checks, index, instruction, severity, value),
            _ => {}
        }
    }
}

fn mount(checks: &mut Checks<'_, '_>, index: usize, instruction: &Instruction<'_>, severity: Severity, mount: &str) {
    let fields: Vec<Field<'_>> = mount.split(',').map(Field::of).collect();
    let last_type = last_type(&fields);
    // Two keys are held against the type as it is said before them.
    let mut current = "bind".to_owned();
    let mut is_clean = true;
    for field in &fields {
        if field.key == "type" {
            current = field.lower_value();
        }
        let decides = if matches!(&*field.key, "required" | "size") { &current } else { &last_type };
        let finding = problem(checks, instruction, severity, field, &last_type)
            .or_else(|| misplaced(checks, instruction, severity, field, decides, &last_type));
        is_clean &= finding.is_none();
        if let Some(finding) = finding {
            checks.add(finding);
        }
    }
    let is_named =
        || fields.iter().any(|field| NAMES.contains(&&*field.key) && field.value.is_some_and(|text| !text.is_empty()));
    if is_clean && last_type == "secret" && !is_named() {
        let place = checks.locate(instruction, mount);
        let finding = error(severity, place, "a mount of type `secret` does not say which secret".to_owned());
        checks.add(finding.help("write `id=…`"));
    }
    let value = |names: &[&str]| {
        let last = fields.iter().rfind(|field| names.contains(&&*field.key));
        last.filter(|field| field.value.is_some_and(|value| !value.is_empty() && !value.contains('$')))
    };
    if is_clean
        && last_type == "secret"
        && let (Some(source), Some(_)) = (value(&["source", "src"]), value(&["id"]))
    {
        let place = part(checks, instruction, source.text, 0, source.text);
        let message = format!("a mount of type `secret` takes `id` or `{}`, not both", source.key);
        checks.add(error(severity, place, message));
    }
    // Another target is a way from the WORKDIR, which may be the base's; so is none at all.
    if is_clean && PLACED.contains(&&*last_type) {
        match target(&fields) {
            Some(field) if field.value == Some("/") => {
                let place = part(checks, instruction, field.text, field.text.len() - 1, "/");
                checks.add(error(severity, place, "`/` cannot be the target of a mount".to_owned()));
            }
            Some(_) => {}
            None => checks.add_untargeted(index, instruction, severity, mount, &last_type),
        }
    }
}

impl Checks<'_, '_> {
    /// A mount without a target stands in the place of the WORKDIR.
    fn add_untargeted(
        &mut self,
        index: usize,
        instruction: &Instruction<'_>,
        severity: Severity,
        mount: &str,
        kind: &str,
    ) {
        let workdir = self.workdir(index);
        // To bind the context over it is a habit of many.
        if kind == "bind" && workdir == Workdir::Set {
            return;
        }
        let place = self.locate(instruction, mount);
        let message = format!("a mount of type `{kind}` has no `target`");
        let finding = if workdir == Workdir::Root {
            error(severity, place, message).note("it would stand in the place of the WORKDIR, which is `/` here")
        } else {
            error(Severity::Warning, place, message).note("it stands in the place of the WORKDIR")
        };
        self.add(finding.help("write `target=/path`"));
    }

    /// What is known of the WORKDIR at an instruction.
    fn workdir(&self, index: usize) -> Workdir {
        let mut stage = self.stage_of(index);
        let mut end = index;
        // A stage is built on one before it.
        while let Some((at, found)) = stage.and_then(|at| Some((at, self.stages.get(at)?))) {
            let before = &self.dockerfile.instructions[found.instructions.start..end];
            if before.iter().any(|found| found.keyword == Some(Keyword::Workdir)) {
                return Workdir::Set;
            }
            stage = match self.base(at) {
                Some(Target::Stage(base)) => Some(*base),
                Some(Target::Scratch) => return Workdir::Root,
                _ => return Workdir::OfImage,
            };
            end = stage.and_then(|at| self.stages.get(at)).map_or(0, |stage| stage.instructions.end);
        }
        Workdir::OfImage
    }
}

/// What is known of a WORKDIR.
#[derive(PartialEq, Eq)]
enum Workdir {
    Set,
    /// The image decides.
    OfImage,
    Root,
}

/// Has the instruction a mount whose place is the WORKDIR?
pub(in super::super) fn lacks_target(instruction: &Instruction<'_>) -> bool {
    instruction.keyword == Some(Keyword::Run)
        && instruction.written_flags().iter().filter_map(|flag| flag_value(flag, "mount")).any(|mount| {
            let fields: Vec<Field<'_>> = mount.split(',').map(Field::of).collect();
            PLACED.contains(&&*last_type(&fields)) && target(&fields).is_none()
        })
}

fn last_type(fields: &[Field<'_>]) -> String {
    fields.iter().rfind(|field| field.key == "type").map_or("bind".to_owned(), Field::lower_value)
}

/// The field that says where the mount stands.
fn target<'f, 'm>(fields: &'f [Field<'m>]) -> Option<&'f Field<'m>> {
    let target = fields.iter().rfind(|field| matches!(&*field.key, "target" | "dst" | "destination"));
    target.filter(|field| field.value.is_some_and(|value| !value.is_empty()))
}

/// `key=value`, or a key alone.
struct Field<'m> {
    text: &'m str,
    /// In lower case, as BuildKit reads it.
    key: String,
    value: Option<&'m str>,
}

impl<'m> Field<'m> {
    fn of(text: &'m str) -> Self {
        let (key, value) = text.split_once('=').map_or((text, None), |(key, value)| (key, Some(value)));
        Self { text, key: key.to_lowercase(), value }
    }

    fn lower_value(&self) -> String {
        self.value.unwrap_or_default().to_lowercase()
    }
}

/// A key or a value that BuildKit does not know.
fn problem(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    severity: Severity,
    field: &Field<'_>,
    kind: &str,
) -> Option<Finding> {
    let Field { text, key, value } = field;
    // Of the keys that may be meant, those that the mount's type takes.
    let taken = |key: &&str| {
        !TYPES.contains(&kind) || KEYS.iter().any(|(known, takers)| known == key && takers.contains(&kind))
    };
    let known = KEYS.iter().any(|(known, _)| known == key);
    let key_place =
        || part(checks, instruction, text, 0, &text[..value.map_or(text.len(), |v| text.len() - v.len() - 1)]);
    let Some(value) = value else {
        return match key.as_str() {
            _ if SWITCHES.contains(&&**key) => None,
            "" => {
                let place = checks.locate(instruction, "--mount");
                Some(
                    error(severity, place, "a mount has a comma with nothing before or after it".to_owned()).help(
                        "a flag ends at the first blank: what continues it on the next line must not be indented",
                    ),
                )
            }
            _ if TYPES.contains(&&**key) => Some(
                error(severity, key_place(), format!("`{text}` of a mount has no `=`"))
                    .replace(format!("write `type={key}`"), format!("type={key}")),
            ),
            _ if known => Some(
                error(severity, key_place(), format!("`{text}` of a mount needs a value"))
                    .help(format!("write `{key}=…`")),
            ),
            _ => {
                let switches: Vec<&str> = SWITCHES.iter().copied().filter(taken).collect();
                Some(not_known(
                    checks,
                    severity,
                    key_place(),
                    format!("`{text}` of a mount has no `=`"),
                    key,
                    &switches,
                ))
            }
        };
    };
    if !known {
        let keys: Vec<&str> = KEYS.iter().map(|(key, _)| *key).filter(taken).collect();
        let message = format!("a mount has no key `{}`", &text[..text.len() - value.len() - 1]);
        return Some(not_known(checks, severity, key_place(), message, key, &keys));
    }
    // Variables may be anything.
    if value.contains('$') {
        return None;
    }
    let lower = value.to_lowercase();
    let place = || part(checks, instruction, text, text.len() - value.len(), value);
    let digits = |radix| !value.starts_with('+') && u32::from_str_radix(value, radix).is_ok();
    match key.as_str() {
        "type" if !TYPES.contains(&&*lower) => {
            Some(not_known(checks, severity, place(), format!("there is no mount of type `{value}`"), &lower, TYPES))
        }
        "sharing" if !SHARING.contains(&&*lower) => Some(not_known(
            checks,
            severity,
            place(),
            format!("`sharing` of a mount cannot be `{value}`"),
            &lower,
            SHARING,
        )),
        "mode" if !digits(8) => Some(error(
            severity,
            place(),
            format!("`mode` of a mount is an octal number such as `0755`, not `{value}`"),
        )),
        "uid" | "gid" if !digits(10) => {
            Some(error(severity, place(), format!("`{key}` of a mount is a number, not `{value}`")))
        }
        "size" if !is_size(value) => Some(
            error(severity, place(), format!("`size` of a mount cannot be `{value}`"))
                .help("write a number of bytes, or one with a unit, such as `64m` or `1GiB`"),
        ),
        key if SWITCHES.contains(&key) && !is_bool(value) => {
            Some(error(severity, place(), format!("`{key}` of a mount is `true` or `false`, not `{value}`")))
        }
        _ => None,
    }
}

/// A number, and perhaps a unit: `64m`, `1.5GiB`.
fn is_size(value: &str) -> bool {
    let Some(end) = value.rfind(|letter: char| letter.is_ascii_digit() || ". ".contains(letter)) else { return false };
    let number = value[..=end].strip_suffix(' ').unwrap_or(&value[..=end]);
    // What Go reads beyond plain numbers, such as `0x1p4`, is left to it.
    let is_plain = !number.contains(['_', 'p', 'P']);
    if is_plain && !number.parse::<f64>().is_ok_and(|number| number >= 0.0 && number.is_finite()) {
        return false;
    }
    let unit = value[end + 1..].to_lowercase();
    let prefix = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit);
    prefix.is_empty() && !unit.starts_with('i') || matches!(prefix, "k" | "m" | "g" | "t" | "p")
}

/// As Go's `strconv.ParseBool` has it.
fn is_bool(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True" | "0" | "f" | "F" | "false" | "FALSE" | "False")
}

/// A key that the mount's type does not take.
fn misplaced(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    severity: Severity,
    field: &Field<'_>,
    kind: &str,
    last_kind: &str,
) -> Option<Finding> {
    let (key, takers) = KEYS.iter().find(|(key, _)| *key == field.key)?;
    if !TYPES.contains(&kind) || takers.contains(&kind) || *key == "from" && field.value == Some("") {
        return None;
    }
    let length = field.text.len() - field.value.map_or(0, |value| value.len() + 1);
    let place = part(checks, instruction, field.text, 0, &field.text[..length]);
    let finding = error(severity, place, format!("a mount of type `{kind}` takes no `{key}`"));
    if takers.contains(&last_kind) {
        return Some(finding.help(format!("write `type={last_kind}` before it")));
    }
    Some(finding.note(format!("`{key}` is for mounts of type {}", list_or(takers))))
}

/// The place of `word`, which stands `at` bytes behind the start of `whole`.
pub(super) fn part(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    whole: &str,
    at: usize,
    word: &str,
) -> Place {
    let place = checks.locate(instruction, whole);
    let offset = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    let columns = place.columns.map(|columns| {
        let start = columns.start + offset(at);
        start..start + offset(word.len())
    });
    Place { columns, ..place }
}

fn error(severity: Severity, place: Place, message: String) -> Finding {
    Finding::new(severity, Code::InvalidInstruction, place, message)
}

/// A word that none of those known is.
fn not_known(
    checks: &Checks<'_, '_>,
    severity: Severity,
    place: Place,
    message: String,
    word: &str,
    known: &[&str],
) -> Finding {
    if let Some(near) = did_you_mean(word, known.iter().copied()) {
        return error(severity, place, message).replace(format!("did you mean `{near}`?"), near);
    }
    let finding = error(Severity::Warning, place, message);
    if checks.only_counts() {
        return finding;
    }
    finding.note(format!("known are {}", list_or(known).replace(" or ", " and ")))
}
