//! The workflows of docs/review-pages.md: by their schemas, and run, with a forge on this machine that takes their comments.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::{Folder, markdown};

pub(crate) fn trials() -> Vec<Trial> {
    trials![the_workflows_are_valid, github_gets_one_comment, gitlab_gets_one_note]
}

fn workflow(file: &str) -> String {
    let mut found = markdown::of_kind(include_str!("../../docs/review-pages.md"), &format!("yaml {file}"));
    assert_eq!(found.len(), 1, "{file}");
    found.remove(0)
}

fn the_workflows_are_valid() {
    Tool::CheckJsonschema.wanted();
    let folder = Folder::new();
    folder.write("github.yml", &workflow(".github/workflows/review.yml"));
    folder.write("gitlab.yml", &workflow(".gitlab-ci.yml"));
    folder.shell("check-jsonschema --builtin-schema vendor.github-workflows github.yml").ended(0);
    folder.shell("check-jsonschema --builtin-schema custom.github-workflows-require-timeout github.yml").ended(0);
    folder.shell("check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci gitlab.yml").ended(0);
    let text = folder.read("github.yml");
    assert!(text.contains(concat!("uses: dockmill/dockmill@v", env!("CARGO_PKG_VERSION"), "\n")), "{text}");
    assert!(folder.read("gitlab.yml").contains(concat!("dockmill==", env!("CARGO_PKG_VERSION"), "\n")));
}

/// The lines of the block scalar that follows on `from` in a YAML text.
fn script(yaml: &str, from: &str) -> String {
    let (_, rest) = yaml.split_once(from).unwrap();
    let (_, rest) = rest.split_once("|\n").unwrap();
    let depth = rest.len() - rest.trim_start().len();
    let lines = rest.lines().map_while(|line| line.get(..depth)?.trim().is_empty().then(|| &line[depth..]));
    lines.collect::<Vec<_>>().join("\n")
}

/// A forge: it has the comments of one pull request, and takes requests of who has the token.
struct Forge {
    address: String,
    comments: Arc<Mutex<Vec<Value>>>,
    /// Methods and paths, without the reading ones.
    written: Arc<Mutex<Vec<String>>>,
}

const BOT: &str = "github-actions[bot]";

fn comment(id: usize, login: &str, body: &str) -> Value {
    json!({ "id": id, "user": { "login": login }, "author": { "id": if login == BOT { 7 } else { 8 } }, "body": body })
}

impl Forge {
    /// It begins with these comments of others, so many that there is a second page.
    fn new(others: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut comments: Vec<Value> = (0..120).map(|id| comment(id, "someone", "Looks good.")).collect();
        comments.extend(others.iter().map(|body| comment(500, "someone", body)));
        let forge = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            comments: Arc::new(Mutex::new(comments)),
            written: Arc::default(),
        };
        let (comments, written) = (Arc::clone(&forge.comments), Arc::clone(&forge.written));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(&stream.unwrap(), &mut comments.lock().unwrap(), &mut written.lock().unwrap());
            }
        });
        forge
    }

    /// What was written since it was last asked.
    fn written(&self) -> Vec<String> {
        std::mem::take(&mut *self.written.lock().unwrap())
    }

    /// The texts of the bot's comments.
    fn of_bot(&self) -> Vec<String> {
        let comments = self.comments.lock().unwrap();
        let own = comments.iter().filter(|comment| comment["user"]["login"] == BOT);
        own.map(|comment| comment["body"].as_str().unwrap().trim_end().to_owned()).collect()
    }
}

fn answer(stream: &TcpStream, comments: &mut Vec<Value>, written: &mut Vec<String>) {
    let mut input = BufReader::new(stream);
    let mut line = String::new();
    input.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace();
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let (mut length, mut is_known, mut is_form) = (0, false, false);
    loop {
        let mut header = String::new();
        input.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => is_known = value == "Bearer secret",
            "private-token" => is_known = value == "secret",
            "content-type" => is_form = value == "application/x-www-form-urlencoded",
            _ => {}
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    // curl says `form` of JSON, too; GitHub looks at neither.
    let text = match serde_json::from_str::<Value>(&body) {
        Ok(json) => json["body"].as_str().unwrap_or_default().to_owned(),
        Err(_) if is_form => decoded(body.strip_prefix("body=").unwrap_or_default()),
        Err(_) => String::new(),
    };
    if method != "GET" {
        written.push(format!("{method} {path}"));
    }
    let (status, said) = match (is_known, method.as_str()) {
        (false, _) => ("401 Unauthorized", json!({ "message": "Bad credentials" })),
        (true, "GET") if path.ends_with("/user") => ("200 OK", json!({ "id": 7 })),
        (true, "GET") => {
            let page: usize = path.rsplit_once("page=").unwrap().1.parse().unwrap();
            assert!(path.contains("per_page=100&"), "{path}");
            ("200 OK", comments.iter().skip(100 * (page - 1)).take(100).cloned().collect())
        }
        (true, "POST") => {
            comments.push(comment(1_000, BOT, &text));
            ("201 Created", json!({ "id": 1_000 }))
        }
        (true, _) => {
            let id: usize = path.rsplit_once('/').unwrap().1.parse().unwrap();
            let old = comments.iter_mut().find(|comment| comment["id"] == id && comment["user"]["login"] == BOT);
            match old {
                Some(old) => {
                    old["body"] = Value::String(text);
                    ("200 OK", json!({ "id": id }))
                }
                None => ("403 Forbidden", json!({ "message": "not yours" })),
            }
        }
    };
    let said = said.to_string();
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{said}", said.len()).unwrap();
}

/// A text as a form has it.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, left)) = rest.split_first() {
        rest = left;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                bytes.push(u8::from_str_radix(std::str::from_utf8(&rest[..2]).unwrap(), 16).unwrap());
                rest = &rest[2..];
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).unwrap()
}

const PROJECT: &str = "[project]\nname = \"shop\"\n[image.app]\n";
const MARKER: &str = "<!-- dockmill review of shop -->\n";

/// A repository in which a pull request that changes a template is merged with its base.
fn repository() -> Folder {
    let folder = Folder::new();
    folder.write("dockmill.toml", PROJECT);
    folder.write("app/Dockerfile.dockmill", "FROM debian\nENV MODE=plain\n");
    folder.shell("git init -q -b main . && git config user.name t && git config user.email t@example.org").ended(0);
    folder.shell("dockmill render -q && git add -A && git commit -qm start && git checkout -qb change").ended(0);
    folder.edit("app/Dockerfile.dockmill", "plain", "safe");
    folder.shell("dockmill render -q && git commit -qam change && git checkout -q main").ended(0);
    folder.shell("git commit -q --allow-empty -m other && git merge -q --no-ff -m merge change").ended(0);
    folder
}

/// Posts, changes, posts again and takes back; `run` runs the job.
fn stays_one(folder: &Folder, forge: &Forge, run: impl Fn(), [new, again]: [&str; 2]) {
    run();
    assert_eq!(forge.written(), [new]);
    let body = forge.of_bot().remove(0);
    assert!(body.starts_with(MARKER), "{body}");
    assert!(body.contains("```diff\n- ENV MODE=plain\n+ ENV MODE=safe\n```\n"), "{body}");
    assert!(body.contains("/app/Dockerfile.dockmill#L2\"><code>"), "{body}");

    folder.edit("app/Dockerfile.dockmill", "safe", "\"quick & dirty 100% ä\"");
    run();
    assert_eq!(forge.written(), [again]);
    let body = forge.of_bot();
    assert_eq!(body.len(), 1);
    assert!(body[0].contains("\n+ ENV MODE=\"quick & dirty 100% ä\"\n"), "{}", body[0]);

    // Nothing changes any more: the comment says so. Where there is none, none is begun.
    folder.edit("app/Dockerfile.dockmill", "\"quick & dirty 100% ä\"", "plain");
    run();
    assert_eq!(forge.written(), [again]);
    assert_eq!(forge.of_bot(), [format!("{MARKER}### <code>shop</code>: no generated file changes")]);
    forge.comments.lock().unwrap().retain(|comment| comment["user"]["login"] != BOT);
    run();
    assert_eq!(forge.written(), [""; 0]);
}

fn github_gets_one_comment() {
    Tool::Curl.wanted();
    Tool::Jq.wanted();
    let yaml = workflow(".github/workflows/review.yml");
    let [review, post] = ["- name: Review", "- name: Comment"].map(|step| script(&yaml, step));
    let folder = repository();
    // Another's comment with the same mark is not the workflow's.
    let forge = Forge::new(&["<!-- dockmill review of shop -->\nmine"]);
    let temporary = Folder::new();
    let at = temporary.path().display();
    let run = || {
        // Every step is a shell of its own; the token is only in that which posts.
        let link = "LINK='https://github.example.org/acme/shop/blob/0123/{path}#L{line}'";
        let files = format!("RUNNER_TEMP='{at}' GITHUB_STEP_SUMMARY='{at}/summary' GITHUB_OUTPUT='{at}/output'");
        folder.write("step.sh", &review);
        folder.shell(&format!("rm -f '{at}'/*; {files} {link} sh -e step.sh; rm step.sh")).ended(0);
        assert_eq!(temporary.read("summary"), temporary.read("review.md"));
        assert!(temporary.read("review.html").starts_with("<!DOCTYPE html>"));
        let status = temporary.read("output").trim().replace("status=", "STATUS=");
        temporary.write("step.sh", &post);
        let api = format!("GITHUB_API_URL='{}' GITHUB_REPOSITORY=acme/shop NUMBER=3 TOKEN=secret", forge.address);
        temporary.shell(&format!("{files} {api} {status} sh -e step.sh")).ended(0);
    };
    let (new, again) = ("POST /repos/acme/shop/issues/3/comments", "PATCH /repos/acme/shop/issues/comments/1000");
    stays_one(&folder, &forge, run, [new, again]);
}

fn gitlab_gets_one_note() {
    Tool::Curl.wanted();
    Tool::Jq.wanted();
    let job = script(&workflow(".gitlab-ci.yml"), "  script:");
    let folder = repository();
    let forge = Forge::new(&["<!-- dockmill review of shop -->\nmine"]);
    folder.write("job.sh", &job);
    let base = folder.shell("git rev-parse HEAD^1").ended(0).stdout;
    let run_with = |token: &str| {
        let of = format!(
            "CI_PROJECT_URL=https://gitlab.example.org/acme/shop CI_COMMIT_SHA=0123 CI_MERGE_REQUEST_DIFF_BASE_SHA={}",
            base.trim()
        );
        let api = format!("CI_API_V4_URL='{}' CI_PROJECT_ID=5 CI_MERGE_REQUEST_IID=3 {token}", forge.address);
        folder.shell(&format!("{of} {api} sh -eu job.sh")).ended(0);
        assert!(folder.read("review.html").starts_with("<!DOCTYPE html>"));
    };
    // A fork has no token: nothing is posted.
    run_with("");
    assert_eq!(forge.written(), [""; 0]);
    let (new, again) = ("POST /projects/5/merge_requests/3/notes", "PUT /projects/5/merge_requests/3/notes/1000");
    stays_one(&folder, &forge, || run_with("REVIEW_TOKEN=secret"), [new, again]);
}
