FROM --platfrom=linux/amd64 debian
COPY --form=x a b
COPY --chown=1 --chown=2 a b
COPY --link=yes a b
COPY --from a b
CMD --x y
RUN --mounts=type=cache y
ADD --frobnicate a b
