# Tokens that are pasted together; text in quotes is no macro: RELEASE.
FROM debian:RELEASE«»-slim
ENV PYTHON=python«»PY LIB=lib«»RELEASE«»x
RUN echo «RELEASE» is RELEASE, ««nested»» is quoted once
define(«BASE», «acme/base»)dnl
define(«TAG», «BASE:RELEASE-py«»PY»)dnl
LABEL base="TAG" other="BASE«»_other"
COPY --from=TAG /venv /venv
RUN apt-get install -y python«»PY«»-dev libssl«»ifelse(RELEASE, «trixie», «3t64», «3»)
