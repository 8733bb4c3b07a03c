dnl What depends on the release: nested choices, a choice by an argument, a choice within a line.
define(«pyver», «ifelse(RELEASE, «bullseye», «3.9», «ifelse(RELEASE, «bookworm», «3.11», «3.13»)»)»)dnl
define(«codename», «ifelse(«$1», «bullseye», «oldoldstable», «$1», «bookworm», «oldstable», «$1», «trixie», «stable», «testing»)»)dnl
FROM debian:RELEASE
LABEL debian="codename(RELEASE)" python="pyver"
RUN apt-get update \
    && apt-get install -y python«»pyver libicu«»ifelse(RELEASE, «bullseye», «67», RELEASE, «bookworm», «72», «76»)
ifelse(RELEASE, «bullseye», «RUN echo old
», RELEASE, «bookworm», «RUN echo known
», «RUN echo new
»)dnl
