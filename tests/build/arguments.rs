//! What builders are called with.

use std::fmt::Write;

use super::fake::{make_executable, project};
use crate::support::{Folder, snapshots};

const STAGED: &str = "[project]\nname = \"acme\"\n\
    [image.base]\ntags = [\"acme/base:1\", \"acme/base:latest\"]\ncontext = \"base\"\n\
    [image.app]\ntags = [\"acme/app:1\"]\nstages = { wheels = { tags = [\"acme/wheels:1\"] } }\n";

fn staged(builder: &str) -> Folder {
    let folder = Folder::new();
    folder.write("dockmill.toml", &format!("{STAGED}[builder]\nuse = {builder}\n"));
    folder.write("base/Dockerfile.dockmill", "FROM debian:bookworm\n");
    let app = "FROM @{image(\"base\")} AS wheels\nFROM @{image(\"base\", tag=\"v3\")}\nCOPY --from=wheels /w /w\n";
    folder.write("app/Dockerfile.dockmill", app);
    folder
}

/// Every builder's commands, as `--dry-run` prints them.
#[test]
fn of_each_builder() {
    let own = r#"["sudo", "docker", "build"]"#;
    for builder in ["\"docker\"", "\"buildx\"", "\"podman\"", "\"buildah\"", "\"nerdctl\"", own] {
        let folder = staged(builder);
        let mut text = String::new();
        let mut commands = vec![vec!["app"], vec!["app:wheels", "--output", "type=local,dest=out wheels"]];
        if builder != own {
            commands.push(vec!["app", "--pull", "--push", "--secret", "id=token,env=TOKEN", "--", "--no-cache"]);
        }
        for arguments in commands {
            writeln!(text, "$ dockmill build -n {}", arguments.join(" ")).unwrap();
            text += &folder.dockmill(&[&["build", "-n"], &arguments[..]].concat()).ended(0).stdout;
        }
        assert!(!folder.file("dockerfiles").exists(), "a dry run writes nothing");
        let name = if builder == own { "own".to_owned() } else { builder.replace('"', "") };
        snapshots("build/arguments").bind(|| insta::assert_snapshot!(name, text));
    }
}

/// The builder notes each argument in full; the line of a dry run, given to a shell, comes to the same.
#[test]
fn no_shell_reads_them() {
    let folder = Folder::new();
    let home = folder.file("it's a \"place\" $HOME;&");
    std::fs::create_dir_all(home.join("a/con text")).unwrap();
    let name = home.file_name().unwrap().to_str().unwrap();
    let within = |file: &str| format!("{name}/{file}");
    folder.write(
        &within("dockmill.toml"),
        "[project]\nname = \"acme\"\noutput = \"out put/@{target.id}/-file\"\n\
         [image.a]\ntags = [\"acme/a:1\"]\ncontext = \"a/con text\"\n\
         [builder]\nuse = [\"./note it\", \"{file}\", \"$(touch hacked)\", [\"-t\", \"{tag}\"], \"{label}\", \"{args}\", \"{context}\"]\n",
    );
    folder.write(&within("a/Dockerfile.dockmill"), "FROM debian:bookworm\n");
    folder.write(&within("note it"), "#!/bin/sh\nprintf '%s\\0' \"$@\" >> \"$(dirname \"$0\")/noted\"\n");
    make_executable(&home.join("note it"));
    let arguments = ["-C", name, "build", "--", "a b", "", "`x`", "--x='\"\\"];
    folder.dockmill(&arguments).ended(0);
    let noted = folder.read(&within("noted"));
    let expected = [
        "out put/a/-file",
        "$(touch hacked)",
        "-t",
        "acme/a:1",
        "io.github.dockmill.project=acme",
        "io.github.dockmill.tags=acme/a:1",
        "a b",
        "",
        "`x`",
        "--x='\"\\",
        "a/con text",
    ];
    assert_eq!(noted.trim_end_matches('\0').split('\0').collect::<Vec<_>>(), expected);
    // The same from below: paths are from where dockmill runs.
    std::fs::remove_file(home.join("noted")).unwrap();
    let dry = ["-C", &within("a"), "build", "-n", "--", "a b", "", "`x`", "--x='\"\\"];
    let line = folder.dockmill(&dry).ended(0).stdout;
    folder.write("line", &line);
    folder.shell(&format!("cd '{}'/a && sh -e ../../line", name.replace('\'', "'\\''"))).ended(0);
    let noted = folder.read(&within("noted"));
    let below = noted.replace("../out put", "out put").replace("../a/con", "a/con");
    assert_eq!(below.trim_end_matches('\0').split('\0').collect::<Vec<_>>(), expected);
    assert!(!home.join("hacked").exists());
}

#[test]
fn secrets_are_passed_and_never_shown() {
    let folder = project(&[("app", &[])], "");
    folder.write("token", "hunter2-the-token\n");
    folder.write("builder", "#!/bin/sh\necho \"args $*\"\ncat token\necho \"password: $PASSWORD.\"\nexit 1\n");
    let secrets = "--secret id=token,src=token --secret id=password,env=PASSWORD";
    let ran = folder.shell(&format!("PASSWORD=correct-horse dockmill build {secrets} || true")).ended(0);
    assert!(ran.stderr.contains("--secret id=token,src=token --secret id=password,env=PASSWORD"), "{}", ran.stderr);
    assert!(ran.stderr.contains("password: ***."), "{}", ran.stderr);
    folder
        .shell(&format!("PASSWORD=correct-horse dockmill build {secrets} --log-dir logs >said 2>&1 || true"))
        .ended(0);
    assert!(folder.read("logs/app.log").contains("***"));
    let everything = folder.shell("grep -rl 'correct-horse' . || true; grep -rl hunter2 .").ended(0).stdout;
    assert_eq!(everything, "./token\n");
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("hunter2"));
}

/// Each way to name a variable or a file, before and behind `--`.
#[test]
fn secrets_are_read_as_docker_reads_them() {
    let folder = project(&[("app", &[])], "");
    folder.write("a,b", "hunter2-the-file\n");
    folder.write("builder", "#!/bin/sh\necho \"password: $TOKEN.\"\ncat a,b\n");
    for secret in ["type=env,id=T,src=TOKEN", "ID=T,ENV=TOKEN", "id=TOKEN", "id=t,env=TOKEN"] {
        for secrets in [
            format!("--secret '{secret}' --secret 'id=f,\"src=a,b\"'"),
            format!("-- --secret '{secret}' '--secret=id=f,\"source=a,b\"'"),
        ] {
            let ran = folder.shell(&format!("TOKEN=correct-horse dockmill build {secrets}")).ended(0);
            assert!(ran.stderr.contains("password: ***.") && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
            assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
        }
    }
}

#[test]
fn a_secret_that_is_not_there_or_cannot_be_hidden_is_told_of() {
    let folder = project(&[("app", &[])], "");
    for (secret, error) in [
        ("id=t,src=nowhere", "error[file-not-found]: `--secret id=t,src=nowhere`: there is no file `nowhere`"),
        ("id=t,src=app", "error[file-unreadable]: `--secret id=t,src=app`: `app` is a folder"),
    ] {
        for arguments in [["build", "--secret", secret].to_vec(), ["build", "--", "--secret", secret].to_vec()] {
            let said = folder.dockmill(&arguments).ended(2).stderr;
            assert!(said.contains(error), "{said}");
        }
        // It need not be there where nothing is built.
        folder.dockmill(&["build", "-n", "--secret", secret]).ended(0);
    }
    assert!(!folder.file("calls").exists() && !folder.file("dockerfiles").exists());
    // Docker goes on without one that is not set.
    let said = folder.dockmill(&["build", "--secret", "id=t,env=NO_SUCH_TOKEN"]).ended(0).stderr;
    assert!(said.contains("warning[missing-value]") && said.contains("`NO_SUCH_TOKEN` is not set"), "{said}");
    folder.write("short", "abc\n");
    folder.write("large", &"x".repeat(600 * 1024));
    for (secret, why) in [
        ("id=t,src=short", "it is too short"),
        ("id=t,src=large", "the file is larger than 500 KiB"),
        ("vault:t", "where it comes from is not understood"),
    ] {
        let said = folder.dockmill(&["build", "--secret", secret]).ended(0).stderr;
        let warning = format!("the value of `--secret {secret}` is not hidden in logs: {why}");
        assert!(said.contains(&warning), "{said}");
    }
}

/// A builder that ends is done, whatever it left in the background.
#[test]
fn a_child_in_the_background_is_not_waited_for() {
    let folder = project(&[("app", &[])], "");
    // It goes on until the test lets it end, or has failed long ago.
    let child = "for n in $(seq 300); do [ -e end ] && exit; sleep 0.1; done; touch was-waited-for";
    folder.write("builder", &format!("#!/bin/sh\necho before\n({child}) &\necho after\n"));
    let ran = folder.shell("dockmill build --log-dir logs 2>said").ended(0);
    assert!(!folder.file("was-waited-for").exists());
    folder.write("end", "");
    assert!(ran.stdout.ends_with("built app\n"), "{}", ran.stdout);
    assert_eq!(folder.read("logs/app.log"), "before\nafter\n");
}

/// `strconv.ParseBool` of Go, as docker asks it.
#[test]
fn the_old_builder_is_asked_for_as_docker_reads_it() {
    let folder = staged("\"docker\"");
    for (value, is_old) in
        [("0", true), ("f", true), ("F", true), ("False", true), ("FALSE", true), ("1", false), ("", false)]
    {
        let planned = folder.shell(&format!("DOCKER_BUILDKIT={value} dockmill build -n base")).ended(0).stdout;
        assert_eq!(planned.contains("--force-rm"), is_old, "{value}: {planned}");
    }
}

#[test]
fn an_output_is_the_chosen_images() {
    let folder = project(&[("base", &[]), ("app", &["base"])], "");
    let planned = folder.dockmill(&["build", "-n", "app", "--output", "type=local,dest=out"]).ended(0).stdout;
    let lines: Vec<&str> = planned.lines().collect();
    assert!(!lines[0].contains("-o") && lines[1].ends_with("-o 'type=local,dest=out'"), "{planned}");
    let two = folder.dockmill(&["build", "-n", "--output", "type=local,dest=out"]).ended(2);
    assert!(two.stderr.contains("is the place of one image, and 2 are chosen"), "{}", two.stderr);
}

/// The five of edX: `build` pulls the declared base, builds one image and gives no tag; `test` and `pkg` build the parents.
#[test]
fn profiles_change_tags_bases_and_builder_together() {
    let profiles = "[vars]\ntag = \"latest\"\n\
        [profile.build]\nbuild = { pull = true, deps = false, tag = false }\n\
        [profile.test]\nvars = { tag = \"test\" }\n\
        [profile.half]\nbuild = { tag = false }\n";
    let folder = Folder::new();
    folder.write(
        "dockmill.toml",
        &format!("[project]\nname = \"edx\"\n[image.common]\ntags = [\"edx/common:@{{tag}}\"]\n[image.app]\ntags = [\"edx/app:@{{tag}}\"]\n[image.old]\ntags = [\"edx/old:@{{tag}}\"]\n{profiles}"),
    );
    folder.write("common/Dockerfile.dockmill", "FROM ubuntu:trusty\n");
    folder.write("app/Dockerfile.dockmill", "FROM @{image(\"common\")}\n");
    folder.write("old/Dockerfile.dockmill", "FROM @{image(\"common\", tag=\"v3\")}\n");
    let mut text = String::new();
    for arguments in ["app", "-p build app", "-p test app", "-p build old", "-p test old", "-p half app"] {
        let words: Vec<&str> = arguments.split(' ').collect();
        let ran = folder.dockmill(&[&["build", "-n"], &words[..]].concat());
        writeln!(text, "$ dockmill build -n {arguments}\n{}{}", ran.stdout, ran.stderr).unwrap();
    }
    snapshots("build/arguments").bind(|| insta::assert_snapshot!("profiles", text));
}

#[test]
fn logs_go_to_a_folder() {
    let folder = project(&[("base", &[]), ("app", &["base"])], "");
    folder.write("fail-app", "");
    let ran = folder.dockmill(&["build", "--log-dir", "logs/today"]).ended(1);
    assert_eq!(folder.read("logs/today/base.log"), "log of base\n");
    assert!(!ran.stderr.contains("log of base"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the whole log is logs/today/app.log"), "{}", ran.stderr);
}

#[test]
fn each_step_has_a_log_of_its_own() {
    let own = r#"["./builder", "{target}", ["{tag}"], ["{stage}"]]"#;
    let folder = staged(&format!("{own}\npush = [\"./builder\", \"push\", \"{{tag}}\"]"));
    folder.edit("dockmill.toml", "[image.base]", "[image.app-wheels]\ntags = [\"acme/x\"]\n[image.base]");
    folder.write("app-wheels/Dockerfile.dockmill", "FROM scratch\n");
    folder.write("builder", "#!/bin/sh\necho \"$*\"\n");
    make_executable(&folder.file("builder"));
    folder.dockmill(&["build", "--push", "--log-dir", "logs"]).ended(0);
    assert!(folder.read("logs/app=wheels.log").starts_with("app:wheels "));
    assert!(folder.read("logs/app-wheels.log").starts_with("app-wheels "));
    assert_eq!(folder.read("logs/push+acme/app=1.log"), "push acme/app:1\n");
}

#[test]
fn a_missing_source_is_told_before_any_builder_starts() {
    let folder = project(&[("base", &[]), ("app", &["base"])], "");
    folder.write("app/Dockerfile.dockmill", "FROM acme/base:1\nCOPY docker/overrides.yml /\n");
    let own = folder.read("dockmill.toml");
    folder.write("dockmill.toml", &own.replace("[builder]", "[builder]\nuse = \"docker\"\n#"));
    folder.edit("dockmill.toml", "\npull =", "\n# pull =");
    folder.edit("dockmill.toml", "\npush =", "\n# push =");
    folder.edit("dockmill.toml", "\nuse = [", "\n# use = [");
    let ran = folder.dockmill(&["build"]).ended(2);
    assert!(
        ran.stderr.contains("error[file-not-found]: the build context has no `docker/overrides.yml`"),
        "{}",
        ran.stderr
    );
    assert!(!folder.file("calls").exists() && !folder.file("dockerfiles").exists());
    // A builder of one's own may make it.
    folder.write("dockmill.toml", &own);
    let ran = folder.dockmill(&["build"]).ended(0);
    assert!(ran.stderr.contains("warning[file-not-found]: the build context has no `docker"), "{}", ran.stderr);
    folder.write("docker/overrides.yml", "");
    assert!(!folder.dockmill(&["build"]).ended(0).stderr.contains("warning"));
}

#[test]
fn a_source_that_an_ignore_file_leaves_out_is_told_of() {
    let folder = project(&[("base", &[])], "");
    folder.write("base/Dockerfile.dockmill", "FROM scratch\nCOPY data/a data/b /\nCOPY more /more\n");
    for file in ["data/a", "data/b", "more/c"] {
        folder.write(file, "");
    }
    folder.write(".dockerignore", "data\n!data/b\nmore\n");
    let warned = folder.dockmill(&["build"]).ended(0).stderr;
    assert!(
        warned.contains("warning[CopyIgnoredFile]: `.dockerignore` leaves `data/a` out of the build context"),
        "{warned}"
    );
    assert!(
        warned.contains("base/Dockerfile.dockmill:2:6") && warned.contains("help: `!data/a` takes it back in"),
        "{warned}"
    );
    assert!(warned.contains("leaves `more` out") && !warned.contains("`data/b`"), "{warned}");
    // Of a folder with an exception something is left, and the Dockerfile's own file comes first.
    folder.write(".dockerignore", "data\n!data/b\n!data/a\nmore\n!more/c\n");
    assert!(!folder.dockmill(&["build"]).ended(0).stderr.contains("warning"));
    folder.write("dockerfiles/base/Dockerfile.dockerignore", "more\n");
    let warned = folder.dockmill(&["build"]).ended(0).stderr;
    assert!(warned.contains("`dockerfiles/base/Dockerfile.dockerignore` leaves `more` out"), "{warned}");
    // Of mounts BuildKit has no check.
    folder.write("base/Dockerfile.dockmill", "FROM scratch\nRUN --mount=source=more,target=/more make\n");
    let warned = folder.dockmill(&["build"]).ended(0).stderr;
    assert!(warned.contains("warning[file-not-found]: `dockerfiles/base/Dockerfile.dockerignore` leaves"), "{warned}");
}
