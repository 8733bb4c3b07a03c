ARG src=.
ARG NODE_VERSION=20
FROM node:$NODE_VERSION AS a
ARG dst
ENV MODE=fast
COPY $src $dts
LABEL a=$MODE b=${mode} c=$HOME d=$NODE_VERSION
FROM scratch
COPY --from=a <<EOF $X
$HOME "$Y
EOF
# check=skip=UndefinedVar
LABEL a=$Z
