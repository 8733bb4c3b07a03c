FROM debian
ARG A" a'b=1
RUN x
