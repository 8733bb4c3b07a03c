FROM debian
ONBUILD RUN x
ONBUILD COPY --from=y a b
ONBUILD ["a"]
ONBUILD   CMD ["a"]
onbuild run x
ONBUILD ENV a b
ONBUILD
