ARG NOTHING=""
FROM --platform= debian
FROM --platform="" debian
FROM --platform=$NOTHING debian
FROM --platform linux/amd64 debian
