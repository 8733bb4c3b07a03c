//! What a build takes from its context.

use camino::{Utf8Path, Utf8PathBuf};

use super::heredoc;
use super::ignore;
use super::keyword::Keyword;
use super::model::{Dockerfile, Instruction, flag_value};
use super::scope::{PREDEFINED, Scope};
use super::shell::{Lexed, Lexer, Room};
use super::stage;
use crate::source::clean_path;

/// A path of the build context that an instruction reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSource {
    /// The index of the stage that reads it.
    pub stage: usize,
    /// The first line of the instruction.
    pub line: u32,
    /// The path as it is written, wildcards and all.
    pub written: String,
    /// The path with the values of `ARG` and `ENV` put in; `None` where one of them has no value here.
    pub path: Option<String>,
    /// An `ONBUILD` of the stage's base reads it.
    pub by_base: bool,
    /// It is read with `--parents`.
    pub parents: bool,
}

impl LocalSource {
    /// The path within the context, where it is known: BuildKit takes it for absolute there, so that nothing leads out.
    pub(crate) fn inside(&self) -> Option<Utf8PathBuf> {
        self.path.as_deref().map(|path| clean_path(Utf8Path::new(path.trim_start_matches('/'))))
    }

    /// Does the instruction read this path of the context: the path itself, something in it, or a folder around it?
    /// Wildcards are those of Go's `filepath.Match`, which BuildKit takes: none of them goes past a `/`.
    ///
    /// ```
    /// use dockmill::dockerfile::{local_sources, parse};
    /// let source = &local_sources(&parse(b"FROM debian\nCOPY conf/*.d /etc/\n"))[0];
    /// assert!(source.reads("conf/a.d".into()) && source.reads("conf/a.d/b/c".into()) && source.reads("conf".into()));
    /// assert!(!source.reads("conf/a.e".into()) && !source.reads("conf/a.d2".into()) && !source.reads("other".into()));
    /// ```
    #[must_use]
    pub fn reads(&self, path: &Utf8Path) -> bool {
        // What is not known here may be anything.
        let Some(source) = self.inside() else { return true };
        for (pattern, part) in source.iter().zip(path.components()) {
            // With `--parents` it stands for any number of folders; else it is no more than `*`.
            if self.parents && pattern.contains("**") {
                return true;
            }
            let is_plain = !pattern.contains(['*', '?', '[']);
            let mut single = pattern.to_owned();
            while single.contains("**") {
                single = single.replace("**", "*");
            }
            // What BuildKit refuses as a pattern is left to it.
            let matches = || ignore::part(&single).is_none_or(|pattern| pattern.is_match(part.as_str()));
            if if is_plain { pattern != part.as_str() } else { !matches() } {
                return false;
            }
        }
        true
    }
}

/// The paths of the build context that COPY, ADD and bind mounts read: not those of other stages and images, not URLs, not
/// heredocs.
///
/// ```
/// use dockmill::dockerfile::{local_sources, parse};
/// let dockerfile = parse(b"FROM debian\nARG D=conf\nCOPY run.sh $D/* /x/\nADD https://example.org/a /a\n");
/// let paths: Vec<_> = local_sources(&dockerfile).into_iter().map(|source| source.path.unwrap()).collect();
/// assert_eq!(paths, ["run.sh", "conf/*"]);
/// ```
#[must_use]
pub fn local_sources(dockerfile: &Dockerfile<'_>) -> Vec<LocalSource> {
    let global = Scope::of(dockerfile);
    let mut list = Vec::new();
    for (stage, found) in stage::stages(dockerfile).iter().enumerate() {
        let mut scope =
            Values { list: Vec::new(), env: Vec::new(), escape: char::from(dockerfile.escape), room: Room::default() };
        for instruction in &dockerfile.instructions[found.instructions.clone()] {
            scope.declare(instruction, &global);
            list.extend(read_by(instruction).into_iter().map(|written| LocalSource {
                stage,
                line: instruction.start_line,
                path: scope.expand(&written),
                written,
                by_base: false,
                parents: instruction.flags().iter().any(|flag| is_parents(flag)),
            }));
        }
    }
    list
}

/// The paths that the `ONBUILD`s of each stage read: of the build context of whoever builds on the stage. What variables
/// stand for is not known before.
///
/// ```
/// use dockmill::dockerfile::{onbuild_sources, parse};
/// let dockerfile = parse(b"FROM node\nONBUILD COPY package.json $X /app/\nCOPY run.sh /\n");
/// let paths: Vec<_> = onbuild_sources(&dockerfile).into_iter().map(|source| source.path).collect();
/// assert_eq!(paths, [Some("package.json".to_owned()), None]);
/// ```
#[must_use]
pub fn onbuild_sources(dockerfile: &Dockerfile<'_>) -> Vec<LocalSource> {
    let mut list = Vec::new();
    if !dockerfile.instructions.iter().any(|instruction| instruction.keyword == Some(Keyword::Onbuild)) {
        return list;
    }
    let nothing =
        Values { list: Vec::new(), env: Vec::new(), escape: char::from(dockerfile.escape), room: Room::default() };
    for (stage, found) in stage::stages(dockerfile).iter().enumerate() {
        for instruction in &dockerfile.instructions[found.instructions.clone()] {
            let Some(trigger) = instruction.trigger() else { continue };
            list.extend(read_by(&trigger).into_iter().map(|written| LocalSource {
                stage,
                line: instruction.start_line,
                path: nothing.expand(&written),
                written,
                by_base: true,
                parents: trigger.flags().iter().any(|flag| is_parents(flag)),
            }));
        }
    }
    list
}

fn is_parents(flag: &str) -> bool {
    flag == "--parents" || flag_value(flag, "parents").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The paths of the context that an instruction names.
fn read_by(instruction: &Instruction<'_>) -> Vec<String> {
    match instruction.keyword {
        Some(Keyword::Copy) if instruction.flag("from").is_none_or(|from| from.is_empty()) => sources(instruction),
        Some(Keyword::Add) => {
            let mut sources = sources(instruction);
            sources.retain(|source| !is_remote(source));
            sources
        }
        Some(Keyword::Run) => mounts(instruction),
        _ => Vec::new(),
    }
}

/// All arguments but the last.
fn sources(instruction: &Instruction<'_>) -> Vec<String> {
    let mut args = instruction.args();
    args.pop();
    args.into_iter().filter(|word| !heredoc::is_heredoc(word)).map(std::borrow::Cow::into_owned).collect()
}

/// ADD takes what looks like a URL or a Git repository from elsewhere.
fn is_remote(source: &str) -> bool {
    ["http://", "https://", "git://", "ssh://", "git@"].iter().any(|scheme| source.starts_with(scheme))
}

/// The sources of bind mounts without `from`; the context as a whole where none is said.
fn mounts(instruction: &Instruction<'_>) -> Vec<String> {
    let flags = instruction.flags();
    let mounts = flags.iter().filter_map(|flag| flag_value(flag, "mount"));
    let source = |mount: &str| {
        let fields = || mount.split(',').filter_map(|field| field.split_once('='));
        let field = |names: &[&str]| {
            fields().find(|(key, _)| names.iter().any(|name| key.eq_ignore_ascii_case(name))).map(|(_, value)| value)
        };
        let is_local = field(&["from"]).is_none_or(str::is_empty) && field(&["type"]).is_none_or(|kind| kind == "bind");
        is_local.then(|| field(&["source", "src"]).unwrap_or(".").to_owned())
    };
    mounts.filter_map(source).collect()
}

/// The values that a stage's instructions see, the newest last; `None` for a name that has none here.
struct Values {
    list: Vec<(String, Option<String>)>,
    /// The names that ENV has set.
    env: Vec<String>,
    escape: char,
    room: Room,
}

impl Values {
    fn declare(&mut self, instruction: &Instruction<'_>, global: &Scope) {
        match instruction.keyword {
            Some(Keyword::Arg) => {
                for word in instruction.args() {
                    let (name, value) = if let Some((name, default)) = word.split_once('=') {
                        (name, self.expand(default))
                    } else {
                        let found = global.global(&word);
                        (&*word, found.and_then(|global| global.value.clone()))
                    };
                    // What ENV has set wins over a later ARG.
                    if !self.env.iter().any(|set| set == name) {
                        self.list.push((name.to_owned(), value));
                    }
                }
            }
            Some(Keyword::Env) => {
                let args = instruction.args();
                // All values of one ENV see what was before it.
                let values: Vec<Option<String>> =
                    args.iter().skip(1).step_by(2).map(|value| self.expand(value)).collect();
                let names = args.iter().step_by(2).map(|name| name.clone().into_owned());
                self.env.extend(names.clone());
                self.list.extend(names.zip(values));
            }
            _ => {}
        }
    }

    fn expand(&self, text: &str) -> Option<String> {
        let value = |name: &str| {
            let newest = self.list.iter().rev().find(|(declared, _)| declared == name);
            newest.filter(|_| !PREDEFINED.contains(&name))?.1.clone()
        };
        let escape = self.escape;
        let lexer = Lexer { room: Some(&self.room), ..Lexer::new(escape, &value) };
        let Lexed { word, unset, .. } = lexer.lex(text.as_bytes()).ok()?;
        // A backslash that does not escape is Windows' slash.
        let word = if escape == '\\' { word } else { word.replace('\\', "/") };
        unset.is_empty().then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn what_comes_from_the_context() {
        let text = "\
ARG G=g
FROM a AS b
ARG G
ENV E=e F=$G
COPY --chown=1 $G/$E/$F /d/
COPY --from=b p q
ADD git@example.org:a/b.git r.tgz /d
RUN --mount=type=bind,target=/s --mount=source=src,target=/t --mount=from=b,target=/u --mount=type=cache,target=/v x
COPY $UNKNOWN/z <<EOF /d/
EOF
";
        let paths: Vec<_> =
            local_sources(&parse(text.as_bytes())).into_iter().map(|source| (source.line, source.path)).collect();
        let path = |line, path: &str| (line, Some(path.to_owned()));
        let expected = [path(5, "g/e/g"), path(7, "r.tgz"), path(8, "."), path(8, "src"), (9, None)];
        assert_eq!(paths, expected);
    }

    #[test]
    fn names_match_as_a_whole() {
        let text = "# escape=`\nFROM a\nCOPY d\\a.py C:\\app\\\nCOPY package*.json *.py /\n";
        let found = local_sources(&parse(text.as_bytes()));
        let reads = |path: &str| found.iter().any(|source| source.reads(path.into()));
        assert!(reads("d/a.py") && reads("package-lock.json") && reads("a.py"));
        assert!(!reads("d/b.py") && !reads("my-package.json") && !reads("a.pyc"));
    }

    #[test]
    fn two_stars_are_one_without_parents() {
        let found = |text: &str| local_sources(&parse(text.as_bytes())).remove(0);
        let plain = found("FROM a\nCOPY src/**/*.py /\n");
        assert!(plain.reads("src/a/x.py".into()));
        assert!(
            !plain.reads("src/a/b/x.py".into()) && !plain.reads("src/a/x.pyc".into()) && !plain.reads("a/x.py".into())
        );
        let parents = found("FROM a\nCOPY --parents a/**/x.c /\n");
        assert!(parents.reads("a/b/c/x.c".into()) && !parents.reads("b".into()));
    }
}
