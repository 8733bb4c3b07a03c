//! The keys of the manifest, in one table: from it come the keys that the reader knows, the JSON Schema (`schema.rs`)
//! and the tables of `docs/manifest.md` and the pages that it leads to.
//!
//! A new key is a row here, and a line where the reader takes it. Its documentation is Markdown without links, as editors
//! show it, too.

use crate::run::Builder;

use super::blank_lines::BlankLines;
use super::image::Dialect;
use super::params::TYPES;
use super::text::TextExport;

/// A table of the manifest.
pub(super) struct Keys {
    /// As the manifest writes it.
    pub(super) title: &'static str,
    /// Its keys, in the order in which people read them.
    own: &'static [Key],
    /// Keys that several tables have.
    shared: &'static [Key],
}

/// A key of a table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) value: Shape,
    /// What it does.
    pub(super) doc: &'static str,
    /// The value where it is left out, as JSON; empty where there is none.
    pub(super) default: &'static str,
    /// A value, as JSON; empty where the documentation says enough.
    pub(super) example: &'static str,
    pub(super) required: bool,
}

/// What a key may have as its value.
pub(super) enum Shape {
    /// `true` or `false`.
    Flag,
    /// A whole number, from 1.
    Whole { most: u64 },
    /// A string; an empty one is an error.
    Text,
    /// A string that may be empty.
    MaybeEmpty,
    /// The name of one of BuildKit's checks.
    Check,
    /// One of some words.
    Word(fn() -> Vec<&'static str>),
    /// A string that is one `@{ }`.
    Computed,
    /// A shape of `shapes.json`.
    Other(&'static str),
    /// A list of such values.
    List(&'static Shape),
    /// A list in which no value is twice.
    Set(&'static Shape),
    /// One of several shapes.
    Either(&'static [Shape]),
    /// A table.
    Table(&'static Keys),
    /// A table of such values under names, which have a shape of `shapes.json`.
    Named(&'static str, &'static Shape),
}

impl Keys {
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.own.iter().chain(self.shared)
    }

    pub(super) fn names(&self) -> Vec<&'static str> {
        self.iter().map(|key| key.name).collect()
    }
}

const fn key(name: &'static str, value: Shape, doc: &'static str) -> Key {
    Key { name, value, doc, default: "", example: "", required: false }
}

impl Key {
    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// The greatest number that TOML has.
pub(super) const UNBOUNDED: u64 = i64::MAX as u64;

const NAME: Shape = Shape::Other("name");
const ARGUMENTS: Shape = Shape::Other("arguments");
const VARIABLES: Shape = Shape::Other("vars");
const EXCLUDE: Shape = Shape::Other("exclude");
const TEXTS: Shape = Shape::Either(&[Shape::List(&Shape::MaybeEmpty), Shape::Computed]);
const SETS: Shape = Shape::List(&Shape::Table(&SET));

pub(super) static MANIFEST: Keys = Keys {
    title: "dockmill.toml",
    own: &[
        key("project", Shape::Table(&PROJECT), "What holds for the whole project.").required(),
        key("limits", Shape::Table(&LIMITS), "What expansions may use ([limits](limits.md))."),
        key("checks", Shape::Table(&CHECKS), "Which of BuildKit's checks are looked for ([checks](checks.md))."),
        key("vars", VARIABLES, "Variables of all targets."),
        key("axis", Shape::Other("axes"), "The dimensions of matrices, each with its values."),
        key("set", SETS, "Variables that depend on the point."),
        key("image", Shape::Named("id", &Shape::Table(&IMAGE)), "The images, each with its template and its matrix."),
        key(
            "text",
            Shape::Named("id", &Shape::Table(&TEXT)),
            "Text files made from all targets, such as a README's table of tags ([texts](texts.md)).",
        ),
        key("exclude", Shape::List(&EXCLUDE), "Points that no image has, for images that have all the axes named."),
        key("discover", Shape::List(&Shape::Table(&DISCOVER)), "Folders that are images, found by their templates."),
        key(
            "params",
            Shape::Named("name", &Shape::Table(&PARAM)),
            "What `-D NAME=VALUE` may or must give ([values](values.md)).",
        ),
        key(
            "profile",
            Shape::Named("id", &Shape::Table(&PROFILE)),
            "Values and ways to build, chosen by `--profile NAME` ([values](values.md)).",
        ),
        key(
            "data",
            Shape::Named("name", &Shape::Other("dataFile")),
            "Data files, JSON, TOML or YAML, each under a name in expressions.",
        ),
        key("builder", Shape::Table(&BUILDER), "The program that builds ([building](build.md))."),
        key("export", Shape::Table(&EXPORT), "What plans for other tools tell ([plans](export.md))."),
    ],
    shared: &[],
};

pub(super) static PROJECT: Keys = Keys {
    title: "[project]",
    own: &[
        key(
            "name",
            Shape::Other("id"),
            "The project's name. It stands in the header of each output, which tells this project's files from those of \
             others.",
        )
        .required(),
        key("output", Shape::Text, "Where outputs are written, for images that do not say it.")
            .default("\"dockerfiles/@{target.id}/Dockerfile\""),
        key(
            "include",
            Shape::List(&Shape::Text),
            "Folders where `@include` and `@import` look after the folder of the file that asks.",
        ),
        key(
            "header",
            Shape::Either(&[Shape::Flag, Shape::Text]),
            "Do outputs bear dockmill's header? A text is the header that they bear instead: comments, with `@{ }` \
             ([outputs in git](outputs.md)).",
        )
        .default("true"),
        key(
            "blank_lines",
            Shape::Word(|| BlankLines::NAMES.to_vec()),
            "What becomes of blank lines in a row: `squeeze` keeps one of them, but not in here-documents, `files` and texts, where they \
             stay. Without it they are kept; a warning tells of those that directives leave, in files and texts unless it is `keep`.",
        ),
    ],
    shared: &[],
};

pub(super) static LIMITS: Keys = Keys {
    title: "[limits]",
    own: &[
        // The depth is bounded by the stack that expansion has.
        key("depth", Shape::Whole { most: 1000 }, "Macros and includes in each other.").default("200"),
        key(
            "steps",
            Shape::Whole { most: UNBOUNDED },
            "Steps of expansion: about one for each tag, round of a loop and operation.",
        )
        .default("10000000"),
        // Offsets in an output have 32 bits.
        key("output", Shape::Whole { most: 1 << 30 }, "Bytes of one output; more than 33554432 only if `--limit` or `DOCKMILL_LIMITS` allows it.")
            .default("16777216"),
        key(
            "memory",
            Shape::Whole { most: 1 << 40 },
            "Bytes of memory, about: of the values of one expansion, of the manifest with its data, and of the templates that are \
             read. More only if `--limit` or `DOCKMILL_LIMITS` allows it.",
        )
        .default("67108864"),
        key(
            "targets",
            Shape::Whole { most: UNBOUNDED },
            "Targets of the project: the points of all matrices without those that are excluded. More only if `--limit` or \
             `DOCKMILL_LIMITS` allows them.",
        )
        .default("120000"),
        key(
            "work",
            Shape::Whole { most: UNBOUNDED },
            "Steps of all expansions of a run together; what they write counts, 16 bytes as a step and each line as one. Without \
             it, each output that is made adds 1000. More only if `--limit` or `DOCKMILL_LIMITS` allows them.",
        )
        .default("25000000"),
    ],
    shared: &[],
};

pub(super) static CHECKS: Keys = Keys {
    title: "[checks]",
    own: &[
        key("skip", Shape::Set(&Shape::Check), "Checks that are not looked for."),
        key("also", Shape::Set(&Shape::Check), "Checks that are off by default and are looked for all the same.")
            .example("[\"JSONArgsRecommended\"]"),
        key("error", Shape::Flag, "Is what they find an error rather than a warning?").default("false"),
    ],
    shared: &[],
};

pub(super) static IMAGE: Keys = Keys {
    title: "[image.NAME]",
    own: &[key(
        "template",
        Shape::Text,
        "The template. Without it: `NAME/Dockerfile.dockmill`, or `NAME/Dockerfile.m4` where only that is there.",
    )],
    shared: &IMAGES,
};

pub(super) static DISCOVER: Keys = Keys {
    title: "[[discover]]",
    own: &[key(
        "templates",
        Shape::Text,
        "A pattern of paths: `*` and `?` within a part, `**` for any number of folders.",
    )
    .required()
    .example("\"services/*/Dockerfile.dockmill\"")],
    shared: &IMAGES,
};

/// What every image may have.
static IMAGES: [Key; 16] = [
    key(
        "dialect",
        Shape::Word(|| Dialect::NAMES.to_vec()),
        "What the template is written in. Without it: m4 if its name ends in `.m4`, else dockmill's own dialect.",
    ),
    key(
        "prefix",
        Shape::Flag,
        "Are m4's builtins named `m4_define`, `m4_include` and so on, as with m4's option `-P`? Only for templates in m4.",
    )
    .default("false"),
    key(
        "matrix",
        Shape::Either(&[Shape::Set(&NAME), Shape::List(&Shape::Other("grid"))]),
        "The axes; the first changes slowest. Or grids: tables with values for each axis. Without it there is one target.",
    ),
    key(
        "tags",
        TEXTS,
        "Names that the image gets: `repository:tag`. The first is what `image(\"NAME\")` gives; one that comes out empty is \
         left out.",
    )
    .example("[\"acme/base:@{release}\"]"),
    key(
        "shared_tags",
        TEXTS,
        "Names that several targets share, as those of a manifest list over platforms. No builder gives them; a FROM of one depends \
         on all targets that have it.",
    )
    .example("[\"acme/base:latest\"]"),
    key(
        "platforms",
        TEXTS,
        "The platforms that the image is for: `os/arch` or `os/arch/variant`. They are listed and exported, and `build --platforms` \
         builds them.",
    )
    .example("[\"linux/amd64\", \"linux/arm64\"]"),
    key(
        "context",
        Shape::Text,
        "The build context; the project by default. Where it is the output's own folder, it goes along when a profile or `-D` \
         moves outputs.",
    )
    .default("\".\""),
    key("output", Shape::Text, "Where outputs are written. Without it: the project's `output`."),
    key(
        "vars",
        VARIABLES,
        "Variables of this image. Strings may hold `@{ }`; a string that is one `@{ }` keeps the kind of its value.",
    ),
    key("set", SETS, "Variables of this image that depend on the point. They come after its `vars`."),
    key(
        "exclude",
        Shape::List(&EXCLUDE),
        "Points that are left out: for each axis named, a value or a list of values; or `when`.",
    ),
    key(
        "extra",
        Shape::List(&Shape::Other("point")),
        "Points beside the matrix: a value for each axis, and variables of this point alone.",
    ),
    key(
        "frozen",
        Shape::Either(&[Shape::Flag, Shape::Computed]),
        "Does the committed output stay as it is? `@{ }` says it for single targets.",
    )
    .default("false")
    .example("\"@{version in ['8.0']}\""),
    key(
        "weight",
        Shape::Either(&[Shape::Whole { most: 1_000_000 }, Shape::Computed]),
        "What a build of it takes beside that of others, such as minutes: shards are cut by it.",
    )
    .default("1")
    .example("\"@{minutes[target.image]|default(1)}\""),
    key(
        "stages",
        Shape::Named("stage", &Shape::Table(&STAGE)),
        "Further build targets of the same file; their ids are `NAME/…:STAGE`.",
    ),
    key(
        "files",
        Shape::Either(&[Shape::List(&Shape::Either(&[Shape::Text, Shape::Table(&FILE)])), Shape::Computed]),
        "Files that are copied beside the output with their mode. Those that end in `.dockmill` are expanded, and those that end in \
         `.m4` where the template is in m4.",
    ),
];

pub(super) static SET: Keys = Keys {
    title: "set",
    own: &[
        key("when", Shape::Other("when"), "Where the rule holds. Without it: everywhere.")
            .example("\"release == 'sid' or python is version('>=3.13')\""),
        key("vars", VARIABLES, "Variables, with right sides as those of an image's `vars`.").required(),
    ],
    shared: &[],
};

pub(super) static STAGE: Keys = Keys {
    title: "stages.STAGE",
    own: &[key("tags", TEXTS, "Names that this stage gets, as those of the image.")],
    shared: &[],
};

pub(super) static FILE: Keys = Keys {
    title: "files",
    own: &[
        key("from", Shape::Text, "The file, or a pattern of files, from the template's folder.").required(),
        key(
            "to",
            Shape::Text,
            "Its copy, from the output's folder; for a pattern, the folder of the copies. Without it: where `from` says, without the \
             ending of a file that is expanded.",
        ),
    ],
    shared: &[],
};

pub(super) static TEXT: Keys = Keys {
    title: "[text.NAME]",
    own: &[
        key(
            "template",
            Shape::Text,
            "The template, in dockmill's own dialect. It sees `targets`, the list of all targets. Each text has this or `export`.",
        )
        .example("\"tags.dockmill\""),
        key(
            "export",
            Shape::Word(|| TextExport::NAMES.to_vec()),
            "The plan that `dockmill export` writes of all targets, instead of a template.",
        )
        .example("\"bake\""),
        key(
            "output",
            Shape::Text,
            "Where the text is written, as a whole file; JSON, TOML and YAML are parsed. Each text has this or `into`.",
        ),
        key(
            "into",
            Shape::Text,
            "A file that is otherwise yours: the text goes between its lines with `dockmill:begin NAME` and \
             `dockmill:end NAME`.",
        )
        .example("\"README.md\""),
        key("matrix", Shape::Set(&NAME), "The axes: one text for each point. Without it there is one."),
        key("vars", VARIABLES, "Variables of this text."),
        key(
            "exclude",
            Shape::List(&EXCLUDE),
            "Points that are left out: for each axis named, a value or a list of values; or `when`.",
        ),
    ],
    shared: &[],
};

pub(super) static PARAM: Keys = Keys {
    title: "[params.NAME]",
    own: &[
        key(
            "type",
            Shape::Word(|| TYPES.to_vec()),
            "The type of its values; a list is given with commas. Without it: that of the default, else `string`.",
        ),
        key("default", Shape::Other("parameter"), "The value where none is given."),
        key("required", Shape::Flag, "Must a value be given, if there is no default? Otherwise the value is none.")
            .default("false"),
        key(
            "pattern",
            Shape::MaybeEmpty,
            "A regular expression that must be found in the value, or in each element of a list; `^` and `$` bind it to the \
             whole.",
        ),
        key("help", Shape::MaybeEmpty, "What it is for, shown with errors."),
    ],
    shared: &[],
};

pub(super) static PROFILE: Keys = Keys {
    title: "[profile.NAME]",
    own: &[
        key(
            "vars",
            VARIABLES,
            "Variables that come before those of `[vars]`, axes and images; only `-D` comes before them.",
        ),
        key("build", Shape::Table(&BUILD), "How `dockmill build --profile NAME` builds."),
    ],
    shared: &[],
};

pub(super) static BUILD: Keys = Keys {
    title: "build",
    own: &[
        key("pull", Shape::Flag, "Pull the base images first.").default("false"),
        key("deps", Shape::Flag, "Build the images that a target depends on, before it.").default("true"),
        key("tag", Shape::Flag, "Give the images their tags.").default("true"),
    ],
    shared: &[],
};

pub(super) static BUILDER: Keys = Keys {
    title: "[builder]",
    own: &[
        key(
            "use",
            Shape::Either(&[Shape::Word(|| Builder::KNOWN.iter().map(|(name, _)| *name).collect()), ARGUMENTS]),
            "A builder that dockmill knows, or one of your own as an argument list.",
        )
        .default("\"docker\""),
        key(
            "jobs",
            Shape::Whole { most: 1000 },
            "How many images `build` builds at the same time, unless `-j` says it.",
        )
        .default("1"),
        key("pull", ARGUMENTS, "How a builder of your own pulls `{image}`."),
        key("push", ARGUMENTS, "How a builder of your own pushes `{tag}`."),
    ],
    shared: &[],
};

pub(super) static EXPORT: Keys = Keys {
    title: "[export]",
    own: &[key(
        "with",
        Shape::Set(&NAME),
        "Variables that the plans for GitHub and GitLab tell of each target, as if each was given by `--with`.",
    )
    .example("[\"runner\"]")],
    shared: &[],
};

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::manifest::{Build, Limits};
    use crate::template::{self, Budget};

    const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");

    /// All tables that the pages show.
    fn tables() -> [&'static Keys; 15] {
        [
            &MANIFEST, &PROJECT, &LIMITS, &CHECKS, &SET, &IMAGE, &DISCOVER, &STAGE, &FILE, &TEXT, &PARAM, &PROFILE,
            &BUILD, &BUILDER, &EXPORT,
        ]
    }

    /// A shape in a few words.
    fn words(shape: &Shape) -> String {
        match shape {
            Shape::Flag => "`true` or `false`".to_owned(),
            Shape::Whole { most: UNBOUNDED } => "whole number".to_owned(),
            Shape::Whole { most } => format!("whole number, at most {most}"),
            Shape::Text | Shape::MaybeEmpty => "text".to_owned(),
            Shape::Computed => "`@{ }`".to_owned(),
            Shape::Check => "check".to_owned(),
            Shape::Word(words) => {
                let words: Vec<String> = words().iter().map(|word| format!("`{word}`")).collect();
                words.join(", ")
            }
            Shape::Other(name) => {
                let shapes: serde_json::Value = serde_json::from_str(super::super::schema::SHAPES).unwrap();
                shapes[name]["title"].as_str().unwrap().to_owned()
            }
            Shape::List(Shape::Either(shapes)) => {
                format!("list of {}", shapes.iter().map(plural).collect::<Vec<_>>().join(" or "))
            }
            Shape::List(of) | Shape::Set(of) => format!("list of {}", plural(of)),
            Shape::Either(shapes) => shapes.iter().map(words).collect::<Vec<_>>().join(" or "),
            Shape::Table(_) => "table".to_owned(),
            Shape::Named(_, of) => format!("{} by name", plural(of)),
        }
    }

    fn plural(shape: &Shape) -> String {
        let words = words(shape);
        match words.split_once(' ') {
            Some((first, rest)) => format!("{first}s {rest}"),
            None => format!("{words}s"),
        }
    }

    fn table(keys: &Keys) -> String {
        // What every image may have is told where images are.
        let shown: Vec<&Key> =
            if keys.title == DISCOVER.title { keys.own.iter().collect() } else { keys.iter().collect() };
        let mut text = "| key | value | default | meaning |\n| --- | --- | --- | --- |\n".to_owned();
        for Key { name, value, doc, default, required, .. } in shown {
            let default = match (*required, *default) {
                (true, _) => " needed".to_owned(),
                (false, "") => String::new(),
                (false, default) => format!(" `{}`", default.trim_matches('"')),
            };
            writeln!(text, "| `{name}` | {} |{default} | {doc} |", words(value)).unwrap();
        }
        text
    }

    /// Each table stands on one page, below a line that names it.
    #[test]
    fn the_manual_has_every_table() {
        let is_update = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
        let mut left: Vec<&Keys> = tables().to_vec();
        for entry in std::fs::read_dir(DOCS).unwrap() {
            let path = entry.unwrap().path();
            let Ok(page) = std::fs::read_to_string(&path) else { continue };
            let mut expected = page.clone();
            left.retain(|keys| {
                let mark = format!("<!-- keys: {} -->\n", keys.title);
                let Some(start) = expected.find(&mark).map(|at| at + mark.len()) else { return true };
                let lines = expected[start..].split_inclusive('\n');
                let length: usize = lines.take_while(|line| line.starts_with('|')).map(str::len).sum();
                expected.replace_range(start..start + length, &table(keys));
                false
            });
            if is_update && page != expected {
                std::fs::write(&path, &expected).unwrap();
            } else {
                let help = "has a table out of date: `INSTA_UPDATE=always cargo test --lib manifest` writes it";
                assert!(page == expected, "{} {help}", path.display());
            }
        }
        let left: Vec<&str> = left.iter().map(|keys| keys.title).collect();
        assert!(left.is_empty(), "no page has a line `<!-- keys: … -->` of {left:?}");
    }

    /// The defaults that are shown are those that hold.
    #[test]
    fn defaults_are_as_shown() {
        let shown = |keys: &Keys| keys.iter().map(|key| key.default.to_owned()).collect::<Vec<_>>();
        let Limits { expansion, targets, .. } = Limits::default();
        let template::Limits { depth, steps, output, memory } = expansion;
        assert_eq!(
            shown(&LIMITS),
            [u64::from(depth), steps, output, memory, targets, Budget::USUAL].map(|number| number.to_string())
        );
        let Build { pull, deps, tag } = Build::default();
        assert_eq!(shown(&BUILD), [pull, deps, tag].map(|flag| flag.to_string()));
    }
}
