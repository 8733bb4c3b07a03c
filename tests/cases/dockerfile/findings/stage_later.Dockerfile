FROM builder AS app
COPY --from=tools /x /x
RUN --mount=type=bind,from=tools,target=/t true
FROM debian AS tools
FROM debian AS builder
FROM scratch
COPY --from=app /x /x
