FROM debian
COPY --a=é b c
COPY --à=b c d
COPY --a= b c d
