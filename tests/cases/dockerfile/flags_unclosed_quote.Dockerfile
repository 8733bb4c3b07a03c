FROM debian
RUN --a="b c d
RUN --a='b\
