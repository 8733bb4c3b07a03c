FROM debian
HEALTHCHECK NONE
HEALTHCHECK CMD curl x
HEALTHCHECK --interval=1s \
  CMD ["a"]
HEALTHCHECK cmd  x  y
healthcheck none x
HEALTHCHECK CMD
