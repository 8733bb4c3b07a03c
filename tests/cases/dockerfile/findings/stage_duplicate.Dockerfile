FROM debian AS a
FROM scratch AS b
FROM alpine AS A
COPY --from=b x y
