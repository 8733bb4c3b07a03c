FROM debian
RUN echo $((1 << 3))
