ARG V=scratch
ARG W
FROM ${V} AS x
LABEL a=b "c d"=e
HEALTHCHECK --interval=5s CMD x
FROM x AS y
WORKDIR /a
COPY f1 ./
USER u
