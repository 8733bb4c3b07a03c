//! Builders of the user's own: lists of arguments with placeholders.

use std::ops::Range;

use super::Command;

/// What an argument may hold in braces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// The Dockerfile.
    File,
    /// The build context.
    Context,
    /// The project's folder.
    Project,
    /// The id of what is built.
    Target,
    /// The stage that is built; none for the last.
    Stage,
    /// A tag.
    Tag,
    /// A label, as `name=value`.
    Label,
    /// The platforms to build for, with commas between; none for the builder's own.
    Platforms,
    /// A `--secret` of the command line.
    Secret,
    /// An `--output` of the command line.
    Output,
    /// An argument behind `--`.
    Args,
    /// The image to pull.
    Image,
}

impl Placeholder {
    /// The placeholders of the list that builds.
    pub const BUILD: &[Self] = &[
        Self::File,
        Self::Context,
        Self::Project,
        Self::Target,
        Self::Stage,
        Self::Tag,
        Self::Label,
        Self::Platforms,
        Self::Secret,
        Self::Output,
        Self::Args,
    ];
    /// Those of the list that pulls.
    pub const PULL: &[Self] = &[Self::Image, Self::Project];
    /// Those of the list that pushes.
    pub const PUSH: &[Self] = &[Self::Tag, Self::Project];

    /// The name between the braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Context => "context",
            Self::Project => "project",
            Self::Target => "target",
            Self::Stage => "stage",
            Self::Tag => "tag",
            Self::Label => "label",
            Self::Platforms => "platforms",
            Self::Secret => "secret",
            Self::Output => "output",
            Self::Args => "args",
            Self::Image => "image",
        }
    }

    /// May it have no value, or several?
    fn is_counted(self) -> bool {
        matches!(
            self,
            Self::Stage | Self::Tag | Self::Label | Self::Platforms | Self::Secret | Self::Output | Self::Args
        )
    }
}

/// What is wrong with an argument, and at which bytes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgumentProblem {
    /// `{fiel}`.
    Unknown {
        /// The name between the braces.
        name: String,
        /// The bytes of the name.
        at: Range<usize>,
    },
    /// A `{` without its `}`, or one that holds no name.
    Brace {
        /// The bytes of the brace.
        at: Range<usize>,
    },
    /// Two placeholders of which each may have several values.
    Several {
        /// The bytes of the second.
        at: Range<usize>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Placeholder),
}

/// Arguments that belong together: they are repeated for each value of the placeholder in them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    words: Vec<Vec<Piece>>,
    counted: Option<Placeholder>,
}

/// A program with arguments that hold placeholders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArgumentList {
    groups: Vec<Group>,
}

impl ArgumentList {
    /// Adds arguments that belong together, such as `--tag` and `{tag}`; usually a single one.
    ///
    /// # Errors
    /// Every problem, with the index of the word that has it.
    pub fn push(&mut self, words: &[&str], known: &[Placeholder]) -> Result<(), Vec<(usize, ArgumentProblem)>> {
        let mut group = Group { words: Vec::new(), counted: None };
        let mut problems = Vec::new();
        for (index, word) in words.iter().enumerate() {
            match pieces(word, known, &mut group.counted) {
                Ok(pieces) => group.words.push(pieces),
                Err(problem) => problems.push((index, problem)),
            }
        }
        if problems.is_empty() {
            self.groups.push(group);
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// Does it hold a placeholder at all?
    pub fn has_placeholders(&self) -> bool {
        let is_value = |piece: &Piece| matches!(piece, Piece::Value(_));
        self.groups.iter().flat_map(|group| &group.words).flatten().any(is_value)
    }

    /// Is this placeholder in it?
    pub fn has(&self, placeholder: Placeholder) -> bool {
        let is_it = |piece: &Piece| *piece == Piece::Value(placeholder);
        self.groups.iter().flat_map(|group| &group.words).flatten().any(is_it)
    }

    /// The command with values in the place of the placeholders.
    pub(super) fn fill(&self, values: &dyn Fn(Placeholder) -> Vec<String>) -> Command {
        let mut words = Vec::new();
        for group in &self.groups {
            let rounds = group.counted.map_or_else(|| vec![String::new()], values);
            for round in &rounds {
                for pieces in &group.words {
                    let mut word = String::new();
                    for piece in pieces {
                        match piece {
                            Piece::Text(text) => word.push_str(text),
                            Piece::Value(of) if Some(*of) == group.counted => word.push_str(round),
                            Piece::Value(of) => word.push_str(&values(*of).concat()),
                        }
                    }
                    words.push(word);
                }
            }
        }
        let mut words = words.into_iter();
        Command { program: words.next().unwrap_or_default(), arguments: words.collect() }
    }
}

/// Cuts an argument at its placeholders; `{{` and `}}` are plain braces.
fn pieces(word: &str, known: &[Placeholder], counted: &mut Option<Placeholder>) -> Result<Vec<Piece>, ArgumentProblem> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut at = 0;
    while let Some(c) = word[at..].chars().next() {
        let rest = &word[at..];
        if rest.starts_with("{{") || rest.starts_with("}}") {
            text.push(c);
            at += 2;
        } else if c == '{' {
            let brace = ArgumentProblem::Brace { at: at..at + 1 };
            let Some(length) = rest.find('}') else { return Err(brace) };
            let name = &rest[1..length];
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
                return Err(brace);
            }
            let span = at + 1..at + length;
            let Some(found) = known.iter().copied().find(|known| known.name() == name) else {
                return Err(ArgumentProblem::Unknown { name: name.to_owned(), at: span });
            };
            if found.is_counted() {
                if counted.is_some_and(|other| other != found) {
                    return Err(ArgumentProblem::Several { at: span });
                }
                *counted = Some(found);
            }
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Value(found));
            at += length + 1;
        } else {
            text.push(c);
            at += c.len_utf8();
        }
    }
    if !text.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn filled(groups: &[&[&str]]) -> String {
        let mut list = ArgumentList::default();
        for group in groups {
            list.push(group, Placeholder::BUILD).unwrap();
        }
        let values = |placeholder| match placeholder {
            Placeholder::Tag => vec!["a:1".to_owned(), "a b".to_owned()],
            Placeholder::Stage | Placeholder::Secret => Vec::new(),
            other => vec![format!("<{}>", other.name())],
        };
        let command = list.fill(&values);
        format!("{}|{}", command.program, command.arguments.join("|"))
    }

    #[test]
    fn values_stand_in_the_place_of_placeholders() {
        assert_eq!(filled(&[&["p"], &["--f={file}"], &["{context}"]]), "p|--f=<file>|<context>");
        assert_eq!(filled(&[&["p"], &["-t={tag}"], &["--s={stage}"], &["x"]]), "p|-t=a:1|-t=a b|x");
        assert_eq!(
            filled(&[&["p"], &["-t", "{tag}"], &["--s", "{stage}"], &["{{}}{"].as_slice()[..0]]),
            "p|-t|a:1|-t|a b"
        );
        assert_eq!(filled(&[&["p"], &["{{x}}{target}"], &["}"]]), "p|{x}<target>|}");
        assert_eq!(filled(&[&["p"], &["{tag}={target}"]]), "p|a:1=<target>|a b=<target>");
    }

    #[test]
    fn what_is_no_placeholder_has_a_place() {
        let problem = |words: &[&str]| ArgumentList::default().push(words, Placeholder::BUILD).unwrap_err();
        let unknown = ArgumentProblem::Unknown { name: "fiel".to_owned(), at: 3..7 };
        assert_eq!(problem(&["x", "ä{fiel}"]), [(1, unknown)]);
        assert_eq!(problem(&["a{"]), [(0, ArgumentProblem::Brace { at: 1..2 })]);
        assert_eq!(problem(&["{\"a\": 1}"]), [(0, ArgumentProblem::Brace { at: 0..1 })]);
        assert_eq!(problem(&["{tag}", "{stage}"]), [(1, ArgumentProblem::Several { at: 1..6 })]);
    }
}
