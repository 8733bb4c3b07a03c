ARG X=1
ENV a=b
RUN x
FROM debian
