FROM debian
COPY --from=busybox /x /x
COPY --from=1 /y /y
