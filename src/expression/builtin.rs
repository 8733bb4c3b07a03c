//! The builtin filters and functions: their names and arguments. `docs/expressions.md` describes what they do; a test
//! checks that the two agree.

use super::filter::{Run, own};
use super::{format, pattern, select, test, text};

/// A builtin filter.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) name: &'static str,
    /// The values that it accepts before the `|`.
    pub(super) takes: Takes,
    pub(super) parameters: &'static [Parameter],
    /// Which arguments beyond the parameters it takes.
    pub(super) extra: Extra,
    pub(super) cost: Cost,
    /// Which of its arguments names a filter or a test that it applies.
    pub(super) applies: Option<Applies>,
    /// How it is written, for a filter that needs an unnamed argument or an `attribute`.
    pub(super) form: Option<&'static str>,
    pub(super) descent: Descent,
    pub(super) run: Run,
}

impl Filter {
    const fn cost(self, cost: Cost) -> Self {
        Self { cost, ..self }
    }

    const fn any_names(self) -> Self {
        Self { extra: Extra::AnyName, ..self }
    }

    const fn applies(self, applies: Applies) -> Self {
        Self { applies: Some(applies), ..self }
    }

    const fn gives(self, descent: Descent) -> Self {
        Self { descent, ..self }
    }

    const fn form(self, form: &'static str) -> Self {
        Self { form: Some(form), ..self }
    }
}

/// Arguments that are none of a filter's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// It takes none.
    No,
    /// It takes those without a name.
    Unnamed,
    /// It takes those with any name, too.
    AnyName,
}

/// The cost of a filter beside that of its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// It looks at the whole value.
    Walk,
    /// It only looks at an end of a list, or at its length.
    AtOnce,
    /// It looks at each character of a text by itself.
    ByCharacter,
}

/// What a filter's result is in terms of its value, for those who ask where the result was born.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Descent {
    /// It is made of the whole value and of all arguments.
    Made,
    /// It is an element of the value, or a list of such.
    Picked,
    /// It is a list, each element of which is made of the one at its place.
    EachOf,
}

/// What a filter applies to the elements of a list; the number of the argument that names it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Applies {
    Filter(usize),
    Test(usize),
}

/// Values that a filter works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Any,
    /// Text, and what has a text: numbers, true and false.
    Text,
    Number,
    List,
    Map,
    ListOrText,
    /// A list, a map or text.
    Many,
}

/// A parameter of a filter.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) wants: Wants,
    pub(super) required: bool,
    /// It can only be given by its name.
    pub(super) named: bool,
}

/// Values that a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    Any,
    Text,
    /// A count: not negative, and small enough for the result to fit.
    Count,
    /// A count of blanks, or blanks and tabs as a text.
    Indent,
    Whole,
    Flag,
    /// A number of parts: a count, and not 0.
    Parts,
    /// Text that is not empty.
    Separator,
    /// A regular expression; `replacement` says what takes the place of a match.
    Pattern,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `name` or `name.name`, or a position.
    Path,
}

const fn required(name: &'static str, wants: Wants) -> Parameter {
    Parameter { name, wants, required: true, named: false }
}

const fn optional(name: &'static str, wants: Wants) -> Parameter {
    Parameter { name, wants, required: false, named: false }
}

const fn named(name: &'static str, wants: Wants) -> Parameter {
    Parameter { name, wants, required: false, named: true }
}

const fn of(name: &'static str, takes: Takes, parameters: &'static [Parameter], run: Run) -> Filter {
    Filter {
        name,
        takes,
        parameters,
        extra: Extra::No,
        cost: Cost::Walk,
        applies: None,
        form: None,
        descent: Descent::Made,
        run,
    }
}

const fn open(name: &'static str, takes: Takes, parameters: &'static [Parameter], run: Run) -> Filter {
    Filter { extra: Extra::Unnamed, ..of(name, takes, parameters, run) }
}

const DEFAULT: &[Parameter] = &[optional("default_value", Wants::Any), optional("boolean", Wants::Flag)];
const SORTED: &[Parameter] =
    &[named("attribute", Wants::Path), named("case_sensitive", Wants::Flag), named("reverse", Wants::Flag)];
const EXTREME: &[Parameter] = &[named("attribute", Wants::Path), named("case_sensitive", Wants::Flag)];

/// The filters, by name.
pub(super) static FILTERS: &[Filter] = &[
    of("abs", Takes::Number, &[], Run::Jinja),
    of("attr", Takes::Any, &[required("name", Wants::Path)], Run::Attr).cost(Cost::AtOnce),
    of("batch", Takes::List, &[required("linecount", Wants::Parts), optional("fill_with", Wants::Any)], Run::Jinja)
        .gives(Descent::Picked),
    of("bool", Takes::Any, &[], Run::Own(own::boolean)),
    of("capitalize", Takes::Text, &[], Run::Jinja),
    open("chain", Takes::Many, &[], Run::Own(own::chain)).gives(Descent::Picked),
    of("cont", Takes::List, &[required("indent", Wants::Indent)], Run::Scoped(text::cont)),
    of("count", Takes::Many, &[], Run::Jinja).cost(Cost::AtOnce),
    of("d", Takes::Any, DEFAULT, Run::Default),
    of("default", Takes::Any, DEFAULT, Run::Default),
    of(
        "dictsort",
        Takes::Map,
        &[
            named("by", Wants::Word(&["key", "value"])),
            named("case_sensitive", Wants::Flag),
            named("reverse", Wants::Flag),
        ],
        Run::Own(own::sorted_map),
    )
    .gives(Descent::Picked),
    of("first", Takes::ListOrText, &[], Run::First).cost(Cost::AtOnce),
    of("float", Takes::Text, &[optional("default", Wants::Any)], Run::Own(own::number)),
    open("format", Takes::Text, &[], Run::Own(format::format)).any_names(),
    of(
        "groupby",
        Takes::List,
        &[required("attribute", Wants::Path), named("case_sensitive", Wants::Flag), named("default", Wants::Any)],
        Run::Own(own::grouped),
    )
    .gives(Descent::Picked),
    of(
        "indent",
        Takes::Text,
        &[optional("width", Wants::Count), optional("first", Wants::Flag), optional("blank", Wants::Flag)],
        Run::Own(own::indent),
    ),
    of("int", Takes::Text, &[optional("default", Wants::Any), optional("base", Wants::Count)], Run::Own(own::number)),
    of("items", Takes::Map, &[], Run::Own(own::pairs)).gives(Descent::Picked),
    of("join", Takes::List, &[optional("d", Wants::Text), optional("attribute", Wants::Path)], Run::Own(text::join)),
    of("json", Takes::Any, &[], Run::Own(text::json)),
    of("last", Takes::ListOrText, &[], Run::Last).cost(Cost::AtOnce),
    of("length", Takes::Many, &[], Run::Jinja).cost(Cost::AtOnce),
    of("lines", Takes::Text, &[], Run::Own(own::lines)),
    of("list", Takes::Many, &[], Run::Own(own::list)).gives(Descent::Picked),
    of("lower", Takes::Text, &[], Run::Jinja),
    open(
        "map",
        Takes::List,
        &[named("attribute", Wants::Path), named("default", Wants::Any)],
        Run::Scoped(select::map),
    )
    .gives(Descent::EachOf)
    .any_names()
    .applies(Applies::Filter(0))
    .form("`map(\"upper\")` for a filter, or `map(attribute=\"name\")`"),
    of("max", Takes::List, EXTREME, Run::Extreme).gives(Descent::Picked),
    of("min", Takes::List, EXTREME, Run::Extreme).gives(Descent::Picked),
    of("newest", Takes::List, &[optional("parts", Wants::Parts), named("attribute", Wants::Path)], Run::Newest)
        .gives(Descent::Picked),
    of(
        "regex_replace",
        Takes::Text,
        &[required("pattern", Wants::Pattern), required("replacement", Wants::Text)],
        Run::Scoped(pattern::regex_replace),
    ),
    open("reject", Takes::List, &[], Run::Scoped(select::reject)).gives(Descent::Picked).applies(Applies::Test(0)),
    open("rejectattr", Takes::List, &[], Run::Scoped(select::rejectattr))
        .gives(Descent::Picked)
        .applies(Applies::Test(1))
        .form("`rejectattr(\"key\")` or `rejectattr(\"key\", \"test\", …)`"),
    of("release", Takes::Text, &[], Run::Own(text::release)),
    of("replace", Takes::Text, &[required("from", Wants::Text), required("to", Wants::Text)], Run::Own(text::replace)),
    of("reverse", Takes::ListOrText, &[], Run::Jinja).gives(Descent::Picked),
    of(
        "round",
        Takes::Number,
        &[optional("precision", Wants::Whole), optional("method", Wants::Word(&["common", "ceil", "floor"]))],
        Run::Own(own::round),
    ),
    open("select", Takes::List, &[], Run::Scoped(select::select)).gives(Descent::Picked).applies(Applies::Test(0)),
    open("selectattr", Takes::List, &[], Run::Scoped(select::selectattr))
        .gives(Descent::Picked)
        .applies(Applies::Test(1))
        .form("`selectattr(\"key\")` or `selectattr(\"key\", \"test\", …)`"),
    of("shell_quote", Takes::Text, &[], Run::Own(text::shell_quote)),
    of("slice", Takes::List, &[required("slices", Wants::Parts), optional("fill_with", Wants::Any)], Run::Jinja)
        .gives(Descent::Picked),
    of("sort", Takes::List, SORTED, Run::Own(own::sorted)).gives(Descent::Picked),
    of(
        "split",
        Takes::Text,
        &[optional("separator", Wants::Separator), optional("maxsplit", Wants::Count)],
        Run::Own(own::split),
    ),
    of("string", Takes::Text, &[], Run::Own(text::string)),
    of("sum", Takes::List, &[optional("attribute", Wants::Path), optional("start", Wants::Any)], Run::Own(own::sum)),
    of("title", Takes::Text, &[], Run::Jinja).cost(Cost::ByCharacter),
    of("tojson", Takes::Any, &[optional("indent", Wants::Count)], Run::Own(text::json)),
    of("trim", Takes::Text, &[optional("chars", Wants::Text)], Run::Jinja),
    of("unique", Takes::List, EXTREME, Run::Own(own::sorted)).gives(Descent::Picked),
    of("upper", Takes::Text, &[], Run::Jinja),
    of("upto", Takes::Text, &[required("parts", Wants::Count)], Run::Own(text::upto)),
    of(
        "version_sort",
        Takes::List,
        &[named("attribute", Wants::Path), named("reverse", Wants::Flag)],
        Run::Own(own::version_sorted),
    )
    .gives(Descent::Picked),
    open("zip", Takes::List, &[], Run::Own(own::zip)).gives(Descent::Picked),
];

/// The functions, by name.
pub(super) static FUNCTIONS: &[&str] = &["dict", "range"];

/// The builtin filter of this name.
pub(super) fn filter(name: &str) -> Option<&'static Filter> {
    let at = FILTERS.binary_search_by(|filter| filter.name.cmp(name)).ok()?;
    FILTERS.get(at)
}

/// Is there a builtin filter of this name?
pub fn is_builtin_filter(name: &str) -> bool {
    filter(name).is_some()
}

/// Is there a builtin test of this name?
pub fn is_builtin_test(name: &str) -> bool {
    test::find(name).is_some()
}

/// Is there a builtin function of this name?
pub fn is_builtin_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_every_builtin_and_no_other() {
        let text = include_str!("../../docs/expressions.md");
        let documented = |section: &str| -> Vec<String> {
            let part = text.split(&format!("\n## {section}\n")).nth(1).unwrap();
            let rows = part.split("\n## ").next().unwrap().lines().filter_map(|line| line.strip_prefix("| `"));
            rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
        };
        let filters: Vec<&str> = FILTERS.iter().map(|filter| filter.name).collect();
        let tests: Vec<&str> = test::TESTS.iter().map(|test| test.name).collect();
        assert_eq!(documented("Filters"), filters);
        assert_eq!(documented("Tests"), tests);
        assert_eq!(documented("Functions"), FUNCTIONS);
        // They must be sorted for the binary search.
        assert!(filters.is_sorted() && tests.is_sorted());
    }
}
