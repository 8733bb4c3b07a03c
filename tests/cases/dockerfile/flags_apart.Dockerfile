FROM debian
COPY --from x y z
COPY --from= x y
COPY --from =x y z
