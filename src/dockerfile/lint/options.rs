//! Which rules are on: what the manifest says, what `# check=` says.

use crate::diagnostic::{Code, Severity, did_you_mean};

use super::super::check::Checks;
use super::super::finding::Finding;
use super::super::model::{DirectiveKind, Dockerfile};
use super::super::stage::Place;
use super::{RULES, RuleDefault};

/// Which of BuildKit's checks are looked for. Those that are on by default are, unless something else is said.
///
/// ```
/// use dockmill::diagnostic::Code;
/// use dockmill::dockerfile::{Rules, check_by, parse};
/// let dockerfile = parse(b"FROM debian\nCMD x\n");
/// assert!(check_by(&dockerfile, &Rules::default()).is_empty());
/// let rules = Rules { also: vec![Code::JsonArgsRecommended], ..Rules::default() };
/// assert_eq!(check_by(&dockerfile, &rules)[0].code.name(), "JSONArgsRecommended");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Those that are not looked for.
    pub skip: Vec<Code>,
    /// Those that are off by default and are looked for all the same.
    pub also: Vec<Code>,
    /// What breaks a rule is an error.
    pub error: bool,
}

impl Rules {
    /// Is no rule looked for beside those that are on by default? What breaks a rule as an error turns on more.
    pub(crate) fn only_default(&self) -> bool {
        self.also.is_empty() && !self.error
    }
}

/// The same for one Dockerfile.
#[derive(Debug)]
pub(crate) struct FileRules<'r> {
    rules: &'r Rules,
    file: Options,
}

/// What one `# check=` says.
#[derive(Debug, Default)]
struct Options {
    skip: Names,
    experimental: Names,
    error: bool,
}

#[derive(Debug, Default)]
enum Names {
    #[default]
    None,
    All,
    Some(Vec<String>),
}

impl Names {
    fn parse(text: &str) -> Self {
        match text.trim() {
            "all" => Self::All,
            text => Self::Some(text.split(',').map(|name| name.trim().to_owned()).collect()),
        }
    }

    fn holds(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(names) => names.iter().any(|known| known == name),
        }
    }
}

impl Options {
    /// `skip=A,B;error=true`, up to the first blank. BuildKit takes three options and not more.
    ///
    /// # Errors
    /// The option that BuildKit does not take.
    fn parse(value: &[u8]) -> Result<Self, String> {
        let value = String::from_utf8_lossy(value);
        let mut options = Self::default();
        for option in value.split(' ').next().unwrap_or_default().splitn(3, ';') {
            let (key, value) = option.split_once('=').ok_or_else(|| option.to_owned())?;
            match key.trim() {
                "skip" => options.skip = Names::parse(value),
                "experimental" => options.experimental = Names::parse(value),
                "error" => {
                    options.error = match value.trim() {
                        "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
                        "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
                        _ => return Err(option.to_owned()),
                    };
                }
                _ => return Err(option.to_owned()),
            }
        }
        Ok(options)
    }
}

fn value<'d>(dockerfile: &'d Dockerfile<'_>) -> Option<(&'d str, u32)> {
    let found = dockerfile.directives.iter().find(|directive| directive.kind == DirectiveKind::Check)?;
    Some((&found.value, found.line))
}

impl<'r> FileRules<'r> {
    pub(crate) fn of(rules: &'r Rules, dockerfile: &Dockerfile<'_>) -> Self {
        let file = value(dockerfile).and_then(|(value, _)| Options::parse(value.as_bytes()).ok());
        Self { rules, file: file.unwrap_or_default() }
    }

    /// Is the rule on; where an instruction is meant, with the `# check=` above it? Whatever is no rule is on.
    pub(crate) fn looks_for(&self, code: Code, above: Option<&[u8]>) -> bool {
        let Some(rule) = RULES.iter().find(|rule| rule.code == code) else { return true };
        // BuildKit passes over options above an instruction that it cannot read.
        let above = above.and_then(|value| Options::parse(value).ok()).unwrap_or_default();
        let also = self.rules.also.contains(&code);
        let name = code.name();
        if self.is_passed_over(code) && !self.file.error {
            return false;
        }
        if rule.default == RuleDefault::Experimental {
            return also || self.file.experimental.holds(name) || above.experimental.holds(name);
        }
        (also || rule.default == RuleDefault::On || self.file.error)
            && !self.file.skip.holds(name)
            && !above.skip.holds(name)
    }

    /// Does the manifest skip the rule? BuildKit does not know of it, and refuses the file where that says `error=true`.
    pub(crate) fn is_passed_over(&self, code: Code) -> bool {
        self.rules.skip.contains(&code)
    }

    /// Was the rule asked for by name, so that what is likely is told, too?
    pub(crate) fn asks_for(&self, code: Code) -> bool {
        self.rules.also.contains(&code)
    }

    /// Is what breaks a rule an error?
    pub(crate) fn errors(&self) -> bool {
        self.rules.error || self.file.error
    }

    /// Does the file say so itself, so that BuildKit refuses it?
    pub(crate) fn file_errors(&self) -> bool {
        self.file.error
    }

    /// Is it one in stages that are not built, too?
    pub(crate) fn all_errors(&self) -> bool {
        self.rules.error
    }
}

/// Rules that BuildKit looks for in the file as a whole: what a comment above an instruction says of them is passed over.
const OF_FILE: &[Code] = &[
    Code::ConsistentInstructionCasing,
    Code::DuplicateStageName,
    Code::InvalidDefaultArgInFrom,
    Code::NoEmptyContinuation,
    Code::ReservedStageName,
];

const KEYS: &[&str] = &["error", "experimental", "skip"];

/// Checks the file's own `# check=`, and those above instructions.
pub(crate) fn check(checks: &mut Checks<'_, '_>) {
    let dockerfile = checks.dockerfile;
    if let Some((value, line)) = value(dockerfile) {
        written(checks, value, line, true);
    }
    for (value, line) in dockerfile.instructions.iter().filter_map(|instruction| instruction.above.check) {
        let value = String::from_utf8_lossy(value);
        if is_meant(&value) {
            written(checks, &value, line, false);
        }
    }
}

/// Are options meant, and no prose? Above an instruction BuildKit passes over what it cannot read.
fn is_meant(value: &str) -> bool {
    let Some((key, _)) = value.split_once('=') else { return false };
    let key = key.trim();
    KEYS.contains(&key) || did_you_mean(key, KEYS.iter().copied()).is_some()
}

/// Checks one `# check=`.
fn written(checks: &mut Checks<'_, '_>, value: &str, line: u32, is_of_file: bool) {
    let dockerfile = checks.dockerfile;
    let at = |word: &str| {
        let found = memchr::memmem::find(dockerfile.line(line), word.as_bytes()).filter(|_| !word.is_empty());
        let offset = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        Place { line, columns: found.map(|start| offset(start)..offset(start + word.len())) }
    };
    let (read, rest) = value.split_once(' ').unwrap_or((value, ""));
    let rest = rest.trim();
    let options = Options::parse(value.as_bytes());
    if goes_on(read, rest) {
        let severity = if is_of_file && options.is_err() { Severity::Error } else { Severity::Warning };
        let finding =
            Finding::new(severity, Code::InvalidInstruction, at(rest), "the options of `check` end at the blank");
        return checks.add(finding.note(format!("BuildKit reads `{read}`")).help("write them without blanks"));
    }
    let options = match options {
        Ok(options) => options,
        Err(option) => {
            let severity = if is_of_file { Severity::Error } else { Severity::Warning };
            let message = format!("the directive `check` has no option `{option}`");
            let finding = Finding::new(severity, Code::InvalidInstruction, at(&option), message);
            let finding = if is_of_file { finding } else { finding.note("BuildKit passes over it") };
            let (key, value) = option.split_once('=').unwrap_or((&option, ""));
            let near = did_you_mean(key, KEYS.iter().copied()).filter(|_| !KEYS.contains(&key));
            return checks.add(match near {
                Some(near) => finding.replace(format!("did you mean `{near}`?"), format!("{near}={value}")),
                None => finding.help("write `skip=RULE,RULE`, `error=true` and `experimental=RULE`, with `;` between"),
            });
        }
    };
    if options.error && !is_of_file {
        let message = "`error` counts only in the first lines of the file";
        let finding = Finding::warning(Code::InvalidInstruction, at("error"), message);
        checks.add(finding.help("move it to the first line"));
    }
    let lists = [(options.skip, true), (options.experimental, false)];
    for (names, is_skipped) in lists {
        let Names::Some(names) = names else { continue };
        for name in names {
            if !checks.may_guess(RULES.len()) {
                return;
            }
            let known = || RULES.iter().map(|rule| rule.code.name()).chain(["InvalidBaseImagePlatform", "all"]);
            // Another version of BuildKit may have other rules.
            if let Some(near) = did_you_mean(&name, known()).filter(|_| !known().any(|known| known == name)) {
                let message = format!("BuildKit has no check `{name}`");
                let finding = Finding::warning(Code::InvalidInstruction, at(&name), message);
                checks.add(finding.replace(format!("did you mean `{near}`?"), near));
            } else if is_skipped && !is_of_file && OF_FILE.iter().any(|rule| rule.name() == name) {
                let message = format!("`{name}` is not skipped for one instruction");
                let finding = Finding::warning(Code::InvalidInstruction, at(&name), message);
                let finding = finding.note("BuildKit looks for it in the file as a whole");
                checks.add(finding.help("move it to the first line, where it counts for the file"));
            }
        }
    }
}

/// Does what stands behind the first blank look like more options?
fn goes_on(read: &str, rest: &str) -> bool {
    let word = rest.split([' ', ',', ';']).next().unwrap_or_default();
    let key = word.split('=').next().unwrap_or_default();
    !rest.is_empty()
        && !rest.starts_with('#')
        && (read.ends_with([',', ';', '='])
            || rest.starts_with([',', ';', '='])
            || word.contains('=') && KEYS.contains(&key)
            || RULES.iter().any(|rule| rule.code.name() == word))
}
