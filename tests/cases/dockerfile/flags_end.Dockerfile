FROM debian
COPY -- --from=x y
COPY --a -- b c
RUN --
RUN -- 
RUN - x
RUN --mount=x
COPY -x a b
