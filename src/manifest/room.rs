//! The memory that a manifest and its data take, about, which is known before they are read.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::template::how_to_raise;

/// What a text is written in: some forms are read into a tree before there are values.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Json,
    Yaml,
    Toml,
    /// TOML whose tree stays, beside what is made of it.
    Manifest,
}

impl Form {
    /// What a character takes beside itself, for what begins or ends with it.
    fn takes(self, byte: u8) -> u64 {
        let (value, entry, container) = (32, 48, 96);
        let taken = match (self, byte) {
            // A line may be a map in a list, without a bracket.
            (Self::Yaml, b'\n') => value + container,
            (_, b',') | (Self::Toml | Self::Manifest, b'\n') => value,
            (Self::Json | Self::Yaml, b':') | (Self::Toml | Self::Manifest, b'=') => entry,
            // A key with dots is a table for each.
            (_, b'[' | b'{') | (Self::Toml | Self::Manifest, b'.') => container,
            _ => 0,
        };
        taken * self.trees()
    }

    fn trees(self) -> u64 {
        match self {
            Self::Json | Self::Yaml => 1,
            Self::Toml => 2,
            Self::Manifest => 3,
        }
    }
}

/// A text is kept, and the values in it are copies.
const BYTE: u64 = 2;

/// What there is for a manifest and its data together.
pub(super) struct Room {
    most: u64,
    taken: u64,
    is_spent: bool,
}

impl Room {
    pub(super) fn new(most: u64) -> Self {
        Self { most, taken: 0, is_spent: false }
    }

    /// The manifest allows no more than so much.
    pub(super) fn narrow(&mut self, most: u64) {
        self.most = self.most.min(most);
    }

    /// Was it too little for a file? Why others lack is told.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }

    /// Takes what a file needs; `what` says whose memory is too little for it.
    pub(super) fn take(&mut self, file: FileId, text: &str, form: Form, what: &str) -> Result<(), Box<Diagnostic>> {
        for (at, byte) in text.bytes().enumerate() {
            self.taken = self.taken.saturating_add(BYTE + form.takes(byte));
            if self.taken > self.most {
                self.is_spent = true;
                let at = u32::try_from(at).unwrap_or(u32::MAX);
                let message = format!("{what} takes more than {} bytes of memory", self.most);
                let error = Diagnostic::error(Code::LimitExceeded, Span::new(file, at, at.saturating_add(1)), message);
                let error = error.label("here it is more").note("each list and each map counts as some hundred bytes");
                return Err(Box::new(error.help(how_to_raise("memory"))));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn files_share_what_there_is() {
        let file = SourceMap::default().add("d.json", Vec::new());
        let text = "[{},{}]";
        let needed = 7 * BYTE + 3 * 96 + 32;
        let mut room = Room::new(2 * needed);
        assert!(room.take(file, text, Form::Json, "x").is_ok() && room.take(file, text, Form::Json, "x").is_ok());
        let error = room.take(file, text, Form::Json, "the data").unwrap_err();
        assert_eq!(error.message, format!("the data takes more than {} bytes of memory", 2 * needed));
        assert_eq!(error.primary.unwrap().span, Span::new(file, 0, 1));
        let mut room = Room::new(needed);
        assert!(room.take(file, text, Form::Toml, "x").is_err());
        let mut room = Room::new(needed);
        room.narrow(needed - 1);
        assert!(room.take(file, text, Form::Json, "x").is_err());
    }
}
