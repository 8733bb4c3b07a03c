//! `--secret`s, read as docker's client reads them.

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Secret {
    /// A variable of the environment.
    Variable(String),
    /// A file.
    File(String),
}

impl Secret {
    /// `id=ID[,src=FILE|,env=NAME][,type=file|env]`; `None`: docker refuses it, or it is another builder's.
    ///
    /// Source: `Secret.UnmarshalText` in `util/buildflags/secrets.go` of buildx, `NewStore` in
    /// `session/secrets/secretsprovider/store.go` of `BuildKit`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let [mut id, mut file, mut variable] = [const { String::new() }; 3];
        let mut is_variable = false;
        for field in fields(text)? {
            let (key, value) = field.split_once('=')?;
            match key.to_lowercase().as_str() {
                "type" if matches!(value, "file" | "env") => is_variable = value == "env",
                "id" => value.clone_into(&mut id),
                "src" | "source" => value.clone_into(&mut file),
                "env" => value.clone_into(&mut variable),
                _ => return None,
            }
        }
        if is_variable && variable.is_empty() {
            variable = std::mem::take(&mut file);
        }
        match (variable.is_empty(), file.is_empty()) {
            (false, _) => Some(Self::Variable(variable)),
            (true, false) => Some(Self::File(file)),
            (true, true) if id.is_empty() => None,
            (true, true) if std::env::var_os(&id).is_some() => Some(Self::Variable(id)),
            (true, true) => Some(Self::File(id)),
        }
    }
}

/// The fields of a line of CSV: one that begins with a quote ends with one, and holds `""` for a quote.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let after;
        if let Some(mut quoted) = rest.strip_prefix('"') {
            let mut field = String::new();
            loop {
                let (text, behind) = quoted.split_once('"')?;
                field.push_str(text);
                let Some(more) = behind.strip_prefix('"') else {
                    after = behind;
                    break;
                };
                field.push('"');
                quoted = more;
            }
            fields.push(field);
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            if rest[..end].contains('"') {
                return None;
            }
            fields.push(rest[..end].to_owned());
            after = &rest[end..];
        }
        if after.is_empty() {
            return Some(fields);
        }
        rest = after.strip_prefix(',')?;
    }
}

/// The values of `--secret` among arguments of a builder.
pub fn given_secrets(arguments: &[String]) -> Vec<String> {
    let mut secrets = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--secret" {
            secrets.extend(words.next().cloned());
        } else if let Some(value) = word.strip_prefix("--secret=") {
            secrets.push(value.to_owned());
        }
    }
    secrets
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn as_docker_reads_them() {
        let variable = |name: &str| Some(Secret::Variable(name.to_owned()));
        let file = |name: &str| Some(Secret::File(name.to_owned()));
        for (text, expected) in [
            ("id=t,env=T", variable("T")),
            ("ID=t,ENV=T", variable("T")),
            ("type=env,id=t,src=T", variable("T")),
            ("type=env,source=T,id=t", variable("T")),
            ("id=t,src=f", file("f")),
            ("type=file,id=t,Source=f", file("f")),
            ("id=t,\"src=a,b \"\"c\"\"\"", file("a,b \"c\"")),
            ("id=PATH", variable("PATH")),
            ("id=no such variable", file("no such variable")),
            ("id=t,src=a\"b", None),
            ("id=t,\"src=a", None),
            ("id=t,scr=a", None),
            ("type=vault,id=t", None),
            ("t", None),
            ("", None),
        ] {
            assert_eq!(Secret::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn among_arguments() {
        let arguments = ["--no-cache", "--secret", "a", "--secret=b", "--secret"].map(str::to_owned);
        assert_eq!(given_secrets(&arguments), ["a", "b"]);
    }
}
