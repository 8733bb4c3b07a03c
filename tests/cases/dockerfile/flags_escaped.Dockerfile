FROM debian
COPY --a=b\ c d e
COPY --a=\\ d e
COPY --a\
=b c d
