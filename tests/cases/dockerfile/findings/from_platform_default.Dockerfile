ARG EMPTY=
ARG NONE
ARG PLACEHOLDER=SET_ME
ARG TAG=12
FROM --platform=$EMPTY debian
FROM --platform=$NONE debian
FROM --platform=${PLACEHOLDER} debian
FROM --platform=linux/$NONE debian
FROM debian:${TGA:-13}
FROM debian:${OTHER:-13}
