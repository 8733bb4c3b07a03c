//! A review for programs; `docs/review.schema.json` is its schema. It is written as it is made: thousands of edits as values would
//! take ten times as much memory as the text.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::diagnostic::write_json;

use super::model::{Cause, Edit, Form, Line, Output, OutputChange, Place, Review, Role};

#[derive(Serialize)]
struct ShownReview<'r, C: Serialize, O: Serialize> {
    causes: C,
    outputs: O,
    unreached: Vec<Value>,
    remarks: &'r [String],
    built_again: usize,
}

#[derive(Serialize)]
struct ShownOutput<'r, E: Serialize> {
    target: &'r str,
    role: &'static str,
    path: &'r str,
    old_path: Option<&'r str>,
    change: &'static str,
    like: Option<&'r str>,
    executable: Option<Value>,
    causes: &'r [usize],
    cache: Option<Value>,
    notes: &'r [String],
    edits: E,
}

/// A list whose elements are made when they are written.
struct Each<'a, T, F>(&'a [T], F);

impl<'a, T, S: Serialize, F: Fn(&'a T) -> S> Serialize for Each<'a, T, F> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        serializer.collect_seq(self.0.iter().map(&self.1))
    }
}

/// Writes the review as JSON. Causes and outputs are named by their places in the lists, from 0.
pub(crate) fn json(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let shown = ShownReview {
        causes: Each(&review.causes, |cause| of_cause(review, cause)),
        outputs: Each(&review.outputs, output),
        unreached: review.unreached.iter().map(place).collect(),
        remarks: &review.remarks,
        built_again: review.built_again,
    };
    write_json(out, &shown)
}

fn of_cause(review: &Review, cause: &Cause) -> Value {
    let names = cause.names.iter().map(|name| json!({ "old": name.old, "new": name.new }));
    let also = cause.also.iter().map(|also| json!({ "cause": also.cause, "outputs": also.outputs }));
    let cache = cause.cache.iter().map(|loss| {
        json!({ "line": loss.line, "layers": loss.layers, "outputs": loss.outputs, "reach": loss.reach.to_string() })
    });
    json!({
        "kind": format!("{:?}", cause.kind).to_ascii_lowercase(),
        "title": review.title(cause),
        "places": cause.places.iter().map(place).collect::<Vec<_>>(),
        "names": names.collect::<Vec<_>>(),
        "forms": cause.forms.iter().map(form).collect::<Vec<_>>(),
        "outputs": cause.outputs,
        "reach": cause.reach.to_string(),
        "added": cause.added,
        "removed": cause.removed,
        "also": also.collect::<Vec<_>>(),
        "cache": cache.collect::<Vec<_>>(),
        "built_again": cause.built_again,
        "built_on": cause.built_on,
    })
}

fn place(place: &Place) -> Value {
    json!({ "file": &*place.file, "line": place.line, "key": place.key, "old": place.old, "new": place.new })
}

fn form(form: &Form) -> Value {
    let side = |side: &Option<super::Pattern>| side.as_ref().map(ToString::to_string);
    json!({ "old": side(&form.old), "new": side(&form.new), "outputs": form.outputs })
}

fn output(output: &Output) -> impl Serialize {
    let role = match output.role {
        Role::Dockerfile => "dockerfile",
        Role::Companion => "companion",
        Role::Text => "text",
    };
    let change = match output.change {
        OutputChange::New => "new",
        OutputChange::Changed => "changed",
        OutputChange::Edited => "edited",
        OutputChange::Removed => "removed",
    };
    ShownOutput {
        target: &output.target,
        role,
        path: output.path.as_str(),
        old_path: output.old_path.as_ref().map(|path| path.as_str()),
        change,
        like: output.like.as_deref(),
        executable: output.mode.map(|(old, new)| json!({ "old": old, "new": new })),
        causes: &output.causes,
        cache: output.cache.map(|(line, layers)| json!({ "line": line, "layers": layers })),
        notes: &output.notes,
        edits: Each(&output.edits, edit),
    }
}

#[derive(Serialize)]
struct ShownEdit<'r> {
    old: Option<ShownLine<'r>>,
    new: Option<ShownLine<'r>>,
    cause: usize,
}

#[derive(Serialize)]
struct ShownLine<'r> {
    number: u32,
    text: &'r str,
    from: Option<ShownFrom<'r>>,
}

#[derive(Serialize)]
struct ShownFrom<'r> {
    file: &'r str,
    line: u32,
}

fn edit(edit: &Edit) -> impl Serialize {
    ShownEdit { old: edit.old.as_ref().map(line), new: edit.new.as_ref().map(line), cause: edit.cause }
}

fn line(line: &Line) -> ShownLine<'_> {
    let from = line.from.as_ref().map(|from| ShownFrom { file: &from.file, line: from.line });
    ShownLine { number: line.number, text: &line.text, from }
}
