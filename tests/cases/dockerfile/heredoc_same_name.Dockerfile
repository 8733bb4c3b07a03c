FROM debian
RUN <<A <<A
1
A
2
A
