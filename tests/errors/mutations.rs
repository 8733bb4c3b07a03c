//! One mistake is told once, and where it is: every character of a good template is left out, doubled, replaced and swapped
//! with the next one.

use dockmill::diagnostic::{Diagnostic, Diagnostics};
use dockmill::render::diagnose;
use dockmill::source::SourceMap;

use crate::support::template::Project;

const GOOD: &str = r#"@import("lib.dockmill")
@default(release, "bookworm")
@let(version, "3.12.8")
@let(tag(name, suffix), name ~ ":" ~ version|upto(2) ~ suffix)
FROM @{tag("python", "-" ~ release)} AS build
@gather(words, "packages")
RUN apt-get install \
    @{words|unique|sort|cont(4)}
@end
@divert("packages", ["curl", "git"])
@if(release == "bookworm" and version is version(">=3.8"))
ENV A=1 \
    B="two words"
@elif(release in ["trixie", "sid"])
ENV A=2
@else
ENV A=3
@end
@foreach(name, value, {"LANG": "C.UTF-8", "TZ": "UTC"})
ENV @{name}=@{value}
@end
@steps(["make", "make install"], folder="/src")
@call(within, "/x")
COPY a b /x/
@end
FROM scratch
COPY --from=build /src /src
CMD ["/src/run", "--fast"]
"#;

const LIBRARY: &str = r#"@define(steps, commands, folder="/")
RUN cd @{folder} && @{commands|join(" && ")}
@end
@define(within, folder)
WORKDIR @{folder}
@body()
@end
"#;

fn errors(text: &str) -> (Vec<Diagnostic>, SourceMap) {
    let mut project = Project::of(text);
    project.files = project.files.with("/project/lib.dockmill", LIBRARY);
    let sources = SourceMap::default();
    let expanded = project.expand(&sources);
    let mut found = expanded.diagnostics;
    if !found.iter().any(Diagnostic::is_error) {
        found.extend(diagnose(&expanded.text, &sources));
    }
    let mut told = Diagnostics::default();
    told.extend(found.into_iter().filter(Diagnostic::is_error));
    (told.into_vec(), sources)
}

/// The lines of the template that a message shows.
fn lines(error: &Diagnostic, sources: &SourceMap) -> Vec<u32> {
    let labels = error.primary.iter().chain(&error.secondary).map(|label| label.span);
    let spans = labels.chain(error.trace.iter().map(|step| step.site));
    let shown = spans.map(|span| (sources.get(span.file), span));
    shown.filter(|(file, _)| file.name() == "main.dockmill").map(|(file, span)| file.line(span.start)).collect()
}

fn mutants() -> Vec<(u32, String)> {
    let mut all = Vec::new();
    for (at, c) in GOOD.char_indices() {
        let line = 1 + u32::try_from(GOOD[..at].matches('\n').count()).unwrap();
        let (before, after) = (&GOOD[..at], &GOOD[at + c.len_utf8()..]);
        let mut add = |text: String| {
            if text != GOOD {
                all.push((line, text));
            }
        };
        add(format!("{before}{after}"));
        add(format!("{before}{c}{c}{after}"));
        add(format!("{before}x{after}"));
        if let Some(next) = after.chars().next() {
            add(format!("{before}{next}{c}{}", &after[next.len_utf8()..]));
        }
    }
    all
}

/// The most errors that one mistake may give: where an opening line is none any more, that is told of what it opened.
const MOST: usize = 4;

#[test]
fn one_mistake_is_told_once_and_where_it_is() {
    assert!(errors(GOOD).0.is_empty(), "{:?}", errors(GOOD).0);
    let mutants = mutants();
    let (mut several, mut far) = (0, 0);
    for (line, text) in &mutants {
        let (found, sources) = errors(text);
        let messages: Vec<&str> = found.iter().map(|error| &*error.message).collect();
        assert!(found.len() <= MOST, "{messages:?} of line {line} in\n{text}");
        several += usize::from(found.len() > 1);
        let is_near = |error: &Diagnostic| lines(error, &sources).iter().any(|shown| shown.abs_diff(*line) <= 1);
        let is_far = !found.is_empty() && !found.iter().any(is_near);
        far += usize::from(is_far);
    }
    // Nearly always it is one error, and the place is right.
    assert!(several * 25 < mutants.len(), "{several} of {} mistakes give several errors", mutants.len());
    assert!(far * 20 < mutants.len(), "{far} of {} mistakes are told elsewhere only", mutants.len());
}
