FROM debian AS builder
FROM debian AS runtime
COPY --from=bulder /x /x
COPY --from=Bulider /x /x
RUN --mount=from=buildr,target=/t true
FROM runtme
