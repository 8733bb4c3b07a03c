divert(-1)
A component registers what it needs; later ones come behind.
define(«COMPONENTS», «»)
define(«component», «pushdef(«PACKAGES», «$2»)define(«COMPONENTS», defn(«COMPONENTS»)« $1»)»)
define(«trim», «patsubst(«$1», «^ +\| +$», «»)»)
define(«join», «ifelse(regexp(«$1», « +»), «-1», «$1», «join(patsubst(«$1», « +\([^ ]+\)$», « \\
        \1»))»)»)
define(«lines», «patsubst(trim(«$1»), « +», « \\
        »)»)
define(«packages», «ifdef(«PACKAGES», «PACKAGES popdef(«PACKAGES»)packages»)»)
component(«nginx», «nginx-light»)
component(«python», «python«»3 python3-venv»)
component(«ssl», «ca-certificates»)
divert(0)dnl
FROM debian:RELEASE
# COMPONENTS
LABEL components="trim(COMPONENTS)"
RUN apt-get install -y \
        lines(packages)
