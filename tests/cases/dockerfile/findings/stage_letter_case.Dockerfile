FROM debian AS Builder
FROM Builder
COPY --from=Builder /x /x
