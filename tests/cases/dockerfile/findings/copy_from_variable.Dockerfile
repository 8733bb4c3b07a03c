ARG V=12
FROM debian
COPY --from=tool:$V x y
RUN --mount=type=bind,from=${V},target=/x true
