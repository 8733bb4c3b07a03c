FROM scratch AS a
COPY f1 /g
FROM scratch AS b
COPY --from=a /g /h
FROM b
ENV A=1 B="x y"
COPY --from=0 --chown=1:1 /g /i
