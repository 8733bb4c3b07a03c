//! Names of platforms, as containerd reads them: `linux`, `arm64`, `linux/arm/v7`, `windows(10.0.17763)/amd64`.

const SYSTEMS: &str = "aix android darwin dragonfly freebsd hurd illumos ios js linux macos nacl netbsd openbsd \
    plan9 solaris wasi wasip1 windows zos";
const ARCHITECTURES: &str = "386 aarch64 amd64 amd64p32 arm arm64 arm64be armbe armel armhf i386 loong64 mips \
    mips64 mips64le mips64p32 mips64p32le mipsle ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm \
    x86-64 x86_64";

/// The systems and architectures that a name of one part may be, other spellings included.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SYSTEMS.split(' ').chain(ARCHITECTURES.split(' '))
}

/// The part of a platform that is no system or architecture that anyone builds for, with what it should be.
pub(crate) fn unknown_part(platform: &str) -> Option<(&str, &'static str, impl Iterator<Item = &'static str>)> {
    let mut parts = platform.split('/');
    let system = parts.next().map(|system| system.split('(').next().unwrap_or(system));
    let known = [(system, "system", SYSTEMS), (parts.next(), "architecture", ARCHITECTURES)];
    known.into_iter().find_map(|(part, what, words)| {
        let part = part?;
        let is_known = words.split(' ').any(|word| word.eq_ignore_ascii_case(part));
        (!is_known).then(|| (part, what, words.split(' ').filter(|word| !word.is_empty())))
    })
}

/// Does BuildKit take the text for a platform? Of several parts none needs to be known.
pub(crate) fn is_valid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let is_word = |part: &str, more: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter))
    };
    let Some((system, rest)) = parts.split_first() else { return false };
    // The version of the system, and what it can do.
    let (name, options) = system.split_once('(').map_or((*system, None), |(name, after)| (name, Some(after)));
    let options_valid = options.is_none_or(|options| {
        options.strip_suffix(')').is_some_and(|options| options.is_empty() || is_word(options, "_.%+-"))
    });
    let known = parts.len() > 1 || names().any(|known| known.eq_ignore_ascii_case(name));
    parts.len() <= 3 && known && is_word(name, "_-") && options_valid && rest.iter().all(|part| is_word(part, "_.-"))
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn what_buildkit_reads_as_a_platform() {
        for text in ["linux", "Linux", "arm64", "linux/arm/v7", "x/y", "windows(10.0.17763+win32k)/amd64", "x86_64"] {
            assert!(is_valid(text), "{text}");
        }
        for text in ["", "abc", "linux/", "/amd64", "linux/arm/v7/x", "linux/*", "linux,arm64", "lin.ux/amd64"] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
