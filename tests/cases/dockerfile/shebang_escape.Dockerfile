#!/usr/bin/env x
# escape=`
FROM debian
RUN a \
 b
