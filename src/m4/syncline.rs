//! `-s`: `#line` directives where the output leaves the order of the input.

use super::input::Location;
use super::text::Text;

#[derive(Debug)]
pub(crate) struct Synclines {
    /// The token that is being read.
    pub(crate) token: Text,
    /// The line that a reader of the output would believe to be at; -1: unknown.
    believed: i64,
    at_start: bool,
}

impl Default for Synclines {
    fn default() -> Self {
        Self { token: Text::default(), believed: -1, at_start: true }
    }
}

impl Synclines {
    /// Output goes elsewhere, or input comes from elsewhere.
    pub(crate) fn forget(&mut self) {
        self.believed = -1;
    }

    /// Writes the token that was read at `location`.
    pub(crate) fn write(&mut self, location: Location, name: &[u8], out: &mut Text) {
        if self.at_start {
            self.believed += 1;
            let line = i64::from(location.line);
            if self.believed != line {
                out.bytes.extend_from_slice(format!("#line {}", location.line).as_bytes());
                if self.believed < 1 && !name.is_empty() {
                    out.bytes.extend_from_slice(&[b" \"", name, b"\""].concat());
                }
                out.bytes.push(b'\n');
                self.believed = line;
            }
            self.at_start = false;
        }
        for byte in &self.token.bytes {
            if self.at_start {
                self.believed += 1;
                self.at_start = false;
            }
            self.at_start = *byte == b'\n';
        }
        out.copy(&self.token, 0..self.token.bytes.len());
        self.token.clear();
    }
}
