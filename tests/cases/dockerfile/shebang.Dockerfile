#!/usr/bin/env -S docker build . --file
# syntax=docker/dockerfile:1
FROM debian
RUN a \
 b
