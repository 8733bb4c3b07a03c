//! The comment of a hostile pull request, as GitHub's own parser reads it.

use libtest_mimic::Trial;

use super::review_page::hostile;
use crate::harness::tool::Tool;
use crate::harness::trials;
use crate::support::Folder;

pub(crate) fn trials() -> Vec<Trial> {
    trials![nothing_of_a_stranger_is_markup]
}

/// The HTML without the elements of this name and without what is in them.
fn without(html: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut left = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(&open) {
        left.push_str(before);
        let (inside, after) = after.split_once(&close).unwrap();
        // Nothing ends the element too early: then what follows would show.
        assert!(!inside.contains(&open), "{inside}");
        rest = after;
    }
    left + rest
}

fn nothing_of_a_stranger_is_markup() {
    Tool::CmarkGfm.wanted();
    let folder: Folder = hostile();
    let link = "--link=https://git.example.org/{path}#L{line}";
    folder.dockmill(&["diff", "--against", "HEAD", "--format", "markdown", "-o", "review.md", link]).ended(1);
    let markdown = folder.read("review.md");
    assert!(markdown.matches("evil").count() > 20, "{markdown}");
    // All that GitHub switches on; and HTML as it is written, which GitHub cleans only afterwards.
    let html =
        folder.shell("cmark-gfm --unsafe -e table -e autolink -e strikethrough -e tasklist review.md").ended(0).stdout;
    let text = without(&without(&html, "pre"), "code");
    // The mark of the comment has the project's name.
    assert_eq!(
        text.matches("evil").count(),
        1 + html.matches("href=\"https://git.example.org/app/ev").count(),
        "{text}"
    );
    for sign in ["<script", "<img", "mailto:", "<del>", "<em>"] {
        assert!(!html.contains(sign), "`{sign}` in {html}");
    }
    for sign in ["@", "www."] {
        assert!(!text.contains(sign), "`{sign}` in {text}");
    }
    // Only our links are links, and every block is whole.
    assert_eq!(html.matches("href=").count(), html.matches("href=\"https://git.example.org/").count(), "{html}");
    let details = html.matches("<details>").count();
    assert_eq!(details, 2, "{html}");
    assert_eq!(details, html.matches("</details>").count(), "{html}");
    // Each cause is a row of four cells, whatever bars there are in it.
    assert_eq!(html.matches("<tr>").count(), details + 1, "{html}");
    assert_eq!(html.matches("<td").count(), 4 * details, "{html}");
}
