//! The fenced blocks of Markdown files.

pub(crate) struct Block<'a> {
    /// The line of the fence.
    pub(crate) line: usize,
    /// What stands behind the fence.
    pub(crate) info: &'a str,
    pub(crate) body: String,
}

pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Block { line: index + 1, info, body: String::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.body.push_str(line);
                block.body.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "the last block is not closed");
    blocks
}

/// What is in the blocks with this behind the fence.
pub(crate) fn of_kind(text: &str, info: &str) -> Vec<String> {
    blocks(text).into_iter().filter(|block| block.info == info).map(|block| block.body).collect()
}
