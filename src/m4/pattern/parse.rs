//! From a pattern's text to its tree, and from that to a program.

use super::{Anchor, Inst, Set};

/// Groups in each other beyond which a pattern is refused.
const DEEPEST: usize = 200;

#[derive(Debug)]
pub(super) enum Tree {
    Byte(u8),
    Set(Set),
    Anchor(Anchor),
    Again(usize),
    Group(usize, Box<Tree>),
    Sequence(Vec<Tree>),
    Either(Vec<Tree>),
    /// `*`, `+`, `?`.
    Repeat(u8, Box<Tree>),
}

/// The tree, the number of groups, and whether one is referred to.
pub(super) fn parse(text: &[u8]) -> Result<(Tree, usize, bool), &'static str> {
    let mut parser = Parser { text, at: 0, groups: 0, closed: Vec::new(), depth: 0, refers: false };
    let tree = parser.either()?;
    if parser.at < text.len() {
        return Err("Unmatched ) or \\)");
    }
    Ok((tree, parser.groups, parser.refers))
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    groups: usize,
    /// Groups that are complete.
    closed: Vec<usize>,
    depth: usize,
    refers: bool,
}

impl Parser<'_> {
    fn looks_at(&self, what: &[u8]) -> bool {
        self.text[self.at..].starts_with(what)
    }

    fn at_branch_end(&self) -> bool {
        self.at >= self.text.len() || self.looks_at(b"\\|") || self.looks_at(b"\\)")
    }

    fn either(&mut self) -> Result<Tree, &'static str> {
        let mut branches = vec![self.sequence()?];
        while self.looks_at(b"\\|") {
            self.at += 2;
            branches.push(self.sequence()?);
        }
        Ok(if branches.len() == 1 { branches.remove(0) } else { Tree::Either(branches) })
    }

    fn sequence(&mut self) -> Result<Tree, &'static str> {
        let mut pieces = Vec::new();
        let mut first = true;
        while !self.at_branch_end() {
            let mut piece = self.atom(first)?;
            first = false;
            // An anchor cannot be repeated: the sign behind it is a byte.
            while !matches!(piece, Tree::Anchor(_))
                && let Some(sign @ (b'*' | b'+' | b'?')) = self.text.get(self.at)
            {
                self.at += 1;
                piece = match piece {
                    // `a**` is `a*`; flat, so that a row of stars is no deep tree.
                    Tree::Repeat(b'*', inner) => Tree::Repeat(b'*', inner),
                    Tree::Repeat(before, inner) if before == *sign => Tree::Repeat(before, inner),
                    Tree::Repeat(_, inner) => Tree::Repeat(b'*', inner),
                    piece => Tree::Repeat(*sign, Box::new(piece)),
                };
            }
            pieces.push(piece);
        }
        Ok(Tree::Sequence(pieces))
    }

    fn atom(&mut self, first: bool) -> Result<Tree, &'static str> {
        let byte = self.text[self.at];
        self.at += 1;
        Ok(match byte {
            b'\\' => return self.escaped(),
            b'[' => Tree::Set(self.bracket()?),
            b'.' => Tree::Set(set(|byte| byte != b'\n')),
            b'^' if first => Tree::Anchor(Anchor::LineStart),
            b'$' if self.at_branch_end() => Tree::Anchor(Anchor::LineEnd),
            byte => Tree::Byte(byte),
        })
    }

    fn escaped(&mut self) -> Result<Tree, &'static str> {
        let byte = *self.text.get(self.at).ok_or("Trailing backslash")?;
        self.at += 1;
        let blank = |byte: u8| matches!(byte, b' ' | 9..=13);
        Ok(match byte {
            b'(' => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("Regular expression too big");
                }
                self.groups += 1;
                let number = self.groups;
                let inner = self.either()?;
                if !self.looks_at(b"\\)") {
                    return Err("Unmatched ( or \\(");
                }
                self.at += 2;
                self.depth -= 1;
                self.closed.push(number);
                Tree::Group(number, Box::new(inner))
            }
            b'1'..=b'9' => {
                let number = usize::from(byte - b'0');
                if !self.closed.contains(&number) {
                    return Err("Invalid back reference");
                }
                self.refers = true;
                Tree::Again(number)
            }
            b'w' => Tree::Set(set(is_word)),
            b'W' => Tree::Set(set(|byte| !is_word(byte))),
            b's' => Tree::Set(set(blank)),
            b'S' => Tree::Set(set(|byte| !blank(byte))),
            b'<' => Tree::Anchor(Anchor::WordStart),
            b'>' => Tree::Anchor(Anchor::WordEnd),
            b'b' => Tree::Anchor(Anchor::WordEdge),
            b'B' => Tree::Anchor(Anchor::NoWordEdge),
            b'`' => Tree::Anchor(Anchor::TextStart),
            b'\'' => Tree::Anchor(Anchor::TextEnd),
            byte => Tree::Byte(byte),
        })
    }

    /// What stands behind `[`. A backslash is a byte here, and there are no classes.
    fn bracket(&mut self) -> Result<Set, &'static str> {
        const OPEN: &str = "Unmatched [, [^, [:, [., or [=";
        let negated = self.looks_at(b"^");
        self.at += usize::from(negated);
        if self.at >= self.text.len() {
            return Err("Invalid regular expression");
        }
        let mut members = [false; 256];
        let mut first = true;
        loop {
            let from = *self.text.get(self.at).ok_or(OPEN)?;
            self.at += 1;
            if from == b']' && !first {
                break;
            }
            first = false;
            let range = self.text.get(self.at) == Some(&b'-') && self.text.get(self.at + 1) != Some(&b']');
            let to = if range {
                self.at += 1;
                let to = *self.text.get(self.at).ok_or(OPEN)?;
                self.at += 1;
                to
            } else {
                from
            };
            // A range that goes down is empty.
            for byte in from..=to {
                members[usize::from(byte)] = true;
            }
        }
        Ok(set(|byte| members[usize::from(byte)] != negated))
    }
}

fn set(member: impl Fn(u8) -> bool) -> Set {
    let mut set = Box::new([false; 256]);
    for byte in 0..=u8::MAX {
        set[usize::from(byte)] = member(byte);
    }
    set
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn compile(tree: &Tree, steps: &mut Vec<Inst>) {
    match tree {
        Tree::Byte(byte) => steps.push(Inst::Byte(*byte)),
        Tree::Set(set) => steps.push(Inst::Set(set.clone())),
        Tree::Anchor(anchor) => steps.push(Inst::Anchor(*anchor)),
        Tree::Again(group) => steps.push(Inst::Again(*group)),
        Tree::Group(number, inner) => {
            steps.push(Inst::Save(2 * number));
            compile(inner, steps);
            steps.push(Inst::Save(2 * number + 1));
        }
        Tree::Sequence(pieces) => pieces.iter().for_each(|piece| compile(piece, steps)),
        Tree::Either(branches) => {
            let mut ends = Vec::new();
            for (index, branch) in branches.iter().enumerate() {
                if index + 1 == branches.len() {
                    compile(branch, steps);
                    break;
                }
                let split = steps.len();
                steps.push(Inst::Match);
                compile(branch, steps);
                ends.push(steps.len());
                steps.push(Inst::Match);
                steps[split] = Inst::Split(split + 1, steps.len());
            }
            for end in ends {
                steps[end] = Inst::Jump(steps.len());
            }
        }
        Tree::Repeat(b'+', inner) => {
            let start = steps.len();
            compile(inner, steps);
            steps.push(Inst::Split(start, steps.len() + 1));
        }
        Tree::Repeat(sign, inner) => {
            let split = steps.len();
            steps.push(Inst::Match);
            compile(inner, steps);
            if *sign == b'*' {
                steps.push(Inst::Jump(split));
            }
            steps[split] = Inst::Split(split + 1, steps.len());
        }
    }
}
