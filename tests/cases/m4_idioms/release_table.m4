dnl What each release calls its packages.
ifelse(RELEASE, «bullseye», «define(«SSL», «libssl1.1»)define(«FFI», «libffi7»)dnl
», RELEASE, «bookworm», «define(«SSL», «libssl3»)define(«FFI», «libffi8»)dnl
», RELEASE, «trixie», «define(«SSL», «libssl3t64»)define(«FFI», «libffi8»)dnl
», RELEASE, «sid», «define(«SSL», «libssl3t64»)define(«FFI», «libffi8»)dnl
», «define(«SSL», «libssl-unknown»)define(«FFI», «libffi-unknown»)dnl
»)dnl
define(«packages», «RUN apt-get update \
    && apt-get install -y --no-install-recommends $1 \
    && rm -rf /var/lib/apt/lists/«*»
»)dnl
define(«make_venv», «ifelse(PY, «3.7», «pyvenv $1», «python3 -m venv $1»)»)dnl
FROM debian:RELEASE
packages(«SSL FFI»)dnl
packages(ifelse(RELEASE, «trixie», «zlib1g», «zlib1g»))
RUN make_venv(«/venv») && /venv/bin/pip install -U pip
ifdef(«DEBUG», «ENV DEBUG=DEBUG
», «ENV DEBUG=0
»)dnl
ifelse(RELEASE, «sid», «# may break
RUN true», RELEASE, «trixie», «RUN echo testing»)
CMD python3
