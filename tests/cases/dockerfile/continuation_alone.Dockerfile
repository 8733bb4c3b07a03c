FROM debian
\
RUN b
