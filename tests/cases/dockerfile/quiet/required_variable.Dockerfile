FROM debian
ARG A
ENV B="${A:?must be set}" C=${D?}
WORKDIR ${B%/*}/${C#x}/${A/y/z}
