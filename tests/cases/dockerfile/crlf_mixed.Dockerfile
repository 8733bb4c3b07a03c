FROM debian
RUN a \
 b \
 c

CMD x
