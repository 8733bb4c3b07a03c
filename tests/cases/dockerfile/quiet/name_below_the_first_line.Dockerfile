FROM debian
\
ENV a=b
  \
\
RUN make \
    all
