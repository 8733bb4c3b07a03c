FROM Debian:12
FROM debian:
FROM -x
FROM debian:12:13
COPY --from=ghcr.io/A/b:1 x y
