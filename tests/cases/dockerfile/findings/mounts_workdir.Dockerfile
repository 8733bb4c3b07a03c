FROM debian AS a
RUN --mount=type=bind x
WORKDIR /src
# Where the WORKDIR is known, it is meant.
RUN --mount=type=bind x
RUN --mount=type=cache x
FROM a
RUN --mount=from=debian x
FROM scratch
RUN --mount=type=bind x
