//! Stages: what FROM, `COPY --from` and mounts name.

use std::collections::HashMap;

use crate::diagnostic::{Code, Severity, did_you_mean};

use super::super::finding::Finding;
use super::super::image_name::{ImageName, NameProblem};
use super::super::keyword::Keyword;
use super::super::lint::Scope;
use super::super::model::Instruction;
use super::super::platform;
use super::super::scope::PREDEFINED;
use super::super::shell::LexError;
use super::instruction::{LATE, lost_from};
use super::mounts::part;
use super::{Checks, Reference, ReferenceKind, Target, image};

/// Docker's official images that make good names for stages: a bare one in FROM means the image.
const OFFICIAL: &str = "alpine bash busybox caddy cassandra centos clojure composer consul couchdb dart debian \
    docker drupal eclipse-temurin elasticsearch elixir erlang fedora gcc ghost golang gradle groovy haproxy haskell \
    httpd ibmjava influxdb jetty joomla jruby julia kibana kong logstash mariadb matomo maven mediawiki memcached \
    mongo mongo-express mysql nats neo4j nextcloud nginx node odoo openjdk oraclelinux percona perl php photon \
    postgres pypy python r-base rabbitmq redis redmine registry rethinkdb rocket.chat rockylinux ruby rust \
    sapmachine solr sonarqube storm swift telegraf tomcat tomee traefik ubuntu unit varnish vault wordpress \
    zookeeper";

/// Names of one FROM that are told of: each is looked for in all instructions.
const NAMES: usize = 20;

pub(super) fn check(checks: &mut Checks<'_, '_>) {
    duplicates(checks);
    let mut told = HashMap::new();
    arguments(checks, &mut told);
    // Behind a misspelt FROM, what is said belongs to another stage.
    if lost_from(checks.dockerfile) {
        return;
    }
    let malformed: Vec<u32> = checks.found.iter().filter(|found| found.is_error()).map(|found| found.line).collect();
    let cycle = cycle(checks);
    for (index, reference) in checks.references.iter().enumerate() {
        let finding = match reference.kind {
            ReferenceKind::From if malformed.contains(&reference.place.line) => None,
            ReferenceKind::From => base(checks, reference),
            ReferenceKind::Copy | ReferenceKind::Mount if cycle == Some(index) => Some(circular(checks, reference)),
            ReferenceKind::Copy | ReferenceKind::Mount => source(checks, reference),
        };
        match finding {
            Some(finding) if finding.code == Code::InvalidDefaultArgInFrom => {
                unbuildable(checks, &Scope::File, finding, &reference.written, &mut told);
            }
            Some(finding) => checks.add(finding),
            None => {}
        }
    }
    for reference in checks.onbuild.iter().filter(|reference| reference.target == Target::Invalid) {
        // Where an image is built on this one, it may be the name of a stage there.
        if ImageName::parse(&reference.written.to_lowercase()).is_err() {
            let before = checks.so_far();
            if let Some(finding) = source(checks, reference) {
                checks.add(finding);
            }
            checks.soften(before, Some(LATE));
        }
    }
}

/// For each list of ARGs that was told of, its finding.
type Told = HashMap<String, usize>;

/// Tells that the defaults of the ARGs in FROM cannot be built. It is one mistake, however many FROMs use them.
fn unbuildable(checks: &mut Checks<'_, '_>, scope: &Scope<'_, '_>, finding: Finding, written: &str, told: &mut Told) {
    let arguments = checks.scope.without_default(written);
    let names: Vec<&str> = arguments.iter().map(|global| global.name.as_str()).collect();
    let names = names.join(" ");
    if let Some(first) = told.get(&names) {
        let related = &mut checks.found[*first].related;
        if related.len() < NAMES {
            related.push((finding.line, "and here".to_owned()));
        }
        return;
    }
    let label = |default: Option<&str>| match default {
        Some("") => "this ARG is empty by default",
        _ => "its default is here",
    };
    let finding =
        arguments.iter().fold(finding, |finding, global| finding.related(global.line, label(global.bare.as_deref())));
    let before = checks.found.len();
    checks.lint(scope, finding);
    if checks.found.len() > before {
        told.insert(names, before);
    }
}

fn duplicates(checks: &mut Checks<'_, '_>) {
    for index in 1..checks.stages.len() {
        let stage = &checks.stages[index];
        let Some(name) = stage.name.clone() else { continue };
        let Some(first) = checks.stages[..index].iter().find(|earlier| earlier.name.as_ref() == Some(&name)) else {
            continue;
        };
        let instruction = &checks.dockerfile.instructions[stage.instructions.start];
        let written = instruction.args().pop().unwrap_or_default().into_owned();
        let place = checks.locate(instruction, &written);
        let finding =
            Finding::warning(Code::DuplicateStageName, place, format!("a second stage has the name `{name}`"))
                .related(first.start_line, "the first one is here")
                .note("`COPY --from` and `--target` take the last one");
        checks.lint(&Scope::File, finding);
    }
}

/// Names in FROM that nothing declares.
fn arguments(checks: &mut Checks<'_, '_>, told: &mut Told) {
    for index in 0..checks.stages.len() {
        let stage = &checks.stages[index];
        let instruction = &checks.dockerfile.instructions[stage.instructions.start];
        let mut findings = Vec::new();
        match checks.scope.expand(&stage.base) {
            Err(LexError::Required { .. } | LexError::TooDeep) => {}
            // A blank within it has been told.
            Err(_) if checks.found.iter().any(|found| found.is_error() && found.line == stage.start_line) => {}
            Err(error) => {
                let place = checks.locate(instruction, &stage.base);
                let message = format!("in `{}` {error}", stage.base);
                let code = if error == LexError::TooLong { Code::LimitExceeded } else { Code::InvalidInstruction };
                findings.push(Finding::error(code, place, message));
            }
            Ok(lexed) => {
                let refused = !checks.scope.is_open(&stage.base)
                    && ImageName::parse(&lexed.word).is_err()
                    && lexed.word != "scratch";
                for name in lexed.unset.iter().filter(|name| !checks.scope.is_declared(name)).take(NAMES) {
                    let severity = if refused { Severity::Error } else { Severity::Warning };
                    let place = checks.locate_variable(instruction, name);
                    let finding = undeclared(checks, name, severity, place);
                    findings.push(if lexed.word.is_empty() {
                        finding.note("BuildKit puts nothing in its place, so no image is left")
                    } else {
                        finding.note(format!("BuildKit puts nothing in its place: `{}`", lexed.word))
                    });
                }
                defaulted(checks, instruction, &stage.base, &lexed.unset, &mut findings);
            }
        }
        if let Some(written) = &stage.platform {
            platform(checks, instruction, written, &mut findings);
        }
        for finding in findings {
            // What BuildKit refuses is told whatever is skipped.
            if finding.is_error() {
                checks.add(finding);
                continue;
            }
            let is_open = finding.code == Code::InvalidDefaultArgInFrom;
            let before = checks.so_far();
            let scope = Scope::Instruction(instruction);
            match &stage.platform {
                Some(written) if is_open => unbuildable(checks, &scope, finding, written, told),
                _ => checks.lint(&scope, finding),
            }
            // BuildKit's own check does not look at platforms, and with `--build-arg` they may be valid.
            if is_open && !checks.rules.all_errors() {
                checks.soften(before, None);
            }
        }
    }
}

/// Names that nothing declares, but whose default holds: `${TGA:-12}`. It says what is meant, unless the name is near one that
/// is declared, or BuildKit refuses the file for it.
fn defaulted(
    checks: &Checks<'_, '_>,
    instruction: &Instruction<'_>,
    written: &str,
    unset: &[String],
    findings: &mut Vec<Finding>,
) {
    for name in checks.scope.undeclared(written).iter().filter(|name| !unset.contains(name)).take(NAMES) {
        let place = checks.locate_variable(instruction, name);
        let finding = undeclared(checks, name, Severity::Warning, place);
        let is_near = finding.help.iter().any(|advice| advice.replacement.is_some());
        if is_near || checks.rules.file_errors() {
            findings.push(finding.note("BuildKit takes the default in the braces"));
        }
    }
}

/// What `--platform` names: BuildKit refuses what it cannot read, in stages that are not built, too.
fn platform(checks: &Checks<'_, '_>, instruction: &Instruction<'_>, written: &str, findings: &mut Vec<Finding>) {
    if written.is_empty() {
        let place = checks.locate(instruction, "--platform");
        let finding = Finding::warning(Code::InvalidInstruction, place, "`--platform` has no value");
        return findings.push(finding.note("the image is that of the platform that is built for"));
    }
    let Ok(lexed) = checks.scope.expand(written) else { return };
    let undeclared: Vec<&String> = lexed.unset.iter().filter(|name| !checks.scope.is_declared(name)).collect();
    let is_fixed = undeclared.len() == lexed.unset.len() && !checks.scope.is_open(written);
    let refused = is_fixed && !platform::is_valid(&lexed.word);
    for name in undeclared.iter().take(NAMES) {
        let severity = if refused { Severity::Error } else { Severity::Warning };
        let place = checks.locate_variable(instruction, name);
        findings.push(self::undeclared(checks, name, severity, place));
    }
    defaulted(checks, instruction, written, &lexed.unset, findings);
    let place = || part(checks, instruction, &format!("--platform={written}"), "--platform=".len(), written);
    if refused && undeclared.is_empty() {
        let message = if lexed.word.is_empty() {
            format!("the platform `{written}` is empty")
        } else {
            format!("`{}` is no platform", lexed.word)
        };
        let finding = Finding::error(Code::InvalidInstruction, place(), message);
        findings.push(match did_you_mean(&lexed.word, platform::names()) {
            Some(near) => finding.replace(format!("did you mean `{near}`?"), near),
            None => finding.help("write a system, an architecture or both, such as `linux/arm64`"),
        });
    } else if let Some(bare) = checks.scope.bare(written).filter(|bare| !platform::is_valid(bare))
        && checks.scope.is_open(written)
    {
        let message = format!("`{written}` is no platform unless the build is given other values");
        findings.push(without_default(Finding::warning(Code::InvalidDefaultArgInFrom, place(), message), &bare, None));
    } else if lexed.unset.is_empty()
        && let Some((part, what, known)) = platform::unknown_part(&lexed.word)
        && let Some(near) = did_you_mean(part, known)
    {
        // BuildKit takes any two words, and then finds no image.
        let with = lexed.word.replacen(part, near, 1);
        let message = format!("`{part}` is no {what} that images are made for");
        let finding = Finding::warning(Code::InvalidInstruction, place(), message);
        findings.push(finding.replace(format!("did you mean `{with}`?"), with));
    }
}

fn undeclared(checks: &Checks<'_, '_>, name: &str, severity: Severity, place: super::Place) -> Finding {
    let message = format!("no ARG before the first FROM declares `{name}`");
    let finding = Finding::new(severity, Code::UndefinedArgInFrom, place, message);
    let known = checks.scope.globals.iter().map(|global| global.name.as_str()).chain(PREDEFINED.iter().copied());
    if checks.may_guess(checks.scope.globals.len())
        && let Some(near) = did_you_mean(name, known)
    {
        return finding.replace(format!("did you mean `{near}`?"), near);
    }
    let inner = checks.dockerfile.instructions.iter().find(|found| {
        found.keyword == Some(Keyword::Arg) && found.args().iter().any(|word| word.split('=').next() == Some(name))
    });
    match inner {
        Some(inner) => finding
            .related(inner.start_line, "this ARG belongs to its stage; FROM does not see it")
            .help(format!("declare `ARG {name}` before the first FROM")),
        None => finding.help(format!("declare it before the first FROM: `ARG {name}=…`")),
    }
}

fn base(checks: &Checks<'_, '_>, reference: &Reference) -> Option<Finding> {
    let place = reference.place.clone();
    let written = &reference.written;
    match &reference.target {
        // With `--build-arg` it may be built.
        Target::Invalid | Target::Unresolved(_) if checks.scope.is_open(written) => no_default(checks, reference),
        Target::Invalid => {
            let lexed = checks.scope.expand(written).ok()?;
            // A name that nothing declares has been told.
            if !lexed.unset.is_empty() {
                return None;
            }
            let word = &lexed.word;
            if word.is_empty() {
                return Some(Finding::error(Code::InvalidInstruction, place, "`FROM` needs an image"));
            }
            let lower = word.to_lowercase();
            let stage = checks.stages[..reference.stage].iter().rfind(|stage| stage.name.as_ref() == Some(&lower));
            Some(match stage {
                Some(stage) => Finding::error(Code::UnknownStage, place, format!("FROM finds no stage `{word}`"))
                    .related(stage.start_line, format!("the stage is `{lower}` to FROM"))
                    .note("a stage's name is kept in lower case, and FROM compares it as it is")
                    .replace(format!("write `{lower}`"), lower),
                None => invalid_image(checks, reference, word),
            })
        }
        Target::Image(name) => later_base(checks, reference, name).or_else(|| misspelt(checks, reference, name)),
        _ => None,
    }
}

/// The defaults of the ARGs make no name of an image: the build must be given others.
fn no_default(checks: &Checks<'_, '_>, reference: &Reference) -> Option<Finding> {
    let bare = checks.scope.bare(&reference.written)?;
    let problem = ImageName::parse(&bare).err().filter(|_| bare != "scratch")?;
    let message = format!("`{}` is no image unless the build is given other values", reference.written);
    let finding = Finding::warning(Code::InvalidDefaultArgInFrom, reference.place.clone(), message);
    Some(without_default(finding, &bare, Some(problem)))
}

/// Says what the defaults make of it.
fn without_default(finding: Finding, bare: &str, problem: Option<NameProblem>) -> Finding {
    if bare.is_empty() {
        return finding.note("by default it is empty").help("give the ARG a default");
    }
    let which = problem.map_or(String::new(), |problem| format!(", which {problem}"));
    finding.note(format!("by default it is `{bare}`{which}")).help("give each ARG in it a default that can be built")
}

/// FROM sees the stages before it only: the name of a later one means an image.
fn later_base(checks: &Checks<'_, '_>, reference: &Reference, name: &str) -> Option<Finding> {
    let later = checks.stages.iter().skip(reference.stage + 1).find(|stage| stage.name.as_deref() == Some(name))?;
    let repository = |name: &str| ImageName::parse(name).map(|name| name.normal_repository()).ok();
    let base = checks.scope.expand(&later.base).ok().and_then(|lexed| repository(&lexed.word));
    if base.is_some_and(|base| Some(base) == repository(name)) || is_known(checks, name) {
        return None;
    }
    let severity = checks.severity_in(reference.stage);
    Some(
        Finding::new(severity, Code::UnknownStage, reference.place.clone(), format!("the stage `{name}` comes later"))
            .label("taken for an image of that name")
            .related(later.start_line, format!("`{name}` is here"))
            .note("FROM sees the stages before it only")
            .help(format!("move the stage `{name}` before this one")),
    )
}

fn is_known(checks: &Checks<'_, '_>, name: &str) -> bool {
    OFFICIAL.split(' ').any(|official| official == name) || (checks.is_image)(name)
}

/// A bare name that is none of a stage, but near one.
fn misspelt(checks: &Checks<'_, '_>, reference: &Reference, name: &str) -> Option<Finding> {
    if name.contains(['/', ':', '@', '.']) || is_known(checks, name) || !checks.may_guess(reference.stage) {
        return None;
    }
    let earlier = checks.stages[..reference.stage].iter().filter_map(|stage| stage.name.as_deref());
    let near = did_you_mean(name, earlier)?;
    // `python` beside a stage `python3`: more likely an image and a stage named after it.
    if near.strip_prefix(name).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let stage = checks.stages.iter().find(|stage| stage.name.as_deref() == Some(near))?;
    Some(
        Finding::warning(Code::UnknownStage, reference.place.clone(), format!("there is no stage `{name}`"))
            .label("taken for an image of that name")
            .related(stage.start_line, format!("the stage `{near}` is here"))
            .replace(format!("did you mean `{near}`?"), near),
    )
}

fn flag(reference: &Reference) -> &'static str {
    if reference.kind == ReferenceKind::Copy { "`COPY --from`" } else { "a mount's `from`" }
}

/// What COPY and RUN take from elsewhere.
fn source(checks: &Checks<'_, '_>, reference: &Reference) -> Option<Finding> {
    let written = &reference.written;
    match &reference.target {
        Target::Stage(index) if *index > reference.stage => {
            let later = &checks.stages[*index];
            let severity = checks.severity_in(reference.stage);
            let name = later.name.clone().unwrap_or_else(|| index.to_string());
            Some(
                Finding::new(
                    severity,
                    Code::UnknownStage,
                    reference.place.clone(),
                    format!("the stage `{name}` comes later"),
                )
                .related(later.start_line, format!("`{name}` is here"))
                .help(format!("move the stage `{name}` before this one")),
            )
        }
        Target::Image(name) if reference.kind == ReferenceKind::Mount && name.parse::<usize>().is_ok() => {
            let stage = checks.stages.get(name.parse::<usize>().ok()?)?;
            let finding = Finding::warning(
                Code::UnknownStage,
                reference.place.clone(),
                format!("a mount does not find stages by number: `{name}` is taken for an image"),
            );
            Some(match &stage.name {
                Some(name) => finding.replace(format!("write the stage's name, `{name}`"), name.clone()),
                None => finding.help("give the stage a name with `AS`, and write that"),
            })
        }
        Target::Image(name) => misspelt(checks, reference, name),
        Target::Invalid if written.contains('$') => Some(
            Finding::error(
                Code::InvalidInstruction,
                reference.place.clone(),
                format!("{} does not expand variables", flag(reference)),
            )
            .help(format!("name a stage for it, `FROM {written} AS name`, and write that name here")),
        ),
        Target::Invalid if written.parse::<i64>().is_ok() => Some(no_index(checks, reference)),
        Target::Invalid => Some(invalid_image(checks, reference, written)),
        _ => None,
    }
}

fn no_index(checks: &Checks<'_, '_>, reference: &Reference) -> Finding {
    let count = checks.stages.len();
    // BuildKit counts images that COPY and mounts name as further stages.
    let further = checks
        .references
        .iter()
        .filter(|found| found.kind != ReferenceKind::From && !matches!(found.target, Target::Stage(_)))
        .count();
    let mounts: usize = checks.dockerfile.instructions.iter().map(|found| found.flags().len()).sum();
    let accepted = reference.written.parse::<usize>().is_ok_and(|index| index < count + further + mounts);
    let severity = if accepted { Severity::Warning } else { Severity::Error };
    let stages = match count {
        1 => "there is one stage, with the number 0".to_owned(),
        _ => format!("there are {count} stages, numbered 0 to {}", count - 1),
    };
    let message = format!("there is no stage with the number {}", reference.written);
    Finding::new(severity, Code::UnknownStage, reference.place.clone(), message).note(stages)
}

/// Neither a stage nor anything that could be an image.
fn invalid_image(checks: &Checks<'_, '_>, reference: &Reference, word: &str) -> Finding {
    let names = checks.stages[..reference.stage].iter().filter_map(|stage| stage.name.as_deref());
    let lower = word.to_lowercase();
    if checks.may_guess(reference.stage)
        && let Some(near) = did_you_mean(&lower, names)
    {
        let message = format!("there is no stage `{word}`");
        return Finding::error(Code::UnknownStage, reference.place.clone(), message)
            .replace(format!("did you mean `{near}`?"), near);
    }
    let finding = Finding::error(
        Code::UnknownStage,
        reference.place.clone(),
        format!("`{word}` is no stage, and no valid image either"),
    );
    // A text that stands for another cannot be replaced.
    let is_written = reference.written == word;
    image::explained(finding, word, is_written)
}

/// The reference that closes a circle of COPYs and mounts, which BuildKit refuses in any stage.
fn cycle(checks: &Checks<'_, '_>) -> Option<usize> {
    let mut next = vec![Vec::new(); checks.stages.len()];
    let edges: Vec<(usize, usize, usize)> = checks
        .references
        .iter()
        .enumerate()
        .filter(|(_, found)| found.kind != ReferenceKind::From)
        .filter_map(|(index, found)| match found.target {
            Target::Stage(target) => Some((index, found.stage, target)),
            _ => None,
        })
        .collect();
    for (_, from, to) in &edges {
        if !next[*from].contains(to) {
            next[*from].push(*to);
        }
    }
    // What a stage needs, found once: many may name it.
    let mut needed: HashMap<usize, Vec<bool>> = HashMap::new();
    // Only a stage that names itself or a later one can close a circle.
    let mut closing = edges.iter().filter(|(_, from, to)| to >= from);
    closing.find(|(_, from, to)| needed.entry(*to).or_insert_with(|| reached(&next, *to))[*from]).map(|edge| edge.0)
}

/// For each stage: is it `start`, or one that it needs?
fn reached(next: &[Vec<usize>], start: usize) -> Vec<bool> {
    let mut seen = vec![false; next.len()];
    let mut open = vec![start];
    while let Some(stage) = open.pop() {
        if !std::mem::replace(&mut seen[stage], true) {
            open.extend(&next[stage]);
        }
    }
    seen
}

fn circular(checks: &Checks<'_, '_>, reference: &Reference) -> Finding {
    let own = &checks.stages[reference.stage];
    let place = reference.place.clone();
    match reference.target {
        Target::Stage(target) if target == reference.stage => {
            let finding = Finding::error(Code::UnknownStage, place, "a stage cannot copy from itself");
            finding.related(own.start_line, "the stage begins here")
        }
        Target::Stage(target) => Finding::error(Code::UnknownStage, place, "these stages need each other")
            .related(own.start_line, "this stage needs the other one")
            .related(checks.stages[target].start_line, "which needs this one, directly or by others"),
        _ => Finding::error(Code::UnknownStage, place, "these stages need each other"),
    }
}
