FROM debian
RUN echo $((1<<2))
RUN y
