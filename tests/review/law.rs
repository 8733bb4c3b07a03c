//! Whatever changes: the edits of an output make its new text of the old one, and each has a cause.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use crate::support::Folder;

/// A line of a template, with which others can be exchanged.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "RUN [abc]",
        2 => Just("ENV V=@{v}".to_owned()),
        2 => Just("ENV D=@{data[v].x}".to_owned()),
        1 => Just("@if(v is version(\">=2\"))\nRUN two\n@end".to_owned()),
        1 => Just("@foreach(i, words)\nRUN @{i}\n@end".to_owned()),
        1 => Just("@m(v)".to_owned()),
        2 => "@let\\(u, (v|data\\[v\\]\\.x|\"[12x]\")\\)\nENV U=@\\{u\\}",
        1 => "@if\\(v == \"2\"\\)\nRUN two\n@else\nRUN [123]\n@end",
        1 => "EXPOSE [123]",
        1 => Just("@include(\"part.dockmill\")".to_owned()),
        1 => Just("@divert(\"d\", [v])".to_owned()),
    ]
}

#[derive(Debug, Clone)]
struct Project {
    template: Vec<String>,
    part: Vec<String>,
    of_macro: Vec<String>,
    words: Vec<String>,
    versions: Vec<(u32, String)>,
}

fn project() -> impl Strategy<Value = Project> {
    let lines = |most| proptest::collection::vec(line(), 0..most);
    let plain = proptest::collection::vec("RUN [abc]|ENV V=@\\{v\\}", 0..4);
    let words = proptest::collection::vec("[abc]", 1..4);
    let versions = proptest::collection::btree_map(1..6u32, "[xyz]", 1..4).prop_map(|all| all.into_iter().collect());
    (lines(8), plain, proptest::collection::vec("RUN [abc]|ENV N=@\\{n\\}", 0..4), words, versions)
        .prop_map(|(template, part, of_macro, words, versions)| Project { template, part, of_macro, words, versions })
}

impl Project {
    fn write(&self, folder: &Folder) {
        let joined = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
        let words: Vec<String> = self.words.iter().map(|word| format!("{word:?}")).collect();
        folder.write(
            "dockmill.toml",
            &format!(
                "[project]\nname = \"x\"\n[data]\ndata = \"data.json\"\n[axis]\nv = \"data\"\n[vars]\nwords = [{}]\n\
                 [image.a]\nmatrix = [\"v\"]\n",
                words.join(", ")
            ),
        );
        let data: serde_json::Map<String, Value> =
            self.versions.iter().map(|(v, x)| (v.to_string(), serde_json::json!({ "x": x }))).collect();
        folder.write("data.json", &serde_json::to_string_pretty(&data).unwrap());
        folder.write("a/part.dockmill", &joined(&self.part));
        let definition = format!("@define(m, n)\n{}@end\n", joined(&self.of_macro));
        let gathered = "@gather(all, \"d\", optional=true)\nRUN install @{all|join(\" \")}\n@end\n";
        folder.write(
            "a/Dockerfile.dockmill",
            &format!("{definition}FROM x\n{gathered}{}CMD x\n", joined(&self.template)),
        );
    }
}

/// The outputs, by their targets.
fn outputs(folder: &Folder) -> BTreeMap<String, String> {
    folder.dockmill(&["render", "-q"]).ended(0);
    let listed = folder.dockmill(&["list", "--json"]).ended(0).stdout;
    let of = |target: &Value| {
        let text = |key: &str| target[key].as_str().unwrap().to_owned();
        (text("id"), folder.read(&text("output")))
    };
    listed.lines().map(|line| of(&serde_json::from_str(line).unwrap())).collect()
}

proptest! {
    #![proptest_config(crate::support::law::cases(24))]

    #[test]
    fn edits_make_the_new_text(before in project(), after in project()) {
        let folder = Folder::new();
        before.write(&folder);
        folder.write(".gitignore", "dockerfiles\n.dockmill\n");
        folder.shell("git init -q . && git config user.name t && git config user.email t@example.org && git add -A && git commit -qm x").ended(0);
        let old = outputs(&folder);
        // Half of it stays, as in a change of a person.
        let mixed = Project { template: before.template.iter().take(4).chain(&after.template).cloned().collect(), words: before.words.clone(), ..after.clone() };
        for project in [mixed, after] {
            project.write(&folder);
            let new = outputs(&folder);
            let review = folder.dockmill(&["diff", "--against", "HEAD", "--format", "json"]);
            prop_assert!(!review.stdout.is_empty(), "no review: {}", review.stderr);
            let review: Value = serde_json::from_str(&review.stdout).unwrap();
            super::schema_fits(&review);
            check(&review, &old, &new)?;
        }
    }
}

fn check(review: &Value, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Result<(), TestCaseError> {
    let causes = review["causes"].as_array().unwrap();
    let mut told: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut counts = vec![(0, 0); causes.len()];
    for output in review["outputs"].as_array().unwrap() {
        told.insert(output["target"].as_str().unwrap(), output);
        for edit in output["edits"].as_array().unwrap() {
            let cause = usize::try_from(edit["cause"].as_u64().unwrap()).unwrap();
            prop_assert!(causes.get(cause).is_some(), "an edit has no cause: {output:#}");
            prop_assert!(output["causes"].as_array().unwrap().contains(&edit["cause"]), "{output:#}");
            prop_assert_ne!(&edit["old"]["text"], &edit["new"]["text"], "a line that did not change: {:#}", output);
            counts[cause].0 += i64::from(!edit["new"].is_null());
            counts[cause].1 += i64::from(!edit["old"].is_null());
        }
    }
    for (cause, counts) in causes.iter().zip(counts) {
        let told = |key: &str| cause[key].as_i64().unwrap();
        prop_assert_eq!((told("added"), told("removed")), counts, "{:#}", cause);
        prop_assert_ne!(&cause["kind"], "unknown", "no source tells why: {:#}", review);
    }
    for id in old.keys().chain(new.keys()) {
        let (was, is) = (old.get(id), new.get(id));
        let Some(output) = told.get(id.as_str()) else {
            // What was renamed is told under its new name.
            let renamed = is.is_none() && told.values().any(|output| output["like"] == id.as_str());
            prop_assert!(was == is || renamed, "{id} is left out");
            continue;
        };
        let like = output["like"].as_str();
        let from = match (output["change"].as_str(), like) {
            (Some("new"), Some(like)) => new.get(like),
            (_, Some(like)) => old.get(like),
            _ => was,
        };
        let from = from.cloned().unwrap_or_default();
        for edit in output["edits"].as_array().unwrap() {
            let stood = |line: &Value| {
                from.split_inclusive('\n').nth(usize::try_from(line["number"].as_u64().unwrap()).unwrap() - 1)
            };
            prop_assert!(edit["old"].is_null() || stood(&edit["old"]) == edit["old"]["text"].as_str(), "{:#}", edit);
        }
        prop_assert_eq!(applied(&from, &output["edits"]), is.cloned().unwrap_or_default(), "{} of {:#}", id, output);
    }
    Ok(())
}

/// The old text with the edits done.
fn applied(old: &str, edits: &Value) -> String {
    let number = |line: &Value| line["number"].as_u64().map(|number| usize::try_from(number).unwrap());
    let edits = edits.as_array().unwrap();
    let gone: Vec<usize> = edits.iter().filter_map(|edit| number(&edit["old"])).collect();
    let come: BTreeMap<usize, &str> =
        edits.iter().filter_map(|edit| Some((number(&edit["new"])?, edit["new"]["text"].as_str()?))).collect();
    let lines = old.split_inclusive('\n').zip(1..).filter(|(_, number)| !gone.contains(number)).map(|(line, _)| line);
    let (mut lines, mut made) = (lines, Vec::new());
    while let Some(line) = come.get(&(made.len() + 1)).copied().or_else(|| lines.next()) {
        made.push(line);
    }
    made.concat()
}
