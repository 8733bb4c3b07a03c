FROM debian
COPY --chown="a b":c --x='d e'f g h
COPY "--from=x" a b
