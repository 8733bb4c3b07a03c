FROM debian
ENV A
ENV
ENV A=1 B
LABEL x
LABEL a=my label
ENV =x
ARG
ARG =y
