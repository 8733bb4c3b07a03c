FROM debian
COPY --from=2 /x /x
FROM debian
COPY --from=-1 /y /y
RUN --mount=from=0,target=/z true
