//! The instructions that there are.

use std::fmt;

macro_rules! keywords {
    ($($variant:ident = $name:literal,)+) => {
        /// An instruction that BuildKit knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum Keyword {
            $($variant,)+
        }

        impl Keyword {
            /// Every instruction there is.
            pub const ALL: &[Keyword] = &[$(Keyword::$variant,)+];

            /// The name in upper case.
            pub fn name(self) -> &'static str {
                match self {
                    $(Keyword::$variant => $name,)+
                }
            }
        }
    };
}

keywords! {
    Add = "ADD",
    Arg = "ARG",
    Cmd = "CMD",
    Copy = "COPY",
    Entrypoint = "ENTRYPOINT",
    Env = "ENV",
    Expose = "EXPOSE",
    From = "FROM",
    Healthcheck = "HEALTHCHECK",
    Label = "LABEL",
    Maintainer = "MAINTAINER",
    Onbuild = "ONBUILD",
    Run = "RUN",
    Shell = "SHELL",
    Stopsignal = "STOPSIGNAL",
    User = "USER",
    Volume = "VOLUME",
    Workdir = "WORKDIR",
}

impl Keyword {
    /// The instruction of a name in any case.
    pub fn of(name: &[u8]) -> Option<Keyword> {
        // The first byte decides nearly always: most names are rejected by one comparison.
        let first = name.first()?.to_ascii_uppercase();
        Self::ALL.iter().copied().find(|keyword| {
            keyword.name().as_bytes()[0] == first && keyword.name().as_bytes().eq_ignore_ascii_case(name)
        })
    }

    /// Does it make a layer of the image? Of the others BuildKit keeps metadata only.
    pub fn makes_layer(self) -> bool {
        matches!(self, Keyword::Add | Keyword::Copy | Keyword::Run | Keyword::Workdir)
    }

    /// May heredocs follow it?
    pub(crate) fn takes_heredoc(self) -> bool {
        matches!(self, Keyword::Add | Keyword::Copy | Keyword::Run)
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
