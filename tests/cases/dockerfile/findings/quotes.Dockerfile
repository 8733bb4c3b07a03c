FROM debian AS unused
ENV A="x
FROM debian
ENV A="x
LABEL a=it's
COPY a"b /c
WORKDIR /${x
EXPOSE ${p^^}
