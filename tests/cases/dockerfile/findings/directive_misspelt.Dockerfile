# syntx=docker/dockerfile:1
# check:skip=all
FROM debian
# chekc=skip=LegacyKeyValueFormat
ENV A b
# cheque=skip, and syntax a/b: prose
RUN x
