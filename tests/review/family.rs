//! A project of 504 outputs: a base image, one with Python, and 24 services, over four releases and five versions of Python.

use std::fmt::Write as _;

use crate::support::Folder;

const RELEASES: [(&str, &str, &str); 4] = [
    ("bookworm", "libssl3", "libicu72"),
    ("trixie", "libssl3t64", "libicu76"),
    ("jammy", "libssl3", "libicu70"),
    ("noble", "libssl3t64", "libicu74"),
];
const PYTHONS: [&str; 5] = ["3.10.15", "3.11.10", "3.12.8", "3.13.1", "3.14.0"];

const MACROS: &str = "@# Macros of all images.
@define(apt, packages)
RUN apt-get update \\
    && apt-get install -y --no-install-recommends \\
        @{packages|unique|sort|cont(8)} \\
    && rm -rf /var/lib/apt/lists/*
@end

@define(python_env)
ENV PYTHONUNBUFFERED=1
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
@end

@define(run_as, name, port)
RUN useradd --system @{name}
USER @{name}
EXPOSE @{port}
HEALTHCHECK CMD curl -f http://localhost:@{port}/ || exit 1
@end
";

const BASE: &str = "@import(\"../lib/common.dockmill\")
FROM debian:@{release}
LABEL org.example.release=@{release}
@apt(packages)
ENV LANG=C.UTF-8
";

const PYTHON: &str = "@import(\"../lib/common.dockmill\")
FROM @{image(\"base\")}
ENV PYTHON_VERSION=@{python}
ENV PYTHON_SHA=@{versions[python].sha}
@python_env()
RUN install-python \"$PYTHON_VERSION\" \"$PYTHON_SHA\" \\
    && pip install pip==@{versions[python].pip}
@if(python is version(\">=3.13\"))
ENV PYTHON_COLORS=0
@end
CMD [\"python3\"]
";

/// The services, `s01` to `s24`.
pub(super) fn services() -> impl Iterator<Item = String> {
    (1..=24).map(|number| format!("s{number:02}"))
}

/// The template of a service.
pub(super) fn template(service: &str) -> String {
    format!("services/{service}/Dockerfile.dockmill")
}

fn manifest() -> String {
    let mut text =
        "[project]\nname = \"fam\"\nheader = false\n\n[data]\nversions = \"versions.json\"\n\n[axis]\npython = \
                    \"versions\"\n"
            .to_owned();
    for (release, ssl, icu) in RELEASES {
        let _ =
            write!(text, "\n[axis.release.{release}]\nicu = \"{icu}\"\npackages = [\"ca-certificates\", \"{ssl}\"]\n");
    }
    text.push_str(
        r#"
[image.base]
matrix = ["release"]
tags = ["acme/base:@{release}"]

[image.python]
matrix = ["release", "python"]
tags = ["acme/python:@{python}-@{release}"]

[[discover]]
templates = "services/*/Dockerfile.dockmill"
matrix = ["release", "python"]
tags = ["acme/@{target.image}:@{python}-@{release}"]
vars = { svc = "@{target.image}", user = "@{target.image}", port = 8000, extra = [] }
"#,
    );
    for (number, service) in services().enumerate().step_by(3) {
        let _ =
            write!(text, "\n[image.{service}]\nvars = {{ port = {}, extra = [\"lib{service}\"] }}\n", 8000 + number);
    }
    text
}

fn service(number: usize) -> String {
    let part = match number % 4 {
        1 => "@include(\"../../parts/tls.dockmill\")\n",
        2 => "@include(\"../../parts/log.dockmill\")\n",
        _ => "",
    };
    format!(
        "@import(\"../../lib/common.dockmill\")
FROM @{{image(\"python\")}}
@gather(words, \"packages\")
@apt(words)
@end
@divert(\"packages\", [icu] + extra)
WORKDIR /srv/@{{svc}}
COPY requirements.txt .
RUN pip install -r requirements.txt
{part}COPY . .
@if(python is version(\">=3.12\"))
ENV PYTHONSAFEPATH=1
@end
@foreach(d, [\"data\", \"cache\"])
VOLUME /srv/@{{svc}}/@{{d}}
@end
@run_as(user, port)
CMD [\"python\", \"-m\", \"@{{svc}}\"]
"
    )
}

/// The project, committed.
pub(super) fn family() -> Folder {
    let folder = Folder::new();
    folder.write("dockmill.toml", &manifest());
    let versions = PYTHONS.map(|python| entry(python, &format!("{}abc", python.replace('.', ""))));
    folder.write("versions.json", &format!("{{\n{}\n}}\n", versions.join(",\n")));
    folder.write("lib/common.dockmill", MACROS);
    folder.write("base/Dockerfile.dockmill", BASE);
    folder.write("python/Dockerfile.dockmill", PYTHON);
    folder.write("parts/tls.dockmill", "@divert(\"packages\", [\"openssl\"])\nCOPY tls/ /etc/tls/\n");
    folder.write("parts/log.dockmill", "@divert(\"packages\", [\"rsyslog\"])\nCOPY log/ /etc/log/\n");
    for (number, name) in services().enumerate() {
        folder.write(&template(&name), &service(number));
    }
    folder.shell("git init -q . && git config user.name t && git config user.email t@example.org").ended(0);
    folder.shell("git add -A && git commit -qm start").ended(0);
    folder
}

/// A version in the data file.
pub(super) fn entry(python: &str, sha: &str) -> String {
    format!("  \"{python}\": {{\n    \"sha\": \"{sha}\",\n    \"pip\": \"24.3\"\n  }}")
}
