//! Names for variables, after what stands around them.

use super::line::instruction;

/// What stands for an axis of words in names: what it is called says little of a value that follows from it.
pub(super) const NAME: &str = "name";

/// What is known of a hole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hole<'a> {
    /// The line before the hole.
    pub(super) before: &'a str,
    pub(super) after: &'a str,
    /// The whole line, as one target has it.
    pub(super) line: &'a str,
    /// The case of a shell script that the line is in, such as an architecture.
    pub(super) case: &'a str,
    /// The axis that decides the value, or nothing.
    pub(super) axis: &'a str,
}

fn is_hash(value: &str) -> bool {
    value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The words of a text: letters and digits that begin with a letter.
fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| word.trim_start_matches(|c: char| c.is_ascii_digit()))
        .filter(|word| word.len() > 1)
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// Commands that say nothing of what they are given.
const VERBS: [&str; 12] = ["bash", "cd", "cp", "echo", "exec", "export", "mkdir", "mv", "printf", "rm", "sh", "sudo"];

/// Does a text end where a package manager is given the name of a package?
fn is_before_package(before: &str) -> bool {
    let mut words = before.rsplit(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|'));
    let is_quote = |c: char| matches!(c, '\'' | '"');
    words.next().is_some_and(|open| open.trim_start_matches(is_quote).is_empty())
        && words.take_while(|word| !word.contains(is_quote)).any(|word| matches!(word, "install" | "add"))
}

/// What a text ends in, as far as it can be part of a name.
fn last_name(text: &str) -> &str {
    text.rsplit(|c| !is_name_part(c)).next().unwrap_or_default()
}

/// The name of `name=` or `--name=`, where a text ends in the value behind it; a word that the value begins with tells more.
fn assigned(before: &str) -> Option<String> {
    let (name, value) = before.rsplit_once('=')?;
    if value.trim_start_matches(['\'', '"']).contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '"')) {
        return None;
    }
    let name = name.trim_end();
    let name = last_name(name).trim_start_matches('-');
    let word = value.trim_start_matches(['\'', '"']).strip_suffix(['-', '_']).unwrap_or_default();
    let is_word =
        word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(|c| c.is_ascii_alphanumeric());
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins.then(|| if is_word { format!("{word}_{name}") } else { name.to_owned() })
}

/// A name for the values of a hole.
pub(super) fn name(hole: &Hole<'_>, values: &[&str]) -> String {
    let Hole { before, after, line, case, axis } = *hole;
    let line = line.trim();
    let found = instruction(line);
    let with_case = |name: &str| if case.is_empty() { name.to_owned() } else { format!("{case}_{name}") };
    let suffix = if axis.is_empty() { "suffix" } else { axis };
    if let Some(word @ ("ENV" | "ARG" | "LABEL")) = found {
        let rest = line[word.len()..].trim_start();
        let end = rest.find(|c: char| !(is_name_part(c) || c == '.')).unwrap_or(rest.len());
        let own = rest[..end].rsplit('.').next().unwrap_or_default();
        if rest.matches('=').count() <= 1 && !own.is_empty() {
            let last = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next().filter(|word| word.len() > 1);
            return last.filter(|last| *last != own).unwrap_or(own).to_owned();
        }
    }
    // `${@{…}_SOURCE}`: which of several such variables of the shell.
    if before.ends_with("${") && after.starts_with('_') {
        let end = after.find(|c: char| !is_name_part(c)).unwrap_or(after.len());
        return format!("{}_prefix", after[..end].trim_matches('_'));
    }
    match found {
        Some("FROM") if before.to_ascii_uppercase().contains(" AS ") => return "stage_name".to_owned(),
        Some("FROM") => {
            let repository = before.rsplit_once(':').filter(|(_, tag)| !tag.contains(char::is_whitespace));
            return repository
                .map(|(name, _)| last_name(name))
                .filter(|name| !name.is_empty())
                .map_or("base".to_owned(), |name| format!("{name}_tag"));
        }
        Some("EXPOSE") => return "port".to_owned(),
        Some("USER") => return "user".to_owned(),
        Some("WORKDIR") => return "workdir".to_owned(),
        Some("STOPSIGNAL") => return "stopsignal".to_owned(),
        _ => {}
    }
    if before.ends_with("://") {
        return if values.iter().any(|value| value.contains('/')) { "url" } else { "host" }.to_owned();
    }
    let mut real = values.iter().filter(|value| !value.is_empty());
    if real.clone().all(|value| is_hash(value)) {
        let kind = match real.next().map_or(0, |value| value.len()) {
            64 => "sha256",
            128 => "sha512",
            96 => "sha384",
            40 => "commit",
            32 => "md5",
            _ => "hash",
        };
        return with_case(kind);
    }
    if let Some(name) = assigned(before) {
        return with_case(&name);
    }
    // The instruction says nothing of the value.
    let own = found.map_or(before, |word| before.trim_start().strip_prefix(word).unwrap_or(before));
    let last = words(own).next_back();
    if last.is_none() && after.starts_with('-') {
        return "command".to_owned();
    }
    let last = last.filter(|last| !VERBS.contains(last));
    if let Some(last) = last.filter(|_| before.ends_with('-')) {
        return format!("{last}_{suffix}");
    }
    if real.all(|value| super::part::is_numbers(value)) {
        return last.map_or("number".to_owned(), |last| format!("{last}_version"));
    }
    if is_before_package(before) {
        return with_case("package");
    }
    match (last, words(after).next()) {
        (Some(last), _) if !axis.is_empty() => format!("{last}_{axis}"),
        (Some(last), _) => last.to_owned(),
        (None, Some(next)) if axis == NAME => format!("{next}_{NAME}"),
        (None, Some(next)) => next.to_owned(),
        (None, None) => "value".to_owned(),
    }
}

/// A name for the targets of which no condition tells: after the first line of what they have.
pub(super) fn condition_name(text: &str) -> String {
    let rest = instruction(text).map_or(text, |word| &text.trim_start()[word.len()..]);
    match words(rest).next() {
        Some(word) => format!("has_{word}"),
        None => "has_more".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_stands_before_the_hole() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        for (before, values, expected) in [
            ("ENV GO_VERSION ", &["1", "2"][..], "GO_VERSION"),
            ("FROM library/debian:", &["a", "b"], "debian_tag"),
            ("FROM ", &["a", "b"], "base"),
            ("EXPOSE ", &["1", "2"], "port"),
            ("RUN curl https://", &["a", "b"], "host"),
            ("RUN curl https://", &["a/x-", "b/y-"], "url"),
            ("RUN check ", &[hash], "arm_commit"),
            ("  url='http", &["a", "b"], "arm_url"),
            ("  --with-tcl=", &["a", "b"], "arm_with-tcl"),
            ("  llvm", &["18", "19"], "llvm_version"),
            ("  apk add python-", &["a", "b"], "python_version"),
            ("RUN --mount=type=cache,id=apk-", &["3.1", "3.2"], "arm_apk_id"),
            ("RUN ", &["1", "2"], "number"),
            ("RUN mamba install --yes '", &["a", "b"], "arm_package"),
            ("RUN install-tools ", &["a", "b"], "tools_version"),
        ] {
            let hole = Hole { before, after: "", line: before, case: "arm", axis: "version" };
            assert_eq!(name(&hole, values), expected, "{before}");
        }
        let hole = Hole { before: "RUN ", after: "-get install", line: "RUN apt-get install", case: "", axis: "os" };
        assert_eq!(name(&hole, &["apt", "yum"]), "command");
        let hole = Hole {
            before: "COPY ${",
            after: "_SOURCE_CODE}/x",
            line: "COPY ${A_SOURCE_CODE}/x",
            case: "",
            axis: "kind",
        };
        assert_eq!(name(&hole, &["A", "B"]), "SOURCE_CODE_prefix");
        let hole = Hole { before: "FROM a AS ", after: "-base", line: "FROM a AS b-base", case: "", axis: "kind" };
        assert_eq!(name(&hole, &["b", "c"]), "stage_name");
        let hole = Hole { before: "  echo \"", after: " password", line: "  echo", case: "", axis: "name" };
        assert_eq!(name(&hole, &["Chrome", "Firefox"]), "password_name");
        assert_eq!(condition_name("ENV GOTOOLCHAIN=local"), "has_GOTOOLCHAIN");
    }
}
