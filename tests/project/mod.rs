//! The library's front door: what is wrong with a project comes back as an error that shows the place.

use camino::Utf8Path;
use dockmill::diagnostic::Code;
use dockmill::{Project, Selection};

/// A project of two files in a temporary folder.
fn with<R>(manifest: &str, template: &str, work: impl FnOnce(&Utf8Path) -> R) -> R {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(temporary.path()).unwrap();
    std::fs::write(folder.join("dockmill.toml"), manifest).unwrap();
    std::fs::write(folder.join("Dockerfile.dockmill"), template).unwrap();
    work(folder)
}

/// A project of one image; `more` is added to it.
fn manifest(more: &str) -> String {
    format!(
        "[project]\nname = \"demo\"\n[image.app]\ntemplate = \"Dockerfile.dockmill\"\noutput = \"out/Dockerfile\"\n{more}"
    )
}

#[test]
fn a_folder_without_a_manifest_is_no_project() {
    let temporary = tempfile::tempdir().unwrap();
    let error = Project::open(Utf8Path::from_path(temporary.path()).unwrap()).err().unwrap();
    assert!(
        error.diagnostics.iter().any(dockmill::diagnostic::Diagnostic::is_error)
            && error.to_string().contains("dockmill.toml"),
        "{error}"
    );
}

#[test]
fn an_error_of_the_manifest_shows_its_line() {
    with(&manifest("colour = 1\n"), "FROM debian\n", |folder| {
        let error = Project::open(folder).err().unwrap();
        assert_eq!(error.diagnostics[0].code, Code::UnknownManifestKey);
        assert!(error.to_string().contains("dockmill.toml:6:1"), "{error}");
    });
}

#[test]
fn a_selector_that_selects_nothing_says_what_is_near() {
    with(&manifest(""), "FROM debian\n", |folder| {
        let error = Project::open(folder).unwrap().select(["ap"]).unwrap_err();
        assert!(error.to_string().contains("did you mean `app`?"), "{error}");
    });
}

#[test]
fn an_error_of_a_template_shows_its_line() {
    with(&manifest(""), "FROM debian\nRUN @{typo}\n", |folder| {
        let error = Project::open(folder).unwrap().render(&Selection::all()).unwrap_err();
        assert!(error.to_string().contains("Dockerfile.dockmill:2:7"), "{error}");
    });
}

#[test]
fn what_nothing_uses_is_a_warning_beside_the_outputs() {
    with(&format!("[vars]\nidle = 1\n{}", manifest("")), "FROM debian\n", |folder| {
        let rendering = Project::open(folder).unwrap().render(&Selection::all()).unwrap();
        assert_eq!(rendering.outputs[0].0.id, "app");
        assert_eq!(rendering.outputs[0].1.text.bytes, b"FROM debian\n");
        assert!(rendering.warnings.iter().any(|found| found.message.contains("idle")), "{:?}", rendering.warnings);
    });
}

/// A text is rendered with what it shows, and is selected by its id.
#[test]
fn texts_are_rendered_too() {
    let text = "[text.list]\ntemplate = \"list.dockmill\"\noutput = \"list.json\"\n[text.plan]\nexport = \"bake\"\n\
                output = \"bake.json\"\n";
    with(&manifest(text), "FROM debian\n", |folder| {
        std::fs::write(folder.join("list.dockmill"), "@{targets|map(attribute=\"bases\")|list|tojson}\n").unwrap();
        let project = Project::open(folder).unwrap();
        let all = project.render(&Selection::all()).unwrap();
        let texts: Vec<&str> = all.texts.iter().map(|(text, _)| text.target.id.as_str()).collect();
        assert_eq!((all.outputs.len(), texts), (1, vec!["text/list", "text/plan"]));
        assert_eq!(all.texts[0].1.text.bytes, b"[[\"debian\"]]\n");
        let one = project.render(&project.select(["text/list"]).unwrap()).unwrap();
        assert_eq!((one.outputs.len(), one.texts.len()), (0, 1));
        std::fs::write(folder.join("list.dockmill"), "{\n").unwrap();
        let error = Project::open(folder).unwrap().render(&Selection::all()).unwrap_err();
        assert!(error.to_string().contains("list.dockmill:1:1"), "{error}");
    });
}
