//! The page of a review in a real browser: every output can be reached, nothing overflows, all text can be read in both themes,
//! and nothing of a stranger runs.

use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, Ran};

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        a_large_review_is_a_small_page,
        a_large_review_can_be_read_on_a_desk_and_on_a_phone,
        nothing_of_a_stranger_runs
    ]
}

/// Commits a project of these files with its outputs.
fn committed(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text);
    }
    folder.shell("git init -q -b main . && git config user.name t && git config user.email t@example.org").ended(0);
    folder.shell("dockmill render -q && git add -A && git commit -qm start").ended(0);
    folder
}

/// 4 releases × 5 Pythons × 24 services and what they are built on: 504 outputs, of which all but four change.
fn family() -> Folder {
    let manifest = "[project]\nname = \"family\"\n\n[axis.release]\nbookworm = { ssl = \"libssl3\" }\n\
        trixie = { ssl = \"libssl3t64\" }\njammy = { ssl = \"libssl3\" }\nnoble = { ssl = \"libssl3t64\" }\n\n\
        [axis]\npython = [\"3.10.15\", \"3.11.10\", \"3.12.8\", \"3.13.1\", \"3.14.0\"]\n\n\
        [image.base]\nmatrix = [\"release\"]\ntags = [\"acme/base:@{release}\"]\n\n\
        [image.python]\nmatrix = [\"release\", \"python\"]\ntags = [\"acme/python:@{python}-@{release}\"]\n\n\
        [[discover]]\ntemplates = \"services/*/Dockerfile.dockmill\"\nmatrix = [\"release\", \"python\"]\n\
        tags = [\"acme/@{target.image}:@{python}-@{release}\"]\n";
    let service = "@import(\"../../common.dockmill\")\nFROM @{image(\"python\")}\n\
        RUN apt-get install -y @{ssl}\nWORKDIR /srv/@{target.image}\nCOPY . .\n\
        @if(python is version(\">=3.12\"))\nENV PYTHONSAFEPATH=1\n@end\n@run_as(target.image)\nCMD [\"serve\"]\n";
    let common = "@define(run_as, name)\nRUN useradd --system @{name}\nUSER @{name}\n@end\n";
    let mut files = vec![
        ("dockmill.toml".to_owned(), manifest),
        ("common.dockmill".to_owned(), common),
        ("base/Dockerfile.dockmill".to_owned(), "FROM debian:@{release}\n"),
        ("python/Dockerfile.dockmill".to_owned(), "FROM @{image(\"base\")}\nENV PYTHON_VERSION=@{python}\n"),
    ];
    files.extend((1..=24).map(|number| (format!("services/s{number:02}/Dockerfile.dockmill"), service)));
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let folder = committed(&files);
    folder.edit("common.dockmill", "USER @{name}", "USER @{name}:root");
    folder.edit("dockmill.toml", "trixie = { ssl = \"libssl3t64\" }", "trixie = { ssl = \"libssl-dev\" }");
    folder.edit("python/Dockerfile.dockmill", "ENV PYTHON_VERSION", "ENV PYTHON_FULL");
    for number in 4..10 {
        folder.edit(&format!("services/s{number:02}/Dockerfile.dockmill"), "COPY . .\n", "COPY . .\nENV NEW_RELIC=1\n");
    }
    folder.shell("rm -r services/s24").ended(0);
    folder.edit("dockmill.toml", "\"3.14.0\"]", "\"3.14.0\", \"3.15.0\"]");
    folder
}

/// A pull request that would break out wherever it can.
pub(super) fn hostile() -> Folder {
    let folder = committed(&[
        ("dockmill.toml", "[project]\nname = \"evil\"\n[axis]\nx = [\"1\", \"2\"]\n[image.app]\nmatrix = [\"x\"]\n"),
        ("app/Dockerfile.dockmill", "FROM debian\n@include(\"ev|il `<b>@evil.dockmill\")\nRUN one @{x}\nRUN four\n"),
        ("app/ev|il `<b>@evil.dockmill", "RUN two\nRUN three\n"),
    ]);
    folder.edit(
        "app/ev|il `<b>@evil.dockmill",
        "RUN two\n",
        "RUN evil ``` ```` </code></pre></details><script>document.title='evil'</script><img src=x onerror=\"document.title='evil'\">\n\
         RUN evil '| a | b |' www.evil.example https://evil.example evil@evil.example @evil/team #1 ~~evil~~\n",
    );
    folder.edit(
        "app/Dockerfile.dockmill",
        "RUN one @{x}\n",
        "RUN evil *evil* _evil_ [evil](https://evil.example) @{x} $evil$\n",
    );
    folder.edit(
        "app/Dockerfile.dockmill",
        "RUN four\n",
        "RUN evil\t\u{202e}live\u{7}&lt;script&gt;\nRUN /evil </table></article></main>\n",
    );
    folder
}

fn page(folder: &Folder) -> String {
    let link = "--link=https://git.example.org/{path}#L{line}";
    folder.dockmill(&["diff", "-q", "--against", "HEAD", "--format", "html", "-o", "review.html", link]).ended(1);
    folder.read("review.html")
}

/// What a browser makes of a file of the folder: its tree, when all scripts have run.
fn browse(folder: &Folder, file: &str, size: &str, dark: bool) -> String {
    let mut browser = Command::new("chromium-headless-shell");
    // As root there is no sandbox; the pages are ours.
    browser.args(["--no-sandbox", "--headless", "--disable-gpu", "--dump-dom"]).arg(format!("--window-size={size}"));
    browser.arg(format!("--user-data-dir={}", folder.file("profile").display()));
    browser.arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)));
    Ran::of(browser.arg(format!("file://{}", folder.file(file).display()))).ended(0).stdout
}

fn a_large_review_is_a_small_page() {
    let page = page(&family());
    assert!(page.len() < 1 << 20, "{} bytes", page.len());
}

fn a_large_review_can_be_read_on_a_desk_and_on_a_phone() {
    Tool::Chromium.wanted();
    let folder = family();
    let page = page(&folder);
    // The page forbids all scripts: this copy is the one that may be measured.
    let (before, policy) = page.split_once("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
    let (_, after) = policy.split_once(">\n").unwrap();
    let measure = include_str!("review_page.js");
    folder.write("measured.html", &format!("{before}{after}<script>{measure}</script>"));
    for (size, width, dark) in [("1440,900", 1440, false), ("390,844", 390, true)] {
        let tree = browse(&folder, "measured.html", size, dark);
        let (_, told) = tree.split_once("<pre id=\"measured\">").unwrap();
        let told: Value = serde_json::from_str(told.split_once("</pre>").unwrap().0).unwrap();
        let at = format!("{size}, dark: {dark}: {told:#}");
        assert_eq!(told["width"], width, "{at}");
        assert_eq!(told["dark"], dark, "{at}");
        // 4 releases × (6 Pythons × 23 services, 5 of s24, 6 of python): a cell leads to each, and so does its own address.
        assert_eq!(told["targets"], 4 * (6 * 23 + 5 + 6), "{at}");
        assert_eq!(told["visited"], 119, "{at}");
        assert!(told["texts"].as_u64().unwrap() > 1_000, "{at}");
        for fault in ["missing", "hidden", "wide", "faint", "choices"] {
            assert_eq!(told[fault], Value::Array(Vec::new()), "{fault}: {at}");
        }
    }
}

fn nothing_of_a_stranger_runs() {
    Tool::Chromium.wanted();
    let folder = hostile();
    let page = page(&folder);
    assert!(page.matches("evil").count() > 20, "{page}");
    assert!(!page.contains(['\u{202e}', '\u{7}']), "{page}");
    // The text alone keeps it from being markup; the policy of the page is the second lock.
    let (before, policy) = page.split_once("<meta http-equiv=\"Content-Security-Policy\"").unwrap();
    let (_, after) = policy.split_once(">\n").unwrap();
    let counts = "<script>\
        const count = (name) => document.querySelectorAll(name).length;\
        document.body.dataset.counts = [count('img'), count('script'), count('b:not(td b,code b)'), count('main'), count('nav')];\
        document.body.dataset.title = document.title;</script>";
    folder.write("open.html", &format!("{before}{after}{counts}"));
    let tree = browse(&folder, "open.html", "1440,900", false);
    // The one script is the test's.
    assert!(tree.contains("data-counts=\"0,1,0,1,1\""), "{tree}");
    assert!(tree.contains("data-title=\"evil: "), "{tree}");
    // With its policy, the page runs no script, whoever put it there.
    folder.write("locked.html", &format!("{page}<script>document.body.dataset.ran = 'yes'</script>"));
    assert!(!browse(&folder, "locked.html", "1440,900", false).contains("data-ran"));
}
