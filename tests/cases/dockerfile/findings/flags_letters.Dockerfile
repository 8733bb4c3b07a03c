FROM debian
RUN --mount=type=cäche,target=/x --netwörk=none y
COPY --from=büild a b
