//! A host in memory: what is written is kept, nothing else is read.

use std::io;

use super::host::{Gravity, Host, Loaded, Message, Unread};

/// Keeps output and messages.
#[derive(Debug, Default)]
pub struct Buffer {
    /// The standard output.
    pub output: Vec<u8>,
    /// The standard error, messages in the form of GNU m4.
    pub error: Vec<u8>,
}

impl Host for Buffer {
    fn output(&mut self, bytes: &[u8]) -> bool {
        self.output.extend_from_slice(bytes);
        true
    }

    fn error(&mut self, bytes: &[u8]) {
        self.error.extend_from_slice(bytes);
    }

    fn read(&mut self, _: &[u8]) -> Result<Loaded, Unread> {
        Err(Unread::Io(io::Error::from_raw_os_error(2)))
    }
}

impl Message<'_> {
    /// The message as GNU m4 prints it, with the stack below it if it has one.
    pub fn line(&self) -> Vec<u8> {
        if self.gravity == Gravity::Said {
            return self.text.to_vec();
        }
        let mut line = self.head();
        line.extend_from_slice(match self.gravity {
            Gravity::Warning => b"Warning: ",
            Gravity::Fatal => b"ERROR: ",
            Gravity::Problem | Gravity::Error | Gravity::Said => b"",
        });
        line.extend_from_slice(self.text);
        line.push(b'\n');
        for (name, file, number) in &self.stack {
            let number = number.to_string();
            let step = [b"m4:", &file[..], b":", number.as_bytes(), b": in the expansion of `", name, b"'\n"];
            line.extend_from_slice(&step.concat());
        }
        line
    }

    fn head(&self) -> Vec<u8> {
        if self.line == 0 {
            return b"m4: ".to_vec();
        }
        [b"m4:", self.file, b":", self.line.to_string().as_bytes(), b": "].concat()
    }
}
