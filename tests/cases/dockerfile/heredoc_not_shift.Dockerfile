FROM debian
RUN echo $((1<<2)) a<<b 1<<2x
2x
RUN x
