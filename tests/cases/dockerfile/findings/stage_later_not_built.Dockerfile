FROM builder AS app
COPY --from=tools /x /x
FROM debian AS tools
FROM debian AS builder
