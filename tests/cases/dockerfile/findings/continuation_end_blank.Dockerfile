FROM debian
RUN a \

