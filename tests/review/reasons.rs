//! No cause that is not the reason: what is told of changes in which another reason lies near.

use std::fmt::Write as _;

use crate::support::{Folder, snapshots};

/// Files by their names, with their texts.
type Files<'f> = &'f [(&'f str, &'f str)];

/// A project, committed.
fn project(files: Files<'_>) -> Folder {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text);
    }
    folder.shell("git init -q . && git config user.name t && git config user.email t@example.org").ended(0);
    folder.shell("git add -A && git commit -qm start").ended(0);
    folder
}

/// What is told of each of these changes, made by a line for the shell.
fn told(name: &str, files: Files<'_>, changes: &[&str]) {
    told_by(name, files, changes, &[]);
}

/// As [`told`], with more options.
fn told_by(name: &str, files: Files<'_>, changes: &[&str], options: &[&str]) {
    let words: Vec<&str> = ["diff", "--against", "HEAD"].iter().chain(options).copied().collect();
    let mut shown = String::new();
    for change in changes {
        let folder = project(files);
        folder.shell(change).ended(0);
        let told = folder.dockmill(&words).ended(1).stdout;
        let json = folder.dockmill(&["diff", "--against", "HEAD", "--format", "json"]).ended(1).stdout;
        super::schema_fits(&serde_json::from_str(&json).unwrap());
        let _ = writeln!(shown, "$ {change}\n{told}");
    }
    snapshots("review").bind(|| insta::assert_snapshot!(name, shown));
}

/// A line that holds the name by itself is no line that follows from it.
#[test]
fn a_name_is_no_reason_where_the_template_says_it() {
    let files = [
        ("dockmill.toml", "[project]\nname = \"x\"\nheader = false\n\n[image.web]\n"),
        (
            "web/Dockerfile.dockmill",
            "FROM debian\nRUN useradd web\nUSER web\nENV NAME=@{target.image}\n@if(target.image == \"web\")\nRUN of web\n@end\n",
        ),
    ];
    let renamed = "git mv web www && sed -i s/image.web/image.www/ dockmill.toml";
    let user = format!("{renamed} && sed -i '/USER/s/web/www/' www/*");
    let all = format!("{renamed} && sed -i s/web/www/ www/*");
    told("renamed_image", &files, &[renamed, &user, &all]);
}

#[test]
fn a_value_of_an_axis_that_is_renamed() {
    let files = [
        (
            "dockmill.toml",
            "[project]\nname = \"x\"\nheader = false\n\n[data]\ndata = \"data.json\"\n\n[axis]\nv = [\"7\", \"8\"]\n\n\
             [vars]\nport = \"8\"\n\n[image.a]\nmatrix = [\"v\"]\n",
        ),
        ("data.json", "{\n  \"7\": \"seven\",\n  \"8\": \"eight\",\n  \"9\": \"nine\"\n}\n"),
        (
            "a/Dockerfile.dockmill",
            "FROM debian\nRUN jdk 8\nEXPOSE 8\nENV V=@{v}\nENV P=@{port}\nENV D=@{data[v]}\nCMD @{v} @{port}\n@if(v == \"8\")\nRUN old\n\
             @else\nRUN other\n@end\n",
        ),
    ];
    let renamed = "sed -i 's/\"7\", \"8\"/\"7\", \"9\"/' dockmill.toml";
    let port = format!("{renamed} && sed -i 's/port = \"8\"/port = \"9\"/' dockmill.toml");
    let ends = "sed -i 's/\"7\", \"8\"/\"8\", \"9\"/' dockmill.toml";
    told("renamed_value", &files, &[renamed, &port, ends]);
}

/// The statement that gives a name another value is the reason, whatever has become of the value that it had before.
#[test]
fn a_name_that_is_given_another_value() {
    let files = [
        (
            "dockmill.toml",
            "[project]\nname = \"x\"\nheader = false\n\n[vars]\na = \"one\"\nb = \"two\"\nlist = [\"p\", \"q\"]\n\n[image.app]\n",
        ),
        ("app/part.dockmill", "ENV INC=@{name}\n"),
        (
            "app/Dockerfile.dockmill",
            "@define(run_as, n)\nUSER @{n}\n@end\n@let(twice(x), x ~ x)\nFROM debian\n@let(u, a)\nENV U=@{u} T=@{twice(b)}\n@run_as(a)\n\
             @include(\"part.dockmill\", name=a)\n@foreach(i, list)\nRUN @{i}\n@end\n@if(u == \"one\")\nRUN one\n@end\n",
        ),
    ];
    let other = |edit: &str| {
        format!("sed -i 's/\"one\"/\"uno\"/; s/\"p\"/\"pp\"/' dockmill.toml && sed -i '{edit}' app/Dockerfile.dockmill")
    };
    let changes = [
        "s/(u, a)/(u, b)/",
        "s/run_as(a)/run_as(b)/",
        "s/name=a/name=b/",
        "s/(i, list)/(i, [a, \"q\"])/",
        "s/x ~ x/x ~ a/",
    ]
    .map(other);
    told("bindings", &files, &changes.each_ref().map(String::as_str));
}

/// A text that is made of all targets follows from what happened to these, or from the one value that changed.
#[test]
fn texts_of_targets_that_are_gone() {
    let files = [
        (
            "dockmill.toml",
            "[project]\nname = \"x\"\nheader = false\n\n[axis]\nv = [\"1\", \"2\"]\n\n[image.a]\nmatrix = [\"v\"]\ntags = [\"acme/a:@{v}\"]\n\n\
             [image.b]\nmatrix = [\"v\"]\ntags = [\"acme/b:@{v}\"]\n\n[text.tags]\ntemplate = \"tags.dockmill\"\noutput = \"TAGS.md\"\n",
        ),
        ("tags.dockmill", "| id | tags |\n@foreach(t, targets)\n| @{t.id} | @{t.tags|join(\", \")} |\n@end\n"),
        ("a/Dockerfile.dockmill", "FROM debian\nENV V=@{v}\n"),
        ("b/Dockerfile.dockmill", "FROM debian\nENV V=@{v}\n"),
    ];
    let exclude = "printf '\\n[[exclude]]\\nv = \"2\"\\n' >> dockmill.toml";
    let deleted = "rm -r b && sed -i '/image.b/,/acme.b/d' dockmill.toml";
    let tags = "sed -i 's,acme/a,other/a,' dockmill.toml";
    told_by("gone", &files, &[exclude, deleted, tags], &["--full"]);
}

/// What a hand has edited is told apart from what a template changed, line by line.
#[test]
fn an_edit_by_hand_beside_a_change_of_a_template() {
    let folder = project(&[
        ("dockmill.toml", "[project]\nname = \"x\"\nheader = false\n\n[vars]\nb = \"2\"\n\n[image.a]\n\n[image.b]\n"),
        ("env.dockmill", "ENV A=1\nENV B=@{b}\nENV C=3\nENV D=4\n"),
        ("a/Dockerfile.dockmill", "FROM debian\n@include(\"../env.dockmill\")\n"),
        ("b/Dockerfile.dockmill", "FROM debian\n@include(\"../env.dockmill\")\n"),
    ]);
    folder.dockmill(&["render", "-q"]).ended(0);
    folder.shell("git add -A && git commit -qm outputs").ended(0);
    folder.edit("dockerfiles/a/Dockerfile", "A=1", "A=7");
    folder.edit("dockerfiles/a/Dockerfile", "ENV D=4\n", "ENV D=4\nENV E=5\n");
    folder.edit("env.dockmill", "C=3", "C=4");
    folder.edit("dockmill.toml", "\"2\"", "\"22\"");
    let shown = [&["diff"][..], &["diff", "--stat"]].map(|words| folder.dockmill(words).ended(1).stdout);
    snapshots("review").bind(|| insta::assert_snapshot!("edited", shown.join("\n")));
}
