FROM debian
ENV c d
ENV \
    c d
\
ENV c d
