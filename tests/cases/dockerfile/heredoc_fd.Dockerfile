FROM debian
RUN cat 3<<A /dev/fd/3
x
A
RUN 12<<-B
B
