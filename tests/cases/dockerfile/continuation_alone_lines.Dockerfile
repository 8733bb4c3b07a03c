FROM debian
RUN \
\
  \
 b
